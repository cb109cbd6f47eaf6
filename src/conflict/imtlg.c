/*
** IMTL-G, impartial multi-task learning (Liu et al., ICLR 2021, OpenReview IMPnRXEWpvr).
**
** Equal projections on all unit gradients, u_i.d = u_j.d, with weights that sum to 1:
** w = v / sum v, v = G^-1 n. In cosines: y = C^+ 1, v_k = y_k / n_k. The pseudo-inverse
** of C, not that of G, continues the solution to parallel gradients.
**
** The direction is ConFIG's up to its sign: sum v < 0 turns it against every task, which
** the option 'sign_guard' undoes. d = 0 where sum v is zero but for rounding, and at
** Pareto-stationary points.
*/
#include "conflict/units.h"

#include <math.h>

enum { SIGN_GUARD };

static size_t work(size_t tasks) {
  return tasks * tasks + 3 * tasks + ms_units_work(tasks);
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  double *C = tasks->work, *values = C + n * n, *y = values + n, *cy = y + n;
  double square, sum = 0, size = 0;
  int stationary;
  ms_status status;
  ms_cosines(tasks, C);
  stationary = ms_stationary(n, C, values, tasks->index);
  status = ms_equal_projections(n, C, values, y, cy, &square);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < n; k++) {
    w[k] = y[k] / tasks->norm[k];
    sum += w[k];
    size += fabs(w[k]);
  }
  if (stationary || square == 0 || fabs(sum) <= 1e-12 * size) sum = INFINITY;
  if (method->option[SIGN_GUARD] != 0) sum = fabs(sum);
  for (size_t k = 0; k < n; k++) w[k] /= sum;
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_PI | MS_OQ | MS_ST;
  if (tasks <= 2) return all | MS_NC | MS_EP | MS_SD;
  if (!independent) return all;
  return option[SIGN_GUARD] != 0 ? all | MS_NC | MS_EP | MS_SD : all | MS_EP;
}

const ms_conflict ms_conflict_imtlg = {
  .record = {
    .family = "conflict",
    .name = "imtlg",
    .summary = "equal projections on all unit gradients, weights that sum to 1",
    .paper = "none",
    .options = {
      [SIGN_GUARD] = MS_BOOLEAN_OPTION("sign_guard", 0,
                                       "turn d round where it would make every task "
                                       "worse"),
    },
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
