#include "tensor/lanes.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "tensor/elementwise.h"

#include <string.h>

/*
** Lanes that lie across memory are gathered TILE at a time, so that a cache line that was
** loaded for one serves its neighbours too; as long as that stays in the second cache.
*/
enum { TILE = 8, MOST_TILED = 1 << 13 };

/* {=== sets of axes === */

ms_axes ms_all_axes(const ms_tensor *tensor) {
  return (1u << tensor->dims) - 1;
}

int ms_axes_count(ms_axes axes) {
  int count = 0;
  for (; axes != 0; axes >>= 1) count += axes & 1;
  return count;
}

ms_status ms_axes_check(const ms_tensor *tensor, ms_axes axes) {
  ms_status status = MS_OK;
  MS_CHECK(tensor->storage != NULL, MS_EARG, "the tensor is closed");
  for (int axis = tensor->dims; axis < 32; axis++)
    MS_CHECK(!(axes >> axis & 1), MS_EARG, "axis %d of a tensor with %d dims", axis,
             tensor->dims);
out:
  return status;
}

int ms_reduced_shape(const ms_tensor *tensor, ms_axes axes, int keep,
                     size_t shape[MS_MAX_DIMS]) {
  int dims = 0;
  for (int axis = 0; axis < tensor->dims; axis++) {
    int reduced = axes >> axis & 1;
    if (!reduced || keep) shape[dims++] = reduced ? 1 : tensor->shape[axis];
  }
  return dims;
}

int ms_lanes_view(const ms_tensor *of, ms_axes axes, ms_tensor *view) {
  int at = 0, kept = 0;
  *view = *of;
  for (int last = 0; last <= 1; last++)
    for (int axis = 0; axis < of->dims; axis++) {
      if ((int)(axes >> axis & 1) != last) continue;
      view->shape[at] = of->shape[axis];
      view->stride[at++] = of->stride[axis];
      if (!last) kept++;
    }
  return kept;
}

/* }=== */

/* {=== the engine === */

typedef struct run {
  const ms_lane_work *work;
  ms_tensor in, out; /* views: the axes of the lanes' places, then those of a lane */
  int kept;
  size_t lanes, length, results, tile;
  int direct_in, direct_out;      /* a lane, or its results, are an array as they are */
  size_t gathered, written, each; /* doubles of a thread's memory: two parts, and all */
  double *memory;
} run;

/* The part of a view that belongs to one lane. */
static ms_tensor lane_of(const ms_tensor *view, int kept, size_t lane) {
  ms_tensor part = *view;
  for (int axis = kept - 1; axis >= 0; axis--) {
    part.data += (ptrdiff_t)(lane % view->shape[axis]) * view->stride[axis];
    lane /= view->shape[axis];
  }
  part.dims = view->dims - kept;
  memmove(part.shape, view->shape + kept, (size_t)part.dims * sizeof *part.shape);
  memmove(part.stride, view->stride + kept, (size_t)part.dims * sizeof *part.stride);
  return part;
}

/* 'count' lanes, each 'step' after the one before, side by side into 'to'. */
static void gather(const ms_tensor *lane, size_t count, ptrdiff_t step, size_t length,
                   double *to) {
  size_t index[MS_MAX_DIMS] = {0};
  const double *from = lane->data;
  if (count == 1) {
    ms_tensor_read(lane, to);
    return;
  }
  for (size_t j = 0; j < length; j++) {
    int axis = lane->dims - 1;
    for (size_t i = 0; i < count; i++) to[i * length + j] = from[(ptrdiff_t)i * step];
    while (axis >= 0 && ++index[axis] == lane->shape[axis]) {
      from -= (ptrdiff_t)(lane->shape[axis] - 1) * lane->stride[axis];
      index[axis--] = 0;
    }
    if (axis >= 0) from += lane->stride[axis];
  }
}

/* How many lanes from this one on lie 'step' apart, at most a tile. */
static size_t neighbours(const run *r, size_t lane, size_t last) {
  size_t extent = r->kept > 0 ? r->in.shape[r->kept - 1] : 1;
  size_t count = extent - lane % extent;
  if (count > r->tile) count = r->tile;
  return count < last - lane ? count : last - lane;
}

/* The results of 'count' lanes, side by side in 'from', to where they belong. */
static void scatter(const run *r, size_t lane, size_t count, const double *from) {
  ms_tensor to = lane_of(&r->out, r->kept, lane);
  ptrdiff_t step = r->kept > 0 ? r->out.stride[r->kept - 1] : 0;
  for (size_t j = 0; j < r->results; j++)
    for (size_t i = 0; i < count; i++)
      to.data[(ptrdiff_t)j * to.stride[0] + (ptrdiff_t)i * step] =
        from[i * r->results + j];
}

static void run_lanes(void *arg, int thread, size_t first, size_t last) {
  const run *r = arg;
  double none = 0, *gathered = &none, *written, *scratch;
  if (r->each > 0) gathered = r->memory + (size_t)thread * r->each;
  written = gathered + r->gathered;
  scratch = written + r->written;
  for (size_t lane = first, count; lane < last; lane += count) {
    ms_tensor from = lane_of(&r->in, r->kept, lane);
    count = neighbours(r, lane, last);
    if (!r->direct_in)
      gather(&from, count, r->kept > 0 ? r->in.stride[r->kept - 1] : 0, r->length,
             gathered);
    for (size_t i = 0; i < count; i++) {
      const double *x = r->direct_in ? from.data : gathered + i * r->length;
      double *results = written + i * r->results;
      if (r->direct_out) results = lane_of(&r->out, r->kept, lane + i).data;
      r->work->lane(r->work->arg, r->length, x, results, scratch);
    }
    if (!r->direct_out) scatter(r, lane, count, written);
  }
}

static size_t whole_lines(size_t doubles) {
  return (doubles + 7) / 8 * 8;
}

/* 'in' and 'out' are set, with 'kept' axes in front that they share. */
static ms_status run_all(run *r) {
  ms_status status = MS_OK;
  size_t threads = 1, scratch;
  ms_tensor part;
  r->lanes = r->length = r->tile = 1;
  for (int axis = 0; axis < r->kept; axis++) r->lanes *= r->in.shape[axis];
  for (int axis = r->kept; axis < r->in.dims; axis++) r->length *= r->in.shape[axis];
  if (r->lanes == 0) return MS_OK;
  part = lane_of(&r->in, r->kept, 0);
  r->direct_in = ms_tensor_is_contiguous(&part);
  part = lane_of(&r->out, r->kept, 0);
  r->direct_out = ms_tensor_is_contiguous(&part);
  if (!r->direct_in && r->length <= MOST_TILED) r->tile = TILE;
  if (r->lanes > 1 && r->lanes * r->length >= MS_SHARED_COUNT)
    threads = (size_t)ms_parallel_threads();
  r->gathered = r->direct_in ? 0 : whole_lines(r->tile * r->length);
  r->written = r->direct_out ? 0 : whole_lines(r->tile * r->results);
  MS_CHECK(ms_mul_size(r->length, r->work->scratch_per_element, &scratch), MS_ENOMEM,
           "lanes of %zu elements are too long", r->length);
  r->each = r->gathered + r->written + whole_lines(scratch);
  MS_TRY(ms_alloc(r->each, threads * sizeof(double), "work on lanes", &r->memory));
  if (threads > 1)
    ms_parallel(r->lanes, run_lanes, r);
  else
    run_lanes(r, 0, 0, r->lanes);
out:
  ms_free(r->memory);
  return status;
}

/* }=== */

ms_status ms_lanes_reduce(const ms_lane_work *work, const ms_tensor *a, ms_axes axes,
                          int keep, ms_tensor *out) {
  ms_status status = MS_OK;
  run r = {.work = work, .results = 1};
  size_t shape[MS_MAX_DIMS];
  int dims;
  MS_TRY(ms_axes_check(a, axes));
  dims = ms_reduced_shape(a, axes, keep, shape);
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  r.kept = ms_lanes_view(a, axes, &r.in);
  ms_lanes_view(out, keep ? axes : 0, &r.out);
  MS_TRY(run_all(&r));
out:
  return status;
}

ms_status ms_lanes_map(const ms_lane_work *work, const ms_tensor *a, int axis, size_t m,
                       ms_tensor *out) {
  ms_status status = MS_OK;
  run r = {.work = work, .results = m};
  MS_CHECK(axis >= 0 && axis < a->dims, MS_EARG, "axis %d of a tensor with %d dims", axis,
           a->dims);
  MS_TRY(ms_axes_check(a, 1u << axis));
  if (out->storage == NULL) {
    size_t shape[MS_MAX_DIMS];
    memcpy(shape, a->shape, sizeof shape);
    shape[axis] = m;
    MS_TRY(ms_tensor_create_unset(a->dims, shape, out));
  }
  r.kept = ms_lanes_view(a, 1u << axis, &r.in);
  ms_lanes_view(out, 1u << axis, &r.out);
  MS_TRY(run_all(&r));
out:
  return status;
}

ms_status ms_lanes_list(const ms_lane_work *work, const ms_tensor *a, ms_axes axes,
                        int keep, size_t m, ms_tensor *out) {
  ms_status status = MS_OK;
  run r = {.work = work, .results = m};
  size_t shape[MS_MAX_DIMS + 1];
  ms_tensor kept;
  MS_TRY(ms_axes_check(a, axes));
  shape[0] = m;
  MS_TRY(
    ms_tensor_create_unset(1 + ms_reduced_shape(a, axes, keep, shape + 1), shape, out));
  r.kept = ms_lanes_view(a, axes, &r.in);
  ms_lanes_view(out, keep ? axes << 1 : 0, &kept); /* m, the places, those of extent 1 */
  kept.dims = r.kept + 1;
  ms_lanes_view(&kept, 1, &r.out);
  MS_TRY(run_all(&r));
out:
  return status;
}
