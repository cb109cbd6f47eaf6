/* Shared by the tensor*.c files: arguments that name axes, positions and shapes. */
#ifndef MS_LUABIND_TENSOR_PARTS_H
#define MS_LUABIND_TENSOR_PARTS_H

#include "luabind/binding.h"

/* Raise "who: ..." with the position of the Lua caller. */
#define lb_raise(L, who, format, ...) luaL_error(L, "%s: " format, who, __VA_ARGS__)

/*
** Lua counts axes and positions from 1, or from the end with negative numbers; C from 0.
** 'text' names the thing in the message.
*/
int lb_axis(lua_State *L, int arg, const ms_tensor *tensor, const char *who);
size_t lb_position(lua_State *L, lua_Integer position, const ms_tensor *tensor, int axis,
                   const char *who);

/*
** A shape given as one table or as integers from 'arg' up to the last argument. Returns
** the dims. With 'count' != NULL one extent may be -1: whatever makes 'count' elements.
*/
int lb_shape(lua_State *L, int arg, size_t shape[MS_MAX_DIMS], const size_t *count,
             const char *who);

/* Replace the tensor on the stack top by its number if it has no axes. Returns 1. */
int lb_number_or_tensor(lua_State *L);

/*
** The parts of the tensor's metatable; each finds metatable and methods at the given
** places.
*/
void lb_tensor_arithmetic(lua_State *L, int metatable, int methods);
void lb_tensor_reductions(lua_State *L, int methods);
extern const luaL_Reg lb_tensor_views[];
extern const luaL_Reg lb_tensor_products[];
int lb_tensor_index(lua_State *L);
int lb_tensor_newindex(lua_State *L);
int lb_tensor_get(lua_State *L);
int lb_tensor_set(lua_State *L);

#endif
