/*
** Importances of connections for tasks, T x n, and how exclusive they are:
**   core.importance_update(I, G, keep, gain [, tasks [, kind [, theta]]])
**   core.exclusivity_index(I, index [, sizes [, whole [, epsilon]]])  -> n
**   core.exclusivity_values(I, index [, ...])                         -> B, B
**   core.exclusivity_shuffled(I, index, rng, shuffles [, ...])        -> shuffles x B
**   core.exclusivity_level(I, index, rng, draws, quantile [, ...])    -> B
**   core.exclusivity_expected(index, tasks, draws)                    -> number
**   core.exclusivity_simulated(index, tasks, draws, power, samples, rng)
** The dots are sizes, whole and epsilon: the n connections are B blocks, of so many one
** after the other (one block if it is nil). Shares are those of a block, or, if 'whole'
** is true, of all n connections.
*/
#include "base/alloc.h"
#include "luabind/binding.h"
#include "prune/exclusivity.h"
#include "prune/importance.h"

#include <math.h>

#define MS_NAME(constant, name) name,
static const char *const index_names[] = {MS_INDEX_LIST(MS_NAME) NULL};
static const char *const importance_names[] = {MS_IMPORTANCE_LIST(MS_NAME) NULL};
#undef MS_NAME

/*
** The list of whole numbers from 'low' to 'high' at 'arg', *count of them. 'what' goes
** before the number of one in a message: "the task of term 3 is ...".
*/
static size_t *check_list(lua_State *L, int arg, const char *what, lua_Integer low,
                          lua_Integer high, size_t *count) {
  size_t *list;
  lb_check_type(L, arg, LUA_TTABLE);
  *count = (size_t)luaL_len(L, arg);
  list = lua_newuserdatauv(L, *count * sizeof *list, 0);
  for (size_t i = 0; i < *count; i++) {
    int whole = 0;
    lua_Integer value;
    lua_rawgeti(L, arg, (lua_Integer)i + 1);
    value = lua_tointegerx(L, -1, &whole);
    if (!whole || value < low || value > high)
      lb_arg_error(L, arg,
                   lua_pushfstring(L, "%s %d is %s, expected %I to %I", what, (int)i + 1,
                                   lb_describe(L, -1), low, high));
    list[i] = (size_t)value;
    lua_pop(L, 1);
  }
  return list;
}

/* The matrix at 'arg', which has elements. */
static double *check_matrix(lua_State *L, int arg, size_t *rows, size_t *columns) {
  double *data = lb_check_matrix(L, arg, rows, columns);
  lb_arg_check(L, *rows > 0 && *columns > 0, arg, "expected a matrix with elements");
  return data;
}

/* {=== importance === */

/*
** Lua: core.importance_update(I, G, keep, gain [, tasks [, kind [, theta]]]): I <- keep I
** + gain importance, in one pass over the K x P gradients.
*/
static int importance_update(lua_State *L) {
  size_t tasks, n, count;
  ms_sample sample = {0};
  double *I = check_matrix(L, 1, &tasks, &n);
  double keep = lb_check_number(L, 3), gain = lb_check_number(L, 4);
  ms_importance kind;
  sample.G = check_matrix(L, 2, &sample.terms, &sample.params);
  lb_arg_check(L, sample.params == n, 2, "expected as many columns as the importances");
  kind = (ms_importance)lb_check_option(L, 6, "square", importance_names);
  if (!lua_isnoneornil(L, 7)) {
    sample.theta = lb_check_vector(L, 7, &count);
    lb_arg_check(L, count == n, 7, "expected as many numbers as there are parameters");
  }
  lb_arg_check(L, kind == MS_SQUARE || sample.theta != NULL, 7,
               "this kind of importance needs the parameters");
  if (!lua_isnoneornil(L, 5)) {
    sample.task = check_list(L, 5, "the task of term", 0, (lua_Integer)tasks - 1, &count);
    lb_arg_check(L, count == sample.terms, 5, "expected the task of every term");
  } else {
    lb_arg_check(L, sample.terms == tasks, 2, "expected a gradient for every task");
  }
  for (size_t t = 0; t < tasks; t++)
    ms_importance_update(kind, &sample, t, 0, n, keep, gain, I + t * n);
  return 0;
}

/* }=== */

/* {=== exclusivity === */

/* The arguments that several functions share. */
typedef struct partition {
  const double *importance;
  size_t tasks, n, blocks;
  const size_t *size; /* [blocks] */
  double *room;       /* [2 tasks] */
  ms_index index;
  int whole;
  double epsilon;
} partition;

static ms_index check_index(lua_State *L, int arg) {
  return (ms_index)lb_check_option(L, arg, NULL, index_names);
}

static void check_importance(lua_State *L, const partition *given) {
  for (size_t i = 0; i < given->tasks * given->n; i++)
    if (!(given->importance[i] >= 0 && isfinite(given->importance[i])))
      lb_arg_error(L, 1,
                   lua_pushfstring(L,
                                   "the importance of connection %d for task %d is "
                                   "%f, expected a finite number, at least 0",
                                   (int)(i % given->n) + 1, (int)(i / given->n) + 1,
                                   given->importance[i]));
}

/* The sizes of the blocks in the list at 'arg', which add up to n; nil: one block. */
static void check_sizes(lua_State *L, int arg, partition *given) {
  size_t sum = 0;
  if (lua_isnil(L, arg)) {
    given->blocks = 1;
    given->size = &given->n;
    return;
  }
  given->size = check_list(L, arg, "the size of block", 1, (lua_Integer)given->n,
                           &given->blocks);
  for (size_t b = 0; b < given->blocks; b++) sum += given->size[b];
  if (sum != given->n)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "the blocks have %d connections, the importances %d",
                                 (int)sum, (int)given->n));
}

/* Importances at 1, index at 2; sizes, whole and epsilon from 'arg' on. */
static void check_partition(lua_State *L, int arg, partition *given) {
  lua_settop(L, arg + 2);
  given->importance = check_matrix(L, 1, &given->tasks, &given->n);
  given->index = check_index(L, 2);
  given->whole = lua_toboolean(L, arg + 1);
  given->epsilon = lb_opt_number(L, arg + 2, 0);
  lb_arg_check(L, given->epsilon >= 0 && isfinite(given->epsilon), arg + 2,
               "expected a number, at least 0");
  check_importance(L, given);
  check_sizes(L, arg, given);
  given->room = lb_scratch(L, 2 * given->tasks);
}

/* Block b, which begins at connection 'first'. */
static ms_shares block_of(const partition *given, size_t b, size_t first) {
  ms_shares shares, part;
  if (!given->whole) {
    ms_shares_init(&shares, given->index, given->tasks, given->size[b], given->n,
                   given->importance + first, given->epsilon, given->room);
    return shares;
  }
  ms_shares_init(&shares, given->index, given->tasks, given->n, given->n,
                 given->importance, given->epsilon, given->room);
  ms_shares_part(&shares, first, given->size[b], &part);
  return part;
}

/* Lua: core.exclusivity_index(I, index [, sizes [, whole [, epsilon]]]) -> n numbers. */
static int exclusivity_index(lua_State *L) {
  partition given;
  double *out;
  check_partition(L, 3, &given);
  out = lb_create_tensor(L, 1, &given.n)->data;
  for (size_t b = 0, first = 0; b < given.blocks; first += given.size[b++]) {
    ms_shares shares = block_of(&given, b, first);
    ms_shares_index(&shares, out + first);
  }
  return 1;
}

/*
** Lua: core.exclusivity_values(I, index [, sizes [, whole [, epsilon]]]) -> B sums of
** weight times index, B sums of the weights.
*/
static int exclusivity_values(lua_State *L) {
  partition given;
  double *value, *weight;
  check_partition(L, 3, &given);
  value = lb_create_tensor(L, 1, &given.blocks)->data;
  weight = lb_create_tensor(L, 1, &given.blocks)->data;
  for (size_t b = 0, first = 0; b < given.blocks; first += given.size[b++]) {
    ms_shares shares = block_of(&given, b, first);
    value[b] = ms_shares_value(&shares, NULL, &weight[b]);
  }
  return 2;
}

/*
** Lua: core.exclusivity_shuffled(I, index, rng, shuffles [, sizes [, whole [, epsilon]]])
** -> shuffles x B: what exclusivity_values gives after shuffling every task but the first
** inside of the blocks.
*/
static int exclusivity_shuffled(lua_State *L) {
  ms_rng *rng = lb_check_rng(L, 3);
  lua_Integer shuffles = lb_check_integer(L, 4);
  partition given;
  size_t shape[2], *places;
  double *value;
  lb_box *box;
  ms_status status;
  lb_arg_check(L, shuffles >= 1, 4, "expected at least one");
  check_partition(L, 5, &given);
  shape[0] = (size_t)shuffles;
  shape[1] = given.blocks;
  lb_create_tensor(L, 2, shape);
  value = lb_check_tensor(L, -1)->data;
  box = lb_new_box(L);
  status =
    ms_alloc(given.tasks * given.n, sizeof *places, "shuffled places", &box->block);
  if (status != MS_OK) return lb_fail(L, status);
  places = box->block;
  for (size_t b = 0, first = 0; b < given.blocks; first += given.size[b++]) {
    ms_shares shares = block_of(&given, b, first);
    for (size_t s = 0; s < shape[0]; s++) {
      double weight;
      ms_shares_shuffle(given.tasks, shares.n, rng, places);
      value[s * given.blocks + b] = ms_shares_value(&shares, places, &weight);
    }
  }
  lua_pushvalue(L, -2);
  return 1;
}

/*
** Lua: core.exclusivity_level(I, index, rng, draws, quantile [, sizes [, whole [,
** epsilon]]]) -> B: the quantile of the index over connections put together by chance.
*/
static int exclusivity_level(lua_State *L) {
  ms_rng *rng = lb_check_rng(L, 3);
  lua_Integer draws = lb_check_integer(L, 4);
  double quantile = lb_check_number(L, 5), *level, *room;
  partition given;
  lb_arg_check(L, draws >= 1, 4, "expected at least one");
  lb_arg_check(L, quantile >= 0 && quantile < 1, 5, "expected a number from 0 to 1");
  check_partition(L, 6, &given);
  level = lb_create_tensor(L, 1, &given.blocks)->data;
  room = lb_scratch(L, (size_t)draws);
  for (size_t b = 0, first = 0; b < given.blocks; first += given.size[b++]) {
    ms_shares shares = block_of(&given, b, first);
    level[b] = ms_shares_null(&shares, quantile, (size_t)draws, rng, room);
  }
  lua_pushvalue(L, -2);
  return 1;
}

static size_t check_task_count(lua_State *L, int arg) {
  lua_Integer tasks = lb_check_integer(L, arg);
  lb_arg_check(L, tasks >= 2, arg, "expected at least two tasks");
  return (size_t)tasks;
}

/* Lua: core.exclusivity_expected(index, tasks, draws) -> number, NaN if not known. */
static int exclusivity_expected(lua_State *L) {
  ms_index index = check_index(L, 1);
  size_t tasks = check_task_count(L, 2);
  double draws = lb_check_number(L, 3);
  lb_arg_check(L, draws > 0 && isfinite(draws), 3, "expected a number above 0");
  lua_pushnumber(L, ms_index_expected(index, tasks, draws));
  return 1;
}

/*
** Lua: core.exclusivity_simulated(index, tasks, draws, power, samples, rng) -> number,
** standard error.
*/
static int exclusivity_simulated(lua_State *L) {
  ms_index index = check_index(L, 1);
  size_t tasks = check_task_count(L, 2);
  lua_Integer draws = lb_check_integer(L, 3), samples = lb_check_integer(L, 5);
  double power = lb_check_number(L, 4), error;
  ms_rng *rng = lb_check_rng(L, 6);
  lb_arg_check(L, draws >= 1, 3, "expected at least one");
  lb_arg_check(L, power > 0 && isfinite(power), 4, "expected a number above 0");
  lb_arg_check(L, samples >= 1, 5, "expected at least one");
  lua_pushnumber(L, ms_index_simulated(index, tasks, (size_t)draws, power,
                                       (size_t)samples, rng, lb_scratch(L, 3 * tasks),
                                       &error));
  lua_pushnumber(L, error);
  return 2;
}

/* }=== */

void lb_open_exclusivity(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"importance_update", importance_update},
    {"exclusivity_index", exclusivity_index},
    {"exclusivity_values", exclusivity_values},
    {"exclusivity_shuffled", exclusivity_shuffled},
    {"exclusivity_level", exclusivity_level},
    {"exclusivity_expected", exclusivity_expected},
    {"exclusivity_simulated", exclusivity_simulated},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
