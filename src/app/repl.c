#include "app/repl.h"

#include "app/line.h"
#include "app/run.h"
#include "app/signals.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const FIRST_PROMPT = "> ", *const NEXT_PROMPT = ">> ";

/* modsync.prompt in the registry. */
static const char *const PROMPT_KEY = "modsync.prompt";

/* Reads a line and pushes it. */
static line_event push_line(lua_State *L, const char *prompt) {
  char *line = NULL;
  line_event event;
  signals_ignore();
  event = line_read(prompt, &line);
  if (event != LINE_READ) return event;
  if (*line != '\0') line_remember(line);
  lua_pushstring(L, line);
  free(line);
  return LINE_READ;
}

/* The statement on the top of the stack ends too early: more lines may complete it. */
static int is_incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  size_t length;
  const char *message;
  if (status != LUA_ERRSYNTAX) return 0;
  message = lua_tolstring(L, -1, &length);
  return length >= sizeof mark - 1
         && strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

/*
** Tries the text at index 1 as an expression. On success the function replaces the text.
*/
static int load_expression(lua_State *L) {
  const char *text = lua_pushfstring(L, "return %s", lua_tostring(L, 1));
  int status = luaL_loadbufferx(L, text, strlen(text), "=stdin", "t");
  lua_remove(L, 2);
  if (status == LUA_OK)
    lua_replace(L, 1);
  else
    lua_pop(L, 1);
  return status;
}

/* As a statement, with as many further lines as it takes. */
static line_event load_statement(lua_State *L, int *status) {
  for (;;) {
    size_t length;
    const char *text = lua_tolstring(L, 1, &length);
    line_event event;
    *status = luaL_loadbufferx(L, text, length, "=stdin", "t");
    if (!is_incomplete(L, *status)) {
      lua_remove(L, 1);
      return LINE_READ;
    }
    lua_pop(L, 1);
    event = push_line(L, NEXT_PROMPT);
    if (event != LINE_READ) return event;
    lua_pushliteral(L, "\n");
    lua_insert(L, -2); /* text, newline, line */
    lua_concat(L, 3);
  }
}

/* Leaves a function or an error message, alone on the stack. */
static line_event load_input(lua_State *L, int *status) {
  line_event event;
  lua_settop(L, 0);
  event = push_line(L, FIRST_PROMPT);
  if (event != LINE_READ) return event;
  *status = load_expression(L);
  if (*status == LUA_OK) return LINE_READ;
  return load_statement(L, status);
}

void repl_function(lua_State *L, const char *name) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, PROMPT_KEY) == LUA_TTABLE)
    lua_getfield(L, -1, name);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

/* Prints all that is on the stack, tables in a readable way. */
static void print_results(lua_State *L) {
  int count = lua_gettop(L);
  if (count == 0) return;
  luaL_checkstack(L, 3, "too many results to print");
  repl_function(L, "answer");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_getglobal(L, "print");
  }
  lua_insert(L, 1);
  run_report(L, run_call(L, count, 0));
}

/* exit or quit was typed, or called. */
static int is_leaving(lua_State *L) {
  int leaving;
  repl_function(L, "leaving");
  leaving = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return leaving;
}

/*
** ms = require "modsync", and what the prompt has beside it; a broken installation
** leaves a usable prompt and says why.
*/
static void load_modsync(lua_State *L) {
  static const char text[] =
    "ms = require 'modsync' local prompt = require 'modsync.prompt' prompt.open() "
    "return prompt";
  int status = luaL_loadstring(L, text);
  if (status == LUA_OK) status = run_call(L, 0, 1);
  if (status == LUA_OK)
    lua_setfield(L, LUA_REGISTRYINDEX, PROMPT_KEY);
  else
    run_report(L, status);
}

/*
** Reports an error. Of misuse, and where the message points at what was typed, the stack
** would only show how the library found the mistake.
*/
static void report_error(lua_State *L, int status) {
  static const char typed[] = "stdin:";
  const char *message = lua_tostring(L, -1);
  const char *stack = message != NULL ? strstr(message, "\nstack traceback:") : NULL;
  if (stack != NULL
      && (strncmp(message, typed, sizeof typed - 1) == 0
          || strstr(stack, "in function 'modsync.misuse'") != NULL)) {
    lua_pushlstring(L, message, (size_t)(stack - message));
    lua_replace(L, -2);
  }
  run_report(L, status);
}

void repl_run(lua_State *L) {
  line_event event;
  int status = LUA_OK;
  signals_watch(L);
  load_modsync(L);
  line_open(L);
  while (!is_leaving(L) && (event = load_input(L, &status)) != LINE_END) {
    if (event == LINE_INTERRUPTED) continue;
    signals_watch(L);
    if (status == LUA_OK) status = run_call(L, 0, LUA_MULTRET);
    if (is_leaving(L)) break;
    if (status == LUA_OK)
      print_results(L);
    else
      report_error(L, status);
  }
  if (!is_leaving(L)) puts("");
  lua_settop(L, 0);
  line_close();
}
