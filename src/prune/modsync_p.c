/*
** modsync-p: an L1 pull on the connections that serve one task only. A reconstruction
** from the abstract of ModSync (Kong, Park, Kim and Lee, arXiv:2606.20156), which gives
** no formulas.
**
** Each round of observations ('batches' micro-batches every 'period' steps):
**   I = mean of the squared gradients, importance <- memory importance + (1 - memory) I
**   (the first round: importance = I),   E_p = exclusivity (exclusivity.h), per block
**   E_0 = its value by chance, per block, renewed every 'null_period' rounds
**   s_p = ((E_p - E_0) / (1 - E_0))_+ ^ gamma
** After each optimizer step, with x the way from 'start' to 'full', until 'stop':
**   theta_p <- sign(theta_p) (|theta_p| - lr strength (1 - (1 - x)^3) s_p)_+
** The threshold is not divided by Adam's preconditioner.
**
** Guard (off by default): with a_k the product of task k's gradient and the optimizer's
** step, p_k that with the pull, the strength of this step is halved until a_k + p_k >=
** guard a_k for every task with a_k > 0; after five halvings the pull is left out.
**
** Controls, on the same path: uniform (s = 1), reversed (coupling in place of
** exclusivity), shuffled (s permuted inside each block, always by the same permutation),
** frozen (s is that of the last round before the pull began).
*/
#include "prune/exclusivity.h"
#include "prune/importance.h"
#include "prune/shrink.h"

#include <math.h>

enum {
  STRENGTH, SCORE, QUANTILE, GAMMA, EPSILON, MEMORY, START, FULL, STOP, GUARD, DRAWS,
  NULL_PERIOD, SEED, SOURCE, PERIOD, BATCHES
};
enum { EXCLUSIVE, UNIFORM, REVERSED, SHUFFLED, FROZEN };
enum { SUM, SAMPLES, IMPORTANCE, ROUNDS, NULLS, SCORES, STARTED, RANDOM };

/* Scores below this are rounding errors of equal shares. */
static const double score_floor = 1e-12;

enum { HALVINGS = 5 };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "prune.modsync-p");
  ms_stream_save(&rng, method->state[RANDOM]);
}

/* The draws of a null and a number per task; the guard needs two per task. */
static size_t work(const ms_prune_run *run) {
  return (size_t)run->method.option[DRAWS] + 2 * run->method.extent[MS_TASKS];
}

static ms_status observe(ms_prune_run *run, const double *G) {
  double **state = run->method.state;
  ms_importance_add(run, G, state[SUM]);
  state[SAMPLES][0]++;
  return MS_OK;
}

/* s from the index, in place. */
static void score_block(size_t n, double chance, double gamma, double *s) {
  for (size_t i = 0; i < n; i++) {
    double excess = (s[i] - chance) / (1 - chance);
    if (excess < score_floor)
      s[i] = 0;
    else
      s[i] = gamma == 1 ? excess : pow(excess, gamma);
  }
}

static void shuffle_block(size_t n, ms_rng *rng, double *s) {
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)ms_rng_below(rng, i);
    double held = s[i - 1];
    s[i - 1] = s[j];
    s[j] = held;
  }
}

static void rescore(ms_prune_run *run, int renew_nulls) {
  const ms_method *method = &run->method;
  const double *option = method->option;
  size_t tasks = method->extent[MS_TASKS], scope = method->extent[MS_SCOPE], at = 0;
  size_t draws = (size_t)option[DRAWS];
  ms_index index = option[SCORE] == REVERSED ? MS_COUPLING : MS_MAX_SHARE;
  ms_rng rng, shuffle; /* the second starts afresh every time: the same permutation */
  ms_stream_load(method->state[RANDOM], &rng);
  ms_rng_init(&shuffle, (uint64_t)option[SEED], "prune.modsync-p.shuffle");
  for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    double *s = method->state[SCORES] + at, *chance = method->state[NULLS] + b;
    ms_shares shares;
    ms_shares_init(&shares, index, tasks, n, scope, method->state[IMPORTANCE] + at,
                   option[EPSILON], run->work + draws);
    if (renew_nulls)
      *chance = ms_shares_null(&shares, option[QUANTILE], draws, &rng, run->work);
    ms_shares_index(&shares, s);
    score_block(n, *chance, option[GAMMA], s);
    if (option[SCORE] == SHUFFLED) shuffle_block(n, &shuffle, s);
    at += n;
  }
  ms_stream_save(&rng, method->state[RANDOM]);
}

static ms_status refresh(ms_prune_run *run) {
  const ms_method *method = &run->method;
  const double *option = method->option;
  double *const *state = method->state, samples = state[SAMPLES][0];
  double memory = state[ROUNDS][0] == 0 ? 0 : option[MEMORY];
  ms_status status = MS_OK;
  MS_CHECK(samples > 0, MS_EARG,
           "prune %s: refresh: nothing was observed since the last one",
           method->record->name);
  state[SAMPLES][0] = 0;
  MS_TRY(ms_importance_close(run, samples, memory, state[SUM], state[IMPORTANCE]));
  if (option[SCORE] == UNIFORM) {
    for (size_t i = 0; i < method->extent[MS_SCOPE]; i++) state[SCORES][i] = 1;
  } else if (option[SCORE] != FROZEN || state[STARTED][0] == 0) {
    rescore(run, fmod(state[ROUNDS][0], option[NULL_PERIOD]) == 0);
  }
  state[ROUNDS][0]++;
out:
  return status;
}

/* lr strength (1 - (1 - x)^3), 0 outside of the time of pulling. */
static double amount_at(const double *option, const ms_prune_step *step) {
  double t = step->progress, left = 0;
  if (t < option[START] || t >= option[STOP]) return 0;
  if (t < option[FULL]) left = (option[FULL] - t) / (option[FULL] - option[START]);
  return step->lr * option[STRENGTH] * (1 - left * left * left);
}

/* along[t] = product of task t's gradient with the step that the optimizer took. */
static void products_of_step(const ms_prune_run *run, const double *theta,
                             const ms_prune_step *step, double *along) {
  const ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS];
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) along[t] = 0;
  for (size_t k = 0; k < step->terms; k++) {
    const double *g = step->G + k * params;
    double product = 0;
    for (size_t i = 0; i < params; i++) product += g[i] * (step->before[i] - theta[i]);
    along[method->task[k]] += product;
  }
}

/* pull[t] = the same with what the pull takes from theta. */
static void products_of_pull(const ms_prune_run *run, const double *theta, double amount,
                             const ms_prune_step *step, double *pull) {
  const ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS];
  for (size_t t = 0; t < method->extent[MS_TASKS]; t++) pull[t] = 0;
  for (size_t k = 0; k < step->terms; k++) {
    const double *s = method->state[SCORES];
    double product = 0;
    for (size_t b = 0; b < method->extent[MS_BLOCKS]; b++) {
      const ms_block *block = &run->blocks[b];
      size_t n = block->rows * block->cols;
      const double *g = step->G + k * params + block->offset, *x = theta + block->offset;
      for (size_t i = 0; i < n; i++)
        product += g[i] * copysign(fmin(fabs(x[i]), amount * s[i]), x[i]);
      s += n;
    }
    pull[method->task[k]] += product;
  }
}

/* The largest of amount, amount/2, ... amount/32 that the guard lets pass, or 0. */
static double guarded(const ms_prune_run *run, const double *theta, double amount,
                      const ms_prune_step *step) {
  size_t tasks = run->method.extent[MS_TASKS];
  double keep = run->method.option[GUARD], *along = run->work, *pull = along + tasks;
  products_of_step(run, theta, step, along);
  for (int halved = 0; halved <= HALVINGS; halved++, amount /= 2) {
    int good = 1;
    products_of_pull(run, theta, amount, step, pull);
    for (size_t t = 0; t < tasks; t++)
      if (along[t] > 0 && !(along[t] + pull[t] >= keep * along[t])) good = 0;
    if (good) return amount;
  }
  return 0;
}

static ms_status apply(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const ms_method *method = &run->method;
  double amount = amount_at(method->option, step);
  ms_status status = MS_OK;
  if (amount == 0) return MS_OK;
  if (method->option[GUARD] > 0) {
    MS_CHECK(step->G != NULL && step->before != NULL, MS_EARG,
             "prune %s: apply: the guard needs the gradients and the parameters before "
             "the step", method->record->name);
    amount = guarded(run, theta, amount, step);
  }
  if (amount > 0)
    report->shrunk = ms_shrink(method->extent[MS_BLOCKS], run->blocks, theta,
                               method->state[SCORES], amount);
  if (method->state[ROUNDS][0] > 0) method->state[STARTED][0] = 1;
out:
  return status;
}

const ms_prune ms_prune_modsync_p = {
  .record = {
    .family = "prune",
    .name = "modsync-p",
    .summary = "shrinks the connections that serve one task only (a reconstruction)",
    .paper = "arXiv:2606.20156",
    .options = {
      [STRENGTH] = MS_NUMBER_OPTION("strength", 1, 0, INFINITY,
                                    "pull in units of the learning rate; 0: none"),
      [SCORE] = MS_CHOICE_OPTION("score", "exclusive|uniform|reversed|shuffled|frozen",
                                 "what is pulled; all but the first are controls"),
      [QUANTILE] = MS_BELOW_OPTION("quantile", 0.5, 0, 1,
                                   "of the exclusivity by chance, where the pull begins"),
      [GAMMA] = MS_NUMBER_OPTION("gamma", 1, 0, INFINITY, "power of the score"),
      [EPSILON] = MS_NUMBER_OPTION("epsilon", 0.02, 0, INFINITY,
                                   "damping for connections that matter to no task"),
      [MEMORY] = MS_BELOW_OPTION("memory", 0.7, 0, 1,
                                 "part of the old importance that a new round keeps"),
      [START] = MS_NUMBER_OPTION("start", 0.1, 0, 1, "part of the training with no pull"),
      [FULL] = MS_NUMBER_OPTION("full", 0.3, 0, 1,
                                "part of the training before the full pull"),
      [STOP] = MS_NUMBER_OPTION("stop", 0.75, 0, 2,
                                "part of the training after which nothing is pulled"),
      [GUARD] = MS_NUMBER_OPTION("guard", 0, 0, 1,
                                 "part of each task's descent to leave it; 0: off"),
      [DRAWS] = MS_INTEGER_OPTION("draws", 4096, 1, 1e6,
                                  "random pairs for the value by chance"),
      [NULL_PERIOD] = MS_INTEGER_OPTION("null_period", 2, 1, 1e6,
                                        "rounds between new values by chance"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 9007199254740991.0,
                                 "seed of the random pairs"),
      [SOURCE] = MS_CHOICE_OPTION("source", "fresh|train|batch",
                                  "what the training loop observes: micro-batches of "
                                  "fresh points, of the training points, or the step's "
                                  "gradients"),
      [PERIOD] = MS_INTEGER_OPTION("period", 50, 1, 1e9,
                                   "steps between the rounds of the training loop"),
      [BATCHES] = MS_INTEGER_OPTION("batches", 16, 1, 1e6,
                                    "micro-batches in a round of the training loop"),
    },
    .slots = {
      [SUM] = MS_SLOT("sum", "squared gradients of this round", MS_TASKS, MS_SCOPE),
      [SAMPLES] = MS_SLOT("samples", "observations in this round", MS_ONE),
      [IMPORTANCE] = MS_SLOT("importance", "mean squared gradients", MS_TASKS, MS_SCOPE),
      [ROUNDS] = MS_SLOT("rounds", "rounds so far", MS_ONE),
      [NULLS] = MS_SLOT("null", "exclusivity by chance", MS_BLOCKS),
      [SCORES] = MS_SLOT("score", "pull of every connection, 0 to 1", MS_SCOPE),
      [STARTED] = MS_SLOT("started", "1 once something was pulled", MS_ONE),
      [RANDOM] = MS_SLOT("random", "stream of the random pairs", MS_STREAM),
    },
    .tasks = 2,
    .start = start,
  },
  .observe = observe,
  .refresh = refresh,
  .apply = apply,
  .work = work,
};
