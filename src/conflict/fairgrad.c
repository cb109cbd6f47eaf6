/*
** FairGrad, alpha-fair resource allocation (Ban and Ji, ICML 2024, arXiv:2402.15638).
**
** w > 0 with (G w)_k = w_k^(-1/alpha). alpha = 1 is Nash-MTL; larger ones favour the task
** that gains least, smaller ones come closer to the sum. There is no such w at a Pareto-
** stationary point, where d = 0. Gradients times t give d times t^((1-alpha)/(1+alpha)).
*/
#include "conflict/fair.h"

enum { ALPHA };

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  return ms_fair_weights(tasks, 1 / method->option[ALPHA], w);
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_NC | MS_PI | MS_OQ | MS_ST;
  (void)independent;
  (void)tasks;
  return option[ALPHA] == 1 ? all | MS_H0 | MS_SD : all;
}

const ms_conflict ms_conflict_fairgrad = {
  .record = {
    .family = "conflict",
    .name = "fairgrad",
    .summary = "alpha-fair gains of the tasks; Nash-MTL for alpha = 1",
    .paper = "arXiv:2402.15638",
    .options = {
      [ALPHA] = MS_NUMBER_OPTION("alpha", 2, 0.25, 10, "1: proportional fairness, more: "
                                 "closer to the least gain being largest"),
    },
  },
  .weigh = weigh,
  .work = ms_fair_work,
  .promises = promises,
};
