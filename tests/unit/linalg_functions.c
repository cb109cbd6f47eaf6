#include "check.h"
#include "linalg/functions.h"
#include "linalg/matmul.h"
#include "linalg/systems.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/norm.h"
#include "tensor/view.h"

#include <math.h>

static void test_norms(void) {
  size_t shape[2] = {2, 3};
  double list[] = {1, -2, 3, -4, 5, -6}, norm;
  ms_tensor a, turned;
  ms_tensor_borrow(list, 2, shape, &a);
  CHECK_STATUS(ms_tensor_transpose(&a, 0, 1, &turned), MS_OK);
  for (int t = 0; t < 2; t++) {
    const ms_tensor *m = t ? &turned : &a;
    CHECK_STATUS(ms_matrix_norm(m, t ? MS_NORM_INFINITY : MS_NORM_ONE, &norm), MS_OK);
    CHECK(norm == 9);
    CHECK_STATUS(ms_matrix_norm(m, t ? MS_NORM_ONE : MS_NORM_INFINITY, &norm), MS_OK);
    CHECK(norm == 15);
    CHECK_STATUS(ms_matrix_norm(m, MS_NORM_FROBENIUS, &norm), MS_OK);
    CHECK_NEAR(norm, sqrt(91), 1e-14);
    /* a a' = {{14, -32}, {-32, 77}}: trace 91, determinant 54 */
    CHECK_STATUS(ms_matrix_norm(m, MS_NORM_TWO, &norm), MS_OK);
    CHECK_NEAR(norm, sqrt((91 + sqrt(91 * 91 - 4 * 54)) / 2), 1e-14);
    CHECK_STATUS(ms_matrix_norm(m, MS_NORM_NUCLEAR, &norm), MS_OK);
    CHECK_NEAR(norm, sqrt(91 + 2 * sqrt(54)), 1e-14);
  }
  ms_tensor_release(&turned);
  shape[0] = 0;
  ms_tensor_borrow(list, 2, shape, &a);
  for (int kind = MS_NORM_ONE; kind <= MS_NORM_NUCLEAR; kind++) {
    CHECK_STATUS(ms_matrix_norm(&a, (ms_norm_kind)kind, &norm), MS_OK);
    CHECK(norm == 0);
  }
}

static void test_condition(void) {
  size_t shape[2] = {2, 2};
  double list[] = {4, 1, 2, 3}, condition;
  ms_tensor a;
  ms_tensor_borrow(list, 2, shape, &a);
  CHECK_STATUS(ms_condition(&a, MS_NORM_ONE, &condition), MS_OK);
  CHECK_NEAR(condition, 6 * 0.5, 1e-14); /* inverse {{3, -1}, {-2, 4}} / 10 */
  CHECK_STATUS(ms_condition(&a, MS_NORM_INFINITY, &condition), MS_OK);
  CHECK_NEAR(condition, 5 * 0.6, 1e-14);
  CHECK_STATUS(ms_condition(&a, MS_NORM_TWO, &condition), MS_OK);
  CHECK_NEAR(condition, (15 + sqrt(125)) / 10,
             1e-14); /* a' a: trace 30, determinant 100 */
  memset(list, 0, sizeof list);
  CHECK_STATUS(ms_condition(&a, MS_NORM_TWO, &condition), MS_OK);
  CHECK(condition == INFINITY);
}

/* Expansion along the first column. */
static double naive_determinant(size_t n, const double *a) {
  double sum = 0, minor[64];
  if (n == 0) return 1;
  for (size_t i = 0; i < n; i++) {
    size_t at = 0;
    for (size_t j = 0; j < n; j++)
      for (size_t k = 1; j != i && k < n; k++) minor[at++] = a[j * n + k];
    sum += (i % 2 ? -1 : 1) * a[i * n] * naive_determinant(n - 1, minor);
  }
  return sum;
}

static void test_determinant(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "determinant");
  for (int round = 0; round < 60; round++) {
    size_t n = view_pick(&rng, 0, 5), shape[2] = {n, n};
    double list[25], want;
    ms_tensor a;
    ms_det d;
    for (size_t i = 0; i < n * n; i++) list[i] = ms_rng_normal(&rng);
    ms_tensor_borrow(list, 2, shape, &a);
    want = naive_determinant(n, list);
    CHECK_STATUS(ms_determinant(&a, &d), MS_OK);
    CHECK_NEAR(d.value, want, 1e-13);
    CHECK(d.sign == (want > 0) - (want < 0));
    CHECK_NEAR(d.log, log(fabs(want)), 1e-9);
  }
  {
    size_t shape[2] = {200, 200};
    ms_tensor a;
    ms_det d;
    CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
    for (int i = 0; i < 200; i++) a.data[i * 201] = 1e-3;
    CHECK_STATUS(ms_determinant(&a, &d), MS_OK);
    CHECK(d.value == 0 && d.sign == 1); /* 1e-600 vanishes, its logarithm does not */
    CHECK_NEAR(d.log, 200 * log(1e-3), 1e-9);
    ms_tensor_release(&a);
  }
}

/* The Taylor series, good for small norms. */
static void naive_exp(size_t n, const double *a, double *out) {
  double term[36] = {0}, next[36];
  for (size_t i = 0; i < n * n; i++) out[i] = term[i] = i % (n + 1) == 0;
  for (int k = 1; k < 40; k++) {
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t l = 0; l < n; l++) sum += term[i * n + l] * a[l * n + j];
        next[i * n + j] = sum / k;
      }
    memcpy(term, next, sizeof term);
    for (size_t i = 0; i < n * n; i++) out[i] += term[i];
  }
}

static void test_exponential(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "exponential");
  for (int round = 0; round < 60; round++) {
    size_t n = view_pick(&rng, 0, 6), shape[2] = {n, n};
    double list[36], minus[36], want[36], scale = round % 3 == 0 ? 1 : 1e-3;
    ms_tensor a, b, one, two, product;
    for (size_t i = 0; i < n * n; i++)
      minus[i] = -(list[i] = scale * ms_rng_normal(&rng));
    ms_tensor_borrow(list, 2, shape, &a);
    ms_tensor_borrow(minus, 2, shape, &b);
    naive_exp(n, list, want);
    CHECK_STATUS(ms_matrix_exp(&a, &one), MS_OK);
    for (size_t i = 0; i < n * n; i++) CHECK_NEAR(one.data[i], want[i], 1e-12);
    for (size_t i = 0; i < n * n; i++)
      list[i] *= 20 / scale / 4; /* squared several times */
    for (size_t i = 0; i < n * n; i++) minus[i] = -list[i];
    ms_tensor_release(&one);
    CHECK_STATUS(ms_matrix_exp(&a, &one), MS_OK);
    CHECK_STATUS(ms_matrix_exp(&b, &two), MS_OK);
    CHECK_STATUS(ms_tensor_matmul(&one, &two, &product), MS_OK);
    for (size_t i = 0; i < n * n; i++)
      CHECK_NEAR(product.data[i], i % (n + 1) == 0,
                 1e-13 * (1 + ms_tensor_norm(&one) * ms_tensor_norm(&two)));
    ms_tensor_release(&one);
    ms_tensor_release(&two);
    ms_tensor_release(&product);
  }
}

static void test_exponential_values(void) {
  size_t shape[2] = {2, 2};
  double turn[] = {0, -40, 40, 0}, shear[] = {0, 1e6, 0, 0}, large[] = {800, 0, 0, 1};
  ms_tensor a, out;
  ms_tensor_borrow(turn, 2, shape, &a);
  CHECK_STATUS(ms_matrix_exp(&a, &out), MS_OK);
  CHECK_NEAR(out.data[0], cos(40), 1e-13);
  CHECK_NEAR(out.data[2], sin(40), 1e-13);
  ms_tensor_release(&out);
  ms_tensor_borrow(shear, 2, shape, &a);
  CHECK_STATUS(ms_matrix_exp(&a, &out), MS_OK);
  CHECK_NEAR(out.data[1] / 1e6, 1, 1e-10); /* 18 squarings */
  CHECK(out.data[2] == 0);
  ms_tensor_release(&out);
  ms_tensor_borrow(large, 2, shape, &a);
  CHECK_STATUS(ms_matrix_exp(&a, &out), MS_EDIVERGED);
  CHECK_MESSAGE("the exponential overflows");
}

static void test_kronecker_and_trace(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "kronecker");
  for (int round = 0; round < 30; round++) {
    size_t left[2] = {view_pick(&rng, 0, 3), view_pick(&rng, 1, 4)};
    size_t right[2] = {view_pick(&rng, 1, 4), view_pick(&rng, 0, 3)};
    ms_tensor a, b, out;
    double sum = 0, trace;
    CHECK_STATUS(random_view(&rng, 2, left, &a), MS_OK);
    CHECK_STATUS(random_view(&rng, 2, right, &b), MS_OK);
    CHECK_STATUS(ms_kronecker(&a, &b, &out), MS_OK);
    CHECK(out.shape[0] == left[0] * right[0] && out.shape[1] == left[1] * right[1]);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      size_t i = n / out.shape[1], j = n % out.shape[1];
      CHECK(out.data[n]
            == *view_at(&a, i / right[0] * left[1] + j / right[1])
                 * *view_at(&b, i % right[0] * right[1] + j % right[1]));
    }
    CHECK_STATUS(ms_trace(&a, &trace), MS_OK);
    for (size_t i = 0; i < left[0] && i < left[1]; i++)
      sum += *view_at(&a, i * left[1] + i);
    CHECK_NEAR(trace, sum, 1e-15);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&out);
  }
}

int main(void) {
  test_norms();
  test_condition();
  test_determinant();
  test_exponential();
  test_exponential_values();
  test_kronecker_and_trace();
  return check_done();
}
