#include "prune/guard.h"

#include "linalg/gram.h"
#include "linalg/nonnegative.h"

#include <math.h>
#include <string.h>

void ms_guard_step(const ms_prune_run *run, const ms_prune_step *step,
                   const double *theta, double *along) {
  const ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS];
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) along[t] = 0;
  for (size_t k = 0; k < step->terms; k++) {
    const double *g = step->G + k * params;
    double product = 0;
    for (size_t i = 0; i < params; i++) product += g[i] * (step->before[i] - theta[i]);
    along[method->task[k]] += product;
  }
}

void ms_guard_products(const ms_prune_run *run, const ms_prune_step *step,
                       const double *q, double *along) {
  const ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS];
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) along[t] = 0;
  for (size_t k = 0; k < step->terms; k++) {
    const double *part = q;
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      size_t n = run->blocks[b].rows * run->blocks[b].cols;
      along[method->task[k]] +=
        ms_gradients_dot(n, step->G + k * params + run->blocks[b].offset, part);
      part += n;
    }
  }
}

/* gram[tasks, tasks] of the tasks' gradients inside the blocks, each times its rate; NULL
   for rates of 1. */
static void gram_of_tasks(const ms_prune_run *run, const ms_prune_step *step,
                          size_t count, const ms_block *blocks, const double *rate,
                          double *gram) {
  const ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS], tasks = method->extent[MS_TASKS];
  memset(gram, 0, tasks * tasks * sizeof *gram);
  for (size_t k = 0; k < step->terms; k++) {
    for (size_t l = 0; l <= k; l++) {
      const double *a = step->G + k * params, *b = step->G + l * params;
      double product = 0;
      for (size_t i = 0; i < count; i++)
        product += (rate == NULL ? 1 : rate[i])
                   * ms_gradients_dot(blocks[i].rows * blocks[i].cols,
                                      a + blocks[i].offset, b + blocks[i].offset);
      gram[method->task[k] * tasks + method->task[l]] += product;
      if (l < k) gram[method->task[l] * tasks + method->task[k]] += product;
    }
  }
}

size_t ms_guard_work(size_t tasks) {
  return tasks * tasks + 2 * tasks + ms_nonnegative_work(tasks);
}

ms_status ms_guard_cone(const ms_prune_run *run, const ms_prune_step *step,
                        const double *q, double *theta, double *work, size_t *index) {
  const ms_method *method = &run->method;
  size_t tasks = method->extent[MS_TASKS];
  double *gram = work, *along = gram + tasks * tasks, *mu = along + tasks;
  ms_status status = MS_OK;
  ms_guard_products(run, step, q, along);
  gram_of_tasks(run, step, method->extent[MS_BLOCKS], run->blocks, step->rate, gram);
  MS_TRY(ms_nonnegative_minimum(tasks, gram, along, mu, mu + tasks, index));
  for (size_t k = 0; k < step->terms; k++) {
    if (mu[method->task[k]] == 0) continue;
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      const ms_block *block = &run->blocks[b];
      size_t offset = block->offset, n = block->rows * block->cols;
      const double *g = step->G + k * method->extent[MS_PARAMS] + offset;
      double weight = mu[method->task[k]] * (step->rate == NULL ? 1 : step->rate[b]);
      for (size_t i = 0; i < n; i++) theta[offset + i] -= weight * g[i];
    }
  }
out:
  return status;
}

double ms_guard_cosine(const ms_prune_run *run, const ms_prune_step *step, double *work) {
  size_t tasks = run->method.extent[MS_TASKS];
  ms_block all = {.rows = 1, .cols = run->method.extent[MS_PARAMS]};
  double most = 0;
  gram_of_tasks(run, step, 1, &all, NULL, work);
  for (size_t a = 0; a < tasks; a++) {
    for (size_t b = 0; b < a; b++) {
      double norms = sqrt(work[a * tasks + a]) * sqrt(work[b * tasks + b]);
      double cosine = norms > 0 ? fabs(work[a * tasks + b]) / norms : 0;
      if (cosine > most) most = cosine;
    }
  }
  return most;
}
