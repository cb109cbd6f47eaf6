/* Reductions that combine elements two by two, of all elements or over a set of axes. */
#ifndef MS_TENSOR_REDUCE_H
#define MS_TENSOR_REDUCE_H

#include "tensor/lanes.h"

/*
** Pieces of 1024 elements are combined as a balanced tree, so the rounding error of a
** sum grows with the logarithm of the count, and the same elements give the same bits
** whatever their strides and however many threads share the work.
*/
typedef struct ms_reduction {
  const char *name;
  int needs_elements; /* nothing to say about none */
  double none;        /* the result of no elements */
  double (*piece)(size_t n, const double *x);
  double (*combine)(double left, double right);
  double (*finish)(double total, size_t count); /* NULL: the total is the result */
  /*
  ** 'piece' of neighbouring columns, to the same bits: row[i][c] is element i of column
  ** c. 'parts' has room for MS_REDUCE_PARTS numbers a column.
  */
  void (*columns)(size_t rows, const double *const *row, size_t columns, double *parts,
                  double *out);
} ms_reduction;

enum { MS_REDUCE_PARTS = 32 };

/*
** min and max are NaN where an element is; any and all are 1 or 0, and count everything
** that is not 0, NaN too, as true.
*/
extern const ms_reduction ms_reduction_sum, ms_reduction_mean, ms_reduction_prod,
  ms_reduction_min, ms_reduction_max, ms_reduction_any, ms_reduction_all;

/* *out = the reduction of all elements. MS_EARG if there are none and it needs some. */
ms_status ms_tensor_reduce(const ms_reduction *reduction, const ms_tensor *a,
                           double *out);

/*
** *out (closed) = the reduction over the axes of the set, which disappear or, with
** 'keep', have extent 1 afterwards.
*/
ms_status ms_tensor_reduce_axes(const ms_reduction *reduction, const ms_tensor *a,
                                ms_axes axes, int keep, ms_tensor *out);

#endif
