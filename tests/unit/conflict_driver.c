/* What conflict methods share: the passes, grouping, vanishing gradients, failures. */
#include "conflict/conflict.h"

#include "base/random.h"
#include "check.h"
#include "linalg/gram.h"

enum { ROWS = 5, LONG = 2000 };

static double G[ROWS * (LONG + 3)];

static void fill(ms_rng *rng) {
  for (size_t i = 0; i < sizeof G / sizeof G[0]; i++) G[i] = ms_rng_normal(rng);
}

static void test_passes(void) {
  static const size_t lengths[] = {1, 7, 31, 32, 33, 511, 512, 513, 1024, LONG};
  double gram[ROWS * ROWS], d[LONG], w[ROWS] = {1, -2, 0, 0.5, 3};
  ms_rng rng;
  ms_rng_init(&rng, 1, "test");
  fill(&rng);
  for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
    size_t n = lengths[l], stride = n + 3;
    ms_gradients_gram(ROWS, n, stride, G, gram);
    for (size_t i = 0; i < ROWS; i++) {
      for (size_t j = 0; j < ROWS; j++) {
        double product = 0;
        for (size_t p = 0; p < n; p++) product += G[i * stride + p] * G[j * stride + p];
        CHECK_NEAR(gram[i * ROWS + j], product, 1e-12 * (double)n);
        CHECK(gram[i * ROWS + j] == gram[j * ROWS + i]);
      }
    }
    ms_gradients_combine(ROWS, n, stride, G, w, d);
    for (size_t p = 0; p < n; p++)
      CHECK_NEAR(d[p], G[p] - 2 * G[stride + p] + 0.5 * G[3 * stride + p] +
                         3 * G[4 * stride + p], 1e-14 * 30);
  }
}

/* A weight of 0 keeps even infinities out. */
static void test_unread(void) {
  static const double rows[] = {1, 2, INFINITY, NAN}, w[] = {2, 0};
  double d[2];
  ms_gradients_combine(2, 2, 2, rows, w, d);
  CHECK(d[0] == 2 && d[1] == 4);
}

static void expect_weights(const char *name, size_t terms, const double *rows,
                           const double *weights) {
  ms_conflict_run run;
  double d[2];
  CHECK_STATUS(ms_conflict_init(&run, name), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, terms, 2, rows, NULL, NULL, d), MS_OK);
  for (size_t k = 0; k < terms; k++) CHECK_NEAR(run.weights[k], weights[k], 1e-12);
  ms_conflict_free(&run);
}

static void test_vanishing(void) {
  static const double zeros[] = {0, 0, 0, 0, 0, 0}, none[] = {0, 0, 0};
  static const double one[] = {0, 0, 3, 4, 0, 0}, second[] = {0, 1, 0};
  static const double tiny[] = {1e-13, 0, 0, 1}, small[] = {1e-11, 0, 0, 1};
  static const double only[] = {0, 1}, both[] = {0.5e11 + 0.5, 0.5 + 0.5e-11};
  static const double minute[] = {1e-160, 0, 0, 1e-160};
  static const double task[] = {0, 0, 1, 0, -1, 0}, gone[] = {0, 0, 0};
  expect_weights("config", 3, zeros, none);
  expect_weights("dcgd", 3, zeros, none);
  expect_weights("config", 3, one, second);
  expect_weights("config", 2, tiny, only);
  expect_weights("dcgd", 2, tiny, only);
  expect_weights("dcgd", 2, minute, none);
  /* two terms of one task that cancel leave no direction */
  expect_weights("dcgd", 3, task, gone);
  {
    ms_conflict_run run;
    double d[2];
    CHECK_STATUS(ms_conflict_init(&run, "dcgd"), MS_OK);
    CHECK_STATUS(ms_conflict_combine(&run, 2, 2, small, NULL, NULL, d), MS_OK);
    CHECK_NEAR(run.weights[0] / both[0], 1, 1e-12);
    CHECK_NEAR(run.weights[1] / both[1], 1, 1e-12);
    ms_conflict_free(&run);
  }
}

/* Terms of one task that cancel but for rounding leave no direction either. */
static void test_cancelling(void) {
  ms_rng rng;
  ms_rng_init(&rng, 9, "test");
  for (int i = 0; i < 200; i++) {
    double rows[9] = {1, 0, 0}, d[3];
    ms_conflict_run run;
    for (int p = 0; p < 3; p++) {
      rows[3 + p] = ms_rng_normal(&rng);
      rows[6 + p] = -rows[3 + p] * (1 + 1e-9 * ms_rng_normal(&rng));
    }
    CHECK_STATUS(ms_conflict_init(&run, "dcgd"), MS_OK);
    CHECK_STATUS(ms_conflict_combine(&run, 3, 3, rows, NULL, NULL, d), MS_OK);
    CHECK(run.weights[0] == 1 && run.weights[1] == 0 && run.weights[2] == 0);
    ms_conflict_free(&run);
  }
}

/* The sum keeps what others would drop, to the last bit. */
static void test_sum(void) {
  static const double rows[] = {1, 0, 0, 1e-200, 0, 1e-201};
  ms_conflict_run run;
  double d[2];
  CHECK_STATUS(ms_conflict_init(&run, "sum"), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 3, 2, rows, NULL, NULL, d), MS_OK);
  CHECK(d[0] == 1 && d[1] == 1e-200 + 1e-201);
  CHECK(run.weights[0] == 1 && run.weights[2] == 1);
  CHECK(run.gram[0] == 1 && run.gram[1] == 0);
  ms_conflict_free(&run);
}

/* d and the weights of 'calls' calls of a method, two blocks or one. */
static void run_method(const char *name, int halves, const double *rows,
                       const double *value, const double *factor, double *d,
                       double *weights) {
  static const ms_part parts[] = {{0, 1, LONG / 2, 0, 0}, {LONG / 2, 1, LONG / 2, 1, 0}};
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, name), MS_OK);
  if (halves) CHECK_STATUS(ms_conflict_blocks(&run, 2, parts), MS_OK);
  for (int i = 0; i < ROWS + 2; i++)
    CHECK_STATUS(ms_conflict_combine(&run, ROWS, LONG, rows, value, factor, d), MS_OK);
  memcpy(weights, run.weights, (size_t)(1 + halves) * ROWS * sizeof *weights);
  ms_conflict_free(&run);
}

/* Factors are as good as gradients and losses that are multiplied by them: to the bit for
   powers of two. The weights are those of the gradients as they are. */
static void test_factors(void) {
  static const double exact[ROWS] = {2, 0.5, 0, 8, 1}, other[ROWS] = {3, 0.7, 0.1, 11, 1};
  static const double values[ROWS] = {1, 2, 3, 4, 5};
  static double scaled[ROWS * LONG];
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count);
  for (size_t i = 0; i < count * 4; i++) {
    const char *name = records[i / 4]->name;
    const double *factor = i % 2 == 0 ? exact : other;
    double d[LONG], wanted[LONG], losses[ROWS], w[2 * ROWS], plain[2 * ROWS];
    int halves = i / 2 % 2 != 0;
    double slack = factor == exact ? 0 : 1e-11;
    for (size_t k = 0; k < ROWS; k++) {
      losses[k] = factor[k] * values[k];
      for (size_t p = 0; p < LONG; p++)
        scaled[k * LONG + p] = factor[k] * G[k * LONG + p];
    }
    run_method(name, halves, G, values, factor, d, w);
    run_method(name, halves, scaled, losses, NULL, wanted, plain);
    for (size_t p = 0; p < LONG; p++)
      if (!CHECK_NEAR(d[p], wanted[p], slack * (1 + fabs(wanted[p]))))
        fprintf(stderr, "  in %s\n", name);
    for (size_t k = 0; !isnan(w[0]) && k < (size_t)(1 + halves) * ROWS; k++)
      CHECK_NEAR(w[k], plain[k] * factor[k % ROWS], 1e-11 * (1 + fabs(w[k])));
  }
}

/* The Gram matrix may be asked for first, and the factors follow from it. */
static void test_halves(void) {
  double rows[] = {3, 4, 0, 2}, d[2], e[2], factor[2];
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, "mgda"), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 2, 2, rows, NULL, NULL, d), MS_OK);
  CHECK_STATUS(ms_conflict_measure(&run, 2, 2, rows), MS_OK);
  CHECK(run.gram[0] == 25 && run.gram[1] == 8 && run.gram[3] == 4);
  CHECK_STATUS(ms_conflict_measured(&run, rows, NULL, NULL, e), MS_OK);
  CHECK(d[0] == e[0] && d[1] == e[1]);
  factor[0] = 1 / sqrt(run.gram[0]);
  factor[1] = 1 / sqrt(run.gram[3]);
  CHECK_STATUS(ms_conflict_measure(&run, 2, 2, rows), MS_OK);
  CHECK_STATUS(ms_conflict_measured(&run, rows, NULL, factor, d), MS_OK);
  CHECK_NEAR(run.gram[0], 1, 1e-15);
  CHECK_NEAR(run.gram[1], 0.8, 1e-15);
  CHECK_NEAR(d[0], 0.3, 1e-15); /* the middle of two unit vectors */
  CHECK_NEAR(d[1], 0.9, 1e-15);
  CHECK_NEAR(run.weights[1], 0.25, 1e-15);
  ms_conflict_free(&run);
}

static void test_bad_factors(void) {
  double rows[] = {1, 2, 3, 4}, factor[] = {1, -2}, d[2];
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, "sum"), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 2, 2, rows, NULL, factor, d), MS_EARG);
  CHECK_MESSAGE("the factor of term 2 of 2 is -2, expected 0 or more");
  factor[1] = NAN;
  CHECK_STATUS(ms_conflict_combine(&run, 2, 2, rows, NULL, factor, d), MS_EARG);
  factor[1] = 1e300; /* g_2 is finite, but not the square of its multiple */
  CHECK_STATUS(ms_conflict_combine(&run, 2, 2, rows, NULL, factor, d), MS_EDIVERGED);
  CHECK_MESSAGE("the gradient of term 2 of 2, times its factor 1e+300, is too large");
  ms_conflict_free(&run);
}

static void test_failures(void) {
  double rows[] = {1, 2, 3, 4, 5, 6}, d[3];
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, "dgcd"), MS_EARG);
  CHECK_MESSAGE("the family 'conflict' has no method 'dgcd'; it has sum, mean,");
  ms_conflict_free(&run);
  CHECK_STATUS(ms_conflict_init(&run, "dcgd"), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 2, 3, rows, NULL, NULL, d), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 3, 2, rows, NULL, NULL, d), MS_EARG);
  CHECK_MESSAGE("conflict dcgd: 3 loss terms, expected 2 as before");
  CHECK_STATUS(ms_conflict_combine(&run, 2, 2, rows, NULL, NULL, d), MS_EARG);
  CHECK_MESSAGE("conflict dcgd: 2 parameters, expected 3 as before");
  CHECK_STATUS(ms_conflict_combine(&run, 2, 3, rows, NULL, NULL, rows + 3), MS_EARG);
  CHECK_MESSAGE("the direction lies inside the gradients");
  rows[4] = NAN;
  CHECK_STATUS(ms_conflict_combine(&run, 2, 3, rows, NULL, NULL, d), MS_EDIVERGED);
  CHECK_MESSAGE("the gradient of term 2 of 2 is not finite");
  rows[4] = 5;
  CHECK_STATUS(ms_conflict_combine(&run, 2, 3, rows, NULL, NULL, d), MS_OK);
  ms_conflict_free(&run);
}

/* A first call that runs out of memory can be repeated, and nothing is lost. */
static void test_out_of_memory(void) {
  static const double values[ROWS] = {1, 2, 3, 4, 5};
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count);
  for (size_t r = 0; r < count; r++) {
    ms_status status = MS_ENOMEM;
    ms_conflict_run run;
    double d[LONG];
    CHECK_STATUS(ms_conflict_init(&run, records[r]->name), MS_OK);
    for (size_t n = 1; status == MS_ENOMEM && n < 50; n++) {
      ms_alloc_fail_after(n);
      status = ms_conflict_combine(&run, ROWS, LONG, G, values, NULL, d);
      ms_alloc_fail_after(0);
    }
    CHECK_STATUS(status, MS_OK);
    ms_alloc_fail_after(1); /* later calls allocate nothing */
    CHECK_STATUS(ms_conflict_combine(&run, ROWS, LONG, G, values, NULL, d), MS_OK);
    ms_alloc_fail_after(0);
    ms_conflict_free(&run);
    ms_conflict_free(&run);
    CHECK(ms_live_blocks() == 0);
  }
}

int main(void) {
  test_passes();
  test_unread();
  test_vanishing();
  test_cancelling();
  test_sum();
  test_factors();
  test_halves();
  test_bad_factors();
  test_failures();
  test_out_of_memory();
  return check_done();
}
