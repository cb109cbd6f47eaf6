/*
** The module "modsync.core": one table, filled by the parts of the binding.
*/
#include "luabind/core.h"

#include "linalg/blas_info.h"
#include "luabind/home.h"

#include <lauxlib.h>

/*
** Each part adds its functions to the table on the top of the stack and leaves it there.
*/
#define PARTS(X)                                                                         \
  X(tensor) X(random) X(symbol) X(program) X(points) X(method) X(checkpoint) X(system) \
  X(folder)

#define DECLARE(part) __attribute__((weak)) void lb_open_##part(lua_State *L);
PARTS(DECLARE)
#undef DECLARE

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

/*
** Threads are the team's business: one BLAS thread each, whatever the environment says.
*/
int luaopen_modsync_core(lua_State *L) {
  const char *file = lua_tostring(L, 2);
  ms_blas_set_threads(1);
  lua_newtable(L);
  set_home(L, file);
#define OPEN(part)                                                                       \
  if (lb_open_##part) lb_open_##part(L);
  PARTS(OPEN)
#undef OPEN
  return 1;
}
