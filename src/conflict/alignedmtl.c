/*
** Aligned-MTL (Senushkin, Patakin, Kuznetsov and Konushin, CVPR 2023, arXiv:2305.19000).
**
** With G = V diag(l) V^T the gradients are replaced by the nearest orthogonal ones of one
** length, and those are summed: w = sqrt(l_R) V diag(l)^-1/2 V^T 1, over the eigenvalues
** above K eps times the largest, l_R being their least, median or mean. For independent
** gradients and the least one, |d|^2 = l_R K.
**
** It may make small tasks worse. As the least eigenvalue goes to 0 the rank drops and d
** jumps: g_2 = -2 g_1 would give -g_1. The option 'guard' makes d = 0 at
** Pareto-stationary points.
*/
#include "conflict/units.h"
#include "linalg/jacobi.h"

#include <float.h>
#include <math.h>

enum { SCALE, GUARD };
enum { LEAST, MEDIAN, MEAN };

static size_t work(size_t tasks) {
  return 2 * tasks * tasks + tasks + ms_units_work(tasks);
}

/* l_R of values[count] > 0, ascending. */
static double common_scale(size_t count, const double *values, double rule) {
  double sum = 0;
  if (rule == LEAST) return values[0];
  if (rule == MEDIAN) return (values[(count - 1) / 2] + values[count / 2]) / 2;
  for (size_t i = 0; i < count; i++) sum += values[i];
  return sum / (double)count;
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count, first = 0;
  double *vectors = tasks->work, *values = vectors + n * n, *room = values + n, scale;
  for (size_t k = 0; k < n; k++) w[k] = 0;
  if (method->option[GUARD] != 0) {
    ms_cosines(tasks, vectors);
    if (ms_stationary(n, vectors, room, tasks->index)) return MS_OK;
  }
  ms_eigen_jacobi(n, tasks->gram, vectors, values, room);
  while (values[first] <= values[n - 1] * (double)n * DBL_EPSILON) first++;
  scale = common_scale(n - first, values + first, method->option[SCALE]);
  for (size_t i = first; i < n; i++) {
    const double *v = vectors + i * n;
    double along = 0;
    for (size_t k = 0; k < n; k++) along += v[k];
    along *= sqrt(scale / values[i]);
    for (size_t k = 0; k < n; k++) w[k] += along * v[k];
  }
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_PI | MS_OQ;
  (void)tasks;
  (void)independent;
  return option[GUARD] != 0 ? all | MS_ST : all;
}

const ms_conflict ms_conflict_alignedmtl = {
  .record = {
    .family = "conflict",
    .name = "alignedmtl",
    .summary = "the sum of the gradients, made orthogonal and of one length",
    .paper = "arXiv:2305.19000",
    .options = {
      [SCALE] = MS_CHOICE_OPTION("mode", "min|median|mean",
                                 "which eigenvalue of the Gram matrix sets the length"),
      [GUARD] = MS_BOOLEAN_OPTION("guard", 1, "d = 0 at Pareto-stationary points"),
    },
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
