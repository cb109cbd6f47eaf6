#include "linalg/jacobi.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Sweeps converge quadratically; the limit is for matrices at the edge of underflow. */
enum { SWEEPS = 60 };

/* Rotates axes p and q so that a_pq = 0. */
static void rotate(size_t n, double *a, double *vectors, size_t p, size_t q) {
  double off = a[p * n + q], half = (a[q * n + q] - a[p * n + p]) / 2 / off;
  double t = (half >= 0 ? 1 : -1) / (fabs(half) + hypot(half, 1));
  double c = 1 / hypot(t, 1), s = t * c;
  if (isinf(half)) t = s = 0, c = 1;
  a[p * n + p] -= t * off;
  a[q * n + q] += t * off;
  a[p * n + q] = a[q * n + p] = 0;
  for (size_t k = 0; k < n; k++) {
    double x = a[p * n + k], y = a[q * n + k];
    if (k != p && k != q) {
      a[p * n + k] = a[k * n + p] = c * x - s * y;
      a[q * n + k] = a[k * n + q] = s * x + c * y;
    }
    x = vectors[p * n + k];
    y = vectors[q * n + k];
    vectors[p * n + k] = c * x - s * y;
    vectors[q * n + k] = s * x + c * y;
  }
}

static void sort(size_t n, double *values, double *vectors) {
  for (size_t i = 0; i < n; i++) {
    size_t least = i;
    double value;
    for (size_t j = i + 1; j < n; j++)
      if (values[j] < values[least]) least = j;
    if (least == i) continue;
    value = values[i];
    values[i] = values[least];
    values[least] = value;
    for (size_t k = 0; k < n; k++) {
      double x = vectors[i * n + k];
      vectors[i * n + k] = vectors[least * n + k];
      vectors[least * n + k] = x;
    }
  }
}

void ms_eigen_jacobi(size_t n, const double *a, double *vectors, double *values,
                     double *work) {
  int rotated = 1;
  memcpy(work, a, n * n * sizeof *work);
  memset(vectors, 0, n * n * sizeof *vectors);
  for (size_t k = 0; k < n; k++) vectors[k * n + k] = 1;
  for (int sweep = 0; rotated && sweep < SWEEPS; sweep++) {
    rotated = 0;
    for (size_t p = 0; p < n; p++) {
      for (size_t q = p + 1; q < n; q++) {
        double size = sqrt(fabs(work[p * n + p])) * sqrt(fabs(work[q * n + q]));
        if (fabs(work[p * n + q]) <= DBL_EPSILON / 4 * size) continue;
        rotate(n, work, vectors, p, q);
        rotated = 1;
      }
    }
  }
  for (size_t k = 0; k < n; k++) values[k] = work[k * n + k];
  sort(n, values, vectors);
}
