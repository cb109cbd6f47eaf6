/*
** l1: uniform L1 by proximal steps (iterative soft thresholding, ISTA): after each
** optimizer step, for every parameter in scope,
**   theta_p <- sign(theta_p) (|theta_p| - lr strength D_p)_+
** with the strength following the ramp (ramp.h). For a step theta - lr D g, the fixed
** point is that of the loss + strength |theta|_1 if D_p is the optimizer's preconditioner
** (metric = preconditioned; Adam: 1 / (sqrt(v) + epsilon)). With D_p = 1 (metric = plain)
** this holds for gradient descent; with Adam, whose steps are about lr long whatever the
** gradient, the threshold then competes with the step and not with the gradient.
**
** modsync-p with score = uniform and the same ramp is the plain metric to the same bits,
** once its first round of observations is over; l1 observes nothing and needs no round.
*/
#include "prune/metric.h"
#include "prune/ramp.h"
#include "prune/shrink.h"

#include <math.h>

enum { STRENGTH, METRIC, START, FULL, STOP };

static size_t work(const ms_prune_run *run) {
  return run->method.extent[MS_SCOPE];
}

static ms_status apply(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const double *option = run->method.option, *factor = NULL;
  double ramp = ms_ramp(option[START], option[FULL], option[STOP], step->progress);
  ms_status status = MS_OK;
  if (ramp == 0) return MS_OK;
  MS_TRY(ms_metric(run, option[METRIC], step, NULL, &factor));
  report->shrunk = ms_shrink(run->method.extent[MS_BLOCKS], run->blocks, theta,
                             step->rate, factor, step->lr * option[STRENGTH] * ramp);
out:
  return status;
}

const ms_prune ms_prune_l1 = {
  .record = {
    .family = "prune",
    .name = "l1",
    .summary = "shrinks all connections alike: L1 by proximal steps",
    .paper = "doi:10.1002/cpa.20042",
    .options = {
      [STRENGTH] = MS_NUMBER_OPTION("strength", 0.1, 0, INFINITY,
                                    "pull in units of the learning rate; 0: none"),
      MS_METRIC_OPTION,
      MS_RAMP_OPTIONS(0.1, 0.3, 0.75),
    },
  },
  .apply = apply,
  .work = work,
};
