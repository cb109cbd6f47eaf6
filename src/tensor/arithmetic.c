#include "tensor/arithmetic.h"

#include "base/vmath.h"

#include <math.h>

void ms_add_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}

void ms_sub_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] - b[i];
}

void ms_mul_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}

void ms_div_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] / b[i];
}

void ms_pow_kernel(size_t n, const double *a, const double *b, double *out) {
  double exponent = n > 0 ? b[0] : 0;
  int differ = 0;
  for (size_t i = 0; i < n; i++) differ |= b[i] != exponent;
  if (differ) exponent = 0;
  if (exponent == 1)
    for (size_t i = 0; i < n; i++) out[i] = a[i];
  else if (exponent == 2)
    for (size_t i = 0; i < n; i++) out[i] = a[i] * a[i];
  else if (exponent == 3)
    for (size_t i = 0; i < n; i++) out[i] = a[i] * a[i] * a[i];
  else if (exponent == -1)
    for (size_t i = 0; i < n; i++) out[i] = 1 / a[i];
  else
    ms_vpow(n, a, b, out);
}

void ms_neg_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = -a[i];
}

/* fmod keeps the sign of a, Lua's % has that of b; the remainder itself is exact. */
void ms_mod_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) {
    double rest = fmod(a[i], b[i]);
    out[i] = (rest < 0 && b[i] > 0) || (rest > 0 && b[i] < 0) ? rest + b[i] : rest;
  }
}

void ms_idiv_kernel(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = floor(a[i] / b[i]);
}

void ms_floor_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = floor(a[i]);
}

void ms_ceil_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = ceil(a[i]);
}

void ms_round_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = nearbyint(a[i]);
}

void ms_trunc_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = trunc(a[i]);
}
