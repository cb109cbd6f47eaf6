/*
** One-sided projection with a memory, after the dynamic conflict mitigation in the public
** code heejokong/dynamic_pde_bench (2025; no paper describes it).
**
** Two tasks: r, the first term (the residual), and b, all others. Only g_r is changed:
**   v = g_r minus what it has along g_b, if g_r.g_b < 0
**   e <- m e + (1 - m) g_r, the memory of its own past (g_r itself at the first call)
**   v <- v minus what it has along e, if v.e < 0
**   d = (1 - a) g_r + a v + g_b,  a = min(1, (step / warmup)^power), step from 0
** That code trains on the changed gradient alone; here g_b is added, as all losses of a
** PDE problem must fall. The first projection favours b: v.g_b >= 0, r may get worse.
** Whole-model only: blocks make no difference to it.
*/
#include "conflict/conflict.h"
#include "linalg/gram.h"

#include <math.h>

enum { MEMORY, WARMUP, POWER };
enum { PAST, STEPS };

/* e, and its products: along[k] = e.g_k; returns e.e. */
static double remember(ms_conflict_run *run, const double *G, double *along) {
  size_t terms = run->method.extent[MS_TERMS], params = run->method.extent[MS_PARAMS];
  double *e = run->method.state[PAST];
  double m = *run->method.state[STEPS] > 0 ? run->method.option[MEMORY] : 0;
  for (size_t p = 0; p < params; p++) e[p] *= m;
  for (size_t k = 0; k < terms; k++)
    if (run->method.task[k] == 0)
      for (size_t p = 0; p < params; p++)
        e[p] += (1 - m) * run->factor[k] * G[k * params + p];
  for (size_t k = 0; k < terms; k++)
    along[k] = run->factor[k] * ms_gradients_dot(params, e, G + k * params);
  return ms_gradients_dot(params, e, e);
}

/* Products of task a with task b, from those of their terms. */
static double product(const ms_conflict_run *run, size_t a, size_t b) {
  size_t terms = run->method.extent[MS_TERMS];
  double sum = 0;
  for (size_t i = 0; i < terms; i++)
    for (size_t j = 0; j < terms; j++)
      if (run->method.task[i] == a && run->method.task[j] == b)
        sum += run->gram[i * terms + j];
  return sum;
}

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  ms_method *method = &run->method;
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  double *along = run->weights, e[2] = {0, 0}, square = remember(run, G, along);
  double rb = product(run, 0, 1), bb = product(run, 1, 1);
  double warmup = method->option[WARMUP], share = 1, other = 0, past = 0, left;
  for (size_t k = 0; k < terms; k++) e[method->task[k]] += along[k];
  if (rb < 0 && bb > 1e-24 * product(run, 0, 0)) other = rb / bb;
  left = e[0] - other * e[1];
  if (left < 0 && square > 0) past = left / square;
  if (*method->state[STEPS] < warmup)
    share = pow(*method->state[STEPS] / warmup, method->option[POWER]);
  *method->state[STEPS] += 1;
  for (size_t k = 0; k < terms; k++)
    run->weights[k] = run->factor[k] * (method->task[k] == 0 ? 1 : 1 - share * other);
  ms_gradients_combine(terms, params, params, G, run->weights, d);
  for (size_t p = 0; past != 0 && p < params; p++)
    d[p] -= share * past * method->state[PAST][p];
  for (size_t k = 0; k < terms; k++) run->weights[k] = NAN;
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_H1 | MS_OQ;
}

const ms_conflict ms_conflict_dcm = {
  .record = {
    .family = "conflict",
    .name = "dcm",
    .summary = "the residual's gradient, projected off the others' and off its own past",
    .paper = "none",
    .options = {
      [MEMORY] = MS_BELOW_OPTION("memory", 0.2, 0, 1, "m, the part of e that stays"),
      [WARMUP] = MS_INTEGER_OPTION("warmup", 1000, 0, 1e9,
                                   "steps until the projections count in full"),
      [POWER] = MS_NUMBER_OPTION("power", 0.5, 0, 10, "of the share of the warm-up"),
    },
    .slots = {
      [PAST] = MS_SLOT("past", "e, the residual's past", MS_PARAMS),
      [STEPS] = MS_SLOT("steps", "calls so far", MS_ONE),
    },
    .tasks = 2,
    .max_tasks = 2,
  },
  .combine = combine,
  .promises = promises,
};
