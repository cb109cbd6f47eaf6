/*
** What the program and the module share with the system: Ctrl-C, the BLAS kernels, the
** folder of data. From Lua: core.info, interrupted, guard, time, isatty, version, home,
** debug.
*/
#ifndef MS_LUABIND_SYSTEM_H
#define MS_LUABIND_SYSTEM_H

#include <lua.h>

/* Environment variables by which a restarted program knows what happened before. */
#define LB_RESTARTED "MODSYNC_BLAS_RESTARTED"

/*
** Ctrl-C. lb_interrupt counts one press and may be called from a signal handler. While
** Lua code holds the guard (core.guard(true)) the first press only shows in
** core.interrupted(); the next one, and without the guard the first, raises the error
** "interrupted" in 'L'. False: nothing was left to try (the press before this one was to
** raise the error, and it did not arrive).
*/
int lb_interrupt(lua_State *L);

/* Forget presses and the guard, before new code starts. */
void lb_interrupt_clear(lua_State *L);

/* How many "interrupted" errors were raised since the last lb_interrupt_clear. */
int lb_interrupt_raised(void);

/*
** The kernels OpenBLAS chose, and the ones it should have chosen (NULL: the choice is
** right).
*/
const char *lb_blas_core(void);
const char *lb_blas_better_core(void);

#endif
