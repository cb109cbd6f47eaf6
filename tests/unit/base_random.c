#include "base/random.h"

#include "check.h"

#include <stdint.h>

/*
** Philox4x32-10 as the paper writes it (doi:10.1145/2063384.2063405, figure 2), to hold
** the library against. It is itself held against the known answers of Random123's
** kat_vectors.
*/
static void reference(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]},
           k[2] = {key[0], key[1]};
  for (int round = 0; round < 10; round++) {
    uint64_t left = (uint64_t)c[0] * 0xD2511F53u, right = (uint64_t)c[2] * 0xCD9E8D57u;
    uint32_t next[4] = {(uint32_t)(right >> 32) ^ c[1] ^ k[0], (uint32_t)right,
                        (uint32_t)(left >> 32) ^ c[3] ^ k[1], (uint32_t)left};
    memcpy(c, next, sizeof c);
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  memcpy(out, c, sizeof c);
}

static void test_reference(void) {
  static const struct {
    uint32_t counter[4], key[2], answer[4];
  } known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    uint32_t out[4];
    reference(known[i].counter, known[i].key, out);
    CHECK(memcmp(out, known[i].answer, sizeof out) == 0);
  }
}

/* Every draw is the reference's block of the stream's key at the draw's number. */
static void test_against_reference(void) {
  static const uint64_t keys[] = {0, 1, 0x0123456789abcdef, UINT64_MAX};
  static const uint64_t counters[] = {0, 1, 12345, 0xffffffff, 0x100000000, UINT64_MAX};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    for (size_t j = 0; j < sizeof counters / sizeof counters[0]; j++) {
      ms_rng rng = {keys[i], counters[j]};
      uint32_t k[2] = {(uint32_t)keys[i], (uint32_t)(keys[i] >> 32)}, out[4];
      uint32_t c[4] = {(uint32_t)counters[j], (uint32_t)(counters[j] >> 32), 0, 0};
      uint64_t first;
      reference(c, k, out);
      first = (uint64_t)out[0] << 32 | out[1];
      CHECK(ms_rng_uniform(&rng) == (double)(first >> 11) * 0x1p-53);
      CHECK(rng.counter == counters[j] + 1 && rng.key == keys[i]);
      rng.counter = counters[j];
      if (first < UINT64_MAX - UINT64_MAX % 1000)
        CHECK(ms_rng_below(&rng, 1000) == first % 1000);
    }
  }
}

/*
** Pearson's chi-squared over equal bins, as its distance from the mean in standard
** deviations.
*/
static double chi_squared(const size_t *counts, size_t bins, size_t draws) {
  double expected = (double)draws / (double)bins, sum = 0, freedom = (double)(bins - 1);
  for (size_t i = 0; i < bins; i++) {
    double gap = (double)counts[i] - expected;
    sum += gap * gap / expected;
  }
  return (sum - freedom) / sqrt(2 * freedom);
}

static void test_uniform(void) {
  enum { BINS = 256, DRAWS = 400000 };
  static size_t counts[BINS], pairs[16 * 16];
  ms_rng rng;
  double mean = 0, square = 0, last = 0.5;
  ms_rng_init(&rng, 1, "uniform");
  for (int i = 0; i < DRAWS; i++) {
    double u = ms_rng_uniform(&rng);
    CHECK(u >= 0 && u < 1);
    counts[(size_t)(u * BINS)]++;
    if (i % 2 == 1) pairs[(size_t)(last * 16) * 16 + (size_t)(u * 16)]++;
    mean += u / DRAWS;
    square += u * u / DRAWS;
    last = u;
  }
  CHECK_NEAR(mean, 0.5, 5 * sqrt(1.0 / 12 / DRAWS));
  CHECK_NEAR(square, 1.0 / 3, 5 * sqrt(4.0 / 45 / DRAWS));
  CHECK(fabs(chi_squared(counts, BINS, DRAWS)) < 5);
  CHECK(fabs(chi_squared(pairs, 256, DRAWS / 2)) < 5);
}

static void test_normal(void) {
  enum { DRAWS = 400000 };
  ms_rng rng;
  double moments[4] = {0};
  size_t inside = 0;
  ms_rng_init(&rng, 2, "normal");
  for (int i = 0; i < DRAWS; i++) {
    double z = ms_rng_normal(&rng), power = 1;
    CHECK(isfinite(z));
    inside += fabs(z) < 1;
    for (int k = 0; k < 4; k++) moments[k] += (power *= z) / DRAWS;
  }
  CHECK(rng.counter == DRAWS);
  CHECK_NEAR(moments[0], 0, 5 * sqrt(1.0 / DRAWS));
  CHECK_NEAR(moments[1], 1, 5 * sqrt(2.0 / DRAWS));
  CHECK_NEAR(moments[2], 0, 5 * sqrt(15.0 / DRAWS));
  CHECK_NEAR(moments[3], 3, 5 * sqrt(96.0 / DRAWS));
  CHECK_NEAR((double)inside / DRAWS, 0.6826894921370859, 5 * sqrt(0.2167 / DRAWS));
}

static void test_below(void) {
  static const uint64_t bounds[] = {2, 3, 7, 10, 100};
  enum { DRAWS = 100000 };
  ms_rng rng;
  ms_rng_init(&rng, 3, "below");
  for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
    size_t counts[100] = {0};
    for (int i = 0; i < DRAWS; i++) counts[ms_rng_below(&rng, bounds[b])]++;
    CHECK(fabs(chi_squared(counts, bounds[b], DRAWS)) < 5);
  }
  for (int i = 0; i < 100; i++) CHECK(ms_rng_below(&rng, 1) == 0);

  /*
  ** Three quarters of the range: a plain remainder would favour the first third 2 to 1.
  */
  uint64_t bound = (uint64_t)3 << 62;
  size_t thirds[3] = {0};
  for (int i = 0; i < 30000; i++) {
    uint64_t value = ms_rng_below(&rng, bound);
    CHECK(value < bound);
    thirds[value >> 62]++;
  }
  CHECK(fabs(chi_squared(thirds, 3, 30000)) < 5);
}

static void test_shuffle(void) {
  enum { DRAWS = 60000 };
  size_t counts[6] = {0}, items[100];
  ms_rng rng;
  ms_rng_init(&rng, 4, "shuffle");
  for (int i = 0; i < DRAWS; i++) {
    size_t three[3] = {0, 1, 2};
    ms_rng_shuffle(&rng, 3, three);
    counts[three[0] * 2 + (three[1] > three[2])]++;
  }
  CHECK(fabs(chi_squared(counts, 6, DRAWS)) < 5);
  for (size_t i = 0; i < 100; i++) items[i] = i;
  ms_rng_shuffle(&rng, 100, items);
  size_t moved = 0, sum = 0;
  for (size_t i = 0; i < 100; i++) {
    moved += items[i] != i;
    sum += items[i];
  }
  CHECK(moved > 80 && sum == 4950);
  ms_rng_shuffle(&rng, 0, items);
}

static double correlation(ms_rng a, ms_rng b) {
  enum { DRAWS = 100000 };
  double sum = 0;
  for (int i = 0; i < DRAWS; i++)
    sum += (ms_rng_uniform(&a) - 0.5) * (ms_rng_uniform(&b) - 0.5);
  return 12 * sum / sqrt(DRAWS);
}

/*
** Other names, neighbouring seeds: no stream follows another. The same: the same draws.
*/
static void test_streams(void) {
  static const char *const names[] = {"init", "initt", "points", "points.residual", ""};
  enum { NAMES = 5, SEEDS = 3, STREAMS = NAMES * SEEDS };
  ms_rng streams[STREAMS], again;
  for (int i = 0; i < STREAMS; i++)
    ms_rng_init(&streams[i], (uint64_t)(i / NAMES), names[i % NAMES]);
  for (int i = 0; i < STREAMS; i++)
    for (int j = 0; j < i; j++) {
      CHECK(streams[i].key != streams[j].key);
      CHECK(fabs(correlation(streams[i], streams[j])) < 5);
    }
  ms_rng_init(&again, 1, "points");
  for (int i = 0; i < 100; i++)
    CHECK(ms_rng_uniform(&again) == ms_rng_uniform(&streams[NAMES + 2]));
}

/* A copy of the struct is the whole state. */
static void test_state(void) {
  ms_rng rng, copy;
  ms_rng_init(&rng, 5, "state");
  for (int i = 0; i < 10; i++) ms_rng_normal(&rng);
  copy = rng;
  for (int i = 0; i < 10; i++) {
    CHECK(ms_rng_normal(&rng) == ms_rng_normal(&copy));
    CHECK(ms_rng_uniform(&rng) == ms_rng_uniform(&copy));
    CHECK(ms_rng_below(&rng, 17) == ms_rng_below(&copy, 17));
  }
}

int main(void) {
  test_reference();
  test_against_reference();
  test_uniform();
  test_normal();
  test_below();
  test_shuffle();
  test_streams();
  test_state();
  return check_done();
}
