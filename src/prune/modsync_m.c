/*
** modsync-m: one mask for all tasks, from which connections that serve one task only are
** dropped, and into which grow those that several have use for. A reconstruction from the
** abstract of ModSync (Kong, Park, Kim and Lee, arXiv:2606.20156), which gives no
** formulas.
**
** Rounds of observations as those of modsync-p give importances; divided by their totals
** over the scope they are the shares x_tp of task t in parameter p. An event (event.h)
** drops a part of the active parameters (ms_fraction_at), those with the smallest
**   |theta_p|^power (product over t of x_tp)^(1/T)    (keep = min: min over t of x_tp)
** but no task loses more than 'budget' of its importance in an event: the first one to do
** so ends it, and the next event has so much more to drop. Then those grow that had the
** largest
**   (product over t of |g_tp|)^(1/T)
** with the gradients of the tasks in this step, if 'agree' first where they have one
** sign, as many as the density of the schedule wants.
**
** Controls, on the same path: uniform (a random number in place of the shares'), reversed
** (the mean of what x_tp is above or below the others', so that shared connections go and
** exclusive ones grow), shuffled (scores permuted among the active, and among the
** inactive, of each block, always by the same random numbers), frozen (importances of the
** first event for all events, and for growing), or keep-scores from outside.
*/
#include "prune/event.h"
#include "prune/importance.h"

#include <math.h>
#include <string.h>

enum {
  SCORE = MS_EVENT_OPTION_COUNT, IMPORTANCE_KIND, KEEP, POWER, BUDGET, AGREE, MEMORY,
  SEED, PERIOD
};
enum { EXCLUSIVE, UNIFORM, REVERSED, SHUFFLED, FROZEN };
enum { GEOMETRIC, LEAST };
enum {
  SUM = MS_EVENT_SLOT_COUNT, SAMPLES, IMPORTANCE, ROUNDS, REMOVED, STARTED, RANDOM
};

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "prune.modsync-m");
  ms_stream_save(&rng, method->state[RANDOM]);
  ms_event_start(method);
}

static size_t work(const ms_prune_run *run) {
  size_t scope = run->method.extent[MS_SCOPE];
  return (2 + run->method.extent[MS_TASKS]) * scope + ms_event_work(run);
}

static ms_status observe(ms_prune_run *run, const double *G, const double *theta) {
  double *const *state = run->method.state;
  ms_sampling sampling = (ms_sampling)run->method.option[IMPORTANCE_KIND];
  return ms_importance_observe(run, sampling, G, theta, state[SUM], state[SAMPLES]);
}

static ms_status refresh(ms_prune_run *run) {
  const ms_method *method = &run->method;
  double *const *state = method->state;
  double memory = state[ROUNDS][0] == 0 ? 0 : method->option[MEMORY];
  ms_status status = MS_OK;
  if (method->option[SCORE] == FROZEN && state[STARTED][0] != 0) memory = 1;
  MS_TRY(
    ms_importance_round(run, state[SAMPLES], memory, state[SUM], state[IMPORTANCE]));
  state[ROUNDS][0]++;
out:
  return status;
}

/* {=== scores === */

/* The tasks of a parameter together: values[tasks], 'stride' apart, are its shares. */
static double joint(const ms_prune_run *run, const double *values, size_t stride) {
  const double *option = run->method.option;
  size_t tasks = run->method.extent[MS_TASKS];
  double sum = 0, product = 1, largest = 0, least = INFINITY, T = (double)tasks;
  for (size_t t = 0; t < tasks; t++) {
    double x = values[t * stride];
    sum += x;
    product *= x;
    largest = fmax(largest, x);
    least = fmin(least, x);
  }
  if (option[SCORE] == REVERSED) return tasks < 2 ? 0 : (T * largest - sum) / T / (T - 1);
  if (option[KEEP] == LEAST) return least;
  return tasks == 2 ? sqrt(product) : pow(product, 1 / T);
}

/* values[tasks, scope] of each task divided by their sum. */
static void normalise(const ms_prune_run *run, double *values) {
  size_t scope = run->method.extent[MS_SCOPE];
  for (size_t t = 0; t < run->method.extent[MS_TASKS]; t++, values += scope) {
    double total = 0;
    for (size_t i = 0; i < scope; i++) total += values[i];
    for (size_t i = 0; i < scope && total > 0; i++) values[i] /= total;
  }
}

/* x[tasks, scope] = |gradient of the task|; signs[scope] = 1 where all have one sign. */
static void task_gradients(const ms_prune_run *run, const double *G, double *x,
                           double *signs) {
  const ms_method *method = &run->method;
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) {
    double *sign = signs;
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      const double *first = G + run->blocks[b].offset;
      for (size_t i = 0; i < run->blocks[b].rows * run->blocks[b].cols; i++, sign++) {
        double g = 0;
        for (size_t k = 0; k < terms; k++)
          if (method->task[k] == t) g += first[k * params + i];
        *sign = t == 0 ? copysign(1, g) : *sign == copysign(1, g) ? *sign : 0;
        *x++ = fabs(g);
      }
    }
  }
}

/* Permutes the scores of each block where the mask is 'wanted'; place[scope] is room. */
static void shuffle(const ms_prune_run *run, double wanted, double *score,
                    double *place) {
  const double *mask = run->method.state[MS_EVENT_MASK];
  ms_rng rng; /* the same random numbers every time */
  size_t at = 0;
  ms_rng_init(&rng, (uint64_t)run->method.option[SEED], "prune.modsync-m.shuffle");
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    size_t end = at + run->blocks[b].rows * run->blocks[b].cols, n = 0;
    for (; at < end; at++)
      if (mask[at] == wanted) place[n++] = (double)at;
    for (; n > 1; n--) {
      size_t one = (size_t)place[n - 1], other = (size_t)place[ms_rng_below(&rng, n)];
      double held = score[one];
      score[one] = score[other];
      score[other] = held;
    }
  }
}

static void draw(const ms_prune_run *run, double *score) {
  ms_rng rng;
  ms_stream_load(run->method.state[RANDOM], &rng);
  for (size_t i = 0; i < run->method.extent[MS_SCOPE]; i++)
    score[i] = ms_rng_uniform(&rng);
  ms_stream_save(&rng, run->method.state[RANDOM]);
}

/* score[scope] from x[tasks, scope]; 'wanted' is the mask of those it is for. */
static void combine(const ms_prune_run *run, const double *x, double wanted,
                    double *score, double *room) {
  size_t scope = run->method.extent[MS_SCOPE];
  if (run->method.option[SCORE] == UNIFORM) {
    draw(run, score);
    return;
  }
  for (size_t i = 0; i < scope; i++) score[i] = joint(run, x + i, scope);
  if (run->method.option[SCORE] == SHUFFLED) shuffle(run, wanted, score, room);
}

static void grow_scores(const ms_prune_run *run, const double *G, double *x, double *grow,
                        double *room) {
  size_t scope = run->method.extent[MS_SCOPE];
  task_gradients(run, G, x, room);
  normalise(run, x);
  for (size_t i = 0; i < scope && run->method.option[AGREE] != 0; i++) {
    if (room[i] != 0) continue;
    for (size_t t = 0; t < run->method.extent[MS_TASKS]; t++) x[t * scope + i] = 0;
  }
  combine(run, x, 0, grow, room);
}

/* Times |theta|^power. */
static void weigh(const ms_prune_run *run, const double *theta, double *keep) {
  double power = run->method.option[POWER];
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS] && power > 0; b++) {
    const double *w = theta + run->blocks[b].offset;
    for (size_t i = 0; i < run->blocks[b].rows * run->blocks[b].cols; i++)
      *keep++ *= power == 1 ? fabs(w[i]) : pow(fabs(w[i]), power);
  }
}

/* }=== */

static ms_status event(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const ms_method *method = &run->method;
  const double *option = method->option;
  size_t scope = method->extent[MS_SCOPE], tasks = method->extent[MS_TASKS];
  double *keep = run->work, *grow = keep + scope, *x = grow + scope, t = step->progress;
  double *rest = x + tasks * scope;
  ms_event event = {.keep = keep, .grow = grow, .mass = x, .budget = option[BUDGET],
                    .removed = method->state[REMOVED], .work = rest};
  ms_status status = MS_OK;
  if (t < option[MS_EVENT_START] || option[MS_EVENT_FRACTION] == 0) return MS_OK;
  MS_CHECK(method->state[ROUNDS][0] > 0, MS_EARG,
           "prune %s: event: no round of observations is complete", method->record->name);
  MS_CHECK(step->G != NULL, MS_EARG, "prune %s: event: it needs the gradients",
           method->record->name);
  event.fraction = ms_fraction_at(option[MS_EVENT_FRACTION], option[MS_EVENT_STOP], t);
  if (option[SCORE] != FROZEN) grow_scores(run, step->G, x, grow, rest);
  memcpy(x, method->state[IMPORTANCE], tasks * scope * sizeof *x);
  normalise(run, x);
  if (step->keep != NULL)
    ms_event_gather(run, step->keep, keep);
  else
    combine(run, x, 1, keep, rest);
  if (option[SCORE] == FROZEN) memcpy(grow, keep, scope * sizeof *grow);
  weigh(run, theta, keep);
  MS_TRY(ms_event_run(run, &event, theta, step, report));
  method->state[STARTED][0] = 1;
out:
  return status;
}

const ms_prune ms_prune_modsync_m = {
  .record = {
    .family = "prune",
    .name = "modsync-m",
    .summary = "one mask: drops what serves one task only, grows what several need "
               "(a reconstruction)",
    .paper = "arXiv:2606.20156",
    .options = {
      MS_EVENT_OPTIONS(0.4, 0.2),
      [SCORE] = MS_CHOICE_OPTION("score", "exclusive|uniform|reversed|shuffled|frozen",
                                 "what is dropped; all but the first are controls"),
      [IMPORTANCE_KIND] =
        MS_CHOICE_OPTION("importance", "square|taylor|sensitivity|fisher",
                         "of a connection for a task: mean g^2 or |theta g| of "
                         "micro-batches, mean g^2 of the residuals (sensitivity) or "
                         "losses (fisher) of single points"),
      [KEEP] = MS_CHOICE_OPTION("keep", "geometric|min",
                                "mean of the tasks' importances that is worth keeping"),
      [POWER] = MS_NUMBER_OPTION("power", 0, 0, INFINITY,
                                 "of the size of a weight beside its importance"),
      [BUDGET] = MS_NUMBER_OPTION("budget", 0.01, 0, 1,
                                  "part of its importance that a task loses in an event "
                                  "at the most"),
      [AGREE] = MS_BOOLEAN_OPTION("agree", 0,
                                  "grow first where the tasks' gradients have one sign"),
      [MEMORY] = MS_BELOW_OPTION("memory", 0.7, 0, 1,
                                 "part of the old importance that a new round keeps"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 9007199254740991.0,
                                 "seed of the controls that draw"),
      [PERIOD] = MS_INTEGER_OPTION("period", 100, 1, 1e9,
                                   "steps between rounds, and between events"),
    },
    .slots = {
      MS_EVENT_SLOTS,
      [SUM] = MS_SLOT("sum", "importances of this round", MS_TASKS, MS_SCOPE),
      [SAMPLES] = MS_SLOT("samples", "observations in this round", MS_ONE),
      [IMPORTANCE] = MS_SLOT("importance", "of the rounds", MS_TASKS, MS_SCOPE),
      [ROUNDS] = MS_SLOT("rounds", "rounds so far", MS_ONE),
      [REMOVED] = MS_SLOT("removed", "importance lost in the last event", MS_TASKS),
      [STARTED] = MS_SLOT("started", "1 after the first event", MS_ONE),
      [RANDOM] = MS_SLOT("random", "stream of score = uniform", MS_STREAM),
    },
    .tasks = 2,
    .start = start,
  },
  .observe = observe,
  .refresh = refresh,
  .event = event,
  .work = work,
};
