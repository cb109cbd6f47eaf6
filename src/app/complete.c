#define _POSIX_C_SOURCE 200809L

#include "app/complete.h"

#include "app/repl.h"

#if defined(MS_HAVE_LIBEDIT)

#include <editline/readline.h>
#include <lauxlib.h>
#include <string.h>

static lua_State *state;

/* Characters between which a name with its dots and colons stands. */
static char separators[] = " \t\n\"'`@$><=;|&{}()[]+-*/^%#,~!?";

/* Stack: word, number -> the number-th match or nil. */
static int find_match(lua_State *L) {
  repl_function(L, "complete");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1); /* word, number, list */
  lua_geti(L, 3, lua_tointeger(L, 2) + 1);
  return 1;
}

/* Readline's generator: the number-th completion, in memory that the caller frees. */
static char *generate(const char *word, int number) {
  static int next;
  char *match = NULL;
  next = number == 0 ? 0 : next + 1;
  lua_pushcfunction(state, find_match);
  lua_pushstring(state, word);
  lua_pushinteger(state, next);
  if (lua_pcall(state, 2, 1, 0) == LUA_OK && lua_type(state, -1) == LUA_TSTRING)
    match = strdup(lua_tostring(state, -1));
  lua_pop(state, 1);
  return match;
}

void complete_open(lua_State *L) {
  state = L;
  rl_completer_word_break_characters = separators;
  rl_completion_entry_function = (rl_compentry_func_t *)generate;
  rl_completion_append_character = '\0';
}

#else

void complete_open(lua_State *L) {
  (void)L;
}

#endif
