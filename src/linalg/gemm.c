#include "linalg/gemm.h"

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

void ms_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, double alpha,
             const double *a, size_t lda, const double *b, size_t ldb, double beta,
             double *c, size_t ldc) {
  if (m == 0 || n == 0) return;
  if (!fits(m) || !fits(n) || !fits(k) || !fits(lda) || !fits(ldb) || !fits(ldc)) {
    plain_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
              transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a,
              (int)lda, b, (int)ldb, beta, c, (int)ldc);
}
