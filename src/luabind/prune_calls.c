/*
** What pruning policies can do, as functions of the userdata "modsync.method".
*/
#include "luabind/method_arguments.h"

/*
** Lua: prune:scope{ {offset = 4, rows = 20, cols = 20}, ... }: the weight matrices to
** work on; offset is the number of parameters before the matrix, bias (if the matrix has
** some) that before the biases of its columns, feeds (if there is one) the number of the
** matrix whose rows its columns are read by.
*/
static int prune_scope(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "scope");
  lua_Integer count;
  ms_block *blocks = lb_block_room(L, sizeof *blocks, &count);
  ms_status status;
  for (int b = 1; b <= count; b++) {
    lb_push_block(L, object, "scope", b);
    blocks[b - 1].offset = lb_block_field(L, object, "scope", b, "offset", 1, 0);
    blocks[b - 1].rows = lb_block_field(L, object, "scope", b, "rows", 2, 0);
    blocks[b - 1].cols = lb_block_field(L, object, "scope", b, "cols", 3, 0);
    blocks[b - 1].bias = lb_block_field(L, object, "scope", b, "bias", 4, 1);
    blocks[b - 1].feeds = lb_block_field(L, object, "scope", b, "feeds", 5, 1);
    lua_pop(L, 1);
  }
  status = ms_prune_scope(&object->run.prune, (size_t)(count > 0 ? count : 0), blocks);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/* Lua: prune:observe(G [, theta]): one sample of the gradients of the terms, at theta. */
static int prune_observe(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "observe");
  size_t terms, params;
  const double *G = lb_method_gradients(L, object, "observe", 2, &terms, &params);
  const double *theta = NULL;
  ms_status status;
  if (!lua_isnoneornil(L, 3))
    theta = lb_method_vector(L, object, "observe", 3, "theta", &params);
  lb_prepare_method(L, object, terms, params);
  status = ms_prune_observe(&object->run.prune, terms, params, G, theta);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/* Lua: prune:refresh() -> true: the samples since the last refresh are a round. */
static int prune_refresh(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "refresh");
  ms_status status = ms_prune_refresh(&object->run.prune);
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

/*
** Lua: prune:apply(theta, lr, progress [, before, G, scale, rate]) -> density, shrunk.
** Changes theta in place after an optimizer step of learning rate lr, times that of each
** block in 'rate', taken from 'before' with gradients G and the preconditioner 'scale';
** progress is the part of the training that is done, 0 to 1. density: the part of the
** scope that is not 0; shrunk: the sum over it of what |theta| lost.
*/
static int prune_apply(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "apply");
  ms_prune_step step = {0};
  ms_prune_report report;
  size_t n = 0, params, blocks = object->method->extent[MS_BLOCKS];
  double *theta = lb_method_vector(L, object, "apply", 2, "theta", &n);
  ms_status status;
  step.lr = lb_check_number(L, 3);
  step.progress = lb_check_number(L, 4);
  if (!lua_isnoneornil(L, 5))
    step.before =
      lb_method_vector(L, object, "apply", 5, "the parameters before the step", &n);
  if (!lua_isnoneornil(L, 6)) {
    step.G = lb_method_gradients(L, object, "apply", 6, &step.terms, &params);
    if (params != n)
      return lb_method_error(L, object, "apply",
                             "the gradients have %d columns, theta %d numbers",
                             (int)params, (int)n);
  }
  if (!lua_isnoneornil(L, 7))
    step.scale = lb_method_vector(L, object, "apply", 7, "the preconditioner", &n);
  if (!lua_isnoneornil(L, 8))
    step.rate =
      lb_method_vector(L, object, "apply", 8, "the rates of the blocks", &blocks);
  if (step.G != NULL || !ms_prune_observes((const ms_prune *)object->method->record))
    lb_prepare_method(L, object, step.terms, n);
  status = ms_prune_apply(&object->run.prune, n, theta, &step, &report);
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushnumber(L, report.density);
  lua_pushnumber(L, report.shrunk);
  return 2;
}

/* The field 'name' of the table at 4: n numbers, or NULL where it is nil. The table keeps
   them alive. */
static const double *given_vector(lua_State *L, const lb_method *object, const char *name,
                                  size_t n) {
  const double *data = NULL;
  if (lua_getfield(L, 4, name) != LUA_TNIL)
    data = lb_method_vector(L, object, "event", lua_gettop(L), name, &n);
  lua_settop(L, 4);
  return data;
}

/*
** Lua: prune:event(theta, progress, given) -> dropped, grown, active, wanted. Chooses
** anew what is held at 0, and sets that to 0 in theta. given: { keep =, grow = } scores
** of every parameter, for policies that take them; G, the gradients, for those that look
** at them; free, 0 for what is frozen; power, of the density of the schedule (1). active:
** how many parameters in scope that are not frozen are not held; wanted: how many should
** be.
*/
static int prune_event(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "event");
  ms_prune_step step = {0};
  ms_prune_report report;
  size_t n = 0, params;
  double *theta = lb_method_vector(L, object, "event", 2, "theta", &n);
  ms_status status;
  step.progress = lb_check_number(L, 3);
  lb_check_type(L, 4, LUA_TTABLE);
  lua_settop(L, 4);
  step.keep = given_vector(L, object, "keep", n);
  step.grow = given_vector(L, object, "grow", n);
  step.free = given_vector(L, object, "free", n);
  lua_getfield(L, 4, "power");
  step.power = lb_opt_number(L, -1, 0);
  lua_settop(L, 4);
  if (lua_getfield(L, 4, "G") != LUA_TNIL) {
    step.G = lb_method_gradients(L, object, "event", 5, &step.terms, &params);
    if (params != n)
      return lb_method_error(L, object, "event",
                             "the gradients have %d columns, theta %d numbers",
                             (int)params, (int)n);
  }
  if (!ms_prune_observes((const ms_prune *)object->method->record))
    lb_prepare_method(L, object, 0, n);
  status = ms_prune_event(&object->run.prune, n, theta, &step, &report);
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushinteger(L, (lua_Integer)report.dropped);
  lua_pushinteger(L, (lua_Integer)report.grown);
  lua_pushinteger(L, (lua_Integer)report.active);
  lua_pushinteger(L, (lua_Integer)report.wanted);
  return 4;
}

/* Lua: prune:scores() -> the scores in scope, live; nil before the first observation. */
static int prune_scores(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "scores");
  int slot = ms_record_slot(object->method->record, "score");
  if (slot < 0 || !object->method->open)
    lua_pushnil(L);
  else
    lb_push_state(L, object, (size_t)slot);
  return 1;
}

const luaL_Reg lb_prune_calls[] = {
  {"apply", prune_apply},
  {"event", prune_event},
  {"observe", prune_observe},
  {"refresh", prune_refresh},
  {"scope", prune_scope},
  {"scores", prune_scores},
  {NULL, NULL},
};
