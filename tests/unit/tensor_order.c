#include "support/sweep.h"
#include "support/views.h"
#include "tensor/lanes.h"
#include "tensor/norm.h"
#include "tensor/order.h"
#include "tensor/reduce.h"
#include "tensor/scan.h"

#include <float.h>
#include <stdlib.h>

enum { MOST = 20000 };

static double x[MOST], results[MOST], scratch[MS_ORDER_SCRATCH * MOST];

/* Few different values, some NaN, zeros of both signs: n of them. */
static void draw(ms_rng *rng, size_t n, int kind) {
  for (size_t i = 0; i < n; i++) {
    uint64_t pick = ms_rng_below(rng, 20);
    if (kind == 0)
      x[i] = ms_rng_normal(rng);
    else if (kind == 1)
      x[i] = pick == 0   ? NAN
             : pick == 1 ? INFINITY
             : pick == 2 ? -0.0
                         : (double)(pick % 4);
    else
      x[i] = (double)i * (kind == 2 ? 1 : -1);
  }
}

/* Does 'a' come before 'b'? NaN comes last. */
static int before(double a, double b, int descending) {
  if (isnan(a) || isnan(b)) return !isnan(a);
  return descending ? a > b : a < b;
}

static void check_order(size_t n, int descending) {
  static char seen[MOST];
  ms_argsort_lane(&descending, n, x, results, scratch);
  memset(seen, 0, n);
  for (size_t i = 0; i < n; i++) {
    size_t at = (size_t)results[i] - 1, next;
    if (!CHECK(results[i] >= 1 && at < n && !seen[at])) return;
    seen[at] = 1;
    if (i + 1 == n) break;
    next = (size_t)results[i + 1] - 1;
    CHECK(!before(x[next], x[at], descending));
    if (!before(x[at], x[next], descending)) CHECK(at < next); /* equal ones: stable */
  }
}

static void test_order(void) {
  static const size_t sizes[] = {0, 1, 2, 3, 15, 16, 17, 33, 100, 4095, 4096, MOST};
  ms_rng rng;
  ms_rng_init(&rng, 1, "order");
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (int kind = 0; kind < 4; kind++)
      for (int descending = 0; descending < 2; descending++) {
        size_t n = sizes[s];
        static double order[MOST];
        draw(&rng, n, kind);
        check_order(n, descending);
        memcpy(order, results, n * sizeof *order);
        ms_sort_lane(&descending, n, x, results, scratch);
        for (size_t i = 0; i < n; i++) {
          double want = x[(size_t)order[i] - 1];
          CHECK(results[i] == want || (isnan(results[i]) && isnan(want)));
        }
        ms_sort_lane(&descending, n, x, x, scratch); /* in place */
        CHECK(n == 0 || memcmp(x, results, n * sizeof *x) == 0);
      }
}

static void test_topk(void) {
  static double order[MOST];
  ms_rng rng;
  ms_rng_init(&rng, 2, "order");
  for (int round = 0; round < 60; round++) {
    size_t n = view_pick(&rng, 1, round % 3 == 0 ? 2000 : 50);
    ms_topk t = {view_pick(&rng, 0, n), round % 2};
    int descending = !t.smallest;
    draw(&rng, n, round % 4);
    ms_argsort_lane(&descending, n, x, order, scratch);
    ms_topk_lane(&t, n, x, results, scratch);
    CHECK(memcmp(order, results, t.k * sizeof *order) == 0);
  }
}

static void test_extremes(void) {
  double result;
  x[0] = 3, x[1] = -1, x[2] = 5, x[3] = -1, x[4] = 5;
  ms_argmin_lane(NULL, 5, x, &result, NULL);
  CHECK(result == 2);
  ms_argmax_lane(NULL, 5, x, &result, NULL);
  CHECK(result == 3);
  x[3] = NAN, x[4] = NAN;
  ms_argmin_lane(NULL, 5, x, &result, NULL);
  CHECK(result == 4);
  ms_argmax_lane(NULL, 5, x, &result, NULL);
  CHECK(result == 4);
  x[0] = INFINITY;
  ms_argmin_lane(NULL, 1, x, &result, NULL);
  CHECK(result == 1);
}

static void test_quantiles(void) {
  const double at[] = {0, 0.25, 0.5, 0.9, 1};
  const ms_quantiles q = {5, at};
  x[0] = 4, x[1] = 1, x[2] = 3, x[3] = 2;
  ms_quantile_lane(&q, 4, x, results, scratch);
  CHECK(results[0] == 1 && results[1] == 1.75 && results[2] == 2.5 && results[4] == 4);
  CHECK_NEAR(results[3], 3.7, 1e-15);
  x[1] = INFINITY, x[0] = INFINITY;
  ms_quantile_lane(&q, 4, x, results, scratch);
  CHECK(results[0] == 2 && results[3] == INFINITY && results[4] == INFINITY);
  x[0] = 1;
  ms_quantile_lane(&q, 3, x, results, scratch); /* 1, 3, infinity */
  CHECK(results[1] == 2 && results[2] == 3 && results[3] == INFINITY);
  x[0] = -INFINITY, x[1] = 5;
  ms_quantile_lane(&q, 3, x, results, scratch); /* -infinity, 3, 5 */
  CHECK(results[0] == -INFINITY && results[1] == -INFINITY && results[2] == 3);
  x[0] = -DBL_MAX, x[1] = DBL_MAX;
  ms_quantile_lane(&q, 2, x, results, scratch);
  CHECK_NEAR(results[1] / DBL_MAX, -0.5, 1e-15);
  CHECK(results[2] == 0 && results[4] == DBL_MAX);
  x[2] = NAN;
  ms_quantile_lane(&q, 4, x, results, scratch);
  for (int i = 0; i < 5; i++) CHECK(isnan(results[i]));
  ms_quantile_lane(&q, 1, x + 3, results, scratch);
  for (int i = 0; i < 5; i++) CHECK(results[i] == 2);
}

static void test_unique(void) {
  size_t n = 7;
  double list[] = {2, NAN, -0.0, 2, 0, -1, NAN};
  ms_tensor t, values, counts;
  ms_tensor_borrow(list, 1, &n, &t);
  CHECK_STATUS(ms_tensor_unique(&t, &values, &counts), MS_OK);
  CHECK(values.shape[0] == 5 && counts.shape[0] == 5);
  CHECK(values.data[0] == -1 && values.data[1] == 0 && values.data[2] == 2);
  CHECK(isnan(values.data[3]) && isnan(values.data[4]));
  CHECK(counts.data[0] == 1 && counts.data[1] == 2 && counts.data[2] == 2
        && counts.data[3] == 1 && counts.data[4] == 1);
  ms_tensor_release(&values);
  ms_tensor_release(&counts);
  n = 0;
  ms_tensor_borrow(list, 1, &n, &t);
  CHECK_STATUS(ms_tensor_unique(&t, &values, &counts), MS_OK);
  CHECK(values.shape[0] == 0);
  ms_tensor_release(&values);
  ms_tensor_release(&counts);
}

static void test_histogram(void) {
  size_t n = 9;
  double list[] = {0, 0.24, 0.25, 0.5, 0.99, 1, -0.01, 1.01, NAN}, counts[4] = {0};
  ms_tensor t;
  ms_tensor_borrow(list, 1, &n, &t);
  ms_tensor_histogram(&t, 4, 0, 1, counts);
  CHECK(counts[0] == 2 && counts[1] == 1 && counts[2] == 1 && counts[3] == 2);
  memset(counts, 0, sizeof counts);
  list[1] = 5e-324;
  n = 2;
  ms_tensor_borrow(list, 1, &n, &t);
  ms_tensor_histogram(&t, 4, 0, 5e-324, counts); /* 4 / width overflows */
  CHECK(counts[0] == 1 && counts[3] == 1);
}

static void test_scans(void) {
  x[0] = 1, x[1] = -3, x[2] = 2, x[3] = NAN, x[4] = 5;
  ms_cumsum_lane(NULL, 3, x, results, NULL);
  CHECK(results[0] == 1 && results[1] == -2 && results[2] == 0);
  ms_cumprod_lane(NULL, 3, x, results, NULL);
  CHECK(results[0] == 1 && results[1] == -3 && results[2] == -6);
  ms_cummax_lane(NULL, 5, x, results, NULL);
  CHECK(results[1] == 1 && results[2] == 2 && isnan(results[3]) && isnan(results[4]));
  ms_cummin_lane(NULL, 5, x, results, NULL);
  CHECK(results[0] == 1 && results[2] == -3 && isnan(results[4]));
  for (int i = 0; i < 10000; i++) x[i] = 0.1;
  ms_cumsum_lane(NULL, 10000, x, results, NULL);
  for (int i = 0; i < 10000; i++) CHECK_NEAR(results[i], (i + 1) * 0.1, 1e-12);
  CHECK(results[9999] == 1000.0); /* plain addition is off by 1.6e-10 */
  x[1] = INFINITY;
  ms_cumsum_lane(NULL, 3, x, results, NULL);
  CHECK(results[0] == 0.1 && results[1] == INFINITY && results[2] == INFINITY);
}

static double norm_of(size_t n, const double *list, double p) {
  double result;
  ms_norm_lane(&p, n, list, &result, NULL);
  return result;
}

static void test_norms(void) {
  static const double scales[] = {1, 1e-160, 1e160, 1e-310, 1e305};
  static const double list[] = {3, -4, 0, 1};
  double y[4];
  for (size_t s = 0; s < 5; s++) {
    double c = scales[s],
           eps = s == 3 ? 1e-3 : 4e-15; /* subnormal numbers have few digits */
    for (int i = 0; i < 4; i++) y[i] = list[i] * c;
    CHECK_NEAR(norm_of(4, y, 1) / c, 8, 8 * eps);
    CHECK_NEAR(norm_of(4, y, 2) / c, sqrt(26), 6 * eps);
    CHECK_NEAR(norm_of(4, y, 3) / c, cbrt(92), 5 * eps);
    CHECK_NEAR(norm_of(4, y, 0.5) / c, pow(sqrt(3) + 2 + 1, 2), 30 * eps);
    CHECK_NEAR(norm_of(4, y, INFINITY) / c, 4, 4 * eps);
    CHECK(norm_of(4, y, 0) == 3);
  }
  y[2] = NAN;
  for (double p = 0; p < 4; p += 0.5) CHECK(isnan(norm_of(4, y, p)));
  CHECK(isnan(norm_of(4, y, INFINITY)));
  for (double p = 0; p < 4; p += 0.5) CHECK(norm_of(0, y, p) == 0);
}

static void test_variance(void) {
  double zero = 0, one = 1, result;
  x[0] = 1e9 + 4, x[1] = 1e9 + 7, x[2] = 1e9 + 13, x[3] = 1e9 + 16;
  ms_variance_lane(&zero, 4, x, &result, NULL);
  CHECK(result == 22.5);
  ms_variance_lane(&one, 4, x, &result, NULL);
  CHECK(result == 30);
  ms_deviation_lane(&one, 4, x, &result, NULL);
  CHECK(result == sqrt(30));
  ms_variance_lane(&one, 1, x, &result, NULL);
  CHECK(isnan(result));
  ms_variance_lane(&zero, 1, x, &result, NULL);
  CHECK(result == 0);
}

static ms_status make_unique(void) {
  size_t n = 3;
  double list[] = {1, 2, 2};
  ms_tensor t, values = {0}, counts = {0};
  ms_status status;
  ms_tensor_borrow(list, 1, &n, &t);
  status = ms_tensor_unique(&t, &values, &counts);
  ms_tensor_release(&values);
  ms_tensor_release(&counts);
  return status;
}

int main(void) {
  test_order();
  test_topk();
  test_extremes();
  test_quantiles();
  test_unique();
  test_histogram();
  test_scans();
  test_norms();
  test_variance();
  CHECK(sweep(make_unique) == 3);
  return check_done();
}
