/* Exact choices, counts near quotas, densities of layers and over time. */
#include "prune/density.h"
#include "prune/select.h"

#include "base/random.h"
#include "check.h"

enum { N = 200 };

/* Scores with many ties; a part of them are candidates. */
static size_t make_scores(ms_rng *rng, size_t n, double *score, double *candidate) {
  size_t candidates = 0;
  for (size_t i = 0; i < n; i++) {
    score[i] = (double)ms_rng_below(rng, 12) - 6;
    candidate[i] = ms_rng_below(rng, 4) != 0;
    candidates += candidate[i] != 0;
  }
  return candidates;
}

/* How many candidates come before i: larger, or equal with a lower index. */
static size_t rank_of(size_t n, const double *score, const double *candidate, size_t i) {
  size_t before = 0;
  for (size_t j = 0; j < n; j++)
    before += candidate[j] != 0
              && (score[j] > score[i] || (score[j] == score[i] && j < i));
  return before;
}

static void test_largest(void) {
  double score[N], candidate[N], chosen[N], room[N];
  ms_rng rng;
  ms_rng_init(&rng, 1, "select");
  for (size_t n = 1; n <= N; n += 13) {
    size_t candidates = make_scores(&rng, n, score, candidate);
    for (size_t count = 0; count <= candidates; count++) {
      ms_select_largest(n, score, candidate, count, chosen, room);
      for (size_t i = 0; i < n; i++) {
        int best = candidate[i] != 0 && rank_of(n, score, candidate, i) < count;
        CHECK(chosen[i] == best);
      }
    }
  }
}

static void test_kth(void) {
  double values[N], sorted[N];
  ms_rng rng;
  ms_rng_init(&rng, 2, "select");
  for (size_t i = 0; i < N; i++) sorted[i] = floor((double)i / 3);
  for (size_t k = 0; k < N; k++) {
    size_t order[N];
    for (size_t i = 0; i < N; i++) order[i] = i;
    ms_rng_shuffle(&rng, N, order);
    for (size_t i = 0; i < N; i++) values[i] = sorted[order[i]];
    CHECK(ms_select_kth(values, N, k) == sorted[k]);
  }
}

static void test_apportion(void) {
  double quota[] = {2.5, 2.5, 3.999999999999, 1.2}, count[4], room[16];
  double cap[] = {10, 10, 10, 10};
  ms_apportion(4, quota, cap, 10, count, room);
  CHECK(count[0] == 3 && count[1] == 2 && count[2] == 4 && count[3] == 1);
  cap[0] = 1; /* what it cannot take goes to the others */
  ms_apportion(4, quota, cap, 10, count, room);
  CHECK(count[0] == 1 && count[0] + count[1] + count[2] + count[3] == 10);
  cap[1] = cap[2] = cap[3] = 1;
  ms_apportion(4, quota, cap, 10, count, room);
  CHECK(count[0] == 1 && count[1] == 1 && count[2] == 1 && count[3] == 1);
  ms_apportion(4, quota, cap, 0, count, room);
  CHECK(count[0] >= 0 && count[0] <= 1);
}

/* Random quotas: the sum is exact, and no count is one or more away from its quota. */
static void test_apportion_random(void) {
  double quota[N], cap[N], count[N], room[4 * N];
  ms_rng rng;
  ms_rng_init(&rng, 3, "select");
  for (int round = 0; round < 50; round++) {
    double total = 0, sum = 0;
    for (size_t i = 0; i < N; i++) {
      quota[i] = 7 * ms_rng_uniform(&rng);
      cap[i] = 8;
      total += quota[i];
    }
    ms_apportion(N, quota, cap, floor(total + 0.5), count, room);
    for (size_t i = 0; i < N; i++) {
      sum += count[i];
      CHECK(fabs(count[i] - quota[i]) < 1);
    }
    CHECK(sum == floor(total + 0.5));
  }
}

static void test_layers(void) {
  static const ms_block blocks[] = {{.offset = 0, .rows = 2, .cols = 100},
                                    {.offset = 200, .rows = 100, .cols = 100},
                                    {.offset = 10200, .rows = 50, .cols = 100}};
  double size[] = {200, 10000, 5000}, layer[3];
  ms_layer_densities(MS_UNIFORM, 0.3, 3, blocks, size, layer);
  CHECK(layer[0] == 0.3 && layer[1] == 0.3 && layer[2] == 0.3);
  /* raw densities 102 / 200, 0.02, 0.03; without the first, which is clipped:
     epsilon (0.02 * 10000 + 0.03 * 5000) = 0.3 * 15200 - 200 */
  ms_layer_densities(MS_ER, 0.3, 3, blocks, size, layer);
  CHECK(layer[0] == 1);
  CHECK_NEAR(layer[1], 0.02 * (0.3 * 15200 - 200) / 350, 1e-14);
  CHECK_NEAR(layer[2], 0.03 * (0.3 * 15200 - 200) / 350, 1e-14);
  ms_layer_densities(MS_ER, 0.001, 3, blocks, size, layer);
  CHECK_NEAR(layer[0] / layer[1], 0.51 / 0.02, 1e-10);
  CHECK_NEAR(layer[0] * 200 + layer[1] * 10000 + layer[2] * 5000, 15.2, 1e-12);
  ms_layer_densities(MS_ERK, 1, 3, blocks, size, layer);
  CHECK(layer[0] == 1 && layer[1] == 1 && layer[2] == 1);
  size[0] = size[2] = 0; /* all of it frozen */
  ms_layer_densities(MS_ER, 0.5, 3, blocks, size, layer);
  CHECK_NEAR(layer[1], 0.5, 1e-15);
}

static void test_schedules(void) {
  for (int kind = MS_CUBIC; kind <= MS_GEOMETRIC; kind++) {
    ms_density_schedule schedule = (ms_density_schedule)kind;
    CHECK(ms_density_at(schedule, 0.2, 0.25, 0.75, 0.2) == 1);
    CHECK(ms_density_at(schedule, 0.2, 0.25, 0.75, 0.75) == 0.2);
    CHECK(ms_density_at(schedule, 0.2, 0.25, 0.75, 1) == 0.2);
    CHECK(ms_density_at(schedule, 0.2, 0.5, 0.5, 0.5) == 0.2);
    CHECK(ms_density_at(schedule, 1, 0, 1, 0.5) == 1);
  }
  CHECK_NEAR(ms_density_at(MS_CUBIC, 0.2, 0.25, 0.75, 0.5), 0.2 + 0.8 / 8, 1e-15);
  CHECK_NEAR(ms_density_at(MS_GEOMETRIC, 0.25, 0.25, 0.75, 0.5), 0.5, 1e-15);
  CHECK(ms_density_at(MS_ONE_SHOT, 0.2, 0.25, 0.75, 0.25) == 0.2);
  CHECK(ms_fraction_at(0.3, 0.75, 0) == 0.3 && ms_fraction_at(0.3, 0.75, 0.75) == 0);
  CHECK_NEAR(ms_fraction_at(0.3, 0.75, 0.25), 0.225, 1e-15);
}

int main(void) {
  test_largest();
  test_kth();
  test_apportion();
  test_apportion_random();
  test_layers();
  test_schedules();
  return check_done();
}
