/*
** UPGrad (Quinton and Rey, arXiv:2406.16232): the mean of the gradients, each projected
** on its own on the dual cone {x : g_k.x >= 0 for all k}.
**
** The projection of g_i has the weights argmin of v.Gv over v >= e_i; their mean is w.
** Exact, without a regulariser. As every projection grows with its own gradient only, d
** is linear in the scales of the gradients.
*/
#include "conflict/units.h"

static size_t work(size_t tasks) {
  return tasks * tasks + 2 * tasks + ms_units_work(tasks);
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  double *C = tasks->work, *from = C + n * n, *y = from + n;
  (void)method;
  ms_cosines(tasks, C);
  for (size_t k = 0; k < n; k++) w[k] = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n; k++) from[k] = k == i;
    ms_dual_cone(n, C, from, y, y + n, tasks->index);
    for (size_t k = 0; k < n; k++)
      w[k] += y[k] * tasks->norm[i] / tasks->norm[k] / (double)n;
  }
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_NC | MS_H1 | MS_LS | MS_PI | MS_OQ | MS_ST;
}

const ms_conflict ms_conflict_upgrad = {
  .record = {
    .family = "conflict",
    .name = "upgrad",
    .summary = "the mean of the gradients, each projected so that it hurts no task",
    .paper = "arXiv:2406.16232",
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
