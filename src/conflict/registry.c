#include "conflict/conflict.h"

#define CONFLICT(name) extern const ms_conflict ms_conflict_##name;
#include "conflict/conflicts.list"
#undef CONFLICT

const ms_record *const *ms_conflict_records(size_t *count) {
  static const ms_record *const records[] = {
#define CONFLICT(name) &ms_conflict_##name.record,
#include "conflict/conflicts.list"
#undef CONFLICT
  };
  *count = sizeof records / sizeof records[0];
  return records;
}
