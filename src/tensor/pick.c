#include "tensor/pick.h"

#include "base/alloc.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"
#include "tensor/walk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* {=== masks === */

static ms_status check_mask(const ms_tensor *a, const ms_tensor *mask) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  int fits = (mask->dims >= 1 || a->dims == 0) && mask->dims <= a->dims;
  MS_CHECK(a->storage != NULL && mask->storage != NULL, MS_EARG, "an operand is closed");
  for (int axis = 0; fits && axis < mask->dims; axis++)
    fits = mask->shape[axis] == a->shape[axis];
  MS_CHECK(
    fits, MS_EARG,
    "a mask of shape %s does not fit a tensor of shape %s (its first axes, or all)",
    ms_shape_text(mask->dims, mask->shape, left),
    ms_shape_text(a->dims, a->shape, right));
out:
  return status;
}

/* How many elements are true, NaN among them; 'nans' != NULL: how many are NaN. */
static size_t count_true(const ms_tensor *mask, size_t *nans) {
  size_t count = 0, undefined = 0;
  ms_walk walk;
  ms_walk_start(&walk, 1, &mask, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    for (size_t i = 0; i < n; i++) {
      double x = walk.at[0][i];
      count += x != 0;
      undefined += x != x;
    }
  if (nans != NULL) *nans = undefined;
  return count;
}

/* The failure of a mask that has a NaN, with its position as Lua counts. */
static ms_status fail_at_nan(const ms_tensor *mask) {
  size_t place = 0, index[MS_MAX_DIMS];
  char text[MS_SHAPE_TEXT];
  int length = 0, found = 0;
  ms_walk walk;
  ms_walk_start(&walk, 1, &mask, -1, 0);
  for (size_t n; !found && (n = ms_walk_next(&walk)) > 0;)
    for (size_t i = 0; !found && i < n; i++) {
      found = isnan(walk.at[0][i]);
      place += !found;
    }
  for (int axis = mask->dims - 1; axis >= 0; axis--) {
    index[axis] = place % mask->shape[axis] + 1;
    place /= mask->shape[axis];
  }
  for (int axis = 0; axis < mask->dims; axis++)
    length += snprintf(text + length, sizeof text - (size_t)length,
                       axis == 0 ? "%zu" : ", %zu", index[axis]);
  return ms_fail(MS_EARG, "a mask has NaN at {%s}, expected 0 or another number", text);
}

/* Shape of what the mask picks, and its dims. */
static ms_status picked_shape(const ms_tensor *a, const ms_tensor *mask, int *dims,
                              size_t *shape) {
  ms_status status = MS_OK;
  int rest = a->dims - mask->dims;
  size_t nans;
  MS_TRY(check_mask(a, mask));
  shape[0] = count_true(mask, &nans);
  if (nans > 0) MS_TRY(fail_at_nan(mask));
  memcpy(shape + 1, a->shape + mask->dims, (size_t)rest * sizeof *shape);
  *dims = rest + 1;
out:
  return status;
}

/* *places (ms_free it) = the row-major numbers of the true elements. */
static ms_status true_places(const ms_tensor *mask, size_t count, size_t **places) {
  ms_status status = MS_OK;
  size_t at = 0, found = 0;
  ms_walk walk;
  MS_TRY(ms_alloc(count, sizeof **places, "places of a mask", places));
  ms_walk_start(&walk, 1, &mask, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; at += n)
    for (size_t i = 0; i < n; i++)
      if (walk.at[0][i] != 0) (*places)[found++] = at + i;
out:
  return status;
}

/*
** Elements of 'a' where the mask, of its shape, is true. No branch depends on the mask.
*/
static void pick_elements(const ms_tensor *a, const ms_tensor *mask, double *to) {
  const ms_tensor *tensors[] = {a, mask};
  double kept[MS_WALK_PIECE + 1];
  ms_walk walk;
  ms_walk_start(&walk, 2, tensors, -1, MS_WALK_PIECE);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
      kept[found] = walk.at[0][i];
      found += walk.at[1][i] != 0;
    }
    memcpy(to, kept, found * sizeof *to);
    to += found;
  }
}

/*
** The part of 'a' at row-major place 'number' of its first 'axes' axes; shares nothing.
*/
static ms_tensor part_at(const ms_tensor *a, int axes, size_t number) {
  ms_tensor part = *a;
  for (int axis = axes - 1; axis >= 0; axis--) {
    part.data += (ptrdiff_t)(number % a->shape[axis]) * a->stride[axis];
    number /= a->shape[axis];
  }
  part.dims -= axes;
  memmove(part.shape, a->shape + axes, (size_t)part.dims * sizeof *part.shape);
  memmove(part.stride, a->stride + axes, (size_t)part.dims * sizeof *part.stride);
  return part;
}

ms_status ms_tensor_pick(const ms_tensor *a, const ms_tensor *mask, ms_tensor *out) {
  ms_status status = MS_OK;
  size_t shape[MS_MAX_DIMS], *places = NULL, size = 1;
  int dims;
  MS_TRY(picked_shape(a, mask, &dims, shape));
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  if (dims == 1) {
    pick_elements(a, mask, out->data);
    return MS_OK;
  }
  for (int axis = 1; axis < dims; axis++) size *= shape[axis];
  MS_TRY(true_places(mask, shape[0], &places));
  for (size_t i = 0; i < shape[0]; i++) {
    ms_tensor part = part_at(a, mask->dims, places[i]);
    ms_tensor_read(&part, out->data + i * size);
  }
out:
  ms_free(places);
  return status;
}

/*
** Parts of several elements are copied one by one. Single elements are spread out first:
** all of 'a' is then chosen between its old and its new elements.
*/
static ms_status set_elements(const ms_tensor *values, const ms_tensor *mask,
                              size_t count, ms_tensor *a) {
  ms_status status = MS_OK;
  ms_tensor list = {0}, plain = {0}, spread = {0};
  const double *from;
  double *to;
  ms_walk walk;
  MS_TRY(ms_tensor_broadcast(values, 1, &count, &list));
  MS_TRY(ms_tensor_clone(&list, &plain));
  MS_TRY(ms_tensor_create(a->dims, a->shape, &spread));
  from = plain.data;
  to = spread.data;
  ms_walk_start(&walk, 1, &mask, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; to += n)
    for (size_t i = 0; i < n; i++)
      if (walk.at[0][i] != 0) to[i] = *from++;
  MS_TRY(ms_tensor_map3(ms_where_kernel, mask, &spread, a, a));
out:
  ms_tensor_release(&list);
  ms_tensor_release(&plain);
  ms_tensor_release(&spread);
  return status;
}

/* The mask with axes of extent 1 for those that it does not have. */
static ms_tensor widened(const ms_tensor *mask, int dims) {
  ms_tensor wide = *mask;
  for (; wide.dims < dims; wide.dims++) {
    wide.shape[wide.dims] = 1;
    wide.stride[wide.dims] = 1;
  }
  return wide;
}

ms_status ms_tensor_pick_set(const ms_tensor *values, const ms_tensor *mask,
                             ms_tensor *a) {
  ms_status status = MS_OK;
  size_t shape[MS_MAX_DIMS], *places = NULL;
  ms_tensor list = {0}, plain = {0};
  int dims;
  MS_TRY(picked_shape(a, mask, &dims, shape));
  MS_TRY(ms_tensor_check_output(a));
  MS_CHECK(values->storage != NULL, MS_EARG, "the new value is closed");
  if (ms_tensor_count(values) == 1 && values->dims <= dims) {
    ms_tensor wide = widened(mask, a->dims), number = *values;
    number.dims = 0;
    MS_TRY(ms_tensor_map3(ms_where_kernel, &wide, &number, a, a));
    goto out;
  }
  if (dims == 1) {
    MS_TRY(set_elements(values, mask, shape[0], a));
    goto out;
  }
  MS_TRY(ms_tensor_broadcast(values, dims, shape, &list));
  MS_TRY(ms_tensor_clone(&list, &plain)); /* the values may lie in 'a' */
  MS_TRY(true_places(mask, shape[0], &places));
  for (size_t i = 0; i < shape[0]; i++) {
    ms_tensor to = part_at(a, mask->dims, places[i]), from = part_at(&plain, 1, i);
    MS_TRY(ms_tensor_copy(&from, &to));
  }
out:
  ms_free(places);
  ms_tensor_release(&list);
  ms_tensor_release(&plain);
  return status;
}

ms_status ms_tensor_nonzero(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  size_t shape[2], *places = NULL;
  MS_CHECK(a->storage != NULL, MS_EARG, "the tensor is closed");
  shape[0] = count_true(a, NULL);
  shape[1] = (size_t)a->dims;
  MS_TRY(ms_tensor_create_unset(2, shape, out));
  MS_TRY(true_places(a, shape[0], &places));
  for (size_t i = 0; i < shape[0]; i++)
    for (int axis = a->dims - 1; axis >= 0; axis--) {
      out->data[i * shape[1] + (size_t)axis] = (double)(places[i] % a->shape[axis] + 1);
      places[i] /= a->shape[axis];
    }
out:
  ms_free(places);
  return status;
}

/* }=== */

/* {=== positions === */

/* *out (ms_free it) = the positions, counted from 0, in row-major order. */
static ms_status read_positions(const ms_tensor *positions, size_t extent, int axis,
                                size_t **out) {
  ms_status status = MS_OK;
  size_t at = 0;
  ms_walk walk;
  MS_CHECK(positions->storage != NULL, MS_EARG, "an operand is closed");
  MS_TRY(ms_alloc(ms_tensor_count(positions), sizeof **out, "positions", out));
  ms_walk_start(&walk, 1, &positions, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; at += n)
    for (size_t i = 0; i < n; i++) {
      double x = walk.at[0][i], from = x < 0 ? x + (double)extent : x - 1;
      MS_CHECK(x != 0 && from >= 0 && from < (double)extent && from == floor(from),
               MS_EARG,
               "position %.10g (number %zu) on axis %d, expected 1..%zu or -%zu..-1", x,
               at + i + 1, axis + 1, extent, extent);
      (*out)[at + i] = (size_t)from;
    }
out:
  return status;
}

static ms_status check_axis(const ms_tensor *a, int axis) {
  ms_status status = MS_OK;
  MS_CHECK(a->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(axis >= 0 && axis < a->dims, MS_EARG, "axis %d of a tensor with %d dims", axis,
           a->dims);
out:
  return status;
}

ms_status ms_tensor_take(const ms_tensor *a, int axis, const ms_tensor *positions,
                         ms_tensor *out) {
  ms_status status = MS_OK;
  size_t shape[MS_MAX_DIMS], *places = NULL, outer = 1, inner = 1, count;
  ms_tensor plain = {0};
  MS_TRY(check_axis(a, axis));
  MS_CHECK(positions->dims == 1, MS_EARG, "positions with %d dims, expected 1",
           positions->dims);
  MS_TRY(read_positions(positions, a->shape[axis], axis, &places));
  count = positions->shape[0];
  memcpy(shape, a->shape, sizeof shape);
  shape[axis] = count;
  MS_TRY(ms_tensor_create_unset(a->dims, shape, out));
  for (int i = 0; i < axis; i++) outer *= a->shape[i];
  for (int i = axis + 1; i < a->dims; i++) inner *= a->shape[i];
  if (ms_tensor_is_contiguous(a))
    ms_tensor_share(a, &plain);
  else
    MS_TRY(ms_tensor_clone(a, &plain));
  for (size_t o = 0; o < outer; o++) {
    const double *from = plain.data + o * a->shape[axis] * inner;
    double *to = out->data + o * count * inner;
    for (size_t i = 0; i < count; i++) {
      if (inner == 1)
        to[i] = from[places[i]];
      else
        memcpy(to + i * inner, from + places[i] * inner, inner * sizeof *to);
    }
  }
out:
  ms_free(places);
  ms_tensor_release(&plain);
  return status;
}

ms_status ms_tensor_put(const ms_tensor *values, int axis, const ms_tensor *positions,
                        int add, ms_tensor *a) {
  ms_status status = MS_OK;
  size_t shape[MS_MAX_DIMS], *places = NULL;
  ms_tensor list = {0}, plain = {0};
  MS_TRY(check_axis(a, axis));
  MS_TRY(ms_tensor_check_output(a));
  MS_CHECK(positions->dims == 1, MS_EARG, "positions with %d dims, expected 1",
           positions->dims);
  MS_TRY(read_positions(positions, a->shape[axis], axis, &places));
  memcpy(shape, a->shape, sizeof shape);
  shape[axis] = positions->shape[0];
  MS_TRY(ms_tensor_broadcast(values, a->dims, shape, &list));
  MS_TRY(ms_tensor_clone(&list, &plain)); /* the values may lie in 'a' */
  for (size_t i = 0; i < shape[axis]; i++) {
    ms_tensor to = *a, from = plain;
    to.shape[axis] = from.shape[axis] = 1;
    to.data += (ptrdiff_t)places[i] * a->stride[axis];
    from.data += (ptrdiff_t)i * plain.stride[axis];
    if (a->dims == 1)
      *to.data = add ? *to.data + *from.data : *from.data;
    else if (add)
      MS_TRY(ms_tensor_map2(ms_add_kernel, &to, &from, &to));
    else
      MS_TRY(ms_tensor_copy(&from, &to));
  }
out:
  ms_free(places);
  ms_tensor_release(&list);
  ms_tensor_release(&plain);
  return status;
}

ms_status ms_tensor_gather(const ms_tensor *a, int axis, const ms_tensor *positions,
                           ms_tensor *out) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  size_t *places = NULL, count = ms_tensor_count(positions), index[MS_MAX_DIMS] = {0};
  int fits = positions->dims == a->dims;
  MS_TRY(check_axis(a, axis));
  for (int i = 0; fits && i < a->dims; i++)
    fits = i == axis || positions->shape[i] == a->shape[i];
  MS_CHECK(fits, MS_EARG, "positions of shape %s, expected %s except along axis %d",
           ms_shape_text(positions->dims, positions->shape, left),
           ms_shape_text(a->dims, a->shape, right), axis + 1);
  MS_TRY(read_positions(positions, a->shape[axis], axis, &places));
  MS_TRY(ms_tensor_create_unset(a->dims, positions->shape, out));
  for (size_t i = 0; i < count; i++) {
    const double *from = a->data + (ptrdiff_t)places[i] * a->stride[axis];
    for (int k = 0; k < a->dims; k++)
      if (k != axis) from += (ptrdiff_t)index[k] * a->stride[k];
    out->data[i] = *from;
    for (int k = a->dims - 1; k >= 0 && ++index[k] == positions->shape[k]; k--)
      index[k] = 0;
  }
out:
  ms_free(places);
  return status;
}

/* }=== */
