#include "support/sweep.h"
#include "support/views.h"
#include "tensor/elementwise.h"
#include "tensor/lanes.h"
#include "tensor/norm.h"
#include "tensor/reduce.h"
#include "tensor/scan.h"

#include <stdint.h>

static const ms_reduction *const reductions[] = {
  &ms_reduction_sum, &ms_reduction_mean, &ms_reduction_prod, &ms_reduction_min,
  &ms_reduction_max, &ms_reduction_any,  &ms_reduction_all,
};

/* results = n, then the elements backwards: shows what the lane was. */
static void show_lane(const void *arg, size_t n, const double *x, double *results,
                      double *scratch) {
  size_t m = *(const size_t *)arg;
  CHECK(n == 0 || (uintptr_t)scratch % 64 == 0);
  for (size_t i = 0; i < 2 * n; i++) scratch[i] = (double)i;
  for (size_t i = 0; i < m; i++) results[i] = i == 0 ? (double)n : x[n - i];
}

/* The elements of lane number 'lane' by the definition of lanes, in row-major order. */
static size_t naive_lane(const ms_tensor *t, ms_axes axes, size_t lane, double *to) {
  size_t count = ms_tensor_count(t), n = 0;
  for (size_t i = 0; i < count; i++) {
    size_t rest = i, place = 0, step = 1;
    for (int axis = t->dims - 1; axis >= 0; axis--) {
      size_t at = rest % t->shape[axis];
      rest /= t->shape[axis];
      if (axes >> axis & 1) continue;
      place += at * step;
      step *= t->shape[axis];
    }
    if (place == lane) to[n++] = *view_at(t, i);
  }
  return n;
}

static ms_tensor some_view(ms_rng *rng, ms_axes *axes) {
  size_t shape[4];
  ms_tensor t = {0};
  int dims = (int)view_pick(rng, 1, 4);
  for (int i = 0; i < dims; i++) shape[i] = view_pick(rng, 1, 6);
  if (view_pick(rng, 0, 9) == 0) shape[view_pick(rng, 0, (size_t)dims - 1)] = 40;
  CHECK_STATUS(random_view(rng, dims, shape, &t), MS_OK);
  *axes = (ms_axes)view_pick(rng, 0, (1u << dims) - 1);
  return t;
}

/* Reductions over every kind of set of axes, against the reduction of the copied lane. */
static void test_reductions(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "lanes");
  for (int round = 0; round < 600; round++) {
    const ms_reduction *r = reductions[round % 7];
    double lane[50000], want;
    size_t shape[MS_MAX_DIMS];
    int keep = round % 2;
    ms_axes axes;
    ms_tensor t = some_view(&rng, &axes), out = {0};
    CHECK_STATUS(ms_tensor_reduce_axes(r, &t, axes, keep, &out), MS_OK);
    CHECK(out.dims == ms_reduced_shape(&t, axes, keep, shape));
    CHECK(out.dims == (keep ? t.dims : t.dims - ms_axes_count(axes)));
    for (size_t i = 0; i < ms_tensor_count(&out); i++) {
      size_t n = naive_lane(&t, axes, i, lane);
      ms_tensor plain;
      ms_tensor_borrow(lane, 1, &n, &plain);
      CHECK_STATUS(ms_tensor_reduce(r, &plain, &want), MS_OK);
      if (!CHECK(out.data[i] == want)) break; /* the same bits */
    }
    ms_tensor_release(&t);
    ms_tensor_release(&out);
  }
}

/* One result a lane, several along the axis, several along a new axis. */
static void test_engine(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "lanes");
  for (int round = 0; round < 400; round++) {
    double lane[50000];
    ms_axes axes;
    ms_tensor t = some_view(&rng, &axes), one = {0}, list = {0}, along = {0};
    int axis = (int)view_pick(&rng, 0, (size_t)t.dims - 1), keep = round % 2;
    size_t m = 1, lanes;
    ms_lane_work work = {show_lane, &m, 2};
    CHECK_STATUS(ms_lanes_reduce(&work, &t, axes, keep, &one), MS_OK);
    lanes = ms_tensor_count(&one);
    for (size_t i = 0; i < lanes; i++)
      CHECK(one.data[i] == (double)naive_lane(&t, axes, i, lane));
    m = 1 + view_pick(&rng, 0, t.shape[axis] - 1);
    CHECK_STATUS(ms_lanes_map(&work, &t, axis, m, &along), MS_OK);
    CHECK(along.shape[axis] == m && along.dims == t.dims);
    m = 1 + view_pick(&rng, 0, ms_tensor_count(&t) / lanes - 1);
    CHECK_STATUS(ms_lanes_list(&work, &t, axes, keep, m, &list), MS_OK);
    CHECK(list.dims == one.dims + 1 && list.shape[0] == m);
    for (size_t i = 0; i < lanes; i++) {
      size_t n = naive_lane(&t, axes, i, lane);
      for (size_t j = 0; j < m; j++)
        CHECK(list.data[j * lanes + i] == (j == 0 ? (double)n : lane[n - j]));
    }
    for (size_t i = 0; i < ms_tensor_count(&along) / along.shape[axis]; i++) {
      double results[64];
      size_t n = naive_lane(&t, 1u << axis, i, lane);
      m = naive_lane(&along, 1u << axis, i, results);
      for (size_t j = 0; j < m; j++)
        CHECK(results[j] == (j == 0 ? (double)n : lane[n - j]));
    }
    ms_tensor_release(&t);
    ms_tensor_release(&one);
    ms_tensor_release(&list);
    ms_tensor_release(&along);
  }
}

/* Running sums in the memory of the tensor itself, along any axis of any view. */
static void test_in_place(void) {
  const ms_lane_work work = {ms_cumsum_lane, NULL, 0};
  ms_rng rng;
  ms_rng_init(&rng, 3, "lanes");
  for (int round = 0; round < 100; round++) {
    ms_axes axes;
    ms_tensor t = some_view(&rng, &axes), out = {0};
    int axis = (int)view_pick(&rng, 0, (size_t)t.dims - 1);
    CHECK_STATUS(ms_lanes_map(&work, &t, axis, t.shape[axis], &out), MS_OK);
    CHECK_STATUS(ms_lanes_map(&work, &t, axis, t.shape[axis], &t), MS_OK);
    CHECK(ms_tensor_equal(&t, &out));
    ms_tensor_release(&t);
    ms_tensor_release(&out);
  }
}

static void test_empty(void) {
  size_t none[] = {3, 0, 2}, m = 1;
  ms_lane_work work = {show_lane, &m, 2};
  ms_tensor t, out;
  CHECK_STATUS(ms_tensor_create(3, none, &t), MS_OK);
  CHECK_STATUS(ms_lanes_reduce(&work, &t, 2, 0, &out), MS_OK);
  CHECK(out.dims == 2 && out.shape[0] == 3 && out.data[5] == 0);
  ms_tensor_release(&out);
  CHECK_STATUS(ms_lanes_reduce(&work, &t, 1, 1, &out), MS_OK);
  CHECK(out.dims == 3 && ms_tensor_count(&out) == 0);
  ms_tensor_release(&out);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_all, &t, 7, 0, &out), MS_OK);
  CHECK(out.dims == 0 && out.data[0] == 1);
  ms_tensor_release(&out);
  CHECK_STATUS(ms_tensor_reduce_axes(&ms_reduction_mean, &t, 2, 0, &out), MS_EARG);
  CHECK_MESSAGE("no elements to take the mean of");
  CHECK_STATUS(ms_lanes_reduce(&work, &t, 8, 0, &out), MS_EARG);
  CHECK_MESSAGE("axis 3 of a tensor with 3 dims");
  ms_tensor_release(&t);
  CHECK_STATUS(ms_lanes_reduce(&work, &t, 0, 0, &out), MS_EARG);
  CHECK_MESSAGE("the tensor is closed");
}

static ms_status reduce_columns(void) {
  ms_status status = MS_OK;
  size_t shape[] = {30, 40};
  double correction = 0;
  const ms_lane_work work = {ms_variance_lane, &correction, 3};
  ms_tensor t = {0}, out = {0}, more = {0};
  MS_TRY(ms_tensor_create(2, shape, &t));
  MS_TRY(ms_lanes_reduce(&work, &t, 1, 0, &out));
  MS_TRY(ms_tensor_reduce_axes(&ms_reduction_sum, &t, 2, 0, &more));
out:
  ms_tensor_release(&t);
  ms_tensor_release(&out);
  ms_tensor_release(&more);
  return status;
}

int main(void) {
  test_reductions();
  test_engine();
  test_in_place();
  test_empty();
  CHECK(sweep(reduce_columns) >= 3);
  return check_done();
}
