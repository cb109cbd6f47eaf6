/*
** Symmetric matrices: eigenvalues and positive definite systems, through LAPACK (Anderson
** et al., LAPACK Users' Guide, 3rd edition, SIAM 1999). Arrays are row-major without
** gaps; only the lower triangle of a symmetric matrix is read. MS_EARG for extents beyond
** LAPACK's integers, MS_EDIVERGED for NaN in the input.
*/
#ifndef MS_LINALG_SYMMETRIC_H
#define MS_LINALG_SYMMETRIC_H

#include "base/status.h"

#include <stddef.h>

/*
** 'a' [n, n] is replaced by its orthonormal eigenvectors, one a row; values[n] ascend.
** MS_ESINGULAR if the iteration does not converge.
*/
ms_status ms_eigen_symmetric(size_t n, double *a, double *values);

/*
** b [n, nrhs] is replaced by the solution x of a x = b, 'a' [n, n] by its Cholesky
** factor. MS_ESINGULAR if 'a' is not positive definite.
*/
ms_status ms_solve_spd(size_t n, double *a, size_t nrhs, double *b);

#endif
