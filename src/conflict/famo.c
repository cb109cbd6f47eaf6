/*
** FAMO, fast adaptive multitask optimization (Liu, Feng, Stone and Liu, NeurIPS 2023,
** arXiv:2306.03792).
**
** Weights from the losses alone. With logits x, z = softmax(x) and l_k = max(L_k -
** lowest, 0) + 1e-8, d = c sum over k of (z_k / l_k) g_k, c = 1 / sum (z_k / l_k): the
** weights sum to 1. After the step delta_k = log l_k - log l_k' says how much each task
** gained, and Adam (0.9, 0.999) moves x along -(J^T delta + decay x), J the Jacobian of
** softmax: tasks that gained least get more weight. l' is that of the next call: with
** points that are drawn anew in every step, delta has their noise. Blocks make no
** difference to it.
*/
#include "conflict/conflict.h"
#include "linalg/gram.h"

#include <math.h>

enum { RATE, DECAY, LOWEST };
enum { LOGITS, MEAN, SQUARE, LAST, STEPS };

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

/* The logits learn from the logarithms of the losses now and at the last call. */
static void learn(ms_method *method, size_t n, const double *now, double *z) {
  double *x = method->state[LOGITS], *mean = method->state[MEAN], centre = 0;
  double *square = method->state[SQUARE], *last = method->state[LAST];
  double t = *method->state[STEPS];
  softmax(n, x, z);
  for (size_t k = 0; k < n; k++) centre += z[k] * (last[k] - now[k]);
  for (size_t k = 0; k < n; k++) {
    double slope =
      z[k] * (last[k] - now[k] - centre) + method->option[DECAY] * x[k];
    mean[k] += 0.1 * (slope - mean[k]);
    square[k] += 0.001 * (slope * slope - square[k]);
  }
  for (size_t k = 0; k < n; k++)
    x[k] -= method->option[RATE] * mean[k] / (1 - pow(0.9, t))
            / (sqrt(square[k] / (1 - pow(0.999, t))) + 1e-8);
}

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  ms_method *method = &run->method;
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  size_t tasks = method->extent[MS_TASKS];
  double *loss = run->work, *now = loss + tasks, *z = now + tasks, sum = 0;
  if (run->value == NULL) return ms_conflict_no_values(method);
  for (size_t t = 0; t < tasks; t++) loss[t] = 0;
  for (size_t k = 0; k < terms; k++) loss[method->task[k]] += run->value[k];
  for (size_t t = 0; t < tasks; t++) {
    loss[t] = fmax(loss[t] - method->option[LOWEST], 0) + 1e-8;
    now[t] = log(loss[t]);
  }
  if (*method->state[STEPS] > 0) learn(method, tasks, now, z);
  *method->state[STEPS] += 1;
  softmax(tasks, method->state[LOGITS], z);
  for (size_t t = 0; t < tasks; t++) {
    method->state[LAST][t] = now[t];
    sum += z[t] / loss[t];
  }
  for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++)
    for (size_t k = 0; k < terms; k++)
      run->weights[b * terms + k] = z[method->task[k]] / loss[method->task[k]] / sum;
  ms_gradients_combine(terms, params, params, G, run->weights, d);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_H1 | MS_LS | MS_PI | MS_OQ;
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
    },
    .slots = {
      [LOGITS] = MS_SLOT("logits", "x, of the weights z", MS_TASKS),
      [MEAN] = MS_SLOT("mean", "Adam's first moment of the logits", MS_TASKS),
      [SQUARE] = MS_SLOT("square", "Adam's second moment", MS_TASKS),
      [LAST] = MS_SLOT("last", "log l at the last call", MS_TASKS),
      [STEPS] = MS_SLOT("steps", "calls so far", MS_ONE),
    },
  },
  .combine = combine,
  .work = work,
  .promises = promises,
};
