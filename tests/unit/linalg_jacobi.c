/* Eigenvalues by Jacobi rotations: against LAPACK, and where that has no digits left. */
#include "linalg/jacobi.h"

#include "base/random.h"
#include "check.h"
#include "linalg/symmetric.h"

enum { MOST = 9 };

static ms_rng rng;

static void random_gram(size_t n, size_t rank, double spread, double *a) {
  double G[MOST * MOST], scale[MOST];
  for (size_t i = 0; i < n * n; i++) G[i] = ms_rng_normal(&rng);
  for (size_t i = 0; i < n; i++) scale[i] = pow(10, -spread * ms_rng_uniform(&rng));
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      a[i * n + j] = 0;
      for (size_t p = 0; p < rank; p++)
        a[i * n + j] += scale[i] * scale[j] * G[i * n + p] * G[j * n + p];
    }
  }
}

static void test_random(void) {
  for (int trial = 0; trial < 2000; trial++) {
    size_t n = 1 + (size_t)trial % MOST, rank = trial % 5 == 0 ? (n + 1) / 2 : n;
    double a[MOST * MOST], v[MOST * MOST], values[MOST], work[MOST * MOST];
    double other[MOST * MOST], wanted[MOST], size;
    random_gram(n, rank, 0, a);
    memcpy(other, a, n * n * sizeof *a);
    ms_eigen_jacobi(n, a, v, values, work);
    CHECK_STATUS(ms_eigen_symmetric(n, other, wanted), MS_OK);
    size = wanted[n - 1];
    for (size_t i = 0; i < n; i++) {
      CHECK_NEAR(values[i], wanted[i], 1e-13 * size);
      CHECK(i == 0 || values[i] >= values[i - 1]);
      for (size_t j = 0; j < n; j++) {
        double product = 0, image = 0;
        for (size_t k = 0; k < n; k++) {
          product += v[i * n + k] * v[j * n + k];
          image += a[j * n + k] * v[i * n + k];
        }
        CHECK_NEAR(product, i == j, 1e-13);
        CHECK_NEAR(image, values[i] * v[i * n + j], 1e-13 * size);
      }
    }
  }
}

/* D [[1, c], [c, 1]] D: for D = (1, d) with a small d the least eigenvalue is d^2 (1 -
   c^2) to first order, far below eps times the largest. */
static void test_unequal(void) {
  static const double d = 1e-12, c = 0.6;
  double a[] = {1, c * d, c * d, d * d}, v[4], values[2], work[4];
  ms_eigen_jacobi(2, a, v, values, work);
  CHECK_NEAR(values[0] / (d * d), 1 - c * c, 1e-14);
  CHECK_NEAR(values[1], 1, 1e-15);
}

static void test_plain(void) {
  double zero[4] = {0}, diagonal[] = {3, 0, 0, -2}, v[4], values[2], work[4];
  ms_eigen_jacobi(2, zero, v, values, work);
  CHECK(values[0] == 0 && values[1] == 0 && v[0] == 1 && v[1] == 0);
  ms_eigen_jacobi(2, diagonal, v, values, work);
  CHECK(values[0] == -2 && values[1] == 3 && v[1] == 1 && v[2] == 1);
}

int main(void) {
  ms_rng_init(&rng, 3, "test");
  test_random();
  test_unequal();
  test_plain();
  return check_done();
}
