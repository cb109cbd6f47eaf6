#define _POSIX_C_SOURCE 200809L

#include "app/line.h"

#include "app/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Waits for input; false when Ctrl-C came first. poll is never restarted after a signal. */
static int wait_for_input(void) {
  struct pollfd watch = {.fd = STDIN_FILENO, .events = POLLIN};
  for (;;) {
    int ready = poll(&watch, 1, -1);
    if (signals_pressed()) return 0;
    if (ready > 0 || (ready < 0 && errno != EINTR)) return 1;
  }
}

#if defined(MS_HAVE_LIBEDIT)

#include "app/complete.h"

#include <editline/readline.h>

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

void line_open(lua_State *L) {
  enum { REMEMBERED = 1000 };
  rl_readline_name = "modsync";
  complete_open(L);
  using_history();
  stifle_history(REMEMBERED);
  find_history();
  if (history_path[0] != '\0') read_history(history_path);
}

line_event line_read(const char *prompt, char **line) {
  finished = 0;
  finished_line = NULL;
  signals_pressed();
  rl_callback_handler_install(prompt, accept_line);
  while (!finished) {
    if (!wait_for_input()) {
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

void line_remember(const char *line) {
  HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
  if (last == NULL || strcmp(last->line, line) != 0) add_history(line);
}

void line_close(void) {
  if (history_path[0] != '\0') write_history(history_path);
}

#else

/* Unbuffered, so that what poll sees is all there is. */
void line_open(lua_State *L) {
  (void)L;
  setvbuf(stdin, NULL, _IONBF, 0);
}

line_event line_read(const char *prompt, char **line) {
  size_t room = 0;
  ssize_t length;
  signals_pressed();
  fputs(prompt, stdout);
  fflush(stdout);
  if (!wait_for_input()) {
    fputs("\n", stdout);
    return LINE_INTERRUPTED;
  }
  *line = NULL;
  length = getline(line, &room, stdin);
  if (length < 0) {
    free(*line);
    *line = NULL;
    return LINE_END;
  }
  if (length > 0 && (*line)[length - 1] == '\n') (*line)[length - 1] = '\0';
  return LINE_READ;
}

void line_remember(const char *line) {
  (void)line;
}

void line_close(void) {
}

#endif
