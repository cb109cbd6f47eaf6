/* The userdata "modsync.tensor": constructors, conversions, lifetime. */
#include "luabind/tensor_parts.h"

#include "tensor/elementwise.h"
#include "tensor/print.h"

#include <limits.h>
#include <math.h>

/* {=== constructors === */

/* zeros(...), ones(...): upvalue 1 is the number, upvalue 2 the name. */
static int filled(lua_State *L) {
  size_t shape[MS_MAX_DIMS];
  int dims = lb_shape(L, 1, shape, NULL, lua_tostring(L, lua_upvalueindex(2)));
  double value = lua_tonumber(L, lua_upvalueindex(1));
  ms_tensor *out = lb_create_tensor(L, dims, shape);
  if (value != 0) ms_tensor_fill(value, out);
  return 1;
}

static int full(lua_State *L) {
  size_t shape[MS_MAX_DIMS];
  double value = lb_check_number(L, 2);
  lb_check_type(L, 1, LUA_TTABLE);
  ms_tensor_fill(value, lb_create_tensor(L, lb_shape(L, 1, shape, NULL, "full"), shape));
  return 1;
}

/*
** The shape of a list of lists follows from its first items; leaves nothing on the stack.
*/
static int list_shape(lua_State *L, size_t *shape) {
  int dims = 0, top = lua_gettop(L);
  lua_pushvalue(L, 1);
  while (lua_istable(L, -1)) {
    if (dims == MS_MAX_DIMS)
      return lb_error(L, "tensor: lists nested deeper than %d", MS_MAX_DIMS);
    luaL_checkstack(L, 4, "lists nested too deeply");
    shape[dims] = (size_t)lua_rawlen(L, -1);
    lua_rawgeti(L, -1, 1);
    if (shape[dims++] == 0) break;
  }
  lua_settop(L, top);
  return dims;
}

/* Pushes "[2, 1]", the place of item path[0], path[1], ... */
static const char *push_place(lua_State *L, int depth, const size_t *path) {
  lua_pushliteral(L, "[");
  for (int i = 0; i < depth; i++) {
    lua_pushfstring(L, i == 0 ? "%I" : ", %I", (lua_Integer)path[i]);
    lua_concat(L, 2);
  }
  lua_pushliteral(L, "]");
  lua_concat(L, 2);
  return lua_tostring(L, -1);
}

/*
** Copies the list (or number) on the stack top, at 'path' of the whole, to '*at' and on.
*/
static void fill_from_list(lua_State *L, const ms_tensor *out, int depth, size_t *path,
                           double **at) {
  lua_Unsigned length;
  if (depth == out->dims) {
    if (lua_type(L, -1) != LUA_TNUMBER) {
      const char *item = lb_describe(L, lua_gettop(L));
      lb_error(L, "tensor: item %s is %s, expected a number", push_place(L, depth, path),
               item);
    }
    *(*at)++ = lua_tonumber(L, -1);
    return;
  }
  if (!lua_istable(L, -1)) {
    const char *item = lb_describe(L, lua_gettop(L));
    lb_error(L, "tensor: item %s is %s, expected a list", push_place(L, depth, path),
             item);
  }
  length = lua_rawlen(L, -1);
  if (length != out->shape[depth])
    lb_error(L, "tensor: list %s has %I items, the first of its kind has %I",
             push_place(L, depth, path), (lua_Integer)length,
             (lua_Integer)out->shape[depth]);
  if (!lb_is_list(L, lua_gettop(L), (lua_Integer)length)) {
    const char *key = lb_describe(L, lua_gettop(L));
    lb_error(L, "tensor: list %s has the key %s, expected items alone",
             push_place(L, depth, path), key);
  }
  for (path[depth] = 1; path[depth] <= out->shape[depth]; path[depth]++) {
    lua_rawgeti(L, -1, (lua_Integer)path[depth]);
    fill_from_list(L, out, depth + 1, path, at);
    lua_pop(L, 1);
  }
}

/* tensor(number), tensor(nested list), tensor(tensor): always fresh memory. */
static int from_value(lua_State *L) {
  size_t shape[MS_MAX_DIMS], path[MS_MAX_DIMS];
  const ms_tensor *other = lb_test_tensor(L, 1);
  ms_tensor *out;
  double *at;
  int dims;
  if (other != NULL) {
    out = lb_create_tensor(L, other->dims, other->shape);
    ms_tensor_copy(other, out);
    return 1;
  }
  if (!lua_istable(L, 1) && lua_type(L, 1) != LUA_TNUMBER)
    return lb_error(L, "tensor: got %s, expected a number, a list or a tensor",
                    lb_describe(L, 1));
  dims = list_shape(L, shape);
  out = lb_create_tensor(L, dims, shape);
  at = out->data;
  luaL_checkstack(L, MS_MAX_DIMS + 8, "lists nested too deeply");
  lua_pushvalue(L, 1); /* tensor, list */
  fill_from_list(L, out, 0, path, &at);
  lua_pop(L, 1);
  return 1;
}

/*
** arange(first, last [, step]): as the loop "for i = first, last, step", both ends
** included.
*/
static int arange(lua_State *L) {
  double first = lb_check_number(L, 1), last = lb_check_number(L, 2);
  double step = lb_opt_number(L, 3, 1), steps = (last - first) / step;
  size_t count = 0;
  ms_tensor *out;
  if (!(isfinite(steps) && step != 0))
    return lb_error(L, "arange: from %f to %f by %f, expected finite numbers and a step",
                    first, last, step);
  steps += 4e-16 * fabs(steps); /* 0.3 / 0.1 is a little less than 3 */
  if (steps >= 0x1p60) return lb_error(L, "arange: %f steps are too many", steps);
  if (steps >= 0) count = (size_t)steps + 1;
  out = lb_create_tensor(L, 1, &count);
  for (size_t i = 0; i < count; i++) out->data[i] = first + (double)i * step;
  return 1;
}

/* linspace(first, last, n): n evenly spaced numbers, both ends included exactly. */
static int linspace(lua_State *L) {
  double first = lb_check_number(L, 1), last = lb_check_number(L, 2);
  lua_Integer n = lb_check_integer(L, 3);
  double half = last / 2 - first / 2; /* the whole may overflow */
  size_t count = (size_t)n;
  ms_tensor *out;
  if (n < 0) return lb_error(L, "linspace: %I numbers, expected at least 0", n);
  if (!isfinite(half))
    return lb_error(L, "linspace: from %f to %f, expected finite numbers", first, last);
  out = lb_create_tensor(L, 1, &count);
  for (size_t i = 0; i < count; i++) {
    double part = count > 1 ? (double)i / (double)(count - 1) : 0;
    if (part < 0.5)
      out->data[i] = first + 2 * part * half;
    else
      out->data[i] = last - 2 * (1 - part) * half;
  }
  return 1;
}

/* }=== */

/* {=== what a tensor says about itself === */

static int shape(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_createtable(L, tensor->dims, 0);
  for (int axis = 0; axis < tensor->dims; axis++) {
    lua_pushinteger(L, (lua_Integer)tensor->shape[axis]);
    lua_rawseti(L, -2, axis + 1);
  }
  return 1;
}

static int dim(lua_State *L) {
  lua_pushinteger(L, lb_check_tensor(L, 1)->dims);
  return 1;
}

/* size(): the number of elements; size(axis): the extent. */
static int size(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t count = lua_isnoneornil(L, 2)
                   ? ms_tensor_count(tensor)
                   : tensor->shape[lb_axis(L, 2, tensor, "tensor 'size'")];
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

static int length(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  if (tensor->dims == 0)
    return lb_error(L, "tensor '#': a tensor without axes has no length");
  lua_pushinteger(L, (lua_Integer)tensor->shape[0]);
  return 1;
}

static int equal(lua_State *L) {
  const ms_tensor *a = lb_test_tensor(L, 1), *b = lb_test_tensor(L, 2);
  lua_pushboolean(L, a != NULL && b != NULL && ms_tensor_equal(a, b));
  return 1;
}

/* What Lua makes of < and <= is one truth value, whatever they return. */
static int compare(lua_State *L) {
  return lb_error(L, "tensors are compared element by element by methods: t:lt(x), "
                     "t:le(x), t:gt(x), t:ge(x)");
}

static int is_finite(lua_State *L) {
  lua_pushboolean(L, ms_tensor_is_finite(lb_check_tensor(L, 1)));
  return 1;
}

static int to_string(lua_State *L) {
  const ms_tensor *tensor = lb_check_udata(L, 1, "modsync.tensor");
  lb_box *box;
  char *text;
  ms_status status;
  if (tensor->storage == NULL) {
    lua_pushliteral(L, "tensor (closed)");
    return 1;
  }
  box = lb_new_box(L);
  status = ms_tensor_text(tensor, &text);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'tostring'", status);
  box->block = text;
  lua_pushstring(L, text);
  return 1;
}

/* Pushes the sub-tensor at 'at' from 'axis' on as a list, or the element as a number. */
static void push_list(lua_State *L, const ms_tensor *tensor, int axis, const double *at) {
  if (axis == tensor->dims) {
    lua_pushnumber(L, *at);
    return;
  }
  luaL_checkstack(L, 3, "too many axes");
  lua_createtable(L, (int)(tensor->shape[axis] < INT_MAX ? tensor->shape[axis] : 0), 0);
  for (size_t i = 0; i < tensor->shape[axis]; i++) {
    push_list(L, tensor, axis + 1, at + (ptrdiff_t)i * tensor->stride[axis]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static int to_table(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  push_list(L, tensor, 0, tensor->data);
  return 1;
}

static int item(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  if (ms_tensor_count(tensor) != 1)
    return lb_error(L, "tensor 'item': %s, expected exactly one element",
                    lb_describe(L, 1));
  lua_pushnumber(L, *tensor->data);
  return 1;
}

/* }=== */

static int fill(lua_State *L) {
  ms_tensor *tensor = lb_check_tensor(L, 1);
  double value = lb_check_number(L, 2);
  ms_status status = ms_tensor_check_output(tensor);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'fill_'", status);
  lb_share(L, ms_tensor_count(tensor));
  ms_tensor_fill(value, tensor);
  lua_settop(L, 1);
  return 1;
}

/* __gc, __close and t:close(); a closed handle stays closed. */
static int close_tensor(lua_State *L) {
  ms_tensor_release(lb_check_udata(L, 1, "modsync.tensor"));
  return 0;
}

static const luaL_Reg methods[] = {
  {"shape", shape},         {"dim", dim},           {"size", size},
  {"is_finite", is_finite}, {"totable", to_table},  {"item", item},
  {"fill_", fill},          {"get", lb_tensor_get}, {"set", lb_tensor_set},
  {"close", close_tensor},  {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
  {"__index", lb_tensor_index},
  {"__newindex", lb_tensor_newindex},
  {"__len", length},
  {"__eq", equal},
  {"__lt", compare},
  {"__le", compare},
  {"__tostring", to_string},
  {"__gc", close_tensor},
  {"__close", close_tensor},
  {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"tensor", from_value},     {"full", full}, {"arange", arange}, {"linspace", linspace},
  {"where", lb_tensor_where}, {NULL, NULL},
};

static void set_filled(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_pushstring(L, name);
  lua_pushcclosure(L, filled, 2);
  lua_setfield(L, -2, name);
}

void lb_open_tensor(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  luaL_setfuncs(L, lb_tensor_join_functions, 0);
  set_filled(L, "zeros", 0);
  set_filled(L, "ones", 1);
  lb_set_methods(L, "modsync.tensor", methods, metamethods);
  luaL_getmetatable(L, "modsync.tensor");
  lua_getfield(L, -1, "methods"); /* metatable, methods */
  luaL_setfuncs(L, lb_tensor_views, 0);
  luaL_setfuncs(L, lb_tensor_picks, 0);
  luaL_setfuncs(L, lb_tensor_joins, 0);
  luaL_setfuncs(L, lb_tensor_samples, 0);
  lb_tensor_arithmetic(L, lua_absindex(L, -2), lua_absindex(L, -1));
  lb_tensor_functions(L, lua_absindex(L, -2), lua_absindex(L, -1));
  lb_tensor_reductions(L, lua_absindex(L, -1));
  lb_tensor_orders(L, lua_absindex(L, -1));
  lb_tensor_matrices(L, lua_absindex(L, -1));
  lua_pop(L, 2);
}
