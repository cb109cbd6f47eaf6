/*
** Private to this folder. A fold combines all elements of one tensor (or of two of one
** shape) two by two: pieces of MS_WALK_PIECE elements first, then their totals as a
** balanced tree. The tree depends on the count alone, neither on strides nor on threads.
*/
#ifndef MS_TENSOR_FOLD_H
#define MS_TENSOR_FOLD_H

#include "tensor/walk.h"

typedef struct ms_fold {
  int operands;
  const ms_tensor *tensors[2];
  /* The total of the n > 0 elements of a piece. */
  double (*piece)(const struct ms_fold *fold, size_t n, double *const *at);
  double (*combine)(double left, double right);
  double none;                                /* the total of no elements */
  double number, power;                       /* for 'piece' to use, as it likes */
  double (*plain)(size_t n, const double *x); /* likewise */
} ms_fold;

double ms_fold_all(const ms_fold *fold);

/*
** Totals of 2^k pieces wait at level k for a partner, as the digits of a binary counter
** do: a balanced tree that need not know how many pieces there will be.
*/
typedef struct ms_fold_tree {
  double (*combine)(double left, double right);
  size_t pieces;
  double level[64];
} ms_fold_tree;

void ms_fold_add(ms_fold_tree *tree, double total);

/* The total of all; 'rest' (unless NULL) is what a piece cut short adds at the end. */
double ms_fold_total(const ms_fold_tree *tree, double none, const double *rest);

/* Running results side by side: compilers keep them in vector registers, unordered. */
enum { MS_FOLD_WIDTH = 32 };

static inline double ms_fold_array(size_t n, const double *x, double none,
                                   double (*combine)(double, double)) {
  double part[MS_FOLD_WIDTH], total;
  size_t i = 0;
  for (size_t k = 0; k < MS_FOLD_WIDTH; k++) part[k] = none;
  for (; i + MS_FOLD_WIDTH <= n; i += MS_FOLD_WIDTH)
    for (size_t k = 0; k < MS_FOLD_WIDTH; k++) part[k] = combine(part[k], x[i + k]);
  for (total = part[0]; i < n; i++) total = combine(total, x[i]);
  for (size_t k = 1; k < MS_FOLD_WIDTH; k++) total = combine(total, part[k]);
  return total;
}

static inline double ms_sum_combine(double left, double right) {
  return left + right;
}

/* The sum of a piece. */
double ms_sum_piece(size_t n, const double *x);

#endif
