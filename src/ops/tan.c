#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_tan = {
  .name = "tan",
  .summary = "Tangent (radians).",
  .arity = 1,
  .map1 = ms_vtan,
  .derivative = {"1 + f*f"},
  .domain = {{-1.2, 1.2}},
  .special = {{0.0, 0, 0.0},
              {0.7853981633974483, 0, 1.0},
              {-0.7853981633974483, 0, -1.0}},
};
