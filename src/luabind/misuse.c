#include "luabind/misuse.h"

#include <lualib.h>
#include <stdarg.h>
#include <string.h>

/* Registry key of "@FOLDER/", the beginning of the sources of the library. */
#define LIBRARY_KEY "modsync.library"

/* {=== where === */

void lb_find_library(lua_State *L) {
  static const char own[] = "misuse.lua";
  int top = lua_gettop(L);
  const char *path;
  size_t length;
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchpath");
  lua_pushliteral(L, "modsync.misuse");
  lua_getfield(L, -3, "path");
  lua_call(L, 2, 1); /* package, path */
  path = lua_tolstring(L, -1, &length);
  if (path != NULL && length >= sizeof own) {
    lua_pushlstring(L, path, length - (sizeof own - 1));
    lua_pushfstring(L, "@%s", lua_tostring(L, -1));
    lua_setfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY);
  }
  lua_settop(L, top);
}

void lb_where(lua_State *L) {
  lua_Debug call;
  const char *library;
  size_t length;
  lua_getfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY); /* library */
  library = lua_tolstring(L, -1, &length);
  for (int level = 1; lua_getstack(L, level, &call); level++) {
    lua_getinfo(L, "S", &call);
    if (*call.what == 'C') continue;
    if (library != NULL && strncmp(call.source, library, length) == 0) continue;
    luaL_where(L, level); /* library, where */
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  lua_pushliteral(L, "");
}

/* }=== */

/* {=== raising === */

int lb_error(lua_State *L, const char *format, ...) {
  va_list args;
  lb_where(L);
  va_start(args, format);
  lua_pushvfstring(L, format, args);
  va_end(args);
  lua_concat(L, 2);
  return lua_error(L);
}

/*
** The module on the top of the stack, loaded as 'name', has the function at index 'fn':
** pushes what to call it by. Nothing is called on the way.
*/
static int push_member_name(lua_State *L, const char *name, int fn) {
  int module = lua_gettop(L), is_global = strcmp(name, LUA_GNAME) == 0;
  for (lua_pushnil(L); lua_next(L, module); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || !lua_rawequal(L, -1, fn)) continue;
    if (is_global)
      lua_pushvalue(L, -2);
    else
      lua_pushfstring(L, "%s.%s", name, lua_tostring(L, -2));
    lua_replace(L, module + 1);
    lua_settop(L, module + 1);
    return 1;
  }
  return 0;
}

/* Pushes the shortest name of the running function in a loaded module, or "?". */
static const char *push_loaded_name(lua_State *L, lua_Debug *call) {
  int fn = lua_gettop(L) + 1, loaded = fn + 1, best = fn + 2;
  luaL_checkstack(L, 8, NULL);
  lua_getinfo(L, "f", call);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushnil(L);
  for (lua_pushnil(L); lua_next(L, loaded); lua_settop(L, best + 1)) {
    if (lua_type(L, best + 1) != LUA_TSTRING || !lua_istable(L, -1)) continue;
    if (!push_member_name(L, lua_tostring(L, best + 1), fn)) continue;
    if (lua_isnil(L, best) || lua_rawlen(L, -1) < lua_rawlen(L, best))
      lua_copy(L, -1, best);
  }
  return lua_isnil(L, best) ? "?" : lua_tostring(L, best);
}

int lb_arg_error(lua_State *L, int arg, const char *message) {
  lua_Debug call;
  if (!lua_getstack(L, 0, &call))
    return lb_error(L, "bad argument #%d (%s)", arg, message);
  lua_getinfo(L, "n", &call);
  if (call.name == NULL) call.name = push_loaded_name(L, &call);
  if (strcmp(call.namewhat, "method") == 0 && --arg == 0)
    return lb_error(L, "calling '%s' on bad self (%s)", call.name, message);
  return lb_error(L, "bad argument #%d to '%s' (%s)", arg, call.name, message);
}

int lb_type_error(lua_State *L, int arg, const char *expected) {
  const char *got = luaL_typename(L, arg);
  if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING) got = lua_tostring(L, -1);
  return lb_arg_error(L, arg, lua_pushfstring(L, "%s expected, got %s", expected, got));
}

/* }=== */

/* {=== arguments === */

lua_Integer lb_check_integer(lua_State *L, int arg) {
  int whole;
  lua_Integer value = lua_tointegerx(L, arg, &whole);
  if (!whole && lua_isnumber(L, arg))
    lb_arg_error(L, arg, "number has no integer representation");
  else if (!whole)
    lb_type_error(L, arg, lua_typename(L, LUA_TNUMBER));
  return value;
}

lua_Integer lb_opt_integer(lua_State *L, int arg, lua_Integer otherwise) {
  return lua_isnoneornil(L, arg) ? otherwise : lb_check_integer(L, arg);
}

lua_Number lb_check_number(lua_State *L, int arg) {
  int is_number;
  lua_Number value = lua_tonumberx(L, arg, &is_number);
  if (!is_number) lb_type_error(L, arg, lua_typename(L, LUA_TNUMBER));
  return value;
}

lua_Number lb_opt_number(lua_State *L, int arg, lua_Number otherwise) {
  return lua_isnoneornil(L, arg) ? otherwise : lb_check_number(L, arg);
}

const char *lb_check_lstring(lua_State *L, int arg, size_t *length) {
  const char *text = lua_tolstring(L, arg, length);
  if (text == NULL) lb_type_error(L, arg, lua_typename(L, LUA_TSTRING));
  return text;
}

void lb_check_type(lua_State *L, int arg, int type) {
  if (lua_type(L, arg) != type) lb_type_error(L, arg, lua_typename(L, type));
}

void *lb_check_udata(lua_State *L, int arg, const char *name) {
  void *handle = luaL_testudata(L, arg, name);
  if (handle == NULL) lb_type_error(L, arg, name);
  return handle;
}

int lb_check_option(lua_State *L, int arg, const char *otherwise,
                    const char *const names[]) {
  int given = otherwise == NULL || !lua_isnoneornil(L, arg);
  const char *name = given ? lb_check_string(L, arg) : otherwise;
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp(names[i], name) == 0) return i;
  return lb_arg_error(L, arg, lua_pushfstring(L, "invalid option '%s'", name));
}

/* }=== */

static int position(lua_State *L) {
  lb_where(L);
  return 1;
}

void lb_open_misuse(lua_State *L) {
  lua_pushcfunction(L, position);
  lua_setfield(L, -2, "position");
}
