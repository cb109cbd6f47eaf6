/*
** A partition of the parameters into blocks that a conflict method treats one by one,
** each with a Gram matrix and weights of its own: the whole model, a layer, or a neuron.
**
** It is a list of parts, which cover all parameters in order. A part is a matrix [rows,
** cols]; it belongs to one block, or column by column to 'cols' blocks that follow each
** other (weights [in, out] and bias [1, out] of a layer whose blocks are its neurons).
*/
#ifndef MS_CONFLICT_PARTS_H
#define MS_CONFLICT_PARTS_H

#include <stddef.h>

typedef struct ms_part {
  size_t offset, rows, cols;
  size_t block; /* the block, or that of the first column */
  int columns;  /* every column belongs to a block of its own */
} ms_part;

/* The number of blocks; 0 if some block below the last has no parameters. */
size_t ms_parts_blocks(size_t count, const ms_part *parts);

/*
** gram[pairs, blocks]: products of row i and row j <= i of G[rows, n] in every block, the
** pair (i, j) at i (i + 1) / 2 + j. 'room' holds rows * rows numbers.
*/
void ms_parts_gram(size_t count, const ms_part *parts, size_t blocks, size_t rows,
                   size_t n, const double *G, double *gram, double *room);

/* d[n] = sum over k of w[block, k] * (row k), where d's element lies in 'block'. */
void ms_parts_combine(size_t count, const ms_part *parts, size_t rows, size_t n,
                      const double *G, const double *w, double *d);

#endif
