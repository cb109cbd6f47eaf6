#include "ops/op.h"

#include "base/vmath.h"

const ms_op ms_op_tanh = {
  .name = "tanh",
  .summary = "Hyperbolic tangent.",
  .arity = 1,
  .map1 = ms_vtanh,
  .derivative = {"1 - f*f"},
  .domain = {{-2, 2}},
  .special = {{0.0, 0, 0.0}, {1.0, 0, 0.7615941559557649}, {50.0, 0, 1.0}},
};
