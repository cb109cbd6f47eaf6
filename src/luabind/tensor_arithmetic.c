/*
** Binary operators, comparisons and their in-place forms. One binding function per kind;
** the record is its upvalue.
*/
#include "luabind/tensor_parts.h"
#include "ops/op.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <math.h>

typedef struct binary {
  const char *name, *metamethod; /* NULL: a method only */
  ms_kernel2 *kernel;
} binary;

static const binary binaries[] = {
  {"add", "__add", ms_add_kernel},
  {"sub", "__sub", ms_sub_kernel},
  {"mul", "__mul", ms_mul_kernel},
  {"div", "__div", ms_div_kernel},
  {"pow", "__pow", ms_pow_kernel},
  {"mod", "__mod", ms_mod_kernel},
  {"idiv", "__idiv", ms_idiv_kernel},
  {"eq", NULL, ms_eq_kernel},
  {"ne", NULL, ms_ne_kernel},
  {"lt", NULL, ms_lt_kernel},
  {"le", NULL, ms_le_kernel},
  {"gt", NULL, ms_gt_kernel},
  {"ge", NULL, ms_ge_kernel},
  {"logical_and", "__band", ms_and_kernel},
  {"logical_or", "__bor", ms_or_kernel},
  {"logical_xor", "__bxor", ms_xor_kernel},
};

/* Functions of two arguments whose op has another name than the method. */
static const struct {
  const char *name, *op;
} named_ops[] = {{"maximum", "max"}, {"minimum", "min"}, {"atan2", "atan2"}};

static const binary *record_of(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(1));
}

/*
** An operand that is neither number nor tensor may know this operator itself (a symbol
** does): calls its metamethod with both operands. 0 if there is none.
*/
static int delegate(lua_State *L, const char *metamethod) {
  for (int arg = 1; metamethod != NULL && arg <= 2; arg++) {
    if (!lua_istable(L, arg) && lua_type(L, arg) != LUA_TUSERDATA) continue;
    if (luaL_testudata(L, arg, "modsync.tensor") != NULL) continue;
    if (luaL_getmetafield(L, arg, metamethod) == LUA_TNIL) continue;
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    return 1;
  }
  return 0;
}

/* a op b into new memory. */
static int apply_binary(lua_State *L) {
  const binary *op = record_of(L);
  double numbers[2];
  ms_tensor scalars[2], *out;
  const ms_tensor *a, *b;
  size_t shape[MS_MAX_DIMS], count;
  int dims;
  ms_status status;
  const char *who;
  lua_settop(L, 2);
  if (delegate(L, op->metamethod)) return 1;
  who = lb_method_name(L, op->name);
  a = lb_operand(L, 1, who, &numbers[0], &scalars[0]);
  b = lb_operand(L, 2, who, &numbers[1], &scalars[1]);
  status = ms_broadcast_shape(a, b, &dims, shape);
  if (status == MS_OK) status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lb_prepare(L, count);
  out = lb_new_tensor(L);
  return lb_done(L, who, ms_tensor_map2(op->kernel, a, b, out));
}

/* t:op_(x): t = t op x in the memory of t; returns t. */
static int apply_in_place(lua_State *L) {
  const binary *op = record_of(L);
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  const ms_tensor *other;
  double number;
  const char *who;
  lua_settop(L, 2);
  who = lua_pushfstring(L, "tensor '%s_'", op->name);
  other = lb_operand(L, 2, who, &number, &scalar);
  lb_share(L, ms_tensor_count(tensor));
  ms_status status = ms_tensor_map2(op->kernel, tensor, other, tensor);
  lua_pushvalue(L, 1);
  return lb_done(L, who, status);
}

/* t:copy_(x): t = x, broadcast. */
static int copy(lua_State *L) {
  static const char who[] = "tensor 'copy_'";
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  double number;
  const ms_tensor *other = lb_operand(L, 2, who, &number, &scalar);
  lb_share(L, ms_tensor_count(tensor));
  ms_status status = ms_tensor_copy(other, tensor);
  lua_settop(L, 1);
  return lb_done(L, who, status);
}

/* t:axpy_(a, x): t = t + a * x, broadcast; a is a number. */
static int axpy(lua_State *L) {
  static const char who[] = "tensor 'axpy_'";
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  double number, alpha = lb_check_number(L, 2);
  const ms_tensor *other = lb_operand(L, 3, who, &number, &scalar);
  lb_share(L, ms_tensor_count(tensor));
  ms_status status = ms_tensor_axpy(alpha, other, tensor);
  lua_settop(L, 1);
  return lb_done(L, who, status);
}

/* {=== clamp === */

static int clamp_into(lua_State *L, const char *who, int in_place) {
  ms_tensor *tensor = lb_check_tensor(L, 1), *out = tensor, scalars[2];
  double numbers[2] = {-INFINITY, INFINITY};
  const ms_tensor *limits[2];
  lua_settop(L, 3);
  for (int i = 0; i < 2; i++) {
    if (lua_isnil(L, i + 2)) {
      ms_tensor_borrow(&numbers[i], 0, NULL, &scalars[i]);
      limits[i] = &scalars[i];
    } else {
      limits[i] = lb_operand(L, i + 2, who, &numbers[i], &scalars[i]);
      if (limits[i] == &scalars[i] && isnan(numbers[i]))
        return lb_raise(L, who, "the %s limit is nan", i == 0 ? "lower" : "upper");
    }
  }
  if (in_place)
    lb_share(L, ms_tensor_count(tensor));
  else
    lb_prepare(L, ms_tensor_count(tensor));
  if (in_place)
    lua_pushvalue(L, 1);
  else
    out = lb_new_tensor(L);
  return lb_done(L, who,
                 ms_tensor_map3(ms_clamp_kernel, tensor, limits[0], limits[1], out));
}

/* t:clamp(low, high): either may be nil. */
static int clamp(lua_State *L) {
  return clamp_into(L, "tensor 'clamp'", 0);
}

static int clamp_in_place(lua_State *L) {
  return clamp_into(L, "tensor 'clamp_'", 1);
}

/* }=== */

/* A tolerance of at least 0 at 'arg'. */
static double check_tolerance(lua_State *L, int arg, double missing, const char *who) {
  double tolerance = lb_opt_number(L, arg, missing);
  if (!(tolerance >= 0 && isfinite(tolerance)))
    lb_raise(L, who, "a tolerance is %f, expected a finite number of at least 0",
             tolerance);
  return tolerance;
}

/* t:allclose(x [, relative [, absolute [, nan_equal]]]) */
static int all_close(lua_State *L) {
  static const char who[] = "tensor 'allclose'";
  const ms_tensor *tensor = lb_check_tensor(L, 1), *other;
  ms_tensor scalar;
  double number, relative = check_tolerance(L, 3, 1e-5, who);
  double absolute = check_tolerance(L, 4, 1e-8, who);
  int nan_equal = lua_toboolean(L, 5), close = 0;
  ms_status status;
  lua_settop(L, 2);
  other = lb_operand(L, 2, who, &number, &scalar);
  lb_share(L, ms_tensor_count(tensor));
  status = ms_tensor_all_close(tensor, other, relative, absolute, nan_equal, &close);
  lua_pushboolean(L, close);
  return lb_done(L, who, status);
}

/*
** Adds the methods 'name' and 'name_', and the metamethod, of a record that lies in a
** userdata, which the closures share.
*/
static void add_binary(lua_State *L, int metatable, int methods, const binary *op) {
  binary *own = lua_newuserdatauv(L, sizeof *own, 0);
  *own = *op;
  if (op->metamethod != NULL) {
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, apply_binary, 1);
    lua_setfield(L, metatable, op->metamethod);
  }
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, apply_binary, 1);
  lua_setfield(L, methods, op->name);
  lua_pushfstring(L, "%s_", op->name); /* record, name */
  lua_insert(L, -2);
  lua_pushcclosure(L, apply_in_place, 1);
  lua_rawset(L, methods);
}

void lb_tensor_arithmetic(lua_State *L, int metatable, int methods) {
  static const luaL_Reg others[] = {{"copy_", copy},         {"axpy_", axpy},
                                    {"clamp", clamp},        {"clamp_", clamp_in_place},
                                    {"allclose", all_close}, {NULL, NULL}};
  for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
    add_binary(L, metatable, methods, &binaries[i]);
  for (size_t i = 0; i < sizeof named_ops / sizeof *named_ops; i++) {
    binary op = {named_ops[i].name, NULL, ms_op_find(named_ops[i].op)->map2};
    add_binary(L, metatable, methods, &op);
  }
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
