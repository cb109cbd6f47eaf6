#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_cos = {
  .name = "cos",
  .summary = "Cosine (radians).",
  .arity = 1,
  .map1 = ms_vcos,
  .derivative = {"-sin(x)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 1.0}, {3.141592653589793, 0, -1.0}, {1.0471975511965979, 0, 0.5}},
};
