#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_atanh = {
  .name = "atanh",
  .summary = "Inverse hyperbolic tangent.",
  .arity = 1,
  .map1 = ms_vatanh,
  .derivative = {"1/((1 - x)*(1 + x))"},
  .domain = {{-0.8, 0.8}},
  .special = {{0.0, 0, 0.0},
              {0.5, 0, 0.5493061443340549},
              {-0.5, 0, -0.5493061443340549}},
};
