/*
** What defines each method, checked on random gradients: its equations, its optimality
** against a search that knows nothing of the solver, the relations between methods for
** two tasks, and the traps they are known for.
*/
#include "conflict/conflict.h"

#include "base/random.h"
#include "check.h"
#include "conflict_setting.h"

enum { MOST = 8, DIM = 10 };

static ms_rng rng;

static double dot(const double *a, const double *b) {
  double sum = 0;
  for (size_t p = 0; p < DIM; p++) sum += a[p] * b[p];
  return sum;
}

/* n gradients whose norms differ by up to 10^spread. */
static void random_gradients(size_t n, double spread, double *G) {
  for (size_t k = 0; k < n; k++) {
    double factor = pow(10, spread * (ms_rng_uniform(&rng) - 0.5));
    for (size_t p = 0; p < DIM; p++) G[k * DIM + p] = factor * ms_rng_normal(&rng);
    if (k > 0 && n < MOST) /* conflicts are rare in many dimensions */
      for (size_t p = 0; p < DIM; p++)
        G[k * DIM + p] -= factor * G[p] / sqrt(dot(G, G)) * 2 * ms_rng_uniform(&rng);
  }
}

static void solve(const char *name, const char *setting, size_t n, const double *G,
                  double *d, double *weights) {
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, name), MS_OK);
  apply_setting(&run.method, setting);
  CHECK_STATUS(ms_conflict_combine(&run, n, DIM, G, NULL, NULL, d), MS_OK);
  if (weights != NULL) memcpy(weights, run.weights, n * sizeof *weights);
  ms_conflict_free(&run);
}

/* w_k (g_k.d)^alpha = 1, which for alpha = 1 is the bargaining solution: |d|^2 = K. */
static void test_fair(void) {
  for (int trial = 0; trial < 2000; trial++) {
    static const char *const settings[] = {"alpha=1", "alpha=2", "alpha=0.5", "alpha=10"};
    static const double alphas[] = {1, 2, 0.5, 10};
    size_t n = 1 + (size_t)trial % MOST, rule = (size_t)trial / MOST % 4;
    double G[MOST * DIM], d[DIM], nash[DIM], w[MOST];
    random_gradients(n, trial % 3 * 3, G);
    solve("fairgrad", settings[rule], n, G, d, w);
    for (size_t k = 0; k < n; k++)
      CHECK_NEAR(dot(G + k * DIM, d) * pow(w[k], 1 / alphas[rule]), 1, 1e-9);
    solve("nashmtl", NULL, n, G, nash, w);
    CHECK_NEAR(dot(nash, nash), (double)n, 1e-9);
    for (size_t k = 0; k < n; k++) CHECK_NEAR(w[k] * dot(G + k * DIM, nash), 1, 1e-9);
    for (size_t p = 0; rule == 0 && p < DIM; p++) CHECK(d[p] == nash[p]);
    solve("nashmtl", "max_norm=0.5", n, G, d, NULL);
    CHECK_NEAR(sqrt(dot(d, d)), 0.5, 1e-12);
  }
}

static double least_gain(size_t n, const double *G, const double *d) {
  double least = INFINITY;
  for (size_t k = 0; k < n; k++) least = fmin(least, dot(G + k * DIM, d));
  return least;
}

/* Weak duality: no direction of the ball gains more than the dual value of any w. */
static double dual_value(size_t n, const double *G, const double *mean, double radius,
                         const double *w) {
  double sum[DIM] = {0};
  for (size_t k = 0; k < n; k++)
    for (size_t p = 0; p < DIM; p++) sum[p] += w[k] * G[k * DIM + p];
  return dot(sum, mean) + radius * sqrt(dot(sum, sum));
}

/*
** d lies on the ball's surface, and its least gain equals the dual value of the w behind
** it, so that both are optimal; a grid over the simplex finds no smaller dual value.
*/
static void test_cagrad(void) {
  static const char *const settings[] = {"c=0.4", "c=0.9", "c=0.05", "c=3"};
  static const double radii[] = {0.4, 0.9, 0.05, 3};
  for (int trial = 0; trial < 4000; trial++) {
    size_t n = 1 + (size_t)trial % MOST, rule = (size_t)trial / MOST % 4;
    double G[MOST * DIM], d[DIM], mean[DIM] = {0}, away[DIM], w[MOST], radius, part = 0;
    double gain, size = 0;
    random_gradients(n, trial % 3 * 2, G);
    solve("cagrad", settings[rule], n, G, d, w);
    for (size_t k = 0; k < n; k++) {
      for (size_t p = 0; p < DIM; p++) mean[p] += G[k * DIM + p] / (double)n;
      w[k] -= 1 / (double)n;
      part += w[k];
      size = fmax(size, sqrt(dot(G + k * DIM, G + k * DIM)));
    }
    for (size_t p = 0; p < DIM; p++) away[p] = d[p] - mean[p];
    radius = radii[rule] * sqrt(dot(mean, mean));
    CHECK_NEAR(sqrt(dot(away, away)), radius, 1e-12 * (radius + size));
    for (size_t k = 0; k < n; k++) {
      CHECK(w[k] >= -1e-12 * part);
      w[k] /= part;
    }
    gain = least_gain(n, G, d);
    CHECK_NEAR(gain, dual_value(n, G, mean, radius, w), 1e-9 * size * size);
    CHECK(gain >= least_gain(n, G, mean) - 1e-12 * size * size);
    for (int i = 0; n <= 3 && i <= 20; i++) {
      for (int j = 0; j <= (n == 3 ? 20 - i : 0); j++) {
        double grid[3] = {i / 20.0, j / 20.0, (20 - i - j) / 20.0};
        if (n == 2) grid[1] = 1 - grid[0];
        if (n == 1) grid[0] = 1;
        CHECK(dual_value(n, G, mean, radius, grid) >= gain - 1e-12 * size * size);
      }
    }
  }
}

/* Far from the mean only the direction of the shortest combination helps all. */
static void test_cagrad_limits(void) {
  double G[3 * DIM], d[DIM], e[DIM], factor;
  for (int trial = 0; trial < 50; trial++) {
    random_gradients(3, 1, G);
    solve("cagrad", "c=1000000", 3, G, d, NULL);
    solve("mgda", NULL, 3, G, e, NULL);
    factor = sqrt(dot(d, d) / dot(e, e));
    for (size_t p = 0; p < DIM; p++)
      CHECK_NEAR(d[p], factor * e[p], 1e-4 * sqrt(dot(d, d)));
    solve("cagrad", "c=0", 3, G, d, NULL);
    solve("mean", NULL, 3, G, e, NULL);
    for (size_t p = 0; p < DIM; p++) CHECK_NEAR(d[p], e[p], 1e-14 * sqrt(dot(e, e)));
    solve("cagrad", NULL, 3, G, d, NULL);
    solve("cagrad", "rescale=1+c", 3, G, e, NULL);
    for (size_t p = 0; p < DIM; p++)
      CHECK_NEAR(d[p], 1.4 * e[p], 1e-14 * sqrt(dot(d, d)));
    solve("cagrad", "rescale=1+c^2", 3, G, e, NULL);
    for (size_t p = 0; p < DIM; p++)
      CHECK_NEAR(d[p], 1.16 * e[p], 1e-14 * sqrt(dot(d, d)));
  }
}

/* g_2 = -5 g_1: the mean is -2 g_1, and the best near it is -2 (1 - c) g_1. Gradients
   that cancel in the mean, or that no direction of the ball can serve, give 0. */
static void test_cagrad_opposed(void) {
  double G[2 * DIM] = {1, 2}, d[DIM];
  G[DIM] = -5, G[DIM + 1] = -10;
  solve("cagrad", NULL, 2, G, d, NULL);
  CHECK_NEAR(d[0], -1.2, 1e-7);
  CHECK_NEAR(d[1], -2.4, 1e-7);
  solve("cagrad", "c=2", 2, G, d, NULL);
  CHECK(d[0] == 0 && d[1] == 0);
  G[DIM] = -1, G[DIM + 1] = -2;
  solve("cagrad", NULL, 2, G, d, NULL);
  CHECK(d[0] == 0 && d[1] == 0);
}

/* Directions within the cone can gain no more than the Chebyshev centre. */
static void test_chebyshev(void) {
  for (int trial = 0; trial < 300; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double G[MOST * DIM], U[MOST * DIM], d[DIM], best;
    random_gradients(n, 2, G);
    for (size_t i = 0; i < n * DIM; i++) {
      const double *g = G + i / DIM * DIM;
      U[i] = G[i] / sqrt(dot(g, g));
    }
    solve("chebyshev", "length=unit", n, G, d, NULL);
    CHECK_NEAR(dot(d, d), 1, 1e-12);
    best = least_gain(n, U, d);
    for (int i = 0; i < 100; i++) {
      double other[DIM], size;
      for (size_t p = 0; p < DIM; p++)
        other[p] = d[p] + (i < 50 ? 0.01 : 1) * ms_rng_normal(&rng);
      size = sqrt(dot(other, other));
      for (size_t p = 0; p < DIM; p++) other[p] /= size;
      CHECK(least_gain(n, U, other) <= best + 1e-12);
    }
  }
}

/* The rest of the mean is orthogonal to its projection and against the cone. */
static void test_projection(void) {
  for (int trial = 0; trial < 500; trial++) {
    size_t n = 2 + (size_t)trial % (MOST - 1);
    double G[MOST * DIM], d[DIM], mean[DIM], up[DIM], rest[DIM], size;
    random_gradients(n, 2, G);
    solve("dualproj", NULL, n, G, d, NULL);
    solve("mean", NULL, n, G, mean, NULL);
    solve("upgrad", NULL, n, G, up, NULL);
    for (size_t p = 0; p < DIM; p++) rest[p] = d[p] - mean[p];
    size = sqrt(dot(mean, mean)) * (sqrt(dot(d, d)) + sqrt(dot(up, up)));
    CHECK_NEAR(dot(rest, d), 0, 1e-12 * size);
    CHECK(dot(rest, up) >= -1e-12 * size); /* UPGrad is in the cone too */
    if (least_gain(n, G, mean) >= 0)
      for (size_t p = 0; p < DIM; p++) CHECK_NEAR(d[p], mean[p], 1e-12 * sqrt(dot(d, d)));
  }
}

/* Where no pair conflicts, both are the mean, and PCGrad the sum. */
static void test_agreement(void) {
  static const char *const methods[] = {"upgrad", "dualproj", "pcgrad", "gradvac"};
  static const double factors[] = {1, 1, 5, 5};
  double G[5 * DIM], d[DIM], mean[DIM];
  for (size_t i = 0; i < 5 * DIM; i++) G[i] = ms_rng_uniform(&rng);
  solve("mean", NULL, 5, G, mean, NULL);
  for (size_t m = 0; m < 4; m++) {
    solve(methods[m], NULL, 5, G, d, NULL);
    for (size_t p = 0; p < DIM; p++) CHECK_NEAR(d[p], factors[m] * mean[p], 1e-14);
  }
}

/* The aligned gradients have the Gram matrix l_min I, so that d has the length of n of
   them and each single aligned one is orthogonal to d minus itself. */
static void test_aligned(void) {
  for (int trial = 0; trial < 500; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double G[MOST * DIM], d[DIM], longer[DIM], mean[DIM], least = INFINITY;
    random_gradients(n, 3, G);
    solve("alignedmtl", NULL, n, G, d, NULL);
    solve("alignedmtl", "mode=median", n, G, longer, NULL);
    solve("alignedmtl", "mode=mean", n, G, mean, NULL);
    for (int i = 0; i < 2000; i++) { /* l_min from above, by Rayleigh quotients */
      double sum[DIM] = {0}, square = 0;
      for (size_t k = 0; k < n; k++) {
        double w = ms_rng_normal(&rng);
        square += w * w;
        for (size_t p = 0; p < DIM; p++) sum[p] += w * G[k * DIM + p];
      }
      least = fmin(least, dot(sum, sum) / square);
      if (i > 20) break;
    }
    CHECK(dot(d, d) <= (double)n * least * (1 + 1e-12));
    CHECK_NEAR(dot(d, longer), sqrt(dot(d, d) * dot(longer, longer)),
               1e-9 * dot(longer, longer));
    CHECK(dot(longer, longer) >= dot(d, d) * (1 - 1e-12));
    CHECK(dot(mean, mean) >= dot(d, d) * (1 - 1e-12));
  }
}

/* Every order written out; a projection on the gradients themselves. */
static void permute(size_t n, const double *G, size_t task, size_t *order, size_t depth,
                    double *sum, double *count) {
  if (depth == n) {
    double v[DIM];
    memcpy(v, G + task * DIM, sizeof v);
    for (size_t a = 0; a < n; a++) {
      const double *g = G + order[a] * DIM;
      double product = dot(v, g) / dot(g, g);
      if (order[a] == task || product >= 0) continue;
      for (size_t p = 0; p < DIM; p++) v[p] -= product * g[p];
    }
    for (size_t p = 0; p < DIM; p++) sum[p] += v[p];
    *count += 1;
    return;
  }
  for (size_t a = depth; a < n; a++) {
    size_t kept = order[depth];
    order[depth] = order[a];
    order[a] = kept;
    permute(n, G, task, order, depth + 1, sum, count);
    order[a] = order[depth];
    order[depth] = kept;
  }
}

static void test_orders(void) {
  for (int trial = 0; trial < 200; trial++) {
    size_t n = 2 + (size_t)trial % 4, order[MOST];
    double G[MOST * DIM], d[DIM], wanted[DIM] = {0}, one[DIM];
    random_gradients(n, 1, G);
    for (size_t i = 0; i < n; i++) {
      double sum[DIM] = {0}, count = 0;
      for (size_t k = 0; k < n; k++) order[k] = k;
      permute(n, G, i, order, 0, sum, &count);
      for (size_t p = 0; p < DIM; p++) wanted[p] += sum[p] / count;
    }
    solve("pcgrad", "order=symmetric", n, G, d, NULL);
    for (size_t p = 0; p < DIM; p++) CHECK_NEAR(d[p], wanted[p], 1e-11 * sqrt(dot(d, d)));
    solve("pcgrad", "order=one-sided", n, G, one, NULL);
    for (size_t k = 0; k < n; k++) order[k] = k;
    for (size_t p = 0; p < DIM; p++) { /* d without what the first task makes of it */
      for (size_t k = 1; k < n; k++) one[p] -= G[k * DIM + p];
      wanted[p] = G[p];
    }
    for (size_t k = 1; k < n; k++) {
      double product = dot(wanted, G + k * DIM) / dot(G + k * DIM, G + k * DIM);
      for (size_t p = 0; product < 0 && p < DIM; p++)
        wanted[p] -= product * G[k * DIM + p];
    }
    for (size_t p = 0; p < DIM; p++)
      CHECK_NEAR(one[p], wanted[p], 1e-11 * (sqrt(dot(d, d)) + fabs(wanted[p])));
  }
}

/* The relations of two tasks, over all angles and ratios of norms. */
static void test_two_tasks(void) {
  for (int i = 0; i < 2000; i++) {
    double angle = 3.14159265 * (i % 200 + 0.5) / 200, c = cos(angle), s = sin(angle);
    double n1 = 3, n2 = 3 * pow(10, i / 200 - 5), G[2 * DIM] = {0}, unit[DIM] = {0};
    double config[DIM], d[DIM], e[DIM], size = n1 + n2, along, mean[DIM], sum[DIM];
    G[0] = n1, G[DIM] = n2 * c, G[DIM + 1] = n2 * s;
    unit[0] = 1 + c, unit[1] = s;
    solve("config", NULL, 2, G, config, NULL);
    solve("chebyshev", NULL, 2, G, d, NULL);
    for (size_t p = 0; p < 2; p++) CHECK_NEAR(d[p], config[p], 1e-12 * size);
    solve("mgda", "normalize=l2", 2, G, d, NULL);
    for (size_t p = 0; p < 2; p++) CHECK_NEAR(d[p], unit[p] / 2, 1e-12);
    solve("imtlg", NULL, 2, G, d, NULL);
    along = n1 * n2 / (n1 + n2);
    for (size_t p = 0; p < 2; p++) CHECK_NEAR(d[p], along * unit[p], 1e-12 * along);
    solve("nashmtl", NULL, 2, G, d, NULL);
    for (size_t p = 0; p < 2; p++) /* 1 + c has lost digits where they are opposed */
      CHECK_NEAR(d[p], unit[p] / sqrt(1 + c), 1e-12 + 4e-16 / (1 + c));
    solve("upgrad", NULL, 2, G, d, NULL);
    solve("pcgrad", NULL, 2, G, e, NULL);
    solve("mean", NULL, 2, G, mean, NULL);
    solve("sum", NULL, 2, G, sum, NULL);
    for (size_t p = 0; p < 2; p++)
      CHECK_NEAR(c < 0 ? 2 * d[p] : d[p], c < 0 ? e[p] : mean[p], 1e-12 * size);
    for (size_t p = 0; p < 2; p++) e[p] -= sum[p];
    CHECK_NEAR(sqrt(dot(e, e) / dot(sum, sum)), fmax(0, -c),
               1e-12 * size / sqrt(dot(sum, sum)));
    solve("dualproj", NULL, 2, G, d, NULL);
    solve("dcgd", "variant=projection", 2, G, e, NULL);
    for (size_t p = 0; p < 2; p++) CHECK_NEAR(2 * d[p], e[p], 1e-12 * size);
    solve("mgda", NULL, 2, G, d, NULL);
    along = (n1 - n2) * (n1 - n2) + 4 * n1 * n2 * pow(sin(angle / 2), 2);
    along = c < fmin(n1 / n2, n2 / n1) ? n1 * n1 * n2 * n2 * s * s / along
                                       : fmin(n1, n2) * fmin(n1, n2);
    CHECK_NEAR(dot(d, d), along, 1e-12 * fmin(n1, n2) * fmin(n1, n2));
  }
}

/* Any number of tasks: the direction is that of the projections rule, and its length the
   sum of the projections of gradients that are all as long as the rule says. */
static void test_config_lengths(void) {
  static const char *const rules[] = {"length=min", "length=max", "length=mean",
                                      "length=harmonic", "length=geometric"};
  for (int trial = 0; trial < 200; trial++) {
    size_t n = 1 + (size_t)trial % MOST;
    double G[MOST * DIM], d[DIM], e[DIM], norm[MOST], common[5] = {INFINITY, 0, 0, 0, 0};
    double along = 0, length;
    random_gradients(n, 2, G);
    solve("config", NULL, n, G, d, NULL);
    length = sqrt(dot(d, d));
    for (size_t k = 0; k < n; k++) {
      norm[k] = sqrt(dot(G + k * DIM, G + k * DIM));
      along += dot(G + k * DIM, d) / norm[k] / length;
      common[0] = fmin(common[0], norm[k]);
      common[1] = fmax(common[1], norm[k]);
      common[2] += norm[k] / (double)n;
      common[3] += 1 / norm[k] / (double)n;
      common[4] += log(norm[k]) / (double)n;
    }
    common[3] = 1 / common[3];
    common[4] = exp(common[4]);
    for (size_t r = 0; r < 5; r++) {
      solve("config", rules[r], n, G, e, NULL);
      for (size_t p = 0; p < DIM; p++)
        CHECK_NEAR(e[p], d[p] * common[r] * along / length, 1e-10 * common[r]);
    }
  }
}

/* Known to hurt: IMTL-G against all tasks, Aligned-MTL at a jump, PCGrad with three. */
static void test_traps(void) {
  static const double norms[] = {1, 1, 0.1}, wanted[] = {-0.129, -0.129, -0.0129};
  double G[3 * DIM] = {0}, d[DIM];
  G[0] = G[DIM] = cos(0.5), G[1] = sin(0.5), G[DIM + 1] = -sin(0.5);
  G[2 * DIM] = 0.1 * cos(0.3), G[2 * DIM + 2] = 0.1 * sin(0.3);
  solve("imtlg", NULL, 3, G, d, NULL);
  for (size_t k = 0; k < 3; k++) CHECK_NEAR(dot(G + k * DIM, d), wanted[k], 5e-4);
  solve("imtlg", "sign_guard=true", 3, G, d, NULL);
  for (size_t k = 0; k < 3; k++)
    CHECK_NEAR(dot(G + k * DIM, d) / norms[k], 0.129, 5e-4);
  memset(G, 0, sizeof G);
  G[0] = 1, G[1] = 2, G[DIM] = -2, G[DIM + 1] = -4;
  solve("alignedmtl", "guard=false", 2, G, d, NULL);
  CHECK_NEAR(d[0], -1, 1e-12);
  CHECK_NEAR(d[1], -2, 1e-12);
  solve("alignedmtl", NULL, 2, G, d, NULL);
  CHECK(d[0] == 0 && d[1] == 0);
  G[DIM] += 1e-3; /* this side of the jump: d is as short as the least eigenvalue */
  solve("alignedmtl", NULL, 2, G, d, NULL);
  CHECK(dot(d, d) > 0 && dot(d, d) < 1e-6);
  memset(G, 0, sizeof G);
  G[0] = 1, G[DIM] = -0.5, G[DIM + 1] = 0.8, G[2 * DIM] = -0.6, G[2 * DIM + 1] = -0.7;
  solve("pcgrad", "order=ascending", 3, G, d, NULL);
  CHECK(least_gain(3, G, d) < 0);
}

int main(void) {
  ms_rng_init(&rng, 6, "test");
  test_fair();
  test_cagrad();
  test_cagrad_limits();
  test_cagrad_opposed();
  test_chebyshev();
  test_projection();
  test_agreement();
  test_aligned();
  test_orders();
  test_two_tasks();
  test_config_lengths();
  test_traps();
  return check_done();
}
