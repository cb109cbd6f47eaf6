#include "ops/op.h"

#include <math.h>

static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = fabs(a[i]);
}

const ms_op ms_op_abs = {
  .name = "abs",
  .summary = "Absolute value; its derivative at 0 is taken as 0.",
  .arity = 1,
  .map1 = map,
  .derivative = {"sign(x)"},
  .domain = {{-2, 2}},
  .special = {{-3.0, 0, 3.0}, {0.0, 0, 0.0}, {2.0, 0, 2.0}},
};
