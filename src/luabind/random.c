/*
** The userdata "modsync.rng": a named random stream. It owns nothing that must be closed.
*/
#include "luabind/binding.h"

#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define RNG "modsync.rng"

typedef struct stream {
  ms_rng rng;
  lua_Integer seed;
  char name[];
} stream;

static stream *check_stream(lua_State *L, int arg) {
  stream *s = luaL_testudata(L, arg, RNG);
  if (s == NULL)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "expected a random stream, got %s",
                                 lb_describe(L, arg)));
  return s;
}

ms_rng *lb_check_rng(lua_State *L, int arg) {
  return &check_stream(L, arg)->rng;
}

/* rng(seed, name) */
static int new_stream(lua_State *L) {
  lua_Integer seed = lb_check_integer(L, 1);
  size_t length;
  const char *name = lb_check_lstring(L, 2, &length);
  stream *s = lua_newuserdatauv(L, sizeof *s + length + 1, 0);
  s->seed = seed;
  memcpy(s->name, name, length + 1);
  ms_rng_init(&s->rng, (uint64_t)seed, s->name);
  luaL_setmetatable(L, RNG);
  return 1;
}

/* {=== numbers and fills: the draw is upvalue 1 === */

typedef struct draw {
  const char *name;
  double (*next)(ms_rng *rng);
} draw;

static const draw draws[] = {{"uniform", ms_rng_uniform}, {"normal", ms_rng_normal}};

/* What makes the numbers that arguments 3 and 4 ask for out of draws: scale x + shift. */
static void check_parameters(lua_State *L, const draw *d, double *scale, double *shift) {
  int is_uniform = d->next == ms_rng_uniform;
  double second = lb_opt_number(L, 4, 1);
  *shift = lb_opt_number(L, 3, 0);
  *scale = is_uniform ? second - *shift : second;
  if (is_uniform && !(*scale >= 0 && *scale < INFINITY))
    lb_error(L, "rng 'uniform': from %f to %f, expected finite limits, the lower first",
             *shift, second);
  if (!is_uniform && !isfinite(*shift))
    lb_error(L, "rng 'normal': the mean is %f, expected a finite number", *shift);
  if (!is_uniform && !(*scale >= 0 && *scale < INFINITY))
    lb_error(L, "rng 'normal': the deviation is %f, expected a finite number from 0 on",
             second);
}

/*
** r:uniform([nil [, low, high]]), r:normal([nil [, mean, deviation]]) is a number; with a
** tensor instead of nil fills it in row-major order and returns it.
*/
static int apply_draw(lua_State *L) {
  const draw *d = lua_touserdata(L, lua_upvalueindex(1));
  ms_rng *rng = lb_check_rng(L, 1);
  ms_tensor *tensor, number;
  double scale, shift;
  ms_status status;
  lua_settop(L, 4);
  check_parameters(L, d, &scale, &shift);
  if (lua_isnil(L, 2)) {
    lua_pushnumber(L, shift + scale * d->next(rng));
    return 1;
  }
  tensor = lb_check_tensor(L, 2);
  lb_share(L, ms_tensor_count(tensor));
  status = ms_tensor_random(d->next, rng, tensor);
  ms_tensor_borrow(&scale, 0, NULL, &number);
  if (status == MS_OK && scale != 1)
    status = ms_tensor_map2(ms_mul_kernel, tensor, &number, tensor);
  ms_tensor_borrow(&shift, 0, NULL, &number);
  if (status == MS_OK && shift != 0)
    status = ms_tensor_map2(ms_add_kernel, tensor, &number, tensor);
  lua_settop(L, 2);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

/*
** r:bernoulli(p): 1 with probability p, else 0. r:bernoulli(p, t) fills t; p is then a
** number or a tensor that broadcasts to t.
*/
static int bernoulli(lua_State *L) {
  static const char who[] = "rng 'bernoulli'";
  ms_rng *rng = lb_check_rng(L, 1);
  ms_tensor *tensor, scalar;
  const ms_tensor *p;
  double number = 0;
  ms_status status;
  lua_settop(L, 3);
  p = lb_to_tensor(L, 2, &number, &scalar);
  if (p == NULL || (p == &scalar && !(number >= 0 && number <= 1)))
    return lb_error(L, "%s: the probability is %s, expected 0 to 1", who,
                    lb_describe(L, 2));
  if (lua_isnil(L, 3)) {
    lua_pushinteger(L, ms_rng_uniform(rng) < lb_check_number(L, 2));
    return 1;
  }
  tensor = lb_check_tensor(L, 3);
  lb_share(L, ms_tensor_count(tensor));
  status = ms_tensor_random(ms_rng_uniform, rng, tensor);
  if (status == MS_OK) status = ms_tensor_map2(ms_lt_kernel, tensor, p, tensor);
  return status == MS_OK ? 1 : lb_fail_in(L, who, status);
}

/* }=== */

/* r:below(n): an integer in 0..n-1. */
static int below(lua_State *L) {
  ms_rng *rng = lb_check_rng(L, 1);
  lua_Integer bound = lb_check_integer(L, 2);
  if (bound < 1)
    return lb_error(L, "rng 'below': the bound is %I, expected at least 1", bound);
  lua_pushinteger(L, (lua_Integer)ms_rng_below(rng, (uint64_t)bound));
  return 1;
}

/* r:permutation(n): the numbers 1..n shuffled, as a tensor. */
static int permutation(lua_State *L) {
  ms_rng *rng = lb_check_rng(L, 1);
  lua_Integer n = lb_check_integer(L, 2);
  size_t count = (size_t)n;
  ms_tensor *out;
  if (n < 0) return lb_error(L, "rng 'permutation': %I numbers, expected at least 0", n);
  out = lb_create_tensor(L, 1, &count);
  for (size_t i = 0; i < count; i++) {
    size_t j = (size_t)ms_rng_below(rng, i + 1);
    out->data[i] = out->data[j];
    out->data[j] = (double)(i + 1);
  }
  return 1;
}

/* {=== state === */

/* r:state(): { upper and lower half of the key, draws so far }. */
static int state(lua_State *L) {
  const ms_rng *rng = lb_check_rng(L, 1);
  const uint64_t values[] = {rng->key >> 32, rng->key & UINT32_MAX, rng->counter};
  lua_createtable(L, 3, 0);
  for (int i = 0; i < 3; i++) {
    lua_pushinteger(L, (lua_Integer)values[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int restore(lua_State *L) {
  static const char *const names[] = {"upper half of the key", "lower half of the key",
                                      "number of draws"};
  ms_rng *rng = lb_check_rng(L, 1);
  lua_Integer values[3];
  lb_check_type(L, 2, LUA_TTABLE);
  for (int i = 0; i < 3; i++) {
    int whole;
    lua_rawgeti(L, 2, i + 1);
    values[i] = lua_tointegerx(L, -1, &whole);
    if (!whole || values[i] < 0 || (i < 2 && values[i] > UINT32_MAX))
      return lb_error(L,
                      "rng 'restore': item %d, the %s, is %s, expected a whole number%s",
                      i + 1, names[i], lb_describe(L, lua_gettop(L)),
                      i < 2 ? " below 2^32" : "");
  }
  rng->key = (uint64_t)values[0] << 32 | (uint64_t)values[1];
  rng->counter = (uint64_t)values[2];
  lua_settop(L, 1);
  return 1;
}

/* A key from elsewhere says so: name and seed do not describe it. */
static int to_string(lua_State *L) {
  const stream *s = check_stream(L, 1);
  char draws_text[24];
  ms_rng own;
  ms_rng_init(&own, (uint64_t)s->seed, s->name);
  snprintf(draws_text, sizeof draws_text, "%" PRIu64, s->rng.counter);
  lua_pushfstring(L, "rng '%s', seed %I, %s draws%s", s->name, s->seed, draws_text,
                  own.key == s->rng.key ? "" : ", with the key of another stream");
  return 1;
}

/* }=== */

void lb_open_random(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"below", below}, {"bernoulli", bernoulli}, {"permutation", permutation},
    {"state", state}, {"restore", restore},     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__tostring", to_string}, {NULL, NULL}};
  lb_set_methods(L, RNG, methods, metamethods);
  lb_push_methods(L, RNG);
  for (size_t i = 0; i < sizeof draws / sizeof *draws; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&draws[i]);
    lua_pushcclosure(L, apply_draw, 1);
    lua_setfield(L, -2, draws[i].name);
  }
  lua_pop(L, 1);
  lua_pushcfunction(L, new_stream);
  lua_setfield(L, -2, "rng");
}
