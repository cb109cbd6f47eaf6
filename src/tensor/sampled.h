/*
** Functions known at points: differences, integrals and values in between, and the search
** for a place among ordered numbers. 'out' is closed and stays so on failure.
*/
#ifndef MS_TENSOR_SAMPLED_H
#define MS_TENSOR_SAMPLED_H

#include "tensor/tensor.h"

/*
** Neighbours along 'axis' subtracted, x[i + 1] - x[i], 'order' times; the axis becomes
** shorter by 'order', down to nothing.
*/
ms_status ms_tensor_diff(const ms_tensor *a, int axis, size_t order, ms_tensor *out);

/*
** The integral along 'axis', which disappears, of what is linear between the elements:
** sum of (x[i + 1] - x[i]) (a[i] + a[i + 1]) / 2. The points x are one axis as long as
** 'axis', in any order, or a tensor without axes: their distance. Fewer than two points
** give 0.
*/
ms_status ms_tensor_trapezoid(const ms_tensor *a, int axis, const ms_tensor *x,
                              ms_tensor *out);

/*
** *out, of the shape of 'values' = the position, from 1, at which each would stand among
** the ordered numbers x (one axis, ascending, else MS_EARG): before those equal to it, or
** with 'after' behind them. NaN is the largest of numbers, as in sorting.
*/
ms_status ms_tensor_search(const ms_tensor *x, const ms_tensor *values, int after,
                           ms_tensor *out);

/*
** *out, of the shape of 'at' = the function through the points (x, y) and linear between
** them; before the first point *below, behind the last *above, or where these are NULL
** the value at that point; NaN at NaN. MS_EARG unless x and y have one axis of the same
** extent, at least 1, and the x are finite and ascend without repetition.
*/
ms_status ms_tensor_interpolate(const ms_tensor *at, const ms_tensor *x,
                                const ms_tensor *y, const double *below,
                                const double *above, ms_tensor *out);

#endif
