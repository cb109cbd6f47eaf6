#include "tensor/fold.h"

#include "base/parallel.h"
#include "tensor/elementwise.h"

/*
** CHUNK elements are a whole subtree of the tree over pieces, so their totals can be
** taken anywhere, and the tree of those totals is the upper part of the same tree.
*/
enum { CHUNK = 64 * MS_WALK_PIECE, CHUNKS_AT_ONCE = 512 };

void ms_fold_add(ms_fold_tree *tree, double total) {
  int k = 0;
  for (size_t digits = tree->pieces++; digits & 1; digits >>= 1, k++)
    total = tree->combine(tree->level[k], total);
  tree->level[k] = total;
}

double ms_fold_total(const ms_fold_tree *tree, double none, const double *rest) {
  double total = rest == NULL ? none : *rest;
  int found = rest != NULL, k = 0;
  for (size_t digits = tree->pieces; digits != 0; digits >>= 1, k++) {
    if (!(digits & 1)) continue;
    total = found ? tree->combine(tree->level[k], total) : tree->level[k];
    found = 1;
  }
  return total;
}

double ms_sum_piece(size_t n, const double *x) {
  return ms_fold_array(n, x, 0, ms_sum_combine);
}

/* The total of elements first .. first + count - 1. */
static double fold_part(const ms_fold *fold, size_t first, size_t count) {
  ms_fold_tree tree = {.combine = fold->combine, .pieces = 0};
  ms_walk walk;
  ms_walk_start(&walk, fold->operands, fold->tensors, -1, MS_WALK_PIECE);
  ms_walk_part(&walk, first, count);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    ms_fold_add(&tree, fold->piece(fold, n, walk.at));
  return ms_fold_total(&tree, fold->none, NULL);
}

typedef struct part {
  const ms_fold *fold;
  size_t first, count;
  double *totals;
} part;

static void fold_chunks(void *arg, int thread, size_t first, size_t last) {
  const part *p = arg;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    size_t from = i * CHUNK, left = p->count - from;
    p->totals[i] = fold_part(p->fold, p->first + from, left < CHUNK ? left : CHUNK);
  }
}

double ms_fold_all(const ms_fold *fold) {
  size_t count = ms_tensor_count(fold->tensors[0]);
  ms_fold_tree tree = {.combine = fold->combine, .pieces = 0};
  double totals[CHUNKS_AT_ONCE], *rest = NULL;
  if (count < MS_SHARED_COUNT) return fold_part(fold, 0, count);
  for (size_t first = 0; first < count; first += (size_t)CHUNKS_AT_ONCE * CHUNK) {
    part p = {fold, first, count - first, totals};
    size_t chunks;
    if (p.count > (size_t)CHUNKS_AT_ONCE * CHUNK)
      p.count = (size_t)CHUNKS_AT_ONCE * CHUNK;
    chunks = (p.count + CHUNK - 1) / CHUNK;
    ms_parallel(chunks, fold_chunks, &p);
    if (p.count % CHUNK != 0) rest = &totals[--chunks];
    for (size_t i = 0; i < chunks; i++) ms_fold_add(&tree, totals[i]);
  }
  return ms_fold_total(&tree, fold->none, rest);
}
