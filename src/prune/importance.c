#include "prune/importance.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 256 };

/* sum[n] += (sum of the rows of the task's terms)^2; G points at the first parameter. */
static void add_chunk(const ms_method *method, size_t task, size_t n, const double *G,
                      double *restrict sum) {
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  double g[CHUNK] = {0};
  for (size_t k = 0; k < terms; k++) {
    const double *row = G + k * params;
    if (method->task[k] != task) continue;
    for (size_t i = 0; i < n; i++) g[i] += row[i];
  }
  for (size_t i = 0; i < n; i++) sum[i] += g[i] * g[i];
}

void ms_importance_add(const ms_prune_run *run, const double *G, double *sum) {
  const ms_method *method = &run->method;
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) {
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      size_t n = run->blocks[b].rows * run->blocks[b].cols;
      for (size_t i = 0; i < n; i += CHUNK)
        add_chunk(method, t, n - i < CHUNK ? n - i : CHUNK, G + run->blocks[b].offset + i,
                  sum + i);
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
