#include "ops/op.h"

static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = a[i] != a[i] ? a[i] : 0.5 + 0.5 * (double)((a[i] > 0.0) - (a[i] < 0.0));
}

const ms_op ms_op_step = {
  .name = "step",
  .summary = "Heaviside step: 0 below zero, 1/2 at zero, 1 above.",
  .arity = 1,
  .map1 = map,
  .taylor = MS_TAYLOR_ZERO,
  .derivative = {"0"},
  .domain = {{-2, 2}},
  .special = {{-3.0, 0, 0.0}, {0.0, 0, 0.5}, {2.0, 0, 1.0}},
};
