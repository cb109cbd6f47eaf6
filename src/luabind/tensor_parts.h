/* Shared by the tensor*.c files: arguments that name axes, positions and shapes. */
#ifndef MS_LUABIND_TENSOR_PARTS_H
#define MS_LUABIND_TENSOR_PARTS_H

#include "luabind/binding.h"
#include "tensor/lanes.h"

/* Raise "who: ..." with the position of the Lua caller. */
#define lb_raise(L, who, format, ...) lb_error(L, "%s: " format, who, __VA_ARGS__)

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

/*
** A set of axes: nil is all of them, a number one, a table those that it lists. Where
** there is work along one axis, nil is the only axis there is.
*/
ms_axes lb_axes(lua_State *L, int arg, const ms_tensor *tensor, const char *who);
int lb_only_axis(lua_State *L, int arg, const ms_tensor *tensor, const char *who);

/* Push "tensor 'name'". */
const char *lb_method_name(lua_State *L, const char *name);

/* The operand at 'arg', a tensor or a number (see lb_to_tensor); raises otherwise. */
const ms_tensor *lb_operand(lua_State *L, int arg, const char *who, double *number,
                            ms_tensor *scalar);

/*
** Before 'count' doubles are allocated and computed: tell the collector, see to a team.
*/
void lb_prepare(lua_State *L, size_t count);

/* 1 (what is on the stack top) or the failure. */
int lb_done(lua_State *L, const char *who, ms_status status);

/* Replace the tensor on the stack top by its number if it has no axes. Returns 1. */
int lb_number_or_tensor(lua_State *L);

/*
** The parts of the tensor's metatable; each finds metatable and methods at the given
** places.
*/
void lb_tensor_arithmetic(lua_State *L, int metatable, int methods);
void lb_tensor_functions(lua_State *L, int metatable, int methods);
void lb_tensor_reductions(lua_State *L, int methods);
void lb_tensor_orders(lua_State *L, int methods);
void lb_tensor_matrices(lua_State *L, int methods);
extern const luaL_Reg lb_tensor_views[];
extern const luaL_Reg lb_tensor_picks[];
extern const luaL_Reg lb_tensor_joins[];
extern const luaL_Reg lb_tensor_samples[];

/* Functions of the core table. */
extern const luaL_Reg lb_tensor_join_functions[];
int lb_tensor_where(lua_State *L);
int lb_tensor_index(lua_State *L);
int lb_tensor_newindex(lua_State *L);
int lb_tensor_get(lua_State *L);
int lb_tensor_set(lua_State *L);

#endif
