/*
** Reductions: t:sum(), t:sum(axis), t:sum({axes}, keep) and their kind. Without axes the
** result is a number; with axes a tensor without them, or with 'keep' one where they have
** extent 1.
*/
#include "luabind/tensor_parts.h"
#include "tensor/norm.h"
#include "tensor/order.h"
#include "tensor/reduce.h"

#include <math.h>
#include <stdint.h>

static const ms_reduction *const reductions[] = {
  &ms_reduction_sum, &ms_reduction_mean, &ms_reduction_prod, &ms_reduction_min,
  &ms_reduction_max, &ms_reduction_any,  &ms_reduction_all,
};

/* How many results a reduction has. */
static size_t count_results(const ms_tensor *tensor, ms_axes axes) {
  size_t count = 1;
  for (int axis = 0; axis < tensor->dims; axis++)
    if (!(axes >> axis & 1)) count *= tensor->shape[axis];
  return count;
}

/* Whether results of a reduction are one number: no axes were given, none are kept. */
static int is_number(lua_State *L, int axes, int keep) {
  return lua_isnil(L, axes) && !lua_toboolean(L, keep);
}

static void prepare(lua_State *L, const ms_tensor *tensor, ms_axes axes) {
  lb_account(L, count_results(tensor, axes) * sizeof(double));
  lb_share(L, ms_tensor_count(tensor));
}

/* {=== pairwise reductions: the record is upvalue 1 === */

static int is_truth(const ms_reduction *reduction) {
  return reduction == &ms_reduction_any || reduction == &ms_reduction_all;
}

static int apply_reduction(lua_State *L) {
  const ms_reduction *reduction = lua_touserdata(L, lua_upvalueindex(1));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who;
  ms_status status;
  double result;
  ms_axes axes;
  lua_settop(L, 3); /* tensor, axes, keep */
  who = lb_method_name(L, reduction->name);
  axes = lb_axes(L, 2, tensor, who);
  prepare(L, tensor, axes);
  if (is_number(L, 2, 3)) {
    status = ms_tensor_reduce(reduction, tensor, &result);
    if (status != MS_OK) return lb_fail_in(L, who, status);
    if (is_truth(reduction))
      lua_pushboolean(L, result != 0);
    else
      lua_pushnumber(L, result);
    return 1;
  }
  status =
    ms_tensor_reduce_axes(reduction, tensor, axes, lua_toboolean(L, 3), lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

/* }=== */

/* {=== reductions of whole lanes === */

/* 'axes' and 'axes' + 1 are the places of the axes and of 'keep'. */
static int reduce_lanes(lua_State *L, const ms_lane_work *work, int axes,
                        const char *who) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_axes set = lb_axes(L, axes, tensor, who);
  prepare(L, tensor, set);
  ms_status status =
    ms_lanes_reduce(work, tensor, set, lua_toboolean(L, axes + 1), lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

/* t:var(axes, keep, correction), t:std(...): upvalue 1 says which, upvalue 2 the name. */
static int spread(lua_State *L) {
  int root = lua_toboolean(L, lua_upvalueindex(1));
  const char *who = lua_tostring(L, lua_upvalueindex(2));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  double correction = lb_opt_number(L, 4, 0);
  ms_lane_work work = {root ? ms_deviation_lane : ms_variance_lane, &correction, 0};
  size_t length, results;
  lua_settop(L, 3);
  length = ms_tensor_count(tensor);
  results = count_results(tensor, lb_axes(L, 2, tensor, who));
  if (results > 0) length /= results;
  if (!(correction >= 0 && ((double)length > correction || results == 0)))
    return lb_raise(L, who, "%I elements with a correction of %f, expected more",
                    (lua_Integer)length, correction);
  return reduce_lanes(L, &work, 2, who);
}

/* t:norm([p [, axes [, keep]]]) */
static int norm(lua_State *L) {
  static const char who[] = "tensor 'norm'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  double p = lb_opt_number(L, 2, 2);
  ms_lane_work work = {ms_norm_lane, &p, 0};
  lua_settop(L, 4);
  if (!(p >= 0)) return lb_raise(L, who, "p is %f, expected at least 0", p);
  if (!is_number(L, 3, 4)) return reduce_lanes(L, &work, 3, who);
  lb_share(L, ms_tensor_count(tensor));
  lua_pushnumber(L, ms_tensor_norm_p(lb_check_tensor(L, 1), p));
  return 1;
}

/* t:logsumexp([axes [, keep]]) */
static int logsumexp(lua_State *L) {
  static const char who[] = "tensor 'logsumexp'";
  static const ms_lane_work work = {ms_logsumexp_lane, NULL, 0};
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_settop(L, 3);
  if (!is_number(L, 2, 3)) return reduce_lanes(L, &work, 2, who);
  lb_share(L, ms_tensor_count(tensor));
  lua_pushnumber(L, ms_tensor_logsumexp(lb_check_tensor(L, 1)));
  return 1;
}

/* }=== */

/* {=== quantiles === */

static void check_lanes(lua_State *L, const ms_tensor *tensor, ms_axes axes,
                        const char *who, const char *what) {
  for (int axis = 0; axis < tensor->dims; axis++)
    if (axes >> axis & 1 && tensor->shape[axis] == 0)
      lb_raise(L, who, "no elements to take the %s of", what);
}

static double check_level(lua_State *L, int arg, const char *who) {
  double level = lua_tonumber(L, arg);
  if (lua_type(L, arg) != LUA_TNUMBER || !(level >= 0 && level <= 1))
    lb_raise(L, who, "the level is %s, expected a number from 0 to 1",
             lb_describe(L, arg));
  return level;
}

/* t:median([axes [, keep]]) */
static int median(lua_State *L) {
  static const char who[] = "tensor 'median'";
  static const double half = 0.5;
  static const ms_quantiles q = {1, &half};
  static const ms_lane_work work = {ms_quantile_lane, &q, MS_ORDER_SCRATCH};
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_settop(L, 3);
  check_lanes(L, tensor, lb_axes(L, 2, tensor, who), who, "median");
  return reduce_lanes(L, &work, 2, who);
}

/*
** t:quantile(level, [axes [, keep]]); with a table of levels the result has a first axis
** more, one position for each.
*/
static int quantile(lua_State *L) {
  static const char who[] = "tensor 'quantile'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_quantiles q = {1, NULL};
  ms_lane_work work = {ms_quantile_lane, &q, MS_ORDER_SCRATCH};
  double level, *levels;
  ms_axes axes;
  lua_settop(L, 4);
  axes = lb_axes(L, 3, tensor, who);
  check_lanes(L, tensor, axes, who, "quantile");
  if (!lua_istable(L, 2)) {
    level = check_level(L, 2, who);
    q.at = &level;
    return reduce_lanes(L, &work, 3, who);
  }
  q.count = (size_t)lua_rawlen(L, 2);
  q.at = levels = lb_scratch(L, q.count);
  for (size_t i = 0; i < q.count; i++) {
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    levels[i] = check_level(L, lua_gettop(L), who);
    lua_pop(L, 1);
  }
  prepare(L, tensor, axes);
  return lb_done(L, who,
                 ms_lanes_list(&work, tensor, axes, lua_toboolean(L, 4), q.count,
                               lb_new_tensor(L)));
}

/* }=== */

/* {=== argmin and argmax: upvalue 1 is the record === */

typedef struct extreme {
  const char *name;
  ms_lane *lane;
} extreme;

static const extreme extremes[] = {{"argmin", ms_argmin_lane},
                                   {"argmax", ms_argmax_lane}};

/*
** t:argmax(axis [, keep]): positions along the axis. t:argmax(): the position on each
** axis, as many numbers, for t:get(t:argmax()).
*/
static int position_of(lua_State *L) {
  const extreme *e = lua_touserdata(L, lua_upvalueindex(1));
  ms_lane_work work = {e->lane, NULL, 0};
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who;
  ms_tensor *out;
  ms_status status;
  size_t place;
  lua_settop(L, 3);
  who = lb_method_name(L, e->name);
  check_lanes(L, tensor, lb_axes(L, 2, tensor, who), who, e->name);
  if (!lua_isnil(L, 2)) {
    lb_axis(L, 2, tensor, who); /* one, not several */
    return reduce_lanes(L, &work, 2, who);
  }
  lb_share(L, ms_tensor_count(tensor));
  out = lb_new_tensor(L);
  status = ms_lanes_reduce(&work, tensor, ms_all_axes(tensor), 0, out);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  place = (size_t)out->data[0] - 1;
  ms_tensor_release(out);
  lua_settop(L, 1);
  for (int axis = tensor->dims - 1; axis >= 0; axis--) {
    lua_pushinteger(L, (lua_Integer)(place % tensor->shape[axis]) + 1);
    lua_insert(L, 2);
    place /= tensor->shape[axis];
  }
  return tensor->dims;
}

/* }=== */

static int dot(lua_State *L) {
  double result;
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  lb_share(L, ms_tensor_count(a));
  ms_status status = ms_tensor_dot(a, b, &result);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'dot'", status);
  lua_pushnumber(L, result);
  return 1;
}

static void set_spread(lua_State *L, int methods, const char *name, int root) {
  lua_pushboolean(L, root);
  lb_method_name(L, name);
  lua_pushcclosure(L, spread, 2);
  lua_setfield(L, methods, name);
}

void lb_tensor_reductions(lua_State *L, int methods) {
  static const luaL_Reg others[] = {
    {"dot", dot},       {"norm", norm},         {"logsumexp", logsumexp},
    {"median", median}, {"quantile", quantile}, {NULL, NULL}};
  for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)reductions[i]);
    lua_pushcclosure(L, apply_reduction, 1);
    lua_setfield(L, methods, reductions[i]->name);
  }
  for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&extremes[i]);
    lua_pushcclosure(L, position_of, 1);
    lua_setfield(L, methods, extremes[i].name);
  }
  set_spread(L, methods, "var", 0);
  set_spread(L, methods, "std", 1);
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
