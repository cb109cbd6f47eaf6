#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_sin = {
  .name = "sin",
  .summary = "Sine (radians).",
  .arity = 1,
  .map1 = ms_vsin,
  .derivative = {"cos(x)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.0}, {1.5707963267948966, 0, 1.0}, {0.5235987755982989, 0, 0.5}},
};
