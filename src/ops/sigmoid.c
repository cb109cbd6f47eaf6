#include "ops/op.h"

#include "base/vmath.h"

#include <math.h>

enum { CHUNK = 64 };

/*
** With e = exp(-|x|): 1/(1 + e), and e/(1 + e) below zero. No overflow, small values
** exact.
*/
static void map(size_t n, const double *a, double *out) {
  double e[CHUNK];
  for (size_t first = 0; first < n; first += CHUNK) {
    size_t m = n - first < CHUNK ? n - first : CHUNK;
    for (size_t i = 0; i < m; i++) e[i] = -fabs(a[first + i]);
    ms_vexp(m, e, e);
    for (size_t i = 0; i < m; i++)
      out[first + i] = (a[first + i] < 0.0 ? e[i] : 1.0) / (1.0 + e[i]);
  }
}

const ms_op ms_op_sigmoid = {
  .name = "sigmoid",
  .summary = "Logistic function 1/(1 + exp(-x)).",
  .arity = 1,
  .map1 = map,
  .derivative = {"f*(1 - f)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.5},
              {-700.0, 0, 9.8596765437597708e-305},
              {1.0, 0, 0.7310585786300049}},
};
