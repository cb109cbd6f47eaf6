#include "support/sweep.h"
#include "support/views.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/norm.h"
#include "tensor/sampled.h"
#include "tensor/view.h"

#include <math.h>

/* A random view of 1 to 3 axes, and one of them. */
static int some_view(ms_rng *rng, ms_tensor *out) {
  size_t shape[3];
  int dims = (int)view_pick(rng, 1, 3);
  for (int axis = 0; axis < dims; axis++) shape[axis] = view_pick(rng, 0, 4);
  CHECK_STATUS(random_view(rng, dims, shape, out), MS_OK);
  return (int)view_pick(rng, 0, (size_t)dims - 1);
}

/* The n-th lane along 'axis', a view that shares nothing. */
static ms_tensor lane_at(const ms_tensor *t, int axis, size_t n) {
  ms_tensor lane = *t;
  lane.dims = 1;
  lane.shape[0] = t->shape[axis];
  lane.stride[0] = t->stride[axis];
  for (int k = t->dims - 1; k >= 0; k--) {
    if (k == axis) continue;
    lane.data += (ptrdiff_t)(n % t->shape[k]) * t->stride[k];
    n /= t->shape[k];
  }
  return lane;
}

static size_t count_lanes(const ms_tensor *t, int axis) {
  size_t count = 1;
  for (int k = 0; k < t->dims; k++)
    if (k != axis) count *= t->shape[k];
  return count;
}

static void test_differences(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "sampled");
  for (int round = 0; round < 100; round++) {
    ms_tensor t, one = {0}, two = {0};
    int axis = some_view(&rng, &t);
    size_t n = t.shape[axis];
    CHECK_STATUS(ms_tensor_diff(&t, axis, 1, &one), MS_OK);
    CHECK_STATUS(ms_tensor_diff(&t, axis, 2, &two), MS_OK);
    CHECK(one.shape[axis] == (n > 1 ? n - 1 : 0));
    CHECK(two.shape[axis] == (n > 2 ? n - 2 : 0));
    for (size_t k = 0; n > 1 && k < count_lanes(&t, axis); k++) {
      ms_tensor x = lane_at(&t, axis, k), d = lane_at(&one, axis, k);
      ms_tensor e = lane_at(&two, axis, k);
      for (size_t i = 0; i + 1 < n; i++)
        CHECK(*view_at(&d, i) == *view_at(&x, i + 1) - *view_at(&x, i));
      for (size_t i = 0; i + 2 < n; i++)
        CHECK(*view_at(&e, i) == *view_at(&d, i + 1) - *view_at(&d, i));
    }
    ms_tensor_release(&t);
    ms_tensor_release(&one);
    ms_tensor_release(&two);
  }
}

static void test_integrals(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "sampled");
  for (int round = 0; round < 100; round++) {
    ms_tensor t, x, out = {0};
    int axis = some_view(&rng, &t);
    size_t n = t.shape[axis];
    CHECK_STATUS(random_view(&rng, 1, &n, &x), MS_OK);
    CHECK_STATUS(ms_tensor_trapezoid(&t, axis, &x, &out), MS_OK);
    CHECK(out.dims == t.dims - 1);
    for (size_t k = 0; k < count_lanes(&t, axis); k++) {
      ms_tensor y = lane_at(&t, axis, k);
      double sum = 0;
      for (size_t i = 0; i + 1 < n; i++)
        sum += (*view_at(&x, i + 1) - *view_at(&x, i))
               * (*view_at(&y, i) + *view_at(&y, i + 1)) / 2;
      CHECK_NEAR(*view_at(&out, k), sum, 1e-14);
    }
    ms_tensor_release(&t);
    ms_tensor_release(&x);
    ms_tensor_release(&out);
  }
}

static void test_places(void) {
  double x[] = {-1, 0, 0, 2, NAN}, at[] = {-2, -1, -0.0, 1, 2, 3, NAN};
  double before[] = {1, 1, 2, 4, 4, 5, 5}, after[] = {1, 2, 4, 4, 5, 5, 6};
  double y[] = {5, 7, 7, 1}, points[] = {-1, 0, 1, 2}, low = -9;
  double values[] = {-9, 5, 7, 7, 1, 1, NAN};
  ms_tensor ordered, wanted, heights, out = {0};
  ms_tensor_borrow(x, 1, (size_t[]){5}, &ordered);
  ms_tensor_borrow(at, 1, (size_t[]){7}, &wanted);
  ms_tensor_borrow(y, 1, (size_t[]){4}, &heights);
  for (int behind = 0; behind <= 1; behind++) {
    CHECK_STATUS(ms_tensor_search(&ordered, &wanted, behind, &out), MS_OK);
    for (size_t i = 0; i < 7; i++)
      CHECK_NEAR(out.data[i], behind ? after[i] : before[i], 0);
    ms_tensor_release(&out);
  }
  x[1] = 1;
  CHECK_STATUS(ms_tensor_search(&ordered, &wanted, 0, &out), MS_EARG);
  CHECK_MESSAGE("number 3 is 0 after 1, expected a larger or equal one");
  ms_tensor_borrow(points, 1, (size_t[]){4}, &ordered);
  CHECK_STATUS(ms_tensor_interpolate(&wanted, &ordered, &heights, &low, NULL, &out),
               MS_OK);
  for (size_t i = 0; i < 6; i++) CHECK_NEAR(out.data[i], values[i], 0);
  CHECK(isnan(out.data[6]));
  ms_tensor_release(&out);
  points[2] = 0;
  CHECK_STATUS(ms_tensor_interpolate(&wanted, &ordered, &heights, NULL, NULL, &out),
               MS_EARG);
  CHECK_MESSAGE("number 3 is 0 after 0, expected a larger one");
  CHECK(out.storage == NULL);
}

/* Numbers that would overflow, and sums over more than a piece. */
static void test_logsumexp(void) {
  double huge[] = {1000, 1000, -INFINITY}, part[] = {0, INFINITY, -INFINITY};
  ms_tensor t;
  size_t count = 5000;
  ms_tensor_borrow(huge, 1, (size_t[]){3}, &t);
  CHECK_NEAR(ms_tensor_logsumexp(&t), 1000 + log(2), 1e-12);
  ms_tensor_borrow(part, 1, (size_t[]){3}, &t);
  CHECK_NEAR(ms_tensor_logsumexp(&t), INFINITY, 0);
  part[0] = NAN;
  CHECK(isnan(ms_tensor_logsumexp(&t)));
  CHECK_STATUS(ms_tensor_create(1, &count, &t), MS_OK);
  CHECK_NEAR(ms_tensor_logsumexp(&t), log(5000), 1e-14);
  ms_tensor_release(&t);
}

static void test_closeness(void) {
  double a[] = {1, INFINITY, NAN, 0}, b[] = {1 + 1e-9, INFINITY, NAN, 1e-9};
  ms_tensor left, right;
  int close = 0;
  ms_tensor_borrow(a, 1, (size_t[]){4}, &left);
  ms_tensor_borrow(b, 1, (size_t[]){4}, &right);
  CHECK_STATUS(ms_tensor_all_close(&left, &right, 1e-8, 1e-8, 1, &close), MS_OK);
  CHECK(close);
  CHECK_STATUS(ms_tensor_all_close(&left, &right, 1e-8, 1e-8, 0, &close), MS_OK);
  CHECK(!close);
  CHECK_STATUS(ms_tensor_all_close(&left, &right, 1e-8, 0, 1, &close), MS_OK);
  CHECK(!close);
  a[0] = b[1] = -INFINITY;
  CHECK_STATUS(ms_tensor_all_close(&left, &right, 1, 1, 1, &close), MS_OK);
  CHECK(!close);
}

static ms_status make_all(void) {
  ms_status status = MS_OK;
  double list[6] = {1, 2, 3, 4, 5, 6}, gap = 2;
  ms_tensor t, column = {0}, distance, out[4] = {{0}};
  ms_tensor_borrow(list, 2, (size_t[]){3, 2}, &t);
  ms_tensor_borrow(&gap, 0, NULL, &distance);
  MS_TRY(ms_tensor_select(&t, 1, 0, &column));
  MS_TRY(ms_tensor_diff(&t, 0, 2, &out[0]));
  MS_TRY(ms_tensor_trapezoid(&t, 0, &distance, &out[1]));
  MS_TRY(ms_tensor_search(&column, &t, 0, &out[2]));
  MS_TRY(ms_tensor_interpolate(&t, &column, &column, NULL, NULL, &out[3]));
  CHECK(out[1].data[0] == 12 && out[2].data[5] == 4 && out[3].data[3] == 4);
out:
  ms_tensor_release(&column);
  for (int i = 0; i < 4; i++) ms_tensor_release(&out[i]);
  return status;
}

int main(void) {
  test_differences();
  test_integrals();
  test_places();
  test_logsumexp();
  test_closeness();
  CHECK(sweep(make_all) > 8);
  return check_done();
}
