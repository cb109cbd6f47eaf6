#include "tensor/reduce.h"

#include "base/parallel.h"
#include "tensor/elementwise.h"
#include "tensor/fold.h"

#include <math.h>
#include <string.h>

/* {=== the reductions === */

static double multiply(double a, double b) {
  return a * b;
}

/* NaN on either side wins. No branches, so that loops become vector loops. */
static double least(double a, double b) {
  return ((b < a) | (b != b)) ? b : a;
}

static double greatest(double a, double b) {
  return ((b > a) | (b != b)) ? b : a;
}

/* 'a' is 0 or 1 already. */
static double either(double a, double b) {
  return b != 0 ? 1.0 : a;
}

static double both(double a, double b) {
  return b != 0 ? a : 0.0;
}

/*
** The order of ms_fold_array, in every column. A running result stays in a register while
** AT_ONCE rows join it.
*/
static inline void fold_columns(size_t rows, const double *const *row, size_t columns,
                                double none, double (*combine)(double, double),
                                double *out) {
  enum { AT_ONCE = 4, STEP = AT_ONCE * MS_FOLD_WIDTH };
  double part[MS_FOLD_WIDTH][MS_REDUCE_COLUMNS];
  size_t i = 0;
  for (size_t k = 0; k < MS_FOLD_WIDTH; k++)
    for (size_t c = 0; c < columns; c++) part[k][c] = none;
  for (; i + STEP <= rows; i += STEP)
    for (size_t k = 0; k < MS_FOLD_WIDTH; k++) {
      const double *const *from = row + i + k;
      for (size_t c = 0; c < columns; c++) {
        double total = combine(part[k][c], from[0][c]);
        total = combine(total, from[MS_FOLD_WIDTH][c]);
        total = combine(total, from[2 * MS_FOLD_WIDTH][c]);
        part[k][c] = combine(total, from[3 * MS_FOLD_WIDTH][c]);
      }
    }
  for (; i + MS_FOLD_WIDTH <= rows; i += MS_FOLD_WIDTH)
    for (size_t k = 0; k < MS_FOLD_WIDTH; k++)
      for (size_t c = 0; c < columns; c++)
        part[k][c] = combine(part[k][c], row[i + k][c]);
  for (; i < rows; i++)
    for (size_t c = 0; c < columns; c++) part[0][c] = combine(part[0][c], row[i][c]);
  for (size_t k = 1; k < MS_FOLD_WIDTH; k++)
    for (size_t c = 0; c < columns; c++) part[0][c] = combine(part[0][c], part[k][c]);
  memcpy(out, part[0], columns * sizeof *out);
}

#define DEFINE(name, none, combine)                                                      \
  static double name##_piece(size_t n, const double *x) {                                \
    return ms_fold_array(n, x, none, combine);                                           \
  }                                                                                      \
  static void name##_columns(size_t rows, const double *const *row, size_t columns,      \
                             double *out) {                                              \
    fold_columns(rows, row, columns, none, combine, out);                                \
  }

DEFINE(sum, 0, ms_sum_combine)
DEFINE(prod, 1, multiply)
DEFINE(min, INFINITY, least)
DEFINE(max, -INFINITY, greatest)
DEFINE(any, 0, either)
DEFINE(all, 1, both)

static double mean_finish(double total, size_t count) {
  return total / (double)count;
}

const ms_reduction ms_reduction_sum = {"sum",          0,    0,          sum_piece,
                                       ms_sum_combine, NULL, sum_columns};
const ms_reduction ms_reduction_mean = {
  "mean", 1, 0, sum_piece, ms_sum_combine, mean_finish, sum_columns};
const ms_reduction ms_reduction_prod = {"prod",   0,    1,           prod_piece,
                                        multiply, NULL, prod_columns};
const ms_reduction ms_reduction_min = {"min", 1,    INFINITY,   min_piece,
                                       least, NULL, min_columns};
const ms_reduction ms_reduction_max = {"max",    1,    -INFINITY,  max_piece,
                                       greatest, NULL, max_columns};
const ms_reduction ms_reduction_any = {"any", 0, 0, any_piece, either, NULL, any_columns};
const ms_reduction ms_reduction_all = {"all", 0, 1, all_piece, both, NULL, all_columns};

/* }=== */

static double finish(const ms_reduction *r, double total, size_t count) {
  return r->finish == NULL ? total : r->finish(total, count);
}

static double call_piece(const ms_fold *fold, size_t n, double *const *at) {
  return fold->plain(n, at[0]);
}

static double reduce_all(const ms_reduction *r, const ms_tensor *a) {
  ms_fold fold = {.operands = 1,
                  .tensors = {a},
                  .piece = call_piece,
                  .combine = r->combine,
                  .none = r->none,
                  .plain = r->piece};
  return finish(r, ms_fold_all(&fold), ms_tensor_count(a));
}

/*
** A reduction over the last axes of 'view', the first 'kept' being those of the result.
*/
typedef struct lanes {
  const ms_reduction *reduction;
  ms_tensor view;
  int kept;
  size_t count, length; /* lanes, and elements in each */
  size_t chunk, block;  /* elements of a chunk of short lanes; columns of a block */
  double *out;
} lanes;

/* {=== whole lanes in a piece: lanes up to MS_WALK_PIECE long === */

static void reduce_short(void *arg, int thread, size_t first, size_t last) {
  const lanes *l = arg;
  const ms_tensor *view = &l->view;
  size_t from = first * l->chunk, to = last * l->chunk, all = l->count * l->length;
  double *result = l->out + from / l->length;
  ms_walk walk;
  (void)thread;
  if (to > all) to = all;
  ms_walk_start(&walk, 1, &view, -1, MS_WALK_PIECE / l->length * l->length);
  ms_walk_part(&walk, from, to - from);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    for (size_t i = 0; i < n; i += l->length)
      *result++ =
        finish(l->reduction, l->reduction->piece(l->length, walk.at[0] + i), l->length);
}

static void reduce_all_short(lanes *l) {
  size_t piece = MS_WALK_PIECE / l->length * l->length, all = l->count * l->length;
  l->chunk = MS_WALK_CHUNK / piece * piece;
  if (all < MS_SHARED_COUNT)
    reduce_short(l, 0, 0, (all + l->chunk - 1) / l->chunk);
  else
    ms_parallel((all + l->chunk - 1) / l->chunk, reduce_short, l);
}

/* }=== */

/* {=== a lane at a time === */

static ms_tensor lane_at(const lanes *l, size_t lane) {
  ms_tensor part = l->view;
  for (int axis = l->kept - 1; axis >= 0; axis--) {
    part.data += (ptrdiff_t)(lane % part.shape[axis]) * part.stride[axis];
    lane /= part.shape[axis];
  }
  part.dims -= l->kept;
  memmove(part.shape, part.shape + l->kept, (size_t)part.dims * sizeof *part.shape);
  memmove(part.stride, part.stride + l->kept, (size_t)part.dims * sizeof *part.stride);
  return part;
}

static void reduce_long(void *arg, int thread, size_t first, size_t last) {
  const lanes *l = arg;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    ms_tensor lane = lane_at(l, i);
    l->out[i] = reduce_all(l->reduction, &lane);
  }
}

/* Very long lanes share out each; of others, threads take some each. */
static void reduce_all_long(lanes *l) {
  if (l->length >= MS_SHARED_COUNT || l->count * l->length < MS_SHARED_COUNT)
    reduce_long(l, 0, 0, l->count);
  else
    ms_parallel(l->count, reduce_long, l);
}

/* }=== */

/* {=== neighbouring lanes that lie side by side in memory: rows are combined === */

/* The tree of fold.h, in every column. */
typedef struct column_tree {
  double (*combine)(double left, double right);
  size_t pieces, columns;
  double level[56][MS_REDUCE_COLUMNS];
} column_tree;

static void tree_add(column_tree *t, double *total) {
  int k = 0;
  for (size_t digits = t->pieces++; digits & 1; digits >>= 1, k++)
    for (size_t c = 0; c < t->columns; c++)
      total[c] = t->combine(t->level[k][c], total[c]);
  memcpy(t->level[k], total, t->columns * sizeof *total);
}

static void tree_total(const column_tree *t, double *total) {
  int found = 0, k = 0;
  for (size_t digits = t->pieces; digits != 0; digits >>= 1, k++) {
    if (!(digits & 1)) continue;
    for (size_t c = 0; c < t->columns; c++)
      total[c] = found ? t->combine(t->level[k][c], total[c]) : t->level[k][c];
    found = 1;
  }
}

/* The lanes of 'columns' neighbours, the first of which is 'lane'. */
static void reduce_columns(const lanes *l, size_t lane, size_t columns) {
  ms_tensor first = lane_at(l, lane);
  size_t index[MS_MAX_DIMS] = {0}, rows = 0;
  const double *row[MS_WALK_PIECE], *at = first.data;
  double total[MS_REDUCE_COLUMNS] = {0};
  column_tree tree;
  tree.combine = l->reduction->combine;
  tree.pieces = 0;
  tree.columns = columns;
  for (size_t i = 0; i < l->length; i++) {
    int axis = first.dims - 1;
    row[rows++] = at;
    while (axis >= 0 && ++index[axis] == first.shape[axis]) {
      at -= (ptrdiff_t)(first.shape[axis] - 1) * first.stride[axis];
      index[axis--] = 0;
    }
    if (axis >= 0) at += first.stride[axis];
    if (rows < MS_WALK_PIECE && i + 1 < l->length) continue;
    l->reduction->columns(rows, row, columns, total);
    tree_add(&tree, total);
    rows = 0;
  }
  tree_total(&tree, total);
  for (size_t c = 0; c < columns; c++)
    l->out[lane + c] = finish(l->reduction, total[c], l->length);
}

/* Blocks of columns, counted over all places of the other axes. */
static void reduce_blocks(void *arg, int thread, size_t first, size_t last) {
  const lanes *l = arg;
  size_t width = l->view.shape[l->kept - 1], blocks = (width + l->block - 1) / l->block;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    size_t from = i % blocks * l->block, left = width - from;
    reduce_columns(l, i / blocks * width + from, left < l->block ? left : l->block);
  }
}

/*
** A column's result does not depend on its block, so the team may decide on their size.
*/
static void reduce_all_columns(lanes *l) {
  size_t width = l->view.shape[l->kept - 1], others = l->count / width, blocks;
  l->block = MS_REDUCE_COLUMNS;
  if (l->count * l->length < MS_SHARED_COUNT) {
    reduce_blocks(l, 0, 0, others * ((width + l->block - 1) / l->block));
    return;
  }
  while (l->block > 8 && others * (width / l->block) < 2 * (size_t)ms_parallel_threads())
    l->block /= 2;
  blocks = (width + l->block - 1) / l->block;
  ms_parallel(others * blocks, reduce_blocks, l);
}

static int lie_side_by_side(const lanes *l) {
  ptrdiff_t along = l->view.stride[l->view.dims - 1];
  return l->kept > 0 && l->view.stride[l->kept - 1] == 1 && along != 1
         && l->view.shape[l->kept - 1] >= 4;
}

/* }=== */

static ms_status check_elements(const ms_reduction *r, size_t count) {
  ms_status status = MS_OK;
  MS_CHECK(count > 0 || !r->needs_elements, MS_EARG, "no elements to take the %s of",
           r->name);
out:
  return status;
}

ms_status ms_tensor_reduce(const ms_reduction *reduction, const ms_tensor *a,
                           double *out) {
  ms_status status = MS_OK;
  MS_TRY(ms_axes_check(a, 0));
  MS_TRY(check_elements(reduction, ms_tensor_count(a)));
  *out = reduce_all(reduction, a);
out:
  return status;
}

ms_status ms_tensor_reduce_axes(const ms_reduction *reduction, const ms_tensor *a,
                                ms_axes axes, int keep, ms_tensor *out) {
  ms_status status = MS_OK;
  lanes l = {.reduction = reduction, .count = 1, .length = 1};
  size_t shape[MS_MAX_DIMS];
  int dims;
  MS_TRY(ms_axes_check(a, axes));
  l.kept = ms_lanes_view(a, axes, &l.view);
  for (int axis = 0; axis < l.kept; axis++) l.count *= l.view.shape[axis];
  for (int axis = l.kept; axis < a->dims; axis++) l.length *= l.view.shape[axis];
  MS_TRY(check_elements(reduction, l.length));
  dims = ms_reduced_shape(a, axes, keep, shape);
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  l.out = out->data;
  if (l.length == 0)
    ms_tensor_fill(finish(reduction, reduction->none, 0), out);
  else if (l.count == 0)
    return MS_OK;
  else if (lie_side_by_side(&l))
    reduce_all_columns(&l);
  else if (l.length <= MS_WALK_PIECE)
    reduce_all_short(&l);
  else
    reduce_all_long(&l);
out:
  return status;
}
