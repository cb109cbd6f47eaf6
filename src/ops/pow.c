#include "ops/op.h"

#include "base/vmath.h"

/*
** At x = 0 the formulas y x^(y-1) and x^y log x are 0 times infinity where the derivative
** is 0: by x if y = 0, by y if x^y = 0. There the product of the two brackets is 1, and
** makes them 0 x^0 and 0 log 1; everywhere else it is 0 and changes nothing. A constant x
** or y folds it away.
*/
const ms_op ms_op_pow = {
  .name = "pow",
  .summary = "Power x^y; x must be positive unless y is a whole number. The brackets in "
             "its derivatives count at x = 0 alone.",
  .metamethod = "__pow",
  .arity = 2,
  .map2 = ms_vpow,
  .derivative = {"y*x^(y - 1 + (1 - abs(sign(y)))*(1 - abs(sign(x))))",
                 "f*log(x + (1 - abs(sign(x)))*(1 - abs(sign(f))))"},
  .domain = {{0.3, 2}, {-2, 2}},
  .special = {{3.0, 2.0, 9.0}, {4.0, 0.5, 2.0}, {2.0, -1.0, 0.5}},
};
