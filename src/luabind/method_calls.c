/*
** What optimizers and conflict methods can do, as functions of the userdata
** "modsync.method".
*/
#include "luabind/method_arguments.h"

#include <math.h>
#include <string.h>

/* {=== optimizers === */

/* Lua: optimizer:step(theta, d [, mask]). Changes theta in place, not where mask is 0. */
static int optimizer_step(lua_State *L) {
  lb_method *object = lb_check_family(L, LB_OPTIMIZER, "step");
  size_t n = 0;
  double *theta = lb_method_vector(L, object, "step", 2, "theta", &n);
  const double *d = lb_method_vector(L, object, "step", 3, "the direction", &n);
  const double *mask = NULL;
  ms_status status;
  if (!lua_isnoneornil(L, 4))
    mask = lb_method_vector(L, object, "step", 4, "the mask", &n);
  lb_prepare_method(L, object, 0, n);
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
    out = lb_method_vector(L, object, "preconditioner", 2, "the result", &n);
  }
  ms_optimizer_preconditioner(object->method, out);
  lua_settop(L, lua_isnil(L, 2) ? 3 : 2);
  return 1;
}

/* }=== */

static void push_copy(lua_State *L, int dims, const size_t *shape, const double *data) {
  ms_tensor *copy = lb_create_tensor(L, dims, shape);
  memcpy(copy->data, data, ms_tensor_count(copy) * sizeof *data);
}

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
  G = lb_method_gradients(L, object, "combine", 2, &terms, &params);
  if (!lua_isnil(L, 3))
    d = lb_method_vector(L, object, "combine", 3, "the direction", &params);
  if (!lua_isnil(L, 4))
    values = lb_method_vector(L, object, "combine", 4, "the losses", &terms);
  if (!lua_isnil(L, 5))
    factors = lb_method_vector(L, object, "combine", 5, "the factors", &terms);
  lb_prepare_method(L, object, terms, params);
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
  const double *G = lb_method_gradients(L, object, "measure", 2, &terms, &params);
  ms_status status;
  lb_prepare_method(L, object, terms, params);
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
  lua_Integer terms = lb_check_integer(L, 2), count = 0;
  lb_arg_check(L, terms >= 1, 2, "expected at least one term");
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
  values = lb_method_vector(L, object, "after", 2, "the losses", &terms);
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
  ms_part *parts = lb_block_room(L, sizeof *parts, &count);
  ms_status status;
  for (int p = 1; p <= count; p++) {
    lb_push_block(L, object, "blocks", p);
    parts[p - 1].offset = lb_block_field(L, object, "blocks", p, "offset", 1, 0);
    parts[p - 1].rows = lb_block_field(L, object, "blocks", p, "rows", 2, 0);
    parts[p - 1].cols = lb_block_field(L, object, "blocks", p, "cols", 3, 0);
    parts[p - 1].block = lb_block_field(L, object, "blocks", p, "block", 4, 0);
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
  lua_Integer tasks = lb_opt_integer(L, 2, 3);
  int promises;
  lb_arg_check(L, tasks >= 1, 2, "expected at least one task");
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

const luaL_Reg lb_method_calls[] = {
  {"after", conflict_after},
  {"blocks", conflict_blocks},
  {"combine", lb_conflict_combine},
  {"gram", conflict_gram},
  {"measure", conflict_measure},
  {"needs", conflict_needs},
  {"preconditioner", optimizer_preconditioner},
  {"promises", conflict_promises},
  {"step", optimizer_step},
  {"weights", conflict_weights},
  {NULL, NULL},
};
