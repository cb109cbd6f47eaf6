#include "luabind/tensor_parts.h"

#include <stdint.h>

int lb_axis(lua_State *L, int arg, const ms_tensor *tensor, const char *who) {
  lua_Integer axis = lb_check_integer(L, arg), dims = tensor->dims;
  if (dims == 0) return lb_raise(L, who, "a tensor without axes has no axis %I", axis);
  if (axis == 0 || axis > dims || axis < -dims)
    return lb_raise(L, who, "axis is %I, expected 1..%I or -%I..-1", axis, dims, dims);
  return (int)(axis > 0 ? axis - 1 : dims + axis);
}

ms_axes lb_axes(lua_State *L, int arg, const ms_tensor *tensor, const char *who) {
  ms_axes axes = 0;
  lua_Unsigned count;
  if (lua_isnoneornil(L, arg)) return ms_all_axes(tensor);
  if (!lua_istable(L, arg)) return 1u << lb_axis(L, arg, tensor, who);
  count = lua_rawlen(L, arg);
  for (lua_Unsigned i = 1; i <= count; i++) {
    int axis, whole;
    lua_rawgeti(L, arg, (lua_Integer)i);
    lua_tointegerx(L, -1, &whole);
    if (!whole || lua_type(L, -1) != LUA_TNUMBER)
      lb_raise(L, who, "axis number %I is %s, expected a whole number", (lua_Integer)i,
               lb_describe(L, lua_gettop(L)));
    axis = lb_axis(L, lua_gettop(L), tensor, who);
    if (axes >> axis & 1) lb_raise(L, who, "axis %d is listed twice", axis + 1);
    axes |= 1u << axis;
    lua_pop(L, 1);
  }
  return axes;
}

int lb_only_axis(lua_State *L, int arg, const ms_tensor *tensor, const char *who) {
  if (!lua_isnoneornil(L, arg)) return lb_axis(L, arg, tensor, who);
  if (tensor->dims != 1)
    lb_raise(L, who, "a tensor with %d axes needs to be told which", tensor->dims);
  return 0;
}

const char *lb_method_name(lua_State *L, const char *name) {
  return lua_pushfstring(L, "tensor '%s'", name);
}

const ms_tensor *lb_operand(lua_State *L, int arg, const char *who, double *number,
                            ms_tensor *scalar) {
  const ms_tensor *tensor = lb_to_tensor(L, arg, number, scalar);
  if (tensor == NULL) {
    const char *got = lb_describe(L, arg);
    lb_raise(L, who, "operand %d is %s, expected a number or a tensor", arg, got);
  }
  return tensor;
}

void lb_prepare(lua_State *L, size_t count) {
  lb_account(L, count > SIZE_MAX / sizeof(double) ? SIZE_MAX : count * sizeof(double));
  lb_share(L, count);
}

int lb_done(lua_State *L, const char *who, ms_status status) {
  return status == MS_OK ? 1 : lb_fail_in(L, who, status);
}

size_t lb_position(lua_State *L, lua_Integer position, const ms_tensor *tensor, int axis,
                   const char *who) {
  lua_Integer extent = (lua_Integer)tensor->shape[axis];
  if (extent == 0)
    return (size_t)lb_raise(L, who, "axis %d is empty and has no position %I", axis + 1,
                            position);
  if (position == 0 || position > extent || position < -extent)
    return (size_t)lb_raise(L, who, "position %I on axis %d, expected 1..%I or -%I..-1",
                            position, axis + 1, extent, extent);
  return (size_t)(position > 0 ? position - 1 : extent + position);
}

/*
** The extent on the stack top (popped): a whole number, -1 only where it may be inferred.
*/
static lua_Integer take_extent(lua_State *L, int axis, int may_infer, const char *who) {
  int whole;
  lua_Integer extent = lua_tointegerx(L, -1, &whole);
  if (!whole || lua_type(L, -1) != LUA_TNUMBER || extent < (may_infer ? -1 : 0))
    return lb_raise(L, who, "size of axis %d is %s, expected a whole number%s", axis + 1,
                    lb_describe(L, lua_gettop(L)),
                    may_infer ? " or -1" : " of at least 0");
  lua_pop(L, 1);
  return extent;
}

static void infer(lua_State *L, int dims, size_t *shape, int missing, size_t count,
                  const char *who) {
  size_t rest = 1;
  for (int axis = 0; axis < dims; axis++)
    if (axis != missing) rest *= shape[axis];
  if (rest == 0 || count % rest != 0)
    lb_raise(L, who, "no size of axis %d makes %I elements", missing + 1,
             (lua_Integer)count);
  shape[missing] = count / rest;
}

int lb_shape(lua_State *L, int arg, size_t shape[MS_MAX_DIMS], const size_t *count,
             const char *who) {
  int listed = lua_istable(L, arg), missing = -1;
  lua_Integer dims = listed ? (lua_Integer)lua_rawlen(L, arg) : lua_gettop(L) - arg + 1;
  if (dims > MS_MAX_DIMS)
    return lb_raise(L, who, "%I axes, expected at most %d", dims, MS_MAX_DIMS);
  for (int axis = 0; axis < dims; axis++) {
    lua_Integer extent;
    if (listed)
      lua_rawgeti(L, arg, axis + 1);
    else
      lua_pushvalue(L, arg + axis);
    extent = take_extent(L, axis, count != NULL, who);
    if (extent == -1 && missing >= 0)
      return lb_raise(L, who, "the sizes of axes %d and %d are both -1", missing + 1,
                      axis + 1);
    if (extent == -1) missing = axis;
    shape[axis] = extent == -1 ? 0 : (size_t)extent;
  }
  if (missing >= 0) infer(L, (int)dims, shape, missing, *count, who);
  return (int)dims;
}

int lb_number_or_tensor(lua_State *L) {
  ms_tensor *tensor = lua_touserdata(L, -1);
  if (tensor->dims == 0) {
    lua_Number number = *tensor->data;
    ms_tensor_release(tensor);
    lua_pushnumber(L, number);
  }
  return 1;
}
