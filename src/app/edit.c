#define _POSIX_C_SOURCE 200809L

#include "app/edit.h"

#if defined(MS_HAVE_LIBEDIT)

#include "app/complete.h"

#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *finished_line, history_path[4096];
static int finished;

/* Called by libedit with a whole line (NULL: Ctrl-D). */
static void accept_line(char *line) {
  finished = 1;
  finished_line = line;
  rl_callback_handler_remove();
}

/* $MODSYNC_HISTORY, or ~/.modsync_history; an empty one keeps nothing. */
static void find_history(void) {
  const char *wish = getenv("MODSYNC_HISTORY"), *home = getenv("HOME");
  int length = 0;
  if (wish != NULL)
    length = snprintf(history_path, sizeof history_path, "%s", wish);
  else if (home != NULL)
    length = snprintf(history_path, sizeof history_path, "%s/.modsync_history", home);
  if (length < 0 || (size_t)length >= sizeof history_path) history_path[0] = '\0';
}

int edit_open(lua_State *L) {
  enum { REMEMBERED = 1000 };
  rl_readline_name = "modsync";
  complete_open(L);
  using_history();
  stifle_history(REMEMBERED);
  find_history();
  if (history_path[0] != '\0') read_history(history_path);
  return 1;
}

/*
** Through the callbacks rather than readline(): libedit swallows the first signal that
** interrupts its own wait.
*/
line_event edit_read(const char *prompt, char **line) {
  finished = 0;
  finished_line = NULL;
  rl_callback_handler_install(prompt, accept_line);
  while (!finished) {
    if (!line_wait()) {
      rl_callback_handler_remove();
      fputs("^C\n", stdout);
      fflush(stdout);
      return LINE_INTERRUPTED;
    }
    rl_callback_read_char();
  }
  *line = finished_line;
  return finished_line != NULL ? LINE_READ : LINE_END;
}

void edit_remember(const char *line) {
  HIST_ENTRY *last = NULL;
  if (history_length > 0) last = history_get(history_base + history_length - 1);
  if (last == NULL || strcmp(last->line, line) != 0) add_history(line);
}

void edit_close(void) {
  if (history_path[0] != '\0') write_history(history_path);
}

#else

int edit_open(lua_State *L) {
  (void)L;
  return 0;
}

line_event edit_read(const char *prompt, char **line) {
  (void)prompt;
  *line = NULL;
  return LINE_END;
}

void edit_remember(const char *line) {
  (void)line;
}

void edit_close(void) {
}

#endif
