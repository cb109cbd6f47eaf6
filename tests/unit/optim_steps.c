/* The formulas of SGD and Adam against plain scalar code and closed forms. */
#include "optim/optimizer.h"

#include "base/random.h"
#include "check.h"

enum { N = 37, STEPS = 60 };

static void set_number(ms_method *method, const char *name, double number) {
  ms_value value = {MS_VALUE_NUMBER, number, NULL};
  CHECK_STATUS(ms_method_set(method, name, &value), MS_OK);
}

static void set_flag(ms_method *method, const char *name, int flag) {
  ms_value value = {MS_VALUE_BOOLEAN, flag, NULL};
  CHECK_STATUS(ms_method_set(method, name, &value), MS_OK);
}

/* The first step of Adam is lr * sign(d), whatever the size of d. */
static void test_adam_first(void) {
  double theta[4] = {1, 1, 1, 1};
  static const double d[4] = {1e-3, -20, 0, 4e5};
  ms_method adam;
  CHECK_STATUS(ms_optimizer_init(&adam, "adam"), MS_OK);
  set_number(&adam, "epsilon", 0);
  set_number(&adam, "lr", 0.25);
  theta[2] = 7;
  CHECK_STATUS(ms_optimizer_step(&adam, 2, theta, d, NULL), MS_OK);
  CHECK_NEAR(theta[0], 0.75, 1e-15);
  CHECK_NEAR(theta[1], 1.25, 1e-15);
  CHECK(theta[2] == 7); /* beyond n */
  ms_method_free(&adam);
  CHECK_STATUS(ms_optimizer_init(&adam, "adam"), MS_OK);
  CHECK_STATUS(ms_optimizer_step(&adam, 4, theta, d, NULL), MS_OK);
  CHECK_NEAR(theta[0], 0.75 - 1e-3 * 1e-3 / (1e-3 + 1e-8), 1e-15);
  CHECK(theta[2] == 7); /* no direction, no step */
  ms_method_free(&adam);
}

/* A constant direction: m / (1 - beta1^t) = d and v / (1 - beta2^t) = d^2, always. */
static void test_adam_constant(void) {
  double theta[1] = {0}, d[1] = {3};
  ms_method adam;
  CHECK_STATUS(ms_optimizer_init(&adam, "adam"), MS_OK);
  set_number(&adam, "beta2", 0.999999);
  for (int t = 1; t <= 1000; t++) {
    CHECK_STATUS(ms_optimizer_step(&adam, 1, theta, d, NULL), MS_OK);
    CHECK_NEAR(theta[0], -1e-3 * t * 3 / (3 + 1e-8), 1e-9 * t);
  }
  ms_method_free(&adam);
}

static void test_adam_reference(int decoupled, double decay) {
  double theta[N], mine[N], m[N] = {0}, v[N] = {0}, d[N], lr = 0.01;
  ms_method adam;
  ms_rng rng;
  ms_rng_init(&rng, 3, "test");
  CHECK_STATUS(ms_optimizer_init(&adam, "adam"), MS_OK);
  set_number(&adam, "weight_decay", decay);
  set_flag(&adam, "decoupled", decoupled);
  for (int i = 0; i < N; i++) theta[i] = mine[i] = ms_rng_normal(&rng);
  for (int t = 1; t <= STEPS; t++) {
    if (t == 20) lr = 0.003; /* a schedule */
    set_number(&adam, "lr", lr);
    for (int i = 0; i < N; i++) d[i] = ms_rng_normal(&rng);
    CHECK_STATUS(ms_optimizer_step(&adam, N, theta, d, NULL), MS_OK);
    for (int i = 0; i < N; i++) {
      double g = decoupled ? d[i] : d[i] + decay * mine[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      if (decoupled) mine[i] -= lr * decay * mine[i];
      mine[i] -=
        lr * (m[i] / (1 - pow(0.9, t))) / (sqrt(v[i] / (1 - pow(0.999, t))) + 1e-8);
      CHECK_NEAR(theta[i], mine[i], 1e-11);
    }
  }
  ms_method_free(&adam);
}

static void test_sgd_reference(double momentum, int nesterov, double decay) {
  double theta[N], mine[N], v[N] = {0}, d[N];
  ms_method sgd;
  ms_rng rng;
  ms_rng_init(&rng, 4, "test");
  CHECK_STATUS(ms_optimizer_init(&sgd, "sgd"), MS_OK);
  set_number(&sgd, "lr", 0.05);
  set_number(&sgd, "momentum", momentum);
  set_number(&sgd, "weight_decay", decay);
  set_flag(&sgd, "nesterov", nesterov);
  for (int i = 0; i < N; i++) theta[i] = mine[i] = ms_rng_normal(&rng);
  for (int t = 1; t <= STEPS; t++) {
    for (int i = 0; i < N; i++) d[i] = ms_rng_normal(&rng);
    CHECK_STATUS(ms_optimizer_step(&sgd, N, theta, d, NULL), MS_OK);
    for (int i = 0; i < N; i++) {
      double g = d[i] + decay * mine[i];
      v[i] = momentum * v[i] + g;
      mine[i] -= 0.05 * (nesterov ? g + momentum * v[i] : v[i]);
      CHECK_NEAR(theta[i], mine[i], 1e-12);
    }
  }
  ms_method_free(&sgd);
}

static void test_sgd_plain(void) {
  double theta[2] = {1, -2};
  static const double d[2] = {4, 0.5};
  ms_method sgd;
  CHECK_STATUS(ms_optimizer_init(&sgd, "sgd"), MS_OK);
  set_number(&sgd, "lr", 0.5);
  for (int t = 0; t < 2; t++)
    CHECK_STATUS(ms_optimizer_step(&sgd, 2, theta, d, NULL), MS_OK);
  CHECK(theta[0] == -3 && theta[1] == -2.5);
  ms_method_free(&sgd);
}

/* lr = 0 moves nothing, though the moments go on. */
static void test_still(void) {
  double theta[1] = {0.3}, d[1] = {1};
  ms_method adam;
  CHECK_STATUS(ms_optimizer_init(&adam, "adam"), MS_OK);
  set_number(&adam, "lr", 0);
  set_number(&adam, "weight_decay", 0.5);
  CHECK_STATUS(ms_optimizer_step(&adam, 1, theta, d, NULL), MS_OK);
  CHECK(theta[0] == 0.3 && adam.state[ms_record_slot(adam.record, "m")][0] > 0);
  ms_method_free(&adam);
}

int main(void) {
  test_adam_first();
  test_adam_constant();
  test_adam_reference(1, 0);
  test_adam_reference(1, 0.3);
  test_adam_reference(0, 0.3);
  test_sgd_plain();
  test_sgd_reference(0, 0, 0);
  test_sgd_reference(0.9, 0, 0.1);
  test_sgd_reference(0.9, 1, 0);
  test_sgd_reference(0, 1, 0);
  test_still();
  return check_done();
}
