#include "tensor/reduce.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/vectorize.h"
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

/* total = total and more, in every column. */
static inline void combine_rows(size_t columns, double *total, const double *more,
                                double (*combine)(double, double)) {
  VECTORIZE
  for (size_t c = 0; c < columns; c++) total[c] = combine(total[c], more[c]);
}

/*
** The order of ms_fold_array, in every column. A running result stays in a register while
** several rows join it.
*/
static inline void fold_columns(size_t rows, const double *const *row, size_t columns,
                                double none, double (*combine)(double, double),
                                double *parts, double *out) {
  enum { WIDTH = MS_FOLD_WIDTH, STEP = 4 * WIDTH };
  size_t i = 0;
  for (size_t k = 0; k < WIDTH * columns; k++) parts[k] = none;
  for (; i + STEP <= rows; i += STEP)
    for (size_t k = 0; k < WIDTH; k++) {
      const double *const *from = row + i + k;
      double *part = parts + k * columns;
      VECTORIZE
      for (size_t c = 0; c < columns; c++) {
        double total = combine(part[c], from[0][c]);
        total = combine(total, from[WIDTH][c]);
        total = combine(total, from[2 * WIDTH][c]);
        part[c] = combine(total, from[3 * WIDTH][c]);
      }
    }
  for (; i + WIDTH <= rows; i += WIDTH)
    for (size_t k = 0; k < WIDTH; k++)
      combine_rows(columns, parts + k * columns, row[i + k], combine);
  for (; i < rows; i++) combine_rows(columns, parts, row[i], combine);
  for (size_t k = 1; k < WIDTH; k++)
    combine_rows(columns, parts, parts + k * columns, combine);
  memcpy(out, parts, columns * sizeof *out);
}

_Static_assert((int)MS_REDUCE_PARTS == (int)MS_FOLD_WIDTH, "a column's running results");

#define DEFINE(name, none, combine)                                                      \
  static double name##_piece(size_t n, const double *x) {                                \
    return ms_fold_array(n, x, none, combine);                                           \
  }                                                                                      \
  static void name##_columns(size_t rows, const double *const *row, size_t columns,      \
                             double *parts, double *out) {                               \
    fold_columns(rows, row, columns, none, combine, parts, out);                         \
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
  double *memory; /* of blocks of columns: 'each' doubles a thread */
  size_t each;
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
  double *level; /* [levels, columns] */
} column_tree;

static void tree_add(column_tree *t, double *total) {
  double *level = t->level;
  for (size_t digits = t->pieces++; digits & 1; digits >>= 1, level += t->columns)
    for (size_t c = 0; c < t->columns; c++) total[c] = t->combine(level[c], total[c]);
  memcpy(level, total, t->columns * sizeof *total);
}

static void tree_total(const column_tree *t, double *total) {
  const double *level = t->level;
  int found = 0;
  for (size_t digits = t->pieces; digits != 0; digits >>= 1, level += t->columns) {
    if (!(digits & 1)) continue;
    for (size_t c = 0; c < t->columns; c++)
      total[c] = found ? t->combine(level[c], total[c]) : level[c];
    found = 1;
  }
}

/* The lanes of 'columns' neighbours, the first of which is 'lane'. */
static void reduce_columns(const lanes *l, size_t lane, size_t columns, double *memory) {
  ms_tensor first = lane_at(l, lane);
  size_t index[MS_MAX_DIMS] = {0}, rows = 0;
  const double *row[MS_WALK_PIECE], *at = first.data;
  double *total = memory, *parts = total + columns;
  column_tree tree = {l->reduction->combine, 0, columns,
                      parts + MS_REDUCE_PARTS * columns};
  for (size_t i = 0; i < l->length; i++) {
    int axis = first.dims - 1;
    row[rows++] = at;
    while (axis >= 0 && ++index[axis] == first.shape[axis]) {
      at -= (ptrdiff_t)(first.shape[axis] - 1) * first.stride[axis];
      index[axis--] = 0;
    }
    if (axis >= 0) at += first.stride[axis];
    if (rows < MS_WALK_PIECE && i + 1 < l->length) continue;
    l->reduction->columns(rows, row, columns, parts, total);
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
  double *memory = l->memory + (size_t)thread * l->each;
  for (size_t i = first; i < last; i++) {
    size_t from = i % blocks * l->block, left = width - from;
    reduce_columns(l, i / blocks * width + from, left < l->block ? left : l->block,
                   memory);
  }
}

/*
** A column's result does not depend on its block, so the team may decide on their size.
** Wide blocks read memory in long runs.
*/
static ms_status reduce_all_columns(lanes *l) {
  enum { MOST = 512, LEAST = 8, ROOM = 4096 };
  ms_status status = MS_OK;
  size_t width = l->view.shape[l->kept - 1], others = l->count / width, blocks;
  size_t levels = 1; /* of the tree */
  double room[ROOM], *more = NULL;
  size_t threads =
    l->count * l->length < MS_SHARED_COUNT ? 1 : (size_t)ms_parallel_threads();
  l->block = width < MOST ? width : MOST;
  blocks = (width + l->block - 1) / l->block;
  while (l->block > LEAST && others * blocks < threads) {
    l->block = (l->block / 2 + LEAST - 1) / LEAST * LEAST;
    blocks = (width + l->block - 1) / l->block;
  }
  for (size_t pieces = l->length / MS_WALK_PIECE; pieces > 0; pieces >>= 1) levels++;
  l->each = (levels + MS_REDUCE_PARTS + 1) * l->block;
  if (threads * l->each > ROOM)
    MS_TRY(ms_alloc(threads * l->each, sizeof(double), "a reduction", &more));
  l->memory = more != NULL ? more : room;
  if (threads == 1)
    reduce_blocks(l, 0, 0, others * blocks);
  else
    ms_parallel(others * blocks, reduce_blocks, l);
out:
  ms_free(more);
  return status;
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
    MS_TRY(reduce_all_columns(&l));
  else if (l.length <= MS_WALK_PIECE)
    reduce_all_short(&l);
  else
    reduce_all_long(&l);
out:
  return status;
}
