/*
** Nash-MTL, the bargaining solution (Navon et al., ICML 2022, arXiv:2202.01017).
**
** w > 0 with (G w)_k = 1 / w_k: each task gains as much, in its own terms, as it
** contributes. Hence |d|^2 = K whatever the gradients, and rescaling one of them changes
** nothing. There is no such w at a Pareto-stationary point, where d = 0. 'max_norm' cuts
** the length; 'every' m keeps the weights for m calls.
*/
#include "conflict/fair.h"

#include <math.h>

enum { EVERY, MAX_NORM };
enum { WEIGHTS, AGE };

/* Kept weights of the tasks serve while each of them has one. */
static int recall(const ms_tasks *tasks, const double *kept, double *w) {
  for (size_t k = 0; k < tasks->count; k++) {
    w[k] = kept[tasks->task[k]];
    if (!(w[k] > 0)) return 0;
  }
  return 1;
}

/* The length of d at most 'most'; 0: as it is. */
static void limit(const ms_tasks *tasks, double most, double *w) {
  size_t n = tasks->count;
  double square = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) square += w[i] * tasks->gram[i * n + j] * w[j];
  if (most == 0 || square <= most * most) return;
  for (size_t k = 0; k < n; k++) w[k] *= most / sqrt(square);
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  double *kept = method->state[WEIGHTS] + tasks->block * tasks->all;
  double *age = method->state[AGE] + tasks->block;
  int due = *age == 0 || !recall(tasks, kept, w);
  ms_status status = due ? ms_fair_weights(tasks, 1, w) : MS_OK;
  if (status != MS_OK) return status;
  if (due) {
    for (size_t t = 0; t < tasks->all; t++) kept[t] = 0;
    for (size_t k = 0; k < tasks->count; k++) kept[tasks->task[k]] = w[k];
    *age = 0;
  }
  *age = *age + 1 < method->option[EVERY] ? *age + 1 : 0;
  limit(tasks, method->option[MAX_NORM], w);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_NC | MS_H0 | MS_SD | MS_PI | MS_OQ | MS_ST;
  (void)independent;
  if (option[EVERY] > 1) return MS_OQ;
  return tasks <= 2 ? all | MS_EP : all;
}

const ms_conflict ms_conflict_nashmtl = {
  .record = {
    .family = "conflict",
    .name = "nashmtl",
    .summary = "the bargaining solution: every task gains the inverse of its weight",
    .paper = "arXiv:2202.01017",
    .options = {
      [EVERY] = MS_INTEGER_OPTION("every", 1, 1, 1e9, "calls that weights are kept for"),
      [MAX_NORM] = MS_NUMBER_OPTION("max_norm", 0, 0, INFINITY,
                                    "of d; 0: no limit, d has the length sqrt(K)"),
    },
    .slots = {
      [WEIGHTS] = MS_SLOT("weights", "of the tasks, while they are kept", MS_BLOCKS,
                          MS_TASKS),
      [AGE] = MS_SLOT("age", "calls since they were found", MS_BLOCKS),
    },
  },
  .weigh = weigh,
  .work = ms_fair_work,
  .promises = promises,
};
