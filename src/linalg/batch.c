#include "linalg/batch.h"

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

/*
** What stands for the matrices of an operand where there is none: the identity, which
** every function can take, or a vector of zeros.
*/
static ms_status stand_in(const ms_tensor *of, ms_tensor *out) {
  ms_status status = MS_OK;
  int leading = leading_axes(of), dims = of->dims - leading;
  const size_t *shape = of->shape + leading;
  MS_TRY(ms_tensor_create(dims, shape, out));
  for (size_t i = 0; dims == 2 && i < shape[0] && i < shape[1]; i++)
    out->data[i * shape[1] + i] = 1;
out:
  return status;
}

/* No results of the right shape: those of the stand-ins say which. */
static ms_status run_none(const ms_batch *batch, const ms_tensor *const *in, int dims,
                          const size_t *shape, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor operands[MS_BATCH_MOST] = {{0}}, one[MS_BATCH_MOST] = {{0}},
            all[MS_BATCH_MOST] = {{0}};
  for (int k = 0; k < batch->operands; k++) MS_TRY(stand_in(in[k], &operands[k]));
  MS_TRY(batch->run(batch->arg, operands, one));
  for (int r = 0; r < batch->results; r++)
    MS_TRY(make_room(&one[r], dims, shape, &all[r]));
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
