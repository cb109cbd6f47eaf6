#include "check.h"
#include "support/views.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"

#include <stdint.h>

enum { ROUNDS = 500 };

/* Extents are mostly small, sometimes beyond the size of a piece of the walk. */
static int random_shape(ms_rng *rng, size_t *shape) {
  int dims = (int)view_pick(rng, 0, 4);
  for (int i = 0; i < dims; i++)
    shape[i] = view_pick(rng, 0, 9) == 0 ? 0 : view_pick(rng, 1, 6);
  if (dims > 0 && view_pick(rng, 0, 4) == 0) shape[dims - 1] = 1500;
  return dims;
}

/* A shape that broadcasts to the given one: leading axes dropped, some extents 1. */
static int smaller_shape(ms_rng *rng, int dims, const size_t *shape, size_t *out) {
  int drop = dims > 0 ? (int)view_pick(rng, 0, (size_t)dims) : 0;
  for (int i = drop; i < dims; i++)
    out[i - drop] = view_pick(rng, 0, 2) == 0 ? 1 : shape[i];
  return dims - drop;
}

static void check_map2(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_tensor x, y;
  CHECK_STATUS(ms_tensor_map2(ms_sub_kernel, a, b, out), MS_OK);
  CHECK_STATUS(ms_tensor_broadcast(a, out->dims, out->shape, &x), MS_OK);
  CHECK_STATUS(ms_tensor_broadcast(b, out->dims, out->shape, &y), MS_OK);
  for (size_t i = 0; i < ms_tensor_count(out); i++)
    if (!CHECK(*view_at(out, i) == *view_at(&x, i) - *view_at(&y, i))) break;
  ms_tensor_release(&x);
  ms_tensor_release(&y);
}

/*
** Random layouts and broadcasts against the definition, into new and into open outputs.
*/
static void test_map2_layouts(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "map2");
  for (int round = 0; round < ROUNDS; round++) {
    size_t shape[MS_MAX_DIMS], small[MS_MAX_DIMS];
    ms_tensor a, b, fresh = {0}, open;
    int dims = random_shape(&rng, shape), less = smaller_shape(&rng, dims, shape, small);
    CHECK_STATUS(random_view(&rng, dims, shape, &a), MS_OK);
    CHECK_STATUS(random_view(&rng, less, small, &b), MS_OK);
    CHECK_STATUS(random_view(&rng, dims, shape, &open), MS_OK);
    check_map2(&a, &b, &fresh);
    CHECK(ms_tensor_is_contiguous(&fresh) && ms_tensor_same_shape(&fresh, &a));
    check_map2(&b, &a, &open);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&fresh);
    ms_tensor_release(&open);
  }
}

/* Operands that repeat with different periods over many pieces of the walk. */
static void test_repeats(void) {
  static const size_t shapes[][3] = {{1, 1, 11},   {300, 1, 11}, {1, 7, 1},  {300, 1, 1},
                                     {300, 7, 11}, {1, 1, 1},    {1, 7, 11}, {300, 7, 1}};
  ms_rng rng;
  ms_rng_init(&rng, 1, "repeats");
  for (int left = 0; left < 8; left++)
    for (int right = 0; right < 8; right++) {
      size_t full[] = {300, 7, 11};
      ms_tensor a, b, out;
      CHECK_STATUS(random_view(&rng, 3, shapes[left], &a), MS_OK);
      CHECK_STATUS(random_view(&rng, 3, shapes[right], &b), MS_OK);
      CHECK_STATUS(random_view(&rng, 3, full, &out), MS_OK);
      check_map2(&a, &b, &out);
      ms_tensor_release(&out);
      CHECK_STATUS(ms_tensor_create(3, full, &out), MS_OK);
      check_map2(&a, &b, &out);
      ms_tensor_release(&a);
      ms_tensor_release(&b);
      ms_tensor_release(&out);
    }
}

/* An open output in larger storage must not touch the storage around it. */
static void test_surroundings(void) {
  size_t shape[] = {5, 7};
  ms_tensor all, inner, column;
  double sum = 0;
  CHECK_STATUS(ms_tensor_create(2, shape, &all), MS_OK);
  CHECK_STATUS(ms_tensor_narrow(&all, 1, 2, 3, &inner), MS_OK);
  CHECK_STATUS(ms_tensor_select(&all, 1, 6, &column), MS_OK);
  ms_tensor_fill(1, &inner);
  ms_tensor_fill(10, &column);
  CHECK_STATUS(ms_tensor_map2(ms_add_kernel, &inner, &inner, &inner), MS_OK);
  for (size_t i = 0; i < 35; i++) sum += all.data[i];
  CHECK(sum == 5 * 3 * 2 + 5 * 10);
  ms_tensor_release(&all);
  ms_tensor_release(&inner);
  ms_tensor_release(&column);
}

/* The output overlaps its operand in every way that views of one storage can. */
static void test_aliasing(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "aliasing");
  for (int round = 0; round < ROUNDS; round++) {
    size_t n = round % 10 == 0 ? 60 : view_pick(&rng, 1, 6), shape[] = {n + 2, n + 2};
    ms_tensor all, before, view[2], was, out, step;
    CHECK_STATUS(random_view(&rng, 2, shape, &all), MS_OK);
    for (int k = 0; k < 2; k++) {
      CHECK_STATUS(ms_tensor_narrow(&all, 0, view_pick(&rng, 0, 2), n, &view[k]), MS_OK);
      CHECK_STATUS(ms_tensor_narrow(&view[k], 1, view_pick(&rng, 0, 2), n, &step), MS_OK);
      ms_tensor_release(&view[k]);
      CHECK_STATUS(ms_tensor_transpose(&step, 0, (int)view_pick(&rng, 0, 1), &view[k]),
                   MS_OK);
      ms_tensor_release(&step);
    }
    CHECK_STATUS(ms_tensor_clone(&view[0], &before), MS_OK);
    CHECK_STATUS(ms_tensor_clone(&view[1], &was), MS_OK);
    ms_tensor_share(&view[0], &out);
    CHECK_STATUS(ms_tensor_map2(ms_sub_kernel, &view[0], &view[1], &out), MS_OK);
    for (size_t i = 0; i < n * n; i++)
      if (!CHECK(*view_at(&out, i) == before.data[i] - was.data[i])) break;
    ms_tensor_release(&all);
    ms_tensor_release(&before);
    ms_tensor_release(&view[0]);
    ms_tensor_release(&view[1]);
    ms_tensor_release(&was);
    ms_tensor_release(&out);
  }
}

static void test_row_of_itself(void) {
  size_t shape[] = {3, 4};
  ms_tensor t, row, last;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  for (size_t i = 0; i < 12; i++) t.data[i] = (double)i;
  CHECK_STATUS(ms_tensor_select(&t, 0, 1, &row), MS_OK);
  CHECK_STATUS(ms_tensor_map2(ms_sub_kernel, &t, &row, &t), MS_OK);
  CHECK(t.data[0] == -4 && t.data[4] == 0 && t.data[8] == 4 && t.data[11] == 4);
  CHECK_STATUS(ms_tensor_narrow(&t, 0, 2, 1, &last), MS_OK);
  CHECK_STATUS(ms_tensor_axpy(2, &last, &t), MS_OK);
  CHECK(t.data[0] == 4 && t.data[4] == 8 && t.data[8] == 12);
  ms_tensor_release(&t);
  ms_tensor_release(&row);
  ms_tensor_release(&last);
}

static void test_refusals(void) {
  size_t shape[] = {3, 4}, row[] = {5};
  ms_tensor t, r, wide, none = {0}, closed = {0};
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  CHECK_STATUS(ms_tensor_create(1, row, &r), MS_OK);
  CHECK_STATUS(ms_tensor_map2(ms_add_kernel, &t, &r, &none), MS_EARG);
  CHECK_MESSAGE("shapes 3x4 and 5 do not broadcast");
  CHECK(none.storage == NULL);
  CHECK_STATUS(ms_tensor_map2(ms_add_kernel, &t, &r, &t), MS_EARG);
  CHECK_MESSAGE("shape 5 does not broadcast to 3x4");
  CHECK_STATUS(ms_tensor_map1(ms_neg_kernel, &t, &r), MS_EARG);
  CHECK_STATUS(ms_tensor_map1(ms_neg_kernel, &closed, &none), MS_EARG);
  CHECK_STATUS(ms_tensor_copy(&t, &closed), MS_EARG);
  CHECK_STATUS(ms_tensor_axpy(1, &closed, &t), MS_EARG);
  ms_tensor_release(&r);
  CHECK_STATUS(ms_tensor_select(&t, 0, 0, &r), MS_OK);
  CHECK_STATUS(ms_tensor_broadcast(&r, 2, shape, &wide), MS_OK);
  CHECK_STATUS(ms_tensor_map1(ms_neg_kernel, &t, &wide), MS_EARG);
  CHECK_MESSAGE("repeats its elements along axis 1");
  ms_tensor_release(&wide);
  ms_tensor_release(&r);
  ms_tensor_release(&t);
}

/* Walks every allocation of an in-place operation on overlapping views. */
static void test_failures(void) {
  size_t shape[] = {4, 4};
  ms_tensor t, turned;
  ms_status status = MS_ENOMEM;
  size_t n = 1;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  t.data[1] = 3;
  CHECK_STATUS(ms_tensor_transpose(&t, 0, 1, &turned), MS_OK);
  for (; status != MS_OK && n < 10; n++) {
    size_t blocks = ms_live_blocks();
    ms_alloc_fail_after(n);
    status = ms_tensor_map2(ms_add_kernel, &turned, &turned, &t);
    ms_alloc_fail_after(0);
    CHECK(ms_live_blocks() == blocks);
    CHECK(status == MS_OK || t.data[1] == 3);
  }
  CHECK(n == 4 && t.data[4] == 6 && t.data[1] == 0);
  ms_tensor_release(&turned);
  ms_tensor_release(&t);
}

static void test_copy_fill_read(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "copy");
  for (int round = 0; round < ROUNDS / 5; round++) {
    size_t shape[MS_MAX_DIMS];
    int dims = random_shape(&rng, shape);
    ms_tensor a, b, c;
    double *flat;
    CHECK_STATUS(random_view(&rng, dims, shape, &a), MS_OK);
    CHECK_STATUS(random_view(&rng, dims, shape, &b), MS_OK);
    CHECK_STATUS(ms_tensor_copy(&a, &b), MS_OK);
    CHECK_STATUS(ms_tensor_clone(&b, &c), MS_OK);
    CHECK(ms_tensor_equal(&a, &b) && ms_tensor_equal(&c, &a) && ms_tensor_is_finite(&c));
    CHECK_STATUS(ms_alloc(ms_tensor_count(&a) + 1, sizeof *flat, "test", &flat), MS_OK);
    ms_tensor_read(&a, flat);
    for (size_t i = 0; i < ms_tensor_count(&a); i++)
      if (!CHECK(flat[i] == *view_at(&a, i))) break;
    ms_tensor_fill(2.5, &b);
    for (size_t i = 0; i < ms_tensor_count(&b); i++)
      if (!CHECK(*view_at(&b, i) == 2.5)) break;
    ms_free(flat);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&c);
  }
}

static void test_equal_and_finite(void) {
  size_t shape[] = {2000}, other[] = {2000, 1};
  ms_tensor a, b, c;
  CHECK_STATUS(ms_tensor_create(1, shape, &a), MS_OK);
  CHECK_STATUS(ms_tensor_create(1, shape, &b), MS_OK);
  CHECK_STATUS(ms_tensor_create(2, other, &c), MS_OK);
  CHECK(ms_tensor_equal(&a, &b) && !ms_tensor_equal(&a, &c));
  b.data[1999] = -0.0;
  CHECK(ms_tensor_equal(&a, &b));
  b.data[1999] = 5e-324;
  CHECK(!ms_tensor_equal(&a, &b) && ms_tensor_is_finite(&b));
  b.data[1999] = INFINITY;
  CHECK(!ms_tensor_is_finite(&b) && ms_tensor_equal(&b, &b));
  b.data[1999] = NAN;
  CHECK(!ms_tensor_is_finite(&b) && !ms_tensor_equal(&b, &b));
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  ms_tensor_release(&c);
}

/* The draws go in row-major order whatever the strides, and each element takes one. */
static void test_random(void) {
  size_t shape[] = {30, 50};
  ms_rng one, two;
  ms_tensor a, b;
  ms_rng_init(&one, 1, "layout");
  CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
  CHECK_STATUS(random_view(&one, 2, shape, &b), MS_OK);
  ms_rng_init(&one, 3, "draws");
  two = one;
  CHECK_STATUS(ms_tensor_random(ms_rng_normal, &one, &a), MS_OK);
  CHECK_STATUS(ms_tensor_random(ms_rng_normal, &two, &b), MS_OK);
  CHECK(ms_tensor_equal(&a, &b) && one.counter == 1500 && two.counter == 1500);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
}

static void test_power(void) {
  const double exponents[] = {0, 1, 2, 3, -1, 0.5, -2.5, NAN};
  for (size_t e = 0; e < 8; e++) {
    double a[5] = {0, 0.3, 1, 2.5, 1e10}, b[5], out[5];
    for (size_t i = 0; i < 5; i++) b[i] = exponents[e];
    ms_pow_kernel(5, a, b, out);
    for (size_t i = 0; i < 5; i++) {
      double want = pow(a[i], b[i]);
      CHECK_NEAR(out[i], want, 2e-15 * fabs(want));
    }
  }
}

int main(void) {
  test_map2_layouts();
  test_repeats();
  test_surroundings();
  test_aliasing();
  test_row_of_itself();
  test_refusals();
  test_failures();
  test_copy_fill_read();
  test_equal_and_finite();
  test_random();
  test_power();
  return check_done();
}
