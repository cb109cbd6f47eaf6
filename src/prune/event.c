#include "prune/event.h"

#include "prune/select.h"
#include "tensor/order.h"

#include <math.h>
#include <string.h>

enum { GLOBAL, LAYER, NEURON };

/* The n parameters start, start + stride, ... of the scope, all in one block or more. */
typedef struct group {
  size_t start, n, stride, block;
} group;

/* An event while it is worked out; its arrays lie in the working space. */
typedef struct plan {
  const ms_prune_run *run;
  const ms_event *event;
  double density, *mask;
  double others; /* how many more could be active than are wanted */
  size_t scope, groups, blocks;
  double *unfrozen, *next; /* [scope]: what may be chosen; the mask to come */
  double *forced;          /* [scope]: 1 must stay, -1 must go */
  double *score, *candidate, *chosen; /* [scope]: scratch, of a group */
  double *room;                       /* [4 scope]: scratch */
  double *members;                           /* [groups, 4]: a group each */
  double *cap, *active, *must, *quota, *count; /* [groups] */
  double *spare;                               /* [4 groups]: scratch */
  double *size, *layer;                        /* [blocks]: unfrozen, their densities */
} plan;

enum { SCOPE_ARRAYS = 6 + MS_ORDER_SCRATCH, GROUP_ARRAYS = 13 };

void ms_event_start(ms_method *method) {
  double *mask = method->state[MS_EVENT_MASK];
  for (size_t i = 0; i < method->extent[MS_SCOPE]; i++) mask[i] = 1;
}

static size_t count_groups(const ms_prune_run *run) {
  double scope = run->method.option[MS_EVENT_SCOPE];
  size_t count = 0;
  if (scope == GLOBAL) return 1;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++)
    count += scope == LAYER ? 1 : run->blocks[b].cols;
  return count;
}

size_t ms_event_work(const ms_prune_run *run) {
  return SCOPE_ARRAYS * run->method.extent[MS_SCOPE] + GROUP_ARRAYS * count_groups(run)
         + 2 * run->method.extent[MS_BLOCKS];
}

static double scheduled(const double *option, double progress) {
  return ms_density_at((ms_density_schedule)option[MS_EVENT_SCHEDULE],
                       option[MS_EVENT_DENSITY], option[MS_EVENT_START],
                       option[MS_EVENT_STOP], progress);
}

/* {=== groups === */

static size_t elements(const ms_block *block) {
  return block->rows * block->cols;
}

static group group_at(const plan *p, size_t g) {
  const double *m = p->members + 4 * g;
  return (group){(size_t)m[0], (size_t)m[1], (size_t)m[2], (size_t)m[3]};
}

static void add_group(double **end, size_t start, size_t n, size_t stride, size_t block) {
  (*end)[0] = (double)start;
  (*end)[1] = (double)n;
  (*end)[2] = (double)stride;
  (*end)[3] = (double)block;
  *end += 4;
}

static void list_groups(plan *p) {
  double scope = p->run->method.option[MS_EVENT_SCOPE], *end = p->members;
  size_t at = 0;
  if (scope == GLOBAL) add_group(&end, 0, p->scope, 1, 0);
  for (size_t b = 0; b < p->blocks && scope != GLOBAL; b++) {
    const ms_block *block = &p->run->blocks[b];
    if (scope == LAYER) add_group(&end, at, elements(block), 1, b);
    for (size_t j = 0; j < block->cols && scope == NEURON; j++)
      add_group(&end, at + j, block->rows, block->cols, b);
    at += elements(block);
  }
}

void ms_event_gather(const ms_prune_run *run, const double *params, double *out) {
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    const double *block = params + run->blocks[b].offset;
    for (size_t i = 0; i < elements(&run->blocks[b]); i++) *out++ = block[i];
  }
}

/* }=== */

/* {=== the plan === */

static double *carve(double **work, size_t n) {
  double *part = *work;
  *work += n;
  return part;
}

static void open_plan(plan *p, const ms_prune_run *run, const ms_event *event,
                      const ms_prune_step *step) {
  const ms_method *method = &run->method;
  double *work = event->work;
  size_t scope = method->extent[MS_SCOPE], groups = count_groups(run);
  *p = (plan){.run = run, .event = event};
  p->density = scheduled(method->option, step->progress);
  if (step->power > 0) p->density = pow(p->density, step->power);
  p->mask = method->state[MS_EVENT_MASK];
  p->scope = scope;
  p->groups = groups;
  p->blocks = method->extent[MS_BLOCKS];
  p->unfrozen = carve(&work, scope);
  p->next = carve(&work, scope);
  p->forced = carve(&work, scope);
  p->score = carve(&work, scope);
  p->candidate = carve(&work, scope);
  p->chosen = carve(&work, scope);
  p->room = carve(&work, MS_ORDER_SCRATCH * scope);
  p->members = carve(&work, 4 * groups);
  p->cap = carve(&work, groups);
  p->active = carve(&work, groups);
  p->must = carve(&work, groups);
  p->quota = carve(&work, groups);
  p->count = carve(&work, groups);
  p->spare = carve(&work, 4 * groups);
  p->size = carve(&work, p->blocks);
  p->layer = carve(&work, p->blocks);
  memset(p->forced, 0, scope * sizeof *p->forced);
  list_groups(p);
}

/* What the user froze is no matter of choice. */
static void mark_unfrozen(plan *p, const double *unfrozen) {
  double *out = p->unfrozen;
  for (size_t b = 0; b < p->blocks; b++) {
    const ms_block *block = &p->run->blocks[b];
    p->size[b] = 0;
    for (size_t i = 0; i < elements(block); i++) {
      *out = unfrozen == NULL || unfrozen[block->offset + i] != 0;
      p->size[b] += *out++;
    }
  }
}

static ms_status check_scores(const plan *p, const char *what, const double *score) {
  for (size_t i = 0; i < p->scope && score != NULL; i++)
    if (p->unfrozen[i] != 0 && !isfinite(score[i]))
      return ms_fail(MS_EDIVERGED, "prune %s: the %s-score of parameter %zu in scope is "
                     "%g, expected a finite number", p->run->method.record->name, what,
                     i + 1, score[i]);
  return MS_OK;
}

/* Per group: what is active, what must stay, how many can be active at the most. */
static void count_members(plan *p) {
  int open = p->event->again || p->event->grow != NULL;
  for (size_t g = 0; g < p->groups; g++) {
    group m = group_at(p, g);
    p->cap[g] = p->active[g] = p->must[g] = p->quota[g] = 0;
    for (size_t i = m.start, k = 0; k < m.n; i += m.stride, k++) {
      double may = p->unfrozen[i] != 0 && p->forced[i] >= 0;
      p->quota[g] += p->unfrozen[i];
      p->active[g] += may * p->mask[i];
      p->must[g] += may * p->mask[i] * p->forced[i];
      p->cap[g] += open ? may : may * p->mask[i];
    }
  }
}

/* The wanted numbers of all groups, which add up to round(density n). Returns that. */
static double count_wanted(plan *p) {
  const double *option = p->run->method.option;
  int global = option[MS_EVENT_SCOPE] == GLOBAL;
  double n = 0;
  ms_layer_densities((ms_layer_density)option[MS_EVENT_LAYERS], p->density, p->blocks,
                     p->run->blocks, p->size, p->layer);
  for (size_t b = 0; b < p->blocks; b++) n += p->size[b];
  for (size_t g = 0; g < p->groups; g++)
    p->quota[g] *= global ? p->density : p->layer[group_at(p, g).block];
  n = floor(p->density * n + 0.5);
  p->others = -n;
  for (size_t g = 0; g < p->groups; g++) p->others += p->cap[g];
  ms_apportion(p->groups, p->quota, p->cap, n, p->count, p->spare);
  return n;
}

/* }=== */

/* {=== choosing === */

/* Among what: the active, the inactive, or all. */
typedef enum choice { SURVIVORS, GROWN, ANY } choice;

static int is_candidate(const plan *p, choice kind, size_t i) {
  if (p->unfrozen[i] == 0 || p->forced[i] < 0) return 0;
  if (kind == GROWN) return p->mask[i] == 0;
  return p->forced[i] == 0 && (kind == ANY || p->mask[i] != 0);
}

/* Makes the 'count' best candidates of a group active, or all if there are fewer. */
static void choose(plan *p, group m, choice kind, const double *score, double count) {
  size_t candidates = 0;
  for (size_t i = m.start, k = 0; k < m.n; i += m.stride, k++) {
    p->score[k] = score[i];
    p->candidate[k] = is_candidate(p, kind, i);
    candidates += p->candidate[k] != 0;
  }
  if (!(count > 0) || candidates == 0) return;
  if (count > (double)candidates) count = (double)candidates;
  ms_select_largest(m.n, p->score, p->candidate, (size_t)count, p->chosen, p->room);
  for (size_t i = m.start, k = 0; k < m.n; i += m.stride, k++)
    if (p->chosen[k] != 0) p->next[i] = 1;
}

/* What is dropped of a group that has A active, N wanted and room for 'cap' members. */
static double dropped_of(double fraction, double A, double N, double cap) {
  double D = floor(fraction * A + 0.5);
  return fmin(fmax(D, fmax(A - N, 0)), fmax(cap - N, 0));
}

static void choose_survivors(plan *p) {
  const ms_event *event = p->event;
  for (size_t i = 0; i < p->scope; i++) {
    int stays = p->unfrozen[i] == 0 || p->forced[i] > 0;
    p->next[i] = stays ? p->mask[i] : 0;
  }
  for (size_t g = 0; g < p->groups; g++) {
    double A = p->active[g], N = p->count[g];
    if (event->again)
      choose(p, group_at(p, g), ANY, event->keep, N - p->must[g]);
    else
      choose(p, group_at(p, g), SURVIVORS, event->keep,
             A - dropped_of(event->fraction, A, N, p->cap[g]) - p->must[g]);
  }
}

/*
** Takes back what no longer fits the budget. Parameters go in the order of their scores,
** and the first one that would cost a task too much ends it, so that all lose alike.
*/
static void keep_to_budget(plan *p) {
  const ms_event *event = p->event;
  size_t n = 0, tasks = p->run->method.extent[MS_TASKS], done = 0, fits = 1;
  double *score = p->score, *place = p->candidate, *order = p->chosen, *room = p->room;
  memset(event->removed, 0, tasks * sizeof *event->removed);
  for (size_t i = p->scope; i-- > 0;) { /* so that of equals the last one goes first */
    if (p->mask[i] == 0 || p->next[i] != 0) continue;
    score[n] = event->keep[i];
    place[n++] = (double)i;
  }
  ms_argsort_lane(&(int){0}, n, score, order, room);
  for (; done < n; done++) {
    const double *mass = event->mass + (size_t)place[(size_t)order[done] - 1];
    for (size_t t = 0; t < tasks; t++)
      fits = fits && event->removed[t] + mass[t * p->scope] <= event->budget;
    if (!fits) break;
    for (size_t t = 0; t < tasks; t++) event->removed[t] += mass[t * p->scope];
  }
  for (; done < n; done++) p->next[(size_t)place[(size_t)order[done] - 1]] = 1;
}

static void choose_grown(plan *p) {
  for (size_t g = 0; g < p->groups; g++) {
    group m = group_at(p, g);
    double missing = p->count[g];
    for (size_t i = m.start, k = 0; k < m.n; i += m.stride, k++)
      missing -= p->unfrozen[i] != 0 && p->next[i] != 0;
    choose(p, m, GROWN, p->event->grow, missing);
  }
}

/* }=== */

/* {=== repair === */

/* A unit: column j of a block comes in, row j of the one that it feeds goes out. */
typedef struct unit {
  size_t in, rows, cols; /* first weight in, how many, their distance */
  size_t out, reach;     /* first weight out, how many (side by side) */
} unit;

static int any_active(const plan *p, size_t start, size_t n, size_t stride) {
  for (size_t k = 0; k < n; k++)
    if (p->next[start + k * stride] != 0) return 1;
  return 0;
}

/* How many weights could be chosen, but not once these must go; 'force' makes them go.
   INFINITY if one of them must stay: what is forced once remains so, or the repair of one
   unit would undo that of another for ever. */
static double lose(plan *p, size_t start, size_t n, size_t stride, int force) {
  int open = p->event->again || p->event->grow != NULL;
  double lost = 0;
  for (size_t k = 0; k < n; k++) {
    size_t i = start + k * stride;
    if (p->forced[i] > 0) return INFINITY;
    if (p->unfrozen[i] == 0 || p->forced[i] < 0) continue;
    lost += open ? 1 : p->mask[i];
    if (force) p->forced[i] = -1;
  }
  return lost;
}

/* The best weight into it that is active must stay. */
static int force_in(plan *p, const unit *u) {
  const double *keep = p->event->keep;
  size_t best = SIZE_MAX;
  for (size_t k = 0; k < u->rows; k++) {
    size_t i = u->in + k * u->cols;
    if (p->mask[i] == 0 || p->unfrozen[i] == 0 || p->forced[i] < 0) continue;
    if (best == SIZE_MAX || keep[i] > keep[best]) best = i;
  }
  if (best == SIZE_MAX || p->forced[best] > 0) return 0;
  p->forced[best] = 1;
  return 1;
}

/* All its weights must go, if none of them must stay and enough others are there. */
static int force_out(plan *p, const unit *u) {
  double lost = lose(p, u->in, u->rows, u->cols, 0) + lose(p, u->out, u->reach, 1, 0);
  if (lost == 0) return 0;
  if (lost > p->others) return force_in(p, u);
  lose(p, u->in, u->rows, u->cols, 1);
  lose(p, u->out, u->reach, 1, 1);
  p->others -= lost;
  return 1;
}

/* Forces what leaves no unit without weights in; 0 if there was nothing to do. */
static int repair(plan *p) {
  int protects = p->event->mass != NULL, changed = 0;
  size_t at = 0;
  for (size_t b = 0; b < p->blocks; b++) {
    const ms_block *block = &p->run->blocks[b];
    size_t out = 0, reach = 0;
    for (size_t c = 0; c + 1 < block->feeds; c++) out += elements(&p->run->blocks[c]);
    if (block->feeds != 0) reach = p->run->blocks[block->feeds - 1].cols;
    for (size_t j = 0; j < block->cols; j++) {
      unit u = {at + j, block->rows, block->cols, out + j * reach, reach};
      if (any_active(p, u.in, u.rows, u.cols)) continue;
      if (reach != 0 && !any_active(p, u.out, reach, 1)) continue;
      changed |= protects ? force_in(p, &u) : reach != 0 && force_out(p, &u);
    }
    at += elements(block);
  }
  return changed;
}

/* }=== */

static void commit(plan *p, double *theta, ms_prune_report *report) {
  size_t i = 0;
  for (size_t b = 0; b < p->blocks; b++) {
    const ms_block *block = &p->run->blocks[b];
    for (size_t k = 0; k < elements(block); k++, i++) {
      report->dropped += p->mask[i] != 0 && p->next[i] == 0;
      report->grown += p->mask[i] == 0 && p->next[i] != 0;
      report->active += p->unfrozen[i] != 0 && p->next[i] != 0;
      if (p->mask[i] != p->next[i]) theta[block->offset + k] = 0;
      p->mask[i] = p->next[i];
    }
  }
}

ms_status ms_event_run(ms_prune_run *run, const ms_event *event, double *theta,
                       const ms_prune_step *step, ms_prune_report *report) {
  int repairs = run->method.option[MS_EVENT_REPAIR] != 0;
  ms_status status = MS_OK;
  plan p;
  open_plan(&p, run, event, step);
  mark_unfrozen(&p, step->free);
  MS_TRY(check_scores(&p, "keep", event->keep));
  MS_TRY(check_scores(&p, "grow", event->grow));
  do {
    count_members(&p);
    report->wanted = (size_t)count_wanted(&p);
    choose_survivors(&p);
    if (event->mass != NULL) keep_to_budget(&p);
    if (event->grow != NULL) choose_grown(&p);
  } while (repairs && repair(&p));
  commit(&p, theta, report);
out:
  return status;
}
