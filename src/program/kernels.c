/*
** Kernels of the strip machine's sums of products, one for each number of terms.
** Contraction to fused multiply-add is on for this file (see CMakeLists.txt): a product
** that feeds a sum is rounded once.
*/
#include "program/strip.h"

#include "base/vectorize.h"

/* The sum with counts that the compiler knows; 'out' may be an operand. */
static inline void sum(size_t linear, size_t products, size_t n, double *const *at,
                       const uint32_t *operand, const double *factor) {
  double *out = at[operand[0]], a[MS_SUM_LINEAR], b[MS_SUM_PRODUCTS], c = factor[0];
  const double *p[MS_SUM_LINEAR], *q[MS_SUM_PRODUCTS], *r[MS_SUM_PRODUCTS];
  for (size_t k = 0; k < linear; k++) {
    a[k] = factor[1 + k];
    p[k] = at[operand[1 + k]];
  }
  for (size_t k = 0; k < products; k++) {
    b[k] = factor[1 + linear + k];
    q[k] = at[operand[1 + linear + 2 * k]];
    r[k] = at[operand[2 + linear + 2 * k]];
  }
  VECTORIZE
  for (size_t i = 0; i < n; i++) {
    double total = c;
    for (size_t k = 0; k < linear; k++) total += a[k] * p[k][i];
    for (size_t k = 0; k < products; k++) total += b[k] * q[k][i] * r[k][i];
    out[i] = total;
  }
}

#define KERNEL(linear, products)                                                         \
  static void sum_##linear##_##products(size_t n, double *const *at,                     \
                                        const uint32_t *operand, const double *factor) { \
    sum(linear, products, n, at, operand, factor);                                       \
  }

#define KERNELS(linear)                                                                  \
  KERNEL(linear, 0)                                                                      \
  KERNEL(linear, 1)                                                                      \
  KERNEL(linear, 2)                                                                      \
  KERNEL(linear, 3)                                                                      \
  KERNEL(linear, 4)                                                                      \
  KERNEL(linear, 5)                                                                      \
  KERNEL(linear, 6)

#define NAMES(linear)                                                                    \
  {                                                                                      \
    sum_##linear##_0, sum_##linear##_1, sum_##linear##_2, sum_##linear##_3,              \
      sum_##linear##_4, sum_##linear##_5, sum_##linear##_6                               \
  }

KERNELS(0)
KERNELS(1)
KERNELS(2)
KERNELS(3)
KERNELS(4)

static ms_sum_kernel *const kernels[MS_SUM_LINEAR + 1][MS_SUM_PRODUCTS + 1] = {
  NAMES(0), NAMES(1), NAMES(2), NAMES(3), NAMES(4)};

ms_sum_kernel *ms_find_sum_kernel(size_t linear, size_t products) {
  return kernels[linear][products];
}
