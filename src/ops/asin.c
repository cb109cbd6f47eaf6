#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_asin = {
  .name = "asin",
  .summary = "Inverse sine.",
  .arity = 1,
  .map1 = ms_vasin,
  .derivative = {"1/sqrt((1 - x)*(1 + x))"},
  .domain = {{-0.8, 0.8}},
  .special = {{0.0, 0, 0.0}, {1.0, 0, 1.5707963267948966}, {0.5, 0, 0.5235987755982989}},
};
