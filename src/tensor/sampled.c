#include "tensor/sampled.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"
#include "tensor/lanes.h"
#include "tensor/norm.h"
#include "tensor/order.h"
#include "tensor/view.h"

#include <math.h>
#include <stdint.h>

static ms_status check_axis(const ms_tensor *a, int axis) {
  ms_status status = MS_OK;
  MS_CHECK(axis >= 0 && axis < a->dims, MS_EARG, "axis %d of a tensor with %d dims", axis,
           a->dims);
  MS_TRY(ms_axes_check(a, 1u << axis));
out:
  return status;
}

/* {=== differences: two views are subtracted === */

static ms_status subtract_neighbours(const ms_tensor *a, int axis, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor right = {0}, left = {0};
  size_t extent = a->shape[axis], count = extent > 0 ? extent - 1 : 0;
  MS_TRY(ms_tensor_narrow(a, axis, extent - count, count, &right));
  MS_TRY(ms_tensor_narrow(a, axis, 0, count, &left));
  MS_TRY(ms_tensor_map2(ms_sub_kernel, &right, &left, out));
out:
  ms_tensor_release(&right);
  ms_tensor_release(&left);
  return status;
}

ms_status ms_tensor_diff(const ms_tensor *a, int axis, size_t order, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor held = {0};
  MS_TRY(check_axis(a, axis));
  if (order == 0 || order >= a->shape[axis]) { /* everything, or nothing is left */
    MS_TRY(ms_tensor_narrow(a, axis, 0, order == 0 ? a->shape[axis] : 0, &held));
    MS_TRY(ms_tensor_clone(&held, out));
    order = 0;
  }
  for (size_t i = 0; i < order; i++) {
    MS_TRY(subtract_neighbours(i == 0 ? a : &held, axis, out));
    ms_tensor_release(&held);
    if (i + 1 == order) break;
    held = *out;
    *out = (ms_tensor){0};
  }
out:
  ms_tensor_release(&held);
  return status;
}

/* }=== */

/* {=== integrals: every lane times the same weights === */

static void weigh_lane(const void *arg, size_t n, const double *x, double *result,
                       double *scratch) {
  ms_tensor lane;
  (void)scratch;
  ms_tensor_borrow((double *)(uintptr_t)x, 1, &n, &lane);
  *result = 0;
  if (n > 1) (void)ms_tensor_dot(&lane, arg, result); /* the shapes agree */
}

/* Half the distance from the point before to the point behind, where there are such. */
static void set_weights(const ms_tensor *x, ms_tensor *weights) {
  size_t n = weights->shape[0];
  double *w = weights->data;
  for (size_t i = 0; i + 1 < n; i++) {
    const double *at = x->data;
    double gap = *at;
    if (x->dims == 1) {
      at += (ptrdiff_t)i * x->stride[0];
      gap = at[x->stride[0]] - at[0];
    }
    w[i] += gap / 2;
    w[i + 1] += gap / 2;
  }
}

ms_status ms_tensor_trapezoid(const ms_tensor *a, int axis, const ms_tensor *x,
                              ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor weights = {0};
  ms_lane_work work = {weigh_lane, &weights, 0};
  char shape[MS_SHAPE_TEXT];
  MS_TRY(check_axis(a, axis));
  MS_CHECK(x->storage != NULL, MS_EARG, "the points are closed");
  MS_CHECK(x->dims == 0 || (x->dims == 1 && x->shape[0] == a->shape[axis]), MS_EARG,
           "points of shape %s, expected a number or shape %zu, as axis %d has",
           ms_shape_text(x->dims, x->shape, shape), a->shape[axis], axis + 1);
  MS_TRY(ms_tensor_create(1, &a->shape[axis], &weights));
  set_weights(x, &weights);
  MS_TRY(ms_lanes_reduce(&work, a, 1u << axis, 0, out));
out:
  ms_tensor_release(&weights);
  return status;
}

/* }=== */

/* {=== places among ordered numbers === */

/*
** How many of the ordered numbers are less than 'value', or with 'equal' no greater. The
** steps add without branching, which would be guessed wrong half of the time.
*/
static inline size_t count_below(size_t n, const double *x, double value, int equal) {
  size_t found = 0;
  if (n == 0) return 0;
  for (size_t half; n > 1; n -= half) {
    double middle;
    half = n / 2;
    middle = x[found + half - 1];
    found += (size_t)(equal ? middle <= value : middle < value) * half;
  }
  return found + (size_t)(equal ? x[found] <= value : x[found] < value);
}

/*
** *out = the numbers x in contiguous memory, where they stand in order; 'strictly': no
** two are equal. NaN may come last.
*/
static ms_status read_ordered(const ms_tensor *x, int strictly, ms_tensor *out) {
  ms_status status = MS_OK;
  char shape[MS_SHAPE_TEXT];
  MS_CHECK(x->storage != NULL, MS_EARG, "the ordered numbers are closed");
  MS_CHECK(x->dims == 1, MS_EARG, "ordered numbers of shape %s, expected one axis",
           ms_shape_text(x->dims, x->shape, shape));
  if (ms_tensor_is_contiguous(x))
    ms_tensor_share(x, out);
  else
    MS_TRY(ms_tensor_clone(x, out));
  for (size_t i = 1; i < x->shape[0]; i++) {
    double before = out->data[i - 1], here = out->data[i];
    int fits = strictly ? before < here : before <= here || isnan(here);
    MS_CHECK(fits, MS_EARG, "number %zu is %.17g after %.17g, expected a %s one", i + 1,
             here, before, strictly ? "larger" : "larger or equal");
  }
out:
  return status;
}

/* Work on all elements of 'out', which are replaced. Of n numbers the last are NaN. */
typedef struct places {
  size_t n, numbers, count;
  const double *x, *y;
  int after;
  double below, above;
  double *out;
} places;

enum { PLACES = 1024 };

static void find_places(void *arg, int thread, size_t first, size_t last) {
  const places *p = arg;
  size_t to = last * PLACES < p->count ? last * PLACES : p->count;
  (void)thread;
  for (size_t i = first * PLACES; i < to; i++) {
    double value = p->out[i];
    size_t before = p->after ? count_below(p->numbers, p->x, value, 1)
                             : count_below(p->numbers, p->x, value, 0);
    if (isnan(value)) before = p->after ? p->n : p->numbers;
    p->out[i] = (double)(before + 1);
  }
}

/* The points themselves are taken as they are, and a gap that overflows is not formed. */
static double value_at(const places *p, double at) {
  size_t right = count_below(p->n, p->x, at, 0);
  double gap, before;
  if (isnan(at)) return at;
  if (right == p->n) return p->above;
  if (p->x[right] == at) return p->y[right];
  if (right == 0) return p->below;
  before = p->x[right - 1];
  gap = p->x[right] - before;
  return ms_between(p->y[right - 1], p->y[right],
                    isfinite(gap)
                      ? (at - before) / gap
                      : (at / 2 - before / 2) / (p->x[right] / 2 - before / 2));
}

static void find_values(void *arg, int thread, size_t first, size_t last) {
  const places *p = arg;
  size_t to = last * PLACES < p->count ? last * PLACES : p->count;
  (void)thread;
  for (size_t i = first * PLACES; i < to; i++) p->out[i] = value_at(p, p->out[i]);
}

/* 'out' holds what is looked for. */
static void run(ms_pieces_job *job, places *p, ms_tensor *out) {
  size_t pieces;
  p->out = out->data;
  p->count = ms_tensor_count(out);
  pieces = (p->count + PLACES - 1) / PLACES;
  if (p->count < MS_SHARED_COUNT)
    job(p, 0, 0, pieces);
  else
    ms_parallel(pieces, job, p);
}

ms_status ms_tensor_search(const ms_tensor *x, const ms_tensor *values, int after,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor ordered = {0};
  places p = {.after = after};
  MS_CHECK(values->storage != NULL, MS_EARG, "the values are closed");
  MS_TRY(read_ordered(x, 0, &ordered));
  MS_TRY(ms_tensor_clone(values, out));
  p.n = p.numbers = ordered.shape[0];
  p.x = ordered.data;
  while (p.numbers > 0 && isnan(p.x[p.numbers - 1])) p.numbers--;
  run(find_places, &p, out);
out:
  ms_tensor_release(&ordered);
  return status;
}

ms_status ms_tensor_interpolate(const ms_tensor *at, const ms_tensor *x,
                                const ms_tensor *y, const double *below,
                                const double *above, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor ordered = {0}, heights = {0};
  char shape[MS_SHAPE_TEXT];
  places p = {0};
  MS_CHECK(at->storage != NULL && y->storage != NULL, MS_EARG, "an operand is closed");
  MS_TRY(read_ordered(x, 1, &ordered));
  MS_CHECK(x->shape[0] > 0, MS_EARG, "there is no point to interpolate between");
  MS_CHECK(isfinite(ordered.data[0]) && isfinite(ordered.data[x->shape[0] - 1]), MS_EARG,
           "from %g to %g, expected finite points", ordered.data[0],
           ordered.data[x->shape[0] - 1]);
  MS_CHECK(y->dims == 1 && y->shape[0] == x->shape[0], MS_EARG,
           "values of shape %s at %zu points", ms_shape_text(y->dims, y->shape, shape),
           x->shape[0]);
  MS_TRY(ms_tensor_clone(y, &heights));
  MS_TRY(ms_tensor_clone(at, out));
  p.n = x->shape[0];
  p.x = ordered.data;
  p.y = heights.data;
  p.below = below != NULL ? *below : p.y[0];
  p.above = above != NULL ? *above : p.y[p.n - 1];
  run(find_values, &p, out);
out:
  ms_tensor_release(&ordered);
  ms_tensor_release(&heights);
  return status;
}

/* }=== */
