/*
** The userdata "modsync.method": an optimizer, a conflict method or a pruning policy at
** work. Its state lives in tensors: Lua sees it without a copy, also after the method.
*/
#ifndef MS_LUABIND_METHOD_H
#define MS_LUABIND_METHOD_H

#include "conflict/conflict.h"
#include "luabind/binding.h"
#include "optim/optimizer.h"
#include "prune/prune.h"

typedef enum lb_family { LB_OPTIMIZER, LB_CONFLICT, LB_PRUNE, LB_FAMILIES } lb_family;

typedef struct lb_method {
  ms_method *method; /* the one inside 'run'; NULL: closed */
  lb_family family;
  union {
    ms_method optimizer;
    ms_conflict_run conflict;
    ms_prune_run prune;
  } run;
  ms_tensor state[MS_MAX_SLOTS]; /* the memory that method->state points into */
  ms_tensor direction;           /* what combine returns when it is given no tensor */
} lb_method;

/* The open method at argument 1; raises for anything else. */
lb_method *lb_check_method(lua_State *L);

/* The same, and it must be of the family; 'call' names the function for the message. */
lb_method *lb_check_family(lua_State *L, lb_family family, const char *call);

/* Create the state whose extents are known but that is not there yet; accounted for. */
void lb_open_state(lua_State *L, lb_method *object);

/* Push a view of the state array 'slot', which exists. */
void lb_push_state(lua_State *L, const lb_method *object, size_t slot);

/* Raise "family name: call: ..." */
int lb_method_error(lua_State *L, const lb_method *object, const char *call,
                    const char *format, ...);

/* The functions of optimizers and conflict methods, and those of pruning policies, for
   the metatable; they end with {NULL, NULL}. */
extern const luaL_Reg lb_method_calls[], lb_prune_calls[];

/* Lua: conflict(G [, d [, values]]), the same as conflict:combine. */
int lb_conflict_combine(lua_State *L);

/* Lua: core.records() -> what every method says about itself. */
int lb_core_records(lua_State *L);

/* Lua: core.promises() -> table name -> statement: what conflict methods may promise. */
int lb_core_promises(lua_State *L);

#endif
