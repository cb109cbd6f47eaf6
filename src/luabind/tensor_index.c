/* t[i], t[{...}], t[mask], t:get and t:set. */
#include "luabind/tensor_parts.h"
#include "tensor/elementwise.h"
#include "tensor/pick.h"
#include "tensor/view.h"

#include <string.h>

/*
** What to take of one axis: one position (the axis goes) or 'count' of them from 'first',
** 'step' apart.
*/
typedef struct part {
  int is_range;
  size_t first, count;
  ptrdiff_t step;
} part;

/* A whole number on the stack top. */
static lua_Integer take_position(lua_State *L, int axis, const char *who) {
  int whole;
  lua_Integer position = lua_tointegerx(L, -1, &whole);
  if (!whole || lua_type(L, -1) != LUA_TNUMBER)
    return lb_raise(L, who, "position on axis %d is %s, expected a whole number",
                    axis + 1, lb_describe(L, lua_gettop(L)));
  return position;
}

/* The range {}, {first, last} or {first, last, step} on the stack top. */
static part take_range(lua_State *L, const ms_tensor *tensor, int axis, const char *who) {
  part range = {1, 0, tensor->shape[axis], 1};
  lua_Unsigned length = lua_rawlen(L, -1);
  lua_Integer limits[3] = {0, 0, 1};
  size_t last, gap;
  if (length == 0) return range;
  if (length != 2 && length != 3)
    lb_raise(L, who,
             "range of axis %d has %I items, expected {}, {first, last} or {first, last,"
             " step}",
             axis + 1, (lua_Integer)length);
  for (int i = 0; i < (int)length; i++) {
    lua_rawgeti(L, -1, i + 1);
    limits[i] = take_position(L, axis, who);
    lua_pop(L, 1);
  }
  if (limits[2] == 0) lb_raise(L, who, "range of axis %d has a step of 0", axis + 1);
  range.first = lb_position(L, limits[0], tensor, axis, who);
  last = lb_position(L, limits[1], tensor, axis, who);
  range.step = (ptrdiff_t)limits[2];
  if (range.step > 0 ? last < range.first : last > range.first)
    lb_raise(L, who, "range {%I, %I} of axis %d ends before it begins", limits[0],
             limits[1], axis + 1);
  gap = range.step > 0 ? (size_t)range.step : 0 - (size_t)range.step;
  range.count = (range.step > 0 ? last - range.first : range.first - last) / gap + 1;
  return range;
}

/*
** Reads the index at 'arg' (a number or a table); returns how many axes it speaks about.
*/
static int read_index(lua_State *L, int arg, const ms_tensor *tensor, part *parts,
                      const char *who) {
  int listed = lua_istable(L, arg);
  lua_Integer count = listed ? (lua_Integer)lua_rawlen(L, arg) : 1;
  if (!listed && lua_type(L, arg) != LUA_TNUMBER)
    return lb_raise(
      L, who,
      "got %s, expected a position, a table of positions and ranges, a mask, or"
      " the name of a method",
      lb_describe(L, arg));
  if (count > tensor->dims)
    return lb_raise(L, who, "%I positions for a tensor with %d axes", count,
                    tensor->dims);
  for (int axis = 0; axis < count; axis++) {
    if (listed)
      lua_rawgeti(L, arg, axis + 1);
    else
      lua_pushvalue(L, arg);
    if (lua_istable(L, -1)) {
      parts[axis] = take_range(L, tensor, axis, who);
    } else {
      lua_Integer position = take_position(L, axis, who);
      parts[axis] = (part){0, lb_position(L, position, tensor, axis, who), 1, 1};
    }
    lua_pop(L, 1);
  }
  return (int)count;
}

/* *out (closed) = the view; no Lua error can come from here. */
static ms_status take_view(const ms_tensor *tensor, int count, const part *parts,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor view = {0};
  ms_tensor_share(tensor, out);
  for (int i = 0, axis = 0; i < count; i++) {
    if (parts[i].is_range)
      MS_TRY(ms_tensor_slice(out, axis++, parts[i].first, parts[i].count, parts[i].step,
                             &view));
    else
      MS_TRY(ms_tensor_select(out, axis, parts[i].first, &view));
    ms_tensor_release(out);
    *out = view;
    memset(&view, 0, sizeof view);
  }
out:
  return status;
}

static int is_element(const ms_tensor *tensor, int count, const part *parts) {
  int element = count == tensor->dims;
  for (int i = 0; i < count; i++) element = element && !parts[i].is_range;
  return element;
}

static double *element(const ms_tensor *tensor, const part *parts) {
  double *at = tensor->data;
  for (int axis = 0; axis < tensor->dims; axis++)
    at += (ptrdiff_t)parts[axis].first * tensor->stride[axis];
  return at;
}

/* {=== masks === */

static int pick(lua_State *L, const char *who) {
  const ms_tensor *tensor = lb_check_tensor(L, 1), *mask = lb_check_tensor(L, 2);
  lb_prepare(L, ms_tensor_count(tensor));
  return lb_done(L, who, ms_tensor_pick(tensor, mask, lb_new_tensor(L)));
}

static int pick_set(lua_State *L, const char *who) {
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  const ms_tensor *mask = lb_check_tensor(L, 2), *value;
  double number;
  ms_status status;
  value = lb_to_tensor(L, 3, &number, &scalar);
  if (value == NULL)
    return lb_raise(L, who, "the new value is %s, expected a number or a tensor",
                    lb_describe(L, 3));
  lb_share(L, ms_tensor_count(tensor));
  status = ms_tensor_pick_set(value, mask, tensor);
  return status == MS_OK ? 0 : lb_fail_in(L, who, status);
}

/* }=== */

/* Upvalue 1: the methods. */
int lb_tensor_index(lua_State *L) {
  static const char who[] = "tensor index";
  part parts[MS_MAX_DIMS];
  ms_tensor *tensor, *view;
  ms_status status;
  int count;
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
  }
  tensor = lb_check_tensor(L, 1);
  if (lb_test_tensor(L, 2) != NULL) return pick(L, who);
  count = read_index(L, 2, tensor, parts, who);
  if (is_element(tensor, count, parts)) {
    lua_pushnumber(L, *element(tensor, parts));
    return 1;
  }
  view = lb_new_tensor(L);
  status = take_view(tensor, count, parts, view);
  return status == MS_OK ? 1 : lb_fail_in(L, who, status);
}

int lb_tensor_newindex(lua_State *L) {
  static const char who[] = "tensor index";
  part parts[MS_MAX_DIMS];
  ms_tensor view = {0}, scalar;
  const ms_tensor *value, *tensor = lb_check_tensor(L, 1);
  ms_status status;
  double number;
  int count;
  if (lb_test_tensor(L, 2) != NULL) return pick_set(L, who);
  count = read_index(L, 2, tensor, parts, who);
  value = lb_to_tensor(L, 3, &number, &scalar);
  if (value == NULL)
    return lb_raise(L, who, "the new value is %s, expected a number or a tensor",
                    lb_describe(L, 3));
  status = ms_tensor_check_output(tensor);
  if (status == MS_OK) status = take_view(tensor, count, parts, &view);
  if (status == MS_OK) status = ms_tensor_copy(value, &view);
  ms_tensor_release(&view);
  return status == MS_OK ? 0 : lb_fail_in(L, who, status);
}

/* The element at the positions from argument 2 to 'last'. */
static double *argument_element(lua_State *L, int last, const char *who) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  part parts[MS_MAX_DIMS];
  if (last - 1 != tensor->dims)
    lb_raise(L, who, "%d positions, expected %d, one for each axis", last - 1,
             tensor->dims);
  for (int axis = 0; axis < tensor->dims; axis++)
    parts[axis].first = lb_position(L, lb_check_integer(L, axis + 2), tensor, axis, who);
  return element(tensor, parts);
}

int lb_tensor_get(lua_State *L) {
  lua_pushnumber(L, *argument_element(L, lua_gettop(L), "tensor 'get'"));
  return 1;
}

int lb_tensor_set(lua_State *L) {
  ms_status status = ms_tensor_check_output(lb_check_tensor(L, 1));
  double number = lb_check_number(L, lua_gettop(L));
  if (status != MS_OK) return lb_fail_in(L, "tensor 'set'", status);
  *argument_element(L, lua_gettop(L) - 1, "tensor 'set'") = number;
  lua_settop(L, 1);
  return 1;
}
