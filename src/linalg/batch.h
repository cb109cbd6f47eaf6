/*
** Linear algebra over leading axes: functions of matrices applied to every matrix that
** the last two axes of a tensor hold.
*/
#ifndef MS_LINALG_BATCH_H
#define MS_LINALG_BATCH_H

#include "tensor/tensor.h"

enum { MS_BATCH_MOST = 4 }; /* operands or results */

typedef struct ms_batch {
  /* Of single matrices (or vectors); 'out' are closed and stay so on failure. */
  ms_status (*run)(const void *arg, const ms_tensor *in, ms_tensor *out);
  const void *arg;
  int operands, results;
} ms_batch;

/* The leading axes that those of the operands broadcast to; MS_EARG if they do not. */
ms_status ms_batch_axes(int operands, const ms_tensor *const *in, int *dims,
                        size_t shape[MS_MAX_DIMS]);

/* Where the index-th matrix begins, in elements after the first. */
ptrdiff_t ms_batch_offset(const ms_tensor *of, int dims, const size_t *shape,
                          size_t index);

/*
** *out (closed) = the results of every matrix one behind the other, with the leading axes
** of the operands, which broadcast, in front of their own. An operand of one axis is one
** vector for all. Where no operand has more than two axes this is 'run'. A failure names
** the matrix. Where there is none the results are empty, at no cost; the extents of a
** result must be extents of operands or products of these.
*/
ms_status ms_batch_run(const ms_batch *batch, const ms_tensor *const *in, ms_tensor *out);

#endif
