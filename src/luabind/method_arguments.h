/*
** Arguments of the functions of methods. Each raises "family name: call: ..." where an
** argument is none.
*/
#ifndef MS_LUABIND_METHOD_ARGUMENTS_H
#define MS_LUABIND_METHOD_ARGUMENTS_H

#include "luabind/method.h"

/* The gradients at 'arg': a contiguous tensor of two axes, terms x params. */
const double *lb_method_gradients(lua_State *L, const lb_method *object, const char *call,
                                  int arg, size_t *terms, size_t *params);

/* The elements of a contiguous tensor, *n of them; of exactly *n if that is not 0. */
double *lb_method_vector(lua_State *L, const lb_method *object, const char *call, int arg,
                         const char *what, size_t *n);

/* Tells the method its sizes and creates its state where Lua sees it. Optimizers have no
   terms. */
void lb_prepare_method(lua_State *L, lb_method *object, size_t terms, size_t params);

/* The list of blocks at 2: how many, and room for an item of 'size' for each. */
void *lb_block_room(lua_State *L, size_t size, lua_Integer *count);

/* Pushes the table of a block. */
void lb_push_block(lua_State *L, const lb_method *object, const char *call, int b);

/* The field 'name' of the block at -1, or its n-th element; 0 for an optional one. */
size_t lb_block_field(lua_State *L, const lb_method *object, const char *call, int block,
                      const char *name, int n, int optional);

#endif
