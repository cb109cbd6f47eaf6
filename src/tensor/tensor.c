#include "tensor/tensor.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One block: the count, then the elements on the next cache line. */
struct ms_storage {
  size_t views; /* 0: borrowed memory, never released from here */
  _Alignas(64) double elements[];
};

static ms_storage borrowed;

static void set_shape(int dims, const size_t *shape, ms_tensor *out) {
  size_t step = 1;
  out->dims = dims;
  for (int axis = dims - 1; axis >= 0; axis--) {
    out->shape[axis] = shape[axis];
    out->stride[axis] = (ptrdiff_t)step;
    if (shape[axis] > 1) step *= shape[axis];
  }
}

/* Strides skip zero extents, so those must not hide an overflow of the others. */
ms_status ms_shape_count(int dims, const size_t *shape, size_t *count) {
  char text[MS_SHAPE_TEXT];
  size_t product = 1;
  int empty = 0;
  if (dims < 0 || dims > MS_MAX_DIMS)
    return ms_fail(MS_EARG, "a tensor has 0 to %d dims, not %d", MS_MAX_DIMS, dims);
  for (int axis = 0; axis < dims; axis++) {
    if (shape[axis] == 0)
      empty = 1;
    else if (!ms_mul_size(product, shape[axis], &product)
             || product > PTRDIFF_MAX / sizeof(double))
      return ms_fail(MS_ENOMEM, "shape %s has more elements than can be addressed",
                     ms_shape_text(dims, shape, text));
  }
  *count = empty ? 0 : product;
  return MS_OK;
}

ms_status ms_tensor_create_unset(int dims, const size_t *shape, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_storage *storage = NULL;
  size_t count;
  memset(out, 0, sizeof *out);
  MS_TRY(ms_shape_count(dims, shape, &count));
  MS_TRY(ms_alloc(1, sizeof *storage + count * sizeof(double), "a tensor", &storage));
  storage->views = 1;
  out->storage = storage;
  out->data = storage->elements;
  set_shape(dims, shape, out);
out:
  return status;
}

ms_status ms_tensor_create(int dims, const size_t *shape, ms_tensor *out) {
  ms_status status = ms_tensor_create_unset(dims, shape, out);
  if (status == MS_OK) memset(out->data, 0, ms_tensor_count(out) * sizeof(double));
  return status;
}

void ms_tensor_share(const ms_tensor *of, ms_tensor *out) {
  *out = *of;
  if (out->storage != NULL && out->storage != &borrowed) out->storage->views++;
}

void ms_tensor_borrow(double *data, int dims, const size_t *shape, ms_tensor *out) {
  memset(out, 0, sizeof *out);
  out->storage = &borrowed;
  out->data = data;
  set_shape(dims, shape, out);
}

void ms_tensor_release(ms_tensor *tensor) {
  ms_storage *storage = tensor->storage;
  memset(tensor, 0, sizeof *tensor);
  if (storage != NULL && storage != &borrowed && --storage->views == 0) ms_free(storage);
}

size_t ms_tensor_count(const ms_tensor *tensor) {
  size_t count = 1;
  for (int axis = 0; axis < tensor->dims; axis++) count *= tensor->shape[axis];
  return count;
}

/* Axes of extent 1 may have any stride, and an empty tensor is contiguous. */
int ms_tensor_is_contiguous(const ms_tensor *tensor) {
  size_t step = 1;
  if (ms_tensor_count(tensor) == 0) return 1;
  for (int axis = tensor->dims - 1; axis >= 0; axis--) {
    if (tensor->shape[axis] != 1 && tensor->stride[axis] != (ptrdiff_t)step) return 0;
    step *= tensor->shape[axis];
  }
  return 1;
}

int ms_tensor_same_shape(const ms_tensor *a, const ms_tensor *b) {
  if (a->dims != b->dims) return 0;
  for (int axis = 0; axis < a->dims; axis++)
    if (a->shape[axis] != b->shape[axis]) return 0;
  return 1;
}

const char *ms_shape_text(int dims, const size_t *shape, char *text) {
  size_t used = 0;
  if (dims <= 0 || dims > MS_MAX_DIMS) {
    snprintf(text, MS_SHAPE_TEXT, "%s", dims == 0 ? "scalar" : "?");
    return text;
  }
  for (int axis = 0; axis < dims; axis++)
    used += (size_t)snprintf(text + used, MS_SHAPE_TEXT - used,
                             axis == 0 ? "%zu" : "x%zu", shape[axis]);
  return text;
}
