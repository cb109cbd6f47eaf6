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

void ms_importance_add(const ms_prune_run *run, const double *G, double *sum) {
  const ms_method *method = &run->method;
  ms_sample sample = {G, NULL, method->task, method->extent[MS_TERMS],
                      method->extent[MS_PARAMS]};
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) {
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      size_t n = run->blocks[b].rows * run->blocks[b].cols;
      ms_importance_update(MS_SQUARE, &sample, t, run->blocks[b].offset, n, 1, 1, sum);
      sum += n;
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
