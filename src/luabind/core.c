/*
** The module "modsync.core": one table, filled by the parts of the binding.
*/
#include "luabind/core.h"

#include "linalg/blas_info.h"
#include "luabind/binding.h"
#include "luabind/home.h"

/*
** Each part adds its functions to the table on the top of the stack and leaves it there.
*/
static void (*const parts[])(lua_State *L) = {
  lb_open_team,        lb_open_tensor,     lb_open_random,       lb_open_symbol,
  lb_open_program,     lb_open_points,     lb_open_method,       lb_open_diagnostics,
  lb_open_folder,      lb_open_checkpoint, lb_open_tensor_files, lb_open_system,
  lb_open_exclusivity, lb_open_surgeon,    lb_open_misuse,
};

/*
** core.home: the folder of problems/ and scripts/, or nil. The program has left it in the
** registry; a stock interpreter's 'require' passes the file of the module, which is
** PREFIX/lib/lua/5.4/modsync/core.so, as the second argument.
*/
static void set_home(lua_State *L, const char *file) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, LB_HOME_KEY) == LUA_TNIL) {
    lb_home home;
    lb_find_home(file, 4, &home);
    lua_pop(L, 1);
    if (home.data[0] == '\0') return;
    lua_pushstring(L, home.data);
  }
  lua_setfield(L, -2, "home");
}

/* Threads are the team's business: BLAS gets one, whatever the environment says. */
int luaopen_modsync_core(lua_State *L) {
  const char *file = lua_tostring(L, 2);
  ms_blas_set_threads(1);
  lb_find_library(L);
  lua_newtable(L);
  set_home(L, file);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) parts[i](L);
  return 1;
}
