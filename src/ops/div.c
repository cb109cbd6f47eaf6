#include "ops/op.h"

static void map(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] / b[i];
}

const ms_op ms_op_div = {
  .name = "div",
  .summary = "Quotient x / y.",
  .metamethod = "__div",
  .arity = 2,
  .map2 = map,
  .derivative = {"1/y", "-(f/y)"},
  .domain = {{-2, 2}, {0.5, 2}},
  .special = {{3.0, 2.0, 1.5}, {-1.0, 4.0, -0.25}, {0.0, 5.0, 0.0}},
};
