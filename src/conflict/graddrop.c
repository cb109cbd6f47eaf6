/*
** GradDrop, gradient sign dropout (Chen et al., NeurIPS 2020, arXiv:2010.06808).
**
** For every parameter p, P = (1 + sum_k g_kp / sum_k |g_kp|) / 2 is the purity of its
** positive sign. One number U ~ U(0, 1) decides: the positive parts of the g_kp stay if
** P > U, else the negative ones; a 'leak' l keeps that share of the others. The mean of
** d_p over U at l = 0 is P sum (g_kp)_+ - (1 - P) sum (g_kp)_-. A parameter on whose sign
** all tasks agree gets their sum. The paper applies it to the activations that tasks
** share; here to the parameters. Blocks make no difference to it.
*/
#include "conflict/conflict.h"

enum { LEAK, SEED };
enum { STREAM };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "conflict.graddrop");
  ms_stream_save(&rng, method->state[STREAM]);
}

static size_t work(size_t tasks) {
  return tasks;
}

/* d_p from the g[n] of the tasks. */
static double lottery(size_t n, const double *g, double leak, double u) {
  double positive = 0, negative = 0;
  for (size_t t = 0; t < n; t++) {
    if (g[t] > 0) positive += g[t];
    else negative -= g[t];
  }
  if (positive > u * (positive + negative)) return positive - leak * negative;
  return leak * positive - negative;
}

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  size_t terms = run->method.extent[MS_TERMS], params = run->method.extent[MS_PARAMS];
  size_t tasks = run->method.extent[MS_TASKS];
  double *g = run->work;
  ms_rng rng;
  ms_stream_load(run->method.state[STREAM], &rng);
  for (size_t p = 0; p < params; p++) {
    for (size_t t = 0; t < tasks; t++) g[t] = 0;
    for (size_t k = 0; k < terms; k++)
      g[run->method.task[k]] += run->factor[k] * G[k * params + p];
    d[p] = lottery(tasks, g, run->method.option[LEAK], ms_rng_uniform(&rng));
  }
  ms_stream_save(&rng, run->method.state[STREAM]);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)independent;
  return tasks == 1 ? MS_H1 | MS_NC | MS_LS | MS_PI : MS_H1 | MS_PI;
}

const ms_conflict ms_conflict_graddrop = {
  .record = {
    .family = "conflict",
    .name = "graddrop",
    .summary = "draws for every parameter the sign whose gradients count",
    .paper = "arXiv:2010.06808",
    .options = {
      [LEAK] = MS_NUMBER_OPTION("leak", 0, 0, 1, "share of the other sign that stays"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 1e15, "of the stream that draws"),
    },
    .slots = {
      [STREAM] = MS_SLOT("random", "stream of the draws", MS_STREAM),
    },
    .start = start,
  },
  .combine = combine,
  .work = work,
  .promises = promises,
};
