/*
** The thread team, which belongs to the Lua state: it is made when first needed, with
** core.threads(n) or one thread a processor.
*/
#include "luabind/binding.h"

#include "base/cpu.h"
#include "base/parallel.h"
#include "tensor/elementwise.h"

#define TEAM "modsync.team"

static const char key = 't'; /* of the team in the registry */

typedef struct team_handle {
  ms_team *team;
} team_handle;

static int team_close(lua_State *L) {
  team_handle *handle = lb_check_udata(L, 1, TEAM);
  ms_parallel_use(NULL);
  ms_team_free(handle->team);
  handle->team = NULL;
  return 0;
}

ms_team *lb_team(lua_State *L, int threads) {
  team_handle *handle;
  ms_team *fresh;
  ms_status status;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    handle = lua_newuserdatauv(L, sizeof *handle, 0);
    handle->team = NULL;
    luaL_setmetatable(L, TEAM);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
  }
  handle = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (handle->team == NULL
      || (threads != 0 && threads != ms_team_threads(handle->team))) {
    status = ms_team_create(threads > 0 ? threads : ms_cpu_count(), &fresh);
    if (status != MS_OK) lb_fail(L, status);
    ms_parallel_use(NULL);
    ms_team_free(handle->team);
    handle->team = fresh;
  }
  ms_parallel_use(handle->team);
  return handle->team;
}

void lb_share(lua_State *L, size_t count) {
  if (count >= MS_SHARED_COUNT) lb_team(L, 0);
}

/* threads([n]): sets the number of threads; returns it. */
static int threads(lua_State *L) {
  lua_Integer n = lb_opt_integer(L, 1, 0);
  if (!lua_isnoneornil(L, 1) && (n < 1 || n > 1024))
    return lb_error(L, "threads: expected 1 to 1024, got %I", n);
  lua_pushinteger(L, ms_team_threads(lb_team(L, (int)n)));
  return 1;
}

void lb_open_team(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg closing[] = {{"__gc", team_close},
                                     {"__close", team_close},
                                     {NULL, NULL}};
  lb_set_methods(L, TEAM, none, closing);
  lua_pushcfunction(L, threads);
  lua_setfield(L, -2, "threads");
}
