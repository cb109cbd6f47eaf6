/*
** Views: the same elements under another shape. None of these copies an element, except
** ms_tensor_reshape where the strides leave no other way. 'out' is a closed handle, axes
** and positions count from 0.
*/
#ifndef MS_TENSOR_VIEW_H
#define MS_TENSOR_VIEW_H

#include "tensor/tensor.h"

/* Positions first .. first + count - 1 of 'axis'. */
ms_status ms_tensor_narrow(const ms_tensor *of, int axis, size_t first, size_t count,
                           ms_tensor *out);

/*
** Positions first, first + step, ... of 'axis', 'count' of them; 'step' may be negative.
*/
ms_status ms_tensor_slice(const ms_tensor *of, int axis, size_t first, size_t count,
                          ptrdiff_t step, ms_tensor *out);

/* Position 'index' of 'axis', which disappears. */
ms_status ms_tensor_select(const ms_tensor *of, int axis, size_t index, ms_tensor *out);

/* Axes 'a' and 'b' swapped. */
ms_status ms_tensor_transpose(const ms_tensor *of, int a, int b, ms_tensor *out);

/* The axes in another order: axis i of 'out' is axis order[i] of 'of'. */
ms_status ms_tensor_permute(const ms_tensor *of, const int *order, ms_tensor *out);

/* An axis of extent 1 in front of 'axis' (or behind the last one). */
ms_status ms_tensor_insert_axis(const ms_tensor *of, int axis, ms_tensor *out);

/*
** Elements (i, i + offset) of a matrix, as one axis. MS_EARG if the diagonal lies
** outside.
*/
ms_status ms_tensor_diagonal(const ms_tensor *of, ptrdiff_t offset, ms_tensor *out);

/* Repeat axes of extent 1 (and missing leading axes) to the shape, with stride 0. */
ms_status ms_tensor_broadcast(const ms_tensor *of, int dims, const size_t *shape,
                              ms_tensor *out);

/*
** The part-th of 'count' tensors of one axis, whose extents make up a grid: constant
** along all axes of the grid but its own. MS_EARG for more axes than there may be.
*/
ms_status ms_tensor_meshgrid(size_t count, const ms_tensor *const *parts, size_t part,
                             ms_tensor *out);

/*
** The shape that 'a' and 'b' broadcast to: axes are matched from the last one, and two
** extents fit when they are equal or one of them is 1.
*/
ms_status ms_broadcast_shape(const ms_tensor *a, const ms_tensor *b, int *dims,
                             size_t shape[MS_MAX_DIMS]);
ms_status ms_broadcast_shape3(const ms_tensor *a, const ms_tensor *b, const ms_tensor *c,
                              int *dims, size_t shape[MS_MAX_DIMS]);

/*
** The same elements in row-major order under another shape of equal count.
** ms_tensor_reshape_view sets '*out' and returns 1 if strides can express it, else 0.
** ms_tensor_reshape falls back on a copy; MS_EARG if the counts differ.
*/
int ms_tensor_reshape_view(const ms_tensor *of, int dims, const size_t *shape,
                           ms_tensor *out);
ms_status ms_tensor_reshape(const ms_tensor *of, int dims, const size_t *shape,
                            ms_tensor *out);

#endif
