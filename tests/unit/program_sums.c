/*
** Programs against plain loops where sums are what matters: longer than one kernel takes,
** sums in multiples of sums, shared sums, and sums of matrix products, at widths for
** which strips begin with rows and widths for which they do not.
*/
#include "program/program.h"

#include "base/random.h"
#include "check.h"

enum { VALUES = 9, WIDEST = 300, SUMMED = 7, N = 75, OUTPUTS = 4 };

static double theta[VALUES * WIDEST + 3 * WIDEST * SUMMED], points[2 * N];
static const double linear[VALUES] = {1, -1, 0.5, 2, 1, -3, 0.25, 1, 1};
static const double products[VALUES - 1] = {1, 2, -1, 1, 0.5, 1, -2, 3};

static ms_ref less(ms_graph *g, ms_ref a, double factor, ms_ref b) {
  return ms_add(g, a, ms_scale(g, -factor, b));
}

/*
** 0.5 + sum a_k v_k + sum b_k v_k v_k+1 + 3 (v0 v3 - 2 (v1 + v2 v4 + 4)) + 2 t + t v8,
** with t = v5 + v6 v7.
*/
static ms_ref long_sum(ms_graph *g, const ms_ref *v) {
  ms_ref sum = ms_const(g, 0.5), inner, shared;
  for (int k = 0; k < VALUES; k++) sum = ms_add(g, sum, ms_scale(g, linear[k], v[k]));
  for (int k = 0; k + 1 < VALUES; k++)
    sum = ms_add(g, ms_scale(g, products[k], ms_mul(g, v[k], v[k + 1])), sum);
  inner = ms_add(g, ms_add(g, v[1], ms_mul(g, v[2], v[4])), ms_const(g, 4));
  sum = ms_add(g, sum, ms_scale(g, 3, less(g, ms_mul(g, v[0], v[3]), 2, inner)));
  shared = ms_add(g, v[5], ms_mul(g, v[6], v[7]));
  return ms_add(g, ms_add(g, sum, ms_scale(g, 2, shared)), ms_mul(g, shared, v[8]));
}

static double plain_sum(const double *v) {
  double sum = 0.5, shared = v[5] + v[6] * v[7];
  for (int k = 0; k < VALUES; k++) sum += linear[k] * v[k];
  for (int k = 0; k + 1 < VALUES; k++) sum += products[k] * v[k] * v[k + 1];
  sum += 3 * (v[0] * v[3] - 2 * (v[1] + v[2] * v[4] + 4));
  return sum + 2 * shared + shared * v[8];
}

static size_t matrix_at(size_t width, size_t k) {
  return (VALUES + k * SUMMED) * width;
}

/* v0 A + v1 B + v2 A: one sum of products. */
static ms_ref product_sum(ms_graph *g, const ms_ref *v, const ms_ref *M) {
  return ms_add(g, ms_add(g, ms_matmul(g, v[0], M[0]), ms_matmul(g, v[1], M[1])),
                ms_matmul(g, v[2], M[0]));
}

static ms_status compile(size_t width, size_t block, size_t outputs, ms_program **out) {
  ms_status status = MS_OK;
  ms_graph *g = NULL;
  ms_ref v[VALUES], M[3], x, y, shared, output[OUTPUTS], loss[1];
  MS_TRY(ms_graph_create(&g));
  x = ms_input(g, 0), y = ms_input(g, 1);
  for (size_t k = 0; k < VALUES; k++) {
    v[k] = ms_add(g, ms_mul(g, x, ms_param(g, k * width, 1, width)), y);
    v[k] = ms_apply(g, &ms_op_sin, v[k], 0);
  }
  for (size_t k = 0; k < 3; k++) M[k] = ms_param(g, matrix_at(width, k), width, SUMMED);
  shared = ms_matmul(g, v[3], M[2]); /* used twice: of no sum */
  output[0] = ms_sum_cols(g, product_sum(g, v, M));
  output[1] = ms_sum_cols(g, long_sum(g, v));
  output[2] =
    ms_sum_cols(g, ms_mul(g, shared, ms_add(g, shared, ms_matmul(g, v[4], M[1]))));
  output[3] = ms_sum_cols(g, ms_scale(g, -1, v[0]));
  loss[0] = ms_mean_rows(g, output[1]);
  MS_TRY(ms_graph_error(g));
  MS_TRY(ms_program_create(g,
                           &(ms_program_spec){.parameters = sizeof theta / sizeof *theta,
                                              .columns = 2,
                                              .losses = outputs == OUTPUTS,
                                              .loss = loss,
                                              .outputs = outputs,
                                              .output = output,
                                              .block = block},
                           out));
out:
  ms_graph_free(g);
  return status;
}

static double plain_product(size_t width, double (*v)[VALUES], int value, size_t k,
                            size_t column) {
  double sum = 0;
  for (size_t i = 0; i < width; i++)
    sum += v[i][value] * theta[matrix_at(width, k) + i * SUMMED + column];
  return sum;
}

static void plain_outputs(size_t width, const double *at, double *out) {
  static double v[WIDEST][VALUES];
  memset(out, 0, OUTPUTS * sizeof *out);
  for (size_t i = 0; i < width; i++) {
    for (size_t k = 0; k < VALUES; k++)
      v[i][k] = sin(at[0] * theta[k * width + i] + at[1]);
    out[1] += plain_sum(v[i]);
    out[3] -= v[i][0];
  }
  for (size_t c = 0; c < SUMMED; c++) {
    double shared = plain_product(width, v, 3, 2, c);
    out[0] += plain_product(width, v, 0, 0, c) + plain_product(width, v, 1, 1, c)
              + plain_product(width, v, 2, 0, c);
    out[2] += shared * (shared + plain_product(width, v, 4, 1, c));
  }
}

static void check_width(size_t width, size_t n, size_t block, int threads) {
  static double outputs[N * OUTPUTS];
  ms_program *program = NULL;
  ms_team *team = NULL;
  double value = 0, mean = 0, wanted[OUTPUTS], size = (double)width;
  if (!CHECK_STATUS(compile(width, block, OUTPUTS, &program), MS_OK)) return;
  CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
  CHECK_STATUS(ms_program_run(program, team,
                              &(ms_program_io){.parameters = theta,
                                               .points = points,
                                               .n = n,
                                               .values = &value,
                                               .outputs = outputs}),
               MS_OK);
  for (size_t i = 0; i < n; i++) {
    plain_outputs(width, points + 2 * i, wanted);
    mean += wanted[1] / (double)n;
    for (size_t k = 0; k < OUTPUTS; k++)
      CHECK_NEAR(outputs[i * OUTPUTS + k], wanted[k], 1e-13 * (1 + size * size));
  }
  CHECK_NEAR(value, mean, 1e-13 * (1 + size));
  ms_team_free(team);
  ms_program_free(program);
}

/* The sum of three products is added up by the products: no strips after them. */
static void test_steps(void) {
  ms_program *program = NULL;
  ms_program_info info;
  if (!CHECK_STATUS(compile(20, 0, 1, &program), MS_OK)) return;
  ms_program_get_info(program, &info);
  CHECK(info.strips == 1);
  CHECK(info.products == 3);
  ms_program_free(program);
}

/*
** A sum of two products and its two derivatives: one step for each matrix, although the
** values that the second multiplies were made in another order than the first's.
*/
static void test_channels(void) {
  enum { WIDTH = 5 };
  ms_graph *g = NULL;
  ms_program *program = NULL;
  ms_program_info info;
  int dx[1] = {0}, dy[1] = {1};
  ms_ref x, y, v, w, sum, output[3];
  CHECK_STATUS(ms_graph_create(&g), MS_OK);
  x = ms_input(g, 0), y = ms_input(g, 1);
  v = ms_apply(g, &ms_op_sin, ms_mul(g, x, ms_param(g, 0, 1, WIDTH)), 0);
  v = ms_mul(g, v, y);
  w = ms_apply(g, &ms_op_tanh, v, 0);
  ms_derivative(g, w, 1, dy);
  sum = ms_add(g, ms_matmul(g, v, ms_param(g, WIDTH, WIDTH, 3)),
               ms_matmul(g, w, ms_param(g, 4 * WIDTH, WIDTH, 3)));
  output[0] = sum;
  output[1] = ms_derivative(g, sum, 1, dx);
  output[2] = ms_derivative(g, sum, 1, dy);
  CHECK_STATUS(ms_program_create(g,
                                 &(ms_program_spec){.parameters = 7 * WIDTH,
                                                    .columns = 2,
                                                    .outputs = 3,
                                                    .output = output},
                                 &program),
               MS_OK);
  ms_program_get_info(program, &info);
  CHECK(info.products == 2);
  CHECK(info.output_columns == 9);
  ms_program_free(program);
  ms_graph_free(g);
}

/* A product without a constant keeps the sign of its zero. */
static void test_zeros(void) {
  ms_graph *g = NULL;
  ms_program *program = NULL;
  ms_team *team = NULL;
  static const double zeros[] = {0.0, -0.0};
  double out[2] = {1, 1};
  ms_ref output[1];
  CHECK_STATUS(ms_graph_create(&g), MS_OK);
  output[0] = ms_scale(g, -1, ms_input(g, 0));
  CHECK_STATUS(
    ms_program_create(g, &(ms_program_spec){.columns = 1, .outputs = 1, .output = output},
                      &program),
    MS_OK);
  CHECK_STATUS(ms_team_create(1, &team), MS_OK);
  CHECK_STATUS(ms_program_run(program, team,
                              &(ms_program_io){.points = zeros, .n = 2, .outputs = out}),
               MS_OK);
  CHECK(out[0] == 0 && signbit(out[0]));
  CHECK(out[1] == 0 && !signbit(out[1]));
  ms_team_free(team);
  ms_program_free(program);
  ms_graph_free(g);
}

int main(void) {
  static const size_t widths[] = {1, 2, 7, 16, 33, 50, 128, 256, WIDEST};
  ms_rng rng;
  ms_rng_init(&rng, 1, "sums");
  for (size_t i = 0; i < sizeof theta / sizeof *theta; i++)
    theta[i] = 0.4 * ms_rng_normal(&rng);
  for (size_t i = 0; i < 2 * N; i++) points[i] = 2 * ms_rng_uniform(&rng) - 1;
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    check_width(widths[i], 1, 0, 1);
    check_width(widths[i], 13, 8, 1);
    check_width(widths[i], N, 0, 2);
  }
  test_steps();
  test_channels();
  test_zeros();
  return check_done();
}
