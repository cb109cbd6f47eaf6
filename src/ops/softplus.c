#include "ops/op.h"

#include "base/vmath.h"

#include <math.h>

enum { CHUNK = 64 };

/* log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)): no overflow, exact for large |x|. */
static void map(size_t n, const double *a, double *out) {
  double tail[CHUNK];
  for (size_t first = 0; first < n; first += CHUNK) {
    size_t m = n - first < CHUNK ? n - first : CHUNK;
    for (size_t i = 0; i < m; i++) tail[i] = -fabs(a[first + i]);
    ms_vexp(m, tail, tail);
    ms_vlog1p(m, tail, tail);
    for (size_t i = 0; i < m; i++)
      out[first + i] = a[first + i] > 0.0 ? a[first + i] + tail[i] : tail[i];
  }
}

const ms_op ms_op_softplus = {
  .name = "softplus",
  .summary = "log(1 + exp(x)).",
  .arity = 1,
  .map1 = map,
  .derivative = {"sigmoid(x)"},
  .domain = {{-3, 3}},
  .special = {{0.0, 0, 0.6931471805599453},
              {800.0, 0, 800.0},
              {1.0, 0, 1.3132616875182228}},
};
