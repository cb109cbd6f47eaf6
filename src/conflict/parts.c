#include "conflict/parts.h"

#include "linalg/gram.h"

#include <string.h>

size_t ms_parts_blocks(size_t count, const ms_part *parts) {
  size_t blocks = 0;
  for (size_t i = 0; i < count; i++) {
    size_t end = parts[i].block + (parts[i].columns ? parts[i].cols : 1);
    if (end > blocks) blocks = end;
  }
  for (size_t b = 0; b < blocks; b++) {
    size_t i = 0;
    while (i < count
           && (b < parts[i].block
               || b >= parts[i].block + (parts[i].columns ? parts[i].cols : 1)))
      i++;
    if (i == count) return 0;
  }
  return blocks;
}

/* gram[pair, column] += products within a column, row after row of the part. */
static void gram_columns(const ms_part *part, size_t blocks, size_t rows, size_t n,
                         const double *G, double *gram) {
  for (size_t r = 0; r < part->rows; r++) {
    const double *line = G + part->offset + r * part->cols;
    double *sum = gram + part->block;
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j <= i; j++, sum += blocks) {
        const double *a = line + i * n, *b = line + j * n;
        for (size_t c = 0; c < part->cols; c++) sum[c] += a[c] * b[c];
      }
    }
  }
}

void ms_parts_gram(size_t count, const ms_part *parts, size_t blocks, size_t rows,
                   size_t n, const double *G, double *gram, double *room) {
  memset(gram, 0, rows * (rows + 1) / 2 * blocks * sizeof *gram);
  for (size_t p = 0; p < count; p++) {
    const ms_part *part = parts + p;
    double *sum = gram + part->block;
    if (part->columns) {
      gram_columns(part, blocks, rows, n, G, gram);
      continue;
    }
    ms_gradients_gram(rows, part->rows * part->cols, n, G + part->offset, room);
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j <= i; j++, sum += blocks) *sum += room[i * rows + j];
  }
}

static void combine_columns(const ms_part *part, size_t rows, size_t n, const double *G,
                            const double *w, double *d) {
  for (size_t r = 0; r < part->rows; r++) {
    const double *line = G + part->offset + r * part->cols;
    double *out = d + part->offset + r * part->cols;
    for (size_t c = 0; c < part->cols; c++) {
      const double *weight = w + (part->block + c) * rows;
      double sum = 0;
      for (size_t k = 0; k < rows; k++)
        if (weight[k] != 0) sum += weight[k] * line[k * n + c];
      out[c] = sum;
    }
  }
}

void ms_parts_combine(size_t count, const ms_part *parts, size_t rows, size_t n,
                      const double *G, const double *w, double *d) {
  for (size_t p = 0; p < count; p++) {
    const ms_part *part = parts + p;
    if (part->columns)
      combine_columns(part, rows, n, G, w, d);
    else
      ms_gradients_combine(rows, part->rows * part->cols, n, G + part->offset,
                           w + part->block * rows, d + part->offset);
  }
}
