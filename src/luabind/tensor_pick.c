/* Elements picked by masks and positions; where. */
#include "luabind/tensor_parts.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/pick.h"
#include "tensor/view.h"

/*
** where(condition, a, b), and condition:where(a, b): a where the condition is not 0, else
** b; all broadcast.
*/
int lb_tensor_where(lua_State *L) {
  static const char who[] = "where";
  double numbers[3];
  ms_tensor scalars[3];
  const ms_tensor *args[3];
  size_t shape[MS_MAX_DIMS], count;
  int dims;
  ms_status status;
  lua_settop(L, 3);
  for (int i = 0; i < 3; i++)
    args[i] = lb_operand(L, i + 1, who, &numbers[i], &scalars[i]);
  status = ms_broadcast_shape3(args[0], args[1], args[2], &dims, shape);
  if (status == MS_OK) status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lb_prepare(L, count);
  status = ms_tensor_map3(ms_where_kernel, args[0], args[1], args[2], lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

/* t:nonzero(): the positions of elements that are not 0, one a row. */
static int nonzero(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lb_account(L, ms_tensor_count(tensor) * (size_t)tensor->dims * sizeof(double));
  return lb_done(L, "tensor 'nonzero'", ms_tensor_nonzero(tensor, lb_new_tensor(L)));
}

/*
** The positions at 'arg': a tensor, or a list, of which a tensor is made and put there.
*/
static const ms_tensor *check_positions(lua_State *L, int arg, const char *who) {
  const ms_tensor *positions = lb_test_tensor(L, arg);
  size_t count;
  double *to;
  if (positions != NULL) return positions;
  if (!lua_istable(L, arg))
    lb_raise(L, who, "the positions are %s, expected a tensor or a list",
             lb_describe(L, arg));
  count = (size_t)lua_rawlen(L, arg);
  positions = lb_create_tensor(L, 1, &count);
  to = positions->data;
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, arg, (lua_Integer)i + 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
      lb_raise(L, who, "position number %I is %s, expected a number", (lua_Integer)i + 1,
               lb_describe(L, lua_gettop(L)));
    to[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_replace(L, arg);
  return positions;
}

/* t:take(axis, positions): those positions, in that order, copied. */
static int take(lua_State *L) {
  static const char who[] = "tensor 'take'";
  const ms_tensor *tensor = lb_check_tensor(L, 1), *positions;
  int axis = lb_axis(L, 2, tensor, who);
  size_t each;
  lua_settop(L, 3);
  positions = check_positions(L, 3, who);
  each = tensor->shape[axis] > 0 ? ms_tensor_count(tensor) / tensor->shape[axis] : 0;
  lb_account(L, each * ms_tensor_count(positions) * sizeof(double));
  return lb_done(L, who, ms_tensor_take(tensor, axis, positions, lb_new_tensor(L)));
}

static int put_with(lua_State *L, const char *who, int add) {
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  const ms_tensor *positions, *values;
  int axis = lb_axis(L, 2, tensor, who);
  double number;
  lua_settop(L, 4);
  positions = check_positions(L, 3, who);
  values = lb_operand(L, 4, who, &number, &scalar);
  ms_status status = ms_tensor_put(values, axis, positions, add, tensor);
  lua_settop(L, 1);
  return lb_done(L, who, status);
}

/* t:put_(axis, positions, values): t at those positions = values. */
static int put(lua_State *L) {
  return put_with(L, "tensor 'put_'", 0);
}

/* t:put_add_(axis, positions, values): += values, as often as a position occurs. */
static int put_add(lua_State *L) {
  return put_with(L, "tensor 'put_add_'", 1);
}

/* t:gather(axis, positions): positions of the shape of t except along the axis. */
static int gather(lua_State *L) {
  static const char who[] = "tensor 'gather'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  int axis = lb_axis(L, 2, tensor, who);
  const ms_tensor *positions = lb_check_tensor(L, 3);
  lb_account(L, ms_tensor_count(positions) * sizeof(double));
  return lb_done(L, who, ms_tensor_gather(tensor, axis, positions, lb_new_tensor(L)));
}

const luaL_Reg lb_tensor_picks[] = {
  {"where", lb_tensor_where}, {"nonzero", nonzero}, {"take", take}, {"put_", put},
  {"put_add_", put_add},      {"gather", gather},   {NULL, NULL},
};
