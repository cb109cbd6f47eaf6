/* Policies with events on two layers, for the tests of the machinery and of modsync-m. */
#ifndef MS_TESTS_SUPPORT_EVENT_SETTING_H
#define MS_TESTS_SUPPORT_EVENT_SETTING_H

#include "prune/event.h"

#include "base/random.h"
#include "check.h"

/* Two layers of a chain, with parameters before, between and behind them. */
enum { P = 160, FIRST = 9 * 8, SECOND = 8 * 6, SCOPE = FIRST + SECOND };

static const ms_block blocks[] = {{.offset = 4, .rows = 9, .cols = 8, .feeds = 2},
                                  {.offset = 90, .rows = 8, .cols = 6}};

static double theta[P], keep[P], grow[P], G[2 * P];

static inline void set(ms_prune_run *run, const char *name, double number,
                       const char *text) {
  ms_value value = {MS_VALUE_NUMBER, number, text};
  int option = ms_record_option(run->method.record, name);
  if (text != NULL) value.kind = MS_VALUE_TEXT;
  if (run->method.record->options[option].type == MS_BOOLEAN)
    value.kind = MS_VALUE_BOOLEAN;
  CHECK_STATUS(ms_method_set(&run->method, name, &value), MS_OK);
}

static inline void start_policy(ms_prune_run *run, const char *name, double density) {
  CHECK_STATUS(ms_prune_init(run, name), MS_OK);
  CHECK_STATUS(ms_prune_scope(run, 2, blocks), MS_OK);
  set(run, "density", density, NULL);
  set(run, "start", 0, NULL);
}

/* The parameter of an element of the scope. */
static inline size_t place_of(size_t i) {
  return i < FIRST ? 4 + i : 90 + i - FIRST;
}

static inline const double *mask_of(const ms_prune_run *run) {
  return run->method.state[MS_EVENT_MASK];
}

static inline void fill(ms_rng *rng) {
  for (size_t i = 0; i < P; i++) {
    theta[i] = ms_rng_normal(rng);
    keep[i] = floor(20 * ms_rng_uniform(rng)); /* with ties */
    grow[i] = ms_rng_uniform(rng);
  }
}

/* Is any of n elements, 'stride' apart, active? */
static inline int has(const double *mask, size_t first, size_t n, size_t stride) {
  for (size_t k = 0; k < n; k++)
    if (mask[first + k * stride] != 0) return 1;
  return 0;
}

#endif
