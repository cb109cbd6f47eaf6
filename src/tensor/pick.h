/*
** Elements picked by a mask or by positions. A mask is true where it is not 0, and has no
** NaN (MS_EARG); its shape is that of the first axes of the tensor it picks from, all of
** them or fewer. Positions are elements of a tensor and count from 1, or from the end
** with negative numbers.
*/
#ifndef MS_TENSOR_PICK_H
#define MS_TENSOR_PICK_H

#include "tensor/tensor.h"

/*
** *out (closed) = what the mask picks, in row-major order: [how many, axes that the mask
** does not have ...].
*/
ms_status ms_tensor_pick(const ms_tensor *a, const ms_tensor *mask, ms_tensor *out);

/*
** What the mask picks of 'a' = values, one number or what broadcasts to that shape; they
** may lie in 'a'. MS_EARG for an 'a' that holds an element twice, also from
** ms_tensor_put.
*/
ms_status ms_tensor_pick_set(const ms_tensor *values, const ms_tensor *mask,
                             ms_tensor *a);

/* *out (closed) = positions of the elements that are not 0: [how many, dims]. */
ms_status ms_tensor_nonzero(const ms_tensor *a, ms_tensor *out);

/*
** *out (closed) = the given positions (one axis) of 'axis', in that order. MS_EARG names
** a position that there is not.
*/
ms_status ms_tensor_take(const ms_tensor *a, int axis, const ms_tensor *positions,
                         ms_tensor *out);

/*
** The given positions of 'axis' of 'a' = values (or, with 'add', += values), which
** broadcast. Positions are served in order, so that of equal ones the last stays.
*/
ms_status ms_tensor_put(const ms_tensor *values, int axis, const ms_tensor *positions,
                        int add, ms_tensor *a);

/*
** *out (closed) = a[..., positions[i, j, k], ...] along 'axis': 'positions' has the shape
** of 'a' except along 'axis'.
*/
ms_status ms_tensor_gather(const ms_tensor *a, int axis, const ms_tensor *positions,
                           ms_tensor *out);

#endif
