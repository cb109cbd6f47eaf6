#include "support/sweep.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/join.h"
#include "tensor/view.h"

#include <stdint.h>

/* The element at a multi-index. */
static double at(const ms_tensor *t, const size_t *index) {
  const double *place = t->data;
  for (int axis = 0; axis < t->dims; axis++)
    place += (ptrdiff_t)index[axis] * t->stride[axis];
  return *place;
}

static void index_of(const ms_tensor *t, size_t n, size_t *index) {
  for (int axis = t->dims - 1; axis >= 0; axis--) {
    index[axis] = n % t->shape[axis];
    n /= t->shape[axis];
  }
}

static void test_concat(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "join");
  for (int round = 0; round < 100; round++) {
    size_t shape[3], index[MS_MAX_DIMS], count = view_pick(&rng, 1, 4);
    int dims = (int)view_pick(&rng, 1, 3),
        axis = (int)view_pick(&rng, 0, (size_t)dims - 1);
    ms_tensor parts[4], out;
    const ms_tensor *list[4];
    for (int i = 0; i < dims; i++) shape[i] = view_pick(&rng, 1, 4);
    for (size_t k = 0; k < count; k++) {
      shape[axis] = view_pick(&rng, 0, 4);
      CHECK_STATUS(random_view(&rng, dims, shape, &parts[k]), MS_OK);
      list[k] = &parts[k];
    }
    CHECK_STATUS(ms_tensor_concat(count, list, axis, &out), MS_OK);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      size_t k = 0;
      index_of(&out, n, index);
      while (index[axis] >= parts[k].shape[axis]) index[axis] -= parts[k++].shape[axis];
      CHECK(out.data[n] == at(&parts[k], index));
    }
    ms_tensor_release(&out);
    for (size_t k = 0; k < count; k++) ms_tensor_release(&parts[k]);
  }
}

static void test_stack(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "join");
  for (int axis = 0; axis <= 2; axis++) {
    size_t shape[] = {2, 3}, index[MS_MAX_DIMS];
    ms_tensor parts[4], out;
    const ms_tensor *list[4];
    for (int k = 0; k < 4; k++) {
      CHECK_STATUS(random_view(&rng, 2, shape, &parts[k]), MS_OK);
      list[k] = &parts[k];
    }
    CHECK_STATUS(ms_tensor_stack(4, list, axis, &out), MS_OK);
    CHECK(out.dims == 3 && out.shape[axis] == 4);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      size_t k;
      index_of(&out, n, index);
      k = index[axis];
      memmove(index + axis, index + axis + 1, (size_t)(2 - axis) * sizeof *index);
      CHECK(out.data[n] == at(&parts[k], index));
    }
    ms_tensor_release(&out);
    for (int k = 0; k < 4; k++) ms_tensor_release(&parts[k]);
  }
}

static void test_repeats(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "join");
  for (int round = 0; round < 150; round++) {
    size_t shape[3], times[3], index[MS_MAX_DIMS], each = view_pick(&rng, 0, 3);
    int own = (int)view_pick(&rng, 1, 3), dims = (int)view_pick(&rng, (size_t)own, 3);
    int axis = (int)view_pick(&rng, 0, (size_t)own - 1);
    ptrdiff_t shift = (ptrdiff_t)view_pick(&rng, 0, 20) - 10;
    ms_tensor t, out;
    for (int i = 0; i < 3; i++) {
      shape[i] = view_pick(&rng, 1, 4);
      times[i] = view_pick(&rng, 0, 5);
    }
    CHECK_STATUS(random_view(&rng, own, shape, &t), MS_OK);
    CHECK_STATUS(ms_tensor_tile(&t, dims, times, &out), MS_OK);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      index_of(&out, n, index);
      for (int i = 0; i < own; i++) index[i] = index[i + dims - own] % shape[i];
      CHECK(out.data[n] == at(&t, index));
    }
    ms_tensor_release(&out);
    CHECK_STATUS(ms_tensor_repeat(&t, axis, each, &out), MS_OK);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      index_of(&out, n, index);
      index[axis] /= each;
      CHECK(*view_at(&out, n) == at(&t, index));
    }
    ms_tensor_release(&out);
    CHECK_STATUS(ms_tensor_roll(&t, axis, shift, &out), MS_OK);
    for (size_t n = 0; n < ms_tensor_count(&out); n++) {
      ptrdiff_t extent = (ptrdiff_t)shape[axis], from;
      index_of(&out, n, index);
      from = ((ptrdiff_t)index[axis] - shift) % extent;
      index[axis] = (size_t)(from < 0 ? from + extent : from);
      CHECK(out.data[n] == at(&t, index));
    }
    ms_tensor_release(&out);
    ms_tensor_release(&t);
  }
}

static void test_triangles(void) {
  for (ptrdiff_t offset = -5; offset <= 6; offset++)
    for (int upper = 0; upper < 2; upper++) {
      size_t shape[] = {2, 3, 4};
      ms_tensor t;
      CHECK_STATUS(ms_tensor_create(3, shape, &t), MS_OK);
      ms_tensor_fill(1, &t);
      CHECK_STATUS(upper ? ms_tensor_keep_upper(offset, &t)
                         : ms_tensor_keep_lower(offset, &t),
                   MS_OK);
      for (ptrdiff_t n = 0; n < 24; n++) {
        ptrdiff_t i = n / 4 % 3, j = n % 4;
        CHECK(t.data[n] == (upper ? j - i >= offset : j - i <= offset));
      }
      ms_tensor_release(&t);
    }
}

static void test_new_views(void) {
  size_t shape[] = {5, 6};
  ms_tensor t, view;
  const int order[] = {1, 0}, twice[] = {1, 1};
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  for (int i = 0; i < 30; i++) t.data[i] = i;
  CHECK_STATUS(ms_tensor_slice(&t, 0, 1, 2, 3, &view), MS_OK);
  CHECK(view.shape[0] == 2 && *view_at(&view, 0) == 6 && *view_at(&view, 6) == 24);
  ms_tensor_release(&view);
  CHECK_STATUS(ms_tensor_slice(&t, 1, 5, 3, -2, &view), MS_OK);
  CHECK(*view_at(&view, 0) == 5 && *view_at(&view, 1) == 3 && *view_at(&view, 2) == 1);
  ms_tensor_release(&view);
  CHECK_STATUS(ms_tensor_slice(&t, 1, 5, 0, 1, &view), MS_OK);
  CHECK(ms_tensor_count(&view) == 0);
  ms_tensor_release(&view);
  CHECK_STATUS(ms_tensor_slice(&t, 0, 1, 3, 2, &view), MS_EARG);
  CHECK_MESSAGE("3 positions from 1 by 2 of an axis of size 5");
  CHECK_STATUS(ms_tensor_slice(&t, 0, 1, 3, -1, &view), MS_EARG);
  CHECK_STATUS(ms_tensor_slice(&t, 0, 1, 1, 0, &view), MS_EARG);
  CHECK_STATUS(ms_tensor_slice(&t, 0, 5, 1, 1, &view), MS_EARG);
  CHECK_STATUS(ms_tensor_permute(&t, order, &view), MS_OK);
  CHECK(view.shape[0] == 6 && *view_at(&view, 1) == 6);
  ms_tensor_release(&view);
  CHECK_STATUS(ms_tensor_permute(&t, twice, &view), MS_EARG);
  CHECK_STATUS(ms_tensor_insert_axis(&t, 1, &view), MS_OK);
  CHECK(view.dims == 3 && view.shape[1] == 1 && view.shape[2] == 6
        && *view_at(&view, 7) == 7);
  ms_tensor_release(&view);
  CHECK_STATUS(ms_tensor_insert_axis(&t, 3, &view), MS_EARG);
  for (ptrdiff_t offset = -5; offset <= 6; offset++) {
    CHECK_STATUS(ms_tensor_diagonal(&t, offset, &view), MS_OK);
    for (size_t i = 0; i < view.shape[0]; i++) {
      ptrdiff_t row = (ptrdiff_t)i - (offset < 0 ? offset : 0);
      CHECK(*view_at(&view, i) == (double)(row * 6 + row + offset));
    }
    CHECK(view.shape[0]
          == (size_t)(offset < 0   ? 5 + offset
                      : offset < 1 ? 5
                                   : 6 - offset));
    ms_tensor_release(&view);
  }
  CHECK_STATUS(ms_tensor_diagonal(&t, 7, &view), MS_EARG);
  CHECK_MESSAGE("diagonal 7 lies outside of a 5x6 matrix");
  CHECK_STATUS(ms_tensor_diagonal(&t, -6, &view), MS_EARG);
  ms_tensor_release(&t);
}

static void test_misuse(void) {
  size_t shape[] = {2, 3}, other[] = {2, 4}, times[] = {1, SIZE_MAX / 2};
  ms_tensor a, b, out;
  const ms_tensor *list[] = {&a, &b};
  CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
  CHECK_STATUS(ms_tensor_create(2, other, &b), MS_OK);
  CHECK_STATUS(ms_tensor_concat(2, list, 0, &out), MS_EARG);
  CHECK_MESSAGE("part 2 has shape 2x4, which does not continue 2x3 along axis 1");
  CHECK_STATUS(ms_tensor_concat(0, list, 0, &out), MS_EARG);
  CHECK_STATUS(ms_tensor_concat(2, list, 2, &out), MS_EARG);
  CHECK_STATUS(ms_tensor_stack(2, list, 0, &out), MS_EARG);
  CHECK_MESSAGE("part 2 has shape 2x4, the first has 2x3");
  CHECK_STATUS(ms_tensor_tile(&a, 1, times, &out), MS_EARG);
  CHECK_STATUS(ms_tensor_tile(&a, 2, times, &out), MS_ENOMEM);
  CHECK_STATUS(ms_tensor_repeat(&a, 0, SIZE_MAX / 4, &out), MS_ENOMEM);
  a.dims = 1;
  CHECK_STATUS(ms_tensor_keep_upper(0, &a), MS_EARG);
  CHECK_MESSAGE("a tensor with 1 dims is no matrix");
  ms_tensor_release(&a);
  ms_tensor_release(&b);
}

static ms_status join_and_tile(void) {
  ms_status status = MS_OK;
  size_t shape[] = {2, 3}, times[] = {2, 2};
  ms_tensor t = {0}, out[5] = {{0}};
  const ms_tensor *list[] = {&t, &t};
  MS_TRY(ms_tensor_create(2, shape, &t));
  MS_TRY(ms_tensor_concat(2, list, 0, &out[0]));
  MS_TRY(ms_tensor_stack(2, list, 0, &out[1]));
  MS_TRY(ms_tensor_tile(&t, 2, times, &out[2]));
  MS_TRY(ms_tensor_repeat(&t, 0, 2, &out[3]));
  MS_TRY(ms_tensor_roll(&t, 0, 1, &out[4]));
out:
  ms_tensor_release(&t);
  for (int i = 0; i < 5; i++) ms_tensor_release(&out[i]);
  return status;
}

int main(void) {
  test_concat();
  test_stack();
  test_repeats();
  test_triangles();
  test_new_views();
  test_misuse();
  CHECK(sweep(join_and_tile) >= 6);
  return check_done();
}
