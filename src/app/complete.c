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

/* The list of matches in the registry, for the calls that ask for one after the other. */
#define MATCHES_KEY "modsync.matches"

/* Stack: word -> (nothing). */
static int list_matches(lua_State *L) {
  repl_function(L, "complete");
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, MATCHES_KEY);
  return 0;
}

/* Copies the number-th match, from 1; NULL after the last. */
static char *copy_match(int number) {
  char *match = NULL;
  if (lua_getfield(state, LUA_REGISTRYINDEX, MATCHES_KEY) == LUA_TTABLE) {
    if (lua_rawgeti(state, -1, number) == LUA_TSTRING)
      match = strdup(lua_tostring(state, -1));
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  return match;
}

/* Readline's generator: the number-th completion, in memory that the caller frees. */
static char *generate(const char *word, int number) {
  static int next;
  if (number == 0) {
    next = 0;
    lua_pushcfunction(state, list_matches);
    lua_pushstring(state, word);
    if (lua_pcall(state, 1, 0, 0) != LUA_OK) {
      lua_pop(state, 1);
      return NULL;
    }
  }
  next++;
  return copy_match(next);
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
