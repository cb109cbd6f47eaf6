#include "linalg/gram.h"

#include <string.h>

/*
** A block of four rows fills 16 KiB, half of a first-level cache. 32 partial sums keep
** the adders of any SIMD width busy, and the compiler may vectorise them as written.
*/
enum { BLOCK = 512, LANES = 32 };

static double dot(size_t n, const double *restrict a, const double *restrict b) {
  double lane[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++) lane[j] += a[i + j] * b[i + j];
  for (size_t j = 0; i + j < n; j++) lane[j] += a[i + j] * b[i + j];
  for (size_t width = LANES / 2; width > 0; width /= 2)
    for (size_t j = 0; j < width; j++) lane[j] += lane[j + width];
  return lane[0];
}

void ms_gradients_gram(size_t rows, size_t n, size_t stride, const double *G,
                       double *gram) {
  memset(gram, 0, rows * rows * sizeof *gram);
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t length = n - start < BLOCK ? n - start : BLOCK;
    const double *block = G + start;
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j <= i; j++)
        gram[i * rows + j] += dot(length, block + i * stride, block + j * stride);
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < i; j++) gram[j * rows + i] = gram[i * rows + j];
}

double ms_gradients_dot(size_t n, const double *a, const double *b) {
  double sum = 0;
  for (size_t start = 0; start < n; start += BLOCK)
    sum += dot(n - start < BLOCK ? n - start : BLOCK, a + start, b + start);
  return sum;
}

void ms_gradients_combine(size_t rows, size_t n, size_t stride, const double *G,
                          const double *w, double *d) {
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t length = n - start < BLOCK ? n - start : BLOCK;
    double *restrict out = d + start;
    memset(out, 0, length * sizeof *out);
    for (size_t k = 0; k < rows; k++) {
      const double *restrict row = G + k * stride + start;
      double weight = w[k];
      if (weight == 0) continue;
      for (size_t i = 0; i < length; i++) out[i] += weight * row[i];
    }
  }
}
