/* Running chunks and scripts of Lua, with a traceback when they fail. */
#ifndef MS_APP_RUN_H
#define MS_APP_RUN_H

#include <lua.h>

/*
** Calls the function below its 'arguments' as lua_pcall does, adding a traceback to
** errors.
*/
int run_call(lua_State *L, int arguments, int results);

/*
** Prints the error on the top of the stack, pops it, and returns the exit status for it;
** status LUA_OK prints nothing and gives EXIT_DONE.
*/
int run_report(lua_State *L, int status);

/*
** Sets the global 'arg': arg[0] is argv[script], what follows counts up, what precedes
** down.
*/
void run_set_arg(lua_State *L, int argc, char **argv, int script);

/*
** Runs a file (NULL: standard input) with the elements of 'arg' from 1 on as its
** arguments.
*/
int run_file(lua_State *L, const char *path);

/* Runs the text of -e. */
int run_text(lua_State *L, const char *text);

#endif
