#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_expm1 = {
  .name = "expm1",
  .summary = "exp(x) - 1, exact for small x.",
  .arity = 1,
  .map1 = ms_vexpm1,
  .derivative = {"f + 1"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 0.0}, {1e-20, 0, 1e-20}, {1.0, 0, 1.718281828459045}},
};
