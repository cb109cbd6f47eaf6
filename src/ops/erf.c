#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_erf = {
  .name = "erf",
  .summary = "Error function.",
  .arity = 1,
  .map1 = ms_verf,
  .derivative = {"1.1283791670955126*exp(-(x*x))"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 0.0}, {1.0, 0, 0.8427007929497149}, {-30.0, 0, -1.0}},
};
