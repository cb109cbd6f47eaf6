/*
** Multiple gradient descent (Desideri, C. R. Acad. Sci. 2012,
** doi:10.1016/j.crma.2012.03.014; Sener and Koltun, arXiv:1810.04650).
**
** d is the point of least norm among sum over k of a_k g_k / s_k, a >= 0, sum a = 1,
** found exactly. The scales s_k are 1, the norm of g_k ("l2"), the loss ("loss"), or
** their product ("loss+"). g_k.d / s_k >= |d|^2 for all k; d = 0 at a Pareto-stationary
** point.
*/
#include "conflict/units.h"

enum { NORMALIZE };
enum { NONE, L2, LOSS, LOSS_PLUS };

static size_t work(size_t tasks) {
  return tasks * tasks + 3 * tasks + ms_units_work(tasks);
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  int rule = (int)method->option[NORMALIZE];
  double *C = tasks->work, *r = C + n * n, *s = r + n, *a = s + n;
  if (rule >= LOSS && tasks->value == NULL) return ms_conflict_no_values(method);
  for (size_t k = 0; k < n; k++) {
    s[k] = rule == L2 || rule == LOSS_PLUS ? tasks->norm[k] : 1;
    if (rule >= LOSS && !(tasks->value[k] > 0))
      return ms_fail(MS_EARG, "conflict mgda: the loss of task %zu is %g; to normalize "
                     "by it, it must be positive", tasks->task[k] + 1, tasks->value[k]);
    if (rule >= LOSS) s[k] *= tasks->value[k];
    r[k] = tasks->norm[k] / s[k];
  }
  ms_cosines(tasks, C);
  ms_min_norm(n, C, r, a, a + n, tasks->index);
  for (size_t k = 0; k < n; k++) w[k] = a[k] / s[k];
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_NC | MS_PI | MS_OQ | MS_ST;
  (void)independent;
  if (option[NORMALIZE] == NONE || option[NORMALIZE] == LOSS) return all | MS_H1;
  all |= MS_H0 | MS_SD;
  return option[NORMALIZE] == L2 && tasks <= 2 ? all | MS_EP : all;
}

const ms_conflict ms_conflict_mgda = {
  .record = {
    .family = "conflict",
    .name = "mgda",
    .summary = "the shortest convex combination of the gradients",
    .paper = "doi:10.1016/j.crma.2012.03.014, arXiv:1810.04650",
    .options = {
      [NORMALIZE] = MS_CHOICE_OPTION("normalize", "none|l2|loss|loss+",
                                     "what gradients are divided by first: nothing, "
                                     "their norm, their loss, or both"),
    },
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
