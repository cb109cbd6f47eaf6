/*
** graph:factors(loss): the gradient of a loss by the parameters before it is summed over
** the points. A list of
**
**   { offset = , rows = , cols = , pairs = { { a, b }, ... } }   sum over points of a' b
**   { offset = , rows = 1, cols = , row = c }                    sum over points of c; or
**                                                                a column, as a row
**   { offset = , rows = , cols = }                               anything else
**
** with symbols a [n, rows], b [n, cols], c [n, cols]; one for each part of the parameter
** vector that the loss depends on, by offset. Parameters that the loss does not depend on
** are not there.
*/
#include "luabind/symbol.h"

#include "base/alloc.h"

/* Push the list of pairs of a gram; 'graph' is where the graph's userdata is. */
static void push_pairs(lua_State *L, int graph, const ms_graph *g, ms_ref gram) {
  uint32_t pairs = ms_graph_node(g, gram)->inputs / 2;
  lua_createtable(L, (int)pairs, 0);
  for (uint32_t i = 0; i < pairs; i++) {
    lua_createtable(L, 2, 0); /* list, pair */
    for (uint32_t side = 0; side < 2; side++) {
      lb_push_symbol(L, graph, ms_graph_inputs(g, gram)[2 * i + side]);
      lua_rawseti(L, -2, (lua_Integer)side + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* Push what is known of one part. */
static void push_part(lua_State *L, int graph, const ms_graph *g,
                      const ms_gradient_block *block) {
  const ms_node *node = ms_graph_node(g, block->ref);
  uint32_t rows = block->rows, cols = block->cols;
  ms_ref ref = block->ref, summed;
  if (node->kind == MS_NODE_TRANSPOSE && cols == 1) { /* a column as a row: the same */
    ref = ms_graph_inputs(g, ref)[0];
    node = ms_graph_node(g, ref);
    cols = rows, rows = 1;
  }
  summed = node->inputs > 0 ? ms_graph_inputs(g, ref)[0] : 0;
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, (lua_Integer)block->offset);
  lua_setfield(L, -2, "offset");
  lua_pushinteger(L, (lua_Integer)rows);
  lua_setfield(L, -2, "rows");
  lua_pushinteger(L, (lua_Integer)cols);
  lua_setfield(L, -2, "cols");
  if (node->rows != rows || node->cols != cols) return;
  if (node->kind == MS_NODE_GRAM) {
    push_pairs(L, graph, g, ref);
    lua_setfield(L, -2, "pairs");
  } else if (node->kind == MS_NODE_SUM_ROWS && ms_graph_node(g, summed)->batched) {
    lb_push_symbol(L, graph, summed);
    lua_setfield(L, -2, "row");
  }
}

int lb_graph_factors(lua_State *L) {
  ms_graph *g = lb_check_graph(L, 1);
  const lb_symbol *loss = lb_test_symbol(L, 2);
  lb_box *box;
  ms_gradient_block *blocks = NULL;
  size_t count = 0;
  ms_status status;
  if (loss == NULL || loss->graph != g)
    return lb_error(L, "factors: expected a symbol of this graph, got %s",
                    lb_describe(L, 2));
  box = lb_new_box(L);
  status = ms_gradient(g, loss->ref, &blocks, &count);
  box->block = blocks;
  if (status != MS_OK) return lb_fail_in(L, "factors", status);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_part(L, 1, g, &blocks[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}
