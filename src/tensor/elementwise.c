#include "tensor/elementwise.h"

#include "tensor/view.h"
#include "tensor/walk.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* First and last byte that the view can touch; an empty one touches none (from > to). */
static void span(const ms_tensor *t, uintptr_t *from, uintptr_t *to) {
  *from = *to = (uintptr_t)t->data;
  for (int axis = 0; axis < t->dims; axis++) {
    ptrdiff_t reach;
    if (t->shape[axis] == 0) {
      *from = 1;
      *to = 0;
      return;
    }
    reach = (ptrdiff_t)(t->shape[axis] - 1) * t->stride[axis] * (ptrdiff_t)sizeof(double);
    if (reach < 0)
      *from -= (uintptr_t)-reach;
    else
      *to += (uintptr_t)reach;
  }
}

/*
** Writing 'out' element by element could change elements of 'a' that are still to be
** read.
*/
static int must_copy(const ms_tensor *a, const ms_tensor *out) {
  uintptr_t a_from, a_to, out_from, out_to;
  int same = a->data == out->data;
  for (int axis = 0; axis < out->dims; axis++)
    same = same && (out->shape[axis] == 1 || a->stride[axis] == out->stride[axis]);
  if (same) return 0;
  span(a, &a_from, &a_to);
  span(out, &out_from, &out_to);
  return a_from <= out_to && out_from <= a_to;
}

/* *view = 'a' broadcast to 'out', from a copy if 'out' would overwrite it. */
static ms_status readable(const ms_tensor *a, const ms_tensor *out, ms_tensor *view) {
  ms_status status = MS_OK;
  ms_tensor copy = {0};
  MS_TRY(ms_tensor_broadcast(a, out->dims, out->shape, view));
  if (must_copy(view, out)) {
    ms_tensor_release(view);
    MS_TRY(ms_tensor_clone(a, &copy));
    MS_TRY(ms_tensor_broadcast(&copy, out->dims, out->shape, view));
  }
out:
  ms_tensor_release(&copy);
  return status;
}

static ms_status check_output(const ms_tensor *out) {
  ms_status status = MS_OK;
  for (int axis = 0; axis < out->dims; axis++)
    MS_CHECK(out->stride[axis] != 0 || out->shape[axis] < 2, MS_EARG,
             "the output repeats its elements along axis %d", axis + 1);
out:
  return status;
}

ms_status ms_tensor_map1(ms_kernel1 *kernel, const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor from = {0};
  const ms_tensor *tensors[] = {&from, out};
  ms_walk walk;
  MS_CHECK(a->storage != NULL, MS_EARG, "the operand is closed");
  if (out->storage == NULL) MS_TRY(ms_tensor_create_unset(a->dims, a->shape, out));
  MS_TRY(check_output(out));
  MS_TRY(readable(a, out, &from));
  ms_walk_start(&walk, 2, tensors, 1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; ms_walk_store(&walk))
    kernel(n, walk.at[0], walk.at[1]);
out:
  ms_tensor_release(&from);
  return status;
}

ms_status ms_tensor_map2(ms_kernel2 *kernel, const ms_tensor *a, const ms_tensor *b,
                         ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor left = {0}, right = {0};
  const ms_tensor *tensors[] = {&left, &right, out};
  ms_walk walk;
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  if (out->storage == NULL) {
    size_t shape[MS_MAX_DIMS];
    int dims;
    MS_TRY(ms_broadcast_shape(a, b, &dims, shape));
    MS_TRY(ms_tensor_create_unset(dims, shape, out));
  }
  MS_TRY(check_output(out));
  MS_TRY(readable(a, out, &left));
  MS_TRY(readable(b, out, &right));
  ms_walk_start(&walk, 3, tensors, 2, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; ms_walk_store(&walk))
    kernel(n, walk.at[0], walk.at[1], walk.at[2]);
out:
  ms_tensor_release(&left);
  ms_tensor_release(&right);
  return status;
}

static void copy_kernel(size_t n, const double *a, double *out) {
  if (a != out) memcpy(out, a, n * sizeof *out);
}

ms_status ms_tensor_copy(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  MS_CHECK(out->storage != NULL, MS_EARG, "the tensor to copy into is closed");
  MS_TRY(ms_tensor_map1(copy_kernel, a, out));
out:
  return status;
}

ms_status ms_tensor_clone(const ms_tensor *of, ms_tensor *out) {
  memset(out, 0, sizeof *out);
  return ms_tensor_map1(copy_kernel, of, out);
}

void ms_tensor_fill(double value, ms_tensor *out) {
  const ms_tensor *tensors[] = {out};
  ms_walk walk;
  ms_walk_start(&walk, 1, tensors, 0, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; ms_walk_store(&walk))
    for (size_t i = 0; i < n; i++) walk.at[0][i] = value;
}

ms_status ms_tensor_axpy(double alpha, const ms_tensor *x, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor from = {0};
  const ms_tensor *tensors[] = {&from, out, out};
  ms_walk walk;
  MS_CHECK(x->storage != NULL && out->storage != NULL, MS_EARG, "an operand is closed");
  MS_TRY(check_output(out));
  MS_TRY(readable(x, out, &from));
  ms_walk_start(&walk, 3, tensors, 2, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; ms_walk_store(&walk))
    for (size_t i = 0; i < n; i++) walk.at[2][i] = walk.at[1][i] + alpha * walk.at[0][i];
out:
  ms_tensor_release(&from);
  return status;
}

void ms_tensor_read(const ms_tensor *from, double *to) {
  const ms_tensor *tensors[] = {from};
  ms_walk walk;
  ms_walk_start(&walk, 1, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; to += n)
    memcpy(to, walk.at[0], n * sizeof *to);
}

/*
** A strided view is filled through a copy: a walk over its memory would change the order.
*/
ms_status ms_tensor_random(double (*draw)(ms_rng *rng), ms_rng *rng, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor drawn = {0};
  size_t count = ms_tensor_count(out);
  MS_CHECK(out->storage != NULL, MS_EARG, "the tensor is closed");
  if (ms_tensor_is_contiguous(out))
    ms_tensor_share(out, &drawn);
  else
    MS_TRY(ms_tensor_create_unset(out->dims, out->shape, &drawn));
  for (size_t i = 0; i < count; i++) drawn.data[i] = draw(rng);
  MS_TRY(ms_tensor_copy(&drawn, out));
out:
  ms_tensor_release(&drawn);
  return status;
}

int ms_tensor_is_finite(const ms_tensor *a) {
  const ms_tensor *tensors[] = {a};
  ms_walk walk;
  ms_walk_start(&walk, 1, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    int bad = 0;
    for (size_t i = 0; i < n; i++) bad |= !(fabs(walk.at[0][i]) <= DBL_MAX);
    if (bad) return 0;
  }
  return 1;
}

int ms_tensor_equal(const ms_tensor *a, const ms_tensor *b) {
  const ms_tensor *tensors[] = {a, b};
  ms_walk walk;
  if (!ms_tensor_same_shape(a, b)) return 0;
  ms_walk_start(&walk, 2, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    int differ = 0;
    for (size_t i = 0; i < n; i++) differ |= walk.at[0][i] != walk.at[1][i];
    if (differ) return 0;
  }
  return 1;
}
