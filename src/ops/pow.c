#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_pow = {
  .name = "pow",
  .summary = "Power x^y; x must be positive unless y is a whole number.",
  .metamethod = "__pow",
  .arity = 2,
  .map2 = ms_vpow,
  .derivative = {"y*x^(y - 1)", "f*log(x)"},
  .domain = {{0.3, 2}, {-2, 2}},
  .special = {{3.0, 2.0, 9.0}, {4.0, 0.5, 2.0}, {2.0, -1.0, 0.5}},
};
