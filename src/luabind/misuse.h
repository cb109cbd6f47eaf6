/*
** Misuse: errors that point at the line of the user. A script often reaches a function of
** the core through Lua files of this library, so the position is not that of the caller,
** as lauxlib has it, but of the innermost Lua function outside of the library.
**
** The functions are those of lauxlib by the same names (lb_check_integer is
** luaL_checkinteger), with the same messages; this folder uses no other ones. A function
** that the call gives no name is called by the shortest one that a loaded module has for
** it, so that it does not depend on the order of modules.
*/
#ifndef MS_LUABIND_MISUSE_H
#define MS_LUABIND_MISUSE_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

/* Remember where the Lua files of the library are: beside the module modsync.misuse. */
void lb_find_library(lua_State *L);

/* Push "file:line: " of that function, or "" where there is none. */
void lb_where(lua_State *L);

int lb_error(lua_State *L, const char *format, ...);
int lb_arg_error(lua_State *L, int arg, const char *message);
int lb_type_error(lua_State *L, int arg, const char *expected);

#define lb_arg_check(L, condition, arg, message)                                         \
  ((void)((condition) || lb_arg_error(L, arg, message)))

lua_Integer lb_check_integer(lua_State *L, int arg);
lua_Integer lb_opt_integer(lua_State *L, int arg, lua_Integer otherwise);
lua_Number lb_check_number(lua_State *L, int arg);
lua_Number lb_opt_number(lua_State *L, int arg, lua_Number otherwise);
const char *lb_check_lstring(lua_State *L, int arg, size_t *length);
void lb_check_type(lua_State *L, int arg, int type);
void *lb_check_udata(lua_State *L, int arg, const char *name);
int lb_check_option(lua_State *L, int arg, const char *otherwise,
                    const char *const names[]);

#define lb_check_string(L, arg) lb_check_lstring(L, arg, NULL)

/* core.position(): what lb_where pushes. */
void lb_open_misuse(lua_State *L);

#endif
