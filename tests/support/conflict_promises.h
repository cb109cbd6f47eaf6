/*
** Every conflict method keeps its promises on 10,000 sets of random gradients: one to
** eight terms, plain, unbalanced, nearly parallel, nearly opposed, dependent, nearly
** stationary, with zero and equal rows; beside them stationary ones. The list of methods
** and of their promises is the registry's.
*/
#ifndef MS_TESTS_SUPPORT_CONFLICT_PROMISES_H
#define MS_TESTS_SUPPORT_CONFLICT_PROMISES_H

#include "conflict/conflict.h"

#include "base/random.h"
#include "check.h"
#include "linalg/symmetric.h"

enum { TERMS = 8, PARAMS = 12, SETS = 10000 };

typedef enum shape {
  PLAIN,
  UNBALANCED,
  PARALLEL,
  OPPOSED,
  DEPENDENT,
  STATIONARY,
  NEARLY,
  ZEROS,
  EQUAL,
  SHAPES
} shape;

static ms_rng rng;
static size_t checked[MS_PROMISES], kinds[SHAPES];
static ms_conflict_run runs[TERMS];
static size_t own_task[TERMS][TERMS], tried;

/* A set of gradients, what the tasks of a method make of it, and the method's answer. */
typedef struct sample {
  const ms_conflict *kind;
  double option[MS_MAX_OPTIONS];
  size_t terms, tasks, task[TERMS];
  double G[TERMS * PARAMS];
  double task_G[TERMS * PARAMS], norm[TERMS];
  size_t live;
  double d[PARAMS], length, scale; /* scale: what rounding in d is measured against */
  double spread; /* sum of |w_k| n_k over (least n_k) sum of |w_k| */
} sample;

static double dot(const double *a, const double *b) {
  double sum = 0;
  for (size_t p = 0; p < PARAMS; p++) sum += a[p] * b[p];
  return sum;
}

static void random_rows(sample *s, shape form) {
  size_t K = s->terms;
  double *G = s->G, closeness = pow(10, -1 - 5 * ms_rng_uniform(&rng));
  for (size_t i = 0; i < K * PARAMS; i++) G[i] = ms_rng_normal(&rng);
  for (size_t k = 1; k < K; k++) {
    double *row = G + k * PARAMS, pull = ms_rng_uniform(&rng) * 3, factor;
    double sign = form == OPPOSED && k % 2 == 1 ? -1 : 1;
    if (form == PARALLEL || form == OPPOSED)
      for (size_t p = 0; p < PARAMS; p++) row[p] = sign * G[p] + closeness * row[p];
    if (form == DEPENDENT && k + 1 == K && K > 2)
      for (size_t p = 0; p < PARAMS; p++) row[p] = pull * G[p] - G[PARAMS + p];
    if (form == EQUAL && k % 2 == 1) memcpy(row, G, PARAMS * sizeof *row);
    if (form == ZEROS && ms_rng_uniform(&rng) < 0.4) memset(row, 0, PARAMS * sizeof *row);
    factor = pow(10, 6 * ms_rng_uniform(&rng) - 3);
    if (form == UNBALANCED || form == PARALLEL || form == OPPOSED)
      for (size_t p = 0; p < PARAMS; p++) row[p] *= factor;
  }
  if (form == STATIONARY || form == NEARLY) { /* the first: minus a positive combination
                                                 of the others, and a little beside */
    for (size_t p = 0; p < PARAMS; p++) G[p] = form == NEARLY ? closeness * G[p] : 0;
    for (size_t k = 1; k < K; k++) {
      double part = s->kind->record.tasks == 0 ? 0.5 + (double)(k % 3) : 0.5;
      for (size_t p = 0; p < PARAMS; p++) G[p] -= part * G[k * PARAMS + p];
    }
  }
}

static void run_method(const sample *s, const size_t *task, const double *G, double *d,
                       double *weights, size_t *tasks, size_t *task_out) {
  static const double values[TERMS] = {0.5, 2, 1, 0.1, 3, 0.7, 10, 0.2};
  ms_conflict_run *run = &runs[s->terms - 1];
  memcpy(run->method.option, s->option, sizeof s->option);
  ms_method_reset(&run->method); /* and takes the options */
  if (task == NULL) task = own_task[s->terms - 1];
  CHECK_STATUS(ms_method_groups(&run->method, s->terms, task), MS_OK);
  CHECK_STATUS(ms_conflict_combine(run, s->terms, PARAMS, G, values, NULL, d), MS_OK);
  if (weights != NULL) memcpy(weights, run->weights, s->terms * sizeof *weights);
  if (tasks != NULL) *tasks = run->method.extent[MS_TASKS];
  if (task_out != NULL) memcpy(task_out, run->method.task, s->terms * sizeof *task_out);
}

/* A run of the method for every number of terms, and how it groups them by itself. */
static void open_runs(const char *name) {
  for (size_t terms = 1; terms <= TERMS; terms++) {
    ms_conflict_run *run = &runs[terms - 1];
    CHECK_STATUS(ms_conflict_init(run, name), MS_OK);
    CHECK_STATUS(ms_conflict_open(run, terms, PARAMS), MS_OK);
    memcpy(own_task[terms - 1], run->method.task, terms * sizeof(size_t));
  }
}

static void close_runs(void) {
  for (size_t i = 0; i < TERMS; i++) ms_conflict_free(&runs[i]);
}

/*
** The sum over k of |w_k| n_k: d may be a small difference of large parts. Weights that
** sum to something small because they cancel each other are as uncertain again.
*/
static double rounding_scale(sample *s, const double *weights) {
  double parts = 0, size = 0, sum = 0, shortest = INFINITY;
  for (size_t k = 0; k < s->terms; k++) {
    const double *row = s->G + k * PARAMS;
    double norm = sqrt(dot(row, row));
    if (isnan(weights[k])) {
      parts += norm;
      continue;
    }
    parts += fabs(weights[k]) * norm;
    size += fabs(weights[k]);
    sum += weights[k];
    if (weights[k] != 0) shortest = fmin(shortest, norm);
  }
  s->spread = size > 0 ? parts / (shortest * size) : 1;
  return size > fabs(sum) ? parts * fmin(size / fabs(sum), 1e4) : parts;
}

static void answer(sample *s) {
  double weights[TERMS];
  run_method(s, NULL, s->G, s->d, weights, &s->tasks, s->task);
  memset(s->task_G, 0, sizeof s->task_G);
  s->length = sqrt(dot(s->d, s->d));
  s->scale = rounding_scale(s, weights);
  s->live = 0;
  for (size_t k = 0; k < s->terms; k++) {
    const double *row = s->G + k * PARAMS;
    double *sum = s->task_G + s->task[k] * PARAMS;
    for (size_t p = 0; p < PARAMS; p++) sum[p] += row[p];
  }
  for (size_t t = 0; t < s->tasks; t++) {
    s->norm[t] = sqrt(dot(s->task_G + t * PARAMS, s->task_G + t * PARAMS));
    s->live += s->norm[t] > 0;
  }
}

/*
** Rank of the tasks' directions: full, deficient, or (-1) so close to deficient that a
** direction is not well defined by them. Two directions always define their bisector.
*/
static int independent(sample *s) {
  double C[TERMS * TERMS], values[TERMS];
  size_t n = 0, at[TERMS];
  for (size_t t = 0; t < s->tasks; t++)
    if (s->norm[t] > 0) at[n++] = t;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      C[i * n + j] = dot(s->task_G + at[i] * PARAMS, s->task_G + at[j] * PARAMS) /
                     (s->norm[at[i]] * s->norm[at[j]]);
  CHECK_STATUS(ms_eigen_symmetric(n, C, values), MS_OK);
  for (size_t i = 0; i < n; i++)
    if (n > 2 && fabs(values[i]) > 2e-15 && values[i] < 1e-9) return -1;
  /* IMTL-G's length hangs on the inverse of C, entry by entry, over the norms */
  if (strcmp(s->kind->record.name, "imtlg") == 0 && n > 0 && values[0] > 1e-9)
    s->scale *= 1 + 1e-6 * s->spread / values[0];
  return n == 0 || values[0] > 1e-9;
}

static void count_check(int promise, int good, const sample *s, shape form) {
  checked[promise]++;
  if (!CHECK(good))
    fprintf(stderr, "  %s breaks %s: %zu terms, %zu tasks, gradients of kind %d\n",
            s->kind->record.name, ms_promise_name(promise), s->terms, s->tasks,
            (int)form);
}

static void check_projections(const sample *s, int promises, shape form) {
  double least = INFINITY, most = -INFINITY, slack = 1e-9 * s->length + 1e-12 * s->scale;
  for (size_t t = 0; t < s->tasks; t++) {
    double along;
    if (s->norm[t] == 0) continue;
    along = dot(s->task_G + t * PARAMS, s->d) / s->norm[t];
    if (along < least) least = along;
    if (along > most) most = along;
  }
  if (s->live == 0) return;
  if (promises & MS_NC) count_check(MS_NC_INDEX, least >= -slack, s, form);
  if (promises & MS_EP) count_check(MS_EP_INDEX, most - least <= slack, s, form);
}

/* d of gradients in which task t is multiplied by factor[t]. */
static void scaled(const sample *s, const double *factor, double *d) {
  double G[TERMS * PARAMS];
  for (size_t k = 0; k < s->terms; k++)
    for (size_t p = 0; p < PARAMS; p++)
      G[k * PARAMS + p] = factor[s->task[k]] * s->G[k * PARAMS + p];
  run_method(s, NULL, G, d, NULL, NULL, NULL);
}

static double distance(const double *a, double factor, const double *b) {
  double gap[PARAMS];
  for (size_t p = 0; p < PARAMS; p++) gap[p] = a[p] - factor * b[p];
  return sqrt(dot(gap, gap));
}

static void check_scaling(const sample *s, int promises, shape form) {
  double same[TERMS], one[TERMS], two[TERMS], both[TERMS],
    t = 0.1 + 5 * ms_rng_uniform(&rng);
  double d[PARAMS], e[PARAMS], f[PARAMS];
  for (size_t k = 0; k < s->tasks; k++) {
    same[k] = t;
    one[k] = 0.2 + 3 * ms_rng_uniform(&rng);
    two[k] = 0.2 + 3 * ms_rng_uniform(&rng);
    both[k] = one[k] + two[k];
  }
  scaled(s, same, d);
  if (promises & MS_H1)
    count_check(MS_H1_INDEX, distance(d, t, s->d) <= 1e-9 * t * s->scale, s, form);
  if (promises & MS_H0)
    count_check(MS_H0_INDEX, distance(d, 1, s->d) <= 1e-9 * s->scale, s, form);
  scaled(s, one, d);
  if (promises & MS_SD && s->length > 1e-5 * s->scale) {
    double length = sqrt(dot(d, d));
    count_check(MS_SD_INDEX, distance(d, length / s->length, s->d) <= 1e-6 * length, s,
                form);
  }
  if (promises & MS_LS) {
    scaled(s, two, e);
    scaled(s, both, f);
    for (size_t p = 0; p < PARAMS; p++) d[p] += e[p];
    count_check(MS_LS_INDEX, distance(f, 1, d) <= 1e-8 * s->scale, s, form);
  }
}

/* The tasks renamed in reverse order, and the parameters reflected by a random mirror. */
static void check_symmetries(const sample *s, int promises, shape form) {
  double G[TERMS * PARAMS], mirror[PARAMS], d[PARAMS], e[PARAMS], size;
  size_t renamed[TERMS];
  for (size_t k = 0; k < s->terms; k++) renamed[k] = s->tasks - 1 - s->task[k];
  if (promises & MS_PI) {
    run_method(s, renamed, s->G, d, NULL, NULL, NULL);
    count_check(MS_PI_INDEX, distance(d, 1, s->d) <= 1e-9 * s->scale, s, form);
  }
  if (!(promises & MS_OQ)) return;
  for (size_t p = 0; p < PARAMS; p++) mirror[p] = ms_rng_normal(&rng);
  size = dot(mirror, mirror);
  for (size_t k = 0; k < s->terms; k++) {
    double part = 2 * dot(s->G + k * PARAMS, mirror) / size;
    for (size_t p = 0; p < PARAMS; p++)
      G[k * PARAMS + p] = s->G[k * PARAMS + p] - part * mirror[p];
  }
  run_method(s, NULL, G, d, NULL, NULL, NULL);
  size = 2 * dot(s->d, mirror) / size;
  for (size_t p = 0; p < PARAMS; p++) e[p] = s->d[p] - size * mirror[p];
  count_check(MS_OQ_INDEX, distance(d, 1, e) <= 1e-8 * s->scale, s, form);
}

static void check_sample(sample *s, shape form) {
  int full, promises;
  random_rows(s, form);
  answer(s);
  for (size_t p = 0; p < PARAMS; p++)
    if (!CHECK(isfinite(s->d[p]))) return;
  if (s->live == 0) CHECK(s->length == 0);
  full = independent(s);
  if (full < 0) return;
  kinds[form]++;
  promises = s->kind->promises(s->option, s->live, full);
  if (s->live == 1 && s->terms == 1 && promises & MS_OQ)
    CHECK(distance(s->d, s->length / s->norm[0], s->G) <= 1e-12 * s->length);
  if (form == STATIONARY && s->terms > 1) {
    if (promises & MS_ST) count_check(MS_ST_INDEX, s->length <= 1e-6 * s->scale, s, form);
    return; /* d is rounding: nothing else can be said of it */
  }
  tried++;
  check_projections(s, promises, form);
  check_scaling(s, promises, form);
  check_symmetries(s, promises, form);
}

/* All values of the choices among the options of the method, in turn. */
static void choose_options(sample *s, size_t i) {
  const ms_record *record = &s->kind->record;
  for (size_t o = 0; o < ms_record_options(record); o++) {
    size_t choices = 0, length;
    s->option[o] = record->options[o].initial;
    while (ms_choice(&record->options[o], choices, &length) != NULL) choices++;
    if (choices > 0) s->option[o] = (double)(i % choices);
  }
}

/*
** The methods first, first + step ...: a part of the registry, so that tests are short.
*/
static inline int check_promises(size_t first, size_t step) {
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count);
  ms_rng_init(&rng, 7, "test");
  for (size_t r = first; r < count; r += step) {
    sample s = {0};
    s.kind = (const ms_conflict *)records[r];
    tried = 0;
    open_runs(records[r]->name);
    for (size_t i = 0; tried < SETS; i++) {
      s.terms = 1 + i % TERMS;
      choose_options(&s, i / (TERMS * SHAPES));
      check_sample(&s, (shape)(i / TERMS % SHAPES));
    }
    close_runs();
  }
  for (int form = 0; form < SHAPES; form++)
    CHECK(kinds[form] > SETS * (count / step) / SHAPES / 2);
  for (int promise = 0; promise < MS_PROMISES; promise++)
    if (promise != MS_H0_INDEX) CHECK(checked[promise] > 1000);
  return check_done();
}

#endif
