#include "check.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <stdint.h>

static ms_tensor counted(int dims, const size_t *shape) {
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(dims, shape, &t), MS_OK);
  for (size_t i = 0; i < ms_tensor_count(&t); i++) t.data[i] = (double)i;
  return t;
}

static void test_narrow_select_transpose(void) {
  size_t shape[] = {3, 4, 5};
  ms_tensor t = counted(3, shape), v, w;
  CHECK_STATUS(ms_tensor_narrow(&t, 1, 1, 2, &v), MS_OK);
  CHECK(v.shape[1] == 2 && v.data[0] == 5 && !ms_tensor_is_contiguous(&v));
  CHECK_STATUS(ms_tensor_select(&v, 0, 2, &w), MS_OK);
  CHECK(w.dims == 2 && w.shape[0] == 2 && w.shape[1] == 5 && w.data[0] == 45);
  CHECK(ms_tensor_is_contiguous(&w));
  ms_tensor_release(&w);
  CHECK_STATUS(ms_tensor_transpose(&v, 0, 2, &w), MS_OK);
  CHECK(w.shape[0] == 5 && w.shape[2] == 3 && *view_at(&w, 1) == 25);
  ms_tensor_release(&w);
  ms_tensor_release(&v);
  CHECK_STATUS(ms_tensor_narrow(&t, 0, 3, 0, &v), MS_OK);
  CHECK(ms_tensor_count(&v) == 0 && v.data == t.data);
  ms_tensor_release(&v);
  CHECK_STATUS(ms_tensor_narrow(&t, 0, 2, 2, &v), MS_EARG);
  CHECK_STATUS(ms_tensor_narrow(&t, 0, 1, SIZE_MAX, &v), MS_EARG);
  CHECK_STATUS(ms_tensor_narrow(&t, 3, 0, 1, &v), MS_EARG);
  CHECK_STATUS(ms_tensor_select(&t, 1, 4, &v), MS_EARG);
  CHECK_STATUS(ms_tensor_select(&t, -1, 0, &v), MS_EARG);
  CHECK_STATUS(ms_tensor_transpose(&t, 0, 3, &v), MS_EARG);
  ms_tensor_release(&t);
  CHECK_STATUS(ms_tensor_select(&t, 0, 0, &v), MS_EARG);
  CHECK_MESSAGE("closed");
}

static void test_broadcast(void) {
  size_t row[] = {4}, column[] = {3, 1}, full[] = {2, 3, 4}, no[] = {3};
  ms_tensor r = counted(1, row), c = counted(2, column), v;
  size_t shape[MS_MAX_DIMS];
  int dims;
  CHECK_STATUS(ms_tensor_broadcast(&r, 3, full, &v), MS_OK);
  CHECK(*view_at(&v, 5) == 1 && v.stride[0] == 0 && v.stride[1] == 0);
  ms_tensor_release(&v);
  CHECK_STATUS(ms_tensor_broadcast(&c, 3, full, &v), MS_OK);
  CHECK(*view_at(&v, 23) == 2 && *view_at(&v, 4) == 1);
  ms_tensor_release(&v);
  CHECK_STATUS(ms_tensor_broadcast(&r, 1, no, &v), MS_EARG);
  CHECK_MESSAGE("shape 4 does not broadcast to 3");
  CHECK_STATUS(ms_tensor_broadcast(&c, 1, no, &v), MS_EARG);
  CHECK_STATUS(ms_broadcast_shape(&r, &c, &dims, shape), MS_OK);
  CHECK(dims == 2 && shape[0] == 3 && shape[1] == 4);
  ms_tensor_release(&c);
  c = counted(1, no);
  CHECK_STATUS(ms_broadcast_shape(&r, &c, &dims, shape), MS_EARG);
  CHECK_MESSAGE("shapes 4 and 3 do not broadcast");
  ms_tensor_release(&r);
  ms_tensor_release(&c);
}

static void test_broadcast_empty(void) {
  size_t none[] = {0}, one[] = {1}, two[] = {2}, shape[MS_MAX_DIMS];
  ms_tensor a = counted(1, none), b = counted(1, one), c = counted(1, two);
  int dims;
  CHECK_STATUS(ms_broadcast_shape(&a, &b, &dims, shape), MS_OK);
  CHECK(dims == 1 && shape[0] == 0);
  CHECK_STATUS(ms_broadcast_shape(&a, &c, &dims, shape), MS_EARG);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  ms_tensor_release(&c);
}

/* Every factorisation of 24 into up to four axes, from views of every kind. */
static void test_reshape(void) {
  ms_rng rng;
  int views = 0, copies = 0;
  ms_rng_init(&rng, 1, "reshape");
  for (int round = 0; round < 400; round++) {
    static const size_t shapes[][4] = {{24, 1, 1, 1}, {2, 12, 1, 1}, {6, 1, 4, 1},
                                       {2, 3, 4, 1},  {1, 4, 2, 3},  {2, 2, 2, 3}};
    size_t from = (size_t)ms_rng_below(&rng, 6), to = (size_t)ms_rng_below(&rng, 6);
    ms_tensor t, r;
    CHECK_STATUS(random_view(&rng, 4, shapes[from], &t), MS_OK);
    CHECK_STATUS(ms_tensor_reshape(&t, 4, shapes[to], &r), MS_OK);
    for (size_t i = 0; i < 24; i++) CHECK(*view_at(&r, i) == *view_at(&t, i));
    if (r.storage == t.storage)
      views++;
    else
      copies++;
    CHECK(from != to || r.storage == t.storage);
    ms_tensor_release(&t);
    ms_tensor_release(&r);
  }
  CHECK(views > 100 && copies > 100);
}

static void test_reshape_edges(void) {
  size_t shape[] = {3, 4}, wrong[] = {5, 2}, flat[] = {12}, empty[] = {0, 4},
         other[] = {2, 0};
  ms_tensor t = counted(2, shape), v, w;
  CHECK_STATUS(ms_tensor_reshape(&t, 2, wrong, &v), MS_EARG);
  CHECK_MESSAGE("shape 5x2 does not hold the elements of 3x4");
  CHECK_STATUS(ms_tensor_transpose(&t, 0, 1, &v), MS_OK);
  CHECK(!ms_tensor_reshape_view(&v, 1, flat, &w));
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_tensor_reshape(&v, 1, flat, &w), MS_ENOMEM);
  ms_alloc_fail_after(0);
  ms_tensor_release(&v);
  CHECK_STATUS(ms_tensor_reshape(&t, 1, flat, &v), MS_OK);
  v.data[11] = -1;
  CHECK(t.data[11] == -1);
  ms_tensor_release(&v);
  ms_tensor_release(&t);
  t = counted(2, empty);
  CHECK_STATUS(ms_tensor_reshape(&t, 2, other, &v), MS_OK);
  CHECK(ms_tensor_count(&v) == 0 && v.shape[0] == 2);
  ms_tensor_release(&v);
  ms_tensor_release(&t);
  t = counted(0, NULL);
  CHECK_STATUS(ms_tensor_reshape(&t, 2, (size_t[]){1, 1}, &v), MS_OK);
  CHECK(v.dims == 2 && ms_tensor_is_contiguous(&v));
  ms_tensor_release(&v);
  ms_tensor_release(&t);
}

int main(void) {
  test_narrow_select_transpose();
  test_broadcast();
  test_broadcast_empty();
  test_reshape();
  test_reshape_edges();
  return check_done();
}
