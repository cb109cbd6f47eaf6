#include "check.h"

#include <stdint.h>

static void test_sizes(void) {
  size_t product = 0;
  CHECK(ms_mul_size(6, 7, &product) && product == 42);
  CHECK(ms_mul_size(0, SIZE_MAX, &product) && product == 0);
  CHECK(ms_mul_size(SIZE_MAX, 1, &product) && product == SIZE_MAX);
  CHECK(!ms_mul_size(SIZE_MAX / 2 + 1, 2, &product));
  CHECK(!ms_mul_size(SIZE_MAX, SIZE_MAX, &product));
}

static void test_alignment_and_counts(void) {
  double *blocks[20];
  for (size_t i = 0; i < 20; i++) {
    CHECK_STATUS(ms_alloc(i + 1, sizeof(double), "numbers", &blocks[i]), MS_OK);
    CHECK((uintptr_t)blocks[i] % 64 == 0);
    for (size_t j = 0; j <= i; j++) blocks[i][j] = (double)(i + j);
    CHECK(ms_live_blocks() == i + 1);
  }
  CHECK(ms_live_bytes() >= 20 * 21 / 2 * sizeof(double));
  for (size_t i = 0; i < 20; i++) {
    CHECK(blocks[i][i] == (double)(2 * i));
    ms_free(blocks[i]);
  }
  CHECK(ms_live_blocks() == 0 && ms_live_bytes() == 0);
}

static void test_zero(void) {
  unsigned char *block;
  void *nothing = &block;
  CHECK_STATUS(ms_alloc_zero(1000, 1, "bytes", &block), MS_OK);
  for (int i = 0; i < 1000; i++) CHECK(block[i] == 0);
  ms_free(block);
  CHECK_STATUS(ms_alloc(0, 8, "nothing", &nothing), MS_OK);
  CHECK(nothing == NULL);
  ms_free(NULL);
}

static void test_refusals(void) {
  void *block = &block;
  CHECK_STATUS(ms_alloc(SIZE_MAX / 2, 3, "a huge matrix", &block), MS_ENOMEM);
  CHECK(block == NULL);
  CHECK_MESSAGE("a huge matrix");
  block = &block;
  CHECK_STATUS(ms_alloc(SIZE_MAX - 10, 1, "a huge vector", &block), MS_ENOMEM);
  CHECK(block == NULL);
  CHECK_STATUS(ms_alloc_zero(SIZE_MAX, 2, "a huge cube", &block), MS_ENOMEM);
}

static void test_realloc(void) {
  int *block = NULL, *before;
  CHECK_STATUS(ms_realloc(&block, 10, sizeof *block, "a list"), MS_OK);
  for (int i = 0; i < 10; i++) block[i] = i;
  CHECK_STATUS(ms_realloc(&block, 100000, sizeof *block, "a list"), MS_OK);
  for (int i = 0; i < 10; i++) CHECK(block[i] == i);
  CHECK_STATUS(ms_realloc(&block, 5, sizeof *block, "a list"), MS_OK);
  for (int i = 0; i < 5; i++) CHECK(block[i] == i);
  before = block;
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_realloc(&block, 1000, sizeof *block, "a list"), MS_ENOMEM);
  ms_alloc_fail_after(0);
  CHECK(block == before && block[4] == 4);
  CHECK(ms_live_blocks() == 1);
  CHECK_STATUS(ms_realloc(&block, 0, sizeof *block, "a list"), MS_OK);
  CHECK(block == NULL && ms_live_blocks() == 0);
}

static void test_reserve(void) {
  int *block = NULL;
  size_t capacity = 0, before;
  CHECK_STATUS(ms_reserve(&block, &capacity, 1, sizeof *block, "numbers"), MS_OK);
  CHECK(block != NULL && capacity >= 1);
  before = capacity;
  for (size_t i = 0; i < before; i++) block[i] = (int)i;
  CHECK_STATUS(ms_reserve(&block, &capacity, before, sizeof *block, "numbers"), MS_OK);
  CHECK(capacity == before);
  CHECK_STATUS(ms_reserve(&block, &capacity, 5 * before, sizeof *block, "numbers"),
               MS_OK);
  CHECK(capacity >= 5 * before && block[before - 1] == (int)before - 1);
  before = capacity;
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_reserve(&block, &capacity, before + 1, sizeof *block, "numbers"),
               MS_ENOMEM);
  ms_alloc_fail_after(0);
  CHECK(capacity == before && block[1] == 1);
  ms_free(block);
}

static void test_strdup(void) {
  char *copy;
  CHECK_STATUS(ms_strdup("Helmholtz", &copy), MS_OK);
  CHECK_STRING(copy, "Helmholtz");
  ms_free(copy);
  CHECK_STATUS(ms_strdup("", &copy), MS_OK);
  CHECK_STRING(copy, "");
  ms_free(copy);
}

/* The n-th allocation fails and all after it; those before it do not. */
static void test_injection(void) {
  for (size_t n = 1; n <= 5; n++) {
    void *blocks[6];
    ms_alloc_fail_after(n);
    for (size_t i = 1; i <= 5; i++)
      CHECK_STATUS(ms_alloc(8, 8, "a block", &blocks[i]), i < n ? MS_OK : MS_ENOMEM);
    ms_alloc_fail_after(0);
    for (size_t i = 1; i <= 5; i++) ms_free(blocks[i]);
    CHECK(ms_live_blocks() == 0);
  }
  CHECK_MESSAGE("a block");
  void *empty;
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_alloc(0, 8, "nothing", &empty), MS_OK); /* asks for nothing */
  CHECK_STATUS(ms_alloc_zero(1, 8, "a block", &empty), MS_ENOMEM);
  CHECK_STATUS(ms_strdup("x", (char **)&empty), MS_ENOMEM);
  ms_alloc_fail_after(0);
}

enum { MIB = 1 << 20 };

static void *block_of(size_t bytes) {
  void *block;
  CHECK_STATUS(ms_alloc(bytes, 1, "a block", &block), MS_OK);
  return block;
}

/* A freed block serves the next request of its size, is not live, and can be refused. */
static void test_keeping(void) {
  unsigned char *first, *second;
  ms_alloc_keep(0); /* what other tests left */
  ms_alloc_keep(8 * MIB);
  first = block_of(2 * MIB);
  first[2 * MIB - 1] = 7;
  ms_free(first);
  CHECK(ms_kept_bytes() == 2 * MIB && ms_live_blocks() == 0 && ms_live_bytes() == 0);
  second = block_of(2 * MIB - 1000);
  CHECK(second == first && (uintptr_t)second % 64 == 0);
  CHECK(ms_kept_bytes() == 0 && ms_live_blocks() == 1 && ms_live_bytes() < 2 * MIB);
  ms_free(second);
  CHECK(ms_kept_bytes() == 2 * MIB);
  second = block_of(MIB); /* half of it would be wasted */
  CHECK(second != first && ms_kept_bytes() == 2 * MIB);
  ms_free(second);
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_alloc(2 * MIB, 1, "a block", &second), MS_ENOMEM);
  ms_alloc_fail_after(0);
  CHECK(ms_kept_bytes() == 3 * MIB);
  second = block_of(1000); /* small blocks are left to the system */
  ms_free(second);
  CHECK(ms_kept_bytes() == 3 * MIB);
  CHECK_STATUS(ms_alloc_zero(2 * MIB, 1, "zeros", &second), MS_OK);
  CHECK(second == first && second[2 * MIB - 1] == 0);
  CHECK_STATUS(ms_realloc(&second, 3 * MIB, 1, "more"), MS_OK);
  CHECK(second != first && ms_kept_bytes() == 3 * MIB);
  ms_free(second);
  ms_alloc_keep(0);
  CHECK(ms_kept_bytes() == 0);
}

/* Never more than the limit, the oldest go first; the closest fit is taken. */
static void test_keeping_bounds(void) {
  void *blocks[40], *fit;
  ms_alloc_keep(8 * MIB);
  for (int i = 0; i < 5; i++) blocks[i] = block_of(3 * MIB);
  for (int i = 0; i < 5; i++) ms_free(blocks[i]);
  CHECK(ms_kept_bytes() == 6 * MIB);
  blocks[0] = block_of(9 * MIB);
  ms_free(blocks[0]); /* larger than the limit */
  CHECK(ms_kept_bytes() == 6 * MIB);
  ms_alloc_keep(4 * MIB);
  CHECK(ms_kept_bytes() == 3 * MIB);
  ms_alloc_keep(40 * MIB);
  for (int i = 0; i < 40; i++) blocks[i] = block_of(MIB);
  for (int i = 0; i < 40; i++) ms_free(blocks[i]);
  CHECK(ms_kept_bytes() == 32 * MIB); /* as many as the list holds */
  ms_alloc_keep(0);
  ms_alloc_keep(40 * MIB);
  blocks[0] = block_of(1100000);
  fit = block_of(1050000);
  blocks[2] = block_of(1080000);
  ms_free(blocks[0]);
  ms_free(fit);
  ms_free(blocks[2]);
  blocks[0] = block_of(1040000);
  CHECK(blocks[0] == fit);
  ms_free(blocks[0]);
  ms_alloc_keep(0);
}

int main(void) {
  test_sizes();
  test_alignment_and_counts();
  test_zero();
  test_refusals();
  test_realloc();
  test_reserve();
  test_strdup();
  test_injection();
  test_keeping();
  test_keeping_bounds();
  return check_done();
}
