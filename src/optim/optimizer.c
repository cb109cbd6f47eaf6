#include "optim/optimizer.h"

#include <string.h>

ms_status ms_optimizer_init(ms_method *method, const char *name) {
  size_t count;
  const ms_record *const *records = ms_optimizer_records(&count), *record;
  ms_status status = ms_record_find(records, count, name, &record);
  memset(method, 0, sizeof *method);
  if (status == MS_OK) ms_method_init(method, record);
  return status;
}

ms_status ms_optimizer_step(ms_method *method, size_t n, double *theta, const double *d,
                            const double *mask) {
  const ms_optimizer *kind = (const ms_optimizer *)method->record; /* its first member */
  ms_status status = MS_OK;
  MS_TRY(ms_method_extent(method, MS_PARAMS, n));
  MS_TRY(ms_method_open(method));
  kind->step(method, n, theta, d, mask);
out:
  return status;
}
