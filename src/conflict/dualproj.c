/*
** The projection of the mean gradient on the dual cone {x : g_k.x >= 0 for all k}
** (Quinton and Rey, arXiv:2406.16232, who compare it with UPGrad).
**
** Its weights are v = argmin of v.Gv over v >= 1/T. Where no two gradients conflict this
** is the mean itself. The minimum is exact, without a regulariser; of dependent gradients
** the weights are not unique, d is.
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
  for (size_t k = 0; k < n; k++) from[k] = tasks->norm[k] / (double)n;
  ms_dual_cone(n, C, from, y, y + n, tasks->index);
  for (size_t k = 0; k < n; k++) w[k] = y[k] / tasks->norm[k];
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_NC | MS_H1 | MS_PI | MS_OQ | MS_ST;
}

const ms_conflict ms_conflict_dualproj = {
  .record = {
    .family = "conflict",
    .name = "dualproj",
    .summary = "the mean gradient, projected on the directions that hurt no task",
    .paper = "arXiv:2406.16232",
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
