/*
** Methods in Lua: core.method(family, name, options) makes one. What all families share
** is here, what each can do in method_calls.c and prune_calls.c, their records in
** method_records.c.
*/
#include "luabind/method.h"

#include <stdarg.h>
#include <string.h>

#define METHOD "modsync.method"

static const char *const family_names[] = {"optimizer", "conflict", "prune", NULL};

/* {=== the object === */

lb_method *lb_check_method(lua_State *L) {
  lb_method *object = lb_check_udata(L, 1, METHOD);
  if (object->method == NULL) lb_arg_error(L, 1, "the method is closed");
  return object;
}

int lb_method_error(lua_State *L, const lb_method *object, const char *call,
                    const char *format, ...) {
  const ms_record *record = object->method->record;
  va_list args;
  lb_where(L);
  lua_pushfstring(L, "%s %s: %s: ", record->family, record->name, call);
  va_start(args, format);
  lua_pushvfstring(L, format, args);
  va_end(args);
  lua_concat(L, 3);
  return lua_error(L);
}

lb_method *lb_check_family(lua_State *L, lb_family family, const char *call) {
  lb_method *object = lb_check_method(L);
  if (object->family != family)
    lb_method_error(L, object, call, "only methods of the family '%s' have it",
                    family_names[family]);
  return object;
}

void lb_open_state(lua_State *L, lb_method *object) {
  ms_method *method = object->method;
  for (size_t i = 0; i < ms_record_slots(method->record); i++) {
    size_t shape[MS_MAX_AXES], count = 0;
    int dims;
    ms_status status;
    if (method->state[i] != NULL || !ms_method_shape(method, i, &dims, shape)) continue;
    status = ms_shape_count(dims, shape, &count);
    if (status == MS_OK) lb_account(L, count * sizeof(double));
    if (status == MS_OK) status = ms_tensor_create(dims, shape, &object->state[i]);
    if (status != MS_OK) lb_fail(L, status);
    method->state[i] = object->state[i].data;
  }
}

void lb_push_state(lua_State *L, const lb_method *object, size_t slot) {
  ms_tensor *view = lb_new_tensor(L);
  ms_tensor_share(&object->state[slot], view);
}

static int method_close(lua_State *L) {
  lb_method *object = lb_check_udata(L, 1, METHOD);
  if (object->method == NULL) return 0;
  memset(object->method->state, 0, sizeof object->method->state);
  switch (object->family) {
    case LB_CONFLICT: ms_conflict_free(&object->run.conflict); break;
    case LB_PRUNE: ms_prune_free(&object->run.prune); break;
    default: ms_method_free(&object->run.optimizer);
  }
  for (size_t i = 0; i < MS_MAX_SLOTS; i++) ms_tensor_release(&object->state[i]);
  ms_tensor_release(&object->direction);
  object->method = NULL;
  return 0;
}

/* }=== */

/* {=== options === */

static void push_option(lua_State *L, const ms_option *option, double value) {
  size_t length = 0;
  const char *choice;
  switch (option->type) {
    case MS_NUMBER: lua_pushnumber(L, value); break;
    case MS_INTEGER: lua_pushinteger(L, (lua_Integer)value); break;
    case MS_BOOLEAN: lua_pushboolean(L, value != 0); break;
    case MS_CHOICE:
      choice = ms_choice(option, (size_t)value, &length);
      lua_pushlstring(L, choice, length);
      break;
  }
}

/* Set the option called 'name' to the Lua value on the stack top, which stays. */
static void set_option(lua_State *L, ms_method *method, const char *name) {
  ms_value value = {MS_VALUE_OTHER, 0, ""};
  int top = lua_gettop(L);
  ms_status status;
  switch (lua_type(L, top)) {
    case LUA_TNUMBER:
      value.kind = MS_VALUE_NUMBER;
      value.number = lua_tonumber(L, top);
      break;
    case LUA_TBOOLEAN:
      value.kind = MS_VALUE_BOOLEAN;
      value.number = lua_toboolean(L, top);
      break;
    case LUA_TSTRING:
      value.kind = MS_VALUE_TEXT;
      value.text = lua_tostring(L, top);
      break;
    default:
      value.text = lb_describe(L, top);
  }
  status = ms_method_set(method, name, &value);
  if (status != MS_OK) lb_fail(L, status);
  lua_settop(L, top);
}

/* Lua: method:options() -> table name -> value. */
static int method_options(lua_State *L) {
  const ms_method *method = lb_check_method(L)->method;
  lua_newtable(L);
  for (size_t i = 0; i < ms_record_options(method->record); i++) {
    push_option(L, &method->record->options[i], method->option[i]);
    lua_setfield(L, -2, method->record->options[i].name);
  }
  return 1;
}

/* Lua: method:lr() -> number; method:lr(number). */
static int method_lr(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_OPTIMIZER, "lr");
  int option = ms_record_option(object->method->record, "lr");
  if (option < 0) return lb_method_error(L, object, "lr", "it has no learning rate");
  if (!lua_isnone(L, 2)) {
    lua_settop(L, 2);
    set_option(L, object->method, "lr");
  }
  lua_pushnumber(L, object->method->option[option]);
  return 1;
}

/* }=== */

/* {=== state === */

/* Lua: method:state() -> table name -> tensor, live; empty before the first call. */
static int method_state(lua_State *L) {
  lb_method *object = lb_check_method(L);
  const ms_record *record = object->method->record;
  lua_newtable(L);
  for (size_t i = 0; object->method->open && i < ms_record_slots(record); i++) {
    lb_push_state(L, object, i);
    lua_setfield(L, -2, record->slots[i].name);
  }
  return 1;
}

/* Lua: method:reset(). Back to the state of the start. */
static int method_reset(lua_State *L) {
  ms_method_reset(lb_check_method(L)->method);
  return 0;
}

/* Is the slot one that the table at 2, saved by an older version, need not have? */
static int is_missing(lua_State *L, const ms_record *record, size_t slot) {
  int missing =
    record->slots[slot].later && lua_getfield(L, 2, record->slots[slot].name) == LUA_TNIL;
  lua_settop(L, 2);
  return missing;
}

/* The saved array of a slot, in the table at 2; NULL with a message if there is none. */
static const ms_tensor *saved_array(lua_State *L, const ms_record *record, size_t slot) {
  const char *name = record->slots[slot].name;
  const ms_tensor *saved;
  lua_getfield(L, 2, name);
  saved = luaL_testudata(L, -1, "modsync.tensor");
  if (saved != NULL && (saved->storage == NULL || !ms_tensor_is_contiguous(saved)))
    saved = NULL;
  if (saved == NULL)
    ms_fail(MS_EARG, "%s %s: restore: state '%s' is %s, expected a contiguous tensor",
            record->family, record->name, name, lb_describe(L, -1));
  lua_settop(L, 2); /* the table keeps it alive */
  return saved;
}

/* Take extents from the arrays of the table at 2; on failure they are as before. */
static ms_status fit_saved(lua_State *L, ms_method *method) {
  size_t extent[MS_AXES];
  ms_status status = MS_OK;
  memcpy(extent, method->extent, sizeof extent);
  for (size_t i = 0; status == MS_OK && i < ms_record_slots(method->record); i++) {
    const ms_tensor *saved;
    if (is_missing(L, method->record, i)) continue;
    saved = saved_array(L, method->record, i);
    status =
      saved == NULL ? MS_EARG : ms_method_fit(method, i, saved->dims, saved->shape);
  }
  if (status != MS_OK) memcpy(method->extent, extent, sizeof extent);
  return status;
}

/* Lua: method:restore(table name -> tensor), what method:state() returned, copied. */
static int method_restore(lua_State *L) {
  lb_method *object = lb_check_method(L);
  ms_method *method = object->method;
  ms_status status;
  lb_check_type(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushnil(L);
  if (!lua_next(L, 2)) return method_reset(L);
  lua_settop(L, 2);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    if (name == NULL || ms_record_slot(method->record, name) < 0)
      return lb_method_error(L, object, "restore", "it has no state %s",
                             lb_describe(L, -2));
  }
  status = fit_saved(L, method);
  if (status != MS_OK) return lb_fail(L, status);
  lb_open_state(L, object);
  status = ms_method_open(method);
  if (status != MS_OK) return lb_fail(L, status);
  for (size_t i = 0; i < ms_record_slots(method->record); i++) {
    const ms_tensor *saved;
    if (is_missing(L, method->record, i)) {
      memset(method->state[i], 0, ms_tensor_count(&object->state[i]) * sizeof(double));
      continue;
    }
    saved = saved_array(L, method->record, i);
    memmove(method->state[i], saved->data, ms_tensor_count(saved) * sizeof(double));
  }
  return 0;
}

/* }=== */

/* {=== groups === */

static int push_groups(lua_State *L, const ms_method *method) {
  if (method->task == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_newtable(L);
  for (size_t k = 0; k < method->extent[MS_TERMS]; k++) {
    lua_pushinteger(L, (lua_Integer)method->task[k]);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  return 1;
}

/*
** Lua: method:groups{0, 1, 1}: the task that each term belongs to, counted from 0.
** method:groups() -> that table, or nil before the number of terms is known.
*/
static int method_groups(lua_State *L) {
  lb_method *object = lb_check_method(L);
  lua_Integer terms;
  size_t *group;
  ms_status status;
  if (lua_isnone(L, 2)) return push_groups(L, object->method);
  lb_check_type(L, 2, LUA_TTABLE);
  terms = luaL_len(L, 2);
  group = lua_newuserdatauv(L, (size_t)(terms > 0 ? terms : 1) * sizeof *group, 0);
  for (lua_Integer k = 1; k <= terms; k++) {
    int whole = lua_rawgeti(L, 2, k) == LUA_TNUMBER;
    lua_Integer task = lua_tointegerx(L, -1, whole ? &whole : NULL);
    if (!whole || task < 0)
      return lb_method_error(L, object, "groups",
                             "term %d is in group %s, expected a whole number from 0 on",
                             (int)k, lb_describe(L, -1));
    group[k - 1] = (size_t)task;
    lua_pop(L, 1);
  }
  status = ms_method_groups(object->method, (size_t)terms, group);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/* }=== */

/* Lua: tostring(method) -> "conflict dcgd { variant = center }". */
static int method_tostring(lua_State *L) {
  lb_method *object = lb_check_udata(L, 1, METHOD);
  const ms_record *record;
  luaL_Buffer text;
  if (object->method == NULL) {
    lua_pushliteral(L, "closed method");
    return 1;
  }
  record = object->method->record;
  luaL_buffinit(L, &text);
  lua_pushfstring(L, "%s %s", record->family, record->name);
  luaL_addvalue(&text);
  for (size_t i = 0; i < ms_record_options(record); i++) {
    const ms_option *option = &record->options[i];
    lua_pushfstring(L, "%s%s = ", i == 0 ? " { " : ", ", option->name);
    luaL_addvalue(&text);
    push_option(L, option, object->method->option[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  if (ms_record_options(record) > 0) luaL_addstring(&text, " }");
  luaL_pushresult(&text);
  return 1;
}

/* Lua: method(G [, d [, values [, factors]]]) for conflict methods. */
static int method_call(lua_State *L) {
  lb_check_family(L, LB_CONFLICT, "call");
  return lb_conflict_combine(L);
}

static ms_status init_method(lb_method *object, const char *name) {
  ms_status status;
  switch (object->family) {
    case LB_CONFLICT:
      status = ms_conflict_init(&object->run.conflict, name);
      if (status == MS_OK) object->method = &object->run.conflict.method;
      return status;
    case LB_PRUNE:
      status = ms_prune_init(&object->run.prune, name);
      if (status == MS_OK) object->method = &object->run.prune.method;
      return status;
    default:
      status = ms_optimizer_init(&object->run.optimizer, name);
      if (status == MS_OK) object->method = &object->run.optimizer;
      return status;
  }
}

/* Lua: core.method(family, name [, options]) -> method. */
static int core_method(lua_State *L) {
  int family = lb_check_option(L, 1, NULL, family_names);
  const char *name = lb_check_string(L, 2);
  lb_method *object;
  ms_status status;
  if (!lua_isnoneornil(L, 3)) lb_check_type(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  object = lua_newuserdatauv(L, sizeof *object, 0); /* family, name, options, object */
  memset(object, 0, sizeof *object);
  luaL_setmetatable(L, METHOD);
  object->family = (lb_family)family;
  status = init_method(object, name);
  if (status != MS_OK) return lb_fail(L, status);
  if (lua_isnil(L, 3)) return 1;
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      return lb_method_error(L, object, "options", "%s is no name of an option",
                             lb_describe(L, -2));
    set_option(L, object->method, lua_tostring(L, -2));
  }
  lua_settop(L, 4);
  return 1;
}

void lb_open_method(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"close", method_close},
    {"groups", method_groups},
    {"lr", method_lr},
    {"options", method_options},
    {"reset", method_reset},
    {"restore", method_restore},
    {"state", method_state},
    {NULL, NULL},
  };
  static const luaL_Reg metamethods[] = {
    {"__call", method_call},
    {"__close", method_close},
    {"__gc", method_close},
    {"__tostring", method_tostring},
    {NULL, NULL},
  };
  lb_set_methods(L, METHOD, methods, metamethods);
  lb_push_methods(L, METHOD);
  luaL_setfuncs(L, lb_method_calls, 0);
  luaL_setfuncs(L, lb_prune_calls, 0);
  lua_pop(L, 1);
  lua_pushcfunction(L, core_method);
  lua_setfield(L, -2, "method");
  lua_pushcfunction(L, lb_core_records);
  lua_setfield(L, -2, "records");
  lua_pushcfunction(L, lb_core_promises);
  lua_setfield(L, -2, "promises");
}
