#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_log1p = {
  .name = "log1p",
  .summary = "log(1 + x), exact for small x.",
  .arity = 1,
  .map1 = ms_vlog1p,
  .derivative = {"1/(1 + x)"},
  .domain = {{-0.7, 3}},
  .special = {{0.0, 0, 0.0}, {1e-20, 0, 1e-20}, {1.0, 0, 0.6931471805599453}},
};
