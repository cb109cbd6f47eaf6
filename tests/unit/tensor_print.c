#include "check.h"
#include "tensor/print.h"
#include "tensor/view.h"

static void check_text(const ms_tensor *t, const char *want) {
  char *text;
  CHECK_STATUS(ms_tensor_text(t, &text), MS_OK);
  if (!CHECK(strcmp(text, want) == 0)) fprintf(stderr, "got:\n%s\n", text);
  ms_free(text);
}

static void test_small(void) {
  double numbers[] = {1, -2.5, 1e-7, 3.14159265, 1e20, NAN};
  size_t matrix[] = {2, 3}, row[] = {6}, empty[] = {2, 0};
  ms_tensor t, turned;
  ms_tensor_borrow(numbers, 2, matrix, &t);
  check_text(&t, "tensor 2x3 float64\n"
                 "       1    -2.5   1e-07\n"
                 "  3.1416   1e+20     nan");
  CHECK_STATUS(ms_tensor_transpose(&t, 0, 1, &turned), MS_OK);
  check_text(&turned, "tensor 3x2 float64\n"
                      "       1  3.1416\n"
                      "    -2.5   1e+20\n"
                      "   1e-07     nan");
  ms_tensor_borrow(numbers, 1, row, &t);
  check_text(&t, "tensor 6 float64\n"
                 "       1    -2.5   1e-07  3.1416   1e+20     nan");
  ms_tensor_borrow(numbers, 0, NULL, &t);
  check_text(&t, "tensor scalar float64\n  1");
  ms_tensor_borrow(numbers, 2, empty, &t);
  check_text(&t, "tensor 2x0 float64");
}

static void test_large(void) {
  size_t long_row[] = {100}, tall[] = {11, 1};
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(1, long_row, &t), MS_OK);
  for (size_t i = 0; i < 100; i++) t.data[i] = (double)i + 1;
  check_text(&t, "tensor 100 float64\n    1    2    3  ...   98   99  100");
  ms_tensor_release(&t);
  CHECK_STATUS(ms_tensor_create(2, tall, &t), MS_OK);
  check_text(&t, "tensor 11x1 float64\n  0\n  0\n  0\n  ...\n  0\n  0\n  0");
  ms_tensor_release(&t);
}

static void test_parts(void) {
  double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
  size_t cube[] = {2, 2, 2}, deep[] = {1, 2, 1, 4};
  ms_tensor t;
  ms_tensor_borrow(numbers, 3, cube, &t);
  check_text(&t, "tensor 2x2x2 float64\n[1]\n  1  2\n  3  4\n[2]\n  5  6\n  7  8");
  ms_tensor_borrow(numbers, 4, deep, &t);
  check_text(&t, "tensor 1x2x1x4 float64\n[1, 1]\n  1  2  3  4\n[1, 2]\n  5  6  7  8");
}

/* The text of a long tensor stays short, and every failure of its memory is reported. */
static void test_memory(void) {
  size_t shape[] = {40, 40, 40, 40};
  ms_tensor t;
  char *text = NULL;
  ms_status status = MS_ENOMEM;
  CHECK_STATUS(ms_tensor_create(4, shape, &t), MS_OK);
  for (size_t n = 1; status != MS_OK && n < 50; n++) {
    ms_alloc_fail_after(n);
    status = ms_tensor_text(&t, &text);
    ms_alloc_fail_after(0);
    CHECK(status == MS_OK ? text != NULL : status == MS_ENOMEM && text == NULL);
  }
  CHECK_STATUS(status, MS_OK);
  CHECK(text != NULL && strlen(text) < 10000);
  ms_free(text);
  ms_tensor_release(&t);
  CHECK_STATUS(ms_tensor_text(&t, &text), MS_EARG);
}

int main(void) {
  test_small();
  test_large();
  test_parts();
  test_memory();
  return check_done();
}
