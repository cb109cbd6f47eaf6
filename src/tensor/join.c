#include "tensor/join.h"

#include "base/alloc.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <string.h>

/* Copies 'part' to the positions of out's 'axis' from 'first' on. */
static ms_status put_part(const ms_tensor *part, int axis, size_t first, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor place = {0};
  MS_TRY(ms_tensor_narrow(out, axis, first, part->shape[axis], &place));
  MS_TRY(ms_tensor_copy(part, &place));
out:
  ms_tensor_release(&place);
  return status;
}

ms_status ms_tensor_concat(size_t count, const ms_tensor *const *parts, int axis,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  size_t shape[MS_MAX_DIMS], at = 0;
  MS_CHECK(count > 0, MS_EARG, "no tensors to concatenate");
  MS_CHECK(axis >= 0 && axis < parts[0]->dims, MS_EARG,
           "axis %d of a tensor with %d dims", axis, parts[0]->dims);
  memcpy(shape, parts[0]->shape, sizeof shape);
  shape[axis] = 0;
  for (size_t k = 0; k < count; k++) {
    int fits = parts[k]->storage != NULL && parts[k]->dims == parts[0]->dims;
    for (int i = 0; fits && i < parts[0]->dims; i++)
      fits = i == axis || parts[k]->shape[i] == parts[0]->shape[i];
    MS_CHECK(fits, MS_EARG,
             "part %zu has shape %s, which does not continue %s along axis %d", k + 1,
             ms_shape_text(parts[k]->dims, parts[k]->shape, right),
             ms_shape_text(parts[0]->dims, parts[0]->shape, left), axis + 1);
    shape[axis] += parts[k]->shape[axis];
  }
  MS_TRY(ms_tensor_create_unset(parts[0]->dims, shape, out));
  for (size_t k = 0; k < count; k++) {
    MS_TRY(put_part(parts[k], axis, at, out));
    at += parts[k]->shape[axis];
  }
out:
  return status;
}

ms_status ms_tensor_stack(size_t count, const ms_tensor *const *parts, int axis,
                          ms_tensor *out) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  ms_tensor grown = {0}, place = {0};
  MS_CHECK(count > 0, MS_EARG, "no tensors to stack");
  for (size_t k = 0; k < count; k++)
    MS_CHECK(parts[k]->storage != NULL && ms_tensor_same_shape(parts[k], parts[0]),
             MS_EARG, "part %zu has shape %s, the first has %s", k + 1,
             ms_shape_text(parts[k]->dims, parts[k]->shape, left),
             ms_shape_text(parts[0]->dims, parts[0]->shape, right));
  MS_TRY(ms_tensor_insert_axis(parts[0], axis, &grown));
  grown.shape[axis] = count;
  MS_TRY(ms_tensor_create_unset(grown.dims, grown.shape, out));
  for (size_t k = 0; k < count; k++) {
    MS_TRY(ms_tensor_select(out, axis, k, &place));
    MS_TRY(ms_tensor_copy(parts[k], &place));
    ms_tensor_release(&place);
  }
out:
  ms_tensor_release(&grown);
  ms_tensor_release(&place);
  return status;
}

/*
** The first 'length' positions of 'axis' over and over; each copy doubles what is there.
*/
static ms_status repeat_start(ms_tensor *of, int axis, size_t length) {
  ms_status status = MS_OK;
  ms_tensor start = {0};
  size_t extent = of->shape[axis];
  for (size_t done = length; done < extent; done *= 2) {
    size_t more = extent - done < done ? extent - done : done;
    MS_TRY(ms_tensor_narrow(of, axis, 0, more, &start));
    MS_TRY(put_part(&start, axis, done, of));
    ms_tensor_release(&start);
  }
out:
  ms_tensor_release(&start);
  return status;
}

ms_status ms_tensor_tile(const ms_tensor *of, int dims, const size_t *times,
                         ms_tensor *out) {
  ms_status status = MS_OK;
  size_t from[MS_MAX_DIMS], shape[MS_MAX_DIMS];
  ms_tensor corner = {0}, smaller = {0};
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(dims >= of->dims && dims <= MS_MAX_DIMS, MS_EARG,
           "a tensor with %d dims repeated along %d", of->dims, dims);
  for (int axis = 0; axis < dims; axis++) {
    int own = axis - (dims - of->dims);
    from[axis] = own < 0 ? 1 : of->shape[own];
    MS_CHECK(ms_mul_size(from[axis], times[axis], &shape[axis]), MS_ENOMEM,
             "axis %d has more elements than can be addressed", axis + 1);
  }
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  if (ms_tensor_count(out) == 0) goto out;
  ms_tensor_share(out, &corner);
  for (int axis = 0; axis < dims; axis++) {
    MS_TRY(ms_tensor_narrow(&corner, axis, 0, from[axis], &smaller));
    ms_tensor_release(&corner);
    corner = smaller;
    memset(&smaller, 0, sizeof smaller);
  }
  MS_TRY(ms_tensor_copy(of, &corner));
  for (int axis = dims - 1; axis >= 0; axis--) { /* the corner grows axis by axis */
    ms_tensor whole = corner;
    whole.shape[axis] = shape[axis];
    MS_TRY(repeat_start(&whole, axis, from[axis]));
    corner.shape[axis] = shape[axis];
  }
out:
  ms_tensor_release(&corner);
  ms_tensor_release(&smaller);
  return status;
}

ms_status ms_tensor_repeat(const ms_tensor *of, int axis, size_t times, ms_tensor *out) {
  ms_status status = MS_OK;
  size_t shape[MS_MAX_DIMS];
  ms_tensor apart = {0}, repeated = {0};
  MS_CHECK(axis >= 0 && axis < of->dims, MS_EARG, "axis %d of a tensor with %d dims",
           axis, of->dims);
  MS_TRY(ms_tensor_insert_axis(of, axis + 1, &apart));
  apart.shape[axis + 1] = times;
  apart.stride[axis + 1] = 0;
  memcpy(shape, of->shape, sizeof shape);
  MS_CHECK(ms_mul_size(of->shape[axis], times, &shape[axis]), MS_ENOMEM,
           "axis %d has more elements than can be addressed", axis + 1);
  MS_TRY(ms_tensor_clone(&apart, &repeated));
  MS_TRY(ms_tensor_reshape(&repeated, of->dims, shape, out));
out:
  ms_tensor_release(&apart);
  ms_tensor_release(&repeated);
  return status;
}

ms_status ms_tensor_roll(const ms_tensor *of, int axis, ptrdiff_t shift, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor head = {0}, tail = {0};
  size_t extent, by;
  MS_CHECK(axis >= 0 && axis < of->dims, MS_EARG, "axis %d of a tensor with %d dims",
           axis, of->dims);
  MS_TRY(ms_tensor_create_unset(of->dims, of->shape, out));
  extent = of->shape[axis];
  if (extent == 0) goto out;
  by = shift >= 0 ? (size_t)shift % extent : extent - 1 - (size_t)(-(shift + 1)) % extent;
  MS_TRY(ms_tensor_narrow(of, axis, 0, extent - by, &head));
  MS_TRY(ms_tensor_narrow(of, axis, extent - by, by, &tail));
  MS_TRY(put_part(&head, axis, by, out));
  MS_TRY(put_part(&tail, axis, 0, out));
out:
  ms_tensor_release(&head);
  ms_tensor_release(&tail);
  return status;
}

/* Fills with 0 the columns of row i that 'upper' says, in all matrices at once. */
static ms_status keep_triangle(int upper, ptrdiff_t offset, ms_tensor *tensor) {
  ms_status status = MS_OK;
  ms_tensor row = {0}, part = {0};
  int rows = tensor->dims - 2;
  ptrdiff_t columns;
  MS_CHECK(tensor->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(rows >= 0, MS_EARG, "a tensor with %d dims is no matrix", tensor->dims);
  MS_TRY(ms_tensor_check_output(tensor));
  columns = (ptrdiff_t)tensor->shape[rows + 1];
  if (offset > columns) offset = columns; /* the same, and the sum cannot overflow */
  for (size_t i = 0; i < tensor->shape[rows]; i++) {
    ptrdiff_t edge = (ptrdiff_t)i + offset + (upper ? 0 : 1); /* the first on its right */
    edge = edge < 0 ? 0 : edge > columns ? columns : edge;
    MS_TRY(ms_tensor_select(tensor, rows, i, &row));
    MS_TRY(ms_tensor_narrow(&row, rows, upper ? 0 : (size_t)edge,
                            (size_t)(upper ? edge : columns - edge), &part));
    ms_tensor_fill(0, &part);
    ms_tensor_release(&row);
    ms_tensor_release(&part);
  }
out:
  ms_tensor_release(&row);
  ms_tensor_release(&part);
  return status;
}

ms_status ms_tensor_keep_upper(ptrdiff_t offset, ms_tensor *tensor) {
  return keep_triangle(1, offset, tensor);
}

ms_status ms_tensor_keep_lower(ptrdiff_t offset, ms_tensor *tensor) {
  return keep_triangle(0, offset, tensor);
}
