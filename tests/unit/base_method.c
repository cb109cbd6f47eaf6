#include "base/method.h"

#include "check.h"

enum { SEED };
enum { GRID, ROW, RANDOM };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "test");
  ms_stream_save(&rng, method->state[RANDOM]);
}

static const ms_record sample = {
  .family = "family",
  .name = "sample",
  .options = {[SEED] = MS_INTEGER_OPTION("seed", 5, 0, 100, "a seed")},
  .slots = {
    [GRID] = MS_SLOT("grid", "tasks by parameters", MS_TASKS, MS_PARAMS),
    [ROW] = MS_SLOT("row", "terms", MS_TERMS),
    [RANDOM] = MS_SLOT("random", "a stream", MS_STREAM),
  },
  .tasks = 2,
  .max_tasks = 3,
  .start = start,
};

static const ms_record single = {.family = "family", .name = "single"};

static void test_options(void) {
  ms_method method;
  ms_value seven = {MS_VALUE_NUMBER, 7, NULL}, wrong = {MS_VALUE_NUMBER, -1, NULL};
  ms_method_init(&method, &sample);
  CHECK(method.option[SEED] == 5);
  CHECK_STATUS(ms_method_set(&method, "seed", &seven), MS_OK);
  CHECK(method.option[SEED] == 7);
  CHECK_STATUS(ms_method_set(&method, "seed", &wrong), MS_EARG);
  CHECK(method.option[SEED] == 7);
  ms_method_free(&method);
}

static void test_groups(void) {
  static const size_t own[] = {2, 0, 1, 0}, gap[] = {0, 2, 0, 2}, many[] = {0, 1, 2, 3};
  ms_method method;
  ms_method_init(&method, &sample);
  CHECK_STATUS(ms_method_terms(&method, 0), MS_EARG);
  CHECK_MESSAGE("family sample: no loss terms, expected at least one");
  CHECK_STATUS(ms_method_terms(&method, 4), MS_OK);
  CHECK(method.extent[MS_TASKS] == 2);
  CHECK(method.task[0] == 0 && method.task[1] == 1);
  CHECK(method.task[2] == 1 && method.task[3] == 1);
  CHECK_STATUS(ms_method_terms(&method, 3), MS_EARG);
  CHECK_MESSAGE("3 loss terms, expected 4 as before");
  CHECK_STATUS(ms_method_groups(&method, 4, own), MS_EARG);
  CHECK_MESSAGE("3 tasks, expected 2 as before");
  ms_method_free(&method);
  CHECK_STATUS(ms_method_groups(&method, 4, gap), MS_EARG);
  CHECK_MESSAGE("no term is in group 1");
  CHECK_STATUS(ms_method_groups(&method, 4, many), MS_EARG);
  CHECK_MESSAGE("4 groups, expected at most 3");
  CHECK_STATUS(ms_method_groups(&method, 4, own), MS_OK);
  CHECK_STATUS(ms_method_terms(&method, 4), MS_OK);
  CHECK(method.extent[MS_TASKS] == 3 && method.task[0] == 2 && method.task[3] == 0);
  ms_method_free(&method);
  ms_method_init(&method, &single);
  CHECK_STATUS(ms_method_terms(&method, 3), MS_OK);
  CHECK(method.extent[MS_TASKS] == 3 && method.task[2] == 2);
  ms_method_free(&method);
}

static void test_state(void) {
  ms_method method;
  size_t shape[MS_MAX_AXES], before;
  int dims;
  ms_method_init(&method, &sample);
  CHECK_STATUS(ms_method_open(&method), MS_EBUG);
  CHECK_MESSAGE("state 'grid' has an unknown extent");
  CHECK(!ms_method_shape(&method, GRID, &dims, shape));
  CHECK_STATUS(ms_method_terms(&method, 3), MS_OK);
  CHECK_STATUS(ms_method_extent(&method, MS_PARAMS, 7), MS_OK);
  CHECK_STATUS(ms_method_extent(&method, MS_PARAMS, 8), MS_EARG);
  CHECK_MESSAGE("8 parameters, expected 7 as before");
  CHECK_STATUS(ms_method_open(&method), MS_OK);
  CHECK(ms_method_shape(&method, GRID, &dims, shape) && dims == 2 && shape[0] == 2 &&
        shape[1] == 7);
  CHECK(ms_method_shape(&method, RANDOM, &dims, shape) && dims == 1 && shape[0] == 4);
  CHECK(method.state[GRID][13] == 0 && method.state[ROW][2] == 0);
  CHECK(method.state[RANDOM][0] > 0);
  before = ms_live_blocks();
  method.state[GRID][13] = method.state[RANDOM][3] = 9;
  CHECK_STATUS(ms_method_open(&method), MS_OK);
  CHECK(method.state[GRID][13] == 9 && ms_live_blocks() == before);
  ms_method_reset(&method);
  CHECK(method.state[GRID][13] == 0 && method.state[RANDOM][3] == 0);
  ms_method_free(&method);
  CHECK(method.extent[MS_PARAMS] == 0 && method.extent[MS_ONE] == 1);
  ms_method_reset(&method);
}

/* State in memory of the caller's own. */
static void test_lent(void) {
  double grid[14] = {0};
  ms_method method;
  ms_method_init(&method, &sample);
  CHECK_STATUS(ms_method_terms(&method, 2), MS_OK);
  CHECK_STATUS(ms_method_extent(&method, MS_PARAMS, 7), MS_OK);
  method.state[GRID] = grid;
  CHECK_STATUS(ms_method_open(&method), MS_OK);
  CHECK(method.state[GRID] == grid && method.state[ROW] != NULL);
  grid[3] = 1;
  ms_method_reset(&method);
  CHECK(grid[3] == 0);
  method.state[GRID] = NULL;
  ms_method_free(&method);
}

static void test_fit(void) {
  static const size_t grid[] = {2, 6}, other[] = {2, 5}, none[] = {2, 0};
  ms_method method;
  ms_method_init(&method, &sample);
  CHECK_STATUS(ms_method_fit(&method, GRID, 1, grid), MS_EARG);
  CHECK_MESSAGE("state 'grid' has 1 axes, expected 2");
  CHECK_STATUS(ms_method_fit(&method, GRID, 2, none), MS_EARG);
  CHECK_STATUS(ms_method_fit(&method, GRID, 2, grid), MS_OK);
  CHECK(method.extent[MS_PARAMS] == 6 && method.extent[MS_TASKS] == 2);
  CHECK_STATUS(ms_method_fit(&method, GRID, 2, other), MS_EARG);
  CHECK_STATUS(ms_method_fit(&method, RANDOM, 1, grid), MS_EARG);
  CHECK_STATUS(ms_method_terms(&method, 5), MS_OK);
  ms_method_free(&method);
}

static void test_stream(void) {
  static const double damaged[4] = {NAN, -1, 1e30, INFINITY};
  double stream[4];
  ms_rng rng = {UINT64_MAX - 1, ((uint64_t)3 << 32) + 4}, back;
  ms_stream_save(&rng, stream);
  ms_stream_load(stream, &back);
  CHECK(back.key == rng.key && back.counter == rng.counter);
  ms_stream_load(damaged, &back);
  CHECK(back.key == 0 && back.counter == 0);
}

/* However many allocations succeed, free takes all that a failed opening leaves. */
static void test_failures(void) {
  ms_status status = MS_ENOMEM;
  for (size_t n = 1; status == MS_ENOMEM && n < 20; n++) {
    ms_method method;
    ms_method_init(&method, &sample);
    ms_alloc_fail_after(n);
    status = ms_method_terms(&method, 3);
    if (status == MS_OK) status = ms_method_extent(&method, MS_PARAMS, 7);
    if (status == MS_OK) status = ms_method_open(&method);
    ms_alloc_fail_after(0);
    CHECK(status == MS_OK ? n > 5 : !method.open);
    ms_method_free(&method);
    CHECK(ms_live_blocks() == 0);
  }
  CHECK(status == MS_OK);
}

int main(void) {
  test_options();
  test_groups();
  test_state();
  test_lent();
  test_fit();
  test_stream();
  test_failures();
  return check_done();
}
