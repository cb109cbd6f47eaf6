#define _POSIX_C_SOURCE 200809L

#include "app/complete.h"

#if defined(MS_HAVE_LIBEDIT)

#include <editline/readline.h>
#include <lauxlib.h>
#include <string.h>

static lua_State *state;

/* Characters between which a name with its dots and colons stands. */
static char separators[] = " \t\n\"'`@$><=;|&{}()[]+-*/^%#,~!?";

/*
** Stack: word, number -> the number-th match or nil. Tables are walked with raw access
** and __index tables are followed, so that completion runs no code of the user.
*/
static int find_match(lua_State *L) {
  const char *word = lua_tostring(L, 1), *part = word, *dot;
  lua_Integer wanted = lua_tointeger(L, 2);
  lua_pushglobaltable(L); /* word, number, table */
  while ((dot = strpbrk(part, ".:")) != NULL) {
    lua_pushlstring(L, part, (size_t)(dot - part));
    if (lua_type(L, 3) != LUA_TTABLE) return 0;
    lua_rawget(L, 3);
    lua_replace(L, 3);
    part = dot + 1;
  }
  for (int depth = 0; depth < 8; depth++) {
    if (lua_type(L, 3) == LUA_TTABLE) {
      for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        if (strncmp(lua_tostring(L, -2), part, strlen(part)) != 0) continue;
        if (wanted-- > 0) continue;
        lua_pushlstring(L, word, (size_t)(part - word));
        lua_pushvalue(L, -3);
        lua_concat(L, 2);
        return 1;
      }
    }
    if (luaL_getmetafield(L, 3, "__index") == LUA_TNIL) return 0;
    lua_replace(L, 3);
  }
  return 0;
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
