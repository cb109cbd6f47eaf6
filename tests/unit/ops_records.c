/*
** The op records as data, and their kernels as kernels: in place, at any length, at any
** alignment, with the same bits for an element wherever it stands. Values and derivatives
** are the business of tests/conformance/ops.lua.
*/
#include "ops/op.h"

#include "base/random.h"
#include "check.h"

enum { MOST = 70 };

static void test_registry(void) {
  size_t count = 0;
  for (; ms_op_at(count) != NULL; count++) {
    const ms_op *op = ms_op_at(count);
    CHECK(ms_op_find(op->name) == op);
    CHECK(op->arity == 1 || op->arity == 2);
    CHECK((op->map1 != NULL) == (op->arity == 1)
          && (op->map2 != NULL) == (op->arity == 2));
    CHECK(op->summary != NULL && op->summary[strlen(op->summary) - 1] == '.');
    CHECK(op->taylor != MS_TAYLOR_PRODUCT || op->arity == 2);
    for (int i = 0; i < op->arity; i++) {
      CHECK(op->derivative[i] != NULL && op->derivative[i][0] != '\0');
      CHECK(op->domain[i][0] < op->domain[i][1]);
    }
    CHECK(op->derivative[1] == NULL || op->arity == 2);
  }
  CHECK(count >= 33);
  CHECK(ms_op_at(count + 1) == NULL);
  CHECK(ms_op_find("tanh") == &ms_op_tanh && ms_op_find("add") == &ms_op_add);
  CHECK(ms_op_find("tan") == &ms_op_tan && ms_op_find("ta") == NULL
        && ms_op_find("") == NULL);
}

static void run(const ms_op *op, size_t n, const double *x, const double *y,
                double *out) {
  if (op->arity == 1)
    op->map1(n, x, out);
  else
    op->map2(n, x, y, out);
}

/* 'n' results from element 'start' on against those of single elements. */
static void check_piece(const ms_op *op, size_t start, size_t n, const double *x,
                        const double *y, const double *expected) {
  double out[MOST + 1], in_place[MOST];
  out[n] = 123.0;
  run(op, n, x + start, y + start, out);
  CHECK(memcmp(out, expected + start, n * sizeof *out) == 0);
  CHECK(out[n] == 123.0);
  memcpy(in_place, x + start, n * sizeof *in_place);
  run(op, n, in_place, y + start, in_place);
  CHECK(memcmp(in_place, expected + start, n * sizeof *out) == 0);
  if (op->arity == 1) return;
  memcpy(in_place, y + start, n * sizeof *in_place);
  run(op, n, x + start, in_place, in_place);
  CHECK(memcmp(in_place, expected + start, n * sizeof *out) == 0);
}

static void test_kernels(const ms_op *op) {
  double x[MOST], y[MOST], expected[MOST];
  ms_rng rng;
  ms_rng_init(&rng, 17, op->name);
  for (size_t i = 0; i < MOST; i++) {
    x[i] =
      op->domain[0][0] + (op->domain[0][1] - op->domain[0][0]) * ms_rng_uniform(&rng);
    y[i] =
      op->domain[1][0] + (op->domain[1][1] - op->domain[1][0]) * ms_rng_uniform(&rng);
    run(op, 1, &x[i], &y[i], &expected[i]);
    CHECK(isfinite(expected[i]));
  }
  for (size_t start = 0; start < 5; start++)
    for (size_t n = 0; n + start <= MOST; n += n < 20 ? 1 : 7)
      check_piece(op, start, n, x, y, expected);
}

/* One bad element must not touch its neighbours in a vector. */
static void test_isolation(const ms_op *op) {
  static const double bad[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 1e-310};
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    double x[11], y[11], clean[11], out[11];
    for (size_t i = 0; i < 11; i++) {
      x[i] = 0.5 * (op->domain[0][0] + op->domain[0][1]) + 0.01 * (double)i;
      y[i] = 0.5 * (op->domain[1][0] + op->domain[1][1]) + 0.01 * (double)i;
    }
    run(op, 11, x, y, clean);
    x[5] = bad[k];
    run(op, 11, x, y, out);
    for (size_t i = 0; i < 11; i++)
      if (i != 5) CHECK(memcmp(&out[i], &clean[i], sizeof *out) == 0);
    if (k == 0) CHECK(isnan(out[5]));
  }
}

static double unary(const ms_op *op, double x) {
  double out;
  op->map1(1, &x, &out);
  return out;
}

static void test_limits(void) {
  CHECK(unary(&ms_op_sigmoid, INFINITY) == 1.0
        && unary(&ms_op_sigmoid, -INFINITY) == 0.0);
  CHECK(unary(&ms_op_softplus, -INFINITY) == 0.0
        && unary(&ms_op_softplus, 1e300) == 1e300);
  CHECK(unary(&ms_op_softplus, INFINITY) == INFINITY);
  CHECK(unary(&ms_op_tanh, INFINITY) == 1.0 && unary(&ms_op_erf, -INFINITY) == -1.0);
  CHECK(unary(&ms_op_sign, -INFINITY) == -1.0 && unary(&ms_op_step, INFINITY) == 1.0);
  CHECK(unary(&ms_op_abs, -INFINITY) == INFINITY && isnan(unary(&ms_op_sqrt, -1.0)));
  CHECK(unary(&ms_op_log, 0.0) == -INFINITY && isnan(unary(&ms_op_log, -1.0)));
  CHECK_NEAR(unary(&ms_op_sigmoid, -40.0) / 4.2483542552915889e-18, 1.0, 1e-15);
  CHECK_NEAR(unary(&ms_op_softplus, -40.0) / 4.2483542552915889e-18, 1.0, 1e-15);
  CHECK_NEAR(unary(&ms_op_softplus, 40.0), 40.0, 1e-14);
}

int main(void) {
  test_registry();
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    test_kernels(ms_op_at(i));
    test_isolation(ms_op_at(i));
  }
  test_limits();
  return check_done();
}
