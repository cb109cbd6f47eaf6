#include "tensor/compare.h"

#include "tensor/fold.h"
#include "tensor/view.h"

#include <float.h>
#include <math.h>

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

void ms_isinf_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = fabs(a[i]) > DBL_MAX ? 1.0 : 0.0;
}

void ms_isfinite_kernel(size_t n, const double *a, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = fabs(a[i]) <= DBL_MAX ? 1.0 : 0.0;
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
    int raise = (x[i] < low[i]) | (low[i] != low[i]);
    double floor = raise ? low[i] : x[i];
    int lower = (floor > high[i]) | (high[i] != high[i]);
    out[i] = lower ? high[i] : floor;
  }
}

/* {=== closeness === */

/*
** How many pairs are not close; the tolerances, relative to the second of a pair and
** absolute, are the fold's number and power. No branches: a vector loop.
*/
static inline double count_far(const ms_fold *fold, size_t n, double *const *at,
                               int nan_equal) {
  double far[MS_WALK_PIECE];
  for (size_t i = 0; i < n; i++) {
    double a = at[0][i], b = at[1][i], size = fabs(b);
    int near = (fabs(a - b) <= fold->power + fold->number * size) & (size <= DBL_MAX);
    int equal = (a == b) | (nan_equal & (a != a) & (b != b));
    far[i] = near | equal ? 0.0 : 1.0;
  }
  return ms_sum_piece(n, far);
}

static double far_piece(const ms_fold *fold, size_t n, double *const *at) {
  return count_far(fold, n, at, 0);
}

static double far_piece_nan_equal(const ms_fold *fold, size_t n, double *const *at) {
  return count_far(fold, n, at, 1);
}

ms_status ms_tensor_all_close(const ms_tensor *a, const ms_tensor *b, double relative,
                              double absolute, int nan_equal, int *out) {
  ms_status status = MS_OK;
  ms_tensor views[2] = {{0}};
  ms_fold fold = {.operands = 2,
                  .tensors = {&views[0], &views[1]},
                  .piece = nan_equal ? far_piece_nan_equal : far_piece,
                  .combine = ms_sum_combine,
                  .number = relative,
                  .power = absolute};
  size_t shape[MS_MAX_DIMS];
  int dims;
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_TRY(ms_broadcast_shape(a, b, &dims, shape));
  MS_TRY(ms_tensor_broadcast(a, dims, shape, &views[0]));
  MS_TRY(ms_tensor_broadcast(b, dims, shape, &views[1]));
  *out = ms_fold_all(&fold) == 0;
out:
  ms_tensor_release(&views[0]);
  ms_tensor_release(&views[1]);
  return status;
}

/* }=== */
