#include "base/random.h"
#include "check.h"
#include "linalg/gemm.h"
#include "linalg/solve.h"
#include "linalg/symmetric.h"

#include <limits.h>

enum { N = 7, R = 3 };

static void fill(ms_rng *rng, size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = ms_rng_normal(rng);
}

/* s = g g' + shift I */
static void make_spd(ms_rng *rng, double shift, double *s) {
  double g[N * N];
  fill(rng, N * N, g);
  ms_gemm(0, 1, N, N, N, 1, g, N, g, N, 0, s, N);
  for (size_t i = 0; i < N; i++) s[i * N + i] += shift;
}

static void test_eigen(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "eigen");
  for (int round = 0; round < 20; round++) {
    double s[N * N], v[N * N], values[N], sv[N * N], vv[N * N];
    make_spd(&rng, -3, s);
    memcpy(v, s, sizeof s);
    for (size_t i = 0; i < N; i++)
      for (size_t j = i + 1; j < N; j++) v[i * N + j] = 1e3; /* not read */
    CHECK_STATUS(ms_eigen_symmetric(N, v, values), MS_OK);
    /* Row i of v s is values[i] times row i of v. */
    ms_gemm(0, 0, N, N, N, 1, v, N, s, N, 0, sv, N);
    ms_gemm(0, 1, N, N, N, 1, v, N, v, N, 0, vv, N);
    for (size_t i = 0; i < N; i++) {
      CHECK(i == 0 || values[i - 1] <= values[i]);
      for (size_t j = 0; j < N; j++) {
        CHECK_NEAR(sv[i * N + j], values[i] * v[i * N + j], 1e-12);
        CHECK_NEAR(vv[i * N + j], i == j, 1e-13);
      }
    }
  }
}

static void test_eigen_edges(void) {
  double one = -4, value, bad[] = {1, 0, NAN, 1}, values[2];
  CHECK_STATUS(ms_eigen_symmetric(1, &one, &value), MS_OK);
  CHECK(value == -4 && fabs(one) == 1);
  CHECK_STATUS(ms_eigen_symmetric(0, NULL, NULL), MS_OK);
  CHECK_STATUS(ms_eigen_symmetric(2, bad, values), MS_EDIVERGED);
  CHECK_MESSAGE("not finite");
  CHECK_STATUS(ms_eigen_symmetric((size_t)INT_MAX + 1, bad, values), MS_EARG);
  CHECK_MESSAGE("the order of the matrix is 2147483648");
}

/* 'solve' on a x = b for a known x, with several right-hand sides. */
static void check_solve(ms_status (*solve)(size_t, double *, size_t, double *),
                        const double *matrix, const double *x) {
  double a[N * N], b[N * R];
  memcpy(a, matrix, sizeof a);
  ms_gemm(0, 0, N, R, N, 1, a, N, x, R, 0, b, R);
  CHECK_STATUS(solve(N, a, R, b), MS_OK);
  for (size_t i = 0; i < N * R; i++) CHECK_NEAR(b[i], x[i], 1e-10);
}

static void test_solve(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "solve");
  for (int round = 0; round < 20; round++) {
    double a[N * N], x[N * R];
    fill(&rng, N * R, x);
    make_spd(&rng, 0.5, a);
    check_solve(ms_solve_spd, a, x);
    check_solve(ms_solve, a, x);
    fill(&rng, N * N, a);
    check_solve(ms_solve, a, x);
  }
}

static void test_singular(void) {
  double a[] = {1, 2, 2, 4}, b[] = {1, 1}, indefinite[] = {1, 0, 0, -1},
         bad[] = {1, NAN, NAN, 1};
  CHECK_STATUS(ms_solve(2, a, 1, b), MS_ESINGULAR);
  CHECK_MESSAGE("pivot 2 is zero");
  CHECK_STATUS(ms_solve_spd(2, indefinite, 1, b), MS_ESINGULAR);
  CHECK_MESSAGE("leading 2x2 part");
  CHECK_STATUS(ms_solve(2, bad, 1, b), MS_EDIVERGED);
  CHECK_STATUS(ms_solve_spd(2, bad, 1, b), MS_EDIVERGED);
  CHECK_STATUS(ms_solve(2, a, (size_t)INT_MAX + 1, b), MS_EARG);
  CHECK_MESSAGE("the number of right-hand sides is 2147483648");
  CHECK_STATUS(ms_solve_spd((size_t)INT_MAX + 1, a, 1, b), MS_EARG);
  CHECK_STATUS(ms_solve(0, NULL, 1, NULL), MS_OK);
  CHECK_STATUS(ms_solve_spd(2, a, 0, b), MS_OK);
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_solve(2, a, 1, b), MS_ENOMEM);
  ms_alloc_fail_after(0);
}

int main(void) {
  test_eigen();
  test_eigen_edges();
  test_solve();
  test_singular();
  return check_done();
}
