/*
** Collocation points:
**   core.sample(kind, rng, n, d [, skip])               -> n x d tensor in [0, 1)^d
**   core.sample_box(kind, rng, points, low, high [, skip])  fills points (n x d) in place
**   core.samplers()  -> { {name=, summary=, paper=}, ... }
*/
#include "loss/sampler.h"
#include "luabind/binding.h"

#include <stdint.h>

enum { MAX_COORDS = 64 };

static const ms_sampler *check_sampler(lua_State *L, int arg) {
  const ms_sampler *sampler = NULL;
  ms_status status = ms_sampler_find(lb_check_string(L, arg), &sampler);
  if (status != MS_OK) lb_fail(L, status);
  return sampler;
}

/* A whole number from 'least' on. */
static lua_Integer check_count(lua_State *L, int arg, lua_Integer least,
                               const char *what) {
  lua_Integer value = lb_check_integer(L, arg);
  if (value < least)
    lb_error(L, "%s must be a whole number from %I on, got %I", what, least, value);
  return value;
}

static uint64_t check_skip(lua_State *L, int arg) {
  return lua_isnoneornil(L, arg) ? 0 : (uint64_t)check_count(L, arg, 0, "skip");
}

static int sample(lua_State *L) {
  const ms_sampler *sampler = check_sampler(L, 1);
  ms_rng *rng = lb_check_rng(L, 2);
  size_t n = (size_t)check_count(L, 3, 1, "the number of points");
  size_t d = (size_t)check_count(L, 4, 1, "the number of coordinates");
  uint64_t skip = check_skip(L, 5);
  size_t shape[2] = {n, d};
  ms_tensor *points = lb_create_tensor(L, 2, shape);
  ms_status status = ms_sample(sampler, rng, skip, n, d, points->data, d);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

/* The table of d numbers at 'arg'. */
static void check_limits(lua_State *L, int arg, size_t d, double *limits) {
  lb_check_type(L, arg, LUA_TTABLE);
  for (size_t k = 0; k < d; k++) {
    if (lua_rawgeti(L, arg, (lua_Integer)k + 1) != LUA_TNUMBER)
      lb_error(L, "limit %d of a box must be a number, got %s", (int)k + 1,
               luaL_typename(L, -1));
    limits[k] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

static int sample_box(lua_State *L) {
  double low[MAX_COORDS], high[MAX_COORDS];
  const ms_sampler *sampler = check_sampler(L, 1);
  ms_rng *rng = lb_check_rng(L, 2);
  const ms_tensor *points = lb_check_tensor(L, 3);
  uint64_t skip = check_skip(L, 6);
  lb_arg_check(L, points->dims == 2, 3, "expected a tensor of n points x d coordinates");
  size_t n = points->shape[0], d = points->shape[1];
  lb_arg_check(L, d <= MAX_COORDS, 3, "too many coordinates (64 at most)");
  lb_arg_check(L,
               (d <= 1 || points->stride[1] == 1)
                 && (n <= 1 || points->stride[0] >= (ptrdiff_t)d),
               3, "the coordinates of a point must lie side by side");
  check_limits(L, 4, d, low);
  check_limits(L, 5, d, high);
  ms_status status = ms_sample_box(sampler, rng, skip, n, d, low, high, points->data,
                                   n <= 1 ? d : (size_t)points->stride[0]);
  if (status != MS_OK) return lb_fail(L, status);
  lua_settop(L, 3);
  return 1;
}

static int samplers(lua_State *L) {
  const ms_sampler *sampler;
  lua_newtable(L);
  for (size_t i = 0; (sampler = ms_sampler_at(i)) != NULL; i++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, sampler->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, sampler->summary);
    lua_setfield(L, -2, "summary");
    lua_pushstring(L, sampler->paper);
    lua_setfield(L, -2, "paper");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

void lb_open_points(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"sample", sample},
    {"sample_box", sample_box},
    {"samplers", samplers},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
