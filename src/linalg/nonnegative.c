#include "linalg/nonnegative.h"

#include "linalg/quadratic.h"

#include <math.h>

/*
** The rows with a diagonal above 0, scaled so that it is 1: at[m] are their numbers,
** scale[m] the factors. Fills H[m, m] and f[m]; returns m.
*/
static size_t scale_rows(size_t n, const double *A, const double *b, double *H, double *f,
                         double *scale, size_t *at) {
  size_t m = 0;
  for (size_t k = 0; k < n; k++)
    if (A[k * n + k] > 0) at[m++] = k;
  for (size_t i = 0; i < m; i++) {
    scale[i] = 1 / sqrt(A[at[i] * n + at[i]]);
    f[i] = -b[at[i]] * scale[i];
  }
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < m; j++)
      H[i * m + j] = A[at[i] * n + at[j]] * scale[i] * scale[j];
  return m;
}

size_t ms_nonnegative_work(size_t n) {
  return n * n + 3 * n + ms_quadratic_work(n);
}

ms_status ms_nonnegative_minimum(size_t n, const double *A, const double *b, double *v,
                                 double *work, size_t *index) {
  double *H = work, *f = H + n * n, *x = f + n, *scale = x + n;
  size_t m;
  ms_status status = MS_OK;
  for (size_t k = 0; k < n; k++) {
    MS_CHECK(isfinite(A[k * n + k]) && isfinite(b[k]), MS_EDIVERGED,
             "quadratic program: row %zu of %zu is not finite", k + 1, n);
    v[k] = 0;
  }
  m = scale_rows(n, A, b, H, f, scale, index);
  if (m > 0) ms_quadratic(m, H, f, NULL, x, scale + n, index + n);
  for (size_t i = 0; i < m; i++) v[index[i]] = x[i] * scale[i];
out:
  return status;
}
