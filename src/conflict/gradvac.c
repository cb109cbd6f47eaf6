/*
** Gradient vaccine (Wang, Tsvetkov, Firat and Cao, ICLR 2021, arXiv:2010.05874).
**
** Every ordered pair of tasks has a target cosine rho_ij, the moving average of the
** cosines seen: for the other tasks j in random order, with phi = cos(v_i, g_j),
**   if phi < rho:  v_i <- v_i + a g_j, after which cos(v_i, g_j) = rho,
**     a = |v_i| (rho sqrt(1 - phi^2) - phi sqrt(1 - rho^2)) / (n_j sqrt(1 - rho^2))
**   rho <- (1 - beta) rho + beta phi
** from v_i = g_i, rho = 0 on; d = sum of v_i. Targets that stay 0 give PCGrad. Both
** cosines are kept within 1 - 1e-8 of 0, as a has a pole at rho = 1. Each block has
** targets of its own.
*/
#include "conflict/units.h"

#include <math.h>

enum { BETA, ORDER, SEED };
enum { RANDOM, ASCENDING };
enum { TARGET, STREAM };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "conflict.gradvac");
  ms_stream_save(&rng, method->state[STREAM]);
}

static size_t work(size_t tasks) {
  return tasks * tasks + tasks;
}

static double clamp(double cosine) {
  const double most = 1 - 1e-8;
  return cosine > most ? most : cosine < -most ? -most : cosine;
}

/* One step of v = sum over k of y_k u_k towards u_j. */
static void vaccinate(size_t n, const double *C, size_t j, double beta, double *y,
                      double *target) {
  double along = 0, square = 0, length, phi, rho = clamp(*target);
  for (size_t k = 0; k < n; k++) {
    along += C[j * n + k] * y[k];
    for (size_t l = 0; l < n; l++) square += y[k] * C[k * n + l] * y[l];
  }
  if (!(square > 0)) return;
  length = sqrt(square);
  phi = clamp(along / length);
  if (phi < rho)
    y[j] += length * (rho * sqrt(1 - phi * phi) / sqrt(1 - rho * rho) - phi);
  *target = (1 - beta) * *target + beta * phi;
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count, *order = tasks->index;
  double *C = tasks->work, *y = C + n * n;
  double *target = method->state[TARGET] + tasks->block * tasks->all * tasks->all;
  ms_rng rng;
  ms_stream_load(method->state[STREAM], &rng);
  ms_cosines(tasks, C);
  for (size_t k = 0; k < n; k++) w[k] = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n; k++) {
      y[k] = k == i ? tasks->norm[i] : 0;
      order[k] = k;
    }
    if (method->option[ORDER] == RANDOM) ms_rng_shuffle(&rng, n, order);
    for (size_t a = 0; a < n; a++)
      if (order[a] != i)
        vaccinate(n, C, order[a], method->option[BETA], y,
                  target + tasks->task[i] * tasks->all + tasks->task[order[a]]);
    for (size_t k = 0; k < n; k++) w[k] += y[k];
  }
  for (size_t k = 0; k < n; k++) w[k] /= tasks->norm[k];
  ms_stream_save(&rng, method->state[STREAM]);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_H1 | MS_OQ;
}

const ms_conflict ms_conflict_gradvac = {
  .record = {
    .family = "conflict",
    .name = "gradvac",
    .summary = "raises cosines that are below their moving average",
    .paper = "arXiv:2010.05874",
    .options = {
      [BETA] = MS_NUMBER_OPTION("beta", 0.01, 0, 1, "weight of a new cosine in a target"),
      [ORDER] = MS_CHOICE_OPTION("order", "random|ascending", "in which tasks are met"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 1e15, "of the stream that draws orders"),
    },
    .slots = {
      [TARGET] = MS_SLOT("target", "cosine wanted of a task (row) with another",
                         MS_BLOCKS, MS_TASKS, MS_TASKS),
      [STREAM] = MS_SLOT("random", "stream of the orders", MS_STREAM),
    },
    .start = start,
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
