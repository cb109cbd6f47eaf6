#include "prune/importance.h"

#include "check.h"

enum { TERMS = 4, PARAMS = 700 };

static double G[TERMS * PARAMS], theta[PARAMS], out[PARAMS], before[PARAMS];

static void random_values(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "importance");
  for (size_t i = 0; i < TERMS * PARAMS; i++) G[i] = ms_rng_normal(&rng);
  for (size_t i = 0; i < PARAMS; i++) {
    theta[i] = ms_rng_normal(&rng);
    out[i] = before[i] = ms_rng_uniform(&rng);
  }
}

static double formula(ms_importance kind, double g, double weight) {
  switch (kind) {
    case MS_TAYLOR: return fabs(weight * g);
    case MS_TAYLOR_SQUARE: return weight * g * weight * g;
    default: return g * g;
  }
}

/* Terms 0 and 3 are task 0, 1 is task 1, 2 is task 2, none is task 3; ranges that are no
   multiple of anything; what is outside of the range stays. */
static void test_kinds(void) {
  static const size_t task[] = {0, 1, 2, 0};
  for (ms_importance kind = MS_SQUARE; kind <= MS_TAYLOR_SQUARE; kind++) {
    for (size_t t = 0; t < 4; t++) {
      ms_sample sample = {G, theta, task, TERMS, PARAMS};
      size_t first = 3 + t, n = 650 + t;
      random_values();
      ms_importance_update(kind, &sample, t, first, n, 0.75, 0.5, out);
      for (size_t i = 0; i < n; i++) {
        double g = 0;
        for (size_t k = 0; k < TERMS; k++)
          if (task[k] == t) g += G[k * PARAMS + first + i];
        CHECK_NEAR(out[i], 0.75 * before[i] + 0.5 * formula(kind, g, theta[first + i]),
                   1e-13);
      }
      for (size_t i = n; i < PARAMS; i++) CHECK(out[i] == before[i]);
    }
  }
}

/* Without a list every term is a task of its own; square needs no parameters. */
static void test_single(void) {
  ms_sample sample = {G, NULL, NULL, TERMS, PARAMS};
  random_values();
  ms_importance_update(MS_SQUARE, &sample, 2, 0, PARAMS, 0, 1, out);
  for (size_t i = 0; i < PARAMS; i++)
    CHECK(out[i] == G[2 * PARAMS + i] * G[2 * PARAMS + i]);
}

int main(void) {
  test_kinds();
  test_single();
  return check_done();
}
