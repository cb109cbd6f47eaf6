#include "tensor/view.h"

#include "tensor/elementwise.h"

static ms_status check_axis(const ms_tensor *of, int axis) {
  ms_status status = MS_OK;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(axis >= 0 && axis < of->dims, MS_EARG, "axis %d of a tensor with %d dims",
           axis, of->dims);
out:
  return status;
}

ms_status ms_tensor_narrow(const ms_tensor *of, int axis, size_t first, size_t count,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  MS_TRY(check_axis(of, axis));
  MS_CHECK(first <= of->shape[axis] && count <= of->shape[axis] - first, MS_EARG,
           "%zu positions from %zu of an axis of size %zu", count, first,
           of->shape[axis]);
  ms_tensor_share(of, out);
  out->shape[axis] = count;
  if (count > 0) out->data += (ptrdiff_t)first * of->stride[axis];
out:
  return status;
}

ms_status ms_tensor_slice(const ms_tensor *of, int axis, size_t first, size_t count,
                          ptrdiff_t step, ms_tensor *out) {
  ms_status status = MS_OK;
  size_t room, stride = step < 0 ? 0 - (size_t)step : (size_t)step;
  MS_TRY(check_axis(of, axis));
  MS_CHECK(step != 0, MS_EARG, "a slice with a step of 0");
  if (count > 0) {
    MS_CHECK(first < of->shape[axis], MS_EARG, "position %zu of an axis of size %zu",
             first, of->shape[axis]);
    room = step > 0 ? of->shape[axis] - 1 - first : first;
    MS_CHECK(count - 1 <= room / stride, MS_EARG,
             "%zu positions from %zu by %td of an axis of size %zu", count, first, step,
             of->shape[axis]);
  }
  ms_tensor_share(of, out);
  out->shape[axis] = count;
  if (count > 0) out->data += (ptrdiff_t)first * of->stride[axis];
  if (count > 1) out->stride[axis] *= step;
out:
  return status;
}

ms_status ms_tensor_select(const ms_tensor *of, int axis, size_t index, ms_tensor *out) {
  ms_status status = MS_OK;
  MS_TRY(check_axis(of, axis));
  MS_CHECK(index < of->shape[axis], MS_EARG, "position %zu of an axis of size %zu", index,
           of->shape[axis]);
  ms_tensor_share(of, out);
  out->data += (ptrdiff_t)index * of->stride[axis];
  out->dims--;
  for (int i = axis; i < out->dims; i++) {
    out->shape[i] = of->shape[i + 1];
    out->stride[i] = of->stride[i + 1];
  }
out:
  return status;
}

ms_status ms_tensor_transpose(const ms_tensor *of, int a, int b, ms_tensor *out) {
  ms_status status = MS_OK;
  MS_TRY(check_axis(of, a));
  MS_TRY(check_axis(of, b));
  ms_tensor_share(of, out);
  out->shape[a] = of->shape[b];
  out->stride[a] = of->stride[b];
  out->shape[b] = of->shape[a];
  out->stride[b] = of->stride[a];
out:
  return status;
}

ms_status ms_tensor_permute(const ms_tensor *of, const int *order, ms_tensor *out) {
  ms_status status = MS_OK;
  unsigned seen = 0;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  for (int axis = 0; axis < of->dims; axis++) {
    MS_TRY(check_axis(of, order[axis]));
    MS_CHECK(!(seen >> order[axis] & 1), MS_EARG, "axis %d occurs twice", order[axis]);
    seen |= 1u << order[axis];
  }
  ms_tensor_share(of, out);
  for (int axis = 0; axis < of->dims; axis++) {
    out->shape[axis] = of->shape[order[axis]];
    out->stride[axis] = of->stride[order[axis]];
  }
out:
  return status;
}

ms_status ms_tensor_insert_axis(const ms_tensor *of, int axis, ms_tensor *out) {
  ms_status status = MS_OK;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(axis >= 0 && axis <= of->dims, MS_EARG, "axis %d of a tensor with %d dims",
           axis, of->dims);
  MS_CHECK(of->dims < MS_MAX_DIMS, MS_EARG, "a tensor has 0 to %d dims, not %d",
           MS_MAX_DIMS, of->dims + 1);
  ms_tensor_share(of, out);
  out->dims++;
  for (int i = axis + 1; i < out->dims; i++) {
    out->shape[i] = of->shape[i - 1];
    out->stride[i] = of->stride[i - 1];
  }
  out->shape[axis] = 1;
  out->stride[axis] = 1;
out:
  return status;
}

ms_status ms_tensor_diagonal(const ms_tensor *of, ptrdiff_t offset, ms_tensor *out) {
  ms_status status = MS_OK;
  size_t row = offset < 0 ? 0 - (size_t)offset : 0,
         column = offset > 0 ? (size_t)offset : 0;
  size_t rows, columns;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(of->dims == 2, MS_EARG, "a tensor with %d dims has no diagonal", of->dims);
  MS_CHECK(row <= of->shape[0] && column <= of->shape[1], MS_EARG,
           "diagonal %td lies outside of a %zux%zu matrix", offset, of->shape[0],
           of->shape[1]);
  rows = of->shape[0] - row;
  columns = of->shape[1] - column;
  ms_tensor_share(of, out);
  out->dims = 1;
  out->shape[0] = rows < columns ? rows : columns;
  out->stride[0] = of->stride[0] + of->stride[1];
  if (out->shape[0] > 0)
    out->data += (ptrdiff_t)row * of->stride[0] + (ptrdiff_t)column * of->stride[1];
out:
  return status;
}

ms_status ms_tensor_broadcast(const ms_tensor *of, int dims, const size_t *shape,
                              ms_tensor *out) {
  ms_status status = MS_OK;
  char from[MS_SHAPE_TEXT], to[MS_SHAPE_TEXT];
  int missing = dims - of->dims, fits = missing >= 0 && dims <= MS_MAX_DIMS;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  for (int axis = 0; fits && axis < of->dims; axis++)
    fits = of->shape[axis] == shape[missing + axis] || of->shape[axis] == 1;
  MS_CHECK(fits, MS_EARG, "shape %s does not broadcast to %s",
           ms_shape_text(of->dims, of->shape, from), ms_shape_text(dims, shape, to));
  ms_tensor_share(of, out);
  out->dims = dims;
  for (int axis = 0; axis < dims; axis++) {
    int own = axis - missing;
    out->shape[axis] = shape[axis];
    out->stride[axis] = own >= 0 && of->shape[own] == shape[axis] ? of->stride[own] : 0;
  }
out:
  return status;
}

ms_status ms_tensor_meshgrid(size_t count, const ms_tensor *const *parts, size_t part,
                             ms_tensor *out) {
  ms_status status = MS_OK;
  char text[MS_SHAPE_TEXT];
  size_t shape[MS_MAX_DIMS] = {0}, total;
  MS_CHECK(count <= MS_MAX_DIMS, MS_EARG, "a grid of %zu axes, expected at most %d",
           count, MS_MAX_DIMS);
  for (size_t i = 0; i < count; i++) {
    MS_CHECK(parts[i]->storage != NULL, MS_EARG, "part %zu is closed", i + 1);
    MS_CHECK(parts[i]->dims == 1, MS_EARG, "part %zu has shape %s, expected one axis",
             i + 1, ms_shape_text(parts[i]->dims, parts[i]->shape, text));
    shape[i] = parts[i]->shape[0];
  }
  MS_TRY(ms_shape_count((int)count, shape, &total));
  ms_tensor_share(parts[part], out);
  out->dims = (int)count;
  for (size_t i = 0; i < count; i++) {
    out->shape[i] = shape[i];
    out->stride[i] = i == part ? parts[part]->stride[0] : 0;
  }
out:
  return status;
}

ms_status ms_broadcast_shape(const ms_tensor *a, const ms_tensor *b, int *dims,
                             size_t shape[MS_MAX_DIMS]) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  int count = a->dims > b->dims ? a->dims : b->dims;
  for (int axis = count - 1; axis >= 0; axis--) {
    int i = axis - (count - a->dims), j = axis - (count - b->dims);
    size_t m = i >= 0 ? a->shape[i] : 1, n = j >= 0 ? b->shape[j] : 1;
    MS_CHECK(m == n || m == 1 || n == 1, MS_EARG, "shapes %s and %s do not broadcast",
             ms_shape_text(a->dims, a->shape, left),
             ms_shape_text(b->dims, b->shape, right));
    shape[axis] = m == 1 ? n : m;
  }
  *dims = count;
out:
  return status;
}

ms_status ms_broadcast_shape3(const ms_tensor *a, const ms_tensor *b, const ms_tensor *c,
                              int *dims, size_t shape[MS_MAX_DIMS]) {
  ms_status status = MS_OK;
  ms_tensor both = {0}; /* only its shape */
  MS_TRY(ms_broadcast_shape(a, b, &both.dims, both.shape));
  MS_TRY(ms_broadcast_shape(&both, c, dims, shape));
out:
  return status;
}

/* Neighbouring axes that lie evenly in memory become one; axes of extent 1 vanish. */
static int merge_axes(const ms_tensor *of, size_t *extent, ptrdiff_t *step) {
  int groups = 0;
  for (int axis = 0; axis < of->dims; axis++) {
    if (of->shape[axis] == 1) continue;
    if (groups > 0 && step[groups - 1] == (ptrdiff_t)of->shape[axis] * of->stride[axis]) {
      extent[groups - 1] *= of->shape[axis];
      step[groups - 1] = of->stride[axis];
      continue;
    }
    extent[groups] = of->shape[axis];
    step[groups++] = of->stride[axis];
  }
  return groups;
}

/*
** The new axes, last one first, must each divide what is left of the current merged axis.
*/
int ms_tensor_reshape_view(const ms_tensor *of, int dims, const size_t *shape,
                           ms_tensor *out) {
  size_t extent[MS_MAX_DIMS], left = 1;
  ptrdiff_t step[MS_MAX_DIMS], stride[MS_MAX_DIMS], at = 1;
  int empty = ms_tensor_count(of) == 0, group = empty ? 0 : merge_axes(of, extent, step);
  for (int axis = dims - 1; axis >= 0; axis--) {
    stride[axis] = at;
    if (empty || shape[axis] == 1) continue;
    if (left == 1) {
      if (group == 0) return 0;
      left = extent[--group];
      at = step[group];
    }
    if (left % shape[axis] != 0) return 0;
    stride[axis] = at;
    at *= (ptrdiff_t)shape[axis];
    left /= shape[axis];
  }
  ms_tensor_share(of, out);
  out->dims = dims;
  for (int axis = 0; axis < dims; axis++) {
    out->shape[axis] = shape[axis];
    out->stride[axis] = stride[axis];
  }
  return 1;
}

ms_status ms_tensor_reshape(const ms_tensor *of, int dims, const size_t *shape,
                            ms_tensor *out) {
  ms_status status = MS_OK;
  char from[MS_SHAPE_TEXT], to[MS_SHAPE_TEXT];
  ms_tensor copy = {0};
  size_t count;
  MS_CHECK(of->storage != NULL, MS_EARG, "the tensor is closed");
  MS_TRY(ms_shape_count(dims, shape, &count));
  MS_CHECK(count == ms_tensor_count(of), MS_EARG,
           "shape %s does not hold the elements of %s", ms_shape_text(dims, shape, to),
           ms_shape_text(of->dims, of->shape, from));
  if (!ms_tensor_reshape_view(of, dims, shape, out)) {
    MS_TRY(ms_tensor_clone(of, &copy));
    ms_tensor_reshape_view(&copy, dims, shape, out);
  }
out:
  ms_tensor_release(&copy);
  return status;
}
