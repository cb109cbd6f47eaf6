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

/* The weights of a strip of columns stay in a first-level cache while its rows pass. */
enum { STRIP = 64, ROWS = 8 };

/* d = sum over k of w[column, k] * (row k) in one strip, at most ROWS rows at a time. */
static void combine_strip(const ms_part *part, size_t start, size_t width, size_t rows,
                          size_t n, const double *G, const double *w, double *d) {
  double weight[ROWS][STRIP];
  for (size_t first = 0; first < rows; first += ROWS) {
    size_t some = rows - first < ROWS ? rows - first : ROWS;
    for (size_t k = 0; k < some; k++)
      for (size_t c = 0; c < width; c++)
        weight[k][c] = w[(part->block + start + c) * rows + first + k];
    for (size_t r = 0; r < part->rows; r++) {
      size_t at = part->offset + r * part->cols + start;
      double *restrict out = d + at;
      for (size_t c = 0; first == 0 && c < width; c++) out[c] = 0;
      for (size_t k = 0; k < some; k++) {
        const double *restrict row = G + (first + k) * n + at;
        for (size_t c = 0; c < width; c++) out[c] += weight[k][c] * row[c];
      }
    }
  }
}

void ms_parts_combine(size_t count, const ms_part *parts, size_t rows, size_t n,
                      const double *G, const double *w, double *d) {
  for (size_t p = 0; p < count; p++) {
    const ms_part *part = parts + p;
    if (!part->columns)
      ms_gradients_combine(rows, part->rows * part->cols, n, G + part->offset,
                           w + part->block * rows, d + part->offset);
    for (size_t start = 0; part->columns && start < part->cols; start += STRIP)
      combine_strip(part, start,
                    part->cols - start < STRIP ? part->cols - start : STRIP, rows, n, G,
                    w, d);
  }
}
