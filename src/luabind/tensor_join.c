/* Tensors put together, cut up, repeated; diagonals and triangles. */
#include "luabind/tensor_parts.h"

#include "base/alloc.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"
#include "tensor/join.h"
#include "tensor/view.h"

#include <stdint.h>

/* {=== joining === */

/*
** The tensors listed in the table at 1, in scratch memory; a table of our own on the
** stack keeps them. Sets the total of their elements.
*/
static const ms_tensor **list_tensors(lua_State *L, const char *who, size_t *count,
                                      size_t *elements) {
  lb_box *box = lb_new_box(L);
  const ms_tensor **parts = NULL;
  ms_status status;
  *count = (size_t)lua_rawlen(L, 1);
  *elements = 0;
  if (*count == 0) lb_error(L, "%s: an empty list, expected tensors", who);
  status = ms_alloc(*count, sizeof *parts, "a list of tensors", &box->block);
  if (status != MS_OK) lb_fail(L, status);
  parts = box->block;
  lua_newtable(L);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    parts[i] = luaL_testudata(L, -1, "modsync.tensor");
    if (parts[i] == NULL || parts[i]->storage == NULL)
      lb_raise(L, who, "part %I is %s, expected a tensor", (lua_Integer)i + 1,
               lb_describe(L, lua_gettop(L)));
    *elements += ms_tensor_count(parts[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return parts;
}

/*
** concat({tensors} [, axis]): along the last axis unless told otherwise, as with
** symbols.
*/
int lb_tensor_concat(lua_State *L) {
  static const char who[] = "concat";
  const ms_tensor **parts;
  size_t count, elements;
  int axis;
  lb_check_type(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  parts = list_tensors(L, who, &count, &elements);
  if (parts[0]->dims == 0)
    return lb_error(L, "%s: tensors without axes cannot be concatenated (stack can)",
                    who);
  axis = lua_isnil(L, 2) ? parts[0]->dims - 1 : lb_axis(L, 2, parts[0], who);
  lb_prepare(L, elements);
  return lb_done(L, who, ms_tensor_concat(count, parts, axis, lb_new_tensor(L)));
}

/* An axis of a result that has one more than 'tensor'. */
static int new_axis(lua_State *L, int arg, const ms_tensor *tensor, const char *who) {
  ms_tensor grown = {.dims = tensor->dims + 1};
  return lb_axis(L, arg, &grown, who);
}

/* stack({tensors} [, axis]): along a new axis, the first unless told otherwise. */
static int stack(lua_State *L) {
  static const char who[] = "stack";
  const ms_tensor **parts;
  size_t count, elements;
  int axis;
  lb_check_type(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  parts = list_tensors(L, who, &count, &elements);
  axis = lua_isnil(L, 2) ? 0 : new_axis(L, 2, parts[0], who);
  lb_prepare(L, elements);
  return lb_done(L, who, ms_tensor_stack(count, parts, axis, lb_new_tensor(L)));
}

/* meshgrid({vectors}): a list of as many views of the shape of the grid. */
static int meshgrid(lua_State *L) {
  static const char who[] = "meshgrid";
  const ms_tensor **parts;
  size_t count, elements;
  lb_check_type(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  parts = list_tensors(L, who, &count, &elements);
  lua_newtable(L);
  for (size_t i = 0; i < count; i++) {
    ms_status status = ms_tensor_meshgrid(count, parts, i, lb_new_tensor(L));
    if (status != MS_OK) return lb_fail_in(L, who, status);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* }=== */

/* {=== splitting === */

/* Pushes the list of views of 'axis' that the sizes on the stack at 'sizes' describe. */
static int push_parts(lua_State *L, const ms_tensor *tensor, int axis, size_t count,
                      const char *who) {
  size_t first = 0;
  lua_createtable(L, count < 1000 ? (int)count : 0, 0);
  for (size_t i = 0; i < count; i++) {
    size_t size;
    ms_status status;
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    size = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    status = ms_tensor_narrow(tensor, axis, first, size, lb_new_tensor(L));
    if (status != MS_OK) return lb_fail_in(L, who, status);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    first += size;
  }
  return 1;
}

/* Replaces the size of a part at 2 by the list of the sizes of all parts. */
static void list_sizes(lua_State *L, size_t extent, const char *who) {
  lua_Integer size = lb_check_integer(L, 2);
  lua_Integer number = 0;
  if (size < 1) lb_raise(L, who, "parts of size %I, expected at least 1", size);
  lua_newtable(L);
  for (size_t first = 0; first < extent; first += (size_t)size) {
    size_t left = extent - first;
    lua_pushinteger(L, left < (size_t)size ? (lua_Integer)left : size);
    lua_rawseti(L, -2, ++number);
    if (left <= (size_t)size) break;
  }
  lua_replace(L, 2);
}

/*
** t:split(size [, axis]): a list of views of at most that size; t:split({sizes} [,
** axis]): of those sizes, which make up the axis.
*/
static int split(lua_State *L) {
  static const char who[] = "tensor 'split'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t count, sum = 0, extent;
  int axis = lua_isnoneornil(L, 3) ? 0 : lb_axis(L, 3, tensor, who);
  lua_settop(L, 2);
  if (tensor->dims == 0) return lb_error(L, "%s: a tensor without axes", who);
  extent = tensor->shape[axis];
  if (!lua_istable(L, 2)) list_sizes(L, extent, who);
  count = (size_t)lua_rawlen(L, 2);
  for (size_t i = 0; i < count; i++) {
    int whole;
    lua_Integer size;
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    size = lua_tointegerx(L, -1, &whole);
    if (!whole || size < 0 || (size_t)size > extent)
      return lb_raise(L, who, "size number %I is %s, expected a whole number up to %I",
                      (lua_Integer)i + 1, lb_describe(L, lua_gettop(L)),
                      (lua_Integer)extent);
    sum += (size_t)size;
    lua_pop(L, 1);
  }
  if (sum != extent)
    return lb_raise(L, who, "sizes that make %I together, axis %d has %I",
                    (lua_Integer)sum, axis + 1, (lua_Integer)extent);
  return push_parts(L, tensor, axis, count, who);
}

/* }=== */

/* {=== repeating === */

/* t:tile(...): so many times along each axis, the last number for the last axis. */
static int tile(lua_State *L) {
  static const char who[] = "tensor 'tile'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  size_t times[MS_MAX_DIMS] = {0}, count = ms_tensor_count(tensor);
  int dims = lb_shape(L, 2, times, NULL, who);
  if (dims < tensor->dims)
    return lb_raise(L, who, "%d numbers for a tensor with %d axes", dims, tensor->dims);
  for (int axis = 0; axis < dims; axis++)
    if (!ms_mul_size(count, times[axis], &count)) count = SIZE_MAX / sizeof(double);
  lb_prepare(L, count);
  return lb_done(L, who, ms_tensor_tile(tensor, dims, times, lb_new_tensor(L)));
}

/* t:repeat_each(n [, axis]): every position n times in a row. */
static int repeat_each(lua_State *L) {
  static const char who[] = "tensor 'repeat_each'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer times = lb_check_integer(L, 2);
  int axis = lb_only_axis(L, 3, tensor, who);
  size_t count;
  if (times < 0) return lb_raise(L, who, "%I times, expected at least 0", times);
  if (!ms_mul_size(ms_tensor_count(tensor), (size_t)times, &count))
    count = SIZE_MAX / sizeof(double);
  lb_prepare(L, count);
  return lb_done(L, who, ms_tensor_repeat(tensor, axis, (size_t)times, lb_new_tensor(L)));
}

/* t:roll(shift [, axis]) */
static int roll(lua_State *L) {
  static const char who[] = "tensor 'roll'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer shift = lb_check_integer(L, 2);
  int axis = lb_only_axis(L, 3, tensor, who);
  lb_prepare(L, ms_tensor_count(tensor));
  return lb_done(L, who,
                 ms_tensor_roll(tensor, axis, (ptrdiff_t)shift, lb_new_tensor(L)));
}

/* a:outer(b): [elements of a, elements of b], every product. */
static int outer(lua_State *L) {
  static const char who[] = "tensor 'outer'";
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  size_t shape[2] = {ms_tensor_count(a), 1}, count;
  ms_tensor *left, *out;
  ms_status status;
  if (!ms_mul_size(shape[0], ms_tensor_count(b), &count))
    count = SIZE_MAX / sizeof(double);
  lb_prepare(L, count);
  left = lb_new_tensor(L);
  out = lb_new_tensor(L);
  status = ms_tensor_reshape(a, 2, shape, left);
  if (status == MS_OK && b->dims != 1) {
    ms_tensor *flat = lb_new_tensor(L);
    shape[0] = ms_tensor_count(b);
    status = ms_tensor_reshape(b, 1, shape, flat);
    b = flat;
    lua_insert(L, -2); /* out stays on the top */
  }
  if (status == MS_OK) status = ms_tensor_map2(ms_mul_kernel, left, b, out);
  return lb_done(L, who, status);
}

/* }=== */

/* {=== diagonals and triangles === */

/* eye(n [, m]) */
static int eye(lua_State *L) {
  lua_Integer rows = lb_check_integer(L, 1), columns = lb_opt_integer(L, 2, rows);
  size_t shape[2] = {(size_t)rows, (size_t)columns}, least;
  ms_tensor *out;
  if (rows < 0 || columns < 0)
    return lb_error(L, "eye: %I rows and %I columns, expected at least 0", rows, columns);
  out = lb_create_tensor(L, 2, shape);
  least = shape[0] < shape[1] ? shape[0] : shape[1];
  for (size_t i = 0; i < least; i++) out->data[i * shape[1] + i] = 1;
  return 1;
}

/*
** t:diag([offset]): of a matrix a copy of that diagonal; of a vector a matrix that has it
** there and 0 elsewhere.
*/
static int diag(lua_State *L) {
  static const char who[] = "tensor 'diag'";
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  lua_Integer offset = lb_opt_integer(L, 2, 0);
  size_t shape[2], size = offset < 0 ? 0 - (size_t)offset : (size_t)offset;
  ms_tensor *view, *out;
  ms_status status;
  if (tensor->dims != 1 && tensor->dims != 2)
    return lb_raise(L, who, "a tensor with %d axes, expected a vector or a matrix",
                    tensor->dims);
  view = lb_new_tensor(L);
  if (tensor->dims == 2) {
    out = lb_new_tensor(L);
    status = ms_tensor_diagonal(tensor, (ptrdiff_t)offset, view);
    if (status == MS_OK) status = ms_tensor_clone(view, out);
    return lb_done(L, who, status);
  }
  shape[0] = shape[1] = tensor->shape[0] + size;
  out = lb_create_tensor(L, 2, shape);
  status = ms_tensor_diagonal(out, (ptrdiff_t)offset, view);
  if (status == MS_OK) status = ms_tensor_copy(tensor, view);
  return lb_done(L, who, status);
}

typedef struct triangle {
  const char *name, *in_place;
  ms_status (*keep)(ptrdiff_t offset, ms_tensor *tensor);
} triangle;

static const triangle triangles[] = {{"tril", "tril_", ms_tensor_keep_lower},
                                     {"triu", "triu_", ms_tensor_keep_upper}};

static int cut(lua_State *L, const triangle *t, int in_place) {
  ms_tensor *tensor = lb_check_tensor(L, 1), *out = tensor;
  lua_Integer offset = lb_opt_integer(L, 2, 0);
  const char *who = lb_method_name(L, in_place ? t->in_place : t->name);
  ms_status status = MS_OK;
  if (in_place) {
    lua_pushvalue(L, 1);
  } else {
    lb_prepare(L, ms_tensor_count(tensor));
    out = lb_new_tensor(L);
    status = ms_tensor_clone(tensor, out);
  }
  if (status == MS_OK) status = t->keep((ptrdiff_t)offset, out);
  return lb_done(L, who, status);
}

static int tril(lua_State *L) {
  return cut(L, &triangles[0], 0);
}

static int tril_in_place(lua_State *L) {
  return cut(L, &triangles[0], 1);
}

static int triu(lua_State *L) {
  return cut(L, &triangles[1], 0);
}

static int triu_in_place(lua_State *L) {
  return cut(L, &triangles[1], 1);
}

/* }=== */

const luaL_Reg lb_tensor_joins[] = {
  {"split", split},
  {"tile", tile},
  {"repeat_each", repeat_each},
  {"roll", roll},
  {"outer", outer},
  {"diag", diag},
  {"tril", tril},
  {"tril_", tril_in_place},
  {"triu", triu},
  {"triu_", triu_in_place},
  {NULL, NULL},
};

const luaL_Reg lb_tensor_join_functions[] = {{"concat", lb_tensor_concat},
                                             {"stack", stack},
                                             {"meshgrid", meshgrid},
                                             {"eye", eye},
                                             {NULL, NULL}};
