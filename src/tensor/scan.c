#include "tensor/scan.h"

#include <math.h>

void ms_cumsum_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch) {
  double sum = 0, lost = 0;
  (void)none;
  (void)scratch;
  for (size_t i = 0; i < n; i++) {
    double next = sum + x[i], added = next - sum;
    lost += (sum - (next - added)) + (x[i] - added);
    sum = next;
    results[i] = isfinite(sum) ? sum + lost : sum;
  }
}

void ms_cumprod_lane(const void *none, size_t n, const double *x, double *results,
                     double *scratch) {
  double product = 1;
  (void)none;
  (void)scratch;
  for (size_t i = 0; i < n; i++) results[i] = product *= x[i];
}

void ms_cummax_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch) {
  double most = -INFINITY;
  (void)none;
  (void)scratch;
  for (size_t i = 0; i < n; i++)
    results[i] = most = x[i] > most || isnan(x[i]) ? x[i] : most;
}

void ms_cummin_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch) {
  double least = INFINITY;
  (void)none;
  (void)scratch;
  for (size_t i = 0; i < n; i++)
    results[i] = least = x[i] < least || isnan(x[i]) ? x[i] : least;
}
