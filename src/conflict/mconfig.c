/*
** M-ConFIG, ConFIG on momenta (Liu, Chu and Thuerey, ICLR 2025, arXiv:2408.11104).
**
** A call uses the gradient of one term, in turn (or of all): its average m_i <- b1 m_i +
** (1 - b1) g_i, bias-corrected with the number of updates it has had. d = 0 until every
** term has had one; then, t counting such calls,
**   c = ConFIG(m_1 ... m_K),  f' = (1 - b1^t) c,  h = (f' - b1 f) / (1 - b1),  f <- f'
**   s <- b2 s + (1 - b2) h^2,  d = c / (sqrt(s / (1 - b2^t)) + epsilon).
** h is the gradient that an Adam of its own would have seen: with one term this is Adam.
** So d is a whole step, for plain gradient descent: an Adam on top of it would divide by
** another root, that of d's own squares, and takes out what s has put in.
*/
#include "conflict/config.h"

#include <math.h>
#include <string.h>

enum { UPDATE, BETA1, BETA2, EPSILON, LENGTH };
enum { ONE, ALL };
enum { AVERAGE, COUNT, FIRST, SECOND, STEPS, NEXT };

/* m_k, kept corrected: m <- m + (g - m) (1 - b1) / (1 - b1^t). */
static void average(ms_conflict_run *run, size_t k, const double *G) {
  ms_method *method = &run->method;
  size_t params = method->extent[MS_PARAMS];
  const double *g = G + k * params;
  double *m = method->state[AVERAGE] + k * params, beta = method->option[BETA1];
  double share = (1 - beta) / (1 - pow(beta, ++method->state[COUNT][k]));
  for (size_t p = 0; p < params; p++) m[p] += share * (run->factor[k] * g[p] - m[p]);
}

/* d: c on entry. */
static void scale(ms_method *method, double *d) {
  double *f = method->state[FIRST], *s = method->state[SECOND];
  double t = ++*method->state[STEPS], b1 = method->option[BETA1];
  double b2 = method->option[BETA2], first = 1 - pow(b1, t), second = 1 - pow(b2, t);
  for (size_t p = 0; p < method->extent[MS_PARAMS]; p++) {
    double now = first * d[p], h = (now - b1 * f[p]) / (1 - b1);
    f[p] = now;
    s[p] = b2 * s[p] + (1 - b2) * h * h;
    d[p] /= sqrt(s[p] / second) + method->option[EPSILON];
  }
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  return ms_config_weights(tasks, (size_t)method->option[LENGTH], w);
}

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  static const ms_conflict config = {.weigh = weigh};
  ms_method *method = &run->method;
  size_t terms = method->extent[MS_TERMS], params = method->extent[MS_PARAMS];
  size_t next = (size_t)*method->state[NEXT] % terms;
  ms_status status = MS_OK;
  for (size_t k = 0; k < terms; k++)
    if (method->option[UPDATE] == ALL || k == next) average(run, k, G);
  *method->state[NEXT] = (double)((next + 1) % terms);
  memset(d, 0, params * sizeof *d);
  for (size_t k = 0; k < terms; k++)
    if (method->state[COUNT][k] == 0) goto out;
  MS_TRY(ms_conflict_direction(run, &config, method->state[AVERAGE], d));
  scale(method, d);
out:
  for (size_t k = 0; k < terms * method->extent[MS_BLOCKS]; k++) run->weights[k] = NAN;
  return status;
}

static int looks_at(const ms_method *method, size_t term) {
  const double *next = method->state[NEXT];
  return method->option[UPDATE] == ALL || term == (next != NULL ? (size_t)*next : 0);
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return 0;
}

const ms_conflict ms_conflict_mconfig = {
  .record = {
    .family = "conflict",
    .name = "mconfig",
    .summary = "ConFIG on running averages, one term a call; d is a whole step",
    .paper = "arXiv:2408.11104",
    .options = {
      [UPDATE] = MS_CHOICE_OPTION("update", "one|all", "whose gradient a call uses"),
      [BETA1] = MS_BELOW_OPTION("beta1", 0.9, 0, 1, "memory of the averages"),
      [BETA2] = MS_BELOW_OPTION("beta2", 0.999, 0, 1, "memory of the squares"),
      [EPSILON] = MS_NUMBER_OPTION("epsilon", 1e-8, 0, 1, "added to the root of s"),
      [LENGTH] = MS_CHOICE_OPTION("length", MS_CONFIG_LENGTHS,
                                  "of ConFIG's direction, see config"),
    },
    .slots = {
      [AVERAGE] = MS_SLOT("average", "m, corrected for its start", MS_TERMS, MS_PARAMS),
      [COUNT] = MS_SLOT("count", "updates of each", MS_TERMS),
      [FIRST] = MS_SLOT("first", "f, the average that h stands for", MS_PARAMS),
      [SECOND] = MS_SLOT("second", "s, the average of its square", MS_PARAMS),
      [STEPS] = MS_SLOT("steps", "t, calls with d other than 0", MS_ONE),
      [NEXT] = MS_SLOT("next", "the term whose turn it is, from 0", MS_ONE),
    },
  },
  .combine = combine,
  .looks_at = looks_at,
  .work = ms_config_work,
  .whole_step = 1,
  .promises = promises,
};
