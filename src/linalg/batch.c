#include "linalg/batch.h"

#include "base/alloc.h"
#include "tensor/elementwise.h"

#include <stdio.h>
#include <string.h>

static int leading_axes(const ms_tensor *t) {
  return t->dims > 2 ? t->dims - 2 : 0;
}

ms_status ms_batch_axes(int operands, const ms_tensor *const *in, int *dims,
                        size_t shape[MS_MAX_DIMS]) {
  ms_status status = MS_OK;
  *dims = 0;
  for (int k = 0; k < operands; k++)
    if (leading_axes(in[k]) > *dims) *dims = leading_axes(in[k]);
  for (int axis = 0; axis < *dims; axis++) {
    shape[axis] = 1;
    for (int k = 0; k < operands; k++) {
      int own = axis - (*dims - leading_axes(in[k]));
      size_t extent = own >= 0 ? in[k]->shape[own] : 1;
      MS_CHECK(extent == shape[axis] || extent == 1 || shape[axis] == 1, MS_EARG,
               "%zu and %zu matrices along axis %d do not broadcast", shape[axis], extent,
               axis + 1);
      if (extent != 1) shape[axis] = extent;
    }
  }
out:
  return status;
}

ptrdiff_t ms_batch_offset(const ms_tensor *of, int dims, const size_t *shape,
                          size_t index) {
  ptrdiff_t offset = 0;
  int axis = leading_axes(of) - 1;
  for (int k = dims - 1; k >= 0 && axis >= 0; k--, axis--) {
    if (of->shape[axis] > 1) offset += (ptrdiff_t)(index % shape[k]) * of->stride[axis];
    index /= shape[k];
  }
  return offset;
}

/* The index-th matrix: a view that shares nothing. */
static ms_tensor matrix_at(const ms_tensor *of, int dims, const size_t *shape,
                           size_t index) {
  ms_tensor view = *of;
  view.data += ms_batch_offset(of, dims, shape, index);
  if (of->dims <= 2) return view;
  view.dims = 2;
  memcpy(view.shape, of->shape + of->dims - 2, 2 * sizeof *view.shape);
  memcpy(view.stride, of->stride + of->dims - 2, 2 * sizeof *view.stride);
  return view;
}

/* Room for all results of the kind of this one. */
static ms_status make_room(const ms_tensor *one, int dims, const size_t *shape,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  size_t all[2 * MS_MAX_DIMS];
  memcpy(all, shape, (size_t)dims * sizeof *all);
  memcpy(all + dims, one->shape, (size_t)one->dims * sizeof *all);
  MS_TRY(ms_tensor_create_unset(dims + one->dims, all, out));
out:
  return status;
}

/* The same failure, with the matrix that it is about. */
static ms_status fail_at(ms_status status, size_t index, size_t count) {
  char text[512];
  snprintf(text, sizeof text, "%s", ms_message());
  return ms_fail(status, "matrix %zu of %zu: %s", index + 1, count, text);
}

/* {=== no matrices at all === */

/*
** Where there are no matrices, stand-ins tell the shapes of the results. Large ones would
** cost workspace, so that extents from 2 on are then written as primes in the same order.
** The extents of a result are extents of operands or products of these, which the prime
** factors tell.
*/
typedef struct extents {
  size_t known[2 * MS_BATCH_MOST]; /* ascending; the i-th is the i-th prime */
  int count;                       /* 0: all are as they are */
} extents;

static const size_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19};

enum { SMALL = 64 }; /* extents up to here are as they are */

static void add_extent(extents *e, size_t extent) {
  int at = e->count;
  for (int i = 0; i < e->count; i++)
    if (e->known[i] == extent) return;
  if (extent < 2) return;
  for (; at > 0 && e->known[at - 1] > extent; at--) e->known[at] = e->known[at - 1];
  e->known[at] = extent;
  e->count++;
}

static extents list_extents(int operands, const ms_tensor *const *in) {
  extents e = {.count = 0};
  for (int k = 0; k < operands; k++)
    for (int axis = leading_axes(in[k]); axis < in[k]->dims; axis++)
      add_extent(&e, in[k]->shape[axis]);
  if (e.count > 0 && e.known[e.count - 1] <= SMALL) e.count = 0;
  return e;
}

static size_t reduced(const extents *e, size_t extent) {
  for (int i = 0; i < e->count; i++)
    if (e->known[i] == extent) return primes[i];
  return extent;
}

/* 0 if it is too large for a size, as it is then for a tensor. */
static int restore(const extents *e, size_t *extent) {
  size_t rest = *extent, product = 1;
  if (e->count == 0 || rest == 0) return 1;
  for (int i = 0; i < e->count; i++)
    for (; rest % primes[i] == 0; rest /= primes[i])
      if (!ms_mul_size(product, e->known[i], &product)) return 0;
  *extent = product;
  return 1;
}

/*
** What stands for the matrices of an operand: the identity, which every function can
** take, or a vector of zeros.
*/
static ms_status stand_in(const ms_tensor *of, const extents *e, ms_tensor *out) {
  ms_status status = MS_OK;
  int leading = leading_axes(of), dims = of->dims - leading;
  size_t shape[2] = {0, 0};
  for (int axis = 0; axis < dims; axis++)
    shape[axis] = reduced(e, of->shape[leading + axis]);
  MS_TRY(ms_tensor_create(dims, shape, out));
  for (size_t i = 0; dims == 2 && i < shape[0] && i < shape[1]; i++)
    out->data[i * shape[1] + i] = 1;
out:
  return status;
}

/* A failure of reduced stand-ins, whose own message would tell their shapes. */
static ms_status fail_reduced(ms_status status, int operands,
                              const ms_tensor *const *in) {
  char first[MS_SHAPE_TEXT], second[MS_SHAPE_TEXT];
  int two = operands > 1;
  ms_shape_text(in[0]->dims, in[0]->shape, first);
  if (two) ms_shape_text(in[1]->dims, in[1]->shape, second);
  return ms_fail(status, "there is no result for shape %s%s%s", first, two ? " and " : "",
                 two ? second : "");
}

/* No results of the right shape: those of the stand-ins say which. */
static ms_status run_none(const ms_batch *batch, const ms_tensor *const *in, int dims,
                          const size_t *shape, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor operands[MS_BATCH_MOST] = {{0}}, one[MS_BATCH_MOST] = {{0}},
            all[MS_BATCH_MOST] = {{0}};
  extents e = list_extents(batch->operands, in);
  for (int k = 0; k < batch->operands; k++) MS_TRY(stand_in(in[k], &e, &operands[k]));
  status = batch->run(batch->arg, operands, one);
  if (status != MS_OK && e.count > 0) status = fail_reduced(status, batch->operands, in);
  MS_TRY(status);
  for (int r = 0; r < batch->results; r++) {
    for (int axis = 0; axis < one[r].dims; axis++)
      MS_CHECK(restore(&e, &one[r].shape[axis]), MS_ENOMEM, "the results are too large");
    MS_TRY(make_room(&one[r], dims, shape, &all[r]));
  }
  memcpy(out, all, (size_t)batch->results * sizeof *out);
  memset(all, 0, sizeof all);
out:
  for (int k = 0; k < MS_BATCH_MOST; k++) {
    ms_tensor_release(&operands[k]);
    ms_tensor_release(&one[k]);
    ms_tensor_release(&all[k]);
  }
  return status;
}

/* }=== */

ms_status ms_batch_run(const ms_batch *batch, const ms_tensor *const *in,
                       ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor views[MS_BATCH_MOST], one[MS_BATCH_MOST] = {{0}}, all[MS_BATCH_MOST] = {{0}};
  size_t shape[MS_MAX_DIMS], count = 1;
  int dims = 0;
  MS_TRY(ms_batch_axes(batch->operands, in, &dims, shape));
  for (int k = 0; k < dims; k++) count *= shape[k];
  if (count == 0) {
    MS_TRY(run_none(batch, in, dims, shape, out));
    return MS_OK;
  }
  for (size_t i = 0; i < count; i++) {
    for (int k = 0; k < batch->operands; k++) views[k] = matrix_at(in[k], dims, shape, i);
    status = batch->run(batch->arg, views, dims == 0 ? out : one);
    if (status != MS_OK && dims > 0) status = fail_at(status, i, count);
    if (status != MS_OK || dims == 0) goto out;
    for (int r = 0; r < batch->results; r++) {
      if (i == 0) MS_TRY(make_room(&one[r], dims, shape, &all[r]));
      ms_tensor_read(&one[r], all[r].data + i * ms_tensor_count(&one[r]));
      ms_tensor_release(&one[r]);
    }
  }
  memcpy(out, all, (size_t)batch->results * sizeof *out);
  memset(all, 0, sizeof all);
out:
  for (int r = 0; r < batch->results; r++) {
    ms_tensor_release(&one[r]);
    ms_tensor_release(&all[r]);
  }
  return status;
}
