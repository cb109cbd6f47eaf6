/* What symbol.c, symbol_ops.c and program.c share. */
#ifndef MS_LUABIND_SYMBOL_H
#define MS_LUABIND_SYMBOL_H

#include "graph/graph.h"
#include "luabind/binding.h"

typedef struct lb_graph {
  ms_graph *graph; /* NULL: closed */
} lb_graph;

typedef struct lb_symbol {
  const lb_graph *owner; /* user value 1, which keeps it alive */
  ms_graph *graph;       /* of the owner, as long as that is open */
  ms_ref ref;
} lb_symbol;

/* The open graph at 'arg'; raises otherwise. */
ms_graph *lb_check_graph(lua_State *L, int arg);

/* The symbol at 'arg', or NULL if it is none; raises if its graph is closed. */
lb_symbol *lb_test_symbol(lua_State *L, int arg);

/*
** Push the symbol of 'ref' in the graph whose userdata is at 'owner'; raises for ref 0.
*/
int lb_push_symbol(lua_State *L, int owner, ms_ref ref);

/* Push the graph that the symbol at 'arg' belongs to; returns its index. */
int lb_push_owner(lua_State *L, int arg);

/*
** The number, tensor or symbol at 'arg' as a node; 'who' is for the message. A tensor of
** several rows is refused: it must be values at points, which a trace does not have.
*/
ms_ref lb_to_ref(lua_State *L, int arg, ms_graph *graph, const char *who);

/* The same beside parameters, where several rows are a matrix of constants. */
ms_ref lb_to_matrix(lua_State *L, int arg, ms_graph *graph, const char *who);

/*
** Simplification may leave a number (x - x, x^0) where a symbol of rows x cols is due.
** What is done next with the symbol may count them, so it gets them back.
*/
ms_ref lb_with_shape(ms_graph *graph, ms_ref ref, size_t rows, size_t cols);

/* symbol_ops.c: the ops, as functions of the table 'core' and metamethods of symbols. */
void lb_symbol_ops(lua_State *L, int core, int metatable);

/* graph:program{...}, see program.c; graph:factors(loss), see factors.c */
int lb_program_new(lua_State *L);
int lb_graph_factors(lua_State *L);

#endif
