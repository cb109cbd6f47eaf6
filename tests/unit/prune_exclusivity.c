#include "prune/exclusivity.h"

#include "check.h"

enum { N = 6000, DRAWS = 60000 };

static double importance[3 * N], index_values[N], room[DRAWS], scale[6];

static void prepare(ms_index index, size_t tasks, size_t n, double epsilon,
                    ms_shares *shares) {
  ms_shares_init(shares, index, tasks, n, n, importance, epsilon, scale);
  ms_shares_index(shares, index_values);
}

static void random_importance(size_t tasks, const char *name) {
  ms_rng rng;
  ms_rng_init(&rng, 2, name);
  for (size_t i = 0; i < tasks * N; i++) {
    double g = ms_rng_normal(&rng);
    importance[i] = g * g;
  }
}

/* Two tasks: |x - y| / (x + y) with shares x, y; E^2 + S^2 = 1; the mean of E weighted by
   importance is the total variation distance. */
static void test_two_tasks(void) {
  double total[2] = {0, 0}, distance = 0, weighted = 0;
  double *E = room;
  ms_shares shares;
  random_importance(2, "two");
  for (size_t i = 0; i < N; i++) total[0] += importance[i], total[1] += importance[N + i];
  prepare(MS_MAX_SHARE, 2, N, 0, &shares);
  CHECK(shares.live == 2);
  for (size_t i = 0; i < N; i++) {
    double x = importance[i] / total[0], y = importance[N + i] / total[1];
    CHECK_NEAR(index_values[i], fabs(x - y) / (x + y), 1e-12);
    distance += fabs(x - y) / 2;
    weighted += (x + y) / 2 * index_values[i];
    E[i] = index_values[i];
  }
  CHECK_NEAR(weighted, distance, 1e-12);
  CHECK_NEAR(distance, 0.637, 0.02); /* of squared Gaussians, one draw */
  prepare(MS_COUPLING, 2, N, 0, &shares);
  for (size_t i = 0; i < N; i++)
    CHECK_NEAR(E[i] * E[i] + index_values[i] * index_values[i], 1, 1e-12);
}

/* A loss multiplied by 1000 changes no index. */
static void test_rescaled(void) {
  double *before = room;
  ms_shares shares;
  for (int index = 0; index < 2; index++) {
    random_importance(3, "rescaled");
    prepare(index == 0 ? MS_MAX_SHARE : MS_COUPLING, 3, N, 0.02, &shares);
    memcpy(before, index_values, sizeof index_values);
    for (size_t i = 0; i < N; i++) importance[N + i] *= 1e6;
    prepare(index == 0 ? MS_MAX_SHARE : MS_COUPLING, 3, N, 0.02, &shares);
    for (size_t i = 0; i < N; i++) CHECK_NEAR(index_values[i], before[i], 1e-12);
  }
}

static void test_ends(void) {
  ms_shares shares;
  for (size_t i = 0; i < 8; i++) {
    importance[i] = i < 4 ? 1 : 0;
    importance[8 + i] = i < 4 ? 0 : 5;
  }
  prepare(MS_MAX_SHARE, 2, 8, 0, &shares);
  for (size_t i = 0; i < 8; i++) CHECK_NEAR(index_values[i], 1, 1e-15);
  prepare(MS_COUPLING, 2, 8, 0, &shares);
  for (size_t i = 0; i < 8; i++) CHECK(index_values[i] == 0);
  for (size_t i = 0; i < 8; i++) importance[8 + i] = 7 * (importance[i] = (double)i);
  prepare(MS_MAX_SHARE, 2, 8, 0.02, &shares);
  for (size_t i = 0; i < 8; i++) CHECK_NEAR(index_values[i], 0, 1e-14);
  prepare(MS_COUPLING, 2, 8, 0, &shares);
  for (size_t i = 1; i < 8; i++) CHECK_NEAR(index_values[i], 1, 1e-14);
  CHECK(index_values[0] == 0); /* serves nobody */
}

/* Damping: sum x + epsilon / n * T / 2 below the line. */
static void test_damping(void) {
  static const double given[] = {9, 0.9, 0.1, 0, 0, 0, 0, 10};
  ms_shares shares;
  memcpy(importance, given, sizeof given);
  prepare(MS_MAX_SHARE, 2, 4, 0.02, &shares);
  CHECK_NEAR(shares.damping, 0.005, 1e-15);
  CHECK_NEAR(index_values[0], 0.9 / 0.905, 1e-12);
  CHECK_NEAR(index_values[2], 0.01 / 0.015, 1e-12);
  CHECK_NEAR(index_values[3], 1 / 1.005, 1e-12);
}

/* Three tasks: 0 for equal shares, 1/4 for two, 1 for one; a silent task drops out. */
static void test_three_tasks(void) {
  static const double given[] = {1, 1, 2, 0, 1, 1, 0, 2, 1, 0, 0, 3};
  ms_shares shares;
  memcpy(importance, given, sizeof given);
  prepare(MS_MAX_SHARE, 3, 4, 0, &shares);
  CHECK_NEAR(index_values[0], 0, 1e-15);
  CHECK_NEAR(index_values[1], 0.25, 1e-15);
  CHECK_NEAR(index_values[2], 1, 1e-15);
  for (size_t i = 8; i < 12; i++) importance[i] = 0;
  prepare(MS_MAX_SHARE, 3, 4, 0, &shares);
  CHECK(shares.live == 2);
  CHECK_NEAR(index_values[1], 0, 1e-15);
  CHECK_NEAR(index_values[3], 1, 1e-15);
  for (size_t i = 4; i < 8; i++) importance[i] = 0;
  prepare(MS_MAX_SHARE, 3, 4, 0, &shares);
  for (size_t i = 0; i < 4; i++) CHECK(index_values[i] == 0);
}

/* Squared Gaussians: x / (x + y) has the arcsine law, E the quantiles sin(q pi / 2). */
static void test_null(void) {
  static const double quantiles[] = {0.1, 0.5, 0.8};
  ms_shares shares;
  ms_rng rng;
  ms_rng_init(&rng, 5, "test");
  random_importance(3, "null");
  memcpy(importance + N, importance, N * sizeof *importance); /* sharing does not show */
  prepare(MS_MAX_SHARE, 2, N, 0, &shares);
  for (int q = 0; q < 3; q++) {
    double level = ms_shares_null(&shares, quantiles[q], DRAWS, &rng, room);
    CHECK_NEAR(level, sin(quantiles[q] * 1.5707963267948966), 0.03);
  }
  CHECK(ms_shares_null(&shares, 0, DRAWS, &rng, room) == 0);
  prepare(MS_MAX_SHARE, 3, N, 0, &shares);
  CHECK(ms_shares_null(&shares, 0.5, DRAWS, &rng, room) > 0.4);
}

/* Mixed connections never take both importances from the same place. */
static void test_mixed(void) {
  static const double given[] = {0.9, 0.1, 0.9, 0.1};
  ms_shares shares;
  ms_rng rng;
  ms_rng_init(&rng, 8, "test");
  memcpy(importance, given, sizeof given);
  prepare(MS_MAX_SHARE, 2, 2, 0, &shares);
  CHECK_NEAR(ms_shares_null(&shares, 0.01, 1000, &rng, room), 0.8, 1e-12);
}

/* The level is an order statistic of the values drawn, whatever their order. */
static void test_quantile(void) {
  ms_shares shares;
  random_importance(2, "order");
  prepare(MS_MAX_SHARE, 2, N, 0.02, &shares);
  for (size_t draws = 1; draws < 40; draws++) {
    ms_rng rng;
    size_t below = 0, equal = 0;
    double level;
    ms_rng_init(&rng, draws, "test");
    level = ms_shares_null(&shares, 0.5, draws, &rng, room);
    for (size_t i = 0; i < draws; i++) {
      below += room[i] < level;
      equal += room[i] == level;
    }
    CHECK(level > 0.98 || (below <= (draws - 1) / 2 && (draws - 1) / 2 < below + equal));
  }
}

/* Disjoint importances: half of the mixed pairs or more look exclusive: no null. */
static void test_saturated(void) {
  ms_shares shares;
  ms_rng rng;
  ms_rng_init(&rng, 6, "test");
  for (size_t i = 0; i < N; i++) {
    importance[i] = i % 2 == 0;
    importance[N + i] = i % 2 == 1;
  }
  prepare(MS_MAX_SHARE, 2, N, 0.02, &shares);
  CHECK(ms_shares_null(&shares, 0.5, 4096, &rng, room) < 1e-9);
  CHECK(ms_shares_null(&shares, 0.9, 4096, &rng, room) < 1e-9);
  prepare(MS_MAX_SHARE, 2, 1, 0.02, &shares);
  CHECK(ms_shares_null(&shares, 0.5, 4096, &rng, room) == 0);
}

int main(void) {
  test_two_tasks();
  test_rescaled();
  test_ends();
  test_damping();
  test_three_tasks();
  test_null();
  test_mixed();
  test_quantile();
  test_saturated();
  return check_done();
}
