#include "prune/prune.h"

#define PRUNE(name) extern const ms_prune ms_prune_##name;
#include "prune/prunes.list"
#undef PRUNE

const ms_record *const *ms_prune_records(size_t *count) {
  static const ms_record *const records[] = {
#define PRUNE(name) &ms_prune_##name.record,
#include "prune/prunes.list"
#undef PRUNE
  };
  *count = sizeof records / sizeof records[0];
  return records;
}
