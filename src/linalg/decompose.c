#include "linalg/decompose.h"

#include "base/alloc.h"
#include "linalg/matrix.h"
#include "tensor/elementwise.h"
#include "tensor/join.h"
#include "tensor/view.h"

/* LAPACK's exchanges of rows, from 1, as the order they lead to. */
static ms_status order_of(size_t exchanges, const lapack_int *with, size_t rows,
                          ms_tensor *out) {
  ms_status status = ms_tensor_create_unset(1, &rows, out);
  if (status != MS_OK) return status;
  for (size_t i = 0; i < rows; i++) out->data[i] = (double)(i + 1);
  for (size_t i = 0; i < exchanges; i++) {
    size_t j = (size_t)with[i] - 1;
    double held = out->data[i];
    out->data[i] = out->data[j];
    out->data[j] = held;
  }
  return MS_OK;
}

ms_status ms_lu(const ms_tensor *a, ms_tensor out[3]) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor rows = {0}, diagonal = {0};
  lapack_int *pivots = NULL;
  size_t k;
  MS_TRY(ms_matrix_read_columns(a, &m));
  k = (size_t)(m.rows < m.columns ? m.rows : m.columns);
  MS_TRY(ms_alloc(k, sizeof *pivots, "pivots", &pivots));
  if (k > 0)
    MS_TRY(ms_lapack_status(LAPACKE_dgetrf(LAPACK_COL_MAJOR, m.rows, m.columns,
                                           m.tensor.data, ms_leading(m.rows), pivots),
                            "the LU decomposition"));
  MS_TRY(ms_matrix_turn(&m.tensor, &rows));
  MS_TRY(ms_matrix_first(&rows, 1, k, &out[0]));
  MS_TRY(ms_tensor_keep_lower(-1, &out[0]));
  MS_TRY(ms_tensor_diagonal(&out[0], 0, &diagonal));
  ms_tensor_fill(1, &diagonal);
  MS_TRY(ms_matrix_first(&rows, 0, k, &out[1]));
  MS_TRY(ms_tensor_keep_upper(0, &out[1]));
  MS_TRY(order_of(k, pivots, (size_t)m.rows, &out[2]));
out:
  ms_free(pivots);
  ms_tensor_release(&diagonal);
  ms_tensor_release(&rows);
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_matrix_drop(3, out);
  return status;
}

/*
** The lower triangle in rows is the upper one in columns, and L in rows is L' in
** columns.
*/
ms_status ms_cholesky(const ms_tensor *a, ms_tensor out[1]) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  lapack_int info = 0;
  MS_TRY(ms_matrix_read_square(a, &m));
  if (m.rows > 0)
    info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', m.rows, m.tensor.data, m.rows);
  MS_TRY(ms_lapack_status(info, "the Cholesky decomposition"));
  MS_CHECK(info == 0, MS_ESINGULAR,
           "the matrix is not positive definite: its leading %dx%d part is not",
           (int)info, (int)info);
  MS_TRY(ms_tensor_keep_lower(0, &m.tensor));
  ms_tensor_share(&m.tensor, &out[0]);
out:
  ms_tensor_release(&m.tensor);
  return status;
}

/*
** LAPACK sees a' = L Q', so that L in its columns is R in rows, and Q' is Q.
*/
ms_status ms_qr(const ms_tensor *a, ms_tensor out[2]) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  lapack_int k, lead;
  double *tau = NULL;
  MS_TRY(ms_matrix_read(a, &m));
  k = m.rows < m.columns ? m.rows : m.columns;
  lead = ms_leading(m.columns);
  MS_TRY(ms_alloc((size_t)k, sizeof *tau, "reflectors", &tau));
  if (k > 0)
    MS_TRY(ms_lapack_status(LAPACKE_dgelqf(LAPACK_COL_MAJOR, m.columns, m.rows,
                                           m.tensor.data, lead, tau),
                            "the QR decomposition"));
  MS_TRY(ms_matrix_first(&m.tensor, 0, (size_t)k, &out[1]));
  MS_TRY(ms_tensor_keep_upper(0, &out[1]));
  if (k > 0)
    MS_TRY(ms_lapack_status(LAPACKE_dorglq(LAPACK_COL_MAJOR, k, m.rows, k, m.tensor.data,
                                           lead, tau),
                            "the QR decomposition"));
  MS_TRY(ms_matrix_first(&m.tensor, 1, (size_t)k, &out[0]));
out:
  ms_free(tau);
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_matrix_drop(2, out);
  return status;
}

static ms_status svd_status(lapack_int info) {
  ms_status status = ms_lapack_status(info, "the singular value decomposition");
  if (status == MS_OK && info > 0)
    status = ms_fail(MS_EDIVERGED, "the singular value decomposition did not converge");
  return status;
}

/*
** LAPACK sees a' = V diag(s) U'. Its U' in columns is U in rows. Of more than 25 singular
** values divide and conquer raises those below half the rounding error, relative to the
** largest, to that; 'fine', by QR iteration, keeps them.
*/
static ms_status decompose(const ms_tensor *a, int fine, ms_tensor out[3]) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor right = {0};
  double *unconverged = NULL;
  lapack_int info = 0;
  size_t k;
  MS_TRY(ms_matrix_read(a, &m));
  k = (size_t)(m.rows < m.columns ? m.rows : m.columns);
  MS_TRY(ms_tensor_create(2, (size_t[]){(size_t)m.rows, k}, &out[0]));
  MS_TRY(ms_tensor_create(1, &k, &out[1]));
  MS_TRY(ms_tensor_create(2, (size_t[]){k, (size_t)m.columns}, &right));
  if (fine) MS_TRY(ms_alloc(k, sizeof *unconverged, "the work of an SVD", &unconverged));
  if (k > 0 && fine)
    info = LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'S', 'S', m.columns, m.rows, m.tensor.data,
                          m.columns, out[1].data, right.data, m.columns, out[0].data,
                          (lapack_int)k, unconverged);
  else if (k > 0)
    info =
      LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', m.columns, m.rows, m.tensor.data, m.columns,
                     out[1].data, right.data, m.columns, out[0].data, (lapack_int)k);
  MS_TRY(svd_status(info));
  MS_TRY(ms_matrix_turn(&right, &out[2]));
out:
  ms_free(unconverged);
  ms_tensor_release(&right);
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_matrix_drop(3, out);
  return status;
}

ms_status ms_svd(const ms_tensor *a, ms_tensor out[3]) {
  return decompose(a, 0, out);
}

ms_status ms_fine_svd(const ms_tensor *a, ms_tensor out[3]) {
  return decompose(a, 1, out);
}

ms_status ms_singular_values(const ms_tensor *a, ms_tensor out[1]) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  double none;
  size_t k;
  MS_TRY(ms_matrix_read(a, &m));
  k = (size_t)(m.rows < m.columns ? m.rows : m.columns);
  MS_TRY(ms_tensor_create(1, &k, &out[0]));
  if (k > 0)
    MS_TRY(svd_status(LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', m.columns, m.rows,
                                     m.tensor.data, m.columns, out[0].data, &none,
                                     m.columns, &none, m.rows)));
out:
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_matrix_drop(1, out);
  return status;
}

/* {=== eigenvalues === */

static ms_status eigen_status(lapack_int info) {
  ms_status status = ms_lapack_status(info, "the eigenproblem");
  if (status == MS_OK && info > 0)
    status = ms_fail(MS_EDIVERGED, "the eigenproblem did not converge, %d values left",
                     (int)info);
  return status;
}

/* 'vectors' != NULL: they come out in columns, which in rows is one a row. */
static ms_status symmetric(const ms_tensor *a, ms_tensor *values, ms_tensor *vectors) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  size_t n;
  *values = (ms_tensor){0};
  MS_TRY(ms_matrix_read_square(a, &m));
  n = (size_t)m.rows;
  MS_TRY(ms_tensor_create(1, &n, values));
  if (n > 0)
    MS_TRY(eigen_status(LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors != NULL ? 'V' : 'N', 'U',
                                       m.rows, m.tensor.data, m.rows, values->data)));
  if (vectors != NULL) MS_TRY(ms_matrix_turn(&m.tensor, vectors));
out:
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_tensor_release(values);
  return status;
}

ms_status ms_eigh(const ms_tensor *a, ms_tensor out[2]) {
  return symmetric(a, &out[0], &out[1]);
}

ms_status ms_eigvalsh(const ms_tensor *a, ms_tensor out[1]) {
  return symmetric(a, &out[0], NULL);
}

/*
** The vectors of a pair of complex values lie in two columns, the real parts in the
** first, the imaginary ones, of the value with the positive imaginary part, in the
** second.
*/
static void unpack(size_t n, const double *imaginary, const double *columns, double *real,
                   double *parts) {
  for (size_t j = 0; j < n; j++) {
    int pair = imaginary[j] > 0 && j + 1 < n;
    for (size_t i = 0; i < n; i++) {
      double re = columns[j * n + i], im = pair ? columns[(j + 1) * n + i] : 0;
      real[i * n + j] = re;
      parts[i * n + j] = im;
      if (!pair) continue;
      real[i * n + j + 1] = re;
      parts[i * n + j + 1] = -im;
    }
    if (pair) j++;
  }
}

static ms_status general(const ms_tensor *a, int vectors, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor columns = {0};
  double none;
  size_t n, square[2];
  char shape[MS_SHAPE_TEXT];
  MS_CHECK(a->dims == 2 && a->shape[0] == a->shape[1], MS_EARG,
           "shape %s, expected a square matrix", ms_shape_text(a->dims, a->shape, shape));
  MS_TRY(ms_matrix_read_columns(a, &m));
  n = square[0] = square[1] = (size_t)m.rows;
  MS_TRY(ms_tensor_create(1, &n, &out[0]));
  MS_TRY(ms_tensor_create(1, &n, &out[1]));
  if (vectors) MS_TRY(ms_tensor_create(2, square, &columns));
  if (n > 0)
    MS_TRY(eigen_status(LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', vectors ? 'V' : 'N', m.rows,
                                      m.tensor.data, m.rows, out[0].data, out[1].data,
                                      &none, 1, vectors ? columns.data : &none, m.rows)));
  if (vectors) {
    MS_TRY(ms_tensor_create(2, square, &out[2]));
    MS_TRY(ms_tensor_create(2, square, &out[3]));
    unpack(n, out[1].data, columns.data, out[2].data, out[3].data);
  }
out:
  ms_tensor_release(&columns);
  ms_tensor_release(&m.tensor);
  if (status != MS_OK) ms_matrix_drop(vectors ? 4 : 2, out);
  return status;
}

ms_status ms_eig(const ms_tensor *a, ms_tensor out[4]) {
  return general(a, 1, out);
}

ms_status ms_eigvals(const ms_tensor *a, ms_tensor out[2]) {
  return general(a, 0, out);
}

/* }=== */
