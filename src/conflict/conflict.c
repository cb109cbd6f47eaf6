#include "conflict/conflict.h"

#include "base/alloc.h"
#include "linalg/gram.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const ms_conflict *kind_of(const ms_conflict_run *run) {
  return (const ms_conflict *)run->method.record; /* its first member */
}

ms_status ms_conflict_init(ms_conflict_run *run, const char *name) {
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count), *record;
  ms_status status = ms_record_find(records, count, name, &record);
  memset(run, 0, sizeof *run);
  if (status == MS_OK) ms_method_init(&run->method, record);
  return status;
}

ms_status ms_conflict_blocks(ms_conflict_run *run, size_t count, const ms_part *parts) {
  const char *name = run->method.record->name;
  size_t end = 0, blocks = ms_parts_blocks(count, parts);
  ms_part *copy = NULL;
  ms_status status = MS_OK;
  MS_CHECK(run->room == NULL, MS_EARG,
           "conflict %s: blocks must be set before the first combination", name);
  for (size_t i = 0; i < count; i++) {
    size_t size = 0;
    MS_CHECK(parts[i].offset == end, MS_EARG,
             "conflict %s: part %zu of the blocks begins at parameter %zu, expected %zu",
             name, i + 1, parts[i].offset, end);
    MS_CHECK(ms_mul_size(parts[i].rows, parts[i].cols, &size) && size > 0, MS_EARG,
             "conflict %s: part %zu of the blocks is %zu x %zu", name, i + 1,
             parts[i].rows, parts[i].cols);
    end += size;
  }
  MS_CHECK(blocks > 0, MS_EARG, "conflict %s: a block has no parameters", name);
  MS_TRY(ms_alloc(count, sizeof *copy, "the blocks", &copy));
  MS_TRY(ms_method_extent(&run->method, MS_PARAMS, end));
  MS_TRY(ms_method_extent(&run->method, MS_BLOCKS, blocks));
  memcpy(copy, parts, count * sizeof *copy);
  ms_free(run->parts);
  run->parts = copy;
  run->part_count = count;
  copy = NULL;
out:
  ms_free(copy);
  return status;
}

ms_status ms_conflict_sizes(ms_conflict_run *run, size_t terms, size_t params) {
  ms_part whole = {0, 1, params, 0, 0};
  ms_status status = MS_OK;
  MS_TRY(ms_method_terms(&run->method, terms));
  MS_TRY(ms_method_extent(&run->method, MS_PARAMS, params));
  if (run->parts == NULL) MS_TRY(ms_conflict_blocks(run, 1, &whole));
out:
  return status;
}

static double *take(double **room, size_t count) {
  double *part = *room;
  *room += count;
  return part;
}

static ms_status allocate_room(ms_conflict_run *run) {
  const ms_conflict *kind = kind_of(run);
  size_t K = run->method.extent[MS_TERMS], T = run->method.extent[MS_TASKS];
  size_t blocks = run->method.extent[MS_BLOCKS], pairs = K * (K + 1) / 2, total;
  size_t work = kind->work != NULL ? kind->work(T) : 0;
  double *room;
  ms_status status;
  if (!ms_mul_size(pairs + K, blocks, &total))
    return ms_fail(MS_ENOMEM, "conflict %s: too many blocks", kind->record.name);
  total += 2 * K * K + 2 * K + T * (2 * T + 3) + work;
  status = ms_alloc_zero(total, sizeof *room, "a conflict method", &room);
  if (status != MS_OK) return status;
  run->room = room;
  run->gram = take(&room, K * K);
  run->block_gram = take(&room, pairs * blocks);
  run->weights = take(&room, K * blocks);
  run->factor = take(&room, K);
  run->loss = take(&room, K);
  run->one_gram = take(&room, K * K);
  run->task_gram = take(&room, T * T);
  run->live_gram = take(&room, T * T);
  run->norm = take(&room, T);
  run->live_value = take(&room, T);
  run->live_weights = take(&room, T);
  run->work = room;
  return MS_OK;
}

ms_status ms_conflict_open(ms_conflict_run *run, size_t terms, size_t params) {
  ms_status status = MS_OK;
  size_t tasks;
  MS_TRY(ms_conflict_sizes(run, terms, params));
  MS_TRY(ms_method_open(&run->method));
  if (run->room == NULL) MS_TRY(allocate_room(run));
  tasks = run->method.extent[MS_TASKS];
  if (run->live == NULL)
    MS_TRY(ms_alloc(3 * tasks, sizeof *run->live, "the tasks", &run->live));
  run->index = run->live + tasks;
out:
  return status;
}

void ms_conflict_free(ms_conflict_run *run) {
  ms_free(run->room);
  ms_free(run->live);
  ms_free(run->parts);
  ms_method_free(&run->method);
  run->room = run->gram = run->block_gram = run->weights = NULL;
  run->parts = NULL;
  run->part_count = 0;
  run->live = NULL;
}

/* one_gram[terms, terms] of a block. */
static void gather_block(ms_conflict_run *run, size_t block) {
  size_t terms = run->method.extent[MS_TERMS], blocks = run->method.extent[MS_BLOCKS];
  const double *product = run->block_gram + block;
  for (size_t i = 0; i < terms; i++)
    for (size_t j = 0; j <= i; j++, product += blocks)
      run->one_gram[i * terms + j] = run->one_gram[j * terms + i] = *product;
}

/* gram[terms, terms] of all blocks. */
static void gather_total(ms_conflict_run *run) {
  size_t terms = run->method.extent[MS_TERMS], blocks = run->method.extent[MS_BLOCKS];
  const double *product = run->block_gram;
  for (size_t i = 0; i < terms; i++) {
    for (size_t j = 0; j <= i; j++, product += blocks) {
      double sum = 0;
      for (size_t b = 0; b < blocks; b++) sum += product[b];
      run->gram[i * terms + j] = run->gram[j * terms + i] = sum;
    }
  }
}

/* Products of the tasks' gradients from those of the terms; norm 0 where terms cancel. */
static void gather_tasks(ms_conflict_run *run) {
  size_t terms = run->method.extent[MS_TERMS], tasks = run->method.extent[MS_TASKS];
  const size_t *task = run->method.task;
  memset(run->task_gram, 0, tasks * tasks * sizeof(double));
  memset(run->norm, 0, tasks * sizeof(double));
  for (size_t i = 0; i < terms; i++) {
    for (size_t j = 0; j < terms; j++) {
      double product = run->one_gram[i * terms + j];
      run->task_gram[task[i] * tasks + task[j]] += product;
      if (task[i] == task[j]) run->norm[task[i]] += fabs(product);
    }
  }
  for (size_t t = 0; t < tasks; t++) {
    double square = run->task_gram[t * tasks + t];
    run->norm[t] = square > 4 * DBL_EPSILON * run->norm[t] ? sqrt(square) : 0;
  }
}

/* Leaves the tasks with a gradient that is not zero in 'live', live_gram, norm, value. */
static size_t keep_live(ms_conflict_run *run) {
  size_t terms = run->method.extent[MS_TERMS], tasks = run->method.extent[MS_TASKS];
  size_t count = 0;
  double largest = 0;
  for (size_t t = 0; t < tasks; t++)
    if (run->norm[t] > largest) largest = run->norm[t];
  for (size_t t = 0; t < tasks; t++) {
    double norm = run->norm[t];
    if (norm <= 1e-12 * largest || norm * norm <= 1e-300) continue;
    run->live[count] = t;
    run->norm[count++] = norm;
  }
  for (size_t a = 0; a < count; a++) {
    for (size_t b = 0; b < count; b++)
      run->live_gram[a * count + b] = run->task_gram[run->live[a] * tasks + run->live[b]];
    run->live_value[a] = 0;
    for (size_t k = 0; run->value != NULL && k < terms; k++)
      if (run->method.task[k] == run->live[a]) run->live_value[a] += run->value[k];
  }
  return count;
}

static ms_status weigh(ms_conflict_run *run, const ms_conflict *kind, size_t block) {
  size_t terms = run->method.extent[MS_TERMS], count;
  double *weights = run->weights + block * terms;
  ms_status status;
  ms_tasks tasks;
  gather_block(run, block);
  gather_tasks(run);
  count = keep_live(run);
  memset(weights, 0, terms * sizeof(double));
  if (count == 0) return MS_OK;
  tasks.count = count;
  tasks.all = run->method.extent[MS_TASKS];
  tasks.task = run->live;
  tasks.gram = run->live_gram;
  tasks.norm = run->norm;
  tasks.value = run->value != NULL ? run->live_value : NULL;
  tasks.block = block;
  tasks.work = run->work;
  tasks.index = run->index;
  status = kind->weigh(&run->method, &tasks, run->live_weights);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < terms; k++)
    for (size_t a = 0; a < count; a++)
      if (run->method.task[k] == run->live[a]) weights[k] = run->live_weights[a];
  return MS_OK;
}

/* 'factor' and 'value' of this call. */
static ms_status take_losses(ms_conflict_run *run, const double *value,
                             const double *factor) {
  const char *name = run->method.record->name;
  size_t terms = run->method.extent[MS_TERMS];
  ms_status status = MS_OK;
  for (size_t k = 0; k < terms; k++) {
    run->factor[k] = factor != NULL ? factor[k] : 1;
    MS_CHECK(run->factor[k] >= 0 && isfinite(run->factor[k]), MS_EARG,
             "conflict %s: the factor of term %zu of %zu is %g, expected 0 or more", name,
             k + 1, terms, run->factor[k]);
    MS_CHECK(value == NULL || isfinite(value[k]), MS_EDIVERGED,
             "conflict %s: the loss of term %zu of %zu is not finite", name, k + 1,
             terms);
    if (value != NULL) run->loss[k] = run->factor[k] * value[k];
  }
  run->value = value != NULL ? run->loss : NULL;
out:
  return status;
}

/* Makes block_gram, of G, that of the rows factor_k g_k. */
static void scale_products(ms_conflict_run *run) {
  size_t blocks = run->method.extent[MS_BLOCKS];
  double *product = run->block_gram;
  for (size_t i = 0; i < run->method.extent[MS_TERMS]; i++)
    for (size_t j = 0; j <= i; j++, product += blocks)
      for (size_t b = 0; b < blocks; b++)
        product[b] *= run->factor[i] * run->factor[j];
}

/* block_gram of the rows. */
static void measure(ms_conflict_run *run, const double *rows) {
  ms_parts_gram(run->part_count, run->parts, run->method.extent[MS_BLOCKS],
                run->method.extent[MS_TERMS], run->method.extent[MS_PARAMS], rows,
                run->block_gram, run->one_gram);
}

/* Weights from block_gram, times the factors if there are any, and d = rows^T w. */
static ms_status follow(ms_conflict_run *run, const ms_conflict *kind, const double *rows,
                        const double *factor, double *d) {
  size_t terms = run->method.extent[MS_TERMS], blocks = run->method.extent[MS_BLOCKS];
  ms_status status = MS_OK;
  for (size_t b = 0; b < blocks; b++) MS_TRY(weigh(run, kind, b));
  for (size_t k = 0; factor != NULL && k < blocks * terms; k++)
    run->weights[k] *= factor[k % terms];
  ms_parts_combine(run->part_count, run->parts, terms, run->method.extent[MS_PARAMS],
                   rows, run->weights, d);
out:
  return status;
}

ms_status ms_conflict_direction(ms_conflict_run *run, const ms_conflict *kind,
                                const double *rows, double *d) {
  measure(run, rows);
  return follow(run, kind, rows, NULL, d);
}

void ms_conflict_share(ms_conflict_run *run, const double *share, const double *G,
                       double *d) {
  size_t terms = run->method.extent[MS_TERMS], params = run->method.extent[MS_PARAMS];
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++)
    for (size_t k = 0; k < terms; k++)
      run->weights[b * terms + k] = run->factor[k] * share[run->method.task[k]];
  ms_gradients_combine(terms, params, params, G, run->weights, d);
}

int ms_conflict_share_promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_H1 | MS_LS | MS_PI | MS_OQ;
}

int ms_conflict_looks_at(const ms_conflict_run *run, size_t term) {
  const ms_conflict *kind = kind_of(run);
  return kind->looks_at == NULL || kind->looks_at(&run->method, term);
}

int ms_conflict_learns(const ms_conflict_run *run) {
  const ms_conflict *kind = kind_of(run);
  return kind->after != NULL && kind->learns(run->method.option);
}

ms_status ms_conflict_after(ms_conflict_run *run, size_t terms, const double *value) {
  const char *name = run->method.record->name;
  ms_status status = MS_OK;
  MS_CHECK(run->room != NULL, MS_EARG,
           "conflict %s: losses after a step, but no direction was asked for yet", name);
  MS_TRY(ms_method_terms(&run->method, terms));
  if (!ms_conflict_learns(run)) return MS_OK;
  for (size_t k = 0; k < terms; k++) {
    if (!isfinite(value[k])) return MS_OK;
    run->loss[k] = run->factor[k] * value[k];
  }
  run->value = run->loss;
  status = kind_of(run)->after(run);
out:
  run->value = NULL;
  return status;
}

ms_status ms_conflict_no_values(const ms_method *method) {
  return ms_fail(MS_EARG, "conflict %s: it needs the values of the losses",
                 method->record->name);
}

ms_status ms_conflict_measure(ms_conflict_run *run, size_t terms, size_t params,
                              const double *G) {
  ms_status status = MS_OK;
  MS_TRY(ms_conflict_open(run, terms, params));
  measure(run, G);
  gather_total(run);
  for (size_t k = 0; k < terms; k++)
    MS_CHECK(isfinite(run->gram[k * terms + k]), MS_EDIVERGED,
             "conflict %s: the gradient of term %zu of %zu is not finite",
             run->method.record->name, k + 1, terms);
out:
  return status;
}

ms_status ms_conflict_measured(ms_conflict_run *run, const double *G, const double *value,
                               const double *factor, double *d) {
  const ms_conflict *kind = kind_of(run);
  size_t terms = run->method.extent[MS_TERMS], params = run->method.extent[MS_PARAMS];
  ms_status status = MS_OK;
  MS_CHECK((uintptr_t)(d + params) <= (uintptr_t)G
             || (uintptr_t)(G + terms * params) <= (uintptr_t)d,
           MS_EARG, "conflict %s: the direction lies inside the gradients",
           kind->record.name);
  MS_TRY(take_losses(run, value, factor));
  if (factor != NULL) {
    scale_products(run);
    gather_total(run);
    for (size_t k = 0; k < terms; k++)
      MS_CHECK(isfinite(run->gram[k * terms + k]), MS_EDIVERGED,
               "conflict %s: the gradient of term %zu of %zu, times its factor %g, is "
               "too large",
               kind->record.name, k + 1, terms, factor[k]);
  }
  if (kind->combine != NULL) {
    for (size_t k = 0; k < terms * run->method.extent[MS_BLOCKS]; k++)
      run->weights[k] = NAN;
    MS_TRY(kind->combine(run, G, d));
  } else {
    MS_TRY(follow(run, kind, G, run->factor, d));
  }
out:
  run->value = NULL;
  return status;
}

ms_status ms_conflict_combine(ms_conflict_run *run, size_t terms, size_t params,
                              const double *G, const double *value, const double *factor,
                              double *d) {
  ms_status status = ms_conflict_measure(run, terms, params, G);
  return status == MS_OK ? ms_conflict_measured(run, G, value, factor, d) : status;
}

const char *ms_promise_name(int index) {
  static const char *const names[] = {
#define NAME(flag, name, statement) name,
    MS_PROMISE_LIST(NAME)
#undef NAME
  };
  return names[index];
}

const char *ms_promise_statement(int index) {
  static const char *const statements[] = {
#define STATEMENT(flag, name, statement) statement,
    MS_PROMISE_LIST(STATEMENT)
#undef STATEMENT
  };
  return statements[index];
}
