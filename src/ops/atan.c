#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_atan = {
  .name = "atan",
  .summary = "Inverse tangent.",
  .arity = 1,
  .map1 = ms_vatan,
  .derivative = {"1/(1 + x*x)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.0},
              {1.0, 0, 0.7853981633974483},
              {-1.0, 0, -0.7853981633974483}},
};
