/* Reductions of all elements, or of the lanes along one axis. */
#ifndef MS_TENSOR_REDUCE_H
#define MS_TENSOR_REDUCE_H

#include "tensor/tensor.h"

/*
** A reduction combines elements two by two. Pieces of 1024 are combined as a balanced
** tree, so the rounding error of a sum grows with the logarithm of the count, and the
** same elements give the same bits whatever their strides.
*/
typedef struct ms_reduction {
  const char *name;
  int needs_elements; /* nothing to say about none */
  double none;        /* the result of no elements */
  double (*piece)(size_t n, const double *x);
  double (*combine)(double left, double right);
  double (*finish)(double total, size_t count); /* NULL: the total is the result */
} ms_reduction;

/* min and max are NaN where an element is. */
extern const ms_reduction ms_reduction_sum, ms_reduction_mean, ms_reduction_min,
  ms_reduction_max;

/* *out = the reduction of all elements. MS_EARG if there are none and it needs some. */
ms_status ms_tensor_reduce(const ms_reduction *reduction, const ms_tensor *a,
                           double *out);

/* *out (closed) = the reduction along 'axis', which disappears. */
ms_status ms_tensor_reduce_axis(const ms_reduction *reduction, const ms_tensor *a,
                                int axis, ms_tensor *out);

/* Sum of a[i] * b[i] over tensors of one shape; MS_EARG if the shapes differ. */
ms_status ms_tensor_dot(const ms_tensor *a, const ms_tensor *b, double *out);

/* Euclidean norm of all elements, right also where the squares overflow or vanish. */
double ms_tensor_norm(const ms_tensor *a);

#endif
