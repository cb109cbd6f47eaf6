/*
** Symbols: the expressions that a residual is traced to. A graph is "modsync.graph"; a
** symbol is "modsync.symbol", a node of the graph that its first user value holds. The
** graph's user value is a table: coordinate name -> list of the ordinals of the inputs
** with that name, each once.
*/
#include "luabind/symbol.h"

#include "tensor/elementwise.h" /* ms_tensor_read */

#define GRAPH "modsync.graph"
#define SYMBOL "modsync.symbol"

/* {=== handles === */

ms_graph *lb_check_graph(lua_State *L, int arg) {
  lb_graph *handle = lb_check_udata(L, arg, GRAPH);
  if (handle->graph == NULL) lb_arg_error(L, arg, "the graph is closed");
  return handle->graph;
}

lb_symbol *lb_test_symbol(lua_State *L, int arg) {
  lb_symbol *handle = luaL_testudata(L, arg, SYMBOL);
  if (handle != NULL && handle->owner->graph == NULL)
    lb_arg_error(L, arg, "the graph of this symbol is closed");
  return handle;
}

static lb_symbol *check_handle(lua_State *L, int arg) {
  lb_symbol *handle = lb_test_symbol(L, arg);
  if (handle == NULL)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "expected a symbol, got %s", lb_describe(L, arg)));
  return handle;
}

int lb_push_symbol(lua_State *L, int owner, ms_ref ref) {
  ms_graph *graph = lb_check_graph(L, owner);
  lb_symbol *handle;
  if (ref == 0) return lb_fail(L, ms_graph_error(graph));
  owner = lua_absindex(L, owner);
  handle = lua_newuserdatauv(L, sizeof *handle, 1);
  *handle = (lb_symbol){lua_touserdata(L, owner), graph, ref};
  lua_pushvalue(L, owner);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, SYMBOL);
  return 1;
}

int lb_push_owner(lua_State *L, int arg) {
  lua_getiuservalue(L, arg, 1);
  return lua_gettop(L);
}

/* A tensor of up to two dimensions as constant data. */
static ms_ref constant_of_tensor(lua_State *L, int arg, ms_graph *graph,
                                 const char *who) {
  const ms_tensor *tensor = lb_check_tensor(L, arg);
  size_t count = ms_tensor_count(tensor), rows = tensor->dims == 2 ? tensor->shape[0] : 1;
  double *values;
  if (tensor->dims > 2 || count == 0)
    lb_error(L, "%s: expected a row or a matrix of constants, got %s", who,
             lb_describe(L, arg));
  values = lb_scratch(L, count);
  ms_tensor_read(lb_check_tensor(L, arg), values); /* a finalizer may have closed it */
  return ms_data(graph, rows, count / rows, values);
}

ms_ref lb_to_ref(lua_State *L, int arg, ms_graph *graph, const char *who) {
  lb_symbol *handle = lb_test_symbol(L, arg);
  if (handle != NULL) {
    if (handle->graph != graph)
      lb_error(L,
               "%s: the symbols come from different traces (a symbol must not be kept "
               "from one problem to use in another)",
               who);
    return handle->ref;
  }
  if (lua_type(L, arg) == LUA_TNUMBER) return ms_const(graph, lua_tonumber(L, arg));
  const ms_tensor *tensor = lb_test_tensor(L, arg);
  if (tensor != NULL && tensor->dims == 2 && tensor->shape[0] > 1)
    lb_error(L, "%s: a tensor meets a symbol as one row of constants, got %s", who,
             lb_describe(L, arg));
  if (tensor != NULL) return constant_of_tensor(L, arg, graph, who);
  lb_error(L, "%s: expected a number, a tensor or a symbol, got %s", who,
           lb_describe(L, arg));
  return 0;
}

ms_ref lb_to_matrix(lua_State *L, int arg, ms_graph *graph, const char *who) {
  if (lb_test_tensor(L, arg) != NULL) return constant_of_tensor(L, arg, graph, who);
  return lb_to_ref(L, arg, graph, who);
}

ms_ref lb_with_shape(ms_graph *graph, ms_ref ref, size_t rows, size_t cols) {
  const ms_node *node = ms_graph_node(graph, ref);
  if (ref == 0 || (node->rows == rows && node->cols == cols)) return ref;
  if (node->kind == MS_NODE_CONST) return ms_fill(graph, rows, cols, node->value);
  return ms_widen(graph, ref, cols);
}

/* }=== */

/* {=== methods of a graph === */

static int graph_new(lua_State *L) {
  lb_graph *handle = lua_newuserdatauv(L, sizeof *handle, 1);
  ms_status status;
  handle->graph = NULL;
  luaL_setmetatable(L, GRAPH);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  status = ms_graph_create(&handle->graph);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

static int graph_close(lua_State *L) {
  lb_graph *handle = lb_check_udata(L, 1, GRAPH);
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
  const char *name = lb_check_string(L, 2);
  lua_Integer column = lb_check_integer(L, 3);
  ms_ref ref;
  lb_arg_check(L, column >= 1, 3, "columns count from 1");
  ref = ms_input(graph, (size_t)column - 1);
  if (ref == 0) return lb_fail(L, ms_graph_error(graph));
  lua_getiuservalue(L, 1, 1); /* names */
  if (lua_getfield(L, -1, name) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L); /* names, list */
    lua_pushstring(L, name);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1); /* in order, for messages */
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
  } /* names, list */
  add_once(L, ms_input_ordinal(graph, ref));
  return lb_push_symbol(L, 1, ref);
}

/* parameter(offset, rows, cols): offset from 0 into the parameter vector. */
static int graph_parameter(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  lua_Integer offset = lb_check_integer(L, 2), rows = lb_check_integer(L, 3);
  lua_Integer cols = lb_check_integer(L, 4);
  lb_arg_check(L, offset >= 0, 2, "an offset is not negative");
  lb_arg_check(L, rows >= 1, 3, "expected at least one row");
  lb_arg_check(L, cols >= 1, 4, "expected at least one column");
  return lb_push_symbol(L, 1,
                        ms_param(graph, (size_t)offset, (size_t)rows, (size_t)cols));
}

static int graph_constant(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  return lb_push_symbol(L, 1, lb_to_matrix(L, 2, graph, "constant"));
}

static int graph_nodes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ms_graph_count(lb_check_graph(L, 1)));
  return 1;
}

/* "graph of 12 expressions" */
static int graph_tostring(lua_State *L) {
  lb_graph *handle = lb_check_udata(L, 1, GRAPH);
  if (handle->graph == NULL)
    lua_pushliteral(L, "graph (closed)");
  else
    lua_pushfstring(L, "graph of %I expressions",
                    (lua_Integer)ms_graph_count(handle->graph));
  return 1;
}

/* }=== */

/* {=== methods of a symbol === */

/* The sum of the derivatives by every input of that name which the node depends on. */
typedef struct direction {
  int ordinals[MS_MAX_INPUTS];
  int count;
} direction;

/* Push "x, t", the names of the coordinates, from the table at the stack top. */
static const char *push_names(lua_State *L) {
  int names = lua_gettop(L);
  lua_pushliteral(L, "");
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, names); i++) {
    if (i > 1) lua_pushliteral(L, ", ");
    lua_rawgeti(L, names, i);
    lua_concat(L, i > 1 ? 3 : 2);
  }
  return lua_tostring(L, -1);
}

static void find_direction(lua_State *L, int owner, int arg, direction *out) {
  const char *name = lb_check_string(L, arg);
  lua_getiuservalue(L, owner, 1); /* names */
  if (lua_getfield(L, -1, name) != LUA_TTABLE) {
    lua_pop(L, 1);
    lb_error(L, "d: no coordinate '%s'; there are: %s", name, push_names(L));
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
  lb_symbol *handle = check_handle(L, 1);
  const ms_node *node = ms_graph_node(handle->graph, handle->ref);
  size_t rows = node->rows, cols = node->cols;
  direction directions[MS_MAX_ORDER];
  int by[MS_MAX_ORDER], order = lua_gettop(L) - 1, owner;
  ms_ref result;
  if (order < 1 || order > MS_MAX_ORDER)
    return lb_error(L, "d: expected 1 to %d coordinate names, got %d", MS_MAX_ORDER,
                    order);
  owner = lb_push_owner(L, 1);
  for (int i = 0; i < order; i++) find_direction(L, owner, i + 2, &directions[i]);
  result = derive(handle->graph, handle->ref, directions, order, by, 0);
  return lb_push_symbol(L, owner, lb_with_shape(handle->graph, result, rows, cols));
}

/* laplacian(name, name, ...): the sum of the second derivatives by these coordinates. */
static int symbol_laplacian(lua_State *L) {
  lb_symbol *handle = check_handle(L, 1);
  const ms_node *node = ms_graph_node(handle->graph, handle->ref);
  size_t rows = node->rows, cols = node->cols;
  uint64_t depends = node->depends;
  int by[2 * MS_MAX_INPUTS], pair[2], inputs = 0, names = lua_gettop(L) - 1, owner;
  ms_ref sum;
  if (names < 1 || names > MS_MAX_INPUTS)
    return lb_error(L, "laplacian: expected 1 to %d coordinate names, got %d",
                    MS_MAX_INPUTS, names);
  owner = lb_push_owner(L, 1);
  sum = ms_const(handle->graph, 0.0);
  for (int i = 0; i < names; i++) {
    direction twice[2];
    int before = inputs; /* at most one a name */
    for (int j = 0; j < i; j++)
      if (lua_rawequal(L, i + 2, j + 2))
        return lb_error(L, "laplacian: '%s' is named twice", lb_check_string(L, i + 2));
    find_direction(L, owner, i + 2, &twice[0]);
    twice[1] = twice[0];
    for (int j = 0; j < twice[0].count; j++)
      if (depends >> twice[0].ordinals[j] & 1) by[inputs++] = twice[0].ordinals[j];
    if (inputs <= before + 1) continue;
    inputs = before; /* two traces at once: their cross derivatives count */
    sum =
      ms_add(handle->graph, sum, derive(handle->graph, handle->ref, twice, 2, pair, 0));
  }
  sum = ms_add(handle->graph, sum,
               ms_laplacian(handle->graph, handle->ref, (size_t)inputs, by));
  return lb_push_symbol(L, owner, lb_with_shape(handle->graph, sum, rows, cols));
}

static int symbol_matmul(lua_State *L) {
  lb_symbol *handle = check_handle(L, 1);
  ms_graph *graph = handle->graph;
  int owner = lb_push_owner(L, 1);
  ms_ref right = lb_to_matrix(L, 2, graph, "matmul");
  ms_ref product = ms_matmul(graph, handle->ref, right);
  product = lb_with_shape(graph, product, ms_graph_node(graph, handle->ref)->rows,
                          ms_graph_node(graph, right)->cols);
  return lb_push_symbol(L, owner, product);
}

/* columns(first [, count]): columns of a symbol, from 1. */
static int symbol_columns(lua_State *L) {
  lb_symbol *handle = check_handle(L, 1);
  lua_Integer first = lb_check_integer(L, 2), count = lb_opt_integer(L, 3, 1);
  lb_arg_check(L, first >= 1, 2, "columns count from 1");
  lb_arg_check(L, count >= 1, 3, "expected at least one column");
  return lb_push_symbol(L, lb_push_owner(L, 1),
                        ms_slice(handle->graph, handle->ref, (size_t)first - 1,
                                 (size_t)count));
}

/* through(z): the same, a function of the symbol z. */
static int symbol_through(lua_State *L) {
  lb_symbol *handle = check_handle(L, 1), *argument = check_handle(L, 2);
  if (argument->graph != handle->graph)
    return lb_error(L, "through: the symbols are of different graphs");
  return lb_push_symbol(L, lb_push_owner(L, 1),
                        ms_through(handle->graph, handle->ref, argument->ref));
}

/* shape(): rows ("n" where there is one per point), columns. */
static int symbol_shape(lua_State *L) {
  lb_symbol *handle = check_handle(L, 1);
  const ms_node *node = ms_graph_node(handle->graph, handle->ref);
  if (node->batched)
    lua_pushliteral(L, "n");
  else
    lua_pushinteger(L, node->rows);
  lua_pushinteger(L, node->cols);
  return 2;
}

static int symbol_tostring(lua_State *L) {
  const lb_symbol *handle = lb_check_udata(L, 1, SYMBOL);
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
  const lb_symbol *a = luaL_testudata(L, 1, SYMBOL), *b = luaL_testudata(L, 2, SYMBOL);
  lua_pushboolean(L, a != NULL && b != NULL && a->owner == b->owner && a->ref == b->ref);
  return 1;
}

/* A comparison would have to branch, and a trace has no values to branch on. */
static int symbol_compare(lua_State *L) {
  return lb_error(L,
                  "a symbol cannot be compared: it stands for the values at all points, "
                  "and the expression is traced once. Use max, min, abs, sign or step");
}

static int symbol_concat(lua_State *L) {
  return lb_error(
    L, "a symbol cannot be joined to a string: it has no value while it is traced");
}

/* }=== */

/* {=== functions === */

/* The symbol's owner pushed, for functions of one symbol. */
static lb_symbol *only_symbol(lua_State *L, int *owner) {
  lb_symbol *handle = check_handle(L, 1);
  *owner = lb_push_owner(L, 1);
  return handle;
}

static int mean(lua_State *L) {
  int owner;
  lb_symbol *handle = only_symbol(L, &owner);
  return lb_push_symbol(L, owner, ms_mean_rows(handle->graph, handle->ref));
}

static int sum_columns(lua_State *L) {
  int owner;
  lb_symbol *handle = only_symbol(L, &owner);
  return lb_push_symbol(L, owner, ms_sum_cols(handle->graph, handle->ref));
}

static int transpose(lua_State *L) {
  int owner;
  lb_symbol *handle = only_symbol(L, &owner);
  if (ms_graph_node(handle->graph, handle->ref)->batched)
    return lb_error(L,
                    "transpose: expected parameters or constants, got values per point");
  return lb_push_symbol(L, owner, ms_transpose(handle->graph, handle->ref));
}

/* Push the first symbol of the list at 1; NULL, and nothing pushed, if there is none. */
static lb_symbol *push_first_symbol(lua_State *L, lua_Integer count) {
  for (lua_Integer i = 1; i <= count; i++) {
    lb_symbol *handle;
    lua_geti(L, 1, i);
    handle = lb_test_symbol(L, lua_gettop(L));
    if (handle != NULL) return handle;
    lua_pop(L, 1);
  }
  return NULL;
}

/*
** concat({ symbol or number, ... } [, axis]): columns side by side, along axis 2 or none
** named. Without a symbol, of tensors.
*/
static int concat(lua_State *L) {
  ms_ref parts[MS_MAX_INPUTS];
  lb_symbol *handle;
  int owner;
  lb_check_type(L, 1, LUA_TTABLE);
  lua_settop(L, 2); /* parts, axis */
  lua_Integer count = luaL_len(L, 1);
  handle = push_first_symbol(L, count);
  if (handle == NULL) return lb_tensor_concat(L);
  if (!lua_isnoneornil(L, 2) && lua_tointeger(L, 2) != 2 && lua_tointeger(L, 2) != -1)
    return lb_error(L,
                    "concat: the axis is %s; symbols have points along axis 1 and are"
                    " joined along axis 2",
                    lb_describe(L, 2));
  if (count > MS_MAX_INPUTS)
    return lb_error(L, "concat: expected 1 to %d parts, got %I", MS_MAX_INPUTS, count);
  owner = lb_push_owner(L, lua_gettop(L));
  luaL_checkstack(L, 3 * (int)count,
                  "concat: too many parts"); /* parts and their scratch */
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, 1, i);
    parts[i - 1] = lb_to_ref(L, lua_gettop(L), handle->graph, "concat");
  }
  return lb_push_symbol(L, owner, ms_concat(handle->graph, (size_t)count, parts));
}

static int is_symbol(lua_State *L) {
  lua_pushboolean(L, luaL_testudata(L, 1, SYMBOL) != NULL);
  return 1;
}

/* }=== */

void lb_open_symbol(lua_State *L) {
  static const luaL_Reg graph_methods[] = {
    {"input", graph_input},        {"parameter", graph_parameter},
    {"constant", graph_constant},  {"program", lb_program_new},
    {"factors", lb_graph_factors}, {"nodes", graph_nodes},
    {"close", graph_close},        {NULL, NULL}};
  static const luaL_Reg graph_meta[] = {{"__gc", graph_close},
                                        {"__close", graph_close},
                                        {"__tostring", graph_tostring},
                                        {NULL, NULL}};
  static const luaL_Reg symbol_methods[] = {{"d", symbol_d},
                                            {"laplacian", symbol_laplacian},
                                            {"matmul", symbol_matmul},
                                            {"column", symbol_columns},
                                            {"columns", symbol_columns},
                                            {"through", symbol_through},
                                            {"shape", symbol_shape},
                                            {NULL, NULL}};
  static const luaL_Reg symbol_meta[] = {{"__tostring", symbol_tostring},
                                         {"__eq", symbol_equal},
                                         {"__lt", symbol_compare},
                                         {"__le", symbol_compare},
                                         {"__concat", symbol_concat},
                                         {NULL, NULL}};
  static const luaL_Reg functions[] = {{"graph", graph_new},
                                       {"mean", mean},
                                       {"sum_columns", sum_columns},
                                       {"transpose", transpose},
                                       {"concat", concat},
                                       {"is_symbol", is_symbol},
                                       {NULL, NULL}};
  lb_set_methods(L, GRAPH, graph_methods, graph_meta);
  lb_set_methods(L, SYMBOL, symbol_methods, symbol_meta);
  luaL_setfuncs(L, functions, 0);
  luaL_getmetatable(L, SYMBOL); /* core, metatable */
  lb_symbol_ops(L, lua_gettop(L) - 1, lua_gettop(L));
  lua_pop(L, 1);
}
