/*
** reweighted-l1: L1 whose pull grows as a parameter falls (Candes, Wakin and Boyd, 2008):
** the proximal step of l1.c with the threshold lr strength D_p w_p, where
**   w_p = 1 / (|theta_p| + epsilon)
** is taken anew after every 'every' steps of pulling. The fixed points are those of the
** loss + strength sum_p log(|theta_p| + epsilon): large parameters are spared, and what
** is much smaller than epsilon is pulled with strength / epsilon.
*/
#include "prune/metric.h"
#include "prune/ramp.h"
#include "prune/shrink.h"

#include <math.h>

enum { STRENGTH, EPSILON, EVERY, METRIC, START, FULL, STOP };
enum { SCORE, PULLS };

static size_t work(const ms_prune_run *run) {
  return run->method.extent[MS_SCOPE];
}

/* w of the parameters as they are. */
static void reweigh(const ms_prune_run *run, const double *theta, double *weight) {
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    const double *block = theta + run->blocks[b].offset;
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    for (size_t i = 0; i < n; i++)
      *weight++ = 1 / (fabs(block[i]) + run->method.option[EPSILON]);
  }
}

static ms_status apply(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const double *option = run->method.option, *factor = NULL;
  double *const *state = run->method.state;
  double ramp = ms_ramp(option[START], option[FULL], option[STOP], step->progress);
  ms_status status = MS_OK;
  if (ramp == 0) return MS_OK;
  if (state[PULLS][0] == 0) reweigh(run, theta, state[SCORE]);
  MS_TRY(ms_metric(run, option[METRIC], step, state[SCORE], &factor));
  report->shrunk = ms_shrink(run->method.extent[MS_BLOCKS], run->blocks, theta,
                             step->rate, factor, step->lr * option[STRENGTH] * ramp);
  if (fmod(++state[PULLS][0], option[EVERY]) == 0) reweigh(run, theta, state[SCORE]);
out:
  return status;
}

const ms_prune ms_prune_reweighted_l1 = {
  .record = {
    .family = "prune",
    .name = "reweighted-l1",
    .summary = "shrinks small connections more than large ones: reweighted L1",
    .paper = "doi:10.1007/s00041-008-9045-x",
    .options = {
      [STRENGTH] = MS_NUMBER_OPTION("strength", 0.01, 0, INFINITY,
                                    "pull in units of the learning rate; 0: none"),
      [EPSILON] = MS_NUMBER_OPTION("epsilon", 0.1, 1e-12, INFINITY,
                                   "size below which parameters are pulled alike"),
      [EVERY] = MS_INTEGER_OPTION("every", 100, 1, 1e9,
                                  "steps of pulling between new weights"),
      MS_METRIC_OPTION,
      MS_RAMP_OPTIONS(0.1, 0.3, 0.75),
    },
    .slots = {
      [SCORE] = MS_SLOT("score", "weight of every connection", MS_SCOPE),
      [PULLS] = MS_SLOT("pulls", "steps of pulling so far", MS_ONE),
    },
  },
  .apply = apply,
  .work = work,
};
