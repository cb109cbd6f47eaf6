#include "prune/prune.h"

#include "base/alloc.h"
#include "prune/shrink.h"

#include <math.h>
#include <string.h>

static const ms_prune *kind_of(const ms_prune_run *run) {
  return (const ms_prune *)run->method.record; /* its first member */
}

int ms_prune_observes(const ms_prune *kind) {
  return kind->observe != NULL;
}

ms_status ms_prune_init(ms_prune_run *run, const char *name) {
  size_t count;
  const ms_record *const *records = ms_prune_records(&count), *record;
  ms_status status = ms_record_find(records, count, name, &record);
  memset(run, 0, sizeof *run);
  if (status == MS_OK) ms_method_init(&run->method, record);
  return status;
}

/* *scope = the elements of all blocks. */
static ms_status check_blocks(const char *name, size_t count, const ms_block *blocks,
                              size_t *scope) {
  size_t end = 0, elements;
  ms_status status = MS_OK;
  *scope = 0;
  MS_CHECK(count > 0, MS_EARG, "prune %s: scope: no blocks, expected at least one", name);
  for (size_t b = 0; b < count; b++) {
    const ms_block *block = &blocks[b];
    MS_CHECK(ms_mul_size(block->rows, block->cols, &elements) && elements > 0
               && elements <= SIZE_MAX - block->offset,
             MS_EARG, "prune %s: scope: block %zu is %zu x %zu, expected a matrix", name,
             b + 1, block->rows, block->cols);
    MS_CHECK(block->offset >= end, MS_EARG,
             "prune %s: scope: block %zu starts at parameter %zu, expected at least %zu, "
             "the end of the block before it", name, b + 1, block->offset, end);
    MS_CHECK(block->feeds == 0
               || (block->feeds <= count && blocks[block->feeds - 1].rows == block->cols),
             MS_EARG,
             "prune %s: scope: block %zu feeds block %zu, expected one of %zu rows", name,
             b + 1, block->feeds, block->cols);
    end = block->offset + elements;
    if (block->bias != 0) {
      MS_CHECK(block->bias >= end && block->cols <= SIZE_MAX - block->bias, MS_EARG,
               "prune %s: scope: the biases of block %zu start at parameter %zu, "
               "expected at least %zu, the end of the block", name, b + 1, block->bias,
               end);
      end = block->bias + block->cols;
    }
    *scope += elements;
  }
out:
  return status;
}

ms_status ms_prune_scope(ms_prune_run *run, size_t count, const ms_block *blocks) {
  ms_status status = MS_OK;
  const char *name = run->method.record->name;
  size_t scope;
  MS_TRY(check_blocks(name, count, blocks, &scope));
  if (run->blocks != NULL) {
    MS_CHECK(count == run->method.extent[MS_BLOCKS] &&
               memcmp(blocks, run->blocks, count * sizeof *blocks) == 0,
             MS_EARG, "prune %s: scope: other blocks than before", name);
    return MS_OK;
  }
  MS_TRY(ms_method_extent(&run->method, MS_BLOCKS, count));
  MS_TRY(ms_method_extent(&run->method, MS_SCOPE, scope));
  MS_TRY(ms_alloc(count, sizeof *blocks, "the blocks of a scope", &run->blocks));
  memcpy(run->blocks, blocks, count * sizeof *blocks);
out:
  return status;
}

/* The scope is known and lies inside the parameters. */
static ms_status check_params(ms_prune_run *run, size_t params) {
  const char *name = run->method.record->name;
  const ms_block *last;
  size_t end;
  if (run->blocks == NULL)
    return ms_fail(MS_EARG, "prune %s: it has no scope; call scope(blocks) first", name);
  last = &run->blocks[run->method.extent[MS_BLOCKS] - 1];
  end = last->offset + last->rows * last->cols;
  if (last->bias != 0) end = last->bias + last->cols;
  if (end > params)
    return ms_fail(MS_EARG,
                   "prune %s: its scope ends at parameter %zu, but there are %zu", name,
                   end, params);
  return ms_method_extent(&run->method, MS_PARAMS, params);
}

/* The working space; the state is open. */
static ms_status allocate_work(ms_prune_run *run) {
  const ms_prune *kind = kind_of(run);
  ms_status status = MS_OK;
  if (run->work == NULL && kind->work != NULL)
    MS_TRY(ms_alloc(kind->work(run), sizeof *run->work, kind->record.name, &run->work));
  if (run->index == NULL && kind->index != NULL)
    MS_TRY(
      ms_alloc(kind->index(run), sizeof *run->index, kind->record.name, &run->index));
out:
  return status;
}

ms_status ms_prune_sizes(ms_prune_run *run, size_t terms, size_t params) {
  ms_status status = check_params(run, params);
  if (status != MS_OK || !ms_prune_observes(kind_of(run))) return status;
  return ms_method_terms(&run->method, terms);
}

ms_status ms_prune_open(ms_prune_run *run, size_t terms, size_t params) {
  ms_status status = MS_OK;
  MS_TRY(ms_prune_sizes(run, terms, params));
  MS_TRY(ms_method_open(&run->method));
  MS_TRY(allocate_work(run));
out:
  return status;
}

ms_status ms_prune_observe(ms_prune_run *run, size_t terms, size_t params,
                           const double *G, const double *theta) {
  ms_status status = ms_prune_open(run, terms, params);
  if (status != MS_OK || !ms_prune_observes(kind_of(run))) return status;
  return kind_of(run)->observe(run, G, theta);
}

ms_status ms_prune_refresh(ms_prune_run *run) {
  ms_status status = MS_OK;
  if (!ms_prune_observes(kind_of(run))) return MS_OK;
  MS_CHECK(run->method.open && run->blocks != NULL, MS_EARG,
           "prune %s: refresh: nothing was observed yet", run->method.record->name);
  MS_TRY(allocate_work(run));
  MS_TRY(kind_of(run)->refresh(run));
out:
  return status;
}

static ms_status check_progress(const ms_prune_run *run, const char *call,
                                double progress) {
  if (progress >= 0 && progress <= 1) return MS_OK;
  return ms_fail(MS_EARG,
                 "prune %s: %s: the progress is %g, expected a number from 0 to 1",
                 run->method.record->name, call, progress);
}

ms_status ms_prune_apply(ms_prune_run *run, size_t params, double *theta,
                         const ms_prune_step *step, ms_prune_report *report) {
  const ms_prune *kind = kind_of(run);
  ms_status status = MS_OK;
  MS_TRY(check_params(run, params));
  MS_CHECK(step->lr >= 0 && isfinite(step->lr), MS_EARG,
           "prune %s: apply: the learning rate is %g, expected a number, at least 0",
           kind->record.name, step->lr);
  for (size_t b = 0; step->rate != NULL && b < run->method.extent[MS_BLOCKS]; b++)
    MS_CHECK(step->rate[b] >= 0 && isfinite(step->rate[b]), MS_EARG,
             "prune %s: apply: the rate of block %zu is %g, expected a number, at least "
             "0",
             kind->record.name, b + 1, step->rate[b]);
  MS_TRY(check_progress(run, "apply", step->progress));
  memset(report, 0, sizeof *report);
  if (step->G != NULL || !ms_prune_observes(kind))
    MS_TRY(ms_prune_open(run, step->terms, params));
  if (run->method.open && kind->apply != NULL) {
    MS_TRY(allocate_work(run));
    MS_TRY(kind->apply(run, theta, step, report));
  }
  report->density = ms_density(run->method.extent[MS_BLOCKS], run->blocks, theta);
out:
  return status;
}

ms_status ms_prune_event(ms_prune_run *run, size_t params, double *theta,
                         const ms_prune_step *step, ms_prune_report *report) {
  const ms_prune *kind = kind_of(run);
  ms_status status = MS_OK;
  MS_CHECK(kind->event != NULL, MS_EARG,
           "prune %s: event: it holds no parameters at 0, and has no events",
           kind->record.name);
  MS_TRY(check_params(run, params));
  MS_TRY(check_progress(run, "event", step->progress));
  MS_CHECK(run->method.open || !ms_prune_observes(kind), MS_EARG,
           "prune %s: event: nothing was observed yet", kind->record.name);
  if (step->G != NULL) MS_TRY(ms_prune_sizes(run, step->terms, params));
  MS_TRY(ms_method_open(&run->method));
  MS_TRY(allocate_work(run));
  memset(report, 0, sizeof *report);
  MS_TRY(kind->event(run, theta, step, report));
  report->density = ms_density(run->method.extent[MS_BLOCKS], run->blocks, theta);
out:
  return status;
}

void ms_prune_free(ms_prune_run *run) {
  ms_free(run->blocks);
  ms_free(run->work);
  ms_free(run->index);
  run->blocks = NULL;
  run->work = NULL;
  run->index = NULL;
  ms_method_free(&run->method);
}
