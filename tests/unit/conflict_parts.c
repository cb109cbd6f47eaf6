/* Blocks: every block of parameters gets the direction it would get on its own. */
#include "conflict/conflict.h"

#include "base/random.h"
#include "check.h"

enum { ROWS = 4, PARAMS = 3 * 5 + 5 + 5 * 2 + 2 };

static double G[ROWS * PARAMS], values[ROWS] = {1, 2, 3, 4};

/* Two layers, 3 -> 5 -> 2, weights and bias. */
static const ms_part layers[] = {
  {0, 3, 5, 0, 0}, {15, 1, 5, 0, 0}, {20, 5, 2, 1, 0}, {30, 1, 2, 1, 0}};
static const ms_part neurons[] = {
  {0, 3, 5, 0, 1}, {15, 1, 5, 0, 1}, {20, 5, 2, 5, 1}, {30, 1, 2, 5, 1}};
static const ms_part whole[] = {
  {0, 3, 5, 0, 0}, {15, 1, 5, 0, 0}, {20, 5, 2, 0, 0}, {30, 1, 2, 0, 0}};

/* The block of parameter p. */
static size_t block_of(const ms_part *parts, size_t p) {
  while (p >= parts->offset + parts->rows * parts->cols) parts++;
  return parts->block + (parts->columns ? (p - parts->offset) % parts->cols : 0);
}

static void run_blocks(const char *name, const ms_part *parts, size_t calls, double *d,
                       ms_conflict_run *run) {
  CHECK_STATUS(ms_conflict_init(run, name), MS_OK);
  if (parts != NULL) CHECK_STATUS(ms_conflict_blocks(run, 4, parts), MS_OK);
  for (size_t i = 0; i < calls; i++)
    CHECK_STATUS(ms_conflict_combine(run, ROWS, PARAMS, G, values, NULL, d), MS_OK);
}

/* Methods that draw take the blocks one after the other from one stream. */
static int draws(const ms_record *record) {
  return ms_record_slot(record, "random") >= 0;
}

/* d against that of the parameters of each block, put together, on their own. */
static void check_blocks(const ms_record *record, const ms_part *parts, size_t blocks) {
  double d[PARAMS], own[PARAMS], H[ROWS * PARAMS];
  ms_conflict_run run, alone;
  size_t at[PARAMS];
  run_blocks(record->name, parts, 3, d, &run);
  for (size_t b = 0; b < blocks; b++) {
    size_t n = 0;
    for (size_t p = 0; p < PARAMS; p++)
      if (block_of(parts, p) == b) at[n++] = p;
    for (size_t k = 0; k < ROWS; k++)
      for (size_t i = 0; i < n; i++) H[k * n + i] = G[k * PARAMS + at[i]];
    CHECK_STATUS(ms_conflict_init(&alone, record->name), MS_OK);
    for (int i = 0; i < 3; i++)
      CHECK_STATUS(ms_conflict_combine(&alone, ROWS, n, H, values, NULL, own), MS_OK);
    for (size_t i = 0; i < n; i++) CHECK_NEAR(d[at[i]], own[i], 1e-10);
    for (size_t k = 0; !isnan(run.weights[0]) && k < ROWS; k++)
      CHECK_NEAR(run.weights[b * ROWS + k], alone.weights[k], 1e-10);
    ms_conflict_free(&alone);
  }
  ms_conflict_free(&run);
}

static void test_blocks(void) {
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count);
  for (size_t r = 0; r < count; r++) {
    if (draws(records[r]) || strcmp(records[r]->name, "dcm") == 0) continue;
    check_blocks(records[r], layers, 2);
    check_blocks(records[r], neurons, 7);
  }
}

/* One block in several parts, or none said, is the whole model: bit for bit where the
   order of additions is the same. */
static void test_whole(void) {
  static const ms_part one[] = {{0, 1, PARAMS, 0, 0}};
  size_t count;
  const ms_record *const *records = ms_conflict_records(&count);
  for (size_t r = 0; r < count; r++) {
    double plain[PARAMS], d[PARAMS];
    ms_conflict_run run;
    run_blocks(records[r]->name, NULL, 3, plain, &run);
    ms_conflict_free(&run);
    CHECK_STATUS(ms_conflict_init(&run, records[r]->name), MS_OK);
    CHECK_STATUS(ms_conflict_blocks(&run, 1, one), MS_OK);
    for (int i = 0; i < 3; i++)
      CHECK_STATUS(ms_conflict_combine(&run, ROWS, PARAMS, G, values, NULL, d), MS_OK);
    CHECK(memcmp(d, plain, sizeof d) == 0);
    ms_conflict_free(&run);
    run_blocks(records[r]->name, whole, 3, d, &run);
    for (size_t p = 0; p < PARAMS; p++) CHECK_NEAR(d[p], plain[p], 1e-11);
    ms_conflict_free(&run);
  }
}

/* More rows than a strip takes at a time, and columns that fill no whole strip. */
static void test_many_rows(void) {
  enum { MANY = 11, COLS = 70, SIZE = 3 * COLS };
  static const ms_part part = {0, 3, COLS, 0, 1};
  double rows[MANY * SIZE], w[COLS * MANY], d[SIZE];
  ms_rng rng;
  ms_rng_init(&rng, 5, "test");
  for (size_t i = 0; i < MANY * SIZE; i++) rows[i] = ms_rng_normal(&rng);
  for (size_t i = 0; i < COLS * MANY; i++) w[i] = ms_rng_normal(&rng);
  ms_parts_combine(1, &part, MANY, SIZE, rows, w, d);
  for (size_t p = 0; p < SIZE; p++) {
    double sum = 0;
    for (size_t k = 0; k < MANY; k++) sum += w[p % COLS * MANY + k] * rows[k * SIZE + p];
    CHECK_NEAR(d[p], sum, 1e-13);
  }
}

/* The Gram matrix of all blocks is that of the gradients. */
static void test_gram(void) {
  double d[PARAMS];
  ms_conflict_run run;
  run_blocks("mgda", neurons, 1, d, &run);
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t j = 0; j < ROWS; j++) {
      double product = 0;
      for (size_t p = 0; p < PARAMS; p++)
        product += G[i * PARAMS + p] * G[j * PARAMS + p];
      CHECK_NEAR(run.gram[i * ROWS + j], product, 1e-12);
    }
  }
  ms_conflict_free(&run);
}

static void test_failures(void) {
  static const ms_part gap[] = {{0, 2, 2, 0, 0}, {5, 1, 2, 0, 0}};
  static const ms_part empty[] = {{0, 2, 0, 0, 0}}, missing[] = {{0, 2, 2, 1, 0}};
  double d[PARAMS];
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, "mgda"), MS_OK);
  CHECK_STATUS(ms_conflict_blocks(&run, 2, gap), MS_EARG);
  CHECK_MESSAGE("part 2 of the blocks begins at parameter 5, expected 4");
  CHECK_STATUS(ms_conflict_blocks(&run, 1, empty), MS_EARG);
  CHECK_MESSAGE("part 1 of the blocks is 2 x 0");
  CHECK_STATUS(ms_conflict_blocks(&run, 1, missing), MS_EARG);
  CHECK_MESSAGE("a block has no parameters");
  CHECK_STATUS(ms_conflict_blocks(&run, 0, NULL), MS_EARG);
  CHECK_STATUS(ms_conflict_blocks(&run, 4, layers), MS_OK);
  CHECK_STATUS(ms_conflict_blocks(&run, 4, layers), MS_OK);
  CHECK_STATUS(ms_conflict_blocks(&run, 4, neurons), MS_EARG);
  CHECK_MESSAGE("7 blocks in scope, expected 2 as before");
  CHECK_STATUS(ms_conflict_combine(&run, ROWS, PARAMS - 1, G, NULL, NULL, d), MS_EARG);
  CHECK_MESSAGE("31 parameters, expected 32 as before");
  CHECK_STATUS(ms_conflict_combine(&run, ROWS, PARAMS, G, NULL, NULL, d), MS_OK);
  CHECK_STATUS(ms_conflict_blocks(&run, 4, layers), MS_EARG);
  CHECK_MESSAGE("blocks must be set before the first combination");
  ms_conflict_free(&run);
}

/* Running out of memory at any point loses nothing. */
static void test_out_of_memory(void) {
  ms_status status = MS_ENOMEM;
  for (size_t n = 1; status == MS_ENOMEM && n < 50; n++) {
    double d[PARAMS];
    ms_conflict_run run;
    CHECK_STATUS(ms_conflict_init(&run, "gradvac"), MS_OK);
    ms_alloc_fail_after(n);
    status = ms_conflict_blocks(&run, 4, neurons);
    if (status == MS_OK)
      status = ms_conflict_combine(&run, ROWS, PARAMS, G, NULL, NULL, d);
    ms_alloc_fail_after(0);
    ms_conflict_free(&run);
    CHECK(ms_live_blocks() == 0);
  }
  CHECK_STATUS(status, MS_OK);
}

int main(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "test");
  for (size_t i = 0; i < ROWS * PARAMS; i++) G[i] = ms_rng_normal(&rng);
  test_blocks();
  test_whole();
  test_many_rows();
  test_gram();
  test_failures();
  test_out_of_memory();
  return check_done();
}
