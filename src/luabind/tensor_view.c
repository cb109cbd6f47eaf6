/* Views and copies: t:reshape, t:narrow, t:select, t:row, t:transpose, t:clone. */
#include "luabind/tensor_parts.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

static int view_done(lua_State *L, const char *who, ms_status status) {
  return status == MS_OK ? 1 : lb_fail_in(L, who, status);
}

static void check_contents(lua_State *L, const ms_tensor *tensor, size_t count, int dims,
                           const size_t *shape, const char *who) {
  char from[MS_SHAPE_TEXT], to[MS_SHAPE_TEXT];
  if (count != ms_tensor_count(tensor))
    lb_raise(L, who, "shape %s does not hold the elements of %s",
             ms_shape_text(dims, shape, to),
             ms_shape_text(tensor->dims, tensor->shape, from));
}

/* A view where the strides allow it, else a copy. */
static int reshape(lua_State *L) {
  static const char who[] = "tensor 'reshape'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t shape[MS_MAX_DIMS], count = ms_tensor_count(tensor), wanted;
  int dims = lb_shape(L, 2, shape, &count, who);
  ms_status status = ms_shape_count(dims, shape, &wanted);
  ms_tensor *out;
  if (status != MS_OK) return lb_fail_in(L, who, status);
  check_contents(L, tensor, wanted, dims, shape, who);
  out = lb_new_tensor(L);
  if (ms_tensor_reshape_view(tensor, dims, shape, out)) return 1;
  lb_account(L, count * sizeof(double));
  return view_done(L, who, ms_tensor_reshape(tensor, dims, shape, out));
}

static int narrow(lua_State *L) {
  static const char who[] = "tensor 'narrow'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int axis = lb_axis(L, 2, tensor, who);
  lua_Integer from = luaL_checkinteger(L, 3), count = luaL_checkinteger(L, 4);
  lua_Integer extent = (lua_Integer)tensor->shape[axis];
  size_t first = count == 0 ? 0 : lb_position(L, from, tensor, axis, who);
  if (count < 0 || count > extent - (lua_Integer)first)
    return lb_raise(L, who, "%I positions from position %I on axis %d of size %I", count,
                    from, axis + 1, extent);
  return view_done(L, who,
                   ms_tensor_narrow(tensor, axis, first, (size_t)count,
                                    lb_new_tensor(L)));
}

static int select_position(lua_State *L) {
  static const char who[] = "tensor 'select'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int axis = lb_axis(L, 2, tensor, who);
  size_t position = lb_position(L, luaL_checkinteger(L, 3), tensor, axis, who);
  return view_done(L, who, ms_tensor_select(tensor, axis, position, lb_new_tensor(L)));
}

static int row(lua_State *L) {
  static const char who[] = "tensor 'row'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t position;
  if (tensor->dims < 2)
    return lb_raise(L, who, "a tensor with %d axes has no rows", tensor->dims);
  position = lb_position(L, luaL_checkinteger(L, 2), tensor, 0, who);
  return view_done(L, who, ms_tensor_select(tensor, 0, position, lb_new_tensor(L)));
}

/* Without arguments the two axes of a matrix. */
static int transpose(lua_State *L) {
  static const char who[] = "tensor 'transpose'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int a = 0, b = 1;
  if (lua_isnoneornil(L, 2) && lua_isnoneornil(L, 3)) {
    if (tensor->dims != 2)
      return lb_raise(L, who, "a tensor with %d axes needs to be told which two to swap",
                      tensor->dims);
  } else {
    a = lb_axis(L, 2, tensor, who);
    b = lb_axis(L, 3, tensor, who);
  }
  return view_done(L, who, ms_tensor_transpose(tensor, a, b, lb_new_tensor(L)));
}

static int clone(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lb_account(L, ms_tensor_count(tensor) * sizeof(double));
  return view_done(L, "tensor 'clone'", ms_tensor_clone(tensor, lb_new_tensor(L)));
}

const luaL_Reg lb_tensor_views[] = {
  {"reshape", reshape}, {"narrow", narrow},       {"select", select_position},
  {"row", row},         {"transpose", transpose}, {"clone", clone},
  {NULL, NULL},
};
