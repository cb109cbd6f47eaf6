/*
** The Chebyshev centre of the dual cone (Yoon, Bae, Ho-Nguyen and Lee, arXiv:2605.09975).
**
** Among directions of length 1 the one whose least projection min_k u_k.d on the unit
** gradients is largest. By duality it is p / |p|, where p = sum over k of a_k u_k is the
** shortest convex combination of them. All u_k with a_k > 0 have the projection |p|^2 on
** p, the others a larger one. The length is free:
**   projections  the sum over k of g_k.p / |p|, ConFIG's rule
**   unit         1
**   point        |p|, from 1 where all agree to 0 where they cancel
** At Pareto-stationary points, where p is no more than rounding, d = 0.
*/
#include "conflict/units.h"

#include <math.h>

enum { LENGTH };
enum { PROJECTIONS, UNIT, POINT };

static size_t work(size_t tasks) {
  return tasks * tasks + tasks + ms_units_work(tasks);
}

/* sum over k of g_k.p / |p|^2; tasks with a_k > 0 have u_k.p = |p|^2, whose digits are
   fewer than those of 1. */
static double projections(const ms_tasks *tasks, const double *C, const double *a,
                          double square) {
  size_t n = tasks->count;
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    double along = 0;
    for (size_t j = 0; j < n; j++) along += C[k * n + j] * a[j];
    sum += tasks->norm[k] * (a[k] > 0 ? 1 : along / square);
  }
  return sum;
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  double *C = tasks->work, *a = C + n * n, square, factor = 1;
  ms_cosines(tasks, C);
  square = ms_min_norm(n, C, NULL, a, a + n, tasks->index);
  if (method->option[LENGTH] != POINT && square < MS_STATIONARY)
    factor = 0;
  else if (method->option[LENGTH] == PROJECTIONS)
    factor = projections(tasks, C, a, square);
  else if (method->option[LENGTH] == UNIT)
    factor = 1 / sqrt(square);
  for (size_t k = 0; k < n; k++) w[k] = a[k] * factor / tasks->norm[k];
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_NC | MS_SD | MS_PI | MS_OQ | MS_ST;
  (void)independent;
  all |= option[LENGTH] == PROJECTIONS ? MS_H1 | MS_LS : MS_H0;
  return tasks <= 2 ? all | MS_EP : all;
}

const ms_conflict ms_conflict_chebyshev = {
  .record = {
    .family = "conflict",
    .name = "chebyshev",
    .summary = "the direction whose least projection on a unit gradient is largest",
    .paper = "arXiv:2605.09975",
    .options = {
      [LENGTH] = MS_CHOICE_OPTION("length", "projections|unit|point",
                                  "of d: the sum of the gradients' projections on it, 1, "
                                  "or that of the shortest combination of unit "
                                  "gradients"),
    },
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
