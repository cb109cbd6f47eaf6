#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_log = {
  .name = "log",
  .summary = "Natural logarithm.",
  .arity = 1,
  .map1 = ms_vlog,
  .derivative = {"1/x"},
  .domain = {{0.2, 4}},
  .special = {{1.0, 0, 0.0}, {2.718281828459045, 0, 1.0}, {2.0, 0, 0.6931471805599453}},
};
