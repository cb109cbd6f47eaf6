#include "base/alloc.h"

#include <lauxlib.h>

void lb_open_system(lua_State *L);

static int debug_live_blocks(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_live_blocks());
  return 1;
}

static int debug_live_bytes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_live_bytes());
  return 1;
}

/* core.debug.fail_after(n): the n-th allocation from now on fails (0: never). */
static int debug_fail_after(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0, 1, "expected 0 or more");
  ms_alloc_fail_after((size_t)n);
  return 0;
}

static const luaL_Reg debug_functions[] = {
  {"live_blocks", debug_live_blocks},
  {"live_bytes", debug_live_bytes},
  {"fail_after", debug_fail_after},
  {NULL, NULL},
};

void lb_open_system(lua_State *L) {
  luaL_newlib(L, debug_functions); /* core, debug */
  lua_setfield(L, -2, "debug");
  lua_pushliteral(L, MODSYNC_VERSION);
  lua_setfield(L, -2, "version");
}
