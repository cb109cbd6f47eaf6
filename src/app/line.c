#define _POSIX_C_SOURCE 200809L

#include "app/line.h"

#include "app/edit.h"
#include "app/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int editing;

int line_wait(void) {
  struct pollfd watch = {.fd = STDIN_FILENO, .events = POLLIN};
  for (;;) {
    int ready = poll(&watch, 1, -1);
    if (signals_pressed()) return 0;
    if (ready > 0 || (ready < 0 && errno != EINTR)) return 1;
  }
}

/* Unbuffered, so that what poll sees is all there is. */
void line_open(lua_State *L) {
  editing = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && edit_open(L);
  if (!editing) setvbuf(stdin, NULL, _IONBF, 0);
}

static line_event read_plain(const char *prompt, char **line) {
  size_t room = 0;
  ssize_t length;
  fputs(prompt, stdout);
  fflush(stdout);
  if (!line_wait()) {
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

line_event line_read(const char *prompt, char **line) {
  signals_pressed();
  return editing ? edit_read(prompt, line) : read_plain(prompt, line);
}

void line_remember(const char *line) {
  if (editing) edit_remember(line);
}

void line_close(void) {
  if (editing) edit_close();
}
