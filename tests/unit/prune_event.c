/* Events: exact counts, what may and must not change, repair, failures. */
#include "event_setting.h"

static double unfrozen[P];

static ms_prune_report event_at(ms_prune_run *run, double progress) {
  ms_prune_step step = {.progress = progress, .keep = keep, .grow = grow};
  ms_prune_report report;
  CHECK_STATUS(ms_prune_event(run, P, theta, &step, &report), MS_OK);
  return report;
}

/* What an event must leave as it should be; counts the active. */
static size_t check_event(const ms_prune_run *run, const double *before) {
  size_t active = 0;
  double inside[P] = {0};
  for (size_t i = 0; i < SCOPE; i++) {
    size_t p = place_of(i);
    inside[p] = 1;
    active += mask_of(run)[i] != 0;
    if (mask_of(run)[i] == 0) CHECK(theta[p] == 0 && !signbit(theta[p]));
    if (mask_of(run)[i] != 0) CHECK(theta[p] == before[p]); /* nothing grows here */
  }
  for (size_t p = 0; p < P; p++)
    if (inside[p] == 0) CHECK(theta[p] == before[p]);
  return active;
}

/* Any scope, layer densities and schedule: round(density n) are left, always. */
static void test_counts(void) {
  static const char *const scopes[] = {"global", "layer", "neuron"};
  static const char *const layers[] = {"uniform", "er"};
  ms_rng rng;
  ms_rng_init(&rng, 1, "event");
  for (int kind = 0; kind < 6; kind++) {
    ms_prune_run run;
    double before[P];
    start_policy(&run, "mask", 0.137);
    set(&run, "scope", 0, scopes[kind % 3]);
    set(&run, "layers", 0, layers[kind / 3]);
    for (int n = 0; n <= 16; n++) {
      double t = n / 16.0, density, mask[SCOPE];
      ms_prune_report report;
      fill(&rng);
      if (n > 0)
        for (size_t i = 0; i < SCOPE; i++) {
          mask[i] = mask_of(&run)[i];
          theta[place_of(i)] *= mask[i];
          if (mask[i] == 0) theta[place_of(i)] = 0;
        }
      memcpy(before, theta, sizeof before);
      report = event_at(&run, t);
      density = ms_density_at(MS_CUBIC, 0.137, 0, 0.75, t);
      CHECK(report.wanted == (size_t)floor(density * SCOPE + 0.5));
      CHECK(report.active == report.wanted && report.grown == 0);
      CHECK(check_event(&run, before) == report.active);
      for (size_t i = 0; n > 0 && i < SCOPE; i++) CHECK(mask_of(&run)[i] <= mask[i]);
    }
    ms_prune_free(&run);
  }
}

/* In a single group the parameters that stay are those with the largest scores. */
static void test_best(void) {
  ms_prune_run run;
  ms_rng rng;
  double least = INFINITY, most = -INFINITY;
  ms_rng_init(&rng, 2, "event");
  fill(&rng);
  start_policy(&run, "mask", 0.5);
  set(&run, "repair", 0, NULL);
  event_at(&run, 1);
  for (size_t i = 0; i < SCOPE; i++) {
    if (mask_of(&run)[i] != 0) least = fmin(least, keep[place_of(i)]);
    if (mask_of(&run)[i] == 0) most = fmax(most, keep[place_of(i)]);
  }
  CHECK(least >= most);
  for (size_t i = 1; i < SCOPE; i++) /* ties: what comes first stays */
    for (size_t j = 0; j < i; j++)
      if (keep[place_of(i)] == keep[place_of(j)])
        CHECK(mask_of(&run)[i] <= mask_of(&run)[j]);
  ms_prune_free(&run);
}

/* Dropping and growing: the number stays, and nothing is dropped and grown at once. */
static void test_growth(void) {
  static const char *const scopes[] = {"global", "layer", "neuron"};
  ms_rng rng;
  ms_rng_init(&rng, 3, "event");
  for (int kind = 0; kind < 3; kind++) {
    ms_prune_run run;
    size_t grown = 0;
    start_policy(&run, "mask", 0.4);
    set(&run, "schedule", 0, "one-shot");
    set(&run, "scope", 0, scopes[kind]);
    set(&run, "fraction", 0.3, NULL);
    set(&run, "repair", 0, NULL);
    fill(&rng);
    event_at(&run, 0);
    for (int n = 1; n < 10; n++) {
      double mask[SCOPE];
      ms_prune_report report;
      memcpy(mask, mask_of(&run), sizeof mask);
      fill(&rng);
      report = event_at(&run, n / 14.0);
      CHECK(report.active == 48 && report.dropped == report.grown);
      grown += report.grown;
      for (size_t i = 0; i < SCOPE; i++)
        if (mask[i] != mask_of(&run)[i]) CHECK(theta[place_of(i)] == 0);
    }
    CHECK(grown > 40);
    CHECK(event_at(&run, 0.8).dropped == 0);
    ms_prune_free(&run);
  }
}

/* Frozen parameters are no matter of choice: they stay, and are not counted. */
static void test_frozen(void) {
  ms_prune_run run;
  ms_rng rng;
  ms_prune_step step = {.progress = 1, .keep = keep, .free = unfrozen};
  ms_prune_report report;
  double before[P];
  size_t left = 0;
  ms_rng_init(&rng, 4, "event");
  fill(&rng);
  memcpy(before, theta, sizeof before);
  for (size_t p = 0; p < P; p++) unfrozen[p] = p % 3 != 0;
  for (size_t i = 0; i < SCOPE; i++) left += unfrozen[place_of(i)] != 0;
  start_policy(&run, "mask", 0.25);
  set(&run, "scope", 0, "layer");
  set(&run, "layers", 0, "er");
  for (size_t p = 0; p < P; p += 3) keep[p] = NAN; /* nobody looks at those */
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_OK);
  CHECK(report.active == (size_t)floor(0.25 * (double)left + 0.5));
  for (size_t p = 0; p < P; p += 3) CHECK(theta[p] == before[p]);
  for (size_t i = 0; i < SCOPE; i++)
    if (unfrozen[place_of(i)] == 0) CHECK(mask_of(&run)[i] == 1);
  for (size_t p = 0; p < P; p++) unfrozen[p] = 0; /* frozen while it is pruned */
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_OK);
  CHECK(report.dropped == 0 && report.grown == 0 && report.active == 0);
  ms_prune_free(&run);
}

/* Unit 3 of the first layer has the worst weights in: none stays, and none of those out
   of it, though they are the best; the number of weights is the one asked for. */
static void test_repair(void) {
  for (int repairs = 0; repairs <= 1; repairs++) {
    ms_prune_run run;
    ms_rng rng;
    ms_rng_init(&rng, 5, "event");
    fill(&rng);
    for (size_t k = 0; k < 9; k++) keep[4 + k * 8 + 3] = -1;
    for (size_t k = 0; k < 6; k++) keep[90 + 3 * 6 + k] = 100;
    start_policy(&run, "mask", 0.5);
    set(&run, "repair", repairs, NULL);
    CHECK(event_at(&run, 1).active == SCOPE / 2);
    CHECK(!has(mask_of(&run), 3, 9, 8));
    CHECK(has(mask_of(&run), FIRST + 3 * 6, 6, 1) == !repairs);
    ms_prune_free(&run);
  }
}

/* At any density no unit is left with weights out and none in, though one of them has the
   worst weights in and the best out; and the number is the one asked for. */
static void test_units(void) {
  ms_rng rng;
  ms_rng_init(&rng, 6, "event");
  for (int n = 1; n < 100; n++) {
    ms_prune_run run;
    ms_prune_report report;
    start_policy(&run, "mask", n / 100.0);
    fill(&rng);
    for (size_t k = 0; k < 9; k++) keep[4 + k * 8 + 3] = -1;
    for (size_t k = 0; k < 6; k++) keep[90 + 3 * 6 + k] = 100;
    report = event_at(&run, 1);
    CHECK(report.active == (size_t)floor(n / 100.0 * SCOPE + 0.5));
    for (size_t j = 0; j < 8; j++)
      CHECK(has(mask_of(&run), j, 9, 8) || !has(mask_of(&run), FIRST + j * 6, 6, 1));
    ms_prune_free(&run);
  }
}

/* Nothing happens at full density, whatever the fraction, nor before the start. */
static void test_nothing(void) {
  ms_prune_run run;
  ms_rng rng;
  double before[P];
  ms_rng_init(&rng, 7, "event");
  fill(&rng);
  memcpy(before, theta, sizeof before);
  start_policy(&run, "mask", 1);
  set(&run, "fraction", 0.5, NULL);
  CHECK(event_at(&run, 0.3).dropped == 0);
  ms_prune_free(&run);
  start_policy(&run, "mask", 0.5);
  set(&run, "start", 0.4, NULL);
  CHECK(event_at(&run, 0.39).dropped == 0);
  CHECK(memcmp(before, theta, sizeof theta) == 0);
  ms_prune_free(&run);
}

/* What was dropped may come back where its score is among the largest. */
static void test_again(void) {
  ms_prune_run run;
  ms_rng rng;
  ms_prune_report report;
  ms_rng_init(&rng, 8, "event");
  start_policy(&run, "mask", 0.5);
  set(&run, "repair", 0, NULL);
  set(&run, "again", 1, NULL);
  fill(&rng);
  event_at(&run, 1);
  for (size_t i = 0; i < P; i++) keep[i] = -keep[i];
  report = event_at(&run, 1);
  CHECK(report.grown > 50 && report.grown == report.dropped && report.active == 60);
  ms_prune_free(&run);
}

static void test_misuse(void) {
  ms_prune_run run;
  ms_prune_step step = {.progress = 0.5};
  ms_prune_report report;
  CHECK_STATUS(ms_prune_init(&run, "modsync-p"), MS_OK);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("it holds no parameters at 0");
  ms_prune_free(&run);
  start_policy(&run, "mask", 0.5);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("prune mask: event: there are no keep-scores");
  step.keep = keep;
  set(&run, "fraction", 0.5, NULL);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("the option fraction is 0.5, and there are no grow-scores");
  set(&run, "fraction", 0, NULL);
  step.progress = 2;
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("event: the progress is 2, expected a number from 0 to 1");
  step.progress = 1;
  keep[7] = NAN;
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EDIVERGED);
  CHECK_MESSAGE("the keep-score of parameter 4 in scope is nan");
  for (size_t i = 0; i < SCOPE; i++) CHECK(mask_of(&run)[i] == 1);
  ms_prune_free(&run);
  CHECK_STATUS(ms_prune_init(&run, "mask"), MS_OK);
  CHECK_STATUS(
    ms_prune_scope(&run, 1, &(ms_block){.offset = 0, .rows = 2, .cols = 3, .feeds = 1}),
    MS_EARG);
  CHECK_MESSAGE("block 1 feeds block 1, expected one of 3 rows");
  ms_prune_free(&run);
  start_policy(&run, "modsync-m", 0.5);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("event: nothing was observed yet");
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, theta), MS_OK);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("event: no round of observations is complete");
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_EARG);
  CHECK_MESSAGE("event: it needs the gradients");
  ms_prune_free(&run);
}

static void test_out_of_memory(void) {
  ms_prune_run run;
  ms_prune_step step = {.progress = 1, .keep = keep};
  ms_prune_report report;
  ms_status status = MS_ENOMEM;
  ms_rng rng;
  ms_rng_init(&rng, 11, "event");
  fill(&rng);
  start_policy(&run, "mask", 0.5);
  for (size_t n = 1; status == MS_ENOMEM && n < 50; n++) {
    ms_alloc_fail_after(n);
    status = ms_prune_event(&run, P, theta, &step, &report);
    ms_alloc_fail_after(0);
  }
  CHECK_STATUS(status, MS_OK);
  ms_alloc_fail_after(1); /* from here on nothing is allocated */
  CHECK_STATUS(ms_prune_event(&run, P, theta, &step, &report), MS_OK);
  ms_alloc_fail_after(0);
  ms_prune_free(&run);
}

int main(void) {
  test_counts();
  test_best();
  test_growth();
  test_frozen();
  test_repair();
  test_units();
  test_nothing();
  test_again();
  test_misuse();
  test_out_of_memory();
  return check_done();
}
