#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_asinh = {
  .name = "asinh",
  .summary = "Inverse hyperbolic sine.",
  .arity = 1,
  .map1 = ms_vasinh,
  .derivative = {"1/sqrt(1 + x*x)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.0}, {1.0, 0, 0.881373587019543}, {-1.0, 0, -0.881373587019543}},
};
