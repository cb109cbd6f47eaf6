#include "base/method.h"

#include "base/alloc.h"

#include <string.h>

static const char *axis_name(ms_axis axis) {
  switch (axis) {
    case MS_TERMS: return "loss terms";
    case MS_TASKS: return "tasks";
    case MS_PARAMS: return "parameters";
    case MS_SCOPE: return "parameters in scope";
    case MS_BLOCKS: return "blocks in scope";
    default: return "numbers";
  }
}

void ms_method_init(ms_method *method, const ms_record *record) {
  memset(method, 0, sizeof *method);
  method->record = record;
  for (size_t i = 0; i < ms_record_options(record); i++)
    method->option[i] = record->options[i].initial;
  method->extent[MS_ONE] = 1;
  method->extent[MS_STREAM] = 4;
}

ms_status ms_method_set(ms_method *method, const char *name, const ms_value *value) {
  double number;
  ms_status status = ms_record_value(method->record, name, value, &number);
  if (status == MS_OK) method->option[ms_record_option(method->record, name)] = number;
  return status;
}

ms_status ms_method_extent(ms_method *method, ms_axis axis, size_t extent) {
  const ms_record *record = method->record;
  size_t known = method->extent[axis];
  if (extent == 0)
    return ms_fail(MS_EARG, "%s %s: no %s, expected at least one", record->family,
                   record->name, axis_name(axis));
  if (known != 0 && known != extent)
    return ms_fail(MS_EARG, "%s %s: %zu %s, expected %zu as before", record->family,
                   record->name, extent, axis_name(axis), known);
  method->extent[axis] = extent;
  return MS_OK;
}

ms_status ms_method_groups(ms_method *method, size_t terms, const size_t *group) {
  const ms_record *record = method->record;
  ms_status status = MS_OK;
  size_t tasks = 0, *task = NULL;
  MS_TRY(ms_alloc(terms, sizeof *task, "the groups of the terms", &task));
  for (size_t k = 0; k < terms; k++) {
    task[k] = group[k];
    if (group[k] >= tasks) tasks = group[k] + 1;
  }
  for (size_t t = 0; t < tasks; t++) {
    size_t k = 0;
    while (k < terms && group[k] != t) k++;
    MS_CHECK(k < terms, MS_EARG,
             "%s %s: groups: no term is in group %zu, though one is in %zu",
             record->family, record->name, t, tasks - 1);
  }
  MS_CHECK(record->max_tasks == 0 || tasks <= record->max_tasks, MS_EARG,
           "%s %s: groups: %zu groups, expected at most %zu", record->family,
           record->name, tasks, record->max_tasks);
  MS_TRY(ms_method_extent(method, MS_TERMS, terms));
  MS_TRY(ms_method_extent(method, MS_TASKS, tasks));
  ms_free(method->task);
  method->task = task;
  task = NULL;
out:
  ms_free(task);
  return status;
}

ms_status ms_method_terms(ms_method *method, size_t terms) {
  size_t most = method->record->tasks, *group = NULL;
  ms_status status = MS_OK;
  MS_TRY(ms_method_extent(method, MS_TERMS, terms));
  if (method->task != NULL) return MS_OK;
  MS_TRY(ms_alloc(terms, sizeof *group, "the groups of the terms", &group));
  for (size_t k = 0; k < terms; k++) group[k] = most == 0 || k < most ? k : most - 1;
  MS_TRY(ms_method_groups(method, terms, group));
out:
  ms_free(group);
  return status;
}

int ms_method_shape(const ms_method *method, size_t slot, int *dims, size_t *shape) {
  const ms_axis *axis = method->record->slots[slot].axis;
  for (*dims = 0; *dims < MS_MAX_AXES && axis[*dims] != MS_NO_AXIS; (*dims)++) {
    shape[*dims] = method->extent[axis[*dims]];
    if (shape[*dims] == 0) return 0;
  }
  return 1;
}

/* The number of elements of an open slot; opening it has checked the product. */
static size_t slot_count(const ms_method *method, size_t slot) {
  size_t shape[MS_MAX_AXES], count = 1;
  int dims;
  if (!ms_method_shape(method, slot, &dims, shape)) return 0;
  while (dims > 0) count *= shape[--dims];
  return count;
}

static ms_status allocate_slot(ms_method *method, size_t slot) {
  const ms_record *record = method->record;
  size_t shape[MS_MAX_AXES], count = 1;
  int dims;
  if (!ms_method_shape(method, slot, &dims, shape))
    return ms_fail(MS_EBUG, "%s %s: state '%s' has an unknown extent", record->family,
                   record->name, record->slots[slot].name);
  while (dims > 0)
    if (!ms_mul_size(count, shape[--dims], &count))
      return ms_fail(MS_ENOMEM, "%s %s: state '%s' is too large", record->family,
                     record->name, record->slots[slot].name);
  return ms_alloc_zero(count, sizeof(double), record->slots[slot].name,
                       &method->state[slot]);
}

ms_status ms_method_open(ms_method *method) {
  ms_status status = MS_OK;
  if (method->open) return MS_OK;
  for (size_t i = 0; i < ms_record_slots(method->record); i++)
    if (method->state[i] == NULL) MS_TRY(allocate_slot(method, i));
  method->open = 1;
  if (method->record->start != NULL) method->record->start(method);
out:
  return status;
}

void ms_method_reset(ms_method *method) {
  if (!method->open) return;
  for (size_t i = 0; i < ms_record_slots(method->record); i++)
    memset(method->state[i], 0, slot_count(method, i) * sizeof(double));
  if (method->record->start != NULL) method->record->start(method);
}

ms_status ms_method_fit(ms_method *method, size_t slot, int dims, const size_t *shape) {
  const ms_record *record = method->record;
  const ms_slot *saved = &record->slots[slot];
  int wanted = 0;
  while (wanted < MS_MAX_AXES && saved->axis[wanted] != MS_NO_AXIS) wanted++;
  if (dims != wanted)
    return ms_fail(MS_EARG, "%s %s: state '%s' has %d axes, expected %d", record->family,
                   record->name, saved->name, dims, wanted);
  for (int i = 0; i < dims; i++) {
    ms_status status = ms_method_extent(method, saved->axis[i], shape[i]);
    if (status != MS_OK) return status;
  }
  return MS_OK;
}

void ms_method_free(ms_method *method) {
  for (size_t i = 0; i < MS_MAX_SLOTS; i++) ms_free(method->state[i]);
  ms_free(method->task);
  memset(method->extent, 0, sizeof method->extent);
  memset(method->state, 0, sizeof method->state);
  method->extent[MS_ONE] = 1;
  method->extent[MS_STREAM] = 4;
  method->task = NULL;
  method->open = 0;
}

void ms_stream_save(const ms_rng *rng, double *stream) {
  stream[0] = (double)(rng->key >> 32);
  stream[1] = (double)(rng->key & UINT32_MAX);
  stream[2] = (double)(rng->counter >> 32);
  stream[3] = (double)(rng->counter & UINT32_MAX);
}

/* Anything that is no half of a stream (a damaged file) counts as 0. */
static uint64_t half(double number) {
  return number >= 0 && number <= (double)UINT32_MAX ? (uint64_t)number : 0;
}

void ms_stream_load(const double *stream, ms_rng *rng) {
  rng->key = half(stream[0]) << 32 | half(stream[1]);
  rng->counter = half(stream[2]) << 32 | half(stream[3]);
}
