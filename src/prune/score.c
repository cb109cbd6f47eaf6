#include "prune/score.h"

#include <math.h>
#include <string.h>

/* Scores below this are rounding errors of equal shares. */
static const double score_floor = 1e-12;

/* The working space. */
typedef struct room {
  double *draws;  /* [draws] */
  double *scale;  /* [2 tasks] */
  double *agreed; /* [tasks, n]: importances without those against the main direction */
  double *units;  /* [tasks, cols] */
  double *values; /* [n] */
  double *wanted; /* [n]: exclusive scores, for a control's sum */
} room;

/* A block at work. */
typedef struct place {
  const ms_scoring *scoring;
  const ms_block *block;
  size_t tasks, scope, n, at;
  const double *importance; /* of the first task in the block */
  room room;
  ms_shares shares;
} place;

static size_t largest_block(const ms_prune_run *run) {
  size_t most = 0;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    if (n > most) most = n;
  }
  return most;
}

size_t ms_score_work(const ms_prune_run *run, const ms_scoring *scoring) {
  size_t tasks = run->method.extent[MS_TASKS], most = largest_block(run);
  return scoring->draws + 2 * tasks + (2 * tasks + 2) * most;
}

static room open_room(const ms_prune_run *run, const ms_scoring *scoring) {
  size_t tasks = run->method.extent[MS_TASKS], most = largest_block(run);
  room at = {.draws = run->work};
  at.scale = at.draws + scoring->draws;
  at.agreed = at.scale + 2 * tasks;
  at.units = at.agreed + tasks * most;
  at.values = at.units + tasks * most;
  at.wanted = at.values + most;
  return at;
}

/* {=== the index of a block === */

/* units[tasks, cols] = the sums over the columns of importance. */
static void add_units(const place *p, const double *importance, size_t stride) {
  size_t rows = p->block->rows, cols = p->block->cols;
  memset(p->room.units, 0, p->tasks * cols * sizeof *p->room.units);
  for (size_t t = 0; t < p->tasks; t++) {
    double *restrict sum = p->room.units + t * cols;
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < cols; j++) sum[j] += importance[t * stride + i * cols + j];
  }
}

/* The shares of the connections, or of the units. */
static void open_shares(place *p, ms_index index) {
  const double *importance = p->importance;
  size_t n = p->n, stride = p->scope;
  if (p->scoring->units) {
    add_units(p, importance, stride);
    importance = p->room.units;
    n = stride = p->block->cols;
  }
  ms_shares_init(&p->shares, index, p->tasks, n, stride, importance,
                 p->scoring->epsilon, p->room.scale);
}

/* The task with the largest share of connection i. */
static size_t main_task(const place *p, size_t i) {
  size_t main = 0;
  double most = -1;
  for (size_t t = 0; t < p->tasks; t++) {
    double share = p->importance[t * p->scope + i] * p->shares.scale[t];
    if (share <= most) continue;
    most = share;
    main = t;
  }
  return main;
}

/* Only agreeing directions share; the scales of the shares stay. */
static void respect_signs(place *p) {
  const double *direction = p->scoring->direction + p->at;
  double *agreed = p->room.agreed;
  for (size_t i = 0; i < p->n; i++) {
    double main = direction[main_task(p, i) * p->scope + i];
    for (size_t t = 0; t < p->tasks; t++) {
      double other = direction[t * p->scope + i];
      int against = (main < 0 && other > 0) || (main > 0 && other < 0);
      agreed[t * p->n + i] = against ? 0 : p->importance[t * p->scope + i];
    }
  }
  if (p->scoring->units) {
    add_units(p, agreed, p->n);
    return;
  }
  p->shares.importance = agreed;
  p->shares.stride = p->n;
}

/* }=== */

/* {=== the scores of a block === */

/* s from the index, in place. */
static void score_index(size_t n, double chance, double gamma, double *s) {
  for (size_t i = 0; i < n; i++) {
    double excess = (s[i] - chance) / (1 - chance);
    if (excess < score_floor)
      s[i] = 0;
    else
      s[i] = gamma == 1 ? excess : pow(excess, gamma);
  }
}

static void shuffle(size_t n, ms_rng *rng, double *s) {
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)ms_rng_below(rng, i);
    double held = s[i - 1];
    s[i - 1] = s[j];
    s[j] = held;
  }
}

/* s[rows, cols] = the score of the unit of every connection. */
static void spread(const ms_block *block, const double *unit, double *s) {
  for (size_t i = 0; i < block->rows; i++)
    memcpy(s + i * block->cols, unit, block->cols * sizeof *s);
}

/* s[n] by the index; 'mixed', if not NULL, shuffles them. */
static void score_block(place *p, ms_index index, int renew, ms_rng *rng, ms_rng *mixed,
                        double *chance, double *s) {
  const ms_scoring *scoring = p->scoring;
  double *out = scoring->units ? p->room.values : s;
  open_shares(p, index);
  if (renew)
    *chance =
      ms_shares_null(&p->shares, scoring->quantile, scoring->draws, rng, p->room.draws);
  if (scoring->direction != NULL) respect_signs(p);
  ms_shares_index(&p->shares, out);
  score_index(p->shares.n, *chance, scoring->gamma, out);
  if (mixed != NULL) shuffle(p->shares.n, mixed, out);
  if (scoring->units) spread(p->block, out, s);
}

static double total(size_t n, const double *s) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += s[i];
  return sum;
}

/* Multiply s[n] so that its sum is that of the wanted scores. Frozen ones keep their
   pattern even where nothing is wanted. */
static void match(const place *p, double *s) {
  double own = total(p->n, s), factor;
  if (own == 0) return;
  factor = total(p->n, p->room.wanted) / own;
  if (p->scoring->kind == MS_FROZEN && factor < score_floor) factor = score_floor;
  for (size_t i = 0; i < p->n; i++) s[i] *= factor;
}

/* }=== */

/* s[n] of whatever kind, with the dose of its own. */
static void score_kind(place *p, ms_rng *rng, ms_rng *mixed, double *chance,
                          double *s) {
  const ms_scoring *scoring = p->scoring;
  ms_rng copy = *rng;
  double own = 0;
  switch (scoring->kind) {
    case MS_UNIFORM:
      for (size_t i = 0; i < p->n; i++) s[i] = 1;
      break;
    case MS_REVERSED:
      if (scoring->matched)
        score_block(p, MS_COUPLING, 1, &copy, NULL, &own, s);
      else
        score_block(p, MS_COUPLING, scoring->renew, rng, NULL, chance, s);
      break;
    case MS_SHUFFLED:
      score_block(p, scoring->index, scoring->renew, rng, mixed, chance, s);
      break;
    default: score_block(p, scoring->index, scoring->renew, rng, NULL, chance, s);
  }
}

void ms_score(const ms_prune_run *run, const ms_scoring *scoring,
              const double *importance, ms_rng *rng, double *null, double *score) {
  int held = scoring->kind == MS_FROZEN && scoring->started;
  int other = held || scoring->kind == MS_UNIFORM || scoring->kind == MS_REVERSED;
  place p = {.scoring = scoring,
             .tasks = run->method.extent[MS_TASKS],
             .scope = run->method.extent[MS_SCOPE],
             .room = open_room(run, scoring)};
  ms_rng mixed = scoring->shuffle;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++, p.at += p.n) {
    double *s = score + p.at;
    p.block = &run->blocks[b];
    p.n = p.block->rows * p.block->cols;
    p.importance = importance + p.at;
    if (!held) score_kind(&p, rng, &mixed, null + b, s);
    if (!scoring->matched || !other) continue;
    score_block(&p, scoring->index, scoring->renew, rng, NULL, null + b, p.room.wanted);
    match(&p, s);
  }
}
