/*
** Private to this folder: what every function of a matrix does first. LAPACK counts in
** columns, a tensor lies in rows, so a contiguous matrix is to LAPACK its own transpose;
** the functions use that where they can instead of turning it round.
*/
#ifndef MS_LINALG_MATRIX_H
#define MS_LINALG_MATRIX_H

#include "linalg/lapack.h"
#include "tensor/tensor.h"

typedef struct ms_matrix {
  ms_tensor tensor; /* a contiguous copy, to be overwritten and released */
  lapack_int rows, columns;
} ms_matrix;

/*
** *out = a copy of the matrix 'a', in rows. MS_EARG unless it has two axes whose extents
** LAPACK can count, MS_EDIVERGED if not all of it is finite.
*/
ms_status ms_matrix_read(const ms_tensor *a, ms_matrix *out);

/* The same in columns: the tensor's axes are [columns, rows]. */
ms_status ms_matrix_read_columns(const ms_tensor *a, ms_matrix *out);

/* The same, and MS_EARG unless it is square. */
ms_status ms_matrix_read_square(const ms_tensor *a, ms_matrix *out);

/* Distance between the columns that LAPACK sees; it wants at least 1. */
lapack_int ms_leading(lapack_int extent);

/* *out (closed) = the transpose of 'of', a matrix, in memory of its own. */
ms_status ms_matrix_turn(const ms_tensor *of, ms_tensor *out);

/* *out (closed) = the first 'count' rows (axis 0) or columns (axis 1), copied. */
ms_status ms_matrix_first(const ms_tensor *of, int axis, size_t count, ms_tensor *out);

/* Release the 'count' tensors of a function that failed. */
void ms_matrix_drop(int count, ms_tensor *tensors);

#endif
