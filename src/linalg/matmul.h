/* The matrix product of tensors. */
#ifndef MS_LINALG_MATMUL_H
#define MS_LINALG_MATMUL_H

#include "tensor/tensor.h"

/*
** *out (closed) = a b. Operands have one or two axes; a vector on the left is a row, on
** the right a column, and its axis is missing from the result. Views whose rows or
** columns are contiguous go to BLAS as they are. MS_EARG for other shapes.
*/
ms_status ms_tensor_matmul(const ms_tensor *a, const ms_tensor *b, ms_tensor *out);

#endif
