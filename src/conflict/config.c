/*
** ConFIG, conflict-free inverse gradients (Liu, Chu and Thuerey, ICLR 2025,
** arXiv:2408.11104).
**
** With U the unit gradients u_k as rows and C = U U^T, x = U^+ 1 has equal projections on
** all of them, u_k.x = 1, and d = (sum over k of g_k.x) x / |x|^2.
** In coefficients: y = C^+ 1, x = U^T y, u_k.x = (C y)_k, |x|^2 = y.C y, so that
**   w_k = (y_k / n_k) * (sum over j of n_j (C y)_j) / |x|^2.
** Two tasks: y_1 = y_2 and w_k = (n_1 + n_2) / (2 n_k), the same as DCGD's bisector, and
** as there d = 0 where the cosine is below -1 + 1e-8.
** Linearly dependent gradients turn u_k.x = 1 into least squares: projections then differ
** and may be negative. If 1 is orthogonal to the range of C, x = 0 and d = 0.
*/
#include "conflict/conflict.h"
#include "conflict/units.h"

static size_t work(size_t tasks) {
  return tasks * tasks + 3 * tasks;
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  const double *norm = tasks->norm;
  double *C = tasks->work, *values = C + n * n, *y = values + n, *cy = y + n;
  double square, length = 0;
  ms_status status;
  (void)method;
  if (n <= 2) {
    int stationary = n == 2 && tasks->gram[1] < (-1 + 1e-8) * norm[0] * norm[1];
    for (size_t k = 0; k < n; k++)
      w[k] = stationary ? 0 : (norm[0] + norm[n - 1]) / 2 / norm[k];
    return MS_OK;
  }
  ms_cosines(tasks, C);
  status = ms_equal_projections(n, C, values, y, cy, &square);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < n; k++) length += norm[k] * cy[k];
  for (size_t k = 0; k < n; k++) w[k] = square > 0 ? y[k] / norm[k] * length / square : 0;
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_LS | MS_PI | MS_OQ;
  (void)option;
  if (tasks <= 2) return all | MS_NC | MS_EP | MS_SD | MS_ST;
  return independent ? all | MS_NC | MS_EP | MS_SD : all;
}

const ms_conflict ms_conflict_config = {
  .record = {
    .family = "conflict",
    .name = "config",
    .summary = "equal projections on all unit gradients by their pseudo-inverse",
    .paper = "arXiv:2408.11104",
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
