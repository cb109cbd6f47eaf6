/*
** Decompositions of a matrix, through LAPACK (Anderson et al., LAPACK Users' Guide, 3rd
** edition, SIAM 1999). 'out' is an array of closed tensors; they stay closed on failure.
** MS_EARG for what is no matrix, or not square where it must be; MS_EDIVERGED for values
** that are not finite and for iterations that do not converge.
*/
#ifndef MS_LINALG_DECOMPOSE_H
#define MS_LINALG_DECOMPOSE_H

#include "tensor/tensor.h"

/*
** a[p] = L U for an m x n matrix, k = min(m, n): L [m, k] unit lower, U [k, n] upper, and
** the row numbers p [m], from 1. A singular matrix has factors too.
*/
ms_status ms_lu(const ms_tensor *a, ms_tensor out[3]);

/*
** a = L L' with L lower. Only the lower triangle is read. MS_ESINGULAR if 'a' is not
** positive definite.
*/
ms_status ms_cholesky(const ms_tensor *a, ms_tensor out[1]);

/* a = Q R: Q [m, k] orthonormal columns, R [k, n] upper. */
ms_status ms_qr(const ms_tensor *a, ms_tensor out[2]);

/* a = U diag(s) V': U [m, k], s [k] descending, V [n, k]. */
ms_status ms_svd(const ms_tensor *a, ms_tensor out[3]);

/* The same, slower, with singular values that may be below the rounding error relative to
   the largest, as those of ms_singular_values may. */
ms_status ms_fine_svd(const ms_tensor *a, ms_tensor out[3]);
ms_status ms_singular_values(const ms_tensor *a, ms_tensor out[1]);

/*
** Symmetric 'a' = V diag(w) V': w [n] ascending, V [n, n]. Only the lower triangle is
** read.
*/
ms_status ms_eigh(const ms_tensor *a, ms_tensor out[2]);
ms_status ms_eigvalsh(const ms_tensor *a, ms_tensor out[1]);

/*
** a v = w v: real and imaginary parts of w [n], and of the vectors, in columns [n, n], of
** length 1 each.
*/
ms_status ms_eig(const ms_tensor *a, ms_tensor out[4]);
ms_status ms_eigvals(const ms_tensor *a, ms_tensor out[2]);

#endif
