/*
** Symbols: the expressions that a residual is traced to. A graph is "modsync.graph"; a symbol is
** "modsync.symbol", a node of the graph that its first user value holds. The graph's user value
** is a table: coordinate name -> list of the ordinals of the inputs with that name, each once.
**
** Every op of src/ops becomes one function of the core table that takes numbers, tensors and
** symbols alike, and, where the record names one, a metamethod of symbols.
*/
#include "luabind/symbol.h"

#include "tensor/elementwise.h"

#include <string.h>

#define GRAPH "modsync.graph"
#define SYMBOL "modsync.symbol"

typedef struct graph_handle {
  ms_graph *graph; /* NULL: closed */
} graph_handle;

typedef struct symbol_handle {
  const graph_handle *owner; /* user value 1, which keeps it alive */
  ms_graph *graph;           /* of the owner, as long as that is open */
  ms_ref ref;
} symbol_handle;

/* {=== handles === */

ms_graph *lb_check_graph(lua_State *L, int arg) {
  graph_handle *handle = luaL_checkudata(L, arg, GRAPH);
  if (handle->graph == NULL) luaL_argerror(L, arg, "the graph is closed");
  return handle->graph;
}

/* The symbol at 'arg', or NULL if it is none; raises if its graph is closed. */
static symbol_handle *test_handle(lua_State *L, int arg) {
  symbol_handle *handle = luaL_testudata(L, arg, SYMBOL);
  if (handle != NULL && handle->owner->graph == NULL)
    luaL_argerror(L, arg, "the graph of this symbol is closed");
  return handle;
}

static symbol_handle *check_handle(lua_State *L, int arg) {
  symbol_handle *handle = test_handle(L, arg);
  if (handle == NULL)
    luaL_argerror(L, arg, lua_pushfstring(L, "expected a symbol, got %s", lb_describe(L, arg)));
  return handle;
}

ms_ref lb_check_symbol(lua_State *L, int arg, const ms_graph *graph) {
  symbol_handle *handle = check_handle(L, arg);
  if (handle->graph != graph) luaL_argerror(L, arg, "a symbol of another trace");
  return handle->ref;
}

/* Push the symbol of 'ref' in the graph whose userdata is at 'owner'; raises for ref 0. */
static int push_symbol(lua_State *L, int owner, ms_ref ref) {
  ms_graph *graph = lb_check_graph(L, owner);
  symbol_handle *handle;
  if (ref == 0) return lb_fail(L, ms_graph_error(graph));
  owner = lua_absindex(L, owner);
  handle = lua_newuserdatauv(L, sizeof *handle, 1);
  *handle = (symbol_handle){lua_touserdata(L, owner), graph, ref};
  lua_pushvalue(L, owner);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, SYMBOL);
  return 1;
}

/* Push the graph that the symbol at 'arg' belongs to; returns its index. */
static int push_owner(lua_State *L, int arg) {
  lua_getiuservalue(L, arg, 1);
  return lua_gettop(L);
}

/* A tensor of up to two dimensions as constant data. */
static ms_ref constant_of_tensor(lua_State *L, int arg, ms_graph *graph, const char *who) {
  const ms_tensor *tensor = lb_check_tensor(L, arg);
  size_t count = ms_tensor_count(tensor), rows = tensor->dims == 2 ? tensor->shape[0] : 1;
  double *values;
  if (tensor->dims > 2 || count == 0)
    luaL_error(L, "%s: expected a row or a matrix of constants, got %s", who,
               lb_describe(L, arg));
  values = lb_scratch(L, count);
  ms_tensor_read(tensor, values);
  return ms_data(graph, rows, count / rows, values);
}

/*
** The number, tensor or symbol at 'arg' as a node; 'who' is for the message. A tensor of
** several rows is taken for values at points, which a trace does not have.
*/
static ms_ref to_ref(lua_State *L, int arg, ms_graph *graph, const char *who) {
  symbol_handle *handle = test_handle(L, arg);
  if (handle != NULL) {
    if (handle->graph != graph)
      luaL_error(L, "%s: the symbols come from different traces (a symbol must not be kept "
                 "from one problem to use in another)", who);
    return handle->ref;
  }
  if (lua_type(L, arg) == LUA_TNUMBER) return ms_const(graph, lua_tonumber(L, arg));
  const ms_tensor *tensor = lb_test_tensor(L, arg);
  if (tensor != NULL && tensor->dims == 2 && tensor->shape[0] > 1)
    luaL_error(L, "%s: a tensor meets a symbol as one row of constants, got %s", who,
               lb_describe(L, arg));
  if (tensor != NULL) return constant_of_tensor(L, arg, graph, who);
  luaL_error(L, "%s: expected a number, a tensor or a symbol, got %s", who,
             lb_describe(L, arg));
  return 0;
}

/* The same where a matrix is meant. */
static ms_ref to_matrix(lua_State *L, int arg, ms_graph *graph, const char *who) {
  if (lb_test_tensor(L, arg) != NULL) return constant_of_tensor(L, arg, graph, who);
  return to_ref(L, arg, graph, who);
}

/*
** Simplification may leave a number (x - x, x^0) where a symbol of rows x cols is due. What is
** done next with the symbol may count them, so it gets them back.
*/
static ms_ref with_shape(ms_graph *graph, ms_ref ref, size_t rows, size_t cols) {
  const ms_node *node = ms_graph_node(graph, ref);
  if (ref == 0 || (node->rows == rows && node->cols == cols)) return ref;
  if (node->kind == MS_NODE_CONST) return ms_fill(graph, rows, cols, node->value);
  return ms_widen(graph, ref, cols);
}

/* }=== */

/* {=== element-wise functions === */

static ms_ref with_broadcast_shape(ms_graph *graph, ms_ref ref, ms_ref x, ms_ref y) {
  const ms_node *a = ms_graph_node(graph, x), *b = ms_graph_node(graph, y);
  return with_shape(graph, ref, a->rows > b->rows ? a->rows : b->rows,
                    a->cols > b->cols ? a->cols : b->cols);
}

static int apply_to_symbols(lua_State *L, const ms_op *op) {
  symbol_handle *handle = test_handle(L, 1);
  int owner;
  ms_ref x, y, result;
  if (handle == NULL) handle = test_handle(L, 2);
  owner = push_owner(L, handle == test_handle(L, 1) ? 1 : 2);
  x = to_ref(L, 1, handle->graph, op->name);
  y = op->arity == 2 ? to_ref(L, 2, handle->graph, op->name) : x;
  result = ms_apply(handle->graph, op, x, y);
  return push_symbol(L, owner, with_broadcast_shape(handle->graph, result, x, y));
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
      return luaL_error(L, "%s: expected a number, a tensor or a symbol, got %s", op->name,
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
  if (test_handle(L, 1) != NULL || (op->arity == 2 && test_handle(L, 2) != NULL))
    return apply_to_symbols(L, op);
  if (lua_type(L, 1) == LUA_TNUMBER && (op->arity == 1 || lua_type(L, 2) == LUA_TNUMBER)) {
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

static void push_op(lua_State *L, const ms_op *op) {
  /* the record is const; Lua only carries its address */
  lua_pushlightuserdata(L, (void *)(uintptr_t)op);
  lua_pushcclosure(L, call_op, 1);
}

/* }=== */

/* {=== methods of a graph === */

static int graph_new(lua_State *L) {
  graph_handle *handle = lua_newuserdatauv(L, sizeof *handle, 1);
  ms_status status;
  handle->graph = NULL;
  luaL_setmetatable(L, GRAPH);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  status = ms_graph_create(&handle->graph);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

static int graph_close(lua_State *L) {
  graph_handle *handle = luaL_checkudata(L, 1, GRAPH);
  ms_graph_free(handle->graph);
  handle->graph = NULL;
  return 0;
}

/* Append the number to the list at the stack top, unless it is there. */
static void add_once(lua_State *L, lua_Integer number) {
  lua_Integer length = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, -1, i);
    if (lua_tointeger(L, -1) == number) return;
    lua_pop(L, 1);
  }
  lua_pushinteger(L, number);
  lua_rawseti(L, -2, length + 1);
}

/* input(name, column): column from 1. */
static int graph_input(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  const char *name = luaL_checkstring(L, 2);
  lua_Integer column = luaL_checkinteger(L, 3);
  ms_ref ref;
  luaL_argcheck(L, column >= 1, 3, "columns count from 1");
  ref = ms_input(graph, (size_t)column - 1);
  if (ref == 0) return lb_fail(L, ms_graph_error(graph));
  lua_getiuservalue(L, 1, 1); /* names */
  if (lua_getfield(L, -1, name) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
  } /* names, list */
  add_once(L, ms_input_ordinal(graph, ref));
  return push_symbol(L, 1, ref);
}

/* parameter(offset, rows, cols): offset from 0 into the parameter vector. */
static int graph_parameter(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  lua_Integer offset = luaL_checkinteger(L, 2), rows = luaL_checkinteger(L, 3);
  lua_Integer cols = luaL_checkinteger(L, 4);
  luaL_argcheck(L, offset >= 0, 2, "an offset is not negative");
  luaL_argcheck(L, rows >= 1, 3, "expected at least one row");
  luaL_argcheck(L, cols >= 1, 4, "expected at least one column");
  return push_symbol(L, 1, ms_param(graph, (size_t)offset, (size_t)rows, (size_t)cols));
}

static int graph_constant(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  return push_symbol(L, 1, to_matrix(L, 2, graph, "constant"));
}

static int graph_nodes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_graph_count(lb_check_graph(L, 1)));
  return 1;
}

/* }=== */

/* {=== methods of a symbol === */

/* The sum of the derivatives by every input of that name which the node depends on. */
typedef struct direction {
  int ordinals[MS_MAX_INPUTS];
  int count;
} direction;

/* Push "t, x", the names of the coordinates, from the table at the stack top. */
static const char *push_names(lua_State *L) {
  int names = lua_gettop(L);
  lua_pushliteral(L, "");
  for (lua_pushnil(L); lua_next(L, names) != 0;) {
    lua_pop(L, 1); /* so far, name */
    lua_pushfstring(L, "%s%s%s", lua_tostring(L, -2), *lua_tostring(L, -2) == '\0' ? "" : ", ",
                    lua_tostring(L, -1));
    lua_replace(L, -3);
  }
  return lua_tostring(L, -1);
}

static void find_direction(lua_State *L, int owner, int arg, direction *out) {
  const char *name = luaL_checkstring(L, arg);
  lua_getiuservalue(L, owner, 1); /* names */
  if (lua_getfield(L, -1, name) != LUA_TTABLE) {
    lua_pop(L, 1);
    luaL_error(L, "d: no coordinate '%s'; there are: %s", name, push_names(L));
  }
  out->count = 0;
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
    lua_rawgeti(L, -1, i);
    out->ordinals[out->count++] = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

/* Sum over the inputs of each direction: at most one matters unless traces are mixed. */
static ms_ref derive(ms_graph *graph, ms_ref of, const direction *directions, int order,
                     int *by, int chosen) {
  ms_ref sum;
  if (chosen == order) return ms_derivative(graph, of, (size_t)order, by);
  sum = ms_const(graph, 0.0);
  for (int i = 0; i < directions[chosen].count; i++) {
    int ordinal = directions[chosen].ordinals[i];
    if (!(ms_graph_node(graph, of)->depends >> ordinal & 1)) continue;
    by[chosen] = ordinal;
    sum = ms_add(graph, sum, derive(graph, of, directions, order, by, chosen + 1));
  }
  return sum;
}

/* d(name, name, ...): the mixed derivative by these coordinates. */
static int symbol_d(lua_State *L) {
  symbol_handle *handle = check_handle(L, 1);
  const ms_node *node = ms_graph_node(handle->graph, handle->ref);
  size_t rows = node->rows, cols = node->cols;
  direction directions[MS_MAX_ORDER];
  int by[MS_MAX_ORDER], order = lua_gettop(L) - 1, owner;
  ms_ref result;
  if (order < 1 || order > MS_MAX_ORDER)
    return luaL_error(L, "d: expected 1 to %d coordinate names, got %d", MS_MAX_ORDER, order);
  owner = push_owner(L, 1);
  for (int i = 0; i < order; i++) find_direction(L, owner, i + 2, &directions[i]);
  result = derive(handle->graph, handle->ref, directions, order, by, 0);
  return push_symbol(L, owner, with_shape(handle->graph, result, rows, cols));
}

static int symbol_matmul(lua_State *L) {
  symbol_handle *handle = check_handle(L, 1);
  ms_graph *graph = handle->graph;
  int owner = push_owner(L, 1);
  ms_ref right = to_matrix(L, 2, graph, "matmul");
  ms_ref product = ms_matmul(graph, handle->ref, right);
  return push_symbol(L, owner,
                     with_shape(graph, product, ms_graph_node(graph, handle->ref)->rows,
                                ms_graph_node(graph, right)->cols));
}

/* columns(first [, count]): columns of a symbol, from 1. */
static int symbol_columns(lua_State *L) {
  symbol_handle *handle = check_handle(L, 1);
  lua_Integer first = luaL_checkinteger(L, 2), count = luaL_optinteger(L, 3, 1);
  luaL_argcheck(L, first >= 1, 2, "columns count from 1");
  luaL_argcheck(L, count >= 1, 3, "expected at least one column");
  return push_symbol(L, push_owner(L, 1), ms_slice(handle->graph, handle->ref,
                                                   (size_t)first - 1, (size_t)count));
}

/* shape(): rows ("n" where there is one per point), columns. */
static int symbol_shape(lua_State *L) {
  symbol_handle *handle = check_handle(L, 1);
  const ms_node *node = ms_graph_node(handle->graph, handle->ref);
  if (node->batched)
    lua_pushliteral(L, "n");
  else
    lua_pushinteger(L, node->rows);
  lua_pushinteger(L, node->cols);
  return 2;
}

static int symbol_tostring(lua_State *L) {
  const symbol_handle *handle = luaL_checkudata(L, 1, SYMBOL);
  const ms_node *node;
  if (handle->owner->graph == NULL) {
    lua_pushliteral(L, "symbol: its graph is closed");
    return 1;
  }
  node = ms_graph_node(handle->graph, handle->ref);
  if (node->kind == MS_NODE_CONST)
    lua_pushfstring(L, "symbol: %f", node->value);
  else if (node->batched)
    lua_pushfstring(L, "symbol: n x %I, a value at every point", (lua_Integer)node->cols);
  else
    lua_pushfstring(L, "symbol: %I x %I, the same at every point",
                    (lua_Integer)node->rows, (lua_Integer)node->cols);
  return 1;
}

static int symbol_equal(lua_State *L) {
  const symbol_handle *a = luaL_testudata(L, 1, SYMBOL), *b = luaL_testudata(L, 2, SYMBOL);
  lua_pushboolean(L, a != NULL && b != NULL && a->owner == b->owner && a->ref == b->ref);
  return 1;
}

/* A comparison would have to branch, and a trace has no values to branch on. */
static int symbol_compare(lua_State *L) {
  return luaL_error(L, "a symbol cannot be compared: it stands for the values at all points, "
                       "and the expression is traced once. Use max, min, abs, sign or step");
}

static int symbol_concat(lua_State *L) {
  return luaL_error(L, "a symbol cannot be joined to a string: it has no value while it is traced");
}

/* }=== */

/* {=== functions === */

/* The symbol's owner pushed, for functions of one symbol. */
static symbol_handle *only_symbol(lua_State *L, int *owner) {
  symbol_handle *handle = check_handle(L, 1);
  *owner = push_owner(L, 1);
  return handle;
}

static int mean(lua_State *L) {
  int owner;
  symbol_handle *handle = only_symbol(L, &owner);
  return push_symbol(L, owner, ms_mean_rows(handle->graph, handle->ref));
}

static int sum_columns(lua_State *L) {
  int owner;
  symbol_handle *handle = only_symbol(L, &owner);
  return push_symbol(L, owner, ms_sum_cols(handle->graph, handle->ref));
}

static int transpose(lua_State *L) {
  int owner;
  symbol_handle *handle = only_symbol(L, &owner);
  if (ms_graph_node(handle->graph, handle->ref)->batched)
    return luaL_error(L, "transpose: expected parameters or constants, got values per point");
  return push_symbol(L, owner, ms_transpose(handle->graph, handle->ref));
}

/* concat{ symbol or number, ... }: columns side by side. */
static int concat(lua_State *L) {
  ms_ref parts[MS_MAX_INPUTS];
  symbol_handle *handle = NULL;
  int owner = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 1);
  if (count < 1 || count > MS_MAX_INPUTS)
    return luaL_error(L, "concat: expected 1 to %d parts, got %I", MS_MAX_INPUTS, count);
  luaL_checkstack(L, 3 * (int)count, "concat: too many parts"); /* parts and their scratch */
  for (lua_Integer i = 1; i <= count && handle == NULL; i++) {
    lua_geti(L, 1, i);
    handle = test_handle(L, lua_gettop(L));
    if (handle != NULL) owner = push_owner(L, lua_gettop(L));
  }
  if (handle == NULL) return luaL_error(L, "concat: expected at least one symbol");
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, 1, i);
    parts[i - 1] = to_ref(L, lua_gettop(L), handle->graph, "concat");
  }
  return push_symbol(L, owner, ms_concat(handle->graph, (size_t)count, parts));
}

static int is_symbol(lua_State *L) {
  lua_pushboolean(L, luaL_testudata(L, 1, SYMBOL) != NULL);
  return 1;
}

/* }=== */

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

void lb_open_symbol(lua_State *L) {
  static const luaL_Reg graph_methods[] = {
    {"input", graph_input},       {"parameter", graph_parameter}, {"constant", graph_constant},
    {"program", lb_program_new},  {"nodes", graph_nodes},         {"close", graph_close},
    {NULL, NULL}};
  static const luaL_Reg graph_meta[] = {
    {"__gc", graph_close}, {"__close", graph_close}, {NULL, NULL}};
  static const luaL_Reg symbol_methods[] = {{"d", symbol_d},
                                            {"matmul", symbol_matmul},
                                            {"column", symbol_columns},
                                            {"columns", symbol_columns},
                                            {"shape", symbol_shape},
                                            {NULL, NULL}};
  static const luaL_Reg symbol_meta[] = {
    {"__tostring", symbol_tostring}, {"__eq", symbol_equal},      {"__lt", symbol_compare},
    {"__le", symbol_compare},        {"__concat", symbol_concat}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"graph", graph_new},
                                       {"mean", mean},
                                       {"sum_columns", sum_columns},
                                       {"transpose", transpose},
                                       {"concat", concat},
                                       {"is_symbol", is_symbol},
                                       {"ops", list_ops},
                                       {NULL, NULL}};
  lb_set_methods(L, GRAPH, graph_methods, graph_meta);
  lb_set_methods(L, SYMBOL, symbol_methods, symbol_meta);
  luaL_setfuncs(L, functions, 0);
  luaL_getmetatable(L, SYMBOL); /* core, metatable */
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    const ms_op *op = ms_op_at(i);
    push_op(L, op);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, op->name);
    if (op->metamethod != NULL)
      lua_setfield(L, -2, op->metamethod);
    else
      lua_pop(L, 1);
  }
  lua_pop(L, 1);
}
