#include "linalg/systems.h"

#include "base/alloc.h"
#include "linalg/matrix.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <float.h>
#include <math.h>

/* {=== right-hand sides, in columns === */

/* *out = 'b' in columns: [k, extent], of which the first b->shape[0] of each are set. */
static ms_status read_sides(const ms_tensor *b, size_t rows, size_t extent,
                            ms_tensor *out) {
  ms_status status = MS_OK;
  char shape[MS_SHAPE_TEXT];
  ms_tensor turned = {0}, start = {0};
  lapack_int unused;
  int fits = (b->dims == 1 || b->dims == 2) && b->shape[0] == rows;
  MS_CHECK(b->storage != NULL, MS_EARG, "the right-hand side is closed");
  MS_CHECK(fits, MS_EARG, "right-hand side of shape %s, expected %zu or %zux<any>",
           ms_shape_text(b->dims, b->shape, shape), rows, rows);
  MS_CHECK(ms_tensor_is_finite(b), MS_EDIVERGED,
           "the right-hand side has values that are not finite");
  if (b->dims == 1)
    MS_TRY(ms_tensor_insert_axis(b, 0, &turned));
  else
    MS_TRY(ms_tensor_transpose(b, 0, 1, &turned));
  MS_TRY(ms_lapack_int(turned.shape[0], "the number of right-hand sides", &unused));
  MS_TRY(ms_tensor_create(2, (size_t[]){turned.shape[0], extent}, out));
  MS_TRY(ms_tensor_narrow(out, 1, 0, rows, &start));
  MS_TRY(ms_tensor_copy(&turned, &start));
out:
  ms_tensor_release(&turned);
  ms_tensor_release(&start);
  return status;
}

/*
** *out = the first 'rows' of each column, with the axes of a right-hand side of 'dims'.
*/
static ms_status write_solution(const ms_tensor *columns, size_t rows, int dims,
                                ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor part = {0}, turned = {0};
  MS_TRY(ms_tensor_narrow(columns, 1, 0, rows, &part));
  if (dims == 1)
    MS_TRY(ms_tensor_select(&part, 0, 0, &turned));
  else
    MS_TRY(ms_tensor_transpose(&part, 0, 1, &turned));
  MS_TRY(ms_tensor_clone(&turned, out));
out:
  ms_tensor_release(&part);
  ms_tensor_release(&turned);
  return status;
}

/* }=== */

/* {=== LU factors of the transpose, which is what LAPACK sees === */

typedef struct factors {
  ms_matrix m;
  lapack_int *pivots, singular; /* the first pivot that is zero, from 1 */
} factors;

static ms_status factor(const ms_tensor *a, factors *f) {
  ms_status status = MS_OK;
  MS_TRY(ms_matrix_read_square(a, &f->m));
  MS_TRY(ms_alloc((size_t)f->m.rows, sizeof *f->pivots, "pivots", &f->pivots));
  if (f->m.rows > 0)
    f->singular = LAPACKE_dgetrf(LAPACK_COL_MAJOR, f->m.rows, f->m.rows, f->m.tensor.data,
                                 f->m.rows, f->pivots);
  MS_TRY(ms_lapack_status(f->singular, "the LU decomposition"));
out:
  return status;
}

static void release(factors *f) {
  ms_free(f->pivots);
  ms_tensor_release(&f->m.tensor);
}

static ms_status check_pivots(const factors *f) {
  ms_status status = MS_OK;
  MS_CHECK(f->singular == 0, MS_ESINGULAR, "the matrix is singular: pivot %d is zero",
           (int)f->singular);
out:
  return status;
}

/* The factors of a matrix that is not singular to working precision. */
static ms_status factor_regular(const ms_tensor *a, factors *f) {
  ms_status status = MS_OK;
  double norm = 0, reciprocal = 1;
  MS_TRY(ms_matrix_read_square(a, &f->m));
  if (f->m.rows > 0)
    norm = LAPACKE_dlange(LAPACK_COL_MAJOR, '1', f->m.rows, f->m.rows, f->m.tensor.data,
                          f->m.rows);
  ms_tensor_release(&f->m.tensor);
  MS_TRY(factor(a, f));
  MS_TRY(check_pivots(f));
  if (f->m.rows > 0)
    MS_TRY(
      ms_lapack_status(LAPACKE_dgecon(LAPACK_COL_MAJOR, '1', f->m.rows, f->m.tensor.data,
                                      f->m.rows, norm, &reciprocal),
                       "the condition number"));
  MS_CHECK(reciprocal >= DBL_EPSILON, MS_ESINGULAR,
           "the matrix is singular to working precision: its reciprocal condition number"
           " is %.2g",
           reciprocal);
out:
  return status;
}

/* }=== */

ms_status ms_tensor_solve(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_status status = MS_OK;
  factors f = {.pivots = NULL};
  ms_tensor sides = {0};
  MS_TRY(factor_regular(a, &f));
  MS_TRY(read_sides(b, a->shape[0], a->shape[0], &sides));
  if (ms_tensor_count(&sides) > 0)
    MS_TRY(ms_lapack_status(LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'T', f.m.rows,
                                           (lapack_int)sides.shape[0], f.m.tensor.data,
                                           f.m.rows, f.pivots, sides.data, f.m.rows),
                            "the linear system"));
  MS_TRY(write_solution(&sides, a->shape[0], b->dims, out));
out:
  release(&f);
  ms_tensor_release(&sides);
  return status;
}

ms_status ms_tensor_solve_spd(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor sides = {0};
  lapack_int info = 0;
  MS_TRY(ms_matrix_read_square(a, &m));
  MS_TRY(read_sides(b, a->shape[0], a->shape[0], &sides));
  if (m.rows > 0) /* without right-hand sides, too: the matrix is to be judged */
    info = LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', m.rows, (lapack_int)sides.shape[0],
                         m.tensor.data, m.rows, sides.data, m.rows);
  MS_TRY(ms_lapack_status(info, "the positive definite system"));
  MS_CHECK(info == 0, MS_ESINGULAR,
           "the matrix is not positive definite: its leading %dx%d part is not",
           (int)info, (int)info);
  MS_TRY(write_solution(&sides, a->shape[0], b->dims, out));
out:
  ms_tensor_release(&m.tensor);
  ms_tensor_release(&sides);
  return status;
}

/* Upper in rows is lower in columns, and the matrix is there its transpose. */
ms_status ms_tensor_solve_triangular(const ms_tensor *a, const ms_tensor *b, int upper,
                                     int transpose, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor sides = {0};
  lapack_int info = 0;
  MS_TRY(ms_matrix_read_square(a, &m));
  MS_TRY(read_sides(b, a->shape[0], a->shape[0], &sides));
  if (m.rows > 0)
    info = LAPACKE_dtrtrs(LAPACK_COL_MAJOR, upper ? 'L' : 'U', transpose ? 'N' : 'T', 'N',
                          m.rows, (lapack_int)sides.shape[0], m.tensor.data, m.rows,
                          sides.data, m.rows);
  MS_TRY(ms_lapack_status(info, "the triangular system"));
  MS_CHECK(info == 0, MS_ESINGULAR, "the matrix is singular: pivot %d is zero",
           (int)info);
  MS_TRY(write_solution(&sides, a->shape[0], b->dims, out));
out:
  ms_tensor_release(&m.tensor);
  ms_tensor_release(&sides);
  return status;
}

/*
** What gelsd and gelss are given. They take 0 for the rounding error, so 0 is the least
** number here. They take 1 and more for it, too, but then no singular value counts and x
** is 0.
*/
static double effective_cutoff(double cutoff, lapack_int most) {
  if (cutoff < 0) cutoff = (double)most * DBL_EPSILON;
  return cutoff < DBL_MIN ? DBL_MIN : cutoff;
}

int ms_needs_fine(double cutoff) {
  return cutoff >= 0 && cutoff < DBL_EPSILON;
}

/* *found = the rank; the columns of 'sides' become the solutions. */
static ms_status minimise(ms_matrix *m, ms_tensor *sides, double cutoff, double *values,
                          lapack_int *found) {
  lapack_int most = m->rows > m->columns ? m->rows : m->columns, info;
  lapack_int count = (lapack_int)sides->shape[0];
  ms_status status = MS_OK;
  info = (ms_needs_fine(cutoff)
            ? LAPACKE_dgelss
            : LAPACKE_dgelsd)(LAPACK_COL_MAJOR, m->rows, m->columns, count,
                              m->tensor.data, ms_leading(m->rows), sides->data,
                              ms_leading(most), values, cutoff, found);
  MS_TRY(ms_lapack_status(info, "the least squares problem"));
  MS_CHECK(info == 0, MS_EDIVERGED, "the least squares problem did not converge");
out:
  return status;
}

ms_status ms_tensor_lstsq(const ms_tensor *a, const ms_tensor *b, double cutoff,
                          ms_tensor *out, size_t *rank, ms_tensor *values) {
  ms_status status = MS_OK;
  ms_matrix m = {.rows = 0};
  ms_tensor sides = {0};
  lapack_int most, found = 0;
  size_t k;
  *values = (ms_tensor){0};
  MS_TRY(ms_matrix_read_columns(a, &m));
  most = m.rows > m.columns ? m.rows : m.columns;
  cutoff = effective_cutoff(cutoff, most);
  k = (size_t)(m.rows < m.columns ? m.rows : m.columns);
  MS_TRY(read_sides(b, a->shape[0], (size_t)most, &sides));
  MS_TRY(ms_tensor_create(1, &k, values));
  if (k > 0 && sides.shape[0] > 0)
    MS_TRY(minimise(&m, &sides, cutoff, values->data, &found));
  else
    ms_tensor_fill(0, &sides);
  if (cutoff >= 1) {
    ms_tensor_fill(0, &sides);
    found = 0;
  }
  MS_TRY(write_solution(&sides, a->shape[1], b->dims, out));
  *rank = (size_t)found;
out:
  ms_tensor_release(&m.tensor);
  ms_tensor_release(&sides);
  if (status != MS_OK) ms_tensor_release(values);
  return status;
}

/* The inverse of what LAPACK sees, the transpose, is in rows the inverse. */
static ms_status invert(factors *f, ms_tensor *out) {
  ms_status status = MS_OK;
  if (f->m.rows > 0)
    MS_TRY(ms_lapack_status(LAPACKE_dgetri(LAPACK_COL_MAJOR, f->m.rows, f->m.tensor.data,
                                           f->m.rows, f->pivots),
                            "the inverse"));
  ms_tensor_share(&f->m.tensor, out);
out:
  return status;
}

ms_status ms_inverse(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  factors f = {.pivots = NULL};
  MS_TRY(factor_regular(a, &f));
  MS_TRY(invert(&f, out));
out:
  release(&f);
  return status;
}

ms_status ms_rough_inverse(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  factors f = {.pivots = NULL};
  MS_TRY(factor(a, &f));
  MS_TRY(check_pivots(&f));
  MS_TRY(invert(&f, out));
out:
  release(&f);
  return status;
}

ms_status ms_determinant(const ms_tensor *a, ms_det *out) {
  ms_status status = MS_OK;
  factors f = {.pivots = NULL};
  size_t n;
  MS_TRY(factor(a, &f));
  n = (size_t)f.m.rows;
  *out = (ms_det){1, 1, 0};
  for (size_t i = 0; i < n; i++) {
    double pivot = f.m.tensor.data[i * n + i];
    if (f.pivots[i] != (lapack_int)(i + 1)) pivot = -pivot;
    out->value *= pivot;
    out->sign *= pivot > 0 ? 1 : pivot < 0 ? -1 : 0;
    out->log += log(fabs(pivot));
  }
  if (f.singular != 0) *out = (ms_det){0, 0, -INFINITY};
out:
  release(&f);
  return status;
}
