#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_erfc = {
  .name = "erfc",
  .summary = "Complementary error function.",
  .arity = 1,
  .map1 = ms_verfc,
  .derivative = {"-1.1283791670955126*exp(-(x*x))"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 1.0}, {1.0, 0, 0.15729920705028513}, {-30.0, 0, 2.0}},
};
