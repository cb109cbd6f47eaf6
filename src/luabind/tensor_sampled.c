/*
** Functions known at points: differences, integrals, interpolation, and the search among
** ordered numbers.
*/
#include "luabind/tensor_parts.h"
#include "tensor/sampled.h"

/* t:diff([axis [, order]]) */
static int diff(lua_State *L) {
  static const char who[] = "tensor 'diff'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer order = lb_opt_integer(L, 3, 1);
  int axis;
  lua_settop(L, 2);
  axis = lb_only_axis(L, 2, tensor, who);
  if (order < 0) return lb_raise(L, who, "order is %I, expected at least 0", order);
  lb_prepare(L, ms_tensor_count(tensor));
  return lb_done(L, who, ms_tensor_diff(tensor, axis, (size_t)order, lb_new_tensor(L)));
}

/* t:trapezoid([points [, axis]]): points are a tensor, or a number, their distance. */
static int trapezoid(lua_State *L) {
  static const char who[] = "tensor 'trapezoid'";
  const ms_tensor *tensor = lb_check_tensor(L, 1), *points;
  double number = 1;
  ms_tensor scalar;
  int axis;
  ms_status status;
  lua_settop(L, 3);
  ms_tensor_borrow(&number, 0, NULL, &scalar);
  points = lua_isnil(L, 2) ? &scalar : lb_operand(L, 2, who, &number, &scalar);
  axis = lb_only_axis(L, 3, tensor, who);
  lb_prepare(L,
             tensor->shape[axis] > 0 ? ms_tensor_count(tensor) / tensor->shape[axis] : 0);
  lb_share(L, ms_tensor_count(tensor));
  status = ms_tensor_trapezoid(tensor, axis, points, lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

/* t:searchsorted(values [, after]): a number for a number. */
static int search(lua_State *L) {
  static const char who[] = "tensor 'searchsorted'";
  const ms_tensor *tensor = lb_check_tensor(L, 1), *values;
  int after = lua_toboolean(L, 3);
  double number;
  ms_tensor scalar, *out;
  ms_status status;
  lua_settop(L, 2);
  values = lb_operand(L, 2, who, &number, &scalar);
  lb_prepare(L, ms_tensor_count(values));
  out = lb_new_tensor(L);
  status = ms_tensor_search(tensor, values, after, out);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  if (out->dims > 0) return 1;
  lua_pushinteger(L, (lua_Integer)*out->data);
  ms_tensor_release(out);
  return 1;
}

/*
** t:interp(x, y [, below [, above]]): outside of the points the values of the first and
** the last one, unless told otherwise.
*/
static int interpolate(lua_State *L) {
  static const char who[] = "tensor 'interp'";
  const ms_tensor *tensor = lb_check_tensor(L, 1), *x = lb_check_tensor(L, 2);
  const ms_tensor *y = lb_check_tensor(L, 3);
  double ends[2];
  const double *given[2] = {NULL, NULL};
  for (int i = 0; i < 2; i++) {
    if (lua_isnoneornil(L, 4 + i)) continue;
    ends[i] = lb_check_number(L, 4 + i);
    given[i] = &ends[i];
  }
  lb_prepare(L, ms_tensor_count(tensor));
  return lb_done(L, who,
                 ms_tensor_interpolate(tensor, x, y, given[0], given[1],
                                       lb_new_tensor(L)));
}

const luaL_Reg lb_tensor_samples[] = {
  {"diff", diff},
  {"trapezoid", trapezoid},
  {"searchsorted", search},
  {"interp", interpolate},
  {NULL, NULL},
};
