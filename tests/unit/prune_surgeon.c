/* The optimal brain surgeon on quadratic losses, where it is exact. */
#include "prune/surgeon.h"

#include "base/random.h"
#include "check.h"

enum { N = 9, COLS = 4, SAMPLES = 30 };

static double H[N * N], inverse[N * N], room[N * N + N];

/* H = X'X / m + damping I of random samples, and its inverse by Gauss and Jordan. */
static void make(ms_rng *rng, double damping) {
  double X[SAMPLES * N], work[N * N];
  for (int i = 0; i < SAMPLES * N; i++) X[i] = ms_rng_normal(rng) * (1 + i % N);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      H[i * N + j] = i == j ? damping : 0;
      for (int s = 0; s < SAMPLES; s++)
        H[i * N + j] += X[s * N + i] * X[s * N + j] / SAMPLES;
      inverse[i * N + j] = i == j;
    }
  }
  memcpy(work, H, sizeof work);
  for (int p = 0; p < N; p++) {
    double pivot = work[p * N + p];
    for (int j = 0; j < N; j++) work[p * N + j] /= pivot, inverse[p * N + j] /= pivot;
    for (int i = 0; i < N; i++) {
      double factor = work[i * N + p];
      if (i == p) continue;
      for (int j = 0; j < N; j++) {
        work[i * N + j] -= factor * work[p * N + j];
        inverse[i * N + j] -= factor * inverse[p * N + j];
      }
    }
  }
}

/* (w - v)' H (w - v) / 2 of a column. */
static double loss(const double *v, const double *w, int column) {
  double sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      sum += (w[i * COLS + column] - v[i * COLS + column]) * H[i * N + j]
             * (w[j * COLS + column] - v[j * COLS + column]) / 2;
  return sum;
}

static double total_loss(const double *v, const double *w) {
  double sum = 0;
  for (int c = 0; c < COLS; c++) sum += loss(v, w, c);
  return sum;
}

static void fill(double *values, int n, ms_rng *rng) {
  for (int i = 0; i < n; i++) values[i] = ms_rng_normal(rng);
}

/* H = [[2, 1], [1, 1]]: H^-1 = [[1, -1], [-1, 2]]. w = (3, 4). */
static void test_by_hand(void) {
  static const double inv[] = {1, -1, -1, 2}, none[2] = {0}, w[] = {3, 4};
  static const double first[] = {1, 0}, second[] = {0, 1};
  double work[6], cost[2], left[2];
  ms_surgeon surgeon = {2, 1, inv, none, work};
  ms_surgeon_costs(&surgeon, w, cost);
  CHECK_NEAR(cost[1], 16.0 / 4, 1e-15); /* then w = (5, 0), H of the first: 2 */
  CHECK_NEAR(cost[0], 25.0, 1e-14);
  memcpy(left, w, sizeof left);
  CHECK_NEAR(ms_surgeon_remove(&surgeon, second, left), 4, 1e-15);
  CHECK(left[1] == 0);
  CHECK_NEAR(left[0], 5, 1e-15);
  memcpy(left, w, sizeof left);
  CHECK_NEAR(ms_surgeon_remove(&surgeon, first, left), 4.5, 1e-15);
  CHECK(left[0] == 0);
  CHECK_NEAR(left[1], 7, 1e-15);
}

/* One weight: predicted loss exact, weight 0, no dearer than plain zeroing. */
static void test_single(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "surgeon");
  for (int trial = 0; trial < 40; trial++) {
    double w[N * COLS], v[N * COLS], plain[N * COLS], gone[N * COLS] = {0}, predicted;
    static const double none[N * COLS];
    ms_surgeon surgeon = {N, COLS, inverse, none, room};
    int q = (int)ms_rng_below(&rng, N * COLS);
    make(&rng, 0.1);
    fill(w, N * COLS, &rng);
    memcpy(v, w, sizeof v);
    memcpy(plain, w, sizeof v);
    gone[q] = 1;
    plain[q] = 0;
    predicted = ms_surgeon_remove(&surgeon, gone, v);
    CHECK(v[q] == 0);
    CHECK_NEAR(predicted, total_loss(w, v), 1e-11 * (1 + predicted));
    CHECK(total_loss(w, v) <= total_loss(w, plain) * (1 + 1e-12));
    for (int i = 0; i < N * COLS; i++) /* the other columns stay */
      if (i % COLS != q % COLS) CHECK(v[i] == w[i]);
  }
}

/* Many weights with some held: the free ones are at the minimum, the loss is exact. */
static void test_many(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "surgeon");
  for (int trial = 0; trial < 40; trial++) {
    double w[N * COLS], v[N * COLS], gone[N * COLS], held[N * COLS], predicted;
    ms_surgeon surgeon = {N, COLS, inverse, held, room};
    make(&rng, 0.1);
    fill(w, N * COLS, &rng);
    for (int i = 0; i < N * COLS; i++) {
      gone[i] = ms_rng_uniform(&rng) < 0.4;
      held[i] = ms_rng_uniform(&rng) < 0.2;
    }
    memcpy(v, w, sizeof v);
    predicted = ms_surgeon_remove(&surgeon, gone, v);
    CHECK_NEAR(predicted, total_loss(w, v), 1e-10 * (1 + predicted));
    for (int i = 0; i < N; i++) {
      for (int c = 0; c < COLS; c++) {
        double slope = 0;
        int at = i * COLS + c;
        if (held[at] != 0) {
          CHECK(v[at] == w[at]);
        } else if (gone[at] != 0) {
          CHECK(v[at] == 0);
        } else {
          for (int j = 0; j < N; j++)
            slope += H[i * N + j] * (v[j * COLS + c] - w[j * COLS + c]);
          CHECK_NEAR(slope, 0, 1e-10);
        }
      }
    }
  }
}

/* Of the first column, where none is held: the cheapest first, at what it costs alone. */
static void check_cheapest(const double *w, const double *cost) {
  double least = INFINITY, first = INFINITY;
  for (int i = 0; i < N; i++) {
    least = fmin(least, w[i * COLS] * w[i * COLS] / (2 * inverse[i * N + i]));
    first = fmin(first, cost[i * COLS]);
  }
  CHECK_NEAR(first, least, 1e-15 * least);
}

/* Costs ascend along a column, and those of the cheapest add up to what they cost. */
static void test_costs(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "surgeon");
  for (int trial = 0; trial < 20; trial++) {
    double w[N * COLS], v[N * COLS], gone[N * COLS], held[N * COLS], cost[N * COLS];
    ms_surgeon surgeon = {N, COLS, inverse, held, room};
    double bound = 0, limit = 0.3 + trial, sum;
    make(&rng, 0.1);
    fill(w, N * COLS, &rng);
    for (int i = 0; i < N * COLS; i++) held[i] = i % 11 == 3;
    ms_surgeon_costs(&surgeon, w, cost);
    for (int i = 0; i < N * COLS; i++) {
      CHECK(held[i] != 0 ? isinf(cost[i]) : cost[i] > 0 && isfinite(cost[i]));
      gone[i] = cost[i] <= limit;
      if (gone[i] != 0) bound += cost[i];
    }
    memcpy(v, w, sizeof v);
    sum = ms_surgeon_remove(&surgeon, gone, v);
    CHECK(sum <= bound * (1 + 1e-12)); /* less where a later one costs less */
    CHECK_NEAR(sum, total_loss(w, v), 1e-10 * (1 + sum));
    check_cheapest(w, cost);
  }
}

static void test_fisher_inverse(void) {
  double G[SAMPLES * N], product[N * N], work[N], F[N * N];
  ms_rng rng;
  ms_rng_init(&rng, 4, "surgeon");
  fill(G, SAMPLES * N, &rng);
  ms_fisher_inverse(SAMPLES, N, G, 0.05, inverse, work);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      F[i * N + j] = i == j ? 0.05 : 0;
      for (int s = 0; s < SAMPLES; s++)
        F[i * N + j] += G[s * N + i] * G[s * N + j] / SAMPLES;
    }
  }
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      product[i * N + j] = 0;
      for (int k = 0; k < N; k++)
        product[i * N + j] += F[i * N + k] * inverse[k * N + j];
      CHECK_NEAR(product[i * N + j], i == j, 1e-11);
      CHECK_NEAR(inverse[i * N + j], inverse[j * N + i], 1e-12);
    }
  }
}

int main(void) {
  test_by_hand();
  test_single();
  test_many();
  test_costs();
  test_fisher_inverse();
  return check_done();
}
