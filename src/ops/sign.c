#include "ops/op.h"

static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = a[i] != a[i] ? a[i] : (double)((a[i] > 0.0) - (a[i] < 0.0));
}

const ms_op ms_op_sign = {
  .name = "sign",
  .summary = "Sign: -1, 0 or 1.",
  .arity = 1,
  .map1 = map,
  .taylor = MS_TAYLOR_ZERO,
  .derivative = {"0"},
  .domain = {{-2, 2}},
  .special = {{-3.0, 0, -1.0}, {0.0, 0, 0.0}, {2.0, 0, 1.0}},
};
