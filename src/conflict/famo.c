/*
** FAMO, fast adaptive multitask optimization (Liu, Feng, Stone and Liu, NeurIPS 2023,
** arXiv:2306.03792).
**
** Weights from the losses alone. With logits x, z = softmax(x) and l_k = max(L_k -
** lowest, 0) + 1e-8, d = c sum over k of (z_k / l_k) g_k, c = 1 / sum (z_k / l_k): the
** weights sum to 1. After the step delta_k = log l_k - log l_k' says how much each task
** gained, and Adam (0.9, 0.999) moves x along -(J^T delta + decay x), J the Jacobian of
** softmax: tasks that gained least get more weight.
**
** l' is, as in the paper, that of the same points after the step: one more evaluation of
** the losses, without gradients, by whoever takes the step (ms_conflict_after). Where
** nobody does, or 'evaluate' says so, it is that of the next call, for nothing: with
** points that are drawn anew in every step, delta then has their noise. Blocks make no
** difference to it.
*/
#include "conflict/conflict.h"

#include <math.h>

enum { RATE, DECAY, LOWEST, EVALUATE };
enum { AGAIN, NEXT };
enum { LOGITS, MEAN, SQUARE, LAST, STEPS, DUE };

static size_t work(size_t tasks) {
  return 3 * tasks;
}

/* z[n] = softmax(x). */
static void softmax(size_t n, const double *x, double *z) {
  double most = x[0], sum = 0;
  for (size_t k = 1; k < n; k++) most = fmax(most, x[k]);
  for (size_t k = 0; k < n; k++) sum += z[k] = exp(x[k] - most);
  for (size_t k = 0; k < n; k++) z[k] /= sum;
}

/* loss[tasks], above 0, and their logarithms, of run->value. */
static void measure(ms_conflict_run *run, double *loss, double *now) {
  size_t tasks = run->method.extent[MS_TASKS];
  for (size_t t = 0; t < tasks; t++) loss[t] = 0;
  for (size_t k = 0; k < run->method.extent[MS_TERMS]; k++)
    loss[run->method.task[k]] += run->value[k];
  for (size_t t = 0; t < tasks; t++) {
    loss[t] = fmax(loss[t] - run->method.option[LOWEST], 0) + 1e-8;
    now[t] = log(loss[t]);
  }
}

/* The logits learn from the logarithms of the losses before the last step and now. */
static void learn(ms_method *method, const double *now, double *z) {
  double *x = method->state[LOGITS], *mean = method->state[MEAN], centre = 0;
  double *square = method->state[SQUARE], *last = method->state[LAST];
  double t = ++*method->state[STEPS];
  size_t n = method->extent[MS_TASKS];
  softmax(n, x, z);
  for (size_t k = 0; k < n; k++) centre += z[k] * (last[k] - now[k]);
  for (size_t k = 0; k < n; k++) {
    double slope = z[k] * (last[k] - now[k] - centre) + method->option[DECAY] * x[k];
    mean[k] += 0.1 * (slope - mean[k]);
    square[k] += 0.001 * (slope * slope - square[k]);
  }
  for (size_t k = 0; k < n; k++)
    x[k] -= method->option[RATE] * mean[k] / (1 - pow(0.9, t))
            / (sqrt(square[k] / (1 - pow(0.999, t))) + 1e-8);
  *method->state[DUE] = 0;
}

static int learns(const double *option) {
  return option[EVALUATE] == AGAIN;
}

static ms_status after(ms_conflict_run *run) {
  size_t tasks = run->method.extent[MS_TASKS];
  double *loss = run->work, *now = loss + tasks, *z = now + tasks;
  measure(run, loss, now);
  if (*run->method.state[DUE] != 0) learn(&run->method, now, z);
  return MS_OK;
}

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  ms_method *method = &run->method;
  size_t tasks = method->extent[MS_TASKS];
  double *loss = run->work, *now = loss + tasks, *z = now + tasks, sum = 0;
  if (run->value == NULL) return ms_conflict_no_values(method);
  measure(run, loss, now);
  if (*method->state[DUE] != 0) learn(method, now, z);
  *method->state[DUE] = 1;
  softmax(tasks, method->state[LOGITS], z);
  for (size_t t = 0; t < tasks; t++) {
    method->state[LAST][t] = now[t];
    z[t] /= loss[t];
    sum += z[t];
  }
  for (size_t t = 0; t < tasks; t++) z[t] /= sum;
  ms_conflict_share(run, z, G, d);
  return MS_OK;
}

const ms_conflict ms_conflict_famo = {
  .record = {
    .family = "conflict",
    .name = "famo",
    .summary = "weights that even out the speed at which the losses fall",
    .paper = "arXiv:2306.03792",
    .options = {
      [RATE] = MS_NUMBER_OPTION("rate", 0.025, 0, 1e3, "learning rate of the logits"),
      [DECAY] = MS_NUMBER_OPTION("decay", 1e-3, 0, 1e3, "pull of the logits towards 0"),
      [LOWEST] = MS_NUMBER_OPTION("lowest", 0, -1e15, 1e15,
                                  "value that no loss falls below"),
      [EVALUATE] = MS_CHOICE_OPTION("evaluate", "again|next",
                                    "what the logits learn from: the losses after the "
                                    "step at the same points, which costs one more "
                                    "evaluation of them, or those of the next call"),
    },
    .slots = {
      [LOGITS] = MS_SLOT("logits", "x, of the weights z", MS_TASKS),
      [MEAN] = MS_SLOT("mean", "Adam's first moment of the logits", MS_TASKS),
      [SQUARE] = MS_SLOT("square", "Adam's second moment", MS_TASKS),
      [LAST] = MS_SLOT("last", "log l at the last call", MS_TASKS),
      [STEPS] = MS_SLOT("steps", "of the logits so far", MS_ONE),
      [DUE] = MS_SLOT("due", "1 while they have not learnt from the last call", MS_ONE),
    },
  },
  .combine = combine,
  .after = after,
  .learns = learns,
  .work = work,
  .promises = ms_conflict_share_promises,
};
