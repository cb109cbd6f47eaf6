#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_atan2 = {
  .name = "atan2",
  .summary = "Angle of the point (y, x): atan2(x, y) with x the ordinate, as in C.",
  .arity = 2,
  .map2 = ms_vatan2,
  .derivative = {"y/(x*x + y*y)", "-(x/(x*x + y*y))"},
  .domain = {{0.3, 2}, {0.3, 2}},
  .special = {{0.0, 1.0, 0.0},
              {1.0, 1.0, 0.7853981633974483},
              {1.0, 0.0, 1.5707963267948966}},
};
