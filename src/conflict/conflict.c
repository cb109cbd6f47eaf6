#include "conflict/conflict.h"

#include "base/alloc.h"
#include "conflict/gram.h"

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

/* Room for terms x (terms + 1) + tasks x (2 tasks + 2) numbers and the working space. */
static ms_status allocate_room(ms_conflict_run *run) {
  const ms_conflict *kind = kind_of(run);
  size_t terms = run->method.extent[MS_TERMS], tasks = run->method.extent[MS_TASKS];
  size_t work = kind->work != NULL ? kind->work(tasks) : 0;
  double *room;
  ms_status status = ms_alloc_zero(terms * (terms + 1) + tasks * (2 * tasks + 2) + work,
                                   sizeof *room, "a conflict method", &room);
  if (status != MS_OK) return status;
  run->room = room;
  run->gram = room;
  run->weights = run->gram + terms * terms;
  run->task_gram = run->weights + terms;
  run->live_gram = run->task_gram + tasks * tasks;
  run->norm = run->live_gram + tasks * tasks;
  run->live_weights = run->norm + tasks;
  run->work = run->live_weights + tasks;
  return MS_OK;
}

ms_status ms_conflict_open(ms_conflict_run *run, size_t terms, size_t params) {
  ms_status status = MS_OK;
  MS_TRY(ms_method_terms(&run->method, terms));
  MS_TRY(ms_method_extent(&run->method, MS_PARAMS, params));
  MS_TRY(ms_method_open(&run->method));
  if (run->room == NULL) MS_TRY(allocate_room(run));
  if (run->live == NULL)
    MS_TRY(
      ms_alloc(run->method.extent[MS_TASKS], sizeof *run->live, "the tasks", &run->live));
out:
  return status;
}

void ms_conflict_free(ms_conflict_run *run) {
  ms_free(run->room);
  ms_free(run->live);
  ms_method_free(&run->method);
  run->room = run->gram = run->weights = run->task_gram = run->live_gram = NULL;
  run->norm = run->live_weights = run->work = NULL;
  run->live = NULL;
}

/* Products of the tasks' gradients from those of the terms; norm 0 where terms cancel. */
static void gather_tasks(ms_conflict_run *run) {
  size_t terms = run->method.extent[MS_TERMS], tasks = run->method.extent[MS_TASKS];
  const size_t *task = run->method.task;
  memset(run->task_gram, 0, tasks * tasks * sizeof(double));
  memset(run->norm, 0, tasks * sizeof(double));
  for (size_t i = 0; i < terms; i++) {
    for (size_t j = 0; j < terms; j++) {
      double product = run->gram[i * terms + j];
      run->task_gram[task[i] * tasks + task[j]] += product;
      if (task[i] == task[j]) run->norm[task[i]] += fabs(product);
    }
  }
  for (size_t t = 0; t < tasks; t++) {
    double square = run->task_gram[t * tasks + t];
    run->norm[t] = square > 4 * DBL_EPSILON * run->norm[t] ? sqrt(square) : 0;
  }
}

/* Leaves the tasks with a gradient that is not zero in 'live', live_gram and norm. */
static size_t keep_live(ms_conflict_run *run) {
  size_t tasks = run->method.extent[MS_TASKS], count = 0;
  double largest = 0;
  for (size_t t = 0; t < tasks; t++)
    if (run->norm[t] > largest) largest = run->norm[t];
  for (size_t t = 0; t < tasks; t++) {
    double norm = run->norm[t];
    if (norm <= 1e-12 * largest || norm * norm <= 1e-300) continue;
    run->live[count] = t;
    run->norm[count++] = norm;
  }
  for (size_t a = 0; a < count; a++)
    for (size_t b = 0; b < count; b++)
      run->live_gram[a * count + b] = run->task_gram[run->live[a] * tasks + run->live[b]];
  return count;
}

static ms_status weigh(ms_conflict_run *run) {
  size_t terms = run->method.extent[MS_TERMS], count;
  ms_status status;
  ms_tasks tasks;
  gather_tasks(run);
  count = keep_live(run);
  memset(run->weights, 0, terms * sizeof(double));
  if (count == 0) return MS_OK;
  tasks.count = count;
  tasks.task = run->live;
  tasks.gram = run->live_gram;
  tasks.norm = run->norm;
  tasks.work = run->work;
  status = kind_of(run)->weigh(&run->method, &tasks, run->live_weights);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < terms; k++)
    for (size_t a = 0; a < count; a++)
      if (run->method.task[k] == run->live[a]) run->weights[k] = run->live_weights[a];
  return MS_OK;
}

ms_status ms_conflict_combine(ms_conflict_run *run, size_t terms, size_t params,
                              const double *G, double *d) {
  const ms_conflict *kind = kind_of(run);
  ms_status status = MS_OK;
  MS_TRY(ms_conflict_open(run, terms, params));
  MS_CHECK((uintptr_t)(d + params) <= (uintptr_t)G
             || (uintptr_t)(G + terms * params) <= (uintptr_t)d,
           MS_EARG, "conflict %s: the direction lies inside the gradients",
           kind->record.name);
  ms_gradients_gram(terms, params, params, G, run->gram);
  for (size_t k = 0; k < terms; k++)
    MS_CHECK(isfinite(run->gram[k * terms + k]), MS_EDIVERGED,
             "conflict %s: the gradient of term %zu of %zu is not finite",
             kind->record.name, k + 1, terms);
  if (kind->combine != NULL) {
    for (size_t k = 0; k < terms; k++) run->weights[k] = NAN;
    return kind->combine(run, G, d);
  }
  MS_TRY(weigh(run));
  ms_gradients_combine(terms, params, params, G, run->weights, d);
out:
  return status;
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
