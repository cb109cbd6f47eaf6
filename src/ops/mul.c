#include "ops/op.h"

static void map(size_t n, const double *a, const double *b, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}

const ms_op ms_op_mul = {
  .name = "mul",
  .summary = "Product x y.",
  .metamethod = "__mul",
  .arity = 2,
  .map2 = map,
  .taylor = MS_TAYLOR_PRODUCT,
  .derivative = {"y", "x"},
  .domain = {{-2, 2}, {-2, 2}},
  .special = {{3.0, 2.0, 6.0}, {-1.0, 1.0, -1.0}, {0.0, 5.0, 0.0}},
};
