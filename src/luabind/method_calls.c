/*
** What the families of methods can do, as functions of the userdata "modsync.method".
*/
#include "luabind/method.h"

#include <math.h>
#include <string.h>

/* {=== arguments === */

/* The gradients at 'arg': a contiguous tensor of two axes, terms x params. */
static const double *check_gradients(lua_State *L, const lb_method *object,
                                     const char *call, int arg, size_t *terms,
                                     size_t *params) {
  const ms_tensor *G = lb_test_tensor(L, arg);
  if (G == NULL || G->dims != 2)
    lb_method_error(L, object, call, "expected the gradients, a K x P tensor, got %s",
                    lb_describe(L, arg));
  if (!ms_tensor_is_contiguous(G))
    lb_method_error(L, object, call,
                    "expected the gradients as a contiguous tensor, got a view "
                    "with gaps (clone it first)");
  *terms = G->shape[0];
  *params = G->shape[1];
  return G->data;
}

/* The elements of a contiguous tensor, *n of them; of exactly *n if that is not 0. */
static double *check_vector(lua_State *L, const lb_method *object, const char *call,
                            int arg, const char *what, size_t *n) {
  const ms_tensor *tensor = lb_test_tensor(L, arg);
  size_t count = tensor != NULL ? ms_tensor_count(tensor) : 0;
  if (tensor == NULL)
    lb_method_error(L, object, call, "expected %s, a tensor, got %s", what,
                    lb_describe(L, arg));
  if (!ms_tensor_is_contiguous(tensor))
    lb_method_error(L, object, call,
                    "expected %s as a contiguous tensor, got a view with gaps "
                    "(clone it first)",
                    what);
  if (*n != 0 && count != *n)
    lb_method_error(L, object, call, "%s has %d numbers, expected %d", what, (int)count,
                    (int)*n);
  *n = count;
  return tensor->data;
}

/* The sizes first, so that the state can be created where Lua sees it. Optimizers have
   no terms. */
static void prepare(lua_State *L, lb_method *object, size_t terms, size_t params) {
  ms_status status = MS_OK;
  if (object->family == LB_PRUNE) {
    status = ms_prune_sizes(&object->run.prune, terms, params);
  } else if (object->family == LB_CONFLICT) {
    status = ms_conflict_sizes(&object->run.conflict, terms, params);
  } else {
    status = ms_method_extent(object->method, MS_PARAMS, params);
  }
  if (status != MS_OK) lb_fail(L, status);
  lb_open_state(L, object);
}

static void push_copy(lua_State *L, int dims, const size_t *shape, const double *data) {
  ms_tensor *copy = lb_create_tensor(L, dims, shape);
  memcpy(copy->data, data, ms_tensor_count(copy) * sizeof *data);
}

/* The list of blocks at 2: how many, and room for an item of 'size' for each. */
static void *block_room(lua_State *L, size_t size, lua_Integer *count) {
  luaL_checktype(L, 2, LUA_TTABLE);
  *count = luaL_len(L, 2);
  return lua_newuserdatauv(L, (size_t)(*count > 0 ? *count : 1) * size, 0);
}

/* Pushes the table of a block. */
static void push_block(lua_State *L, const lb_method *object, const char *call, int b) {
  if (lua_rawgeti(L, 2, b) != LUA_TTABLE)
    lb_method_error(L, object, call, "block %d is %s, expected a table", b,
                    lb_describe(L, -1));
}

/* The field 'name' of the block at -1, or its n-th element; 0 for an optional one. */
static size_t block_field(lua_State *L, const lb_method *object, const char *call,
                          int block, const char *name, int n, int optional) {
  int whole = 0;
  lua_Integer value;
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_rawgeti(L, -1, n);
  }
  if (optional && lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return 0;
  }
  value = lua_tointegerx(L, -1, &whole);
  if (!whole || value < 0)
    lb_method_error(L, object, call,
                    "block %d: %s is %s, expected a whole number, at least 0", block,
                    name, lb_describe(L, -1));
  lua_pop(L, 1);
  return (size_t)value;
}

/* }=== */

/* {=== optimizers === */

/* Lua: optimizer:step(theta, d [, mask]). Changes theta in place, not where mask is 0. */
static int optimizer_step(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_OPTIMIZER, "step");
  size_t n = 0;
  double *theta = check_vector(L, object, "step", 2, "theta", &n);
  const double *d = check_vector(L, object, "step", 3, "the direction", &n), *mask = NULL;
  ms_status status;
  if (!lua_isnoneornil(L, 4)) mask = check_vector(L, object, "step", 4, "the mask", &n);
  prepare(L, object, 0, n);
  status = ms_optimizer_step(object->method, n, theta, d, mask);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/*
** Lua: optimizer:preconditioner([out]) -> P numbers: what the last step multiplied each
** parameter's direction with, beside the learning rate; nil before the first step and for
** optimizers that have none.
*/
static int optimizer_preconditioner(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_OPTIMIZER, "preconditioner");
  size_t n = object->method->extent[MS_PARAMS];
  double *out;
  lua_settop(L, 2);
  if (!object->method->open || !ms_optimizer_preconditions(object->method)) {
    lua_pushnil(L);
    return 1;
  }
  if (lua_isnil(L, 2)) {
    out = lb_create_tensor(L, 1, &n)->data;
  } else {
    out = check_vector(L, object, "preconditioner", 2, "the result", &n);
  }
  ms_optimizer_preconditioner(object->method, out);
  lua_settop(L, lua_isnil(L, 2) ? 3 : 2);
  return 1;
}

/* }=== */

/* {=== conflict methods === */

/* Push the method's own tensor of P numbers, the same memory at every call. */
static double *push_direction(lua_State *L, lb_method *object, size_t params) {
  if (object->direction.storage == NULL) {
    ms_status status;
    lb_account(L, params * sizeof(double));
    status = ms_tensor_create(1, &params, &object->direction);
    if (status != MS_OK) lb_fail(L, status);
  }
  ms_tensor_share(&object->direction, lb_new_tensor(L));
  return object->direction.data;
}

/*
** Lua: conflict:combine(G [, d [, values [, factors [, measured]]]]) -> d. Without d the
** result is in a tensor of the method's own, which the next call overwrites. values: the
** K losses; factors: what multiplies them and their gradients; measured: measure(G) was
** the last call, and G is as it was.
*/
int lb_conflict_combine(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "combine");
  size_t terms, params;
  const double *G;
  const double *values = NULL, *factors = NULL;
  double *d = NULL;
  int measured;
  ms_status status;
  lua_settop(L, 6);
  measured = lua_toboolean(L, 6);
  G = check_gradients(L, object, "combine", 2, &terms, &params);
  if (!lua_isnil(L, 3))
    d = check_vector(L, object, "combine", 3, "the direction", &params);
  if (!lua_isnil(L, 4))
    values = check_vector(L, object, "combine", 4, "the losses", &terms);
  if (!lua_isnil(L, 5))
    factors = check_vector(L, object, "combine", 5, "the factors", &terms);
  prepare(L, object, terms, params);
  if (d == NULL)
    d = push_direction(L, object, params);
  else
    lua_settop(L, 3);
  if (measured)
    status = ms_conflict_measured(&object->run.conflict, G, values, factors, d);
  else
    status =
      ms_conflict_combine(&object->run.conflict, terms, params, G, values, factors, d);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

/* Lua: conflict:measure(G) -> G G^T, K x K; combine(..., true) goes on from there. */
static int conflict_measure(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "measure");
  ms_conflict_run *run = &object->run.conflict;
  size_t terms, params, shape[2];
  const double *G = check_gradients(L, object, "measure", 2, &terms, &params);
  ms_status status;
  prepare(L, object, terms, params);
  status = ms_conflict_measure(run, terms, params, G);
  if (status != MS_OK) return lb_fail(L, status);
  shape[0] = shape[1] = terms;
  push_copy(L, 2, shape, run->gram);
  return 1;
}

/*
** Lua: conflict:needs(K) -> the numbers of those among the K terms whose gradients the
** next call looks at, or nil for all of them.
*/
static int conflict_needs(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "needs");
  lua_Integer terms = luaL_checkinteger(L, 2), count = 0;
  luaL_argcheck(L, terms >= 1, 2, "expected at least one term");
  lua_newtable(L);
  for (lua_Integer k = 1; k <= terms; k++) {
    if (!ms_conflict_looks_at(&object->run.conflict, (size_t)k - 1)) continue;
    lua_pushinteger(L, k);
    lua_rawseti(L, -2, ++count);
  }
  if (count == terms) lua_pushnil(L);
  return 1;
}

/*
** Lua: conflict:after() -> whether it learns from the losses after a step.
** conflict:after(values): it does so, from the K losses at the points of the last call.
*/
static int conflict_after(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "after");
  const double *values;
  size_t terms = 0;
  ms_status status;
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_pushboolean(L, ms_conflict_learns(&object->run.conflict));
    return 1;
  }
  values = check_vector(L, object, "after", 2, "the losses", &terms);
  status = ms_conflict_after(&object->run.conflict, terms, values);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/*
** Lua: conflict:weights() -> K numbers w with d = G^T w at the last call, or B x K of
** them for B > 1 blocks; nil before the first call and for methods whose d is no such
** sum.
*/
static int conflict_weights(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "weights");
  const ms_conflict_run *run = &object->run.conflict;
  size_t shape[2] = {run->method.extent[MS_BLOCKS], run->method.extent[MS_TERMS]};
  if (run->room == NULL || isnan(run->weights[0])) {
    lua_pushnil(L);
    return 1;
  }
  if (shape[0] > 1)
    push_copy(L, 2, shape, run->weights);
  else
    push_copy(L, 1, shape + 1, run->weights);
  return 1;
}

/* Lua: conflict:gram() -> G G^T of the last call, K x K; nil before the first one. */
static int conflict_gram(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "gram");
  const ms_conflict_run *run = &object->run.conflict;
  size_t shape[2] = {run->method.extent[MS_TERMS], run->method.extent[MS_TERMS]};
  if (run->room == NULL)
    lua_pushnil(L);
  else
    push_copy(L, 2, shape, run->gram);
  return 1;
}

/*
** Lua: conflict:blocks{ {offset = 0, rows = 2, cols = 20, block = 0}, ... }: parts that
** cover the parameters in order, and the block (counted from 0) that each belongs to;
** with columns = true its columns belong to that block and those after it. Each block
** gets a Gram matrix and weights of its own.
*/
static int conflict_blocks(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "blocks");
  lua_Integer count;
  ms_part *parts = block_room(L, sizeof *parts, &count);
  ms_status status;
  for (int p = 1; p <= count; p++) {
    push_block(L, object, "blocks", p);
    parts[p - 1].offset = block_field(L, object, "blocks", p, "offset", 1, 0);
    parts[p - 1].rows = block_field(L, object, "blocks", p, "rows", 2, 0);
    parts[p - 1].cols = block_field(L, object, "blocks", p, "cols", 3, 0);
    parts[p - 1].block = block_field(L, object, "blocks", p, "block", 4, 0);
    lua_getfield(L, -1, "columns");
    parts[p - 1].columns = lua_toboolean(L, -1);
    lua_pop(L, 2);
  }
  status = ms_conflict_blocks(&object->run.conflict, (size_t)count, parts);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/*
** Lua: conflict:promises([tasks [, independent]]) -> table name -> true: what holds for
** these options, that many tasks (3 if not given), with any gradients or, if the second
** argument is true, linearly independent ones.
*/
static int conflict_promises(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_CONFLICT, "promises");
  const ms_conflict *kind = (const ms_conflict *)object->method->record;
  lua_Integer tasks = luaL_optinteger(L, 2, 3);
  int promises;
  luaL_argcheck(L, tasks >= 1, 2, "expected at least one task");
  promises = kind->promises(object->method->option, (size_t)tasks, lua_toboolean(L, 3));
  lua_newtable(L);
  for (int i = 0; i < MS_PROMISES; i++) {
    if (!(promises >> i & 1)) continue;
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, ms_promise_name(i));
  }
  return 1;
}

/* }=== */

/* {=== pruning policies === */

/*
** Lua: prune:scope{ {offset = 4, rows = 20, cols = 20}, ... }: the weight matrices to
** work on; offset is the number of parameters before the matrix, bias (if the matrix has
** some) that before the biases of its columns, feeds (if there is one) the number of the
** matrix whose rows its columns are read by.
*/
static int prune_scope(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "scope");
  lua_Integer count;
  ms_block *blocks = block_room(L, sizeof *blocks, &count);
  ms_status status;
  for (int b = 1; b <= count; b++) {
    push_block(L, object, "scope", b);
    blocks[b - 1].offset = block_field(L, object, "scope", b, "offset", 1, 0);
    blocks[b - 1].rows = block_field(L, object, "scope", b, "rows", 2, 0);
    blocks[b - 1].cols = block_field(L, object, "scope", b, "cols", 3, 0);
    blocks[b - 1].bias = block_field(L, object, "scope", b, "bias", 4, 1);
    blocks[b - 1].feeds = block_field(L, object, "scope", b, "feeds", 5, 1);
    lua_pop(L, 1);
  }
  status = ms_prune_scope(&object->run.prune, (size_t)(count > 0 ? count : 0), blocks);
  return status == MS_OK ? 0 : lb_fail(L, status);
}

/* Lua: prune:observe(G [, theta]): one sample of the gradients of the terms, at theta. */
static int prune_observe(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "observe");
  size_t terms, params;
  const double *G = check_gradients(L, object, "observe", 2, &terms, &params);
  const double *theta = NULL;
  ms_status status;
  if (!lua_isnoneornil(L, 3))
    theta = check_vector(L, object, "observe", 3, "theta", &params);
  prepare(L, object, terms, params);
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
** Lua: prune:apply(theta, lr, progress [, before, G, scale]) -> density, shrunk. Changes
** theta in place after an optimizer step of learning rate lr, taken from 'before' with
** gradients G and the preconditioner 'scale'; progress is the part of the training that
** is done, 0 to 1. density: the part of the scope that is not 0; shrunk: the sum over it
** of what |theta| lost.
*/
static int prune_apply(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_PRUNE, "apply");
  ms_prune_step step = {0};
  ms_prune_report report;
  size_t n = 0, params;
  double *theta = check_vector(L, object, "apply", 2, "theta", &n);
  ms_status status;
  step.lr = luaL_checknumber(L, 3);
  step.progress = luaL_checknumber(L, 4);
  if (!lua_isnoneornil(L, 5))
    step.before =
      check_vector(L, object, "apply", 5, "the parameters before the step", &n);
  if (!lua_isnoneornil(L, 6)) {
    step.G = check_gradients(L, object, "apply", 6, &step.terms, &params);
    if (params != n)
      return lb_method_error(L, object, "apply",
                             "the gradients have %d columns, theta %d numbers",
                             (int)params, (int)n);
  }
  if (!lua_isnoneornil(L, 7))
    step.scale = check_vector(L, object, "apply", 7, "the preconditioner", &n);
  if (step.G != NULL || !ms_prune_observes((const ms_prune *)object->method->record))
    prepare(L, object, step.terms, n);
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
    data = check_vector(L, object, "event", lua_gettop(L), name, &n);
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
  double *theta = check_vector(L, object, "event", 2, "theta", &n);
  ms_status status;
  step.progress = luaL_checknumber(L, 3);
  luaL_checktype(L, 4, LUA_TTABLE);
  lua_settop(L, 4);
  step.keep = given_vector(L, object, "keep", n);
  step.grow = given_vector(L, object, "grow", n);
  step.free = given_vector(L, object, "free", n);
  lua_getfield(L, 4, "power");
  step.power = luaL_optnumber(L, -1, 0);
  lua_settop(L, 4);
  if (lua_getfield(L, 4, "G") != LUA_TNIL) {
    step.G = check_gradients(L, object, "event", 5, &step.terms, &params);
    if (params != n)
      return lb_method_error(L, object, "event",
                             "the gradients have %d columns, theta %d numbers",
                             (int)params, (int)n);
  }
  if (!ms_prune_observes((const ms_prune *)object->method->record))
    prepare(L, object, 0, n);
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

/* }=== */

const luaL_Reg lb_method_calls[] = {
  {"after", conflict_after},
  {"apply", prune_apply},
  {"blocks", conflict_blocks},
  {"combine", lb_conflict_combine},
  {"event", prune_event},
  {"gram", conflict_gram},
  {"measure", conflict_measure},
  {"needs", conflict_needs},
  {"observe", prune_observe},
  {"preconditioner", optimizer_preconditioner},
  {"promises", conflict_promises},
  {"refresh", prune_refresh},
  {"scope", prune_scope},
  {"scores", prune_scores},
  {"step", optimizer_step},
  {"weights", conflict_weights},
  {NULL, NULL},
};
