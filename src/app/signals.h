/* Ctrl-C as a Lua error instead of the end of the program. */
#ifndef MS_APP_SIGNALS_H
#define MS_APP_SIGNALS_H

#include <lua.h>

/* From now on Ctrl-C interrupts the code that runs in 'L'. */
void signals_watch(lua_State *L);

/* From now on Ctrl-C only makes signals_pressed() true: the prompt waits for a line. */
void signals_ignore(void);

/* Whether Ctrl-C was pressed since the last call. */
int signals_pressed(void);

#endif
