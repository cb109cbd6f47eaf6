/* Golden vectors of two and three terms, and the closed forms that hold for two tasks. */
#include "conflict/conflict.h"

#include "check.h"
#include "conflict_setting.h"

/* d of the method for terms x 2 gradients; 'option' is NULL or a choice, "name=value". */
static void direction(const char *name, const char *option, size_t terms,
                      const double *G, double *d) {
  static const double values[] = {1, 1, 1, 1};
  ms_conflict_run run;
  CHECK_STATUS(ms_conflict_init(&run, name), MS_OK);
  apply_setting(&run.method, option);
  CHECK_STATUS(ms_conflict_combine(&run, terms, 2, G, values, NULL, d), MS_OK);
  ms_conflict_free(&run);
}

static void expect(const char *name, const char *option, size_t terms, const double *G,
                   double x, double y) {
  double d[2];
  direction(name, option, terms, G, d);
  if (!CHECK_NEAR(d[0], x, 5e-7) || !CHECK_NEAR(d[1], y, 5e-7))
    fprintf(stderr, "  in %s %s\n", name, option != NULL ? option : "");
}

static void test_conflicting(void) {
  static const double G[] = {2, 0, -1, 0.5};
  expect("sum", NULL, 2, G, 1, 0.5);
  expect("mean", NULL, 2, G, 0.5, 0.25);
  expect("mgda", NULL, 2, G, 0.054054, 0.324324);
  expect("mgda", "normalize=l2", 2, G, 0.052786, 0.223607);
  expect("mgda", "normalize=loss", 2, G, 0.054054, 0.324324);
  expect("mgda", "normalize=loss+", 2, G, 0.052786, 0.223607);
  expect("chebyshev", NULL, 2, G, 0.164590, 0.697214);
  expect("chebyshev", "length=point", 2, G, 0.052786, 0.223607);
  expect("chebyshev", "length=unit", 2, G, 0.229753, 0.973249);
  expect("pcgrad", NULL, 2, G, 0.4, 1.3);
  expect("pcgrad", "order=ascending", 2, G, 0.4, 1.3);
  expect("pcgrad", "order=symmetric", 2, G, 0.4, 1.3);
  expect("pcgrad", "order=one-sided", 2, G, -0.6, 1.3);
  expect("gradvac", NULL, 2, G, 0.4, 1.3);
  expect("cagrad", "c=0.5", 2, G, 0.25, 0.375);
  expect("cagrad", "c=0", 2, G, 0.5, 0.25);
  expect("nashmtl", NULL, 2, G, 0.324920, 1.376382);
  expect("nashmtl", "max_norm=1", 2, G, 0.324920 / sqrt(2), 1.376382 / sqrt(2));
  expect("fairgrad", "alpha=1", 2, G, 0.324920, 1.376382);
  expect("imtlg", NULL, 2, G, 0.075711, 0.320715);
  expect("alignedmtl", NULL, 2, G, 0.247849, 0.578315);
  expect("upgrad", NULL, 2, G, 0.2, 0.65);
  expect("dualproj", NULL, 2, G, 0.2, 0.4);
  expect("config", NULL, 2, G, 0.164590, 0.697214);
  expect("dcgd", "variant=center", 2, G, 0.164590, 0.697214);
  expect("dcgd", "variant=projection", 2, G, 0.4, 0.8);
  expect("dcgd", "variant=average", 2, G, 0.2, 0.65);
}

static void test_orthogonal(void) {
  static const double G[] = {1, 0, 0, 3};
  expect("sum", NULL, 2, G, 1, 3);
  expect("mgda", NULL, 2, G, 0.9, 0.3);
  expect("mgda", "normalize=l2", 2, G, 0.5, 0.5);
  expect("chebyshev", NULL, 2, G, 2, 2);
  expect("pcgrad", NULL, 2, G, 1, 3);
  expect("gradvac", NULL, 2, G, 1, 3);
  expect("cagrad", "c=0.5", 2, G, 1.290569, 1.5);
  expect("nashmtl", NULL, 2, G, 1, 1);
  expect("imtlg", NULL, 2, G, 0.75, 0.75);
  expect("alignedmtl", NULL, 2, G, 1, 1);
  expect("alignedmtl", "mode=median", 2, G, sqrt(5), sqrt(5));
  expect("alignedmtl", "mode=mean", 2, G, sqrt(5), sqrt(5));
  expect("upgrad", NULL, 2, G, 0.5, 1.5);
  expect("dualproj", NULL, 2, G, 0.5, 1.5);
  expect("config", NULL, 2, G, 2, 2); /* norms 1 and 3 */
  expect("config", "length=min", 2, G, 1, 1);
  expect("config", "length=max", 2, G, 3, 3);
  expect("config", "length=mean", 2, G, 2, 2);
  expect("config", "length=harmonic", 2, G, 1.5, 1.5);
  expect("config", "length=geometric", 2, G, sqrt(3), sqrt(3));
  expect("dcgd", "variant=center", 2, G, 2, 2);
  expect("dcgd", "variant=projection", 2, G, 1, 3);
  expect("dcgd", "variant=average", 2, G, 1, 3);
}

/* The other side of the cone: the sum makes the residual worse, not the rest. */
static void test_mirrored(void) {
  static const double G[] = {-1, 0.5, 2, 0};
  expect("dcgd", "variant=projection", 2, G, 0.4, 0.8);
  expect("dcgd", "variant=average", 2, G, 0.2, 0.65);
}

static void test_traps(void) {
  static const double dependent[] = {1, 0, 0, 1, -0.6, -0.6};
  static const double opposed[] = {1, 2, -1, -2}, longer[] = {1, 2, -3, -6};
  static const double parallel[] = {1, 1, 3, 3}, same[] = {1, 2, 1, 2, 1, 2};
  double d[2];
  expect("config", NULL, 3, dependent, 0.4, 0.4);
  direction("config", NULL, 3, dependent, d);
  CHECK_NEAR(-0.6 * (d[0] + d[1]), -0.48, 1e-12);
  for (int i = 0; i < 2; i++) {
    const double *G = i == 0 ? opposed : longer;
    expect("config", NULL, 2, G, 0, 0);
    expect("dcgd", "variant=center", 2, G, 0, 0);
    expect("dcgd", "variant=projection", 2, G, 0, 0);
    expect("dcgd", "variant=average", 2, G, 0, 0);
  }
  expect("config", NULL, 2, parallel, 4, 4);
  expect("dcgd", "variant=projection", 2, parallel, 4, 4);
  expect("config", NULL, 3, same, 3, 6);
}

/* Directions in the plane that cancel: 1 is orthogonal to the range of C, and x = 0. */
static void test_cancelling(void) {
  for (int i = 0; i < 50; i++) {
    double star[6];
    for (int k = 0; k < 3; k++) {
      star[2 * k] = (1 + 0.3 * k) * cos(0.1 * i + 2.0943951023931953 * k);
      star[2 * k + 1] = (1 + 0.3 * k) * sin(0.1 * i + 2.0943951023931953 * k);
    }
    expect("config", NULL, 3, star, 0, 0);
  }
}

/* More than two terms: the first is the residual, all others one task. */
static void test_grouped(void) {
  static const double three[] = {2, 0, -1, 0.2, 0, 0.3};
  static const size_t group[] = {1, 0, 1};
  ms_conflict_run run;
  double d[2];
  expect("dcgd", "variant=center", 3, three, 0.164590, 0.697214);
  expect("dcgd", "variant=projection", 3, three, 0.4, 0.8);
  CHECK_STATUS(ms_conflict_init(&run, "dcgd"), MS_OK);
  CHECK_STATUS(ms_method_groups(&run.method, 3, group), MS_OK);
  CHECK_STATUS(ms_conflict_combine(&run, 3, 2, three, NULL, NULL, d), MS_OK);
  CHECK(run.weights[0] == run.weights[2] && run.weights[0] != run.weights[1]);
  /* tasks (-1, 0.2) and (2, 0.3): the same projection on both unit vectors */
  CHECK_NEAR((-d[0] + 0.2 * d[1]) / hypot(1, 0.2),
             (2 * d[0] + 0.3 * d[1]) / hypot(2, 0.3), 1e-12);
  ms_conflict_free(&run);
}

/* Two tasks over all angles and ratios of norms: what ties the methods together. */
static void test_two_tasks(void) {
  for (int i = 0; i < 2000; i++) {
    double c = cos(3.14159265 * (i % 200) / 200), ratio = pow(10, i / 200 - 5);
    double s = sqrt(1 - c * c), n1 = 3, n2 = 3 * ratio, G[4], center[2], config[2],
           sum[2];
    double projection[2], average[2], mean[2], cut1, cut2;
    G[0] = n1, G[1] = 0, G[2] = n2 * c, G[3] = n2 * s;
    direction("dcgd", "variant=center", 2, G, center);
    direction("config", NULL, 2, G, config);
    direction("sum", NULL, 2, G, sum);
    direction("dcgd", "variant=projection", 2, G, projection);
    direction("dcgd", "variant=average", 2, G, average);
    CHECK_NEAR(center[0], config[0], 1e-12 * (n1 + n2));
    CHECK_NEAR(center[1], config[1], 1e-12 * (n1 + n2));
    CHECK_NEAR(hypot(center[0], center[1]), (n1 + n2) * sqrt((1 + c) / 2),
               1e-12 * (n1 + n2));
    /* inside the cone both are the sum; outside, the nearest point and the mean of the
       edges */
    cut1 = sum[0];
    cut2 = sum[0] * c + sum[1] * s;
    mean[0] = (n1 - n1 * c * c + n2 * c - n2 * c) / 2;
    mean[1] = (-n1 * c * s + n2 * s) / 2;
    if (cut1 >= 0 && cut2 >= 0) mean[0] = sum[0], mean[1] = sum[1];
    CHECK_NEAR(average[0], mean[0], 1e-12 * (n1 + n2));
    CHECK_NEAR(average[1], mean[1], 1e-12 * (n1 + n2));
    CHECK(projection[0] >= -1e-12 * (n1 + n2));
    CHECK(projection[0] * c + projection[1] * s >= -1e-12 * (n1 + n2));
    /* nearest point of a cone: the rest is orthogonal to it and against every direction
       in it */
    CHECK_NEAR((sum[0] - projection[0]) * projection[0]
                 + (sum[1] - projection[1]) * projection[1],
               0, 1e-12 * (n1 + n2) * (n1 + n2));
    if (cut1 >= 0 && cut2 >= 0)
      CHECK_NEAR(hypot(sum[0] - projection[0], sum[1] - projection[1]), 0,
                 1e-12 * (n1 + n2));
  }
}

/* Center stays exact where 1 + c has lost its digits, down to the stationary point. */
static void test_nearly_opposed(void) {
  double G[4] = {1, 0, -1, 0}, d[2], turn = 1e-3;
  G[2] = -2 * cos(turn), G[3] = 2 * sin(turn);
  direction("dcgd", "variant=center", 2, G, d);
  CHECK_NEAR(hypot(d[0], d[1]), 3 * sin(turn / 2), 1e-15);
  G[2] = -2 * cos(1e-5), G[3] = 2 * sin(1e-5); /* 1 + c = 5e-11 */
  direction("dcgd", "variant=center", 2, G, d);
  CHECK(d[0] == 0 && d[1] == 0);
  direction("config", NULL, 2, G, d);
  CHECK(d[0] == 0 && d[1] == 0);
}

int main(void) {
  test_conflicting();
  test_orthogonal();
  test_mirrored();
  test_traps();
  test_cancelling();
  test_grouped();
  test_two_tasks();
  test_nearly_opposed();
  return check_done();
}
