#include "tensor/norm.h"

#include "base/vmath.h"
#include "tensor/fold.h"
#include "tensor/reduce.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

static double dot_piece(const ms_fold *fold, size_t n, double *const *at) {
  double part[8] = {0}, total = 0;
  const double *x = at[0], *y = at[1];
  size_t i = 0;
  (void)fold;
  for (; i + 8 <= n; i += 8)
    for (size_t k = 0; k < 8; k++) part[k] += x[i + k] * y[i + k];
  for (; i < n; i++) total += x[i] * y[i];
  for (size_t k = 0; k < 8; k++) total += part[k];
  return total;
}

ms_status ms_tensor_dot(const ms_tensor *a, const ms_tensor *b, double *out) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  ms_fold fold = {.operands = 2,
                  .tensors = {a, b},
                  .piece = dot_piece,
                  .combine = ms_sum_combine};
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_CHECK(ms_tensor_same_shape(a, b), MS_EARG, "shapes %s and %s differ",
           ms_shape_text(a->dims, a->shape, left),
           ms_shape_text(b->dims, b->shape, right));
  *out = ms_fold_all(&fold);
out:
  return status;
}

/* {=== norms === */

static double greatest(double a, double b) {
  return b > a || isnan(b) ? b : a;
}

static double magnitude_piece(const ms_fold *fold, size_t n, double *const *at) {
  double size[MS_WALK_PIECE];
  (void)fold;
  for (size_t i = 0; i < n; i++) size[i] = fabs(at[0][i]);
  return ms_fold_array(n, size, 0, greatest);
}

static double largest_magnitude(const ms_tensor *a) {
  ms_fold fold = {.operands = 1,
                  .tensors = {a},
                  .piece = magnitude_piece,
                  .combine = greatest};
  return ms_fold_all(&fold);
}

/* Sum of (number * x)^2. */
static double square_piece(const ms_fold *fold, size_t n, double *const *at) {
  double square[MS_WALK_PIECE];
  for (size_t i = 0; i < n; i++) {
    double x = at[0][i] * fold->number;
    square[i] = x * x;
  }
  return ms_sum_piece(n, square);
}

/* Sum of |x / number|^power. */
static double power_piece(const ms_fold *fold, size_t n, double *const *at) {
  double size[MS_WALK_PIECE], power[MS_WALK_PIECE];
  for (size_t i = 0; i < n; i++) {
    size[i] = fabs(at[0][i]) / fold->number;
    power[i] = fold->power;
  }
  if (fold->power != 1) ms_vpow(n, size, power, size);
  return ms_sum_piece(n, size);
}

static double count_piece(const ms_fold *fold, size_t n, double *const *at) {
  double one[MS_WALK_PIECE];
  (void)fold;
  for (size_t i = 0; i < n; i++) one[i] = isnan(at[0][i]) ? at[0][i] : at[0][i] != 0;
  return ms_sum_piece(n, one);
}

static double sum_of(const ms_tensor *a,
                     double (*piece)(const ms_fold *, size_t, double *const *),
                     double number, double power) {
  ms_fold fold = {.operands = 1,
                  .tensors = {a},
                  .piece = piece,
                  .combine = ms_sum_combine,
                  .number = number,
                  .power = power};
  return ms_fold_all(&fold);
}

/*
** The power of two that brings numbers up to 'most' below 1; its inverse is finite too.
*/
static int exponent_of(double most) {
  int exponent;
  frexp(most, &exponent);
  return exponent < -1000 ? -1000 : exponent;
}

/* Where squares have lost digits or overflowed, elements are scaled by a power of two. */
double ms_tensor_norm(const ms_tensor *a) {
  double sum = sum_of(a, square_piece, 1, 2), most;
  int exponent;
  if (sum > DBL_MIN / DBL_EPSILON && sum <= DBL_MAX) return sqrt(sum);
  most = largest_magnitude(a);
  if (most == 0 || !isfinite(most)) return most;
  exponent = exponent_of(most);
  return ldexp(sqrt(sum_of(a, square_piece, ldexp(1, -exponent), 2)), exponent);
}

double ms_tensor_norm_p(const ms_tensor *a, double p) {
  double most;
  if (p == 2) return ms_tensor_norm(a);
  if (p == 0) return sum_of(a, count_piece, 0, 0);
  if (p == 1) return sum_of(a, power_piece, 1, 1);
  most = largest_magnitude(a);
  if (p == INFINITY || most == 0 || !isfinite(most)) return most;
  return most * pow(sum_of(a, power_piece, most, p), 1 / p);
}

void ms_norm_lane(const void *p, size_t n, const double *x, double *result,
                  double *scratch) {
  ms_tensor lane;
  (void)scratch;
  ms_tensor_borrow((double *)(uintptr_t)x, 1, &n, &lane);
  *result = ms_tensor_norm_p(&lane, *(const double *)p);
}

/* }=== */

/* {=== the logarithm of a sum of exponentials === */

/* Sum of exp(x - number). */
static double exponential_piece(const ms_fold *fold, size_t n, double *const *at) {
  double part[MS_WALK_PIECE];
  for (size_t i = 0; i < n; i++) part[i] = at[0][i] - fold->number;
  ms_vexp(n, part, part);
  return ms_sum_piece(n, part);
}

double ms_tensor_logsumexp(const ms_tensor *a) {
  double most = -INFINITY;
  if (ms_tensor_count(a) == 0) return most;
  if (ms_tensor_reduce(&ms_reduction_max, a, &most) != MS_OK || !isfinite(most))
    return most;
  return most + log(sum_of(a, exponential_piece, most, 0));
}

void ms_logsumexp_lane(const void *none, size_t n, const double *x, double *result,
                       double *scratch) {
  ms_tensor lane;
  (void)none;
  (void)scratch;
  ms_tensor_borrow((double *)(uintptr_t)x, 1, &n, &lane);
  *result = ms_tensor_logsumexp(&lane);
}

/* }=== */

/* Sum of (x - number)^2. */
static double deviation_piece(const ms_fold *fold, size_t n, double *const *at) {
  double square[MS_WALK_PIECE];
  for (size_t i = 0; i < n; i++) {
    double x = at[0][i] - fold->number;
    square[i] = x * x;
  }
  return ms_sum_piece(n, square);
}

void ms_variance_lane(const void *correction, size_t n, const double *x, double *result,
                      double *scratch) {
  double mean, free = (double)n - *(const double *)correction;
  ms_tensor lane;
  (void)scratch;
  ms_tensor_borrow((double *)(uintptr_t)x, 1, &n, &lane);
  *result = NAN;
  if (free > 0 && ms_tensor_reduce(&ms_reduction_mean, &lane, &mean) == MS_OK)
    *result = sum_of(&lane, deviation_piece, mean, 0) / free;
}

void ms_deviation_lane(const void *correction, size_t n, const double *x, double *result,
                       double *scratch) {
  ms_variance_lane(correction, n, x, result, scratch);
  *result = sqrt(*result);
}
