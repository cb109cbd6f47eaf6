#include "conflict/units.h"

#include "linalg/quadratic.h"
#include "linalg/symmetric.h"

#include <string.h>

/* Eigenvalues of C below this part of the largest are rounding errors of its entries. */
static const double rank_tolerance = 1e-14;

void ms_cosines(const ms_tasks *tasks, double *C) {
  size_t n = tasks->count;
  const double *norm = tasks->norm;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      C[i * n + j] = i == j ? 1 : tasks->gram[i * n + j] / (norm[i] * norm[j]);
}

size_t ms_units_work(size_t n) {
  return ms_quadratic_work(n) + 2 * n;
}

/* a_1 = r_2 (r_2 - c r_1) / |r_1 u_1 - r_2 u_2|^2 and a_2 likewise, cut to [0, 1]. */
static void two_min_norm(double c, double r1, double r2, double *a) {
  double first = r2 * (r2 - c * r1), second = r1 * (r1 - c * r2);
  a[0] = first <= 0 ? 0 : second <= 0 ? 1 : first / (first + second);
  a[1] = first <= 0 ? 1 : second <= 0 ? 0 : second / (first + second);
}

/* With x_k = a_k r_k / r and r = min r_k: least x.C x where sum x_k r / r_k = 1. */
static void many_min_norm(size_t n, const double *C, const double *r, double *a,
                          double *work, size_t *index) {
  double *q = work, smallest = r != NULL ? r[0] : 1;
  for (size_t k = 1; r != NULL && k < n; k++)
    if (r[k] < smallest) smallest = r[k];
  for (size_t k = 0; k < n; k++) q[k] = r != NULL ? smallest / r[k] : 1;
  ms_quadratic(n, C, NULL, q, a, q + n, index);
  for (size_t k = 0; k < n; k++) a[k] *= q[k];
}

double ms_min_norm(size_t n, const double *C, const double *r, double *a, double *work,
                   size_t *index) {
  double square = 0;
  if (n == 2)
    two_min_norm(C[1], r != NULL ? r[0] : 1, r != NULL ? r[1] : 1, a);
  else
    many_min_norm(n, C, r, a, work, index);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      square += a[i] * C[i * n + j] * a[j] * (r != NULL ? r[i] * r[j] : 1);
  return square > 0 ? square : 0;
}

int ms_stationary(size_t n, const double *C, double *work, size_t *index) {
  return ms_min_norm(n, C, NULL, work, work + n, index) < MS_STATIONARY;
}

void ms_dual_cone(size_t n, const double *C, const double *from, double *y, double *work,
                  size_t *index) {
  double *f = work, *x = f + n;
  for (size_t i = 0; i < n; i++) {
    f[i] = 0;
    for (size_t j = 0; j < n; j++) f[i] -= C[i * n + j] * from[j];
  }
  ms_quadratic(n, C, f, NULL, x, x + n, index);
  for (size_t k = 0; k < n; k++) y[k] = from[k] + x[k];
}

ms_status ms_equal_projections(size_t n, double *C, double *values, double *y, double *cy,
                               double *square) {
  double largest = 0, part = 0;
  ms_status status = ms_eigen_symmetric(n, C, values);
  if (status != MS_OK) return status;
  *square = 0;
  for (size_t k = 0; k < n; k++) {
    y[k] = cy[k] = 0;
    if (values[k] > largest) largest = values[k];
  }
  for (size_t i = 0; i < n; i++) {
    const double *v = C + i * n;
    double along = 0;
    if (values[i] <= rank_tolerance * (double)n * largest) continue;
    for (size_t k = 0; k < n; k++) along += v[k];
    for (size_t k = 0; k < n; k++) {
      y[k] += along / values[i] * v[k];
      cy[k] += along * v[k];
    }
    part += along * along;
    *square += along * along / values[i];
  }
  if (part <= 1e-16 * (double)n) *square = 0;
  return MS_OK;
}
