/*
** Linear systems of tensors, through LAPACK. A right-hand side b is a vector [n] or a
** matrix [n, k] of several; the solution has the same number of axes. 'out' are closed
** tensors that stay closed on failure. MS_EARG for shapes that do not fit, MS_EDIVERGED
** for values that are not finite.
*/
#ifndef MS_LINALG_SYSTEMS_H
#define MS_LINALG_SYSTEMS_H

#include "tensor/tensor.h"

/*
** a x = b. MS_ESINGULAR if a pivot is zero or the reciprocal condition number is below
** the rounding error: no digit of the solution would be right.
*/
ms_status ms_tensor_solve(const ms_tensor *a, const ms_tensor *b, ms_tensor *out);

/*
** The same for symmetric positive definite 'a' (MS_ESINGULAR if not); reads its lower
** half.
*/
ms_status ms_tensor_solve_spd(const ms_tensor *a, const ms_tensor *b, ms_tensor *out);

/* The same for a triangular matrix (or its transpose); the other half is not read. */
ms_status ms_tensor_solve_triangular(const ms_tensor *a, const ms_tensor *b, int upper,
                                     int transpose, ms_tensor *out);

/* Is the cutoff below the rounding error, where divide and conquer keeps no singular
   values (see ms_fine_svd)? Negative stands for the larger extent times that. */
int ms_needs_fine(double cutoff);

/*
** The x of least norm among those that minimise |a x - b|. Singular values up to 'cutoff'
** times the largest count as zero, as for ms_rank and ms_pseudo_inverse (negative: the
** larger extent times the rounding error). *out = x, *rank = how many were not, *values =
** the singular values.
*/
ms_status ms_tensor_lstsq(const ms_tensor *a, const ms_tensor *b, double cutoff,
                          ms_tensor *out, size_t *rank, ms_tensor *values);

/*
** The inverse; MS_ESINGULAR as for ms_tensor_solve, or of a rough one only where a pivot
** is zero.
*/
ms_status ms_inverse(const ms_tensor *a, ms_tensor *out);
ms_status ms_rough_inverse(const ms_tensor *a, ms_tensor *out);

/*
** det a = value = sign * exp(log); a singular matrix has sign 0 and log -infinity. The
** value may overflow or vanish where the logarithm does not.
*/
typedef struct ms_det {
  double value, sign, log;
} ms_det;

ms_status ms_determinant(const ms_tensor *a, ms_det *out);

#endif
