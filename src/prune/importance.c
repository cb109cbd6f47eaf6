#include "prune/importance.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 256 };

/* g[n] = the sum over the task's terms of their gradients from parameter 'at' on; the
   gradients themselves where it is a single one. */
static const double *gather(const ms_sample *sample, size_t task, size_t at, size_t n,
                            double *restrict g) {
  const double *alone = NULL;
  size_t found = 0;
  for (size_t k = 0; k < sample->terms; k++) {
    const double *row = sample->G + k * sample->params + at;
    if ((sample->task != NULL ? sample->task[k] : k) != task) continue;
    found++;
    if (found == 1) {
      alone = row;
      continue;
    }
    if (found == 2) memcpy(g, alone, n * sizeof *g);
    for (size_t i = 0; i < n; i++) g[i] += row[i];
  }
  if (found == 0) memset(g, 0, n * sizeof *g);
  return found == 1 ? alone : g;
}

static void update(ms_importance kind, size_t n, const double *restrict g,
                   const double *restrict theta, double keep, double gain,
                   double *restrict out) {
  switch (kind) {
    case MS_TAYLOR:
      for (size_t i = 0; i < n; i++)
        out[i] = keep * out[i] + gain * fabs(theta[i] * g[i]);
      break;
    case MS_TAYLOR_SQUARE:
      for (size_t i = 0; i < n; i++)
        out[i] = keep * out[i] + gain * (theta[i] * g[i] * (theta[i] * g[i]));
      break;
    default:
      for (size_t i = 0; i < n; i++) out[i] = keep * out[i] + gain * (g[i] * g[i]);
  }
}

void ms_importance_update(ms_importance kind, const ms_sample *sample, size_t task,
                          size_t first, size_t n, double keep, double gain, double *out) {
  double room[CHUNK];
  for (size_t i = 0; i < n; i += CHUNK) {
    size_t length = n - i < CHUNK ? n - i : CHUNK, at = first + i;
    const double *g = gather(sample, task, at, length, room);
    update(kind, length, g, sample->theta != NULL ? sample->theta + at : NULL, keep, gain,
           out + i);
  }
}

/* The same inside a scope, added to sum[scope]. */
static void add_scope(const ms_prune_run *run, ms_importance kind,
                      const ms_sample *sample, size_t task, double *sum) {
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    ms_importance_update(kind, sample, task, run->blocks[b].offset, n, 1, 1, sum);
    sum += n;
  }
}

void ms_importance_add(const ms_prune_run *run, ms_importance kind, int apart,
                       const double *G, const double *theta, double *sum) {
  const ms_method *method = &run->method;
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  size_t scope = method->extent[MS_SCOPE];
  ms_sample all = {G, theta, method->task, terms, params};
  if (!apart) {
    for (size_t t = 0; t < method->extent[MS_TASKS]; t++)
      add_scope(run, kind, &all, t, sum + t * scope);
    return;
  }
  for (size_t k = 0; k < terms; k++) {
    ms_sample one = {G + k * params, theta, NULL, 1, params};
    add_scope(run, kind, &one, 0, sum + method->task[k] * scope);
  }
}

void ms_importance_directions(const ms_prune_run *run, const double *G, double *sum) {
  const ms_method *method = &run->method;
  for (size_t k = 0; k < method->extent[MS_TERMS]; k++) {
    double *restrict out = sum + method->task[k] * method->extent[MS_SCOPE];
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      const double *g = G + k * method->extent[MS_PARAMS] + run->blocks[b].offset;
      size_t n = run->blocks[b].rows * run->blocks[b].cols;
      for (size_t i = 0; i < n; i++) out[i] += g[i];
      out += n;
    }
  }
}

ms_status ms_importance_close(const ms_prune_run *run, double samples, double memory,
                              double *sum, double *importance) {
  size_t tasks = run->method.extent[MS_TASKS], scope = run->method.extent[MS_SCOPE];
  ms_status status = MS_OK;
  for (size_t t = 0; t < tasks; t++) {
    double total = 0;
    for (size_t i = 0; i < scope; i++) total += sum[t * scope + i];
    MS_CHECK(isfinite(total), MS_EDIVERGED,
             "prune %s: the squared gradients of task %zu of %zu are not finite",
             run->method.record->name, t + 1, tasks);
  }
  for (size_t i = 0; i < tasks * scope; i++)
    importance[i] = memory * importance[i] + (1 - memory) * (sum[i] / samples);
out:
  memset(sum, 0, tasks * scope * sizeof *sum);
  return status;
}

ms_status ms_importance_observe(const ms_prune_run *run, ms_sampling sampling,
                                const double *G, const double *theta, double *sum,
                                double *samples) {
  int apart = sampling == MS_BY_SENSITIVITY || sampling == MS_BY_FISHER;
  ms_importance kind = sampling == MS_BY_TAYLOR ? MS_TAYLOR : MS_SQUARE;
  if (kind == MS_TAYLOR && theta == NULL)
    return ms_fail(MS_EARG,
                   "prune %s: observe: importance = taylor needs the parameters beside "
                   "the gradients", run->method.record->name);
  ms_importance_add(run, kind, apart, G, theta, sum);
  *samples += 1;
  return MS_OK;
}

ms_status ms_importance_round(const ms_prune_run *run, double *samples, double memory,
                              double *sum, double *importance) {
  double count = *samples;
  ms_status status = MS_OK;
  MS_CHECK(count > 0, MS_EARG,
           "prune %s: refresh: nothing was observed since the last one",
           run->method.record->name);
  *samples = 0;
  MS_TRY(ms_importance_close(run, count, memory, sum, importance));
out:
  return status;
}
