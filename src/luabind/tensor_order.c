/*
** Along one axis: running results, sorting, the k largest; and of all elements: unique,
** histogram. The axis may be left out where there is only one.
*/
#include "luabind/tensor_parts.h"
#include "tensor/elementwise.h"
#include "tensor/order.h"
#include "tensor/pick.h"
#include "tensor/scan.h"

#include <math.h>
#include <stdint.h>

/* {=== running results: t:cumsum(axis), t:cumsum_(axis); the record is upvalue 1 === */

typedef struct scan {
  const char *name, *in_place;
  ms_lane *lane;
} scan;

static const scan scans[] = {
  {"cumsum", "cumsum_", ms_cumsum_lane},
  {"cumprod", "cumprod_", ms_cumprod_lane},
  {"cummax", "cummax_", ms_cummax_lane},
  {"cummin", "cummin_", ms_cummin_lane},
};

/*
** Work along 'axis' that leaves the shape as it is, into new memory or that of the
** tensor.
*/
static int map_lanes(lua_State *L, const ms_lane_work *work, int axis, int in_place,
                     const char *who) {
  ms_tensor *tensor = lb_check_tensor(L, 1), *out = tensor;
  if (in_place) {
    ms_status status = ms_tensor_check_output(tensor);
    if (status != MS_OK) return lb_fail_in(L, who, status);
    lb_share(L, ms_tensor_count(tensor));
    lua_pushvalue(L, 1);
  } else {
    lb_prepare(L, ms_tensor_count(tensor));
    out = lb_new_tensor(L);
  }
  return lb_done(L, who, ms_lanes_map(work, tensor, axis, tensor->shape[axis], out));
}

static int run_scan(lua_State *L, int in_place) {
  const scan *s = lua_touserdata(L, lua_upvalueindex(1));
  ms_lane_work work = {s->lane, NULL, 0};
  const char *who;
  lua_settop(L, 2);
  who = lb_method_name(L, in_place ? s->in_place : s->name);
  return map_lanes(L, &work, lb_only_axis(L, 2, lb_check_tensor(L, 1), who), in_place,
                   who);
}

static int apply_scan(lua_State *L) {
  return run_scan(L, 0);
}

static int apply_scan_in_place(lua_State *L) {
  return run_scan(L, 1);
}

/* }=== */

/* {=== order === */

static int order(lua_State *L, ms_lane *lane, int in_place, const char *who) {
  int descending = lua_toboolean(L, 3);
  ms_lane_work work = {lane, &descending, MS_ORDER_SCRATCH};
  lua_settop(L, 2);
  return map_lanes(L, &work, lb_only_axis(L, 2, lb_check_tensor(L, 1), who), in_place,
                   who);
}

/* t:sort([axis [, descending]]) */
static int sort(lua_State *L) {
  return order(L, ms_sort_lane, 0, "tensor 'sort'");
}

static int sort_in_place(lua_State *L) {
  return order(L, ms_sort_lane, 1, "tensor 'sort_'");
}

/* t:argsort([axis [, descending]]): the positions that the elements in order had. */
static int argsort(lua_State *L) {
  return order(L, ms_argsort_lane, 0, "tensor 'argsort'");
}

/* t:topk(k [, axis [, smallest]]): the k largest and their positions. */
static int topk(lua_State *L) {
  static const char who[] = "tensor 'topk'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer k = lb_check_integer(L, 2);
  ms_topk t = {(size_t)k, lua_toboolean(L, 4)};
  ms_lane_work work = {ms_topk_lane, &t, MS_ORDER_SCRATCH};
  ms_tensor *values, *positions;
  ms_status status;
  int axis;
  lua_settop(L, 3);
  axis = lb_only_axis(L, 3, tensor, who);
  if (k < 0 || (size_t)k > tensor->shape[axis])
    return lb_raise(L, who, "k is %I, expected 0..%I", k,
                    (lua_Integer)tensor->shape[axis]);
  lb_prepare(L, ms_tensor_count(tensor));
  values = lb_new_tensor(L);
  positions = lb_new_tensor(L);
  status = ms_lanes_map(&work, tensor, axis, t.k, positions);
  if (status == MS_OK) status = ms_tensor_gather(tensor, axis, positions, values);
  return status == MS_OK ? 2 : lb_fail_in(L, who, status);
}

/* t:unique(): the different elements in order, and how often each occurs. */
static int unique(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_tensor *values, *counts;
  ms_status status;
  lb_account(L, 2 * ms_tensor_count(tensor) * sizeof(double));
  values = lb_new_tensor(L);
  counts = lb_new_tensor(L);
  status = ms_tensor_unique(tensor, values, counts);
  return status == MS_OK ? 2 : lb_fail_in(L, "tensor 'unique'", status);
}

/* t:histogram(bins, low, high): counts in equal parts of that range. */
static int histogram(lua_State *L) {
  static const char who[] = "tensor 'histogram'";
  lua_Integer bins = (lb_check_tensor(L, 1), lb_check_integer(L, 2));
  size_t count = (size_t)bins;
  double low = lb_check_number(L, 3), high = lb_check_number(L, 4);
  ms_tensor *out;
  if (bins < 1) return lb_raise(L, who, "%I bins, expected at least 1", bins);
  if (!(isfinite(low) && isfinite(high) && low < high && isfinite(high - low)))
    return lb_raise(L, who, "from %f to %f, expected two finite limits, the lower first",
                    low, high);
  out = lb_create_tensor(L, 1, &count);
  ms_tensor_histogram(lb_check_tensor(L, 1), count, low, high, out->data);
  return 1;
}

/* }=== */

void lb_tensor_orders(lua_State *L, int methods) {
  static const luaL_Reg others[] = {
    {"sort", sort},     {"sort_", sort_in_place}, {"argsort", argsort}, {"topk", topk},
    {"unique", unique}, {"histogram", histogram}, {NULL, NULL},
  };
  for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&scans[i]);
    lua_pushcclosure(L, apply_scan, 1);
    lua_setfield(L, methods, scans[i].name);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&scans[i]);
    lua_pushcclosure(L, apply_scan_in_place, 1);
    lua_setfield(L, methods, scans[i].in_place);
  }
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
