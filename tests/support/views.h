/*
** Views of random shape and layout, and their elements one by one, for the tensor tests.
*/
#ifndef MS_TESTS_SUPPORT_VIEWS_H
#define MS_TESTS_SUPPORT_VIEWS_H

#include "base/random.h"
#include "tensor/view.h"

#include <string.h>

/* The n-th element in row-major order, by the definition of strides. */
static inline double *view_at(const ms_tensor *t, size_t n) {
  double *at = t->data;
  for (int axis = t->dims - 1; axis >= 0; axis--) {
    at += (ptrdiff_t)(n % t->shape[axis]) * t->stride[axis];
    n /= t->shape[axis];
  }
  return at;
}

static inline size_t view_pick(ms_rng *rng, size_t least, size_t most) {
  return least + (size_t)ms_rng_below(rng, most - least + 1);
}

/*
** *out = a view of the given shape into new storage that is larger along every axis, has
** an axis more, and has its axes in another order. Elements are random.
*/
static inline ms_status random_view(ms_rng *rng, int dims, const size_t *shape,
                                    ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor view = {0}, next = {0};
  size_t large[MS_MAX_DIMS], extra = (size_t)dims < MS_MAX_DIMS ? 1 : 0;
  int at[MS_MAX_DIMS]; /* where each axis of 'shape' lies in the storage */
  for (int i = 0; i < dims; i++) at[i] = i;
  for (int i = dims - 1; i > 0; i--) {
    int j = (int)ms_rng_below(rng, (uint64_t)i + 1), held = at[i];
    at[i] = at[j];
    at[j] = held;
  }
  for (int i = 0; i < dims; i++) large[at[i]] = shape[i] + view_pick(rng, 0, 2);
  if (extra) large[dims] = view_pick(rng, 1, 2);
  MS_TRY(ms_tensor_create(dims + (int)extra, large, &view));
  for (size_t i = 0; i < ms_tensor_count(&view); i++) view.data[i] = ms_rng_normal(rng);
  if (extra) {
    MS_TRY(ms_tensor_select(&view, dims, large[dims] - 1, &next));
    ms_tensor_release(&view);
    view = next;
  }
  for (int i = 0; i < dims; i++) {
    size_t room = view.shape[at[i]] - shape[i];
    MS_TRY(ms_tensor_narrow(&view, at[i], view_pick(rng, 0, room), shape[i], &next));
    ms_tensor_release(&view);
    view = next;
  }
  for (int i = 0; i < dims; i++) {
    int from = at[i];
    if (from == i) continue;
    MS_TRY(ms_tensor_transpose(&view, i, from, &next));
    ms_tensor_release(&view);
    view = next;
    for (int j = i + 1; j < dims; j++)
      if (at[j] == i) at[j] = from;
  }
  *out = view;
  memset(&view, 0, sizeof view);
out:
  ms_tensor_release(&view);
  return status;
}

#endif
