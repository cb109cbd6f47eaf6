#define _POSIX_C_SOURCE 200809L

#include "app/signals.h"

#include "luabind/system.h"

#include <signal.h>
#include <stddef.h>

static lua_State *watched;
static volatile sig_atomic_t pressed;

/* The press after the one that should have stopped the code ends the process at once. */
static void on_interrupt(int number) {
  pressed = 1;
  if (watched != NULL && !lb_interrupt(watched)) {
    signal(number, SIG_DFL);
    raise(number);
  }
}

static void install(void) {
  struct sigaction action = {0};
  action.sa_handler = on_interrupt;
  /* A half-written line of progress is worse than a late stop. */
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

void signals_watch(lua_State *L) {
  watched = NULL;
  lb_interrupt_clear(L);
  watched = L;
  install();
}

void signals_ignore(void) {
  watched = NULL;
  install();
}

int signals_pressed(void) {
  int was = pressed;
  pressed = 0;
  return was;
}
