/*
** ConFIG, conflict-free inverse gradients (Liu, Chu and Thuerey, ICLR 2025,
** arXiv:2408.11104).
**
** With U the unit gradients u_k as rows and C = U U^T, x = U^+ 1 has equal projections on
** all of them, u_k.x = 1, and d = (sum over k of m_k u_k.x) x / |x|^2, where m_k is
**   projections         n_k, so that |d| is the sum of the gradients' projections on it
**   min, max            the smallest or largest norm, for all k
**   mean, harmonic, geometric   such a mean of the norms, for all k
** In coefficients: y = C^+ 1, x = U^T y, u_k.x = (C y)_k, |x|^2 = y.C y, so that
**   w_k = (y_k / n_k) * (sum over j of m_j (C y)_j) / |x|^2.
** Two tasks: y_1 = y_2 and w_k = (m_1 + m_2) / (2 n_k), with the projections the same as
** DCGD's bisector, and as there d = 0 where the cosine is below -1 + 1e-8.
** Linearly dependent gradients turn u_k.x = 1 into least squares: projections then differ
** and may be negative. If 1 is orthogonal to the range of C, x = 0 and d = 0.
*/
#include "conflict/config.h"

#include "conflict/units.h"

#include <math.h>

enum { LENGTH };
enum { PROJECTIONS, MIN, MAX, MEAN, HARMONIC, GEOMETRIC };

size_t ms_config_work(size_t tasks) {
  return tasks * tasks + 3 * tasks;
}

/* The m that is the same for all tasks. */
static double common_norm(size_t n, const double *norm, size_t length) {
  double least = norm[0], most = norm[0], sum = 0, inverse = 0, log_sum = 0;
  for (size_t k = 0; k < n; k++) {
    least = fmin(least, norm[k]);
    most = fmax(most, norm[k]);
    sum += norm[k];
    inverse += 1 / norm[k];
    log_sum += log(norm[k]);
  }
  switch (length) {
    case MIN: return least;
    case MAX: return most;
    case MEAN: return sum / (double)n;
    case HARMONIC: return (double)n / inverse;
    default: return exp(log_sum / (double)n);
  }
}

ms_status ms_config_weights(const ms_tasks *tasks, size_t length, double *w) {
  size_t n = tasks->count;
  const double *norm = tasks->norm;
  double *C = tasks->work, *values = C + n * n, *y = values + n, *cy = y + n;
  double square, sum = 0, common = 0;
  ms_status status;
  if (length != PROJECTIONS) common = common_norm(n, norm, length);
  if (n <= 2) {
    int stationary = n == 2 && tasks->gram[1] < (-1 + 1e-8) * norm[0] * norm[1];
    double mean = length == PROJECTIONS ? (norm[0] + norm[n - 1]) / 2 : common;
    for (size_t k = 0; k < n; k++) w[k] = stationary ? 0 : mean / norm[k];
    return MS_OK;
  }
  ms_cosines(tasks, C);
  status = ms_equal_projections(n, C, values, y, cy, &square);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < n; k++)
    sum += (length == PROJECTIONS ? norm[k] : common) * cy[k];
  for (size_t k = 0; k < n; k++) w[k] = square > 0 ? y[k] / norm[k] * sum / square : 0;
  return MS_OK;
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  return ms_config_weights(tasks, (size_t)method->option[LENGTH], w);
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_PI | MS_OQ;
  if (option[LENGTH] == PROJECTIONS || option[LENGTH] == MEAN) all |= MS_LS;
  if (tasks <= 2) return all | MS_NC | MS_EP | MS_SD | MS_ST;
  return independent ? all | MS_NC | MS_EP | MS_SD : all;
}

const ms_conflict ms_conflict_config = {
  .record = {
    .family = "conflict",
    .name = "config",
    .summary = "equal projections on all unit gradients by their pseudo-inverse",
    .paper = "arXiv:2408.11104",
    .options = {
      [LENGTH] = MS_CHOICE_OPTION("length", MS_CONFIG_LENGTHS,
                                  "of d: the sum of the gradients' projections on it, as "
                                  "they are or all made as long as the shortest, the "
                                  "longest, or a mean of them"),
    },
  },
  .weigh = weigh,
  .work = ms_config_work,
  .promises = promises,
};
