#ifndef MS_APP_REPL_H
#define MS_APP_REPL_H

#include <lua.h>

/* Reads, runs and prints until the end of the input. 'ms' is there as a global. */
void repl_run(lua_State *L);

/* Pushes a function of modsync.prompt; nil where that could not be loaded. */
void repl_function(lua_State *L, const char *name);

#endif
