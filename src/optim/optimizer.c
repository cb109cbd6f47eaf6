#include "optim/optimizer.h"

#include <string.h>

static const ms_optimizer *kind_of(const ms_method *method) {
  return (const ms_optimizer *)method->record; /* its first member */
}

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
  ms_status status = MS_OK;
  MS_TRY(ms_method_extent(method, MS_PARAMS, n));
  MS_TRY(ms_method_open(method));
  kind_of(method)->step(method, n, theta, d, mask);
out:
  return status;
}

int ms_optimizer_preconditions(const ms_method *method) {
  return kind_of(method)->preconditioner != NULL;
}

void ms_optimizer_preconditioner(const ms_method *method, double *out) {
  kind_of(method)->preconditioner(method, method->extent[MS_PARAMS], out);
}
