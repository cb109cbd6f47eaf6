/*
** What every binding file shares: failures, handles, scratch memory, the collector's
** debt. Rules of this folder: push a closed handle, then acquire, then open it; scratch
** is a to-be-closed value; before memory is allocated the collector hears of it, with
** every operand on the stack.
*/
#ifndef MS_LUABIND_BINDING_H
#define MS_LUABIND_BINDING_H

#include "base/random.h"
#include "base/status.h"
#include "base/team.h"
#include "luabind/misuse.h"
#include "tensor/tensor.h"

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

/* The parts of the module: each adds to the core table, which it finds on the top. */
void lb_open_team(lua_State *L);
void lb_open_tensor(lua_State *L);
void lb_open_random(lua_State *L);
void lb_open_symbol(lua_State *L);
void lb_open_program(lua_State *L);
void lb_open_points(lua_State *L);
void lb_open_method(lua_State *L);
void lb_open_diagnostics(lua_State *L);
void lb_open_exclusivity(lua_State *L);
void lb_open_surgeon(lua_State *L);
void lb_open_checkpoint(lua_State *L);
void lb_open_tensor_files(lua_State *L);
void lb_open_system(lua_State *L);
void lb_open_folder(lua_State *L);

/*
** Report a failed status. Misuse, lack of memory and bugs (MS_EARG, MS_ENOMEM, MS_EBUG)
** raise the message with the line of the user; any other code is an outcome and
** returns nil, message, code name: "return lb_fail(L, status);". lb_fail_in puts "who: "
** in front.
*/
int lb_fail(lua_State *L, ms_status status);
int lb_fail_in(lua_State *L, const char *who, ms_status status);

/*
** Create (once) the metatable 'name'. Its __index is the table of 'methods', unless
** 'metamethods' brings its own __index, which then gets that table as upvalue 1. Leaves
** nothing on the stack.
*/
void lb_set_methods(lua_State *L, const char *name, const luaL_Reg *methods,
                    const luaL_Reg *metamethods);

/* Push the table of methods of the metatable 'name'. */
void lb_push_methods(lua_State *L, const char *name);

/* Tell the collector of memory that it cannot see, before allocating. May collect. */
void lb_account(lua_State *L, size_t bytes);

/*
** The thread team of the state, made if there is none; with 'threads' threads (0: as many
** as it has, or one a processor). From then on ms_parallel runs on it.
*/
ms_team *lb_team(lua_State *L, int threads);

/* Before work on 'count' elements: see to a team if they are worth one. */
void lb_share(lua_State *L, size_t count);

/*
** Push a to-be-closed handle of 'size' zero bytes, with nothing open. 'close' is its __gc
** and __close, called once or twice; it finds the handle as lb_check_udata(L, 1, name).
*/
void *lb_new_closing(lua_State *L, const char *name, size_t size, lua_CFunction close);

/*
** Scratch memory: push a to-be-closed box whose block is given to ms_free when the C
** function returns or fails; it starts empty. lb_scratch puts 'count' doubles into a new
** box.
*/
typedef struct lb_box {
  void *block;
} lb_box;

lb_box *lb_new_box(lua_State *L);
double *lb_scratch(lua_State *L, size_t count);

/*
** A value of any Lua type in a few words for a message: "nil", "3.5", "'abc'", "a table".
*/
const char *lb_describe(lua_State *L, int arg);

/*
** Whether the table at 'arg' (from the bottom) has no key but 1 ... count; if it has one,
** pushes it.
*/
int lb_is_list(lua_State *L, int arg, lua_Integer count);

/* {=== tensors ("modsync.tensor") === */

/* Push a closed handle. */
ms_tensor *lb_new_tensor(lua_State *L);

/* Push a new tensor, its memory accounted for; raises when there is none. */
ms_tensor *lb_create_tensor(lua_State *L, int dims, const size_t *shape);

/* The open tensor at 'arg'; raises for anything else. */
ms_tensor *lb_check_tensor(lua_State *L, int arg);

/* The open tensor at 'arg', or NULL if it is no tensor; raises if it is closed. */
ms_tensor *lb_test_tensor(lua_State *L, int arg);

/* The elements of a contiguous tensor of any shape; *n = how many. Raises otherwise. */
double *lb_check_vector(lua_State *L, int arg, size_t *n);

/* The elements of a contiguous tensor of two axes. Raises otherwise. */
double *lb_check_matrix(lua_State *L, int arg, size_t *rows, size_t *columns);

/*
** The tensor or number at 'arg' as a tensor: a number is stored in '*number' and seen
** through '*scalar'. NULL if it is neither.
*/
const ms_tensor *lb_to_tensor(lua_State *L, int arg, double *number, ms_tensor *scalar);

/* concat({tensors} [, axis]) */
int lb_tensor_concat(lua_State *L);

/* }=== */

/* The random stream at 'arg' ("modsync.rng"); raises for anything else. */
ms_rng *lb_check_rng(lua_State *L, int arg);

#endif
