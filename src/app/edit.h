/* Line editing, history and completion by libedit; the same calls as in app/line.h. */
#ifndef MS_APP_EDIT_H
#define MS_APP_EDIT_H

#include "app/line.h"

/* False: this build has no libedit, and none of the others may be called. */
int edit_open(lua_State *L);
line_event edit_read(const char *prompt, char **line);
void edit_remember(const char *line);
void edit_close(void);

#endif
