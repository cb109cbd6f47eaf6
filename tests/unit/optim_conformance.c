/*
** What every optimizer must do, for the whole registry: reach known minima, go on after a
** save as if nothing had happened, respect a mask, lose nothing when memory runs out.
*/
#include "optim/optimizer.h"

#include "base/random.h"
#include "check.h"

enum { N = 70 };

/* 1/2 sum of a_i (x_i - b_i)^2, a_i from 1 to 20. */
static void quadratic(size_t n, const double *x, double *d) {
  for (size_t i = 0; i < n; i++)
    d[i] = (1 + 19 * (double)i / (double)n) * (x[i] - (double)(i % 5));
}

/* 100 (y - x^2)^2 + (1 - x)^2, minimum at (1, 1). */
static void rosenbrock(const double *x, double *d) {
  d[0] = -400 * x[0] * (x[1] - x[0] * x[0]) - 2 * (1 - x[0]);
  d[1] = 200 * (x[1] - x[0] * x[0]);
}

static void set_lr(ms_method *method, double lr) {
  ms_value value = {MS_VALUE_NUMBER, lr, NULL};
  if (ms_record_option(method->record, "lr") >= 0)
    CHECK_STATUS(ms_method_set(method, "lr", &value), MS_OK);
}

static void test_quadratic(const char *name) {
  double x[N] = {0}, d[N];
  ms_method method;
  CHECK_STATUS(ms_optimizer_init(&method, name), MS_OK);
  for (int t = 0; t < 3000; t++) {
    set_lr(&method, 0.05 * pow(0.997, t));
    quadratic(N, x, d);
    CHECK_STATUS(ms_optimizer_step(&method, N, x, d, NULL), MS_OK);
  }
  for (size_t i = 0; i < N; i++) CHECK_NEAR(x[i], (double)(i % 5), 1e-3);
  ms_method_free(&method);
}

static void test_rosenbrock(const char *name) {
  double x[2] = {-1.2, 1}, d[2];
  ms_method method;
  CHECK_STATUS(ms_optimizer_init(&method, name), MS_OK);
  set_lr(&method, 1e-3);
  for (int t = 0; t < 60000; t++) {
    rosenbrock(x, d);
    if (ms_optimizer_step(&method, 2, x, d, NULL) != MS_OK) break;
  }
  CHECK_NEAR(x[0], 1, 0.02);
  CHECK_NEAR(x[1], 1, 0.04);
  ms_method_free(&method);
}

static size_t slot_size(const ms_method *method, size_t slot) {
  size_t shape[MS_MAX_AXES], count = 1;
  int dims;
  CHECK(ms_method_shape(method, slot, &dims, shape));
  while (dims > 0) count *= shape[--dims];
  return count;
}

/* A second method that gets the slots of the first half way ends on the same bits. */
static void test_resume(const char *name) {
  double x[N] = {0}, y[N], d[N], mask[N];
  ms_method first, second;
  CHECK_STATUS(ms_optimizer_init(&first, name), MS_OK);
  CHECK_STATUS(ms_optimizer_init(&second, name), MS_OK);
  for (size_t i = 0; i < N; i++) mask[i] = i % 7 != 0;
  for (int t = 0; t < 40; t++) {
    quadratic(N, x, d);
    CHECK_STATUS(ms_optimizer_step(&first, N, x, d, t % 3 == 0 ? mask : NULL), MS_OK);
    if (t == 17) {
      CHECK_STATUS(ms_method_extent(&second, MS_PARAMS, N), MS_OK);
      CHECK_STATUS(ms_method_open(&second), MS_OK);
      for (size_t s = 0; s < ms_record_slots(first.record); s++)
        memcpy(second.state[s], first.state[s], slot_size(&first, s) * sizeof(double));
      memcpy(y, x, sizeof y);
    }
    if (t <= 17) continue;
    quadratic(N, y, d);
    CHECK_STATUS(ms_optimizer_step(&second, N, y, d, t % 3 == 0 ? mask : NULL), MS_OK);
  }
  CHECK(memcmp(x, y, sizeof x) == 0);
  ms_method_reset(&second);
  for (size_t s = 0; s < ms_record_slots(second.record); s++)
    CHECK(second.record->start != NULL || second.state[s][0] == 0);
  ms_method_free(&first);
  ms_method_free(&second);
}

/* Held parameters do not move and have no moments, whatever their direction is. */
static void test_mask(const char *name) {
  double x[N], y[N], d[N], ones[N], mask[N];
  ms_method method, plain;
  CHECK_STATUS(ms_optimizer_init(&method, name), MS_OK);
  CHECK_STATUS(ms_optimizer_init(&plain, name), MS_OK);
  for (size_t i = 0; i < N; i++) {
    x[i] = y[i] = 0.1 * (double)i - 2;
    ones[i] = 1;
    mask[i] = i % 3 != 0;
  }
  for (int t = 0; t < 20; t++) {
    quadratic(N, x, d);
    CHECK_STATUS(ms_optimizer_step(&method, N, x, d, ones), MS_OK);
    CHECK_STATUS(ms_optimizer_step(&plain, N, y, d, NULL), MS_OK);
  }
  CHECK(memcmp(x, y, sizeof x) == 0);
  quadratic(N, x, d);
  for (size_t i = 0; i < N; i++) d[i] += i % 3 == 0 ? NAN : 1;
  CHECK_STATUS(ms_optimizer_step(&method, N, x, d, mask), MS_OK);
  for (size_t i = 0; i < N; i++) CHECK((x[i] == y[i]) == (i % 3 == 0));
  for (size_t s = 0; s < ms_record_slots(method.record); s++) {
    if (method.record->slots[s].axis[0] != MS_PARAMS) continue;
    for (size_t i = 0; i < N; i++) CHECK(i % 3 != 0 || method.state[s][i] == 0);
  }
  ms_method_free(&method);
  ms_method_free(&plain);
}

static void test_failures(const char *name) {
  double x[N] = {0}, d[N] = {0};
  ms_status status = MS_ENOMEM;
  ms_method method;
  CHECK_STATUS(ms_optimizer_init(&method, name), MS_OK);
  for (size_t n = 1; status == MS_ENOMEM && n < 30; n++) {
    ms_alloc_fail_after(n);
    status = ms_optimizer_step(&method, N, x, d, NULL);
    ms_alloc_fail_after(0);
  }
  CHECK_STATUS(status, MS_OK);
  ms_alloc_fail_after(1); /* later steps allocate nothing */
  CHECK_STATUS(ms_optimizer_step(&method, N, x, d, NULL), MS_OK);
  ms_alloc_fail_after(0);
  CHECK_STATUS(ms_optimizer_step(&method, N - 1, x, d, NULL), MS_EARG);
  CHECK_MESSAGE("69 parameters, expected 70 as before");
  ms_method_free(&method);
  ms_method_free(&method);
}

int main(void) {
  ms_method none;
  size_t count;
  const ms_record *const *records = ms_optimizer_records(&count);
  for (size_t r = 0; r < count; r++) {
    const char *name = records[r]->name;
    size_t failed = (size_t)check_failed;
    CHECK_STRING(records[r]->family, "optimizer");
    test_quadratic(name);
    test_rosenbrock(name);
    test_resume(name);
    test_mask(name);
    test_failures(name);
    if ((size_t)check_failed > failed) fprintf(stderr, "  by optimizer %s\n", name);
  }
  CHECK_STATUS(ms_optimizer_init(&none, "adm"), MS_EARG);
  CHECK_MESSAGE("the family 'optimizer' has no method 'adm'; it has sgd, adam");
  ms_method_free(&none);
  return check_done();
}
