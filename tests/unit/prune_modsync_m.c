/* modsync-m: importances, what it drops and grows, its budget, the scale of a loss. */
#include "event_setting.h"

static void observe(ms_prune_run *run, uint64_t seed, double scale) {
  ms_rng rng;
  ms_rng_init(&rng, seed, "gradients");
  for (size_t i = 0; i < (size_t)2 * P; i++)
    G[i] = ms_rng_normal(&rng) * (double)(1 + i * i % 9) * (i < P ? scale : 1);
  CHECK_STATUS(ms_prune_observe(run, 2, P, G, theta), MS_OK);
  CHECK_STATUS(ms_prune_refresh(run), MS_OK);
}

/* The importance that each task lost: what the report in the state says, and no more than
   the budget. Every unit keeps a weight in. */
static void check_budget(const ms_prune_run *run, const double *before, double budget) {
  const double *const *state = (const double *const *)run->method.state;
  const double *I = state[ms_record_slot(run->method.record, "importance")];
  const double *removed = state[ms_record_slot(run->method.record, "removed")];
  for (size_t t = 0; t < 2; t++, I += SCOPE) {
    double total = 0, lost = 0;
    for (size_t i = 0; i < SCOPE; i++) {
      total += I[i];
      if (before[i] != 0 && mask_of(run)[i] == 0) lost += I[i];
    }
    CHECK_NEAR(removed[t], lost / total, 1e-14);
    CHECK(removed[t] <= budget);
  }
  for (size_t j = 0; j < 8; j++) CHECK(has(mask_of(run), j, 9, 8));
  for (size_t j = 0; j < 6; j++) CHECK(has(mask_of(run), FIRST + j, 8, 6));
}

static void test_budget(void) {
  static const char *const scores[] = {"exclusive", "uniform", "reversed", "shuffled",
                                       "frozen"};
  for (size_t kind = 0; kind < 10; kind++) {
    ms_prune_run run;
    ms_rng rng;
    double budget = kind < 5 ? 0.03 : 1;
    size_t owed = 0;
    ms_rng_init(&rng, 9, "event");
    fill(&rng);
    start_policy(&run, "modsync-m", 0.3);
    set(&run, "score", 0, scores[kind % 5]);
    set(&run, "budget", budget, NULL);
    for (int n = 0; n <= 20; n++) {
      ms_prune_step step = {.progress = n / 20.0, .G = G, .terms = 2};
      ms_prune_report report;
      double before[SCOPE];
      observe(&run, (uint64_t)n, 1);
      memcpy(before, mask_of(&run), sizeof before);
      CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_OK);
      CHECK(report.active >= report.wanted);
      owed += report.active - report.wanted;
      check_budget(&run, before, budget);
    }
    CHECK((owed > 0) == (budget < 1));
    ms_prune_free(&run);
  }
}

/* The importances of two rounds, by the definition. */
static void test_importance(void) {
  static const char *const kinds[] = {"square", "taylor"};
  for (int kind = 0; kind < 2; kind++) {
    ms_prune_run run;
    ms_rng rng;
    double wanted[2][SCOPE] = {{0}};
    const double *I;
    ms_rng_init(&rng, 12, "event");
    fill(&rng);
    start_policy(&run, "modsync-m", 0.3);
    set(&run, "importance", 0, kinds[kind]);
    set(&run, "memory", 0.25, NULL);
    for (uint64_t round = 0; round < 2; round++) {
      observe(&run, round, 3);
      for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < SCOPE; i++) {
          double g = G[t * P + place_of(i)], w = theta[place_of(i)];
          double I_now = kind == 0 ? g * g : fabs(w * g);
          wanted[t][i] = round == 0 ? I_now : 0.25 * wanted[t][i] + 0.75 * I_now;
        }
    }
    I = run.method.state[ms_record_slot(run.method.record, "importance")];
    for (size_t t = 0; t < 2; t++)
      for (size_t i = 0; i < SCOPE; i++)
        CHECK_NEAR(I[t * SCOPE + i], wanted[t][i], 1e-13 * wanted[t][i]);
    ms_prune_free(&run);
  }
}

static double joint(int kind, double a, double b) {
  return kind == 0 ? sqrt(a * b) : kind == 1 ? fmin(a, b) : fabs(a - b) / 2;
}

/* score[SCOPE] of values[2][SCOPE], each divided by its sum. */
static void joint_scores(int kind, double values[2][SCOPE], double *score) {
  double total[2] = {0, 0};
  for (size_t t = 0; t < 2; t++)
    for (size_t i = 0; i < SCOPE; i++) total[t] += values[t][i];
  for (size_t i = 0; i < SCOPE; i++)
    score[i] = joint(kind, values[0][i] / total[0], values[1][i] / total[1]);
}

/* The largest score where mask and next are as wanted, or the smallest. */
static double extreme(const double *score, const double *mask, const double *next,
                      double was, double is, int largest) {
  double found = largest ? -INFINITY : INFINITY;
  for (size_t i = 0; i < SCOPE; i++) {
    if (mask[i] != was || next[i] != is) continue;
    found = largest ? fmax(found, score[i]) : fmin(found, score[i]);
  }
  return found;
}

/* What is dropped and what grows, by the geometric mean, the minimum, and reversed. */
static void test_choice(void) {
  for (int kind = 0; kind < 3; kind++) {
    ms_prune_run run;
    ms_rng rng;
    size_t grown = 0;
    ms_rng_init(&rng, 13, "event");
    fill(&rng);
    start_policy(&run, "modsync-m", 0.5);
    set(&run, "budget", 1, NULL);
    set(&run, "repair", 0, NULL);
    set(&run, "memory", 0, NULL);
    set(&run, "fraction", 0.4, NULL);
    if (kind == 1) set(&run, "keep", 0, "min");
    if (kind == 2) set(&run, "score", 0, "reversed");
    for (int n = 0; n <= 6; n++) {
      ms_prune_step step = {.progress = n / 10.0, .G = G, .terms = 2};
      ms_prune_report report;
      double mask[SCOPE], values[2][SCOPE], worth[SCOPE], gain[SCOPE];
      const double *next;
      observe(&run, (uint64_t)n + 50, 1);
      next = mask_of(&run);
      memcpy(mask, next, sizeof mask);
      for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < SCOPE; i++) values[t][i] = fabs(G[t * P + place_of(i)]);
      joint_scores(kind, values, gain);
      for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < SCOPE; i++) values[t][i] *= values[t][i];
      joint_scores(kind, values, worth);
      CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_OK);
      CHECK(extreme(worth, mask, next, 1, 0, 1) <= extreme(worth, mask, next, 1, 1, 0));
      CHECK(extreme(gain, mask, next, 0, 1, 0) >= extreme(gain, mask, next, 0, 0, 1));
      grown += report.grown;
    }
    CHECK(grown > 10);
    ms_prune_free(&run);
  }
}

/* The scale of a loss changes nothing; powers of two, so that no rounding does. */
static void test_scale(void) {
  ms_prune_run one, other;
  ms_rng rng;
  ms_rng_init(&rng, 10, "event");
  fill(&rng);
  start_policy(&one, "modsync-m", 0.3);
  start_policy(&other, "modsync-m", 0.3);
  for (int n = 0; n < 10; n++) {
    ms_prune_step step = {.progress = n / 12.0, .G = G, .terms = 2};
    ms_prune_report report;
    observe(&one, (uint64_t)n, 1);
    CHECK_STATUS(ms_prune_event(&one, P, theta, &step, &report), MS_OK);
    observe(&other, (uint64_t)n, 1024);
    CHECK_STATUS(ms_prune_event(&other, P, theta, &step, &report), MS_OK);
    CHECK(memcmp(mask_of(&one), mask_of(&other), SCOPE * sizeof(double)) == 0);
  }
  ms_prune_free(&one);
  ms_prune_free(&other);
}

int main(void) {
  test_budget();
  test_importance();
  test_choice();
  test_scale();
  return check_done();
}
