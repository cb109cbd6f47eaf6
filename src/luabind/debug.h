/*
** core.debug, for the tests: what is alive, and memory that fails on request.
**   live_blocks(), live_bytes()  memory of the engine that is not released yet
**   fail_after(n)                the n-th allocation of the engine from now on fails, and
**                                all after it; 0: none
**   lua_fail_after(n)            the same for the interpreter
**   collect_always(on)           a full collection at every allocation of the interpreter
**   interrupt()                  what the signal handler does at Ctrl-C
*/
#ifndef MS_LUABIND_DEBUG_H
#define MS_LUABIND_DEBUG_H

#include <lua.h>
#include <stddef.h>

/* Adds the table 'debug' to the table on the top of the stack. */
void lb_open_debug(lua_State *L);

/* Memory blocks of the engine that are not released yet; 0 after the last lua_close. */
size_t lb_live_blocks(void);

/* yardstick.c: adds the loops that tensor operations are measured against. */
void lb_add_yardsticks(lua_State *L);

#endif
