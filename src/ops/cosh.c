#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_cosh = {
  .name = "cosh",
  .summary = "Hyperbolic cosine.",
  .arity = 1,
  .map1 = ms_vcosh,
  .derivative = {"sinh(x)"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 1.0}, {1.0, 0, 1.5430806348152437}, {-1.0, 0, 1.5430806348152437}},
};
