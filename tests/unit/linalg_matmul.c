#include "check.h"
#include "linalg/gemm.h"
#include "linalg/matmul.h"
#include "support/views.h"
#include "tensor/elementwise.h"

#include <limits.h>

enum { ROOM = 12 };

static void fill(ms_rng *rng, size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = ms_rng_normal(rng);
}

/* All four transpositions, rows with gaps, and every scale, against the definition. */
static void test_gemm(void) {
  static const double scales[] = {0, 1, -0.5};
  ms_rng rng;
  ms_rng_init(&rng, 1, "gemm");
  for (int round = 0; round < 400; round++) {
    size_t m = view_pick(&rng, 0, 6), n = view_pick(&rng, 0, 6),
           k = view_pick(&rng, 0, 6);
    int ta = (int)view_pick(&rng, 0, 1), tb = (int)view_pick(&rng, 0, 1);
    size_t lda = (ta ? m : k) + view_pick(&rng, 0, 3),
           ldb = (tb ? k : n) + view_pick(&rng, 0, 3);
    size_t ldc = n + view_pick(&rng, 0, 3);
    double a[ROOM * ROOM], b[ROOM * ROOM], c[ROOM * ROOM], was[ROOM * ROOM];
    double alpha = scales[view_pick(&rng, 0, 2)], beta = scales[view_pick(&rng, 0, 2)];
    fill(&rng, ROOM * ROOM, a);
    fill(&rng, ROOM * ROOM, b);
    fill(&rng, ROOM * ROOM, c);
    memcpy(was, c, sizeof c);
    if (beta == 0)
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) c[i * ldc + j] = NAN;
    ms_gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t l = 0; l < k; l++)
          sum += (ta ? a[l * lda + i] : a[i * lda + l])
                 * (tb ? b[j * ldb + l] : b[l * ldb + j]);
        sum *= alpha;
        if (beta != 0) sum += beta * was[i * ldc + j];
        CHECK_NEAR(c[i * ldc + j], sum, 1e-13);
        was[i * ldc + j] = c[i * ldc + j];
      }
    CHECK(memcmp(was, c, sizeof c) == 0); /* nothing between the rows was touched */
  }
}

/* Distances between rows that no int holds, harmless because there is one row. */
static void test_wide_rows(void) {
  double a[] = {1, 2, 3}, b[] = {4, 5, 6}, c = 1;
  ms_gemm(0, 1, 1, 1, 3, 2, a, (size_t)INT_MAX + 1, b, (size_t)INT_MAX + 9, 1, &c,
          (size_t)1 << 40);
  CHECK(c == 65);
}

static void test_layouts(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "matmul");
  for (int round = 0; round < 300; round++) {
    size_t m = view_pick(&rng, 0, 5), n = view_pick(&rng, 0, 5),
           k = view_pick(&rng, 0, 5);
    int row = round % 3 == 1, column = round % 5 == 1;
    size_t left[] = {m, k}, right[] = {k, n};
    ms_tensor a, b, out;
    CHECK_STATUS(random_view(&rng, row ? 1 : 2, row ? left + 1 : left, &a), MS_OK);
    CHECK_STATUS(random_view(&rng, column ? 1 : 2, right, &b), MS_OK);
    if (row) m = 1;
    if (column) n = 1;
    CHECK_STATUS(ms_tensor_matmul(&a, &b, &out), MS_OK);
    CHECK(out.dims == 2 - row - column && ms_tensor_count(&out) == m * n);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t l = 0; l < k; l++)
          sum += *view_at(&a, i * k + l) * *view_at(&b, l * n + j);
        CHECK_NEAR(out.data[i * n + j], sum, 1e-13);
      }
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&out);
  }
}

/* Rows that overlap, as in a sliding window or a broadcast, are nothing for BLAS. */
static void test_overlapping_rows(void) {
  double numbers[] = {1, 2, 3, 4, 5};
  size_t row[] = {3}, shape[] = {4, 3};
  ms_tensor r, wide, window, out;
  CHECK_STATUS(ms_tensor_create(1, row, &r), MS_OK);
  ms_tensor_fill(2, &r);
  CHECK_STATUS(ms_tensor_broadcast(&r, 2, shape, &wide), MS_OK);
  CHECK_STATUS(ms_tensor_matmul(&wide, &r, &out), MS_OK);
  CHECK(out.dims == 1 && out.shape[0] == 4 && out.data[0] == 12 && out.data[3] == 12);
  ms_tensor_release(&out);
  ms_tensor_borrow(numbers, 2, (size_t[]){3, 3}, &window);
  window.stride[0] = 1;
  CHECK_STATUS(ms_tensor_matmul(&window, &r, &out), MS_OK);
  CHECK(out.data[0] == 12 && out.data[1] == 18 && out.data[2] == 24);
  ms_tensor_release(&out);
  ms_tensor_release(&wide);
  ms_tensor_release(&r);
}

static void test_refusals(void) {
  size_t shape[] = {3, 4, 2};
  ms_tensor a, b, cube, out, closed = {0};
  CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
  CHECK_STATUS(ms_tensor_create(2, shape + 1, &b), MS_OK);
  CHECK_STATUS(ms_tensor_create(3, shape, &cube), MS_OK);
  CHECK_STATUS(ms_tensor_matmul(&b, &a, &out), MS_EARG);
  CHECK_MESSAGE("shapes 4x2 and 3x4 do not multiply");
  CHECK_STATUS(ms_tensor_matmul(&cube, &b, &out), MS_EARG);
  CHECK_STATUS(ms_tensor_matmul(&a, &closed, &out), MS_EARG);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  ms_tensor_release(&cube);
}

static void test_failures(void) {
  size_t shape[] = {6, 6};
  ms_rng rng;
  ms_tensor a, view, out = {0};
  ms_status status = MS_ENOMEM;
  double numbers[72];
  size_t n = 1;
  ms_rng_init(&rng, 1, "failures");
  fill(&rng, 72, numbers);
  ms_tensor_borrow(numbers, 2, shape, &a);
  view = a;
  view.stride[0] = 12;
  view.stride[1] = 2; /* neither rows nor columns are contiguous */
  for (; status != MS_OK && n < 10; n++) {
    ms_alloc_fail_after(n);
    status = ms_tensor_matmul(&view, &view, &out);
    ms_alloc_fail_after(0);
    CHECK(ms_live_blocks() == (status == MS_OK ? 1 : 0));
  }
  CHECK(n == 5);
  ms_tensor_release(&out);
}

int main(void) {
  test_gemm();
  test_wide_rows();
  test_layouts();
  test_overlapping_rows();
  test_refusals();
  test_failures();
  return check_done();
}
