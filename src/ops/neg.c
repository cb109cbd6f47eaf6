#include "ops/op.h"

static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = -a[i];
}

const ms_op ms_op_neg = {
  .name = "neg",
  .summary = "Negation -x.",
  .metamethod = "__unm",
  .arity = 1,
  .map1 = map,
  .taylor = MS_TAYLOR_LINEAR,
  .derivative = {"-1"},
  .domain = {{-2, 2}},
  .special = {{1, 0, -1}, {0, 0, 0}, {-2.5, 0, 2.5}},
};
