/*
** The kernels of conflict diagnosis: overlap and block Gram matrices against plain loops,
** and quadratic programs against their optimality conditions and closed forms.
*/
#include "conflict/overlap.h"

#include "base/random.h"
#include "check.h"
#include "linalg/nonnegative.h"

enum { K = 4, P = 1777, BLOCKS = 5 };

static double G[K * P], work[512];
static size_t index_work[3 * 8];

static void test_overlap(void) {
  double gram[K * K], magnitude[K * K];
  ms_gradients_overlap(K, P, G, gram, magnitude);
  for (size_t i = 0; i < K; i++) {
    for (size_t j = 0; j < K; j++) {
      double product = 0, absolute = 0;
      for (size_t p = 0; p < P; p++) {
        product += G[i * P + p] * G[j * P + p];
        absolute += fabs(G[i * P + p] * G[j * P + p]);
      }
      CHECK_NEAR(gram[i * K + j], product, 1e-10);
      CHECK_NEAR(magnitude[i * K + j], absolute, 1e-10);
    }
  }
}

static void test_blocks(void) {
  static size_t block[P];
  double gram[BLOCKS * K * K], sum[K * K] = {0}, whole[K * K], magnitude[K * K];
  for (size_t p = 0; p < P; p++) block[p] = p * p % BLOCKS;
  ms_gradients_blocks(K, P, G, block, BLOCKS, gram);
  ms_gradients_overlap(K, P, G, whole, magnitude);
  for (size_t i = 0; i < BLOCKS * K * K; i++) sum[i % (K * K)] += gram[i];
  for (size_t i = 0; i < K * K; i++) CHECK_NEAR(sum[i], whole[i], 1e-10);
  for (size_t p = 0; p < P; p++) block[p] = p < 2 ? 0 : 7;
  ms_gradients_blocks(K, P, G, block, 1, gram);
  CHECK_NEAR(gram[1], G[0] * G[P] + G[1] * G[P + 1], 1e-14);
  CHECK(gram[1] == gram[K]);
}

/* v >= 0, g = A v + b >= 0, v.g = 0, all relative to the sizes of A v and b. */
static void check_optimal(size_t n, const double *A, const double *b, const double *v) {
  double scale = 0, slack = 0;
  for (size_t i = 0; i < n; i++) {
    double g = b[i], size = fabs(b[i]);
    for (size_t j = 0; j < n; j++) {
      g += A[i * n + j] * v[j];
      size += fabs(A[i * n + j] * v[j]);
    }
    CHECK(v[i] >= 0);
    CHECK(g >= -1e-9 * (size + 1e-300));
    slack += v[i] * g;
    scale += v[i] * size;
  }
  CHECK_NEAR(slack, 0, 1e-9 * scale);
}

/* Cones of up to 8 random gradients in 12 dimensions or in 3, unbalanced, some zero. */
static void test_random_cones(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "conflict_diagnosis");
  for (size_t trial = 0; trial < 4000; trial++) {
    double J[8 * 12] = {0}, A[64] = {0}, b[8] = {0}, v[8], s[12];
    size_t n = 1 + trial % 8, dims = trial % 3 == 0 ? 3 : 12;
    for (size_t p = 0; p < 12; p++) s[p] = ms_rng_normal(&rng);
    for (size_t k = 0; k < n; k++) {
      double size = trial % 5 == 0 && k == 1 ? 0 : pow(10, 6 * ms_rng_uniform(&rng) - 3);
      for (size_t p = 0; p < dims; p++) J[k * 12 + p] = size * ms_rng_normal(&rng);
    }
    for (size_t i = 0; i < n; i++) {
      for (size_t p = 0; p < 12; p++) b[i] += J[i * 12 + p] * s[p];
      for (size_t j = 0; j < n; j++)
        for (size_t p = 0; p < 12; p++) A[i * n + j] += J[i * 12 + p] * J[j * 12 + p];
    }
    CHECK_STATUS(ms_nonnegative_minimum(n, A, b, v, work, index_work), MS_OK);
    check_optimal(n, A, b, v);
  }
}

/* Least norm in the hull of (1, 0) and (-0.6, 1.2): weights 0.351351 and 0.648649. */
static void test_hull(void) {
  double A[4] = {1 + 1, -0.6 + 1, -0.6 + 1, 0.36 + 1.44 + 1}, b[2] = {-1, -1}, v[2];
  double a;
  CHECK_STATUS(ms_nonnegative_minimum(2, A, b, v, work, index_work), MS_OK);
  a = v[0] / (v[0] + v[1]);
  CHECK_NEAR(a, (1.8 + 0.6) / (1 + 1.8 + 1.2), 1e-12);
}

static void test_edges(void) {
  double zero[4] = {0}, bad[1] = {NAN}, b[2] = {-1, 1}, v[2] = {5, 5};
  double A[4] = {1, 1, 1, 1}, push[2] = {-1, -1};
  CHECK_STATUS(ms_nonnegative_minimum(2, zero, b, v, work, index_work), MS_OK);
  CHECK(v[0] == 0 && v[1] == 0);
  CHECK_STATUS(ms_nonnegative_minimum(2, A, push, v, work, index_work), MS_OK);
  CHECK_NEAR(v[0] + v[1], 1, 1e-12);
  CHECK_STATUS(ms_nonnegative_minimum(1, bad, b, v, work, index_work), MS_EDIVERGED);
  CHECK_MESSAGE("row 1 of 1 is not finite");
}

int main(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "conflict_diagnosis");
  for (size_t i = 0; i < K * P; i++) G[i] = ms_rng_normal(&rng);
  test_overlap();
  test_blocks();
  test_random_cones();
  test_hull();
  test_edges();
  return check_done();
}
