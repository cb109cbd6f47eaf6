#include "ops/op.h"

static void map(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] > b[i] || a[i] != a[i] ? a[i] : b[i];
}

const ms_op ms_op_max = {
  .name = "max",
  .summary = "The larger of x and y; at a tie each counts half in the derivative.",
  .arity = 2,
  .map2 = map,
  .derivative = {"step(x - y)", "step(y - x)"},
  .domain = {{-2, 2}, {-2, 2}},
  .special = {{3.0, 2.0, 3.0}, {-1.0, 1.0, 1.0}, {0.0, 0.0, 0.0}},
};
