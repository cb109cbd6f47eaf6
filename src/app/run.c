#include "app/run.h"

#include "app/app.h"
#include "luabind/system.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* Turns any error value into a string with a traceback. */
static int add_traceback(lua_State *L) {
  const char *message = lua_tostring(L, 1);
  if (message == NULL) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  luaL_traceback(L, L, message, 1);
  return 1;
}

int run_call(lua_State *L, int arguments, int results) {
  int base = lua_gettop(L) - arguments, status;
  lua_pushcfunction(L, add_traceback);
  lua_insert(L, base);
  status = lua_pcall(L, arguments, results, base);
  lua_remove(L, base);
  return status;
}

int run_report(lua_State *L, int status) {
  const char *message;
  int interrupted;
  if (status == LUA_OK) return EXIT_DONE;
  message = lua_tostring(L, -1);
  interrupted = lb_interrupt_raised() > 0 && strstr(message, "interrupted") != NULL;
  fflush(stdout);
  fprintf(stderr, "modsync: %s\n", message);
  lua_pop(L, 1);
  return interrupted ? EXIT_INTERRUPTED : EXIT_ERROR;
}

void run_set_arg(lua_State *L, int argc, char **argv, int script) {
  lua_createtable(L, argc - script, script + 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

/* Pushes arg[1], arg[2], ... and returns how many. */
static int push_arguments(lua_State *L) {
  int count = 0, table;
  if (lua_getglobal(L, "arg") != LUA_TTABLE) {
    lua_pop(L, 1);
    return 0;
  }
  table = lua_gettop(L);
  count = (int)luaL_len(L, table);
  luaL_checkstack(L, count + 3, "too many arguments to the script");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return count;
}

int run_file(lua_State *L, const char *path) {
  int status = luaL_loadfile(L, path);
  if (status == LUA_OK) status = run_call(L, push_arguments(L), 0);
  return run_report(L, status);
}

int run_text(lua_State *L, const char *text) {
  int status = luaL_loadbuffer(L, text, strlen(text), "=(command line)");
  if (status == LUA_OK) status = run_call(L, 0, 0);
  return run_report(L, status);
}
