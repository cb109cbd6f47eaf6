#include "luabind/debug.h"

#include "base/alloc.h"
#include "luabind/misuse.h"
#include "luabind/system.h"

#include <lauxlib.h>

/*
** An allocator in front of the interpreter's own. One a process is enough: tests have one
** interpreter.
*/
static struct {
  lua_Alloc inner;
  void *inner_data;
  size_t left;        /* allocations until the failing one; 0: none fails */
  int collect_always; /* refuse every allocation once: Lua then collects and asks again */
  int refused;
} limiter;

static void *limited(void *data, void *block, size_t old_size, size_t size) {
  int grows = size > 0 && (block == NULL || size > old_size);
  (void)data;
  if (grows && limiter.left == 1) return NULL;
  if (grows && limiter.left > 1) limiter.left--;
  if (grows && limiter.collect_always) {
    limiter.refused = !limiter.refused;
    if (limiter.refused) return NULL;
  }
  return limiter.inner(limiter.inner_data, block, old_size, size);
}

static void install_limiter(lua_State *L) {
  void *data;
  lua_Alloc now = lua_getallocf(L, &data);
  if (now == limited) return;
  limiter.inner = now;
  limiter.inner_data = data;
  lua_setallocf(L, limited, NULL);
}

static size_t check_count(lua_State *L) {
  lua_Integer n = lb_check_integer(L, 1);
  lb_arg_check(L, n >= 0, 1, "expected 0 or more");
  return (size_t)n;
}

static int interrupt(lua_State *L) {
  lua_pushboolean(L, lb_interrupt(L));
  return 1;
}

static int fail_after(lua_State *L) {
  ms_alloc_fail_after(check_count(L));
  return 0;
}

static int lua_fail_after(lua_State *L) {
  limiter.left = check_count(L);
  install_limiter(L);
  return 0;
}

static int collect_always(lua_State *L) {
  limiter.collect_always = lua_toboolean(L, 1);
  limiter.refused = 0;
  install_limiter(L);
  return 0;
}

size_t lb_live_blocks(void) {
  return ms_live_blocks();
}

static int live_blocks(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_live_blocks());
  return 1;
}

static int live_bytes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_live_bytes());
  return 1;
}

void lb_open_debug(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"live_blocks", live_blocks},
    {"live_bytes", live_bytes},
    {"fail_after", fail_after},
    {"lua_fail_after", lua_fail_after},
    {"collect_always", collect_always},
    {"interrupt", interrupt},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lb_add_yardsticks(L);
  lua_setfield(L, -2, "debug");
}
