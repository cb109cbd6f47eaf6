/*
** Eigenvalues of small symmetric matrices by Jacobi rotations. Of a positive definite
** matrix D C D, D diagonal, it finds even the smallest eigenvalues to a relative accuracy
** of about eps times the condition number of C, however unequal D (Demmel and Veselic,
** SIAM J. Matrix Anal. Appl. 13, 1992, doi:10.1137/0613074); LAPACK's tridiagonal methods
** find them to eps times the largest.
*/
#ifndef MS_LINALG_JACOBI_H
#define MS_LINALG_JACOBI_H

#include <stddef.h>

/*
** vectors[n, n] = orthonormal eigenvectors of a[n, n], one a row; values[n] ascend.
** 'work' holds n * n numbers. Time n^3 times a handful of sweeps. 'a' must be finite.
*/
void ms_eigen_jacobi(size_t n, const double *a, double *vectors, double *values,
                     double *work);

#endif
