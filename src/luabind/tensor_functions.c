/*
** Functions of one argument, element by element: t:exp() and t:exp_(). The elementary
** ones are the ops; those that cannot be differentiated are here.
*/
#include "luabind/tensor_parts.h"
#include "ops/op.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"

typedef struct unary {
  const char *name, *metamethod;
  ms_kernel1 *kernel;
} unary;

static const unary unaries[] = {
  {"floor", NULL, ms_floor_kernel}, {"ceil", NULL, ms_ceil_kernel},
  {"round", NULL, ms_round_kernel}, {"trunc", NULL, ms_trunc_kernel},
  {"isnan", NULL, ms_isnan_kernel}, {"logical_not", "__bnot", ms_not_kernel},
  {"isinf", NULL, ms_isinf_kernel}, {"isfinite", NULL, ms_isfinite_kernel},
};

static int apply(lua_State *L) {
  const unary *op = lua_touserdata(L, lua_upvalueindex(1));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who = lb_method_name(L, op->name);
  lb_prepare(L, ms_tensor_count(tensor));
  return lb_done(L, who, ms_tensor_map1(op->kernel, tensor, lb_new_tensor(L)));
}

static int apply_in_place(lua_State *L) {
  const unary *op = lua_touserdata(L, lua_upvalueindex(1));
  ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who = lua_pushfstring(L, "tensor '%s_'", op->name);
  lb_share(L, ms_tensor_count(tensor));
  lua_pushvalue(L, 1);
  return lb_done(L, who, ms_tensor_map1(op->kernel, tensor, tensor));
}

static void add_unary(lua_State *L, int metatable, int methods, const unary *op) {
  unary *own = lua_newuserdatauv(L, sizeof *own, 0);
  *own = *op;
  if (op->metamethod != NULL) {
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, apply, 1);
    lua_setfield(L, metatable, op->metamethod);
  }
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, apply, 1);
  lua_setfield(L, methods, op->name);
  lua_pushfstring(L, "%s_", op->name); /* record, name */
  lua_insert(L, -2);
  lua_pushcclosure(L, apply_in_place, 1);
  lua_rawset(L, methods);
}

void lb_tensor_functions(lua_State *L, int metatable, int methods) {
  for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++)
    add_unary(L, metatable, methods, &unaries[i]);
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    const ms_op *op = ms_op_at(i);
    unary own = {op->name, op->metamethod, op->map1};
    if (op->arity == 1) add_unary(L, metatable, methods, &own);
  }
}
