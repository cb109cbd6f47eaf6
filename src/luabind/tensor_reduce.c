/* Reductions: t:sum(), t:sum(axis) and their kind; t:dot, t:norm. */
#include "luabind/tensor_parts.h"
#include "tensor/reduce.h"

#include <stdint.h>

static const ms_reduction *const reductions[] = {
  &ms_reduction_sum,
  &ms_reduction_mean,
  &ms_reduction_min,
  &ms_reduction_max,
};

/*
** A number without an axis; else a tensor without that axis (a number if none is left).
*/
static int apply_reduction(lua_State *L) {
  const ms_reduction *reduction = lua_touserdata(L, lua_upvalueindex(1));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who;
  ms_status status;
  double result;
  int axis;
  lua_settop(L, 2);
  who = lua_pushfstring(L, "tensor '%s'", reduction->name);
  if (lua_isnil(L, 2)) {
    status = ms_tensor_reduce(reduction, tensor, &result);
    if (status != MS_OK) return lb_fail_in(L, who, status);
    lua_pushnumber(L, result);
    return 1;
  }
  axis = lb_axis(L, 2, tensor, who);
  if (tensor->shape[axis] > 0)
    lb_account(L, ms_tensor_count(tensor) / tensor->shape[axis] * sizeof(double));
  status = ms_tensor_reduce_axis(reduction, tensor, axis, lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

static int dot(lua_State *L) {
  double result;
  ms_status status = ms_tensor_dot(lb_check_tensor(L, 1), lb_check_tensor(L, 2), &result);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'dot'", status);
  lua_pushnumber(L, result);
  return 1;
}

static int norm(lua_State *L) {
  lua_pushnumber(L, ms_tensor_norm(lb_check_tensor(L, 1)));
  return 1;
}

void lb_tensor_reductions(lua_State *L, int methods) {
  static const luaL_Reg others[] = {{"dot", dot}, {"norm", norm}, {NULL, NULL}};
  for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)reductions[i]);
    lua_pushcclosure(L, apply_reduction, 1);
    lua_setfield(L, methods, reductions[i]->name);
  }
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
