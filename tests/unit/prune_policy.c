/* What surrounds modsync-p: controls, the guard, scope, resuming, failures. */
#include "prune/prune.h"

#include "base/random.h"
#include "check.h"

#include <stdlib.h>

enum { P = 150, N = 12 * 11 };

static const ms_block block = {10, 12, 11, 0, 0};

static double G[3 * P], theta[P], before[P];

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
  CHECK_STATUS(ms_prune_scope(run, 1, &block), MS_OK);
}

static double *slot(const ms_prune_run *run, const char *name) {
  return run->method.state[ms_record_slot(run->method.record, name)];
}

static void observe(ms_prune_run *run, uint64_t seed) {
  ms_rng rng;
  ms_rng_init(&rng, seed, "observe");
  for (size_t i = 0; i < (size_t)2 * P; i++)
    G[i] = ms_rng_normal(&rng) * (1 + (double)((i * i) % 5));
  CHECK_STATUS(ms_prune_observe(run, 2, P, G, NULL), MS_OK);
}

static void observe_round(ms_prune_run *run, uint64_t seed) {
  for (uint64_t i = 0; i < 3; i++) observe(run, 10 * seed + i);
  CHECK_STATUS(ms_prune_refresh(run), MS_OK);
}

static ms_status apply_at(ms_prune_run *run, double lr, double progress) {
  ms_prune_step step = {.lr = lr, .progress = progress};
  ms_prune_report report;
  return ms_prune_apply(run, P, theta, &step, &report);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The same scores on other connections, and every time on the same ones. */
static void test_shuffled(void) {
  ms_prune_run plain, shuffled;
  double sorted[N], other[N];
  size_t place[N], moved = 0;
  start_policy(&plain, "exclusive");
  start_policy(&shuffled, "shuffled");
  set_number(&plain, "quantile", 0); /* so that all scores differ */
  set_number(&shuffled, "quantile", 0);
  for (uint64_t round = 0; round < 3; round++) {
    observe_round(&plain, round);
    observe_round(&shuffled, round);
    memcpy(sorted, slot(&plain, "score"), sizeof sorted);
    memcpy(other, slot(&shuffled, "score"), sizeof other);
    for (size_t i = 0; i < N; i++) {
      size_t from = 0;
      while (from < N && sorted[from] != other[i]) from++;
      CHECK(from < N);
      if (round == 0) place[i] = from;
      CHECK(place[i] == from);
      moved += from != i;
    }
    qsort(sorted, N, sizeof sorted[0], ascending);
    qsort(other, N, sizeof other[0], ascending);
    CHECK(memcmp(sorted, other, sizeof sorted) == 0);
  }
  CHECK(moved > 3 * N * 9 / 10);
  ms_prune_free(&plain);
  ms_prune_free(&shuffled);
}

static void test_uniform(void) {
  ms_prune_run run;
  start_policy(&run, "uniform");
  observe_round(&run, 1);
  for (size_t i = 0; i < N; i++) CHECK(slot(&run, "score")[i] == 1);
  ms_prune_free(&run);
}

/* Frozen scores follow the rounds until something was pulled, and stay then. */
static void test_frozen(void) {
  double scores[N];
  ms_prune_run run;
  start_policy(&run, "frozen");
  observe_round(&run, 1);
  CHECK_STATUS(apply_at(&run, 1e-3, 0.05), MS_OK); /* before the start */
  memcpy(scores, slot(&run, "score"), sizeof scores);
  observe_round(&run, 2);
  CHECK(memcmp(scores, slot(&run, "score"), sizeof scores) != 0);
  memcpy(scores, slot(&run, "score"), sizeof scores);
  CHECK_STATUS(apply_at(&run, 1e-3, 0.2), MS_OK);
  observe_round(&run, 3);
  CHECK(memcmp(scores, slot(&run, "score"), sizeof scores) == 0);
  ms_prune_free(&run);
}

/* Reversed scores pull what both tasks need and leave what one needs alone. */
static void test_reversed(void) {
  ms_prune_run run;
  start_policy(&run, "reversed");
  for (size_t p = 0; p < P; p++) {
    G[p] = p % 3 != 0;
    G[P + p] = p % 3 != 1;
  }
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  for (size_t i = 0; i < N; i++) {
    double s = slot(&run, "score")[i];
    if ((i + block.offset) % 3 == 2)
      CHECK_NEAR(s, 1, 0.02);
    else
      CHECK(s == 0);
  }
  ms_prune_free(&run);
}

/* One task descends along x_10; the pull towards 0 works against it. */
static void guard_case(double gradient, double *moved, double step_size) {
  ms_prune_step step = {.lr = 0.1, .progress = 0.5, .before = before, .G = G, .terms = 2};
  ms_prune_report report;
  ms_prune_run run;
  start_policy(&run, "uniform");
  set_number(&run, "guard", 0.5);
  observe_round(&run, 1);
  memset(G, 0, sizeof G);
  for (size_t p = 0; p < P; p++) before[p] = theta[p] = 1;
  G[10] = gradient;                      /* the optimizer moved along it ... */
  theta[10] = 1 - step_size * gradient;  /* ... by this much */
  *moved = theta[10];
  CHECK_STATUS(ms_prune_apply(&run, P, theta, &step, &report), MS_OK);
  *moved -= theta[10];
  CHECK_NEAR(report.shrunk, N * *moved, 1e-12);
  ms_prune_free(&run);
}

static void test_guard(void) {
  double moved;
  guard_case(1, &moved, 0.02); /* descent by 0.02, the pull adds to it: full strength */
  CHECK_NEAR(moved, 0.1, 1e-15);
  guard_case(-1, &moved, 0.25); /* the pull takes 0.1 of a descent of 0.25: passes */
  CHECK_NEAR(moved, 0.1, 1e-15);
  guard_case(-1, &moved, 0.1); /* takes all: halved once */
  CHECK_NEAR(moved, 0.05, 1e-15);
  guard_case(-1, &moved, 0.02); /* takes five times as much: 0.1 / 16 leaves half */
  CHECK_NEAR(moved, 0.1 / 16, 1e-15);
  guard_case(-1, &moved, 0.01); /* the last halving */
  CHECK_NEAR(moved, 0.1 / 32, 1e-15);
  guard_case(-1, &moved, 1e-3); /* too much even after five halvings: left out */
  CHECK(moved == 0);
}

static void test_guard_inputs(void) {
  ms_prune_run run;
  start_policy(&run, "uniform");
  set_number(&run, "guard", 0.5);
  observe_round(&run, 1);
  CHECK_STATUS(apply_at(&run, 0.1, 0.5), MS_EARG);
  CHECK_MESSAGE("the guard needs the gradients and the parameters before the step");
  ms_prune_free(&run);
}

/* The state of one policy, copied in the middle of a round, makes another go on alike. */
static void test_resume(void) {
  ms_prune_run first, second;
  size_t slots;
  start_policy(&first, "exclusive");
  start_policy(&second, "exclusive");
  slots = ms_record_slots(first.method.record);
  for (uint64_t round = 0; round < 3; round++) observe_round(&first, round);
  observe(&first, 99);
  CHECK_STATUS(ms_method_fit(&second.method, 0, 2, (size_t[]){2, N}), MS_OK);
  CHECK_STATUS(ms_method_open(&second.method), MS_OK);
  for (size_t s = 0; s < slots; s++) {
    size_t shape[MS_MAX_AXES], count = 1;
    int dims;
    CHECK(ms_method_shape(&first.method, s, &dims, shape));
    while (dims > 0) count *= shape[--dims];
    memcpy(second.method.state[s], first.method.state[s], count * sizeof(double));
  }
  CHECK_STATUS(ms_prune_refresh(&first), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&second), MS_OK);
  observe_round(&first, 7);
  observe_round(&second, 7);
  CHECK(memcmp(slot(&first, "score"), slot(&second, "score"), N * sizeof(double)) == 0);
  CHECK(memcmp(slot(&first, "random"), slot(&second, "random"), 4 * sizeof(double)) == 0);
  ms_prune_free(&first);
  ms_prune_free(&second);
}

static void test_scope(void) {
  static const ms_block overlap[] = {{0, 3, 3, 0, 0}, {8, 2, 2, 0, 0}};
  static const ms_block empty = {0, 3, 0, 0, 0}, huge = {0, SIZE_MAX / 2, 3, 0, 0};
  static const ms_block end = {100, 10, 6, 0, 0};
  ms_prune_run run;
  CHECK_STATUS(ms_prune_init(&run, "modsync-p"), MS_OK);
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_EARG);
  CHECK_MESSAGE("prune modsync-p: it has no scope; call scope(blocks) first");
  CHECK_STATUS(ms_prune_refresh(&run), MS_EARG);
  CHECK_STATUS(ms_prune_scope(&run, 0, &empty), MS_EARG);
  CHECK_MESSAGE("no blocks, expected at least one");
  CHECK_STATUS(ms_prune_scope(&run, 1, &empty), MS_EARG);
  CHECK_MESSAGE("block 1 is 3 x 0, expected a matrix");
  CHECK_STATUS(ms_prune_scope(&run, 1, &huge), MS_EARG);
  CHECK_STATUS(ms_prune_scope(&run, 2, overlap), MS_EARG);
  CHECK_MESSAGE("block 2 starts at parameter 8, expected at least 9");
  CHECK_STATUS(ms_prune_scope(&run, 1, &end), MS_OK);
  CHECK_STATUS(ms_prune_scope(&run, 1, &end), MS_OK);
  CHECK_STATUS(ms_prune_scope(&run, 1, &block), MS_EARG);
  CHECK_MESSAGE("other blocks than before");
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_EARG);
  CHECK_MESSAGE("its scope ends at parameter 160, but there are 150");
  ms_prune_free(&run);
}

static void test_misuse(void) {
  ms_prune_run run;
  start_policy(&run, "exclusive");
  CHECK_STATUS(ms_prune_refresh(&run), MS_EARG);
  observe_round(&run, 1);
  CHECK_STATUS(ms_prune_refresh(&run), MS_EARG);
  CHECK_MESSAGE("nothing was observed since the last one");
  CHECK_STATUS(apply_at(&run, -1, 0.5), MS_EARG);
  CHECK_MESSAGE("the learning rate is -1");
  CHECK_STATUS(apply_at(&run, NAN, 0.5), MS_EARG);
  CHECK_STATUS(apply_at(&run, 1e-3, 1.5), MS_EARG);
  CHECK_MESSAGE("the progress is 1.5, expected a number from 0 to 1");
  CHECK_STATUS(apply_at(&run, 1e-3, NAN), MS_EARG);
  CHECK_STATUS(ms_prune_observe(&run, 3, P, G, NULL), MS_EARG);
  CHECK_STATUS(ms_prune_observe(&run, 2, P - 1, G, NULL), MS_EARG);
  ms_prune_free(&run);
}

/* A round with NaN is refused, forgotten, and does no harm to later ones. */
static void test_diverged(void) {
  double importance[2 * N];
  ms_prune_run run;
  start_policy(&run, "exclusive");
  observe_round(&run, 1);
  memcpy(importance, slot(&run, "importance"), sizeof importance);
  observe(&run, 2);
  G[P + block.offset + 3] = NAN;
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_EDIVERGED);
  CHECK_MESSAGE("the squared gradients of task 2 of 2 are not finite");
  CHECK(memcmp(importance, slot(&run, "importance"), sizeof importance) == 0);
  observe_round(&run, 3);
  for (size_t i = 0; i < N; i++) CHECK(isfinite(slot(&run, "score")[i]));
  ms_prune_free(&run);
}

static void test_out_of_memory(void) {
  ms_status status = MS_ENOMEM;
  ms_prune_run run;
  CHECK_STATUS(ms_prune_init(&run, "modsync-p"), MS_OK);
  ms_alloc_fail_after(1);
  CHECK_STATUS(ms_prune_scope(&run, 1, &block), MS_ENOMEM);
  ms_alloc_fail_after(0);
  CHECK_STATUS(ms_prune_scope(&run, 1, &block), MS_OK);
  for (size_t n = 1; status == MS_ENOMEM && n < 50; n++) {
    ms_alloc_fail_after(n);
    status = ms_prune_observe(&run, 2, P, G, NULL);
    ms_alloc_fail_after(0);
  }
  CHECK_STATUS(status, MS_OK);
  ms_alloc_fail_after(1); /* from here on nothing is allocated */
  CHECK_STATUS(ms_prune_observe(&run, 2, P, G, NULL), MS_OK);
  CHECK_STATUS(ms_prune_refresh(&run), MS_OK);
  CHECK_STATUS(apply_at(&run, 1e-3, 0.5), MS_OK);
  ms_alloc_fail_after(0);
  ms_prune_free(&run);
  ms_prune_free(&run);
}

int main(void) {
  test_shuffled();
  test_uniform();
  test_frozen();
  test_reversed();
  test_guard();
  test_guard_inputs();
  test_resume();
  test_scope();
  test_misuse();
  test_diverged();
  test_out_of_memory();
  return check_done();
}
