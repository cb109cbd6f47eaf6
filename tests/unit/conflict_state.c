/* Methods with a memory or a stream of random numbers, and those that need the losses. */
#include "conflict/conflict.h"

#include "base/random.h"
#include "check.h"
#include "conflict_setting.h"

enum { PARAMS = 6 };

static ms_rng rng;

static void make(ms_conflict_run *run, const char *name, const char *setting) {
  CHECK_STATUS(ms_conflict_init(run, name), MS_OK);
  apply_setting(&run->method, setting);
}

static void call(ms_conflict_run *run, size_t terms, const double *G,
                 const double *values, double *d) {
  CHECK_STATUS(ms_conflict_combine(run, terms, PARAMS, G, values, NULL, d), MS_OK);
}

static double *state(ms_conflict_run *run, const char *name) {
  return run->method.state[ms_record_slot(run->method.record, name)];
}

static void fill(size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = ms_rng_normal(&rng);
}

/* Entries of one sign pass; others have the sign that won; the mean over many draws is
   P sum g+ - (1 - P) sum g-. */
static void test_graddrop(void) {
  static const double G[3 * PARAMS] = {1, -2, 0, 3, -1, 0.5, 2,   -1, 0,
                                       1, 2,  -1, 4, -3, 0,  -2, -0.5, 0.25};
  enum { CALLS = 40000 };
  double mean[PARAMS] = {0}, d[PARAMS];
  ms_conflict_run run;
  make(&run, "graddrop", NULL);
  for (int i = 0; i < CALLS; i++) {
    call(&run, 3, G, NULL, d);
    for (size_t p = 0; p < PARAMS; p++) mean[p] += d[p] / CALLS;
    CHECK(d[0] == 7 && d[1] == -6 && d[2] == 0);
    CHECK((d[3] == 4 || d[3] == -2) && (d[4] == 2 || d[4] == -1.5));
  }
  CHECK(isnan(run.weights[0]));
  CHECK_NEAR(mean[3], 4 * 4 / 6. - 2 * 2 / 6., 6 * 3 / sqrt(CALLS));
  CHECK_NEAR(mean[4], 2 * 2 / 3.5 - 1.5 * 1.5 / 3.5, 3.5 * 3 / sqrt(CALLS));
  ms_conflict_free(&run);
  make(&run, "graddrop", "leak=1");
  call(&run, 3, G, NULL, d);
  for (size_t p = 0; p < PARAMS; p++)
    CHECK_NEAR(d[p], G[p] + G[PARAMS + p] + G[2 * PARAMS + p], 1e-15);
  ms_conflict_free(&run);
}

/* Terms of one task count as their sum. */
static void test_graddrop_groups(void) {
  static const size_t group[] = {0, 1, 1};
  double G[3 * PARAMS] = {1, 1, 1, 1, 1, 1, -5, -5, -5, -5, -5, -5, 6, 6, 6, 6, 6, 6};
  double d[PARAMS];
  ms_conflict_run run;
  make(&run, "graddrop", NULL);
  CHECK_STATUS(ms_method_groups(&run.method, 3, group), MS_OK);
  for (int i = 0; i < 20; i++) {
    call(&run, 3, G, NULL, d);
    for (size_t p = 0; p < PARAMS; p++) CHECK(d[p] == 2);
  }
  ms_conflict_free(&run);
}

/* The same seed draws the same, another does not. */
static void test_streams(void) {
  static const char *const names[] = {"graddrop", "pcgrad", "gradvac"};
  double G[4 * PARAMS], first[PARAMS], again[PARAMS], other[PARAMS];
  for (size_t m = 0; m < 3; m++) {
    int differ = 0;
    for (int trial = 0; trial < 20; trial++) {
      ms_conflict_run run;
      fill(4 * PARAMS, G);
      for (int i = 0; i < 3; i++) {
        make(&run, names[m], i == 2 ? "seed=5" : NULL);
        call(&run, 4, G, NULL, i == 0 ? first : i == 1 ? again : other);
        if (i == 0) { /* the stream moves on, and starts again with the method */
          call(&run, 4, G, NULL, again);
          ms_method_reset(&run.method);
          call(&run, 4, G, NULL, again);
          CHECK(memcmp(first, again, sizeof first) == 0);
        }
        ms_conflict_free(&run);
      }
      CHECK(memcmp(first, again, sizeof first) == 0);
      differ += memcmp(first, other, sizeof first) != 0;
    }
    CHECK(differ > 5);
  }
}

/* With one term M-ConFIG is Adam. */
static void test_mconfig_adam(void) {
  double g[PARAMS], d[PARAMS], m[PARAMS] = {0}, v[PARAMS] = {0};
  ms_conflict_run run;
  make(&run, "mconfig", NULL);
  for (int t = 1; t <= 50; t++) {
    fill(PARAMS, g);
    call(&run, 1, g, NULL, d);
    for (size_t p = 0; p < PARAMS; p++) {
      m[p] = 0.9 * m[p] + 0.1 * g[p];
      v[p] = 0.999 * v[p] + 0.001 * g[p] * g[p];
      CHECK_NEAR(d[p], m[p] / (1 - pow(0.9, t))
                         / (sqrt(v[p] / (1 - pow(0.999, t))) + 1e-8), 1e-10);
    }
  }
  ms_conflict_free(&run);
}

/* Gradients that stay are their own averages; 0 until all terms have had a turn, then
   ConFIG's direction, every entry by its own size. */
static void test_mconfig_turns(void) {
  double G[3 * PARAMS], d[PARAMS], c[PARAMS];
  ms_conflict_run run, plain;
  fill(3 * PARAMS, G);
  make(&plain, "config", NULL);
  call(&plain, 3, G, NULL, c);
  ms_conflict_free(&plain);
  make(&run, "mconfig", NULL);
  for (int t = 1; t <= 12; t++) {
    call(&run, 3, G, NULL, d);
    for (size_t p = 0; p < PARAMS; p++)
      CHECK_NEAR(d[p], t < 3 ? 0 : c[p] / fabs(c[p]), 1e-6);
    for (size_t k = 0; k < 3; k++)
      CHECK(state(&run, "count")[k] == (t + 2 - (int)k) / 3);
  }
  for (size_t i = 0; i < 3 * PARAMS; i++)
    CHECK_NEAR(state(&run, "average")[i], G[i], 1e-14);
  ms_conflict_free(&run);
  make(&run, "mconfig", "update=all");
  call(&run, 3, G, NULL, d);
  for (size_t p = 0; p < PARAMS; p++) CHECK_NEAR(d[p], c[p] / fabs(c[p]), 1e-6);
  ms_conflict_free(&run);
}

/* Algorithm 2 of the paper, step by step, for two terms whose gradients change. */
static void test_mconfig_algorithm(void) {
  double G[2 * PARAMS], d[PARAMS], m[2][PARAMS] = {{0}}, f[PARAMS] = {0}, s[PARAMS] = {0};
  ms_conflict_run run;
  make(&run, "mconfig", NULL);
  for (int call_number = 1; call_number <= 60; call_number++) {
    int k = (call_number - 1) % 2, t = call_number - 1, seen[2];
    double norm[2] = {0, 0};
    fill(2 * PARAMS, G);
    call(&run, 2, G, NULL, d);
    for (size_t p = 0; p < PARAMS; p++) m[k][p] = 0.9 * m[k][p] + 0.1 * G[k * PARAMS + p];
    if (t == 0) continue;
    seen[0] = (call_number + 1) / 2;
    seen[1] = call_number / 2;
    for (int i = 0; i < 2; i++) {
      double sum = 0;
      for (size_t p = 0; p < PARAMS; p++) sum += m[i][p] * m[i][p];
      norm[i] = sqrt(sum) / (1 - pow(0.9, seen[i]));
    }
    for (size_t p = 0; p < PARAMS; p++) {
      double u0 = m[0][p] / (1 - pow(0.9, seen[0])) / norm[0];
      double u1 = m[1][p] / (1 - pow(0.9, seen[1])) / norm[1];
      double c = (norm[0] + norm[1]) / 2 * (u0 + u1), now = c * (1 - pow(0.9, t));
      double h = (now - 0.9 * f[p]) / (1 - 0.9);
      f[p] = now;
      s[p] = 0.999 * s[p] + 0.001 * h * h;
      CHECK_NEAR(d[p], c / (sqrt(s[p] / (1 - pow(0.999, t))) + 1e-8), 1e-9);
    }
  }
  ms_conflict_free(&run);
}

/* Weights sum to 1, at first proportional to 1 / L; a task whose loss lags gains weight,
   and losses that fall at one rate change nothing but for the decay. */
static void test_famo(void) {
  double G[2 * PARAMS], d[PARAMS], L[2] = {4e8, 1e8}, before;
  ms_conflict_run run;
  fill(2 * PARAMS, G);
  make(&run, "famo", NULL);
  call(&run, 2, G, L, d);
  CHECK_NEAR(run.weights[0], 0.2, 1e-7);
  CHECK_NEAR(run.weights[1], 0.8, 1e-7);
  for (size_t p = 0; p < PARAMS; p++)
    CHECK_NEAR(d[p], 0.2 * G[p] + 0.8 * G[PARAMS + p], 1e-6);
  L[0] /= 2;
  L[1] /= 2;
  call(&run, 2, G, L, d);
  CHECK_NEAR(state(&run, "logits")[0], 0, 1e-6);
  CHECK_NEAR(state(&run, "logits")[1], 0, 1e-6);
  for (int i = 0; i < 30; i++) {
    L[1] *= 0.9; /* the first lags */
    call(&run, 2, G, L, d);
    CHECK_NEAR(run.weights[0] + run.weights[1], 1, 1e-14);
  }
  CHECK(state(&run, "logits")[0] > 0.1 && state(&run, "logits")[1] < -0.1);
  before = state(&run, "logits")[0];
  L[0] = 0; /* and below: clamped, not infinite */
  call(&run, 2, G, L, d);
  CHECK(isfinite(d[0]) && state(&run, "logits")[0] != before);
  CHECK_STATUS(ms_conflict_combine(&run, 2, PARAMS, G, NULL, NULL, d), MS_EARG);
  CHECK_MESSAGE("conflict famo: it needs the values of the losses");
  ms_conflict_free(&run);
}

/* Losses after the step teach the same as those of the next call would, and once only. */
static void test_famo_after(void) {
  double G[2 * PARAMS], d[PARAMS], L[2] = {3, 5}, then[2] = {2, 4.5}, bad[2] = {1, NAN};
  double learnt[2];
  ms_conflict_run next, again;
  fill(2 * PARAMS, G);
  make(&next, "famo", "evaluate=next");
  make(&again, "famo", NULL);
  CHECK(ms_conflict_learns(&again) && !ms_conflict_learns(&next));
  CHECK_STATUS(ms_conflict_after(&again, 2, L), MS_EARG);
  CHECK_MESSAGE("conflict famo: losses after a step, but no direction was asked for yet");
  call(&next, 2, G, L, d);
  call(&again, 2, G, L, d);
  CHECK_STATUS(ms_conflict_after(&next, 2, bad), MS_OK); /* it has no use for them */
  CHECK_STATUS(ms_conflict_after(&again, 2, bad), MS_OK);
  CHECK(state(&again, "due")[0] == 1 && state(&again, "logits")[0] == 0);
  CHECK_STATUS(ms_conflict_after(&again, 2, then), MS_OK);
  memcpy(learnt, state(&again, "logits"), sizeof learnt);
  CHECK(learnt[0] < 0 && learnt[1] > 0); /* the second gained less */
  CHECK_STATUS(ms_conflict_after(&again, 2, then), MS_OK);
  call(&next, 2, G, then, d);
  call(&again, 2, G, L, d);
  CHECK(memcmp(learnt, state(&again, "logits"), sizeof learnt) == 0);
  CHECK(memcmp(learnt, state(&next, "logits"), sizeof learnt) == 0);
  CHECK_STATUS(ms_conflict_after(&again, 3, L), MS_EARG);
  ms_conflict_free(&next);
  ms_conflict_free(&again);
}

/* M-ConFIG looks at one term after the other, and at no other. */
static void test_mconfig_needs(void) {
  double G[3 * PARAMS], d[PARAMS], wanted[PARAMS];
  ms_conflict_run run, twin;
  fill(3 * PARAMS, G);
  make(&run, "mconfig", NULL);
  make(&twin, "mconfig", NULL);
  for (size_t t = 0; t < 10; t++) {
    double some[3 * PARAMS] = {0};
    for (size_t k = 0; k < 3; k++) CHECK(ms_conflict_looks_at(&run, k) == (k == t % 3));
    memcpy(some + t % 3 * PARAMS, G + t % 3 * PARAMS, PARAMS * sizeof *G);
    call(&run, 3, some, NULL, d);
    call(&twin, 3, G, NULL, wanted);
    CHECK(memcmp(d, wanted, sizeof d) == 0);
  }
  ms_conflict_free(&run);
  ms_conflict_free(&twin);
  make(&run, "mconfig", "update=all");
  CHECK(ms_conflict_looks_at(&run, 0) && ms_conflict_looks_at(&run, 2));
  ms_conflict_free(&run);
}

static void test_mgda_losses(void) {
  double G[2 * PARAMS], d[PARAMS], e[PARAMS], L[2] = {4, 0.5};
  ms_conflict_run run;
  fill(2 * PARAMS, G);
  make(&run, "mgda", "normalize=loss");
  call(&run, 2, G, L, d);
  CHECK_NEAR(run.weights[0] * 4 + run.weights[1] * 0.5, 1, 1e-14);
  L[1] = -1;
  CHECK_STATUS(ms_conflict_combine(&run, 2, PARAMS, G, L, NULL, e), MS_EARG);
  CHECK_MESSAGE("the loss of task 2 is -1; to normalize by it, it must be positive");
  CHECK_STATUS(ms_conflict_combine(&run, 2, PARAMS, G, NULL, NULL, e), MS_EARG);
  CHECK_MESSAGE("conflict mgda: it needs the values of the losses");
  L[1] = NAN;
  CHECK_STATUS(ms_conflict_combine(&run, 2, PARAMS, G, L, NULL, e), MS_EDIVERGED);
  CHECK_MESSAGE("the loss of term 2 of 2 is not finite");
  ms_conflict_free(&run);
  for (size_t p = 0; p < PARAMS; p++) G[p] /= 4, G[PARAMS + p] /= 0.5;
  make(&run, "mgda", NULL);
  call(&run, 2, G, NULL, e);
  for (size_t p = 0; p < PARAMS; p++) CHECK_NEAR(d[p], e[p], 1e-13);
  ms_conflict_free(&run);
}

/* After a correction the cosine is the target; the targets are averages. */
static void test_gradvac(void) {
  double G[2 * PARAMS] = {1, 0}, d[PARAMS], *rho;
  ms_conflict_run run;
  make(&run, "gradvac", "beta=0.5");
  G[PARAMS] = 0.6, G[PARAMS + 1] = 0.8;
  call(&run, 2, G, NULL, d);
  rho = state(&run, "target");
  CHECK_NEAR(rho[1], 0.3, 1e-15);
  CHECK_NEAR(rho[2], 0.3, 1e-15);
  CHECK(rho[0] == 0 && rho[3] == 0);
  rho[2] = -1; /* the second is left alone, so that v_1 can be read off */
  G[PARAMS] = 0, G[PARAMS + 1] = 2;
  call(&run, 2, G, NULL, d);
  d[1] -= 2;
  CHECK_NEAR(d[1] / hypot(d[0], d[1]), 0.3, 1e-14);
  CHECK(d[0] == 1);
  CHECK_NEAR(rho[1], 0.15, 1e-15);
  rho[1] = 1; /* a target at the pole stays finite */
  call(&run, 2, G, NULL, d);
  CHECK(isfinite(d[1]));
  ms_conflict_free(&run);
}

/* Weights are kept for 'every' calls, and found anew when a task without one appears. */
static void test_nash(void) {
  double G[2 * PARAMS] = {1, 0}, d[PARAMS];
  ms_conflict_run run;
  make(&run, "nashmtl", "every=3");
  for (int i = 0; i < 7; i++) {
    double found = i % 3 == 0 ? 1 + i : 1 + i - i % 3;
    G[0] = 1 + i, G[PARAMS + 1] = 2;
    call(&run, 2, G, NULL, d);
    CHECK_NEAR(run.weights[0], 1 / found, 1e-14);
    CHECK_NEAR(run.weights[1], 0.5, 1e-14);
  }
  ms_conflict_free(&run);
  make(&run, "nashmtl", "every=3");
  G[0] = 0;
  call(&run, 2, G, NULL, d);
  CHECK(run.weights[0] == 0);
  G[0] = 4;
  call(&run, 2, G, NULL, d);
  CHECK_NEAR(run.weights[0], 0.25, 1e-14);
  ms_conflict_free(&run);
}

/* By hand: the projection on g_b, then on e, blended over the warm-up. */
static void test_dcm(void) {
  double G[3 * PARAMS] = {0}, d[PARAMS];
  ms_conflict_run run;
  make(&run, "dcm", "warmup=4");
  G[0] = 1, G[1] = 1;                 /* r */
  G[PARAMS] = -1, G[2 * PARAMS] = -1; /* two terms of b = (-2, 0) */
  call(&run, 3, G, NULL, d);          /* step 0: the plain sum */
  CHECK_NEAR(d[0], -1, 1e-15);
  CHECK_NEAR(d[1], 1, 1e-15);
  call(&run, 3, G, NULL, d); /* a = 1/2, v = (0, 1), along its past e = (1, 1) */
  CHECK_NEAR(d[0], -1.5, 1e-15);
  CHECK_NEAR(d[1], 1, 1e-15);
  for (int i = 0; i < 3; i++) call(&run, 3, G, NULL, d);
  CHECK_NEAR(d[0], -2, 1e-15);
  G[0] = 0, G[1] = -1; /* e = 0.2 (1, 1) + 0.8 (0, -1) = (0.2, -0.6): no projection */
  call(&run, 3, G, NULL, d);
  CHECK_NEAR(state(&run, "past")[0], 0.2, 1e-15);
  CHECK_NEAR(d[1], -1, 1e-15);
  ms_conflict_free(&run);
  make(&run, "dcm", "warmup=0");
  apply_setting(&run.method, "memory=0.8");
  G[0] = 1, G[1] = 0, G[PARAMS] = G[2 * PARAMS] = 0, G[PARAMS + 2] = 1;
  call(&run, 3, G, NULL, d);
  G[0] = -1, G[1] = 1; /* e = (0.6, 0.2), v.e = -0.4: v += (0.6, 0.2) */
  call(&run, 3, G, NULL, d);
  CHECK_NEAR(d[0], -0.4, 1e-15);
  CHECK_NEAR(d[1], 1.2, 1e-15);
  CHECK(d[2] == 1);
  ms_conflict_free(&run);
}

int main(void) {
  ms_rng_init(&rng, 4, "test");
  test_graddrop();
  test_graddrop_groups();
  test_streams();
  test_mconfig_adam();
  test_mconfig_turns();
  test_mconfig_algorithm();
  test_famo();
  test_famo_after();
  test_mconfig_needs();
  test_mgda_losses();
  test_gradvac();
  test_nash();
  test_dcm();
  return check_done();
}
