/* One line from the person at the prompt, edited where libedit was found. */
#ifndef MS_APP_LINE_H
#define MS_APP_LINE_H

#include <lua.h>

typedef enum line_event {
  LINE_READ,        /* *line is the text without its newline, to be freed by the caller */
  LINE_INTERRUPTED, /* Ctrl-C */
  LINE_END,         /* Ctrl-D, or the end of the input */
} line_event;

/* 'L' serves the completion of names. */
void line_open(lua_State *L);
line_event line_read(const char *prompt, char **line);
void line_remember(const char *line);
void line_close(void);

/*
** Waits for input; false when Ctrl-C came first. poll is never restarted after a signal.
*/
int line_wait(void);

#endif
