#include "check.h"
#include "tensor/tensor.h"

#include <stdint.h>

static void test_create(void) {
  size_t shape[] = {2, 3, 4};
  ms_tensor t, other;
  CHECK_STATUS(ms_tensor_create(3, shape, &t), MS_OK);
  CHECK(t.dims == 3 && ms_tensor_count(&t) == 24 && ms_tensor_is_contiguous(&t));
  CHECK(t.stride[0] == 12 && t.stride[1] == 4 && t.stride[2] == 1);
  CHECK((uintptr_t)t.data % 64 == 0);
  for (size_t i = 0; i < 24; i++) CHECK(t.data[i] == 0);
  ms_tensor_share(&t, &other);
  ms_tensor_release(&t);
  CHECK(t.storage == NULL && t.data == NULL);
  other.data[23] = 5; /* the storage lives on with its last view */
  CHECK(ms_live_blocks() == 1);
  ms_tensor_release(&other);
  ms_tensor_release(&other);
  CHECK(ms_live_blocks() == 0);
}

static void test_scalar(void) {
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(0, NULL, &t), MS_OK);
  CHECK(ms_tensor_count(&t) == 1 && ms_tensor_is_contiguous(&t) && t.data[0] == 0);
  ms_tensor_release(&t);
}

static void test_empty(void) {
  size_t shape[] = {3, 0, 2};
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(3, shape, &t), MS_OK);
  CHECK(t.storage != NULL && ms_tensor_count(&t) == 0 && ms_tensor_is_contiguous(&t));
  ms_tensor_release(&t);
}

static void test_borrow(void) {
  double numbers[6] = {1, 2, 3, 4, 5, 6};
  size_t shape[] = {2, 3};
  ms_tensor t, other;
  ms_tensor_borrow(numbers, 2, shape, &t);
  ms_tensor_share(&t, &other);
  ms_tensor_release(&t);
  other.data[5] = 7;
  CHECK(numbers[5] == 7);
  ms_tensor_release(&other);
}

static void test_refused_shapes(void) {
  size_t many[MS_MAX_DIMS + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  size_t large[] = {SIZE_MAX / 2, 3}, wide[] = {(size_t)1 << 31, (size_t)1 << 31};
  size_t hidden[] = {0, SIZE_MAX, SIZE_MAX}, unaddressable[] = {PTRDIFF_MAX / 8 + 1};
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(MS_MAX_DIMS + 1, many, &t), MS_EARG);
  CHECK_MESSAGE("not 9");
  CHECK_STATUS(ms_tensor_create(-1, many, &t), MS_EARG);
  CHECK_STATUS(ms_tensor_create(2, large, &t), MS_ENOMEM);
  CHECK_MESSAGE("more elements than can be addressed");
  CHECK_STATUS(ms_tensor_create(2, wide, &t), MS_ENOMEM);
  CHECK_MESSAGE("2147483648x2147483648");
  CHECK_STATUS(ms_tensor_create(3, hidden, &t), MS_ENOMEM);
  CHECK_STATUS(ms_tensor_create(1, unaddressable, &t), MS_ENOMEM);
  CHECK(t.storage == NULL);
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_tensor_create(1, many, &t), MS_ENOMEM);
  ms_alloc_fail_after(0);
  CHECK(t.storage == NULL);
}

static void test_shape_text(void) {
  size_t shape[MS_MAX_DIMS], small[] = {3, 4};
  char text[MS_SHAPE_TEXT];
  for (int i = 0; i < MS_MAX_DIMS; i++) shape[i] = SIZE_MAX;
  CHECK_STRING(ms_shape_text(2, small, text), "3x4");
  CHECK_STRING(ms_shape_text(0, NULL, text), "scalar");
  CHECK(strlen(ms_shape_text(MS_MAX_DIMS, shape, text)) == MS_MAX_DIMS * 21 - 1);
}

int main(void) {
  test_create();
  test_scalar();
  test_empty();
  test_borrow();
  test_refused_shapes();
  test_shape_text();
  return check_done();
}
