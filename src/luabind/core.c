/*
** The module "modsync.core": one table, filled by the parts of the binding.
*/
#include "luabind/core.h"

#include <lauxlib.h>

/* Each part adds its functions to the table on the top of the stack and leaves it there. */
#define PARTS(X) X(tensor) X(random) X(symbol) X(program) X(points) X(method) X(checkpoint) X(system)

#define DECLARE(part) __attribute__((weak)) void lb_open_##part(lua_State *L);
PARTS(DECLARE)
#undef DECLARE

int luaopen_modsync_core(lua_State *L) {
  lua_newtable(L);
#define OPEN(part)                                                                         \
  if (lb_open_##part) lb_open_##part(L);
  PARTS(OPEN)
#undef OPEN
  return 1;
}
