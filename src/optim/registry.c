#include "optim/optimizer.h"

#define OPTIMIZER(name) extern const ms_optimizer ms_optimizer_##name;
#include "optim/optimizers.list"
#undef OPTIMIZER

const ms_record *const *ms_optimizer_records(size_t *count) {
  static const ms_record *const records[] = {
#define OPTIMIZER(name) &ms_optimizer_##name.record,
#include "optim/optimizers.list"
#undef OPTIMIZER
  };
  *count = sizeof records / sizeof records[0];
  return records;
}
