#include "conflict/overlap.h"

#include <math.h>
#include <string.h>

/* As in gram.c: chunks that stay in a first-level cache, sums that fill registers. */
enum { BLOCK = 512, LANES = 16 };

static void products(size_t n, const double *restrict a, const double *restrict b,
                     double *gram, double *magnitude) {
  double plain[LANES] = {0}, absolute[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t j = 0; j < LANES; j++) {
      double product = a[i + j] * b[i + j];
      plain[j] += product;
      absolute[j] += fabs(product);
    }
  }
  for (size_t j = 0; i + j < n; j++) {
    double product = a[i + j] * b[i + j];
    plain[j] += product;
    absolute[j] += fabs(product);
  }
  for (size_t width = LANES / 2; width > 0; width /= 2) {
    for (size_t j = 0; j < width; j++) {
      plain[j] += plain[j + width];
      absolute[j] += absolute[j + width];
    }
  }
  *gram += plain[0];
  *magnitude += absolute[0];
}

static void mirror(size_t rows, double *matrix) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < i; j++) matrix[j * rows + i] = matrix[i * rows + j];
}

void ms_gradients_overlap(size_t rows, size_t n, const double *G, double *gram,
                          double *magnitude) {
  memset(gram, 0, rows * rows * sizeof *gram);
  memset(magnitude, 0, rows * rows * sizeof *magnitude);
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t length = n - start < BLOCK ? n - start : BLOCK;
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j <= i; j++)
        products(length, G + i * n + start, G + j * n + start, gram + i * rows + j,
                 magnitude + i * rows + j);
  }
  mirror(rows, gram);
  mirror(rows, magnitude);
}

void ms_gradients_blocks(size_t rows, size_t n, const double *G, const size_t *block,
                         size_t blocks, double *gram) {
  memset(gram, 0, blocks * rows * rows * sizeof *gram);
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j <= i; j++) {
      const double *a = G + i * n, *b = G + j * n;
      double *entry = gram + i * rows + j;
      for (size_t p = 0; p < n; p++)
        if (block[p] < blocks) entry[block[p] * rows * rows] += a[p] * b[p];
    }
  }
  for (size_t k = 0; k < blocks; k++) mirror(rows, gram + k * rows * rows);
}
