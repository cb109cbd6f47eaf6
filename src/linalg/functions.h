/*
** Functions of one matrix. 'out' are closed tensors that stay closed on failure. MS_EARG
** for what is no matrix (or not square where it must be), MS_EDIVERGED for values that
** are not finite and iterations that do not converge.
*/
#ifndef MS_LINALG_FUNCTIONS_H
#define MS_LINALG_FUNCTIONS_H

#include "tensor/tensor.h"

typedef enum ms_norm_kind {
  MS_NORM_ONE,       /* the largest sum of magnitudes in a column */
  MS_NORM_INFINITY,  /* in a row */
  MS_NORM_TWO,       /* the largest singular value */
  MS_NORM_FROBENIUS, /* square root of the sum of squares */
  MS_NORM_NUCLEAR    /* sum of the singular values */
} ms_norm_kind;

ms_status ms_matrix_norm(const ms_tensor *a, ms_norm_kind kind, double *out);

/*
** |a| |a^-1| in the 1, infinity or 2 norm; in the 2 norm the ratio of the extreme
** singular values, for any shape. Infinity for a singular matrix.
*/
ms_status ms_condition(const ms_tensor *a, ms_norm_kind kind, double *out);

/*
** How many singular values are above 'cutoff' times the largest one; negative: the larger
** extent times the rounding error.
*/
ms_status ms_rank(const ms_tensor *a, double cutoff, size_t *out);

/* The Moore-Penrose inverse, with the same cutoff. */
ms_status ms_pseudo_inverse(const ms_tensor *a, double cutoff, ms_tensor *out);

/*
** exp(a), by scaling and squaring with the Pade approximant of degree 13 (Higham, SIAM J.
** Matrix Anal. Appl. 26 (2005), doi:10.1137/04061101X). MS_EDIVERGED if it overflows.
*/
ms_status ms_matrix_exp(const ms_tensor *a, ms_tensor *out);

/* Sum of the diagonal. */
ms_status ms_trace(const ms_tensor *a, double *out);

/*
** *out = every element of 'a' times all of 'b': [rows a * rows b, columns a * columns
** b].
*/
ms_status ms_kronecker(const ms_tensor *a, const ms_tensor *b, ms_tensor *out);

#endif
