/*
** core.records(): an array of tables, one a method, from which help, reference pages and
** conformance tests follow.
**
**   family, name, summary, paper     texts
**   options   {name, type, default, min, max, below, choices = {...}, text} in order; min
**             and max only where they bound
**   max_tasks the most tasks that the method can do, where there is a limit
**   slots     {name, shape = {"K", "P"}, text} in order; K terms, T tasks, P parameters,
**             S parameters and B blocks in scope, 1 and 4 are numbers
**   observes  pruning methods: whether they look at gradients
**   events    pruning methods: whether they hold parameters at 0 (prune:event)
**   whole_step  conflict methods: true where d is a step for plain gradient descent
**   promises  conflict methods with default options: {always = {...}, independent =
**             {...}, two = {...}}: names of what holds for any gradients, for independent
**             ones, and for two tasks. core.promises() says what the names mean.
*/
#include "luabind/method.h"

#include <math.h>

static void set_string(lua_State *L, const char *key, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

static void push_default(lua_State *L, const ms_option *option) {
  if (option->type == MS_BOOLEAN)
    lua_pushboolean(L, option->initial != 0);
  else if (option->type == MS_INTEGER)
    lua_pushinteger(L, (lua_Integer)option->initial);
  else
    lua_pushnumber(L, option->initial);
}

/* Fills "default" and "choices" of the table on top. */
static void set_choices(lua_State *L, const ms_option *option) {
  size_t length;
  const char *choice;
  lua_newtable(L);
  for (size_t i = 0; (choice = ms_choice(option, i, &length)) != NULL; i++) {
    lua_pushlstring(L, choice, length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_rawgeti(L, -1, 1);
  lua_setfield(L, -3, "default");
  lua_setfield(L, -2, "choices");
}

static void push_option(lua_State *L, const ms_option *option) {
  lua_newtable(L);
  set_string(L, "name", option->name);
  set_string(L, "type", ms_option_type_name(option->type));
  set_string(L, "text", option->text);
  if (option->type == MS_CHOICE) {
    set_choices(L, option);
    return;
  }
  push_default(L, option);
  lua_setfield(L, -2, "default");
  if (option->type == MS_BOOLEAN) return;
  if (isfinite(option->min)) {
    lua_pushnumber(L, option->min);
    lua_setfield(L, -2, "min");
  }
  if (isfinite(option->max)) {
    lua_pushnumber(L, option->max);
    lua_setfield(L, -2, "max");
  }
  lua_pushboolean(L, option->below);
  lua_setfield(L, -2, "below");
}

static void push_slot(lua_State *L, const ms_slot *slot) {
  lua_newtable(L);
  set_string(L, "name", slot->name);
  set_string(L, "text", slot->text);
  lua_newtable(L);
  for (int i = 0; i < MS_MAX_AXES && slot->axis[i] != MS_NO_AXIS; i++) {
    lua_pushstring(L, ms_axis_letter(slot->axis[i]));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shape");
}

static void set_promises(lua_State *L, const char *key, int promises) {
  lua_Integer n = 0;
  lua_newtable(L);
  for (int i = 0; i < MS_PROMISES; i++) {
    if (!(promises >> i & 1)) continue;
    lua_pushstring(L, ms_promise_name(i));
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, key);
}

static void push_record(lua_State *L, const ms_record *record) {
  lua_newtable(L);
  set_string(L, "family", record->family);
  set_string(L, "name", record->name);
  set_string(L, "summary", record->summary);
  set_string(L, "paper", record->paper);
  lua_newtable(L);
  for (size_t i = 0; i < ms_record_options(record); i++) {
    push_option(L, &record->options[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "options");
  lua_newtable(L);
  for (size_t i = 0; i < ms_record_slots(record); i++) {
    push_slot(L, &record->slots[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "slots");
  if (record->max_tasks > 0) {
    lua_pushinteger(L, (lua_Integer)record->max_tasks);
    lua_setfield(L, -2, "max_tasks");
  }
}

/* Adds "promises" to the table of a conflict method, on top. */
static void add_promises(lua_State *L, const ms_record *record) {
  const ms_conflict *conflict = (const ms_conflict *)record; /* its first member */
  double option[MS_MAX_OPTIONS] = {0};
  for (size_t i = 0; i < ms_record_options(record); i++)
    option[i] = record->options[i].initial;
  lua_newtable(L);
  set_promises(L, "always", conflict->promises(option, 3, 0));
  set_promises(L, "independent", conflict->promises(option, 3, 1));
  set_promises(L, "two", conflict->promises(option, 2, 0));
  lua_setfield(L, -2, "promises");
}

int lb_core_records(lua_State *L) {
  static const ms_record *const *(*const families[])(size_t *) = {
    ms_optimizer_records, ms_conflict_records, ms_prune_records};
  lua_Integer n = 0;
  lua_newtable(L);
  for (int family = 0; family < LB_FAMILIES; family++) {
    size_t count;
    const ms_record *const *records = families[family](&count);
    for (size_t i = 0; i < count; i++) {
      push_record(L, records[i]);
      if (family == LB_CONFLICT) {
        add_promises(L, records[i]);
        lua_pushboolean(L, ((const ms_conflict *)records[i])->whole_step);
        lua_setfield(L, -2, "whole_step");
      }
      if (family == LB_PRUNE) {
        lua_pushboolean(L, ms_prune_observes((const ms_prune *)records[i]));
        lua_setfield(L, -2, "observes");
        lua_pushboolean(L, ((const ms_prune *)records[i])->event != NULL);
        lua_setfield(L, -2, "events");
      }
      lua_rawseti(L, -2, ++n);
    }
  }
  return 1;
}

int lb_core_promises(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < MS_PROMISES; i++)
    set_string(L, ms_promise_name(i), ms_promise_statement(i));
  return 1;
}
