#include "check.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/norm.h"
#include "tensor/reduce.h"

#include <float.h>

static const ms_reduction *const reductions[] = {&ms_reduction_sum, &ms_reduction_mean,
                                                 &ms_reduction_min, &ms_reduction_max};

/* Each lane of a random view against the reduction of that lane as a plain array. */
static void test_axes(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "axes");
  for (int round = 0; round < 300; round++) {
    const ms_reduction *r = reductions[round % 4];
    size_t shape[3] = {view_pick(&rng, 1, 5), view_pick(&rng, 1, 5),
                       view_pick(&rng, 1, 5)};
    int axis = (int)view_pick(&rng, 0, 2);
    ms_tensor t, out, lanes;
    shape[axis] = round % 7 == 0 ? 3000 : view_pick(&rng, 1, 90);
    CHECK_STATUS(random_view(&rng, 3, shape, &t), MS_OK);
    CHECK_STATUS(ms_tensor_reduce_axes(r, &t, 1u << axis, 0, &out), MS_OK);
    CHECK(out.dims == 2 && ms_tensor_count(&out) * shape[axis] == ms_tensor_count(&t));
    CHECK_STATUS(ms_tensor_clone(&t, &lanes), MS_OK);
    for (size_t i = 0; i < ms_tensor_count(&out); i++) {
      size_t inner = axis == 2 ? 1 : axis == 1 ? shape[2] : shape[1] * shape[2];
      size_t first = i / inner * inner * shape[axis] + i % inner;
      long double sum = 0, low = INFINITY, high = -INFINITY, want;
      for (size_t j = 0; j < shape[axis]; j++) {
        double x = lanes.data[first + j * inner];
        sum += x;
        if (x < low) low = x;
        if (x > high) high = x;
      }
      want = r == reductions[0]   ? sum
             : r == reductions[1] ? sum / shape[axis]
             : r == reductions[2] ? low
                                  : high;
      if (!CHECK_NEAR(out.data[i], (double)want, 1e-12)) break;
    }
    ms_tensor_release(&t);
    ms_tensor_release(&out);
    ms_tensor_release(&lanes);
  }
}

/* A view and its copy give the same bits, over all elements and along an axis. */
static void test_layout_independence(void) {
  size_t shape[] = {70, 90};
  ms_rng rng;
  ms_rng_init(&rng, 2, "layouts");
  for (int round = 0; round < 20; round++) {
    ms_tensor t, copy, one, two;
    double x, y;
    CHECK_STATUS(random_view(&rng, 2, shape, &t), MS_OK);
    CHECK_STATUS(ms_tensor_clone(&t, &copy), MS_OK);
    CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &x), MS_OK);
    CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &copy, &y), MS_OK);
    CHECK(x == y && ms_tensor_norm(&t) == ms_tensor_norm(&copy));
    CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_sum, &t, 1u << 0, 0, &one), MS_OK);
    CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_sum, &copy, 1u << 0, 0, &two),
                 MS_OK);
    CHECK(ms_tensor_equal(&one, &two));
    ms_tensor_release(&t);
    ms_tensor_release(&copy);
    ms_tensor_release(&one);
    ms_tensor_release(&two);
  }
}

/* A million times 0.1: a running sum is wrong by 1e-6, the tree by a few last digits. */
static void test_accuracy(void) {
  size_t shape[] = {1000000}, matrix[] = {1000000, 1};
  ms_tensor t, columns, out;
  double sum;
  CHECK_STATUS(ms_tensor_create(1, shape, &t), MS_OK);
  ms_tensor_fill(0.1, &t);
  CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &sum), MS_OK);
  CHECK_NEAR(sum, 1e5, 1e-9);
  CHECK_STATUS(ms_tensor_dot(&t, &t, &sum), MS_OK);
  CHECK_NEAR(sum, 1e4, 1e-10);
  CHECK_STATUS(ms_tensor_reshape(&t, 2, matrix, &columns), MS_OK);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_mean, &columns, 1u << 0, 0, &out),
               MS_OK);
  CHECK_NEAR(out.data[0], 0.1, 1e-15);
  ms_tensor_release(&t);
  ms_tensor_release(&columns);
  ms_tensor_release(&out);
}

static void test_special_values(void) {
  for (size_t n = 1; n < 40; n++)
    for (size_t bad = 0; bad < n; bad++) {
      ms_tensor t;
      double low, high, sum;
      CHECK_STATUS(ms_tensor_create(1, &n, &t), MS_OK);
      ms_tensor_fill(-1, &t);
      t.data[bad] = -3;
      CHECK_STATUS(ms_tensor_reduce(&ms_reduction_min, &t, &low), MS_OK);
      CHECK_STATUS(ms_tensor_reduce(&ms_reduction_max, &t, &high), MS_OK);
      CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &sum), MS_OK);
      CHECK(low == -3 && high == (n > 1 ? -1 : -3) && sum == -2 - (double)n);
      t.data[bad] = NAN;
      CHECK_STATUS(ms_tensor_reduce(&ms_reduction_min, &t, &low), MS_OK);
      CHECK_STATUS(ms_tensor_reduce(&ms_reduction_max, &t, &high), MS_OK);
      CHECK(isnan(low) && isnan(high) && isnan(ms_tensor_norm(&t)));
      ms_tensor_release(&t);
    }
}

static void test_empty(void) {
  size_t shape[] = {3, 0};
  ms_tensor t, out;
  double sum = 1;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &sum), MS_OK);
  CHECK(sum == 0 && ms_tensor_norm(&t) == 0);
  CHECK_STATUS(ms_tensor_reduce(&ms_reduction_mean, &t, &sum), MS_EARG);
  CHECK_MESSAGE("no elements to take the mean of");
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_sum, &t, 1u << 1, 0, &out), MS_OK);
  CHECK(ms_tensor_count(&out) == 3 && out.data[2] == 0);
  ms_tensor_release(&out);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_max, &t, 1u << 0, 0, &out), MS_OK);
  CHECK(out.dims == 1 && out.shape[0] == 0);
  ms_tensor_release(&out);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_max, &t, 1u << 1, 0, &out), MS_EARG);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_max, &t, 1u << 2, 0, &out), MS_EARG);
  ms_tensor_release(&t);
}

static void test_dot(void) {
  size_t shape[] = {4, 3}, other[] = {12};
  ms_tensor a, b, turned;
  double x;
  CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
  CHECK_STATUS(ms_tensor_create(1, other, &b), MS_OK);
  for (size_t i = 0; i < 12; i++) a.data[i] = (double)i;
  CHECK_STATUS(ms_tensor_dot(&a, &a, &x), MS_OK);
  CHECK(x == 506);
  CHECK_STATUS(ms_tensor_transpose(&a, 0, 1, &turned), MS_OK);
  CHECK_STATUS(ms_tensor_dot(&turned, &turned, &x), MS_OK);
  CHECK(x == 506);
  CHECK_STATUS(ms_tensor_dot(&a, &turned, &x), MS_EARG);
  CHECK_STATUS(ms_tensor_dot(&a, &b, &x), MS_EARG);
  CHECK_MESSAGE("shapes 4x3 and 12 differ");
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  ms_tensor_release(&turned);
}

static void test_norm(void) {
  const double scales[] = {1, 1e200, DBL_MAX / 8, 1e-200, DBL_MIN, 5e-324};
  size_t shape[] = {3, 4};
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  CHECK(ms_tensor_norm(&t) == 0);
  for (size_t s = 0; s < 6; s++) {
    t.data[0] = 3 * scales[s];
    t.data[11] = -4 * scales[s];
    CHECK_NEAR(ms_tensor_norm(&t), 5 * scales[s], 1e-15 * 5 * scales[s]);
  }
  t.data[5] = -INFINITY;
  CHECK(ms_tensor_norm(&t) == INFINITY);
  t.data[6] = NAN;
  CHECK(isnan(ms_tensor_norm(&t)));
  ms_tensor_release(&t);
}

int main(void) {
  test_axes();
  test_layout_independence();
  test_accuracy();
  test_special_values();
  test_empty();
  test_dot();
  test_norm();
  return check_done();
}
