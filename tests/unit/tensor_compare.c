#include "check.h"
#include "support/views.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"

#include <math.h>

enum { VALUES = 9 };

static const double values[VALUES] = {-INFINITY, -2.5, -1,       -0.0, 0,
                                      0.5,       1,    INFINITY, NAN};

typedef struct rule {
  void (*kernel)(size_t n, const double *a, const double *b, double *out);
  int (*holds)(double a, double b);
} rule;

#define RULE(name, expression)                                                           \
  static int name(double a, double b) {                                                  \
    return expression;                                                                   \
  }

RULE(eq, a == b)
RULE(ne, a != b)
RULE(lt, a < b)
RULE(le, a <= b)
RULE(gt, a > b)
RULE(ge, a >= b)
RULE(and, a != 0 && b != 0)
RULE(or, a != 0 || b != 0)
RULE(xor, !(a != 0) != !(b != 0))

/* Every pair of values, and every length up to a few vectors. */
static void test_rules(void) {
  static const rule rules[] = {
    {ms_eq_kernel, eq},   {ms_ne_kernel, ne},  {ms_lt_kernel, lt},
    {ms_le_kernel, le},   {ms_gt_kernel, gt},  {ms_ge_kernel, ge},
    {ms_and_kernel, and}, {ms_or_kernel, or }, {ms_xor_kernel, xor},
  };
  double a[VALUES * VALUES], b[VALUES * VALUES], out[VALUES * VALUES + 1];
  for (int i = 0; i < VALUES * VALUES; i++) {
    a[i] = values[i / VALUES];
    b[i] = values[i % VALUES];
  }
  for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
    for (size_t n = 0; n <= VALUES * VALUES; n += n < 40 ? 1 : 41) {
      out[n] = 7;
      rules[r].kernel(n, a, b, out);
      for (size_t i = 0; i < n; i++) CHECK(out[i] == rules[r].holds(a[i], b[i]));
      CHECK(out[n] == 7);
    }
}

static void test_unary(void) {
  double out[VALUES];
  ms_not_kernel(VALUES, values, out);
  for (int i = 0; i < VALUES; i++) CHECK(out[i] == (values[i] == 0));
  ms_isnan_kernel(VALUES, values, out);
  for (int i = 0; i < VALUES; i++) CHECK(out[i] == (i == VALUES - 1));
}

static void test_choices(void) {
  double yes[VALUES], no[VALUES], out[VALUES], low[VALUES], high[VALUES];
  for (int i = 0; i < VALUES; i++) {
    yes[i] = i;
    no[i] = -i;
    low[i] = -1;
    high[i] = 0.5;
  }
  ms_where_kernel(VALUES, values, yes, no, out);
  for (int i = 0; i < VALUES; i++) CHECK(out[i] == (values[i] != 0 ? i : -i));
  ms_clamp_kernel(VALUES, values, low, high, out);
  for (int i = 0; i < VALUES - 1; i++) CHECK(out[i] == fmin(fmax(values[i], -1), 0.5));
  CHECK(isnan(out[VALUES - 1]));
  ms_clamp_kernel(1, &values[0], &high[0], &low[0], out);
  CHECK(out[0] == -1); /* the upper limit wins */
}

/* Lua's % and //: the quotient rounds down, the remainder has the sign of the divisor. */
static void test_division(void) {
  static const double cases[][4] = {
    {7, 3, 1, 2},     {-7, 3, 2, -3},     {7, -3, -2, -3},
    {-7, -3, -1, 2},  {6, 3, 0, 2},       {-6, 3, 0, -2},
    {5.5, 2, 1.5, 2}, {-0.5, 2, 1.5, -1}, {1, INFINITY, 1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double rest, quotient;
    ms_mod_kernel(1, &cases[i][0], &cases[i][1], &rest);
    ms_idiv_kernel(1, &cases[i][0], &cases[i][1], &quotient);
    CHECK(rest == cases[i][2] && quotient == cases[i][3]);
  }
}

static void test_rounding(void) {
  static const double x[] = {-1.5, -0.5, 0.5, 1.5, 2.5, 2.7, -2.7};
  static const double floors[] = {-2, -1, 0, 1, 2, 2, -3},
                      ceils[] = {-1, 0, 1, 2, 3, 3, -2};
  static const double rounds[] = {-2, 0, 0, 2, 2, 3, -3},
                      truncs[] = {-1, 0, 0, 1, 2, 2, -2};
  double out[7];
  ms_floor_kernel(7, x, out);
  for (int i = 0; i < 7; i++) CHECK(out[i] == floors[i]);
  ms_ceil_kernel(7, x, out);
  for (int i = 0; i < 7; i++) CHECK(out[i] == ceils[i]);
  ms_round_kernel(7, x, out);
  for (int i = 0; i < 7; i++) CHECK(out[i] == rounds[i]);
  ms_trunc_kernel(7, x, out);
  for (int i = 0; i < 7; i++) CHECK(out[i] == truncs[i]);
}

/* where on views of any layout, one of them the output. */
static void test_map3(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "where");
  for (int round = 0; round < 100; round++) {
    size_t shape[] = {view_pick(&rng, 1, 7), view_pick(&rng, 1, 7)};
    ms_tensor c, a, b, out = {0}, column;
    CHECK_STATUS(random_view(&rng, 2, shape, &c), MS_OK);
    CHECK_STATUS(random_view(&rng, 2, shape, &a), MS_OK);
    CHECK_STATUS(random_view(&rng, 2, shape, &b), MS_OK);
    CHECK_STATUS(ms_tensor_map2(ms_gt_kernel, &c, &a, &c), MS_OK);
    CHECK_STATUS(ms_tensor_map3(ms_where_kernel, &c, &a, &b, &out), MS_OK);
    for (size_t i = 0; i < shape[0] * shape[1]; i++)
      CHECK(out.data[i] == (*view_at(&c, i) != 0 ? *view_at(&a, i) : *view_at(&b, i)));
    CHECK_STATUS(ms_tensor_map3(ms_where_kernel, &c, &a, &b, &b), MS_OK);
    CHECK(ms_tensor_equal(&out, &b));
    ms_tensor_release(&out);
    CHECK_STATUS(ms_tensor_narrow(&c, 1, 0, 1, &column), MS_OK);
    CHECK_STATUS(ms_tensor_map3(ms_where_kernel, &column, &a, &b, &out), MS_OK);
    for (size_t i = 0; i < shape[0] * shape[1]; i++)
      CHECK(
        out.data[i]
        == (*view_at(&column, i / shape[1]) != 0 ? *view_at(&a, i) : *view_at(&b, i)));
    ms_tensor_release(&column);
    ms_tensor_release(&out);
    ms_tensor_release(&c);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
  }
}

int main(void) {
  test_rules();
  test_unary();
  test_choices();
  test_division();
  test_rounding();
  test_map3();
  return check_done();
}
