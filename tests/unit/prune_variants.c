/* What modsync-p scores and pulls beside its defaults: units, kinds of importance, the
   entropy index, matched doses, the cone, steps where gradients are orthogonal. */
#include "prune/prune.h"

#include "base/random.h"
#include "check.h"

enum { P = 240, TERMS = 3, FIRST = 8 * 11, SECOND = 9 * 12, SCOPE = FIRST + SECOND };

static const ms_block blocks[] = {{.offset = 5, .rows = 8, .cols = 11},
                                  {.offset = 100, .rows = 9, .cols = 12}};
static const size_t first_of[] = {0, FIRST, SCOPE};

static double G[TERMS * P], theta[P], held[P];

static void set_text(ms_prune_run *run, const char *name, const char *text) {
  ms_value value = {MS_VALUE_TEXT, 0, text};
  CHECK_STATUS(ms_method_set(&run->method, name, &value), MS_OK);
}

static void set_number(ms_prune_run *run, const char *name, double number) {
  ms_value value = {MS_VALUE_NUMBER, number, NULL};
  CHECK_STATUS(ms_method_set(&run->method, name, &value), MS_OK);
}

/* With a pull of 1 learning rate, whole from 0.3 to 0.75 of the training; 'options' holds
   names and texts in turn, NULL ends them. */
static void start_policy(ms_prune_run *run, const char *const *options) {
  CHECK_STATUS(ms_prune_init(run, "modsync-p"), MS_OK);
  set_number(run, "strength", 1);
  set_number(run, "start", 0.1);
  set_number(run, "full", 0.3);
  set_number(run, "stop", 0.75);
  for (; *options != NULL; options += 2) set_text(run, options[0], options[1]);
  CHECK_STATUS(ms_prune_scope(run, 2, blocks), MS_OK);
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static double *slot(const ms_prune_run *run, const char *name) {
  return run->method.state[ms_record_slot(run->method.record, name)];
}

static void fill(double *values, size_t n, ms_rng *rng) {
  for (size_t i = 0; i < n; i++) values[i] = ms_rng_normal(rng);
}

/* A sample in which every task has a profile of its own. */
static void draw(ms_rng *rng) {
  for (size_t i = 0; i < TERMS * P; i++)
    G[i] = ms_rng_normal(rng) * (0.3 + (double)((i * (i / P + 3)) % 7));
}

static void observe_round(ms_prune_run *run, uint64_t seed) {
  ms_rng rng;
  ms_rng_init(&rng, seed, "observe");
  for (int sample = 0; sample < 4; sample++) {
    draw(&rng);
    CHECK_STATUS(ms_prune_observe(run, TERMS, P, G, theta), MS_OK);
  }
  CHECK_STATUS(ms_prune_refresh(run), MS_OK);
}

static ms_prune_report apply_with(ms_prune_run *run, double lr, const double *gradients) {
  ms_prune_step step = {.lr = lr, .progress = 0.5, .G = gradients, .terms = TERMS};
  ms_prune_report report;
  CHECK_STATUS(ms_prune_apply(run, P, theta, &step, &report), MS_OK);
  return report;
}

/* {=== units === */

/* Every connection of a unit has the score of its summed importances. */
static void test_unit_scores(void) {
  ms_prune_run run;
  start_policy(&run, OPTIONS("form", "neuron"));
  observe_round(&run, 1);
  for (size_t b = 0; b < 2; b++) {
    size_t rows = blocks[b].rows, cols = blocks[b].cols;
    const double *x = slot(&run, "importance") + first_of[b], *y = x + SCOPE;
    double total[2] = {0, 0}, chance = slot(&run, "null")[b];
    CHECK(chance > 0 && chance < 0.9);
    for (size_t i = 0; i < rows * cols; i++) total[0] += x[i], total[1] += y[i];
    for (size_t j = 0; j < cols; j++) {
      double u = 0, v = 0, s;
      for (size_t i = 0; i < rows; i++) u += x[i * cols + j], v += y[i * cols + j];
      u /= total[0], v /= total[1];
      s = (fabs(u - v) / (u + v + 0.02 / (double)cols) - chance) / (1 - chance);
      for (size_t i = 0; i < rows; i++)
        CHECK_NEAR(slot(&run, "score")[first_of[b] + i * cols + j], s > 0 ? s : 0, 1e-12);
    }
  }
  ms_prune_free(&run);
}

/* w <- w (1 - amount s sqrt(rows) / |w|)_+ for every column. */
static void check_units(const double *score, double amount, double *lost, size_t *dead) {
  for (size_t b = 0; b < 2; b++) {
    size_t rows = blocks[b].rows, cols = blocks[b].cols, at = blocks[b].offset;
    for (size_t j = 0; j < cols; j++) {
      double square = 0, keep, s = score[first_of[b] + j];
      for (size_t i = 0; i < rows; i++) square += pow(held[at + i * cols + j], 2);
      keep = fmax(1 - amount * s * sqrt((double)rows) / sqrt(square), 0);
      *dead += keep == 0;
      for (size_t i = at + j; i < at + rows * cols; i += cols) {
        CHECK_NEAR(theta[i], held[i] * keep, 1e-14);
        if (s == 0) CHECK(memcmp(&theta[i], &held[i], sizeof theta[i]) == 0);
        *lost += fabs(held[i]) - fabs(theta[i]);
      }
    }
  }
}

static void test_unit_pull(void) {
  ms_prune_run run;
  ms_prune_report report;
  ms_rng rng;
  double lost = 0;
  size_t dead = 0;
  start_policy(&run, OPTIONS("form", "neuron"));
  ms_rng_init(&rng, 2, "theta");
  fill(theta, P, &rng);
  observe_round(&run, 2);
  memcpy(held, theta, sizeof held);
  report = apply_with(&run, 4, NULL);
  check_units(slot(&run, "score"), 4, &lost, &dead);
  CHECK(dead > 0 && dead < 20);
  CHECK_NEAR(report.shrunk, lost, 1e-12);
  CHECK(memcmp(theta, held, 5 * sizeof theta[0]) == 0);
  CHECK(memcmp(theta + 5 + FIRST, held + 5 + FIRST, 5 * sizeof theta[0]) == 0);
  report = apply_with(&run, 4, NULL); /* units without weights stay so */
  for (size_t p = 0; p < P; p++) CHECK(isfinite(theta[p]));
  ms_prune_free(&run);
}

/* Shuffled units: the same unit scores on other units. */
static void test_unit_shuffle(void) {
  ms_prune_run plain, mixed;
  start_policy(&plain, OPTIONS("form", "neuron"));
  start_policy(&mixed, OPTIONS("form", "neuron", "score", "shuffled"));
  observe_round(&plain, 3);
  observe_round(&mixed, 3);
  for (size_t b = 0; b < 2; b++) {
    size_t cols = blocks[b].cols, moved = 0;
    const double *s = slot(&plain, "score") + first_of[b];
    const double *t = slot(&mixed, "score") + first_of[b];
    double sums[2] = {0, 0};
    for (size_t j = 0; j < cols; j++) {
      size_t from = 0;
      while (from < cols && s[from] != t[j]) from++;
      CHECK(from < cols);
      CHECK(t[j] == t[cols + j]);
      moved += s[j] != t[j];
      sums[0] += s[j], sums[1] += t[j];
    }
    CHECK(moved > 0);
    CHECK_NEAR(sums[0], sums[1], 1e-12);
  }
  ms_prune_free(&plain);
  ms_prune_free(&mixed);
}

/* }=== */

/* {=== importances and indices === */

static void test_taylor(void) {
  double mean[SCOPE] = {0};
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 4, "taylor");
  fill(theta, P, &rng);
  start_policy(&run, OPTIONS("importance", "taylor"));
  CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, NULL), MS_EARG);
  CHECK_MESSAGE("importance = taylor needs the parameters beside the gradients");
  for (int sample = 0; sample < 3; sample++) {
    draw(&rng);
    for (size_t b = 0; b < 2; b++)
      for (size_t i = 0; i < first_of[b + 1] - first_of[b]; i++) {
        size_t p = blocks[b].offset + i;
        mean[first_of[b] + i] += fabs(theta[p] * (G[P + p] + G[2 * P + p])) / 3;
      }
    CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, theta), MS_OK);
  }
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  for (size_t i = 0; i < SCOPE; i++)
    CHECK_NEAR(slot(&run, "importance")[SCOPE + i], mean[i], 1e-12);
  ms_prune_free(&run);
}

/* At single points the terms of a task add their squares. */
static void test_apart(void) {
  static const char *const kinds[] = {"sensitivity", "fisher"};
  for (int kind = 0; kind < 2; kind++) {
    ms_prune_run run;
    ms_rng rng;
    ms_rng_init(&rng, 5, "apart");
    draw(&rng);
    start_policy(&run, OPTIONS("importance", kinds[kind]));
    CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, NULL), MS_OK);
    CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
    for (size_t i = 0; i < FIRST; i++) {
      const double *g = G + blocks[0].offset + i;
      CHECK_NEAR(slot(&run, "importance")[i], g[0] * g[0], 1e-12);
      CHECK_NEAR(slot(&run, "importance")[SCOPE + i],
                 g[P] * g[P] + g[(size_t)2 * P] * g[(size_t)2 * P], 1e-12);
    }
    ms_prune_free(&run);
  }
}

/* Where the mean gradients agree in sign the score is that of 'square', elsewhere the
   lesser importance counts as 0. */
static void test_signs(void) {
  size_t against = 0;
  ms_prune_run plain, signs;
  start_policy(&plain, OPTIONS("importance", "square"));
  start_policy(&signs, OPTIONS("importance", "sign-aware"));
  for (uint64_t round = 0; round < 2; round++) {
    observe_round(&plain, 6 + round);
    observe_round(&signs, 6 + round);
  }
  for (size_t b = 0; b < 2; b++) {
    size_t n = first_of[b + 1] - first_of[b];
    const double *x = slot(&plain, "importance") + first_of[b], *y = x + SCOPE;
    const double *d = slot(&signs, "direction") + first_of[b];
    double total[2] = {0, 0}, chance = slot(&plain, "null")[b];
    CHECK(slot(&signs, "null")[b] == chance);
    for (size_t i = 0; i < n; i++) total[0] += x[i], total[1] += y[i];
    for (size_t i = 0; i < n; i++) {
      double most = fmax(x[i] / total[0], y[i] / total[1]);
      double s = slot(&signs, "score")[first_of[b] + i];
      if (d[i] * d[SCOPE + i] >= 0) {
        CHECK(s == slot(&plain, "score")[first_of[b] + i]);
        continue;
      }
      against++;
      CHECK_NEAR(s, (most / (most + 0.02 / (double)n) - chance) / (1 - chance), 1e-12);
    }
  }
  CHECK(against > SCOPE / 4 && against < SCOPE);
  ms_prune_free(&plain);
  ms_prune_free(&signs);
}

/* Equal and opposite gradients: shared by importance, not by sign. */
static void test_opposed(void) {
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 8, "opposed");
  start_policy(&run, OPTIONS("importance", "sign-aware"));
  draw(&rng);
  memset(G + (size_t)2 * P, 0, P * sizeof G[0]);
  for (size_t p = 0; p < P; p++) G[P + p] = p < 100 ? 2 * G[p] : -2 * G[p];
  CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  for (size_t i = 0; i < FIRST; i++) CHECK(slot(&run, "score")[i] == 0);
  for (size_t i = FIRST; i < SCOPE; i++)
    if (fabs(G[blocks[1].offset + i - FIRST]) > 3) CHECK(slot(&run, "score")[i] > 0);
  G[P + 8] = NAN; /* a round that is forgotten takes its directions along */
  CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_EDIVERGED);
  for (size_t i = 0; i < 2 * SCOPE; i++) CHECK(slot(&run, "direction")[i] == 0);
  ms_prune_free(&run);
}

static void test_entropy(void) {
  ms_prune_run run;
  start_policy(&run, OPTIONS("index", "entropy"));
  observe_round(&run, 9);
  for (size_t b = 0; b < 2; b++) {
    size_t n = first_of[b + 1] - first_of[b];
    const double *x = slot(&run, "importance") + first_of[b], *y = x + SCOPE;
    double total[2] = {0, 0}, chance = slot(&run, "null")[b];
    for (size_t i = 0; i < n; i++) total[0] += x[i], total[1] += y[i];
    for (size_t i = 0; i < n; i++) {
      double u = x[i] / total[0], v = y[i] / total[1], p = u / (u + v);
      double entropy = -(p * log(p) + (1 - p) * log(1 - p)) / log(2);
      double s = (1 - entropy) * (u + v) / (u + v + 0.02 / (double)n);
      s = (s - chance) / (1 - chance);
      CHECK_NEAR(slot(&run, "score")[first_of[b] + i], s > 0 ? s : 0, 1e-12);
    }
  }
  ms_prune_free(&run);
}

/* }=== */

/* {=== doses === */

static void sums_of(const ms_prune_run *run, double *sums) {
  for (size_t b = 0; b < 2; b++) {
    sums[b] = 0;
    for (size_t i = first_of[b]; i < first_of[b + 1]; i++)
      sums[b] += slot(run, "score")[i];
  }
}

/* By block and round as much as the exclusive scores. */
static void check_dose(const char *score, const char *form) {
  double wanted[2], sums[2];
  ms_prune_run plain, control;
  start_policy(&plain, OPTIONS("form", form));
  start_policy(&control, OPTIONS("form", form, "score", score, "dose", "matched"));
  for (uint64_t round = 0; round < 4; round++) {
    observe_round(&plain, 20 + round);
    observe_round(&control, 20 + round);
    sums_of(&plain, wanted);
    sums_of(&control, sums);
    for (size_t b = 0; b < 2; b++) CHECK_NEAR(sums[b], wanted[b], 1e-11);
    apply_with(&control, 1e-9, NULL);
  }
  ms_prune_free(&plain);
  ms_prune_free(&control);
}

static void test_dose(void) {
  static const char *const scores[] = {"uniform", "shuffled", "frozen", "reversed"};
  for (int s = 0; s < 4; s++) {
    check_dose(scores[s], "connection");
    check_dose(scores[s], "neuron");
  }
}

/* }=== */

/* {=== what is known of the step === */

/* Products of the tasks' gradients with what was taken from theta, over their sizes. */
static void products(double *along) {
  along[0] = along[1] = 0;
  for (size_t p = 0; p < P; p++) {
    along[0] += G[p] * (held[p] - theta[p]);
    along[1] += (G[P + p] + G[2 * P + p]) * (held[p] - theta[p]);
  }
}

/* The pull works against no task, is as it was where it did not, and leaves the rest of
   the parameters alone. */
static void test_cone(void) {
  int against = 0;
  for (uint64_t seed = 0; seed < 20; seed++) {
    double along[2], plain[2];
    ms_prune_run run;
    ms_prune_report report;
    ms_rng rng;
    ms_rng_init(&rng, seed, "cone");
    start_policy(&run, OPTIONS("form", seed % 2 == 0 ? "neuron" : "connection"));
    fill(theta, P, &rng);
    memcpy(held, theta, sizeof held);
    observe_round(&run, seed);
    apply_with(&run, 0.3, G);
    products(plain);
    ms_prune_free(&run);
    start_policy(&run, OPTIONS("form", seed % 2 == 0 ? "neuron" : "connection"));
    CHECK_STATUS(ms_method_set(&run.method, "cone",
                               &(ms_value){MS_VALUE_BOOLEAN, 1, NULL}), MS_OK);
    observe_round(&run, seed);
    memcpy(theta, held, sizeof held);
    report = apply_with(&run, 0.3, G);
    products(along);
    for (int t = 0; t < 2; t++) {
      CHECK(along[t] >= -1e-10);
      if (plain[0] > 0 && plain[1] > 0) CHECK_NEAR(along[t], plain[t], 1e-10);
    }
    against += plain[0] < 0 || plain[1] < 0;
    if (plain[0] < 0 && plain[1] > 0) CHECK(fabs(along[0]) < 1e-10 || along[1] < 1e-10);
    for (size_t p = 0; p < 5; p++) CHECK(theta[p] == held[p]);
    for (size_t p = 5 + FIRST; p < 100; p++) CHECK(theta[p] == held[p]);
    CHECK(isfinite(report.shrunk));
    ms_prune_free(&run);
  }
  CHECK(against > 4);
}

/* With rates of the blocks the cone works against no task either, leaves a block of rate
   0 alone, and is the same for rates of 1/2 as for half the learning rate. */
static void test_cone_rates(void) {
  static const double rates[][2] = {{0, 1}, {0.25, 2}, {0.5, 0.5}};
  for (uint64_t seed = 0; seed < 12; seed++) {
    const double *rate = rates[seed % 3];
    ms_prune_step step = {.lr = 0.3, .progress = 0.5, .G = G, .terms = TERMS,
                          .rate = rate};
    double along[2], halved[P];
    ms_prune_run run;
    ms_prune_report report;
    ms_rng rng;
    ms_rng_init(&rng, seed, "cone");
    start_policy(&run, OPTIONS("score", "uniform"));
    CHECK_STATUS(ms_method_set(&run.method, "cone",
                               &(ms_value){MS_VALUE_BOOLEAN, 1, NULL}), MS_OK);
    fill(theta, P, &rng);
    memcpy(held, theta, sizeof held);
    observe_round(&run, seed);
    CHECK_STATUS(ms_prune_apply(&run, P, theta, &step, &report), MS_OK);
    products(along);
    CHECK(along[0] >= -1e-10 && along[1] >= -1e-10);
    for (size_t p = 5; rate[0] == 0 && p < 5 + FIRST; p++) CHECK(theta[p] == held[p]);
    memcpy(halved, theta, sizeof halved);
    memcpy(theta, held, sizeof held);
    apply_with(&run, 0.15, G);
    for (size_t p = 0; rate[0] == rate[1] && p < P; p++)
      CHECK_NEAR(theta[p], halved[p], 1e-12);
    ms_prune_free(&run);
  }
}

/* Gradients at a cosine of 0.3: below a threshold of 0.31, not of 0.29. */
static void test_inert(void) {
  ms_prune_run run;
  ms_prune_step none = {.lr = 0.1, .progress = 0.5};
  ms_prune_report report;
  start_policy(&run, OPTIONS("where", "inert", "score", "uniform"));
  observe_round(&run, 1);
  CHECK_STATUS(ms_prune_apply(&run, P, theta, &none, &report), MS_EARG);
  CHECK_MESSAGE("where = inert need the gradients of the step");
  memset(G, 0, sizeof G);
  G[0] = 2, G[P] = -0.3, G[2 * P + 1] = sqrt(1 - 0.09);
  set_number(&run, "threshold", 0.29);
  CHECK(apply_with(&run, 0.1, G).shrunk == 0);
  set_number(&run, "threshold", 0.31);
  CHECK(apply_with(&run, 0.1, G).shrunk > 0);
  set_number(&run, "threshold", 1e-3);
  memset(G, 0, P * sizeof G[0]); /* no gradient, no conflict */
  CHECK(apply_with(&run, 0.1, G).shrunk > 0);
  ms_prune_free(&run);
}

/* Nothing is allocated in a step, whatever needs gradients, also after a restored state
   whose rounds end before a gradient is seen. */
static void test_memory(void) {
  ms_prune_run run;
  start_policy(&run, OPTIONS("form", "neuron", "where", "inert", "score", "reversed",
                             "dose", "matched", "importance", "sign-aware"));
  CHECK_STATUS(ms_method_set(&run.method, "cone",
                             &(ms_value){MS_VALUE_BOOLEAN, 1, NULL}), MS_OK);
  set_number(&run, "threshold", 1);
  CHECK_STATUS(ms_method_fit(&run.method, 0, 2, (size_t[]){2, SCOPE}), MS_OK);
  CHECK_STATUS(ms_method_open(&run.method), MS_OK);
  slot(&run, "samples")[0] = 1;
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  observe_round(&run, 1);
  ms_alloc_fail_after(1);
  observe_round(&run, 2);
  apply_with(&run, 0.1, G);
  ms_alloc_fail_after(0);
  ms_prune_free(&run);
}

/* }=== */

int main(void) {
  test_unit_scores();
  test_unit_pull();
  test_unit_shuffle();
  test_taylor();
  test_apart();
  test_signs();
  test_opposed();
  test_entropy();
  test_dose();
  test_cone();
  test_cone_rates();
  test_inert();
  test_memory();
  return check_done();
}
