/*
** Operators and in-place forms. One binding function per kind; the record is its upvalue.
*/
#include "luabind/tensor_parts.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <stdint.h>

typedef struct binary {
  const char *name, *metamethod, *in_place;
  ms_kernel2 *kernel;
} binary;

static const binary binaries[] = {
  {"add", "__add", "add_", ms_add_kernel}, {"sub", "__sub", "sub_", ms_sub_kernel},
  {"mul", "__mul", "mul_", ms_mul_kernel}, {"div", "__div", "div_", ms_div_kernel},
  {"pow", "__pow", "pow_", ms_pow_kernel},
};

static const binary *record_of(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(1));
}

/* "tensor 'mul'", pushed. */
static const char *who_of(lua_State *L, const char *name) {
  return lua_pushfstring(L, "tensor '%s'", name);
}

/*
** An operand that is neither number nor tensor may know this operator itself (a symbol
** does): calls its metamethod with both operands. 0 if there is none.
*/
static int delegate(lua_State *L, const char *metamethod) {
  for (int arg = 1; arg <= 2; arg++) {
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

static const ms_tensor *operand(lua_State *L, int arg, const char *name, double *number,
                                ms_tensor *scalar) {
  const ms_tensor *tensor = lb_to_tensor(L, arg, number, scalar);
  if (tensor == NULL) {
    const char *got =
      lb_describe(L, arg); /* before anything is pushed into a missing 'arg' */
    lb_raise(L, who_of(L, name), "operand %d is %s, expected a number or a tensor", arg,
             got);
  }
  return tensor;
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
  lua_settop(L, 2);
  if (delegate(L, op->metamethod)) return 1;
  a = operand(L, 1, op->name, &numbers[0], &scalars[0]);
  b = operand(L, 2, op->name, &numbers[1], &scalars[1]);
  status = ms_broadcast_shape(a, b, &dims, shape);
  if (status == MS_OK) status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who_of(L, op->name), status);
  lb_account(L, count * sizeof(double));
  out = lb_new_tensor(L);
  status = ms_tensor_map2(op->kernel, a, b, out);
  return status == MS_OK ? 1 : lb_fail_in(L, who_of(L, op->name), status);
}

/* t:op_(x): t = t op x in the memory of t; returns t. */
static int apply_in_place(lua_State *L) {
  const binary *op = record_of(L);
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  double number;
  const ms_tensor *other = operand(L, 2, op->in_place, &number, &scalar);
  ms_status status = ms_tensor_map2(op->kernel, tensor, other, tensor);
  if (status != MS_OK) return lb_fail_in(L, who_of(L, op->in_place), status);
  lua_settop(L, 1);
  return 1;
}

static int negate(lua_State *L) {
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_status status;
  lb_account(L, ms_tensor_count(tensor) * sizeof(double));
  status = ms_tensor_map1(ms_neg_kernel, tensor, lb_new_tensor(L));
  return status == MS_OK ? 1 : lb_fail_in(L, "tensor 'neg'", status);
}

/* t:copy_(x): t = x, broadcast. */
static int copy(lua_State *L) {
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  double number;
  ms_status status = ms_tensor_copy(operand(L, 2, "copy_", &number, &scalar), tensor);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'copy_'", status);
  lua_settop(L, 1);
  return 1;
}

/* t:axpy_(a, x): t = t + a * x, broadcast; a is a number. */
static int axpy(lua_State *L) {
  ms_tensor *tensor = lb_check_tensor(L, 1), scalar;
  double number, alpha = luaL_checknumber(L, 2);
  ms_status status =
    ms_tensor_axpy(alpha, operand(L, 3, "axpy_", &number, &scalar), tensor);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'axpy_'", status);
  lua_settop(L, 1);
  return 1;
}

static void set_closure(lua_State *L, int table, const char *name, lua_CFunction function,
                        const binary *op) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)op);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, table, name);
}

void lb_tensor_arithmetic(lua_State *L, int metatable, int methods) {
  static const luaL_Reg others[] = {{"neg", negate},
                                    {"copy_", copy},
                                    {"axpy_", axpy},
                                    {NULL, NULL}};
  for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
    const binary *op = &binaries[i];
    set_closure(L, metatable, op->metamethod, apply_binary, op);
    set_closure(L, methods, op->name, apply_binary, op);
    set_closure(L, methods, op->in_place, apply_in_place, op);
  }
  lua_pushcfunction(L, negate);
  lua_setfield(L, metatable, "__unm");
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
