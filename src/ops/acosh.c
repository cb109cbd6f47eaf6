#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_acosh = {
  .name = "acosh",
  .summary = "Inverse hyperbolic cosine.",
  .arity = 1,
  .map1 = ms_vacosh,
  .derivative = {"1/sqrt((x - 1)*(x + 1))"},
  .domain = {{1.3, 4}},
  .special = {{1.0, 0, 0.0}, {2.0, 0, 1.3169578969248166}, {10.0, 0, 2.993222846126381}},
};
