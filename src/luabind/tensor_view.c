/* Views, which share their elements, and copies. */
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
  lua_Integer from = lb_check_integer(L, 3), count = lb_check_integer(L, 4);
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
  size_t position = lb_position(L, lb_check_integer(L, 3), tensor, axis, who);
  return view_done(L, who, ms_tensor_select(tensor, axis, position, lb_new_tensor(L)));
}

static int row(lua_State *L) {
  static const char who[] = "tensor 'row'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t position;
  if (tensor->dims < 2)
    return lb_raise(L, who, "a tensor with %d axes has no rows", tensor->dims);
  position = lb_position(L, lb_check_integer(L, 2), tensor, 0, who);
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

/* t:flatten(): one axis; a view where the strides allow it. */
static int flatten(lua_State *L) {
  lua_settop(L, 1);
  lua_pushinteger(L, -1);
  return reshape(L);
}

/* t:permute(...): the axes in that order. */
static int permute(lua_State *L) {
  static const char who[] = "tensor 'permute'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int order[MS_MAX_DIMS], count;
  if (lua_istable(L, 2)) {
    lua_settop(L, 2);
    count = (int)lua_rawlen(L, 2);
    for (int i = 1; i <= count && i <= MS_MAX_DIMS; i++) lua_rawgeti(L, 2, i);
    lua_remove(L, 2);
  } else {
    count = lua_gettop(L) - 1;
  }
  if (count != tensor->dims)
    return lb_raise(L, who, "%d axes, expected all %d", count, tensor->dims);
  for (int i = 0; i < count; i++) {
    order[i] = lb_axis(L, i + 2, tensor, who);
    for (int j = 0; j < i; j++)
      if (order[j] == order[i])
        return lb_raise(L, who, "axis %d is listed twice", order[i] + 1);
  }
  return view_done(L, who, ms_tensor_permute(tensor, order, lb_new_tensor(L)));
}

/* t:unsqueeze(axis): an axis of extent 1 that becomes that axis. */
static int unsqueeze(lua_State *L) {
  static const char who[] = "tensor 'unsqueeze'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_tensor grown = {.dims = tensor->dims + 1};
  int axis = lb_axis(L, 2, &grown, who);
  return view_done(L, who, ms_tensor_insert_axis(tensor, axis, lb_new_tensor(L)));
}

/* t:squeeze([axis]): without that axis of extent 1, or without all of them. */
static int squeeze(lua_State *L) {
  static const char who[] = "tensor 'squeeze'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int only = lua_isnoneornil(L, 2) ? -1 : lb_axis(L, 2, tensor, who), dims = 0;
  ms_tensor *out;
  if (only >= 0 && tensor->shape[only] != 1)
    return lb_raise(L, who, "axis %d has size %I, expected 1", only + 1,
                    (lua_Integer)tensor->shape[only]);
  out = lb_new_tensor(L);
  ms_tensor_share(lb_check_tensor(L, 1), out);
  for (int axis = 0; axis < out->dims; axis++) {
    if (out->shape[axis] == 1 && (only < 0 || axis == only)) continue;
    out->shape[dims] = out->shape[axis];
    out->stride[dims++] = out->stride[axis];
  }
  out->dims = dims;
  return 1;
}

/* t:expand(...): axes of extent 1 repeated to that shape, without memory of their own. */
static int expand(lua_State *L) {
  static const char who[] = "tensor 'expand'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t shape[MS_MAX_DIMS], count;
  int dims = lb_shape(L, 2, shape, NULL, who);
  ms_status status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  return view_done(L, who, ms_tensor_broadcast(tensor, dims, shape, lb_new_tensor(L)));
}

/* t:flip([axes]): backwards along those axes, or along all. */
static int flip(lua_State *L) {
  static const char who[] = "tensor 'flip'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_axes axes;
  ms_tensor *out;
  lua_settop(L, 2);
  axes = lb_axes(L, 2, tensor, who);
  out = lb_new_tensor(L);
  ms_tensor_share(lb_check_tensor(L, 1), out);
  for (int axis = 0; axis < out->dims; axis++) {
    if (!(axes >> axis & 1) || out->shape[axis] < 2) continue;
    out->data += (ptrdiff_t)(out->shape[axis] - 1) * out->stride[axis];
    out->stride[axis] = -out->stride[axis];
  }
  return 1;
}

/* t:diagonal([offset]): a view of elements (i, i + offset) of a matrix. */
static int diagonal(lua_State *L) {
  static const char who[] = "tensor 'diagonal'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer offset = lb_opt_integer(L, 2, 0);
  return view_done(L, who,
                   ms_tensor_diagonal(tensor, (ptrdiff_t)offset, lb_new_tensor(L)));
}

/* t:contiguous(): itself if its elements lie in row-major order, else a copy. */
static int contiguous(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_settop(L, 1);
  return ms_tensor_is_contiguous(tensor) ? 1 : clone(L);
}

const luaL_Reg lb_tensor_views[] = {
  {"reshape", reshape},   {"narrow", narrow},         {"select", select_position},
  {"row", row},           {"transpose", transpose},   {"clone", clone},
  {"flatten", flatten},   {"permute", permute},       {"unsqueeze", unsqueeze},
  {"squeeze", squeeze},   {"expand", expand},         {"flip", flip},
  {"diagonal", diagonal}, {"contiguous", contiguous}, {NULL, NULL},
};
