#include "ops/op.h"

#include <math.h>

static void map(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = sqrt(a[i]);
}

const ms_op ms_op_sqrt = {
  .name = "sqrt",
  .summary = "Square root.",
  .arity = 1,
  .map1 = map,
  .derivative = {"0.5/f"},
  .domain = {{0.1, 4}},
  .special = {{0.0, 0, 0.0}, {4.0, 0, 2.0}, {2.25, 0, 1.5}},
};
