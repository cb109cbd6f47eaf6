/*
** The quadratic programs behind the conflict methods against all subsets of variables: a
** subset's own optimum counts if it is feasible, and the best of those is the answer.
*/
#include "conflict/units.h"

#include "base/random.h"
#include "check.h"
#include "linalg/quadratic.h"
#include "linalg/symmetric.h"

enum { MOST = 8, DIM = 9, TRIALS = 4000 };
enum { PLAIN, PARALLEL, OPPOSED, FLAT, EQUAL, STATIONARY, SHAPES };

static ms_rng rng;

/* Cosines of n random directions of a shape. */
static void random_cosines(size_t n, int shape, double *C) {
  double u[MOST * DIM], closeness = pow(10, -1 - 3 * ms_rng_uniform(&rng));
  size_t dim = shape == FLAT ? (n + 1) / 2 : DIM;
  memset(u, 0, sizeof u);
  for (size_t k = 0; k < n; k++) {
    double square = 0;
    for (size_t p = 0; p < dim; p++) {
      u[k * DIM + p] = ms_rng_normal(&rng);
      if (k > 0 && (shape == PARALLEL || shape == OPPOSED))
        u[k * DIM + p] = closeness * u[k * DIM + p]
                         + (shape == OPPOSED && k % 2 == 1 ? -u[p] : u[p]);
      if (k % 2 == 1 && shape == EQUAL) u[k * DIM + p] = u[(k - 1) * DIM + p];
      if (shape == STATIONARY && k + 1 == n && n > 1) {
        u[k * DIM + p] *= 1e-5;
        for (size_t j = 0; j < k; j++) u[k * DIM + p] -= u[j * DIM + p];
      }
      square += u[k * DIM + p] * u[k * DIM + p];
    }
    for (size_t p = 0; p < dim; p++) u[k * DIM + p] /= sqrt(square);
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      C[i * n + j] = 0;
      for (size_t p = 0; p < DIM; p++) C[i * n + j] += u[i * DIM + p] * u[j * DIM + p];
    }
    C[i * n + i] = 1;
  }
}

static double objective(size_t n, const double *H, const double *f, const double *x) {
  double value = 0;
  for (size_t i = 0; i < n; i++) {
    if (f != NULL) value -= f[i] * x[i];
    for (size_t j = 0; j < n; j++) value += x[i] * H[i * n + j] * x[j] / 2;
  }
  return value;
}

/* The least objective over all subsets, each with its rounding added: those that are
   dependent but for rounding have huge solutions that mean nothing. */
static double enumerate(size_t n, const double *H, const double *f, const double *q) {
  double best = q == NULL ? 0 : INFINITY;
  for (unsigned subset = 1; subset < 1u << n; subset++) {
    double a[MOST * MOST], b[2 * MOST], x[MOST] = {0}, tau = 0, up = 1, down = 0;
    size_t m = 0, at[MOST];
    double size = 0;
    int feasible = 1;
    for (size_t i = 0; i < n; i++)
      if (subset >> i & 1) at[m++] = i;
    for (size_t i = 0; i < m; i++) {
      for (size_t j = 0; j < m; j++)
        a[i * m + j] = H[at[i] * n + at[j]] + (q != NULL ? q[at[i]] * q[at[j]] : 0);
      b[2 * i] = f != NULL ? f[at[i]] : 0;
      b[2 * i + 1] = q != NULL ? q[at[i]] : 0;
    }
    if (ms_solve_spd(m, a, 2, b) != MS_OK) continue;
    for (size_t i = 0; q != NULL && i < m; i++) {
      up -= q[at[i]] * b[2 * i];
      down += q[at[i]] * b[2 * i + 1];
    }
    if (q != NULL) tau = up / down;
    for (size_t i = 0; i < m; i++) {
      x[at[i]] = b[2 * i] + tau * b[2 * i + 1];
      feasible &= x[at[i]] >= 0;
      size = fmax(size, x[at[i]]);
    }
    if (feasible) best = fmin(best, objective(n, H, f, x) + 1e-14 * size * size);
  }
  return best;
}

static void test_against_subsets(void) {
  double work[MOST * MOST + 2 * MOST];
  size_t index[2 * MOST];
  for (int trial = 0; trial < TRIALS; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double C[MOST * MOST], f[MOST], q[MOST], x[MOST], from[MOST], total = 0, value;
    double size = 1;
    const double *linear = trial % 3 == 0 ? NULL : f, *row = trial % 2 == 0 ? q : NULL;
    double spread = 4 * (trial / 7 % 2);
    random_cosines(n, trial / MOST % SHAPES, C);
    for (size_t k = 0; k < n; k++) from[k] = ms_rng_uniform(&rng);
    for (size_t k = 0; k < n; k++) {
      q[k] = k == 0 ? 1 : pow(10, -spread * ms_rng_uniform(&rng));
      f[k] = 0; /* in the range of C, so that there is a minimum */
      for (size_t j = 0; j < n; j++) f[k] -= C[k * n + j] * (from[j] - 0.5);
    }
    CHECK(ms_quadratic_work(n) <= sizeof work / sizeof work[0]);
    ms_quadratic(n, C, linear, row, x, work, index);
    for (size_t k = 0; k < n; k++) {
      CHECK(x[k] >= 0 && isfinite(x[k]));
      total += q[k] * x[k];
      size = fmax(size, x[k]);
    }
    if (row != NULL) CHECK_NEAR(total, 1, 1e-13);
    value = objective(n, C, linear, x);
    if (!CHECK(value <= enumerate(n, C, linear, row) + 1e-13 * size * size))
      fprintf(stderr, "  %zu variables, shape %d, trial %d\n", n, trial / MOST % SHAPES,
              trial);
  }
}

/* y >= from, C y >= 0, and (y - from).C y = 0. */
static void test_dual_cone(void) {
  double work[MOST * MOST + 4 * MOST];
  size_t index[2 * MOST];
  for (int trial = 0; trial < TRIALS; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double C[MOST * MOST], from[MOST], y[MOST], square = 0, slack = 0, size = 0;
    random_cosines(n, trial / MOST % SHAPES, C);
    for (size_t k = 0; k < n; k++) from[k] = pow(10, 4 * ms_rng_uniform(&rng) - 2);
    CHECK(ms_units_work(n) <= sizeof work / sizeof work[0]);
    ms_dual_cone(n, C, from, y, work, index);
    for (size_t k = 0; k < n; k++) size += y[k];
    for (size_t k = 0; k < n; k++) {
      double along = 0;
      for (size_t j = 0; j < n; j++) along += C[k * n + j] * y[j];
      CHECK(y[k] >= from[k]);
      CHECK(along >= -1e-13 * size);
      slack += (y[k] - from[k]) * along;
      square += y[k] * along;
    }
    CHECK_NEAR(slack, 0, 1e-13 * size * size);
    CHECK(square >= -1e-13 * size * size);
  }
}

/* u_k.d >= |d|^2 / r_k with equality on the support, |d| <= min r_k. */
static void test_min_norm(void) {
  double work[MOST * MOST + 4 * MOST];
  size_t index[2 * MOST];
  for (int trial = 0; trial < TRIALS; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double C[MOST * MOST], r[MOST], a[MOST], square, total = 0, least = INFINITY;
    double size = 0;
    random_cosines(n, trial / MOST % SHAPES, C);
    for (size_t k = 0; k < n; k++) {
      r[k] = pow(10, 4 * ms_rng_uniform(&rng) - 2);
      least = fmin(least, r[k]);
    }
    square = ms_min_norm(n, C, r, a, work, index);
    for (size_t k = 0; k < n; k++) size += a[k] * r[k];
    for (size_t k = 0; k < n; k++) {
      double along = 0;
      for (size_t j = 0; j < n; j++) along += C[k * n + j] * a[j] * r[j];
      CHECK(a[k] >= 0);
      CHECK(along * r[k] >= square - 1e-13 * size * r[k]);
      if (a[k] > 0) CHECK_NEAR(along * r[k], square, 1e-12 * size * r[k]);
      total += a[k];
    }
    CHECK_NEAR(total, 1, 1e-13);
    CHECK(square <= least * least * (1 + 1e-13));
  }
}

int main(void) {
  ms_rng_init(&rng, 5, "test");
  test_against_subsets();
  test_dual_cone();
  test_min_norm();
  return check_done();
}
