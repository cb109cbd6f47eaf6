#include "ops/op.h"

#include "base/vmath.h"

/* 1/(1 + exp(-x)) = (1 + tanh(x/2))/2: one call, no overflow, exact limits. */
static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = 0.5 * a[i];
  ms_vtanh(n, out, out);
  for (size_t i = 0; i < n; i++) out[i] = 0.5 + 0.5 * out[i];
}

const ms_op ms_op_sigmoid = {
  .name = "sigmoid",
  .summary = "Logistic function 1/(1 + exp(-x)).",
  .arity = 1,
  .map1 = map,
  .derivative = {"f*(1 - f)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.5}, {100.0, 0, 1.0}, {1.0, 0, 0.7310585786300049}},
};
