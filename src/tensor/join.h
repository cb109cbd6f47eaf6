/* Tensors put together, repeated, rolled, and cut to triangles. 'out' is closed. */
#ifndef MS_TENSOR_JOIN_H
#define MS_TENSOR_JOIN_H

#include "tensor/tensor.h"

/* One behind the other along 'axis'; their other extents agree, or MS_EARG. */
ms_status ms_tensor_concat(size_t count, const ms_tensor *const *parts, int axis,
                           ms_tensor *out);

/* Side by side along a new axis in front of 'axis'; all have one shape, or MS_EARG. */
ms_status ms_tensor_stack(size_t count, const ms_tensor *const *parts, int axis,
                          ms_tensor *out);

/*
** The tensor times[i] times along axis i; missing leading axes are added. 'dims' is at
** least of->dims.
*/
ms_status ms_tensor_tile(const ms_tensor *of, int dims, const size_t *times,
                         ms_tensor *out);

/* Every position of 'axis' 'times' times in a row. */
ms_status ms_tensor_repeat(const ms_tensor *of, int axis, size_t times, ms_tensor *out);

/* Position i goes to i + shift, what falls off the end comes in at the start. */
ms_status ms_tensor_roll(const ms_tensor *of, int axis, ptrdiff_t shift, ms_tensor *out);

/*
** Zero, in place, what lies below (lower: above) diagonal 'offset' of the matrices over
** the last two axes. MS_EARG with fewer axes, or for an element that is held twice.
*/
ms_status ms_tensor_keep_upper(ptrdiff_t offset, ms_tensor *tensor);
ms_status ms_tensor_keep_lower(ptrdiff_t offset, ms_tensor *tensor);

#endif
