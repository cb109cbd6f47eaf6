#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_acos = {
  .name = "acos",
  .summary = "Inverse cosine.",
  .arity = 1,
  .map1 = ms_vacos,
  .derivative = {"-1/sqrt((1 - x)*(1 + x))"},
  .domain = {{-0.8, 0.8}},
  .special = {{1.0, 0, 0.0}, {0.0, 0, 1.5707963267948966}, {0.5, 0, 1.0471975511965979}},
};
