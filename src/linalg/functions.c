#include "linalg/functions.h"

#include "base/alloc.h"
#include "linalg/decompose.h"
#include "linalg/gemm.h"
#include "linalg/matmul.h"
#include "linalg/matrix.h"
#include "linalg/solve.h"
#include "linalg/systems.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"
#include "tensor/reduce.h"
#include "tensor/view.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* {=== norms and what follows from singular values === */

/* In columns the matrix is its transpose, so that rows and columns change places. */
static ms_status entry_norm(const ms_tensor *a, char name, double *out) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  MS_TRY(ms_matrix_read(a, &m));
  *out = 0;
  if (m.rows > 0 && m.columns > 0)
    *out =
      LAPACKE_dlange(LAPACK_COL_MAJOR, name, m.columns, m.rows, m.tensor.data, m.columns);
  MS_CHECK(*out >= 0, MS_ENOMEM, "out of memory: the workspace of a norm");
out:
  ms_tensor_release(&m.tensor);
  return status;
}

ms_status ms_matrix_norm(const ms_tensor *a, ms_norm_kind kind, double *out) {
  ms_status status = MS_OK;
  ms_tensor values = {0};
  switch (kind) {
    case MS_NORM_ONE: return entry_norm(a, 'I', out);
    case MS_NORM_INFINITY: return entry_norm(a, '1', out);
    case MS_NORM_FROBENIUS: return entry_norm(a, 'F', out);
    default: break;
  }
  MS_TRY(ms_singular_values(a, &values));
  if (kind == MS_NORM_NUCLEAR)
    MS_TRY(ms_tensor_reduce(&ms_reduction_sum, &values, out));
  else
    *out = values.shape[0] > 0 ? values.data[0] : 0;
out:
  ms_tensor_release(&values);
  return status;
}

ms_status ms_condition(const ms_tensor *a, ms_norm_kind kind, double *out) {
  ms_status status = MS_OK;
  ms_tensor values = {0}, inverse = {0};
  double norm;
  *out = 1; /* of an empty matrix */
  if (kind == MS_NORM_TWO) {
    MS_TRY(ms_singular_values(a, &values));
    if (values.shape[0] > 0) *out = values.data[0] / values.data[values.shape[0] - 1];
    if (isnan(*out)) *out = INFINITY; /* a matrix of zeros */
    goto out;
  }
  MS_TRY(ms_matrix_norm(a, kind, &norm));
  status = ms_rough_inverse(a, &inverse);
  if (status == MS_ESINGULAR) {
    *out = INFINITY;
    return MS_OK;
  }
  MS_TRY(status);
  MS_TRY(ms_matrix_norm(&inverse, kind, out));
  *out *= norm;
out:
  ms_tensor_release(&values);
  ms_tensor_release(&inverse);
  return status;
}

/* The smallest singular value that counts. */
static double threshold(const ms_tensor *a, const ms_tensor *values, double cutoff) {
  size_t extent = a->shape[0] > a->shape[1] ? a->shape[0] : a->shape[1];
  if (cutoff < 0) cutoff = (double)extent * DBL_EPSILON;
  return values->shape[0] > 0 ? cutoff * values->data[0] : 0;
}

static size_t count_above(const ms_tensor *values, double least) {
  size_t rank = 0;
  while (rank < values->shape[0] && values->data[rank] > least) rank++;
  return rank;
}

ms_status ms_rank(const ms_tensor *a, double cutoff, size_t *out) {
  ms_status status = MS_OK;
  ms_tensor values = {0};
  MS_TRY(ms_singular_values(a, &values));
  *out = count_above(&values, threshold(a, &values, cutoff));
out:
  ms_tensor_release(&values);
  return status;
}

/* V diag(1 / s) U', with the values that count. */
ms_status ms_pseudo_inverse(const ms_tensor *a, double cutoff, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor usv[3] = {{0}}, u = {0}, v = {0}, turned = {0};
  size_t rank;
  MS_TRY(ms_needs_fine(cutoff) ? ms_fine_svd(a, usv) : ms_svd(a, usv));
  rank = count_above(&usv[1], threshold(a, &usv[1], cutoff));
  usv[1].shape[0] = rank;
  MS_TRY(ms_tensor_narrow(&usv[0], 1, 0, rank, &u));
  MS_TRY(ms_tensor_narrow(&usv[2], 1, 0, rank, &v));
  MS_TRY(ms_tensor_map2(ms_div_kernel, &v, &usv[1], &v));
  MS_TRY(ms_tensor_transpose(&u, 0, 1, &turned));
  MS_TRY(ms_tensor_matmul(&v, &turned, out));
out:
  ms_matrix_drop(3, usv);
  ms_tensor_release(&u);
  ms_tensor_release(&v);
  ms_tensor_release(&turned);
  return status;
}

ms_status ms_trace(const ms_tensor *a, double *out) {
  ms_status status = MS_OK;
  ms_tensor diagonal = {0};
  MS_TRY(ms_tensor_diagonal(a, 0, &diagonal));
  MS_TRY(ms_tensor_reduce(&ms_reduction_sum, &diagonal, out));
out:
  ms_tensor_release(&diagonal);
  return status;
}

ms_status ms_kronecker(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor left = {0}, right = {0}, product = {0};
  size_t shape[4];
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_CHECK(a->dims == 2 && b->dims == 2, MS_EARG, "%d and %d dims, expected two matrices",
           a->dims, b->dims);
  shape[0] = a->shape[0], shape[1] = 1, shape[2] = a->shape[1], shape[3] = 1;
  MS_TRY(ms_tensor_reshape(a, 4, shape, &left));
  shape[0] = 1, shape[1] = b->shape[0], shape[2] = 1, shape[3] = b->shape[1];
  MS_TRY(ms_tensor_reshape(b, 4, shape, &right));
  MS_TRY(ms_tensor_map2(ms_mul_kernel, &left, &right, &product));
  shape[0] = product.shape[0] * product.shape[1];
  shape[1] = product.shape[2] * product.shape[3];
  MS_TRY(ms_tensor_reshape(&product, 2, shape, out));
out:
  ms_tensor_release(&left);
  ms_tensor_release(&right);
  ms_tensor_release(&product);
  return status;
}

/* }=== */

/* {=== the exponential === */

/* c = a b, or with 'more' c + a b; all [n, n]. */
static void product(size_t n, const double *a, const double *b, int more, double *c) {
  ms_gemm(0, 0, n, n, n, 1, a, n, b, n, more, c, n);
}

/* to = w0 * I + w[1] * a2 + w[2] * a4 + w[3] * a6 */
static void polynomial(size_t n, const double *powers, double w0, double w2, double w4,
                       double w6, double *to) {
  size_t size = n * n;
  for (size_t i = 0; i < size; i++)
    to[i] = w2 * powers[i] + w4 * powers[size + i] + w6 * powers[2 * size + i];
  for (size_t i = 0; i < n; i++) to[i * n + i] += w0;
}

/*
** The numerator u + v and the denominator v - u of the approximant of degree 13 at 'a',
** into 'u' and 'v'. 'powers' has room for the second, fourth and sixth power, 'work' for
** one.
*/
static void pade13(size_t n, const double *a, double *powers, double *work, double *u,
                   double *v) {
  static const double b[] = {64764752532480000.,
                             32382376266240000.,
                             7771770303897600.,
                             1187353796428800.,
                             129060195264000.,
                             10559470521600.,
                             670442572800.,
                             33522128640.,
                             1323241920.,
                             40840800.,
                             960960.,
                             16380.,
                             182.,
                             1.};
  size_t size = n * n;
  double *sixth = powers + 2 * size;
  product(n, a, a, 0, powers);
  product(n, powers, powers, 0, powers + size);
  product(n, powers + size, powers, 0, sixth);
  polynomial(n, powers, 0, b[9], b[11], b[13], work);
  polynomial(n, powers, b[1], b[3], b[5], b[7], v);
  product(n, sixth, work, 1, v);
  product(n, a, v, 0, u);
  polynomial(n, powers, 0, b[8], b[10], b[12], work);
  polynomial(n, powers, b[0], b[2], b[4], b[6], v);
  product(n, sixth, work, 1, v);
  for (size_t i = 0; i < size; i++) {
    double odd = u[i];
    u[i] = v[i] + odd;
    v[i] = v[i] - odd;
  }
}

/*
** How often to halve the matrix so that its norm is within what the approximant serves.
*/
static int halvings(double norm) {
  const double served = 5.371920351148152;
  int exponent;
  if (norm <= served) return 0;
  frexp(norm / served, &exponent);
  return exponent;
}

ms_status ms_matrix_exp(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  double *work = NULL, *u, *v, norm;
  size_t n, size, room;
  int times;
  MS_TRY(ms_matrix_read_square(a, &m));
  n = (size_t)m.rows;
  MS_CHECK(ms_mul_size(n, n, &size) && ms_mul_size(size, 6, &room), MS_ENOMEM,
           "a matrix of %zu rows is too large", n);
  if (n == 0) goto out;
  MS_TRY(ms_matrix_norm(a, MS_NORM_ONE, &norm));
  MS_CHECK(isfinite(norm), MS_EDIVERGED, "the norm of the matrix overflows");
  times = halvings(norm);
  MS_TRY(ms_alloc(room, sizeof *work, "a matrix exponential", &work));
  u = work + 4 * size;
  v = work + 5 * size;
  for (size_t i = 0; i < size; i++) m.tensor.data[i] = ldexp(m.tensor.data[i], -times);
  pade13(n, m.tensor.data, work, work + 3 * size, u, v);
  MS_TRY(ms_solve(n, v, n, u));
  for (int i = 0; i < times; i++) { /* u = u u */
    product(n, u, u, 0, v);
    memcpy(u, v, size * sizeof *u);
  }
  memcpy(m.tensor.data, u, size * sizeof *u);
  MS_CHECK(ms_tensor_is_finite(&m.tensor), MS_EDIVERGED, "the exponential overflows");
out:
  if (status == MS_OK) ms_tensor_share(&m.tensor, out);
  ms_free(work);
  ms_tensor_release(&m.tensor);
  return status;
}

/* }=== */
