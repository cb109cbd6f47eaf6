#include "ops/op.h"

static void map(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] - b[i];
}

const ms_op ms_op_sub = {
  .name = "sub",
  .summary = "Difference x - y.",
  .metamethod = "__sub",
  .arity = 2,
  .map2 = map,
  .taylor = MS_TAYLOR_LINEAR,
  .derivative = {"1", "-1"},
  .domain = {{-2, 2}, {-2, 2}},
  .special = {{1.0, 2.0, -1.0}, {-1.0, 1.0, -2.0}, {0.5, 0.25, 0.25}},
};
