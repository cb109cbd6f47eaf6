/*
** Every op of src/ops becomes one function of the core table that takes numbers, tensors
** and symbols alike, and, where the record names one, a metamethod of symbols.
*/
#include "luabind/symbol.h"

#include "tensor/elementwise.h"

#include <stdint.h>

static ms_ref with_broadcast_shape(ms_graph *graph, ms_ref ref, ms_ref x, ms_ref y) {
  const ms_node *a = ms_graph_node(graph, x), *b = ms_graph_node(graph, y);
  return lb_with_shape(graph, ref, a->rows > b->rows ? a->rows : b->rows,
                       a->cols > b->cols ? a->cols : b->cols);
}

static int apply_to_symbols(lua_State *L, const ms_op *op) {
  lb_symbol *handle = lb_test_symbol(L, 1);
  int owner;
  ms_ref x, y, result;
  ms_ref (*convert)(lua_State *L, int arg, ms_graph *graph, const char *who);
  if (handle == NULL) handle = lb_test_symbol(L, 2);
  owner = lb_push_owner(L, handle == lb_test_symbol(L, 1) ? 1 : 2);
  convert = ms_graph_node(handle->graph, handle->ref)->batched ? lb_to_ref : lb_to_matrix;
  x = convert(L, 1, handle->graph, op->name);
  y = op->arity == 2 ? convert(L, 2, handle->graph, op->name) : x;
  result = ms_apply(handle->graph, op, x, y);
  return lb_push_symbol(L, owner, with_broadcast_shape(handle->graph, result, x, y));
}

static int apply_to_tensors(lua_State *L, const ms_op *op) {
  double numbers[2];
  ms_tensor scalars[2], *out;
  const ms_tensor *args[2] = {NULL, NULL};
  size_t count = 0;
  ms_status status;
  for (int i = 0; i < op->arity; i++) {
    args[i] = lb_to_tensor(L, i + 1, &numbers[i], &scalars[i]);
    if (args[i] == NULL)
      return lb_error(L, "%s: expected a number, a tensor or a symbol, got %s", op->name,
                      lb_describe(L, i + 1));
    if (ms_tensor_count(args[i]) > count) count = ms_tensor_count(args[i]);
  }
  out = lb_new_tensor(L);
  lb_account(L, count * sizeof(double));
  status = op->arity == 1 ? ms_tensor_map1(op->map1, args[0], out)
                          : ms_tensor_map2(op->map2, args[0], args[1], out);
  return status == MS_OK ? 1 : lb_fail_in(L, op->name, status);
}

/* Upvalue 1: the op. */
static int call_op(lua_State *L) {
  const ms_op *op = lua_touserdata(L, lua_upvalueindex(1));
  lua_settop(L, op->arity);
  if (lb_test_symbol(L, 1) != NULL || (op->arity == 2 && lb_test_symbol(L, 2) != NULL))
    return apply_to_symbols(L, op);
  if (lua_type(L, 1) == LUA_TNUMBER
      && (op->arity == 1 || lua_type(L, 2) == LUA_TNUMBER)) {
    double x = lua_tonumber(L, 1), y = op->arity == 2 ? lua_tonumber(L, 2) : 0.0, out;
    if (op->arity == 1)
      op->map1(1, &x, &out);
    else
      op->map2(1, &x, &y, &out);
    lua_pushnumber(L, out);
    return 1;
  }
  return apply_to_tensors(L, op);
}

/*
** The op as a function: max(1, 2, 3) must not pass for max(1, 2). A metamethod is another
** matter: __unm gets its operand twice. Upvalue 1: the op.
*/
static int call_function(lua_State *L) {
  const ms_op *op = lua_touserdata(L, lua_upvalueindex(1));
  int given = lua_gettop(L);
  if (given > op->arity)
    return lb_error(L, "%s: expected %d argument%s, got %d", op->name, op->arity,
                    op->arity == 1 ? "" : "s", given);
  return call_op(L);
}

static void push_op(lua_State *L, const ms_op *op, lua_CFunction call) {
  /* the record is const; Lua only carries its address */
  lua_pushlightuserdata(L, (void *)(uintptr_t)op);
  lua_pushcclosure(L, call, 1);
}

/* ops(): the records of the element-wise functions, for help and conformance tests. */
static int list_ops(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    const ms_op *op = ms_op_at(i);
    lua_newtable(L);
    lua_pushstring(L, op->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, op->summary), lua_setfield(L, -2, "summary");
    lua_pushinteger(L, op->arity), lua_setfield(L, -2, "arity");
    lua_newtable(L);
    for (int j = 0; j < op->arity; j++) {
      lua_pushstring(L, op->derivative[j]);
      lua_rawseti(L, -2, j + 1);
    }
    lua_setfield(L, -2, "derivative");
    lua_newtable(L);
    for (int j = 0; j < op->arity; j++) {
      lua_newtable(L);
      lua_pushnumber(L, op->domain[j][0]), lua_rawseti(L, -2, 1);
      lua_pushnumber(L, op->domain[j][1]), lua_rawseti(L, -2, 2);
      lua_rawseti(L, -2, j + 1);
    }
    lua_setfield(L, -2, "domain");
    lua_newtable(L);
    for (int j = 0; j < 3; j++) {
      lua_newtable(L);
      for (int k = 0; k < 3; k++)
        lua_pushnumber(L, op->special[j][k]), lua_rawseti(L, -2, k + 1);
      lua_rawseti(L, -2, j + 1);
    }
    lua_setfield(L, -2, "special");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

void lb_symbol_ops(lua_State *L, int core, int metatable) {
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    const ms_op *op = ms_op_at(i);
    push_op(L, op, call_function);
    lua_setfield(L, core, op->name);
    if (op->metamethod == NULL) continue;
    push_op(L, op, call_op);
    lua_setfield(L, metatable, op->metamethod);
  }
  lua_pushcfunction(L, list_ops);
  lua_setfield(L, core, "ops");
}
