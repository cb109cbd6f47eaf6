#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_sinh = {
  .name = "sinh",
  .summary = "Hyperbolic sine.",
  .arity = 1,
  .map1 = ms_vsinh,
  .derivative = {"cosh(x)"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 0.0},
              {1.0, 0, 1.1752011936438014},
              {-1.0, 0, -1.1752011936438014}},
};
