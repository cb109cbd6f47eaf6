#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_exp = {
  .name = "exp",
  .summary = "Exponential.",
  .arity = 1,
  .map1 = ms_vexp,
  .derivative = {"f"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 1.0}, {1.0, 0, 2.718281828459045}, {-800.0, 0, 0.0}},
};
