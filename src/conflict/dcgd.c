/*
** Dual cone gradient descent (Hwang and Lim, NeurIPS 2024, arXiv:2409.18426).
**
** Two tasks: r, the residual, and b, all other terms together. The dual cone holds the
** directions that make neither worse, {x : x.g_r >= 0, x.g_b >= 0}. With g = g_r + g_b,
** c = cos(g_r, g_b) and g_{i|j} = g_i - (g_i.g_j / n_j^2) g_j, the part of g_i not along
** g_j, the variants are
**
**   projection  g if it is in the cone, else its nearest point there: g_{r|b} where
**               g.g_b < 0, g_{b|r} where g.g_r < 0 (never both: g.g_r + g.g_b = |g|^2)
**   average     g if it is in the cone, else (g_{r|b} + g_{b|r}) / 2
**   center      the projection of g on the bisector b = u_r + u_b. As b.g = (n_r + n_b)
**               (1 + c) and b.b = 2 (1 + c), that is (n_r + n_b) / 2 * b, with no
**               cancellation.
**
** Where c < -1 + 1e-8 the point is Pareto-stationary and d = 0.
*/
#include "conflict/conflict.h"

enum { VARIANT };
enum { CENTER, PROJECTION, AVERAGE };

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  double rr = tasks->gram[0], rb, bb, variant = method->option[VARIANT];
  w[0] = 1;
  if (tasks->count == 1) return MS_OK;
  rb = tasks->gram[1];
  bb = tasks->gram[3];
  w[1] = 1;
  if (rb < (-1 + 1e-8) * tasks->norm[0] * tasks->norm[1]) {
    w[0] = w[1] = 0;
  } else if (variant == CENTER) {
    double mean = (tasks->norm[0] + tasks->norm[1]) / 2;
    w[0] = mean / tasks->norm[0];
    w[1] = mean / tasks->norm[1];
  } else if (rb + bb < 0 || rb + rr < 0) {
    if (variant == AVERAGE) {
      w[0] = (1 - rb / rr) / 2;
      w[1] = (1 - rb / bb) / 2;
    } else if (rb + bb < 0) {
      w[1] = -rb / bb;
    } else {
      w[0] = -rb / rr;
    }
  }
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_NC | MS_H1 | MS_PI | MS_OQ | MS_ST;
  (void)tasks;
  (void)independent;
  return option[VARIANT] == CENTER ? all | MS_EP | MS_SD | MS_LS : all;
}

const ms_conflict ms_conflict_dcgd = {
  .record = {
    .family = "conflict",
    .name = "dcgd",
    .summary = "a direction in the dual cone of the residual and of all other terms",
    .paper = "arXiv:2409.18426",
    .options = {
      [VARIANT] = MS_CHOICE_OPTION("variant", "center|projection|average",
                                   "which direction of the cone"),
    },
    .tasks = 2,
    .max_tasks = 2,
  },
  .weigh = weigh,
  .promises = promises,
};
