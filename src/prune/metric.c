#include "prune/metric.h"

ms_status ms_metric(const ms_prune_run *run, double metric, const ms_prune_step *step,
                    const double *factor, const double **out) {
  ms_status status = MS_OK;
  size_t at = 0;
  *out = factor;
  if (metric == 0) return MS_OK;
  MS_CHECK(step->scale != NULL, MS_EARG,
           "prune %s: apply: metric = preconditioned needs the preconditioner of the "
           "optimizer, and this step has none", run->method.record->name);
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    const double *scale = step->scale + run->blocks[b].offset;
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    for (size_t i = 0; i < n; i++)
      run->work[at + i] = factor == NULL ? scale[i] : factor[at + i] * scale[i];
    at += n;
  }
  *out = run->work;
out:
  return status;
}
