/* What symbol.c and program.c share. */
#ifndef MS_LUABIND_SYMBOL_H
#define MS_LUABIND_SYMBOL_H

#include "graph/graph.h"
#include "luabind/binding.h"

/* The open graph at 'arg'; raises otherwise. */
ms_graph *lb_check_graph(lua_State *L, int arg);

/* The node of the symbol at 'arg', which must belong to 'graph'; raises otherwise. */
ms_ref lb_check_symbol(lua_State *L, int arg, const ms_graph *graph);

/* graph:program{...}, see program.c */
int lb_program_new(lua_State *L);

#endif
