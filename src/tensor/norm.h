/*
** Inner products, norms of the elements as one vector, logarithms of sums of
** exponentials, and variance.
*/
#ifndef MS_TENSOR_NORM_H
#define MS_TENSOR_NORM_H

#include "tensor/lanes.h"

/* Sum of a[i] * b[i] over tensors of one shape; MS_EARG if the shapes differ. */
ms_status ms_tensor_dot(const ms_tensor *a, const ms_tensor *b, double *out);

/* Euclidean norm of all elements, right also where the squares overflow or vanish. */
double ms_tensor_norm(const ms_tensor *a);

/*
** (sum |x|^p)^(1/p) for p > 0, without overflow where the result has none; p = infinity:
** the largest magnitude; p = 0: how many are not 0. NaN where an element is. No
** elements: 0.
*/
double ms_tensor_norm_p(const ms_tensor *a, double p);

/* The norm of each lane: arg is the p, a double. */
void ms_norm_lane(const void *p, size_t n, const double *x, double *result,
                  double *scratch);

/*
** log(exp(x) + ...) of all elements, the largest taken out first, so that nothing
** overflows: infinite where the largest element is, NaN where one is; -infinity of none.
*/
double ms_tensor_logsumexp(const ms_tensor *a);
void ms_logsumexp_lane(const void *none, size_t n, const double *x, double *result,
                       double *scratch);

/*
** Sum of (x - mean)^2 over n - correction: 0 is the variance of the elements themselves,
** 1 the estimate from a sample. Two passes, so a large mean costs no digits. n <=
** correction gives NaN.
*/
void ms_variance_lane(const void *correction, size_t n, const double *x, double *result,
                      double *scratch);

/* Its square root. */
void ms_deviation_lane(const void *correction, size_t n, const double *x, double *result,
                       double *scratch);

#endif
