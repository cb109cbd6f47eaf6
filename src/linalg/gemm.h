/* Matrix products of row-major arrays through BLAS. */
#ifndef MS_LINALG_GEMM_H
#define MS_LINALG_GEMM_H

#include <stddef.h>

/*
** c = alpha * op(a) * op(b) + beta * c, where op(a) is [m, k], op(b) [k, n], c [m, n],
** and op transposes if its flag is set. 'lda', 'ldb' and 'ldc' are the distances between
** the rows of the arrays as stored. 'beta' 0 ignores what is in c, NaN included. Extents
** that BLAS's integers cannot hold are served by plain loops.
*/
void ms_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, double alpha,
             const double *a, size_t lda, const double *b, size_t ldb, double beta,
             double *c, size_t ldc);

/* c = a b of [n, n] arrays without gaps, in one call of BLAS: what ms_gemm is held to. */
void ms_blas_product(size_t n, const double *a, const double *b, double *c);

#endif
