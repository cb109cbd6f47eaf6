/*
** modsync-p: an L1 pull on the connections that serve one task only. A reconstruction
** from the abstract of ModSync (Kong, Park, Kim and Lee, arXiv:2606.20156), which gives
** no formulas.
**
** Each round of observations ('batches' micro-batches every 'period' steps):
**   I = mean of the squared gradients, or another importance (importance.h); for
**   sensitivity and fisher a sample holds the gradients at a single point of each term,
**   of an expression (residual-free) or of the loss (per-sample Fisher information)
**   importance <- memory importance + (1 - memory) I   (the first round: importance = I)
**   s_p = how far the exclusivity of connection p is above chance (score.h), whose value
**   by chance is renewed every 'null_period' rounds
** After each optimizer step, with x the way from 'start' to 'full', until 'stop':
**   theta_p <- sign(theta_p) (|theta_p| - lr strength (1 - (1 - x)^3) s_p)_+
** or, for form = neuron, with the incoming weights w of a unit j inside the scope and its
** score s_j
**   w <- w (1 - lr strength (1 - (1 - x)^3) s_j sqrt|w| / ||w||)_+.
** The threshold is not divided by Adam's preconditioner. By default the pull is strong,
** and over after half the training: where few fixed points are over-fitted that cures
** more than a weak and late one (strength 1 from 0.1 over 0.3 to 0.75). Both cost a run
** that needs no cure some of its accuracy; the figures are in README.md.
**
** Guards (off by default). 'guard': with a_k the product of task k's gradient and the
** optimizer's step, p_k that with the pull, the strength of this step is halved until a_k
** + p_k >= guard a_k for every task with a_k > 0; after five halvings the pull is left
** out. 'cone', instead: with q the pull and g_k the gradients of the tasks inside the
** scope, the pull becomes the nearest one that works against no task,
**   q + sum_k mu_k g_k,   mu = argmin over mu >= 0 of |sum mu_k g_k|^2 / 2 + mu.(J q);
** it no longer leaves exact zeros. Where blocks have learning rates of their own, so has
** the correction, and is the least in their metric (guard.h).
**
** where = inert: a step is pulled only if the cosines of its tasks' gradients, over all
** parameters, are below 'threshold' in absolute value, so where a conflict method finds
** nothing to do. A gradient of 0 counts as a cosine of 0.
**
** Controls, on the same path: score = uniform, reversed, shuffled, frozen (that of the
** last round before the pull began), with the sums of the exclusive scores if dose =
** matched; see score.h.
*/
#include "prune/guard.h"
#include "prune/importance.h"
#include "prune/ramp.h"
#include "prune/score.h"
#include "prune/shrink.h"

#include <math.h>
#include <string.h>

enum {
  STRENGTH, SCORE, QUANTILE, GAMMA, EPSILON, MEMORY, START, FULL, STOP, GUARD, DRAWS,
  NULL_PERIOD, SEED, SOURCE, PERIOD, BATCHES, FORM, IMPORTANCE_KIND, INDEX, DOSE, WHERE,
  THRESHOLD, CONE
};
enum { SUM, SAMPLES, IMPORTANCE, ROUNDS, NULLS, SCORES, STARTED, RANDOM, DIRECTION };

enum { HALVINGS = 5 };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "prune.modsync-p");
  ms_stream_save(&rng, method->state[RANDOM]);
}

static int needs_gradients(const ms_method *method) {
  const double *option = method->option;
  return option[GUARD] > 0 || option[CONE] != 0 || option[WHERE] != 0;
}

/* {=== rounds === */

static ms_status observe(ms_prune_run *run, const double *G, const double *theta) {
  double *const *state = run->method.state;
  ms_sampling sampling = (ms_sampling)run->method.option[IMPORTANCE_KIND];
  if (sampling == MS_BY_SIGN) ms_importance_directions(run, G, state[DIRECTION]);
  return ms_importance_observe(run, sampling, G, theta, state[SUM], state[SAMPLES]);
}

static ms_scoring scoring_of(const ms_method *method) {
  const double *option = method->option;
  int signs = option[IMPORTANCE_KIND] == MS_BY_SIGN;
  ms_scoring scoring = {.kind = (ms_score_kind)option[SCORE],
                        .index = option[INDEX] == 0 ? MS_MAX_SHARE : MS_ENTROPY,
                        .units = option[FORM] != 0,
                        .matched = option[DOSE] != 0,
                        .quantile = option[QUANTILE],
                        .gamma = option[GAMMA],
                        .epsilon = option[EPSILON],
                        .draws = (size_t)option[DRAWS],
                        .direction = signs ? method->state[DIRECTION] : NULL};
  ms_rng_init(&scoring.shuffle, (uint64_t)option[SEED], "prune.modsync-p.shuffle");
  return scoring;
}

/* The most columns of a block. */
static size_t most_units(const ms_prune_run *run) {
  size_t most = 0;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++)
    if (run->blocks[b].cols > most) most = run->blocks[b].cols;
  return most;
}

/* Room for the scores of a round, or for the pull of a step: 2 * most_units, and for the
   guards the scope twice. */
static size_t work(const ms_prune_run *run) {
  const ms_method *method = &run->method;
  size_t tasks = method->extent[MS_TASKS];
  ms_scoring scoring = scoring_of(method);
  size_t round = ms_score_work(run, &scoring), step = 2 * most_units(run);
  if (needs_gradients(method))
    step += 2 * method->extent[MS_SCOPE] + 2 * tasks + ms_guard_work(tasks);
  return round > step ? round : step;
}

static size_t indices(const ms_prune_run *run) {
  return 3 * run->method.extent[MS_TASKS];
}

static ms_status refresh(ms_prune_run *run) {
  const ms_method *method = &run->method;
  const double *option = method->option;
  double *const *state = method->state;
  double memory = state[ROUNDS][0] == 0 ? 0 : option[MEMORY];
  size_t entries = method->extent[MS_TASKS] * method->extent[MS_SCOPE];
  ms_scoring scoring = scoring_of(method);
  ms_status status =
    ms_importance_round(run, state[SAMPLES], memory, state[SUM], state[IMPORTANCE]);
  ms_rng rng;
  if (status != MS_OK) memset(state[DIRECTION], 0, entries * sizeof(double));
  MS_TRY(status);
  scoring.started = state[STARTED][0] != 0;
  scoring.renew = fmod(state[ROUNDS][0], option[NULL_PERIOD]) == 0;
  ms_stream_load(state[RANDOM], &rng);
  ms_score(run, &scoring, state[IMPORTANCE], &rng, state[NULLS], state[SCORES]);
  ms_stream_save(&rng, state[RANDOM]);
  if (scoring.direction != NULL)
    for (size_t i = 0; i < entries; i++) state[DIRECTION][i] *= option[MEMORY];
  state[ROUNDS][0]++;
out:
  return status;
}

/* }=== */

/* {=== steps === */

static double amount_at(const double *option, const ms_prune_step *step) {
  return step->lr * option[STRENGTH]
         * ms_ramp(option[START], option[FULL], option[STOP], step->progress);
}

/* Pull theta; returns the sum of what |theta| lost. */
static double pull(const ms_prune_run *run, const ms_prune_step *step, double *theta,
                   double amount) {
  const ms_method *method = &run->method;
  const double *score = method->state[SCORES];
  size_t count = method->extent[MS_BLOCKS];
  if (method->option[FORM] == 0)
    return ms_shrink(count, run->blocks, theta, step->rate, score, amount);
  return ms_shrink_units(count, run->blocks, theta, step->rate, score, amount, run->work);
}

/* The numbers of theta inside the scope into packed[scope], or back. */
static void pack(const ms_prune_run *run, const double *theta, double *packed) {
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    memcpy(packed, theta + run->blocks[b].offset, n * sizeof *packed);
    packed += n;
  }
}

static void unpack(const ms_prune_run *run, const double *packed, double *theta) {
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    size_t n = run->blocks[b].rows * run->blocks[b].cols;
    memcpy(theta + run->blocks[b].offset, packed, n * sizeof *packed);
    packed += n;
  }
}

/* Pull theta, with taken[scope] = what that takes from before[scope]. */
static void pull_from(const ms_prune_run *run, const ms_prune_step *step,
                      const double *before, double amount, double *theta,
                      double *taken) {
  pull(run, step, theta, amount);
  pack(run, theta, taken);
  for (size_t i = 0; i < run->method.extent[MS_SCOPE]; i++)
    taken[i] = before[i] - taken[i];
}

/* The pull with the first of amount, amount/2, ... amount/32 that leaves every task its
   part of the descent, or none. */
static void halve(const ms_prune_run *run, const ms_prune_step *step,
                  const double *before, double amount, double *theta, double *taken) {
  size_t tasks = run->method.extent[MS_TASKS];
  double keep = run->method.option[GUARD], *along, *back;
  along = taken + run->method.extent[MS_SCOPE];
  back = along + tasks;
  ms_guard_step(run, step, theta, along);
  for (int halved = 0; halved <= HALVINGS; halved++, amount /= 2) {
    int good = 1;
    pull_from(run, step, before, amount, theta, taken);
    ms_guard_products(run, step, taken, back);
    for (size_t t = 0; t < tasks; t++)
      if (along[t] > 0 && !(along[t] + back[t] >= keep * along[t])) good = 0;
    if (good) return;
    unpack(run, before, theta);
  }
}

static ms_status guarded(const ms_prune_run *run, const ms_prune_step *step,
                         double amount, double *theta, double *shrunk) {
  size_t scope = run->method.extent[MS_SCOPE];
  double *before = run->work + 2 * most_units(run), *taken = before + scope;
  ms_status status = MS_OK;
  pack(run, theta, before);
  if (run->method.option[CONE] != 0) {
    pull_from(run, step, before, amount, theta, taken);
    MS_TRY(ms_guard_cone(run, step, taken, theta, taken + scope, run->index));
  } else {
    halve(run, step, before, amount, theta, taken);
  }
  pack(run, theta, taken);
  for (size_t i = 0; i < scope; i++) *shrunk += fabs(before[i]) - fabs(taken[i]);
out:
  return status;
}

static ms_status apply(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const ms_method *method = &run->method;
  const double *option = method->option;
  double amount = amount_at(option, step);
  ms_status status = MS_OK;
  if (amount == 0) return MS_OK;
  MS_CHECK(option[GUARD] == 0 || (step->G != NULL && step->before != NULL), MS_EARG,
           "prune %s: apply: the guard needs the gradients and the parameters before "
           "the step", method->record->name);
  MS_CHECK(!needs_gradients(method) || step->G != NULL, MS_EARG,
           "prune %s: apply: cone and where = inert need the gradients of the step",
           method->record->name);
  if (option[WHERE] != 0 && ms_guard_cosine(run, step, run->work) >= option[THRESHOLD])
    return MS_OK;
  if (option[GUARD] > 0 || option[CONE] != 0)
    MS_TRY(guarded(run, step, amount, theta, &report->shrunk));
  else
    report->shrunk = pull(run, step, theta, amount);
  if (method->state[ROUNDS][0] > 0) method->state[STARTED][0] = 1;
out:
  return status;
}

/* }=== */

const ms_prune ms_prune_modsync_p = {
  .record = {
    .family = "prune",
    .name = "modsync-p",
    .summary = "shrinks the connections that serve one task only (a reconstruction)",
    .paper = "arXiv:2606.20156",
    .options = {
      [STRENGTH] = MS_NUMBER_OPTION("strength", 10, 0, INFINITY,
                                    "pull in units of the learning rate; 0: none"),
      [SCORE] = MS_CHOICE_OPTION("score", "exclusive|uniform|reversed|shuffled|frozen",
                                 "what is pulled: all but the first are controls; in Lua "
                                 "also a function of the importances, or its name in "
                                 "ms.scores"),
      [QUANTILE] = MS_BELOW_OPTION("quantile", 0.5, 0, 1,
                                   "of the exclusivity by chance, where the pull begins"),
      [GAMMA] = MS_NUMBER_OPTION("gamma", 1, 0, INFINITY, "power of the score"),
      [EPSILON] = MS_NUMBER_OPTION("epsilon", 0.02, 0, INFINITY,
                                   "damping for connections that matter to no task"),
      [MEMORY] = MS_BELOW_OPTION("memory", 0.7, 0, 1,
                                 "part of the old importance that a new round keeps"),
      MS_RAMP_OPTIONS(0, 0.05, 0.5),
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
                                    "micro-batches in a round of the training loop; "
                                    "single points for sensitivity and fisher"),
      [FORM] = MS_CHOICE_OPTION("form", "connection|neuron",
                                "what has a score and is pulled as one: a weight, or a "
                                "unit with its incoming weights"),
      [IMPORTANCE_KIND] =
        MS_CHOICE_OPTION("importance", "square|taylor|sensitivity|fisher|sign-aware",
                         "of a connection for a task: mean g^2 or |theta g| of "
                         "micro-batches, mean g^2 of the residuals (sensitivity) or "
                         "losses (fisher) of single points, or mean g^2 where only "
                         "tasks that agree in sign share"),
      [INDEX] = MS_CHOICE_OPTION("index", "share|entropy",
                                 "of exclusivity: by the largest share, or by the "
                                 "entropy of the shares"),
      [DOSE] = MS_CHOICE_OPTION("dose", "own|matched",
                                "of a control: its own scores, or with the sum, by "
                                "block, that exclusive ones would have"),
      [WHERE] = MS_CHOICE_OPTION("where", "always|inert",
                                 "steps to pull in: all, or those whose tasks' gradients "
                                 "have a cosine below 'threshold'"),
      [THRESHOLD] = MS_NUMBER_OPTION("threshold", 0.1, 0, 1, "for where = inert"),
      [CONE] = MS_BOOLEAN_OPTION("cone", 0,
                                 "project the pull so that it works against no task, in "
                                 "place of 'guard'"),
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
      [DIRECTION] =
        MS_LATER_SLOT("direction", "decaying sum of gradients, for sign-aware importance",
                      MS_TASKS, MS_SCOPE),
    },
    .tasks = 2,
    .start = start,
  },
  .observe = observe,
  .refresh = refresh,
  .apply = apply,
  .work = work,
  .index = indices,
};
