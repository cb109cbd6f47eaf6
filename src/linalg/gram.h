/*
** The two passes over the gradients that a conflict method costs. 'G' holds 'rows'
** gradients of 'n' numbers each, row k starting at G + k * stride. Both go block by
** block, so that every chunk of a gradient is read from memory once, and always in the
** same order, so that the same input gives the same bits.
*/
#ifndef MS_LINALG_GRAM_H
#define MS_LINALG_GRAM_H

#include <stddef.h>

/* gram[rows, rows] = G G^T. */
void ms_gradients_gram(size_t rows, size_t n, size_t stride, const double *G,
                       double *gram);

/* The product of two gradients, in the same order of additions. */
double ms_gradients_dot(size_t n, const double *a, const double *b);

/* d[n] = sum over k of w[k] * (row k). A row of weight 0 is not read. */
void ms_gradients_combine(size_t rows, size_t n, size_t stride, const double *G,
                          const double *w, double *d);

#endif
