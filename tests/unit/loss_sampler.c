/* Samplers: range, repeatability, skipping, balance of each kind, boxes, messages. */
#include "loss/sampler.h"

#include "check.h"

enum { N = 1024, D = 3, ROW = 5 };

static double points[N * 32], again[N * 32];

static void draw(const char *name, uint64_t seed, uint64_t skip, size_t n, size_t d,
                 double *out, size_t row) {
  const ms_sampler *sampler = NULL;
  ms_rng rng;
  ms_rng_init(&rng, seed, "test");
  CHECK_STATUS(ms_sampler_find(name, &sampler), MS_OK);
  CHECK_STATUS(ms_sample(sampler, &rng, skip, n, d, out, row), MS_OK);
}

/* Does every one of n equal cells of coordinate k hold exactly one point? */
static int one_in_each(const double *x, size_t n, size_t k, size_t row) {
  static int count[N];
  memset(count, 0, sizeof count);
  for (size_t i = 0; i < n; i++) count[(size_t)(x[i * row + k] * (double)n)]++;
  for (size_t i = 0; i < n; i++)
    if (count[i] != 1) return 0;
  return 1;
}

/* Every record: in the cube, the same again, another seed differs, row end kept. */
static void test_every_sampler(void) {
  const ms_sampler *sampler;
  for (size_t s = 0; (sampler = ms_sampler_at(s)) != NULL; s++) {
    int inside = 1, kept = 1;
    double sum[D] = {0};
    CHECK(sampler->summary != NULL && sampler->paper != NULL);
    for (size_t i = 0; i < N * ROW; i++) points[i] = again[i] = -7;
    draw(sampler->name, 1, 0, N, D, points, ROW);
    draw(sampler->name, 1, 0, N, D, again, ROW);
    CHECK(memcmp(points, again, sizeof *points * N * ROW) == 0);
    for (size_t i = 0; i < N; i++) {
      for (size_t k = 0; k < D; k++) {
        inside &= points[i * ROW + k] >= 0 && points[i * ROW + k] < 1;
        sum[k] += points[i * ROW + k];
      }
      kept &= points[i * ROW + D] == -7 && points[i * ROW + D + 1] == -7;
    }
    CHECK(inside && kept);
    for (size_t k = 0; k < D; k++)
      CHECK_NEAR(sum[k] / N, 0.5, 0.04); /* 4.4 sd if independent */
    draw(sampler->name, 2, 0, N, D, again, ROW);
    CHECK((memcmp(points, again, sizeof *points * N * ROW) == 0) ==
          (strcmp(sampler->name, "grid") == 0));
  }
}

static void test_grid(void) {
  draw("grid", 1, 0, 12, 1, points, 1);
  for (size_t i = 0; i < 12; i++) CHECK_NEAR(points[i], ((double)i + 0.5) / 12, 1e-15);
  draw("grid", 1, 0, 36, 2, points, 2);
  for (size_t i = 0; i < 36; i++) {
    CHECK_NEAR(points[2 * i], ((double)(i / 6) + 0.5) / 6, 1e-15);
    CHECK_NEAR(points[2 * i + 1], ((double)(i % 6) + 0.5) / 6, 1e-15);
  }
  for (size_t n = 1; n < 80;
       n++) { /* any count: no two points closer than a cell's half */
    double closest = 2;
    draw("grid", 1, 0, n, 2, points, 2);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < i; j++)
        closest = fmin(closest, hypot(points[2 * i] - points[2 * j],
                                      points[2 * i + 1] - points[2 * j + 1]));
    CHECK(n == 1 || closest > 0.5 / sqrt((double)n));
  }
}

static void test_lhs(void) {
  double with = 0;
  draw("lhs", 3, 0, 1000, D, points, D);
  for (size_t k = 0; k < D; k++) CHECK(one_in_each(points, 1000, k, D));
  for (size_t i = 0; i < 1000; i++)
    with += (points[i * D] - 0.5) * (points[i * D + 1] - 0.5);
  CHECK_NEAR(with / 1000 * 12, 0, 0.15); /* correlation: sd 0.03 */
}

/* The sequence itself, freed of the shift by the xor with its first point, the origin. */
static void test_sobol_numbers(void) {
  static const unsigned expected[8][4] = {
    /* eighths, Gray code order */
    {0, 0, 0, 0}, {4, 4, 4, 4}, {6, 2, 2, 2}, {2, 6, 6, 6},
    {3, 3, 5, 7}, {7, 7, 1, 3}, {5, 1, 7, 5}, {1, 5, 3, 1},
  };
  draw("sobol", 5, 0, 8, 4, points, 4);
  for (size_t i = 0; i < 8; i++)
    for (size_t k = 0; k < 4; k++)
      CHECK(((unsigned)(points[4 * i + k] * 8) ^ (unsigned)(points[k] * 8)) ==
            expected[i][k]);
}

static void test_sobol_balance(void) {
  draw("sobol", 6, 0, N, 21, points, 21);
  for (size_t k = 0; k < 21; k++) CHECK(one_in_each(points, N, k, 21));
  for (unsigned split = 0; split <= 10;
       split++) { /* coordinates 1, 2: a (0, 10, 2)-net */
    static int count[N];
    int good = 1;
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < N; i++) {
      size_t a = (size_t)ldexp(points[21 * i], (int)split);
      size_t b = (size_t)ldexp(points[21 * i + 1], (int)(10 - split));
      count[a << (10 - split) | b]++;
    }
    for (size_t i = 0; i < N; i++) good &= count[i] == 1;
    CHECK(good);
  }
}

static void test_halton(void) {
  static const size_t base[4] = {2, 3, 5, 7}, power[4] = {512, 729, 625, 343};
  for (size_t k = 0; k < 4; k++) {
    draw("halton", 7, 0, power[k], 4, points, 4);
    CHECK(one_in_each(points, power[k], k, 4));
    draw("halton", 7, 0, base[k], 4, points, 4);
    CHECK(one_in_each(points, base[k], k, 4));
  }
  draw("halton", 8, 1000, N, 32, points, 32); /* all primes, away from the start */
  for (size_t k = 0; k < 32; k++) {
    double sum = 0;
    for (size_t i = 0; i < N; i++) sum += points[32 * i + k];
    CHECK_NEAR(sum / N, 0.5, 0.04);
  }
}

/* A block of the sequence is the same whether it starts the call or is skipped to. */
static void test_skip(void) {
  draw("sobol", 9, 0, 100, D, points, D);
  draw("sobol", 9, 37, 63, D, again, D);
  CHECK(memcmp(points + 37 * D, again, sizeof *points * 63 * D) == 0);
  draw("halton", 9, 0, 100, 1, points,
       1); /* the same digits: 64 <= 99 < 128 either way */
  draw("halton", 9, 37, 63, 1, again, 1);
  for (size_t i = 0; i < 63; i++) CHECK_NEAR(points[37 + i], again[i], 1e-15);
}

static void test_box(void) {
  static const double low[3] = {-1, 2, 0.5}, high[3] = {1, 2, 10};
  double least[3] = {99, 99, 99}, most[3] = {-99, -99, -99};
  ms_rng rng;
  ms_rng_init(&rng, 1, "box");
  CHECK_STATUS(ms_sample_box(&ms_sampler_lhs, &rng, 0, 500, 3, low, high, points, 4),
               MS_OK);
  for (size_t i = 0; i < 500; i++)
    for (size_t k = 0; k < 3; k++) {
      least[k] = fmin(least[k], points[4 * i + k]);
      most[k] = fmax(most[k], points[4 * i + k]);
    }
  CHECK(least[1] == 2 && most[1] == 2);
  CHECK(least[0] >= -1 && least[0] < -0.99 && most[0] <= 1 && most[0] > 0.99);
  CHECK(least[2] >= 0.5 && least[2] < 0.55 && most[2] <= 10 && most[2] > 9.95);
  ms_rng_init(&rng, 1, "box"); /* a corner draws nothing */
  CHECK_STATUS(ms_sample_box(&ms_sampler_lhs, &rng, 0, 2, 3, high, high, points, 3),
               MS_OK);
  CHECK(rng.counter == 0 && points[3] == 1 && points[4] == 2 && points[5] == 10);
}

static void test_messages(void) {
  static const double low[1] = {2}, high[1] = {1};
  const ms_sampler *sampler = NULL;
  ms_rng rng;
  ms_rng_init(&rng, 1, "test");
  CHECK_STATUS(ms_sampler_find("sobel", &sampler), MS_EARG);
  CHECK_MESSAGE("\"sobel\"; there are grid, uniform, lhs, sobol, halton");
  CHECK(sampler == NULL);
  CHECK_STATUS(ms_sample(&ms_sampler_sobol, &rng, 0, 1, 22, points, 22), MS_EARG);
  CHECK_MESSAGE("\"sobol\" goes up to 21 coordinates, 22");
  CHECK_STATUS(ms_sample(&ms_sampler_sobol, &rng, 0xFFFFFFFF, 2, 1, points, 1), MS_EARG);
  CHECK_MESSAGE("has 4294967296 points");
  CHECK_STATUS(ms_sample(&ms_sampler_sobol, &rng, 0xFFFFFFFE, 2, 1, points, 1), MS_OK);
  CHECK_STATUS(ms_sample(&ms_sampler_uniform, &rng, 0, 1, 0, points, 1), MS_EARG);
  CHECK_STATUS(ms_sample_box(&ms_sampler_uniform, &rng, 0, 1, 1, low, high, points, 1),
               MS_EARG);
  CHECK_MESSAGE("runs from 2 to 1");
}

int main(void) {
  test_every_sampler();
  test_grid();
  test_lhs();
  test_sobol_numbers();
  test_sobol_balance();
  test_halton();
  test_skip();
  test_box();
  test_messages();
  return check_done();
}
