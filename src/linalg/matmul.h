/* The matrix product of tensors. */
#ifndef MS_LINALG_MATMUL_H
#define MS_LINALG_MATMUL_H

#include "tensor/tensor.h"

/*
** *out (closed) = a b, the products of the matrices in the last two axes; the axes before
** those broadcast. A vector on the left is a row, on the right a column, and its axis is
** missing from the result. Views whose rows or columns are contiguous go to BLAS as they
** are. MS_EARG for shapes that do not fit.
*/
ms_status ms_tensor_matmul(const ms_tensor *a, const ms_tensor *b, ms_tensor *out);

/* The shape of the product; the same failures. */
ms_status ms_matmul_shape(const ms_tensor *a, const ms_tensor *b, int *dims,
                          size_t shape[MS_MAX_DIMS]);

#endif
