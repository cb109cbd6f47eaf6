#include "prune/prune.h"

#include "base/random.h"
#include "check.h"

enum { P = 300, TERMS = 3, FIRST = 10 * 12, SECOND = 8 * 15, SCOPE = FIRST + SECOND };

/* Two blocks with parameters before, between and behind them. */
static const ms_block blocks[] = {{5, 10, 12, 0, 0}, {140, 8, 15, 0, 0}};

static double G[TERMS * P], theta[P], held[P];

static int inside(size_t p) {
  return (p >= 5 && p < 5 + FIRST) || (p >= 140 && p < 140 + SECOND);
}

static void fill(double *values, size_t n, ms_rng *rng) {
  for (size_t i = 0; i < n; i++) values[i] = ms_rng_normal(rng);
}

static void set_number(ms_prune_run *run, const char *name, double number) {
  ms_value value = {MS_VALUE_NUMBER, number, NULL};
  CHECK_STATUS(ms_method_set(&run->method, name, &value), MS_OK);
}

/* The pull is 1 learning rate, whole from 0.3 to 0.75 of the training. */
static void start_policy(ms_prune_run *run, const char *score) {
  ms_value value = {MS_VALUE_TEXT, 0, score};
  CHECK_STATUS(ms_prune_init(run, "modsync-p"), MS_OK);
  CHECK_STATUS(ms_method_set(&run->method, "score", &value), MS_OK);
  set_number(run, "strength", 1);
  set_number(run, "start", 0.1);
  set_number(run, "full", 0.3);
  set_number(run, "stop", 0.75);
  CHECK_STATUS(ms_prune_scope(run, 2, blocks), MS_OK);
}

static double *slot(const ms_prune_run *run, const char *name) {
  return run->method.state[ms_record_slot(run->method.record, name)];
}

/* A round of four random samples; each task's gradients have a profile of their own. */
static void observe_round(ms_prune_run *run, size_t terms, ms_rng *rng) {
  for (int sample = 0; sample < 4; sample++) {
    for (size_t k = 0; k < terms; k++)
      for (size_t p = 0; p < P; p++)
        G[k * P + p] = ms_rng_normal(rng) * (0.2 + (double)((p * (k + 3)) % 7));
    CHECK_STATUS(ms_prune_observe(run, terms, P, G, NULL), MS_OK);
  }
  CHECK_STATUS(ms_prune_refresh(run), MS_OK);
}

static ms_prune_report apply_at(ms_prune_run *run, double lr, double progress) {
  ms_prune_step step = {.lr = lr, .progress = progress};
  ms_prune_report report = {.density = -1, .shrunk = -1};
  CHECK_STATUS(ms_prune_apply(run, P, theta, &step, &report), MS_OK);
  return report;
}

/* theta after a full pull with the scores of the policy: by the definition. */
static void test_pull(void) {
  ms_prune_run run;
  ms_prune_report report;
  ms_rng rng;
  double lost = 0, *score;
  size_t at = 0, alive = 0;
  ms_rng_init(&rng, 1, "test");
  start_policy(&run, "exclusive");
  fill(theta, P, &rng);
  theta[7] = 0, theta[8] = -0.0, theta[9] = 1e-9;
  observe_round(&run, 2, &rng);
  score = slot(&run, "score");
  memcpy(held, theta, sizeof held);
  report = apply_at(&run, 0.5, 0.5);
  for (size_t p = 0; p < P; p++) {
    double left;
    if (!inside(p)) {
      CHECK(memcmp(&theta[p], &held[p], sizeof theta[p]) == 0);
      continue;
    }
    left = fabs(held[p]) - 0.5 * score[at];
    if (left < 0) left = 0;
    CHECK(score[at] >= 0 && score[at] <= 1);
    CHECK(fabs(theta[p]) == left && signbit(theta[p]) == signbit(held[p]));
    if (score[at] == 0) CHECK(memcmp(&theta[p], &held[p], sizeof theta[p]) == 0);
    alive += theta[p] != 0;
    lost += fabs(held[p]) - fabs(theta[p]);
    at++;
  }
  CHECK(at == SCOPE);
  CHECK_NEAR(report.density, (double)alive / SCOPE, 1e-15);
  CHECK_NEAR(report.shrunk, lost, 1e-12);
  CHECK(alive < SCOPE && alive > SCOPE / 4);
  ms_prune_free(&run);
}

/* 0 until start, 1 - (1 - x)^3 on the way to full, 1 until stop, 0 after it. */
static void test_schedule(void) {
  static const double when[] = {0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7499, 0.75, 1};
  static const double amount[] = {0, 0, 0, 0.875, 1, 1, 1, 0, 0};
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 2, "test");
  start_policy(&run, "uniform");
  apply_at(&run, 1e-3, 0.5); /* before any observation: nothing */
  observe_round(&run, 2, &rng);
  for (int i = 0; i < 9; i++) {
    ms_prune_report report;
    for (size_t p = 0; p < P; p++) theta[p] = 1;
    report = apply_at(&run, 1e-3, when[i]);
    CHECK_NEAR(1 - theta[5], 1e-3 * amount[i], 1e-15);
    CHECK_NEAR(report.shrunk, SCOPE * 1e-3 * amount[i], 1e-10);
    CHECK(theta[0] == 1 && theta[139] == 1 && theta[P - 1] == 1 && report.density == 1);
  }
  ms_prune_free(&run);
}

static void test_strength_zero(void) {
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 3, "test");
  start_policy(&run, "uniform");
  set_number(&run, "strength", 0);
  fill(theta, P, &rng);
  memcpy(held, theta, sizeof held);
  observe_round(&run, 2, &rng);
  for (int i = 0; i <= 20; i++) CHECK(apply_at(&run, 1, 0.05 * i).shrunk == 0);
  CHECK(memcmp(theta, held, sizeof theta) == 0);
  ms_prune_free(&run);
}

/* Gradients of two tasks that are multiples of each other shrink nothing. */
static void test_identical(void) {
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 4, "test");
  start_policy(&run, "exclusive");
  fill(theta, P, &rng);
  memcpy(held, theta, sizeof held);
  for (int sample = 0; sample < 6; sample++) {
    fill(G, P, &rng);
    for (size_t p = 0; p < P; p++) G[P + p] = -3 * G[p];
    CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_OK);
  }
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  for (size_t i = 0; i < SCOPE; i++) CHECK(slot(&run, "score")[i] == 0);
  CHECK(slot(&run, "null")[0] > 0.1);
  apply_at(&run, 1, 0.5);
  CHECK(memcmp(theta, held, sizeof theta) == 0);
  ms_prune_free(&run);
}

/* Each connection sees one task only: uniform L1, up to the damping. */
static void test_disjoint(void) {
  ms_prune_run run;
  start_policy(&run, "exclusive");
  for (size_t p = 0; p < P; p++) {
    G[p] = p % 2 == 0 ? 2 : 0;
    G[P + p] = p % 2 == 0 ? 0 : -300;
    theta[p] = p % 3 == 0 ? 0.5 : -0.7;
  }
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  apply_at(&run, 0.1, 0.4);
  for (size_t p = 0; p < P; p++)
    CHECK_NEAR(fabs(theta[p]), (p % 3 == 0 ? 0.5 : 0.7) - (inside(p) ? 0.1 : 0), 2e-3);
  ms_prune_free(&run);
}

/* One loss times 1000: the same scores. */
static void test_rescaled(void) {
  ms_prune_run plain, scaled;
  ms_rng rng;
  ms_rng_init(&rng, 5, "test");
  start_policy(&plain, "exclusive");
  start_policy(&scaled, "exclusive");
  for (int round = 0; round < 3; round++) {
    for (int sample = 0; sample < 4; sample++) {
      fill(G, (size_t)2 * P, &rng);
      CHECK_STATUS(ms_prune_observe(&plain, 2, P, G, NULL), MS_OK);
      for (size_t p = 0; p < P; p++) G[p] *= 1000;
      CHECK_STATUS(ms_prune_observe(&scaled, 2, P, G, NULL), MS_OK);
    }
    CHECK_STATUS(ms_prune_refresh(&plain), MS_OK);
    CHECK_STATUS(ms_prune_refresh(&scaled), MS_OK);
    for (size_t i = 0; i < SCOPE; i++)
      CHECK_NEAR(slot(&plain, "score")[i], slot(&scaled, "score")[i], 1e-10);
  }
  ms_prune_free(&plain);
  ms_prune_free(&scaled);
}

/* Importance: mean of squares of the summed terms of a task, remembered with weight 0.7;
   the null is renewed every second round. */
static void test_rounds(void) {
  double mean[2][SCOPE], memory[2][SCOPE] = {{0}}, null_before = 0;
  ms_prune_run run;
  ms_rng rng;
  ms_rng_init(&rng, 6, "test");
  start_policy(&run, "exclusive");
  for (int round = 0; round < 4; round++) {
    memset(mean, 0, sizeof mean);
    for (int sample = 0; sample < 5; sample++) {
      size_t at = 0;
      fill(G, sizeof G / sizeof G[0], &rng);
      CHECK_STATUS(ms_prune_observe(&run, TERMS, P, G, NULL), MS_OK);
      for (size_t p = 0; p < P; p++) {
        if (!inside(p)) continue;
        mean[0][at] += G[p] * G[p] / 5;
        mean[1][at++] += pow(G[P + p] + G[2 * P + p], 2) / 5;
      }
    }
    CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
    for (size_t t = 0; t < 2; t++) {
      for (size_t i = 0; i < SCOPE; i++) {
        memory[t][i] = round == 0 ? mean[t][i] : 0.7 * memory[t][i] + 0.3 * mean[t][i];
        CHECK_NEAR(slot(&run, "importance")[t * SCOPE + i], memory[t][i], 1e-12);
        CHECK(slot(&run, "sum")[t * SCOPE + i] == 0);
      }
    }
    CHECK((slot(&run, "null")[1] == null_before) == (round % 2 == 1));
    null_before = slot(&run, "null")[1];
    CHECK(slot(&run, "random")[3] == 2 * 2 * 4096 * (1 + round / 2));
  }
  ms_prune_free(&run);
}

/* s = ((E - E_0) / (1 - E_0))_+^gamma per block, from the importances in the state. */
static void test_score(void) {
  double gamma = 2;
  ms_prune_run run;
  ms_rng rng;
  size_t at = 0;
  ms_rng_init(&rng, 7, "test");
  start_policy(&run, "exclusive");
  set_number(&run, "gamma", gamma);
  observe_round(&run, 2, &rng);
  for (size_t b = 0; b < 2; b++) {
    size_t n = blocks[b].rows * blocks[b].cols;
    const double *first = slot(&run, "importance") + at, *second = first + SCOPE;
    double total[2] = {0, 0}, chance = slot(&run, "null")[b];
    for (size_t i = 0; i < n; i++) total[0] += first[i], total[1] += second[i];
    for (size_t i = 0; i < n; i++) {
      double x = first[i] / total[0], y = second[i] / total[1];
      double s = (fabs(x - y) / (x + y + 0.02 / (double)n) - chance) / (1 - chance);
      CHECK_NEAR(slot(&run, "score")[at + i], s > 0 ? pow(s, gamma) : 0, 1e-12);
    }
    at += n;
  }
  ms_prune_free(&run);
}

/* More than two tasks if asked for. */
static void test_three_tasks(void) {
  static const size_t group[] = {0, 1, 2};
  ms_prune_run run;
  start_policy(&run, "exclusive");
  set_number(&run, "quantile", 0);
  CHECK_STATUS(ms_method_groups(&run.method, 3, group), MS_OK);
  for (size_t k = 0; k < 3; k++)
    for (size_t p = 0; p < P; p++) G[k * P + p] = p % 3 == k || p % 2 == 0 ? 1 : 0;
  CHECK_STATUS(ms_prune_observe(&run, 3, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  for (size_t i = 0; i < FIRST; i++) {
    double s = slot(&run, "score")[i];
    if ((i + 5) % 2 == 0)
      CHECK_NEAR(s, 0, 0.02);
    else
      CHECK_NEAR(s, 1, 0.02);
  }
  ms_prune_free(&run);
}

int main(void) {
  test_pull();
  test_schedule();
  test_strength_zero();
  test_identical();
  test_disjoint();
  test_rescaled();
  test_rounds();
  test_score();
  test_three_tasks();
  return check_done();
}
