#include "tensor/compare.h"

#define DEFINE(name, condition)                                                          \
  void ms_##name##_kernel(size_t n, const double *a, const double *b, double *out) {     \
    for (size_t i = 0; i < n; i++) out[i] = (condition) ? 1.0 : 0.0;                     \
  }

DEFINE(eq, a[i] == b[i])
DEFINE(ne, a[i] != b[i])
DEFINE(lt, a[i] < b[i])
DEFINE(le, a[i] <= b[i])
DEFINE(gt, a[i] > b[i])
DEFINE(ge, a[i] >= b[i])

/* Not && and ||: a loop without branches is a vector loop. */
DEFINE(and, (a[i] != 0) & (b[i] != 0))
DEFINE(or, (a[i] != 0) | (b[i] != 0))
DEFINE(xor, (a[i] != 0) != (b[i] != 0))

void ms_not_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] == 0 ? 1.0 : 0.0;
}

void ms_isnan_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] != a[i] ? 1.0 : 0.0;
}

void ms_where_kernel(size_t n, const double *condition, const double *b, const double *c,
                     double *out) {
  for (size_t i = 0; i < n; i++) {
    double yes = b[i], no = c[i];
    out[i] = condition[i] != 0 ? yes : no;
  }
}

void ms_clamp_kernel(size_t n, const double *x, const double *low, const double *high,
                     double *out) {
  for (size_t i = 0; i < n; i++) {
    double floor = x[i] < low[i] ? low[i] : x[i];
    out[i] = floor > high[i] ? high[i] : floor;
  }
}
