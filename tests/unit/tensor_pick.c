#include "support/sweep.h"
#include "support/views.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/pick.h"

/* A view of zeros and ones of the first axes of 't'. */
static ms_tensor some_mask(ms_rng *rng, const ms_tensor *t, int dims) {
  ms_tensor mask, zero;
  double none = 0;
  CHECK_STATUS(random_view(rng, dims, t->shape, &mask), MS_OK);
  ms_tensor_borrow(&none, 0, NULL, &zero);
  CHECK_STATUS(ms_tensor_map2(ms_gt_kernel, &mask, &zero, &mask), MS_OK);
  return mask;
}

/* What a mask of fewer axes picks, by definition; its count of parts. */
static size_t naive_pick(const ms_tensor *t, const ms_tensor *mask, double *to) {
  size_t places = ms_tensor_count(mask), found = 0, n = 0;
  size_t size = places > 0 ? ms_tensor_count(t) / places : 0;
  for (size_t i = 0; i < places; i++) {
    if (*view_at(mask, i) == 0) continue;
    found++;
    for (size_t j = 0; j < size; j++) to[n++] = *view_at(t, i * size + j);
  }
  return found;
}

static void test_masks(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "pick");
  for (int round = 0; round < 300; round++) {
    size_t shape[] = {view_pick(&rng, 1, 40), view_pick(&rng, 1, 9),
                      view_pick(&rng, 1, 5)};
    int dims = (int)view_pick(&rng, 1, 3),
        mask_dims = (int)view_pick(&rng, 1, (size_t)dims);
    double want[2000], number = 7;
    size_t found, total;
    ms_tensor t, mask, out, values, copy, scalar;
    CHECK_STATUS(random_view(&rng, dims, shape, &t), MS_OK);
    mask = some_mask(&rng, &t, mask_dims);
    found = naive_pick(&t, &mask, want);
    CHECK_STATUS(ms_tensor_pick(&t, &mask, &out), MS_OK);
    CHECK(out.shape[0] == found && out.dims == dims - mask_dims + 1);
    total = ms_tensor_count(&out);
    for (size_t i = 0; i < total; i++) CHECK(out.data[i] == want[i]);
    /* what was picked, negated, goes back; the rest stays */
    CHECK_STATUS(ms_tensor_clone(&t, &copy), MS_OK);
    CHECK_STATUS(ms_tensor_clone(&out, &values), MS_OK);
    for (size_t i = 0; i < total; i++) values.data[i] = -values.data[i];
    CHECK_STATUS(ms_tensor_pick_set(&values, &mask, &t), MS_OK);
    for (size_t i = 0; i < ms_tensor_count(&t); i++) {
      size_t place = i / (ms_tensor_count(&t) / ms_tensor_count(&mask));
      double sign = *view_at(&mask, place) != 0 ? -1 : 1;
      CHECK(*view_at(&t, i) == sign * copy.data[i]);
    }
    ms_tensor_borrow(&number, 0, NULL, &scalar);
    CHECK_STATUS(ms_tensor_pick_set(&scalar, &mask, &t), MS_OK);
    ms_tensor_release(&out);
    CHECK_STATUS(ms_tensor_pick(&t, &mask, &out), MS_OK);
    for (size_t i = 0; i < total; i++) CHECK(out.data[i] == 7);
    ms_tensor_release(&t);
    ms_tensor_release(&mask);
    ms_tensor_release(&out);
    ms_tensor_release(&values);
    ms_tensor_release(&copy);
  }
}

static void test_mask_misuse(void) {
  size_t shape[] = {3, 4}, other[] = {4}, five[] = {5};
  ms_tensor t, mask, out, values;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  CHECK_STATUS(ms_tensor_create(1, other, &mask), MS_OK);
  CHECK_STATUS(ms_tensor_pick(&t, &mask, &out), MS_EARG);
  CHECK_MESSAGE("a mask of shape 4 does not fit a tensor of shape 3x4");
  CHECK_STATUS(ms_tensor_create(1, five, &values), MS_OK);
  CHECK_STATUS(ms_tensor_pick_set(&values, &t, &t), MS_EARG);
  CHECK_MESSAGE("shape 5 does not broadcast to 0");
  ms_tensor_release(&mask);
  ms_tensor_release(&values);
  ms_tensor_release(&t);
  CHECK_STATUS(ms_tensor_pick(&t, &t, &out), MS_EARG);
  CHECK_MESSAGE("closed");
}

static void test_nonzero(void) {
  size_t shape[] = {2, 3};
  double list[] = {0, 1, 0, NAN, 0, -2};
  const double want[] = {1, 2, 2, 1, 2, 3};
  ms_tensor t, out;
  ms_tensor_borrow(list, 2, shape, &t);
  CHECK_STATUS(ms_tensor_nonzero(&t, &out), MS_OK);
  CHECK(out.shape[0] == 3 && out.shape[1] == 2);
  CHECK(memcmp(out.data, want, sizeof want) == 0);
  ms_tensor_release(&out);
}

/* take, put and gather against their definitions, on views. */
static void test_positions(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "pick");
  for (int round = 0; round < 300; round++) {
    size_t shape[] = {view_pick(&rng, 1, 7), view_pick(&rng, 1, 7),
                      view_pick(&rng, 1, 4)};
    int dims = (int)view_pick(&rng, 1, 3),
        axis = (int)view_pick(&rng, 0, (size_t)dims - 1);
    size_t n = shape[axis], count = view_pick(&rng, 0, 9), inner = 1;
    double list[9], number = 1;
    ms_tensor t, positions, out, copy, one;
    for (size_t i = 0; i < count; i++) {
      list[i] = (double)view_pick(&rng, 1, n);
      if (view_pick(&rng, 0, 1)) list[i] -= (double)(n + 1); /* from the end */
    }
    ms_tensor_borrow(list, 1, &count, &positions);
    CHECK_STATUS(random_view(&rng, dims, shape, &t), MS_OK);
    CHECK_STATUS(ms_tensor_clone(&t, &copy), MS_OK);
    CHECK_STATUS(ms_tensor_take(&t, axis, &positions, &out), MS_OK);
    for (int i = axis + 1; i < dims; i++) inner *= shape[i];
    for (size_t i = 0; i < ms_tensor_count(&out); i++) {
      size_t j = i / inner % count, outer = i / inner / count;
      size_t from = (size_t)(list[j] < 0 ? (double)n + list[j] : list[j] - 1);
      CHECK(out.data[i] == copy.data[(outer * n + from) * inner + i % inner]);
    }
    CHECK_STATUS(ms_tensor_put(&out, axis, &positions, 0, &t), MS_OK);
    CHECK(ms_tensor_equal(&t, &copy)); /* back to where it was taken */
    ms_tensor_borrow(&number, 0, NULL, &one);
    CHECK_STATUS(ms_tensor_put(&one, axis, &positions, 1, &t), MS_OK);
    for (size_t i = 0; i < ms_tensor_count(&t); i++) {
      double times = 0;
      for (size_t j = 0; j < count; j++)
        times +=
          i / inner % n == (size_t)(list[j] < 0 ? (double)n + list[j] : list[j] - 1);
      CHECK_NEAR(*view_at(&t, i), copy.data[i] + times, 1e-14);
    }
    ms_tensor_release(&t);
    ms_tensor_release(&out);
    ms_tensor_release(&copy);
  }
}

static void test_gather(void) {
  ms_rng rng;
  ms_rng_init(&rng, 3, "pick");
  for (int round = 0; round < 100; round++) {
    size_t shape[] = {view_pick(&rng, 1, 5), view_pick(&rng, 1, 5)}, wanted[2];
    int axis = round % 2;
    ms_tensor t, positions, out;
    wanted[axis] = view_pick(&rng, 1, 6);
    wanted[!axis] = shape[!axis];
    CHECK_STATUS(random_view(&rng, 2, shape, &t), MS_OK);
    CHECK_STATUS(random_view(&rng, 2, wanted, &positions), MS_OK);
    for (size_t i = 0; i < wanted[0] * wanted[1]; i++)
      *view_at(&positions, i) = (double)view_pick(&rng, 1, shape[axis]);
    CHECK_STATUS(ms_tensor_gather(&t, axis, &positions, &out), MS_OK);
    for (size_t i = 0; i < wanted[0] * wanted[1]; i++) {
      size_t at[2] = {i / wanted[1], i % wanted[1]};
      at[axis] = (size_t)*view_at(&positions, i) - 1;
      CHECK(out.data[i] == *view_at(&t, at[0] * shape[1] + at[1]));
    }
    ms_tensor_release(&t);
    ms_tensor_release(&positions);
    ms_tensor_release(&out);
  }
}

static void test_position_misuse(void) {
  static const double wrong[] = {0, 4, -4, 1.5, NAN, INFINITY};
  size_t shape[] = {3}, one = 1, matrix[] = {1, 1};
  ms_tensor t, positions, out;
  CHECK_STATUS(ms_tensor_create(1, shape, &t), MS_OK);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    double x = wrong[i];
    ms_tensor_borrow(&x, 1, &one, &positions);
    CHECK_STATUS(ms_tensor_take(&t, 0, &positions, &out), MS_EARG);
    CHECK_MESSAGE("on axis 1, expected 1..3 or -3..-1");
    CHECK_STATUS(ms_tensor_put(&t, 0, &positions, 0, &t), MS_EARG);
    CHECK_STATUS(ms_tensor_gather(&t, 0, &positions, &out), MS_EARG);
  }
  CHECK_STATUS(ms_tensor_take(&t, 1, &positions, &out), MS_EARG);
  CHECK_MESSAGE("axis 1 of a tensor with 1 dims");
  positions.dims = 2;
  positions.shape[1] = matrix[1];
  CHECK_STATUS(ms_tensor_take(&t, 0, &positions, &out), MS_EARG);
  CHECK_MESSAGE("positions with 2 dims, expected 1");
  CHECK_STATUS(ms_tensor_gather(&t, 0, &positions, &out), MS_EARG);
  CHECK_MESSAGE("positions of shape 1x1, expected 3 except along axis 1");
  ms_tensor_release(&t);
}

static ms_status pick_and_put(void) {
  ms_status status = MS_OK;
  size_t shape[] = {3, 2}, two = 2;
  double list[] = {1, 2};
  ms_tensor t = {0}, turned = {0}, out = {0}, more = {0}, mask = {0}, positions;
  ms_tensor_borrow(list, 1, &two, &positions);
  MS_TRY(ms_tensor_create(2, shape, &t));
  MS_TRY(ms_tensor_transpose(&t, 0, 1, &turned));
  ms_tensor_fill(1, &t);
  MS_TRY(ms_tensor_create(1, shape, &mask));
  ms_tensor_fill(1, &mask);
  MS_TRY(ms_tensor_pick(&t, &mask, &out));
  MS_TRY(ms_tensor_pick_set(&out, &mask, &t));
  MS_TRY(ms_tensor_take(&turned, 0, &positions, &more));
  MS_TRY(ms_tensor_put(&more, 0, &positions, 0, &turned));
  ms_tensor_release(&more);
  MS_TRY(ms_tensor_nonzero(&t, &more));
out:
  ms_tensor_release(&t);
  ms_tensor_release(&turned);
  ms_tensor_release(&out);
  ms_tensor_release(&more);
  ms_tensor_release(&mask);
  return status;
}

int main(void) {
  test_masks();
  test_mask_misuse();
  test_nonzero();
  test_positions();
  test_gather();
  test_position_misuse();
  CHECK(sweep(pick_and_put) > 8);
  return check_done();
}
