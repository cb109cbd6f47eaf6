#ifndef MS_APP_REPL_H
#define MS_APP_REPL_H

#include <lua.h>

/* Reads, runs and prints until the end of the input. 'ms' is there as a global. */
void repl_run(lua_State *L);

#endif
