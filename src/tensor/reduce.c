#include "tensor/reduce.h"

#include "tensor/elementwise.h"
#include "tensor/walk.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* {=== the reductions === */

static double add(double a, double b) {
  return a + b;
}

/* NaN on either side wins. */
static double least(double a, double b) {
  return b < a || isnan(b) ? b : a;
}

static double greatest(double a, double b) {
  return b > a || isnan(b) ? b : a;
}

/*
** Eight running results: the compiler keeps them in vector registers without reordering.
*/
static inline double fold(size_t n, const double *x, double none,
                          double (*combine)(double, double)) {
  double part[8], total;
  size_t i = 0;
  for (size_t k = 0; k < 8; k++) part[k] = none;
  for (; i + 8 <= n; i += 8)
    for (size_t k = 0; k < 8; k++) part[k] = combine(part[k], x[i + k]);
  for (total = part[0]; i < n; i++) total = combine(total, x[i]);
  for (size_t k = 1; k < 8; k++) total = combine(total, part[k]);
  return total;
}

static double sum_piece(size_t n, const double *x) {
  return fold(n, x, 0, add);
}

static double min_piece(size_t n, const double *x) {
  return fold(n, x, INFINITY, least);
}

static double max_piece(size_t n, const double *x) {
  return fold(n, x, -INFINITY, greatest);
}

static double mean_finish(double total, size_t count) {
  return total / (double)count;
}

const ms_reduction ms_reduction_sum = {"sum", 0, 0, sum_piece, add, NULL};
const ms_reduction ms_reduction_mean = {"mean", 1, 0, sum_piece, add, mean_finish};
const ms_reduction ms_reduction_min = {"min", 1, INFINITY, min_piece, least, NULL};
const ms_reduction ms_reduction_max = {"max", 1, -INFINITY, max_piece, greatest, NULL};

/* }=== */

/* {=== the tree === */

/*
** Totals of 2^k pieces wait at level k for a partner, as the digits of a binary counter
** do: a balanced tree that need not know how many pieces there will be.
*/
typedef struct tree {
  double (*combine)(double left, double right);
  size_t pieces;
  double level[64];
} tree;

static void tree_add(tree *t, double total) {
  int k = 0;
  for (size_t digits = t->pieces++; digits & 1; digits >>= 1, k++)
    total = t->combine(t->level[k], total);
  t->level[k] = total;
}

static double tree_total(const tree *t, double none) {
  double total = none;
  int found = 0, k = 0;
  for (size_t digits = t->pieces; digits != 0; digits >>= 1, k++) {
    if (!(digits & 1)) continue;
    total = found ? t->combine(t->level[k], total) : t->level[k];
    found = 1;
  }
  return total;
}

/* }=== */

static double finish(const ms_reduction *r, double total, size_t count) {
  return r->finish == NULL ? total : r->finish(total, count);
}

static double reduce_all(const ms_reduction *r, const ms_tensor *a) {
  tree t = {.combine = r->combine, .pieces = 0};
  ms_walk walk;
  ms_walk_start(&walk, 1, &a, -1, MS_WALK_PIECE);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) tree_add(&t, r->piece(n, walk.at[0]));
  return finish(r, tree_total(&t, r->none), ms_tensor_count(a));
}

/* Lanes longer than a piece, along the last axis. Returns the place after the results. */
static double *reduce_long(const ms_reduction *r, const ms_tensor *a, double *to) {
  ms_tensor part = *a; /* not counted as a view: it does not outlive 'a' */
  if (a->dims == 1) {
    *to = reduce_all(r, a);
    return to + 1;
  }
  part.dims--;
  memmove(part.shape, a->shape + 1, (size_t)part.dims * sizeof *part.shape);
  memmove(part.stride, a->stride + 1, (size_t)part.dims * sizeof *part.stride);
  for (size_t i = 0; i < a->shape[0]; i++) {
    part.data = a->data + (ptrdiff_t)i * a->stride[0];
    to = reduce_long(r, &part, to);
  }
  return to;
}

/* Lanes that fit into a piece, along the last axis: each piece holds whole lanes. */
static void reduce_short(const ms_reduction *r, const ms_tensor *a, double *to) {
  size_t length = a->shape[a->dims - 1];
  ms_walk walk;
  ms_walk_start(&walk, 1, &a, -1, MS_WALK_PIECE / length * length);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    for (size_t i = 0; i < n; i += length)
      *to++ = finish(r, r->piece(length, walk.at[0] + i), length);
}

static ms_status check_elements(const ms_reduction *r, const ms_tensor *a, size_t count) {
  ms_status status = MS_OK;
  MS_CHECK(a->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(count > 0 || !r->needs_elements, MS_EARG, "no elements to take the %s of",
           r->name);
out:
  return status;
}

ms_status ms_tensor_reduce(const ms_reduction *reduction, const ms_tensor *a,
                           double *out) {
  ms_status status = check_elements(reduction, a, ms_tensor_count(a));
  if (status == MS_OK) *out = reduce_all(reduction, a);
  return status;
}

ms_status ms_tensor_reduce_axis(const ms_reduction *reduction, const ms_tensor *a,
                                int axis, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor lanes = *a;
  MS_CHECK(axis >= 0 && axis < a->dims, MS_EARG, "axis %d of a tensor with %d dims", axis,
           a->dims);
  MS_TRY(check_elements(reduction, a, a->shape[axis]));
  for (int i = axis; i + 1 < a->dims; i++) {
    lanes.shape[i] = a->shape[i + 1];
    lanes.stride[i] = a->stride[i + 1];
  }
  lanes.shape[a->dims - 1] = a->shape[axis];
  lanes.stride[a->dims - 1] = a->stride[axis];
  MS_TRY(ms_tensor_create(a->dims - 1, lanes.shape, out));
  if (a->shape[axis] == 0)
    ms_tensor_fill(reduction->none, out);
  else if (a->shape[axis] <= MS_WALK_PIECE)
    reduce_short(reduction, &lanes, out->data);
  else
    reduce_long(reduction, &lanes, out->data);
out:
  return status;
}

static double dot_piece(size_t n, const double *x, const double *y) {
  double part[8] = {0}, total = 0;
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (size_t k = 0; k < 8; k++) part[k] += x[i + k] * y[i + k];
  for (; i < n; i++) total += x[i] * y[i];
  for (size_t k = 0; k < 8; k++) total += part[k];
  return total;
}

ms_status ms_tensor_dot(const ms_tensor *a, const ms_tensor *b, double *out) {
  ms_status status = MS_OK;
  const ms_tensor *tensors[] = {a, b};
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  tree t = {.combine = add, .pieces = 0};
  ms_walk walk;
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_CHECK(ms_tensor_same_shape(a, b), MS_EARG, "shapes %s and %s differ",
           ms_shape_text(a->dims, a->shape, left),
           ms_shape_text(b->dims, b->shape, right));
  ms_walk_start(&walk, 2, tensors, -1, MS_WALK_PIECE);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    tree_add(&t, dot_piece(n, walk.at[0], walk.at[1]));
  *out = tree_total(&t, 0);
out:
  return status;
}

static double scaled_square_sum(const ms_tensor *a, double scale) {
  tree t = {.combine = add, .pieces = 0};
  ms_walk walk;
  ms_walk_start(&walk, 1, &a, -1, MS_WALK_PIECE);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    double square[MS_WALK_PIECE];
    for (size_t i = 0; i < n; i++) {
      double x = walk.at[0][i] * scale;
      square[i] = x * x;
    }
    tree_add(&t, sum_piece(n, square));
  }
  return tree_total(&t, 0);
}

static double magnitude_piece(size_t n, const double *x) {
  double most = 0;
  for (size_t i = 0; i < n; i++) most = greatest(most, fabs(x[i]));
  return most;
}

/* Where squares have lost digits or overflowed, elements are scaled by a power of two. */
double ms_tensor_norm(const ms_tensor *a) {
  static const ms_reduction magnitude = {"norm", 0, 0, magnitude_piece, greatest, NULL};
  double sum = scaled_square_sum(a, 1), most;
  int exponent;
  if (sum > DBL_MIN / DBL_EPSILON && sum <= DBL_MAX) return sqrt(sum);
  most = reduce_all(&magnitude, a);
  if (most == 0 || !isfinite(most)) return most;
  frexp(most, &exponent);
  if (exponent < -1000) exponent = -1000; /* 2^-exponent must not overflow */
  return ldexp(sqrt(scaled_square_sum(a, ldexp(1, -exponent))), exponent);
}
