/* The indices of more than exclusivity.c asks of modsync-p, values of blocks, nulls. */
#include "prune/exclusivity.h"

#include "check.h"

enum { N = 3000, SAMPLES = 60000 };

static double importance[3 * N], values[N], scale[6];
static size_t places[3 * N];

static const ms_index indices[] = {MS_RATIO, MS_ENTROPY, MS_COUPLING, MS_MAX_SHARE};
enum { INDICES = sizeof indices / sizeof indices[0] };

static ms_shares prepare(ms_index index, size_t tasks, size_t n, double epsilon) {
  ms_shares shares;
  ms_shares_init(&shares, index, tasks, n, n, importance, epsilon, scale);
  return shares;
}

static void random_importance(size_t tasks, size_t n, const char *name) {
  ms_rng rng;
  ms_rng_init(&rng, 2, name);
  for (size_t i = 0; i < tasks * n; i++) {
    double g = ms_rng_normal(&rng);
    importance[i] = g * g;
  }
}

static double value_of(ms_index index, size_t tasks, size_t n) {
  ms_shares shares = prepare(index, tasks, n, 0);
  double weight, value = ms_shares_value(&shares, NULL, &weight);
  CHECK_NEAR(weight, 1, 1e-12);
  return value;
}

static double share(size_t t, size_t i, size_t n) {
  double total = 0;
  for (size_t j = 0; j < n; j++) total += importance[t * n + j];
  return importance[t * n + i] / total;
}

/* sum over i of x log(x / m), m the mean of the shares of all tasks. */
static double divergence(size_t t, size_t tasks, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double mean = 0, x = share(t, i, n);
    for (size_t u = 0; u < tasks; u++) mean += share(u, i, n) / (double)tasks;
    sum += x * log(x / mean);
  }
  return sum;
}

/* Values of the network are what the names say: for 2 and 3 tasks the mean distance of
   pairs, the Jensen-Shannon divergence, the affinity. */
static void test_values(void) {
  enum { SMALL = 40 };
  for (size_t tasks = 2; tasks <= 3; tasks++) {
    double pairs = 0, jsd = 0, affinity = 0, most = 0, T = (double)tasks;
    random_importance(tasks, SMALL, "values");
    for (size_t t = 0; t < tasks; t++) {
      for (size_t u = 0; u < t; u++)
        for (size_t i = 0; i < SMALL; i++)
          pairs += fabs(share(t, i, SMALL) - share(u, i, SMALL)) / 2;
      jsd += divergence(t, tasks, SMALL) / T;
    }
    for (size_t i = 0; i < SMALL; i++) {
      double product = 1, largest = 0;
      for (size_t t = 0; t < tasks; t++) {
        double x = share(t, i, SMALL);
        product *= x;
        if (x > largest) largest = x;
      }
      affinity += pow(product, 1 / T);
      most += largest;
    }
    CHECK_NEAR(value_of(MS_RATIO, tasks, SMALL), pairs / (T * (T - 1) / 2), 1e-12);
    CHECK_NEAR(value_of(MS_ENTROPY, tasks, SMALL), jsd / log(T), 1e-12);
    CHECK_NEAR(value_of(MS_COUPLING, tasks, SMALL), affinity, 1e-12);
    CHECK_NEAR(value_of(MS_MAX_SHARE, tasks, SMALL), (most - 1) / (T - 1), 1e-12);
  }
}

/* 1 - H / log T of connections of three tasks. */
static void test_entropy(void) {
  static const double given[] = {3, 1, 1, 1, 0, 4, 0, 1, 4};
  ms_shares shares;
  memcpy(importance, given, sizeof given);
  shares = prepare(MS_ENTROPY, 3, 3, 0);
  ms_shares_index(&shares, values);
  CHECK_NEAR(values[0], 1 + (0.75 * log(0.75) + 0.25 * log(0.25)) / log(3), 1e-14);
  CHECK_NEAR(values[1], 1 - log(2) / log(3), 1e-14);
  CHECK_NEAR(values[2], 1 + (log(1.0 / 9) + 8 * log(4.0 / 9)) / 9 / log(3), 1e-14);
}

/* Everything is the same for identical tasks, and at an end for disjoint ones. */
static void test_ends(void) {
  for (int k = 0; k < INDICES; k++) {
    double same = indices[k] == MS_COUPLING;
    random_importance(1, N, "ends");
    for (size_t i = 0; i < N; i++) {
      importance[N + i] = 1000 * importance[i];
      importance[2 * N + i] = 1e-6 * importance[i];
    }
    CHECK_NEAR(value_of(indices[k], 3, N), same, 1e-12);
    for (size_t i = 0; i < 3 * N; i++) importance[i] *= i % N / (N / 3) == i / N;
    CHECK_NEAR(value_of(indices[k], 3, N), 1 - same, 1e-12);
  }
}

/* Damping is a factor s / (s + e) of every index. */
static void test_damping(void) {
  for (int k = 0; k < INDICES; k++) {
    static double damped[N];
    ms_shares shares;
    random_importance(3, N, "damping");
    shares = prepare(indices[k], 3, N, 0);
    ms_shares_index(&shares, values);
    shares = prepare(indices[k], 3, N, 0.02);
    ms_shares_index(&shares, damped);
    CHECK_NEAR(shares.damping, 0.02 / N * 1.5, 1e-18);
    for (size_t i = 0; i < N; i += 7) {
      double s = share(0, i, N) + share(1, i, N) + share(2, i, N);
      CHECK_NEAR(damped[i], values[i] * s / (s + shares.damping), 1e-12);
    }
  }
}

/* The parts of a block add up to it; the tasks' order does not matter. */
static void test_parts(void) {
  for (int k = 0; k < INDICES; k++) {
    double sum = 0, weights = 0, weight, whole;
    ms_shares shares, part;
    random_importance(3, N, "parts");
    whole = value_of(indices[k], 3, N);
    shares = prepare(indices[k], 3, N, 0);
    for (size_t first = 0; first < N; first += N / 5) {
      ms_shares_part(&shares, first, N / 5, &part);
      sum += ms_shares_value(&part, NULL, &weight);
      weights += weight;
    }
    CHECK_NEAR(sum, whole, 1e-12);
    CHECK_NEAR(weights, 1, 1e-12);
    for (size_t i = 0; i < N; i++) {
      double held = importance[i];
      importance[i] = importance[2 * N + i];
      importance[2 * N + i] = held;
    }
    CHECK_NEAR(value_of(indices[k], 3, N), whole, 1e-12);
  }
}

/* Without two tasks there is nothing to compare. */
static void test_lonely(void) {
  for (int k = 0; k < INDICES; k++) {
    double weight;
    ms_shares shares;
    random_importance(2, N, "lonely");
    memset(importance + N, 0, N * sizeof *importance);
    shares = prepare(indices[k], 2, N, 0);
    CHECK(ms_shares_value(&shares, NULL, &weight) == 0);
    CHECK(weight == 0);
  }
}

/* Shuffles: the first task stays, every other one is a permutation; the value of equal
   importances is that of all pairs that are not. */
static void test_shuffle(void) {
  enum { SMALL = 6, SHUFFLES = 4000 };
  static const double given[] = {5, 3, 1, 1, 0.5, 0.1};
  double sum = 0, expected = 0, weight;
  ms_shares shares;
  ms_rng rng;
  ms_rng_init(&rng, 3, "shuffle");
  for (size_t i = 0; i < SMALL; i++) importance[i] = importance[SMALL + i] = given[i];
  shares = prepare(MS_RATIO, 2, SMALL, 0);
  for (int s = 0; s < SHUFFLES; s++) {
    unsigned seen = 0;
    ms_shares_shuffle(2, SMALL, &rng, places);
    for (size_t i = 0; i < SMALL; i++) {
      CHECK(places[i] == i);
      seen |= 1u << places[SMALL + i];
    }
    CHECK(seen == 63);
    sum += ms_shares_value(&shares, places, &weight);
    CHECK_NEAR(weight, 1, 1e-12);
  }
  for (size_t i = 0; i < SMALL; i++)
    for (size_t j = 0; j < SMALL; j++)
      expected += fabs(share(0, i, SMALL) - share(0, j, SMALL)) / 2 / SMALL;
  CHECK_NEAR(sum / SHUFFLES, expected, 0.01);
}

/* The table of the sampling null: two tasks; 3 and 4 tasks, one draw. */
static void test_expected(void) {
  static const double draws[] = {1, 2, 4, 8, 16, 64};
  static const double tv[] = {0.637, 0.500, 0.375, 0.273, 0.196, 0.099};
  static const double jsd[] = {0.443, 0.279, 0.158, 0.084, 0.044, 0.011};
  for (int k = 0; k < 6; k++) {
    CHECK_NEAR(ms_index_expected(MS_RATIO, 2, draws[k]), tv[k], 6e-4);
    CHECK_NEAR(ms_index_expected(MS_MAX_SHARE, 2, draws[k]), tv[k], 6e-4);
    CHECK_NEAR(ms_index_expected(MS_ENTROPY, 2, draws[k]), jsd[k], 6e-4);
    CHECK_NEAR(ms_index_expected(MS_RATIO, 4, draws[k]), tv[k], 6e-4);
  }
  CHECK_NEAR(ms_index_expected(MS_RATIO, 2, 1), 2 / 3.14159265358979324, 1e-14);
  CHECK_NEAR(ms_index_expected(MS_ENTROPY, 2, 1), 1 / log(2) - 1, 1e-14);
  CHECK_NEAR(ms_index_expected(MS_COUPLING, 2, 1), 2 / 3.14159265358979324, 1e-14);
  CHECK_NEAR(ms_index_expected(MS_ENTROPY, 3, 1), 0.393, 6e-4);
  CHECK_NEAR(ms_index_expected(MS_ENTROPY, 4, 1), 0.361, 6e-4);
  CHECK_NEAR(ms_index_expected(MS_RATIO, 2, 1e4), 1 / sqrt(3.14159265358979324 * 5e3),
             1e-6);
  CHECK(isnan(ms_index_expected(MS_MAX_SHARE, 3, 1)));
  CHECK(isnan(ms_index_expected(MS_RATIO, 2, 0)));
}

/* Formulas and simulation agree, within five standard errors, for 2 and 3 tasks. */
static void test_simulated(void) {
  double room[9], error;
  ms_rng rng;
  ms_rng_init(&rng, 4, "simulated");
  for (int k = 0; k < INDICES; k++)
    for (size_t tasks = 2; tasks <= 3; tasks++)
      for (size_t draws = 1; draws <= 9; draws += 4) {
        double expected = ms_index_expected(indices[k], tasks, (double)draws);
        double value = ms_index_simulated(indices[k], tasks, draws, 2, SAMPLES / draws,
                                          &rng, room, &error);
        CHECK(error > 0 && error < 0.01);
        if (isnan(expected))
          CHECK(value > ms_index_expected(MS_RATIO, tasks, (double)draws) / 2);
        else
          CHECK_NEAR(value, expected, 5 * error);
      }
  CHECK_NEAR(ms_index_simulated(MS_RATIO, 2, 1, 1, SAMPLES, &rng, room, &error),
             sqrt(2) - 1, 0.005);
  CHECK_NEAR(ms_index_simulated(MS_ENTROPY, 2, 1, 1, SAMPLES, &rng, room, &error), 0.202,
             0.005);
}

/* Importances of independent batches have the sampling null, whatever the variances. */
static void test_sampling(void) {
  for (size_t draws = 1; draws <= 16; draws *= 4) {
    ms_rng rng;
    ms_rng_init(&rng, draws, "sampling");
    for (size_t i = 0; i < 2 * N; i++) {
      importance[i] = 0;
      for (size_t d = 0; d < draws; d++) {
        double g = ms_rng_normal(&rng) * (1 + (double)(i % N % 10));
        importance[i] += g * g;
      }
    }
    for (int k = 0; k < INDICES; k++)
      CHECK_NEAR(value_of(indices[k], 2, N),
                 ms_index_expected(indices[k], 2, (double)draws), 0.02);
  }
}

int main(void) {
  test_values();
  test_entropy();
  test_ends();
  test_damping();
  test_parts();
  test_lonely();
  test_shuffle();
  test_expected();
  test_simulated();
  test_sampling();
  return check_done();
}
