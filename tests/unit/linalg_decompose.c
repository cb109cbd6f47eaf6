#include "linalg/decompose.h"
#include "linalg/matmul.h"
#include "support/sweep.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <math.h>

/* {=== matrices, and by definition: a b, a' b, largest difference === */

static ms_tensor matrix(ms_rng *rng, size_t rows, size_t columns) {
  size_t shape[2] = {rows, columns};
  ms_tensor t;
  CHECK_STATUS(random_view(rng, 2, shape, &t), MS_OK);
  return t;
}

static double at(const ms_tensor *t, size_t i, size_t j) {
  return t->data[(ptrdiff_t)i * t->stride[0] + (ptrdiff_t)j * t->stride[1]];
}

static double *place(const ms_tensor *t, size_t i, size_t j) {
  return t->data + (ptrdiff_t)i * t->stride[0] + (ptrdiff_t)j * t->stride[1];
}

/*
** The largest |sum_k a[i,k] s[k] b[k,j] - want[i,j]|, b transposed if told; s may be
** NULL.
*/
static double product_error(const ms_tensor *a, const double *s, const ms_tensor *b,
                            int transpose, const ms_tensor *want) {
  double worst = 0;
  for (size_t i = 0; i < want->shape[0]; i++)
    for (size_t j = 0; j < want->shape[1]; j++) {
      double sum = 0;
      for (size_t k = 0; k < a->shape[1]; k++)
        sum +=
          at(a, i, k) * (s == NULL ? 1 : s[k]) * (transpose ? at(b, j, k) : at(b, k, j));
      worst = fmax(worst, fabs(sum - at(want, i, j)));
    }
  return worst;
}

/* The largest deviation of a' a from the identity. */
static double orthonormal_error(const ms_tensor *a) {
  double worst = 0;
  for (size_t i = 0; i < a->shape[1]; i++)
    for (size_t j = 0; j < a->shape[1]; j++) {
      double sum = 0;
      for (size_t k = 0; k < a->shape[0]; k++) sum += at(a, k, i) * at(a, k, j);
      worst = fmax(worst, fabs(sum - (i == j)));
    }
  return worst;
}

/* Zero below (upper) or above the diagonal, exactly. */
static int is_triangular(const ms_tensor *a, int upper) {
  for (size_t i = 0; i < a->shape[0]; i++)
    for (size_t j = 0; j < a->shape[1]; j++)
      if ((upper ? j < i : j > i) && at(a, i, j) != 0) return 0;
  return 1;
}

static void drop(int count, ms_tensor *tensors) {
  for (int i = 0; i < count; i++) ms_tensor_release(&tensors[i]);
}

/* }=== */

static void test_rectangles(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "decompose");
  for (int round = 0; round < 80; round++) {
    size_t m = view_pick(&rng, 0, 9), n = view_pick(&rng, 0, 9), k = m < n ? m : n;
    ms_tensor a = matrix(&rng, m, n), out[3] = {{0}}, rows, values = {0};
    double eps = 1e-13;
    CHECK_STATUS(ms_qr(&a, out), MS_OK);
    CHECK(out[0].shape[0] == m && out[0].shape[1] == k && out[1].shape[1] == n);
    CHECK(product_error(&out[0], NULL, &out[1], 0, &a) < eps);
    CHECK(orthonormal_error(&out[0]) < eps && is_triangular(&out[1], 1));
    CHECK(ms_tensor_is_contiguous(&out[0]) && ms_tensor_is_contiguous(&out[1]));
    drop(2, out);
    CHECK_STATUS(ms_svd(&a, out), MS_OK);
    CHECK(out[0].shape[1] == k && out[1].shape[0] == k && out[2].shape[0] == n);
    CHECK(product_error(&out[0], out[1].data, &out[2], 1, &a) < eps);
    CHECK(orthonormal_error(&out[0]) < eps && orthonormal_error(&out[2]) < eps);
    CHECK_STATUS(ms_singular_values(&a, &values), MS_OK);
    for (size_t i = 0; i < k; i++) {
      CHECK_NEAR(values.data[i], out[1].data[i], eps);
      CHECK(out[1].data[i] >= 0 && (i == 0 || out[1].data[i] <= out[1].data[i - 1]));
    }
    ms_tensor_release(&values);
    drop(3, out);
    CHECK_STATUS(ms_lu(&a, out), MS_OK);
    CHECK(out[0].shape[1] == k && out[1].shape[0] == k && out[2].shape[0] == m);
    CHECK_STATUS(ms_tensor_clone(&a, &rows), MS_OK);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++)
        rows.data[i * n + j] = at(&a, (size_t)out[2].data[i] - 1, j);
    CHECK(product_error(&out[0], NULL, &out[1], 0, &rows) < eps);
    CHECK(is_triangular(&out[0], 0) && is_triangular(&out[1], 1));
    for (size_t i = 0; i < k; i++) CHECK(at(&out[0], i, i) == 1);
    ms_tensor_release(&rows);
    drop(3, out);
    ms_tensor_release(&a);
  }
}

/* *spd = b b' + I. */
static ms_tensor positive(const ms_tensor *b) {
  ms_tensor turned, out;
  CHECK_STATUS(ms_tensor_transpose(b, 0, 1, &turned), MS_OK);
  CHECK_STATUS(ms_tensor_matmul(b, &turned, &out), MS_OK);
  for (size_t i = 0; i < out.shape[0]; i++) *place(&out, i, i) += 1;
  ms_tensor_release(&turned);
  return out;
}

static void test_symmetric(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "decompose");
  for (int round = 0; round < 40; round++) {
    size_t n = view_pick(&rng, 0, 9);
    ms_tensor b = matrix(&rng, n, n), a = positive(&b), out[2] = {{0}}, values = {0},
              damaged;
    double eps = 1e-12;
    CHECK_STATUS(ms_tensor_clone(&a, &damaged), MS_OK);
    for (size_t i = 0; i < n; i++)
      for (size_t j = i + 1; j < n; j++)
        *place(&damaged, i, j) = 1e6; /* not to be read */
    CHECK_STATUS(ms_cholesky(&damaged, out), MS_OK);
    CHECK(is_triangular(&out[0], 0));
    CHECK(product_error(&out[0], NULL, &out[0], 1, &a) < eps);
    drop(1, out);
    CHECK_STATUS(ms_eigh(&damaged, out), MS_OK);
    CHECK(product_error(&out[1], out[0].data, &out[1], 1, &a) < eps);
    CHECK(orthonormal_error(&out[1]) < eps);
    CHECK_STATUS(ms_eigvalsh(&damaged, &values), MS_OK);
    for (size_t i = 0; i < n; i++) {
      CHECK_NEAR(values.data[i], out[0].data[i], eps);
      CHECK(i == 0 || values.data[i] >= values.data[i - 1]);
    }
    ms_tensor_release(&values);
    drop(2, out);
    ms_tensor_release(&damaged);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
  }
}

/* a v = w v in real and imaginary parts; values of a pair are conjugate. */
static void test_general(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "decompose");
  for (int round = 0; round < 40; round++) {
    size_t n = view_pick(&rng, 0, 8);
    ms_tensor a = matrix(&rng, n, n), out[4] = {{0}}, values[2] = {{0}};
    CHECK_STATUS(ms_eig(&a, out), MS_OK);
    CHECK_STATUS(ms_eigvals(&a, values), MS_OK);
    for (size_t j = 0; j < n; j++) {
      double re = out[0].data[j], im = out[1].data[j], length = 0;
      CHECK_NEAR(values[0].data[j], re, 1e-12);
      CHECK_NEAR(values[1].data[j], im, 1e-12);
      for (size_t i = 0; i < n; i++) {
        double left_re = 0, left_im = 0, x = at(&out[2], i, j), y = at(&out[3], i, j);
        for (size_t k = 0; k < n; k++) {
          left_re += at(&a, i, k) * at(&out[2], k, j);
          left_im += at(&a, i, k) * at(&out[3], k, j);
        }
        CHECK_NEAR(left_re, re * x - im * y, 1e-12);
        CHECK_NEAR(left_im, re * y + im * x, 1e-12);
        length += x * x + y * y;
      }
      CHECK_NEAR(length, 1, 1e-13);
    }
    drop(4, out);
    drop(2, values);
    ms_tensor_release(&a);
  }
}

static void test_outcomes(void) {
  size_t shape[2] = {2, 2}, wide[2] = {2, 3};
  double list[6] = {1, 2, 2, 1, 0, 0};
  ms_tensor t, out[4] = {{0}};
  ms_tensor_borrow(list, 2, shape, &t);
  CHECK_STATUS(ms_cholesky(&t, out), MS_ESINGULAR);
  CHECK_MESSAGE("the matrix is not positive definite: its leading 2x2 part is not");
  list[1] = INFINITY;
  CHECK_STATUS(ms_lu(&t, out), MS_EDIVERGED);
  CHECK_STATUS(ms_qr(&t, out), MS_EDIVERGED);
  CHECK_STATUS(ms_svd(&t, out), MS_EDIVERGED);
  CHECK_STATUS(ms_singular_values(&t, out), MS_EDIVERGED);
  CHECK_STATUS(ms_eigh(&t, out), MS_EDIVERGED);
  CHECK_STATUS(ms_eig(&t, out), MS_EDIVERGED);
  CHECK_MESSAGE("the matrix has values that are not finite");
  ms_tensor_borrow(list, 2, wide, &t);
  CHECK_STATUS(ms_cholesky(&t, out), MS_EARG);
  CHECK_STATUS(ms_eigh(&t, out), MS_EARG);
  CHECK_STATUS(ms_eig(&t, out), MS_EARG);
  CHECK_MESSAGE("shape 2x3, expected a square matrix");
  t.dims = 1;
  CHECK_STATUS(ms_lu(&t, out), MS_EARG);
  CHECK_MESSAGE("shape 2, expected a matrix");
}

static ms_status decompose_all(void) {
  ms_status status = MS_OK;
  size_t shape[2] = {3, 3};
  double list[9] = {4, 1, 0, 1, 5, 2, 0, 2, 6};
  ms_tensor t, out[18] = {{0}};
  ms_tensor_borrow(list, 2, shape, &t);
  MS_TRY(ms_lu(&t, out));
  MS_TRY(ms_cholesky(&t, out + 3));
  MS_TRY(ms_qr(&t, out + 4));
  MS_TRY(ms_svd(&t, out + 6));
  MS_TRY(ms_singular_values(&t, out + 9));
  MS_TRY(ms_eigh(&t, out + 10));
  MS_TRY(ms_eigvalsh(&t, out + 12));
  MS_TRY(ms_eig(&t, out + 13));
out:
  drop(18, out);
  return status;
}

int main(void) {
  test_rectangles();
  test_symmetric();
  test_general();
  test_outcomes();
  CHECK(sweep(decompose_all) > 20);
  return check_done();
}
