#include "linalg/gemm.h"

#include "linalg/blas_info.h"

#include <cblas.h>
#include <limits.h>

static int fits(size_t extent) {
  return extent > 0 && extent <= INT_MAX;
}

/* Also the way for k = 0, where BLAS would reject leading dimensions of 0. */
static void plain_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                       double alpha, const double *a, size_t lda, const double *b,
                       size_t ldb, double beta, double *c, size_t ldc) {
  size_t a_row = transpose_a ? 1 : lda, a_column = transpose_a ? lda : 1;
  size_t b_row = transpose_b ? 1 : ldb, b_column = transpose_b ? ldb : 1;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = 0, *to = &c[i * ldc + j];
      for (size_t l = 0; l < k; l++)
        sum += a[i * a_row + l * a_column] * b[l * b_row + j * b_column];
      *to = beta == 0 ? alpha * sum : alpha * sum + beta * *to;
    }
}

/* One product that BLAS's integers can hold. */
typedef struct product {
  CBLAS_TRANSPOSE transpose_a, transpose_b;
  size_t lda, ldb, ldc;
  double alpha;
} product;

static void call(const product *p, size_t m, size_t n, size_t k, const double *a,
                 const double *b, double beta, double *c) {
  cblas_dgemm(CblasRowMajor, p->transpose_a, p->transpose_b, (int)m, (int)n, (int)k,
              p->alpha, a, (int)p->lda, b, (int)p->ldb, beta, c, (int)p->ldc);
}

/*
** OpenBLAS's AVX-512 cores take products of at most 10^6 multiply-adds on a path that
** packs nothing: 84 GFLOP/s against 65 at 128 x 128 (one core, 0.3.21). The most units of
** 'cost' multiply-adds each that stay on it, a multiple of 8; 'extent' itself where
** cutting cannot help.
*/
static size_t piece(size_t extent, size_t cost) {
  enum { SMALL = 1000000, LEAST = 16 };
  size_t most = SMALL / cost / 8 * 8, pieces, even;
  if (most < LEAST || extent <= most || !ms_blas_has_small_path()) return extent;
  pieces = (extent + most - 1) / most;
  even = ((extent + pieces - 1) / pieces + 7) / 8 * 8;
  return even < most ? even : most;
}

void ms_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, double alpha,
             const double *a, size_t lda, const double *b, size_t ldb, double beta,
             double *c, size_t ldc) {
  product p = {transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans,
               lda,
               ldb,
               ldc,
               alpha};
  size_t step;
  if (m == 0 || n == 0) return;
  if (!fits(m) || !fits(n) || !fits(k) || !fits(lda) || !fits(ldb) || !fits(ldc)) {
    plain_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  } else if (transpose_a) { /* tall factors: pieces of the sum */
    step = piece(k, m * n);
    for (size_t first = 0; first < k; first += step)
      call(&p, m, n, k - first < step ? k - first : step, a + first * lda,
           transpose_b ? b + first : b + first * ldb, first == 0 ? beta : 1.0, c);
  } else { /* pieces of the rows */
    step = piece(m, n * k);
    for (size_t first = 0; first < m; first += step)
      call(&p, m - first < step ? m - first : step, n, k, a + first * lda, b, beta,
           c + first * ldc);
  }
}

void ms_blas_product(size_t n, const double *a, const double *b, double *c) {
  product p = {CblasNoTrans, CblasNoTrans, n, n, n, 1};
  if (fits(n)) call(&p, n, n, n, a, b, 0, c);
}
