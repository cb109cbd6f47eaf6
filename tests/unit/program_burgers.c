/*
** A program against plain loops: the residual u_t + u u_x - nu u_xx of a tanh network,
** its mean square and the mean square of u. The loops carry dual numbers, so the gradient
** by each parameter comes without finite differences and without the reverse pass.
*/
#include "program/program.h"

#include "base/random.h"
#include "check.h"

enum { WIDEST = 40, POINTS = 900, MANY = 800, PARAMETERS = 4000 };

/* A number and its derivative by one parameter. */
typedef struct dual {
  double v, d;
} dual;

static dual plus(dual a, dual b) {
  return (dual){a.v + b.v, a.d + b.d};
}

static dual times(dual a, dual b) {
  return (dual){a.v * b.v, a.d * b.v + a.v * b.d};
}

static dual scaled(double c, dual a) {
  return (dual){c * a.v, c * a.d};
}

/* u, u_x, u_t, u_xx of one unit */
typedef struct channels {
  dual u, x, t, xx;
} channels;

/* tanh: s = 1 - u^2; (s z_x), (s z_t), (s z_xx - 2 u s z_x^2) */
static channels activate(channels z) {
  double v = tanh(z.u.v);
  dual u = {v, (1 - v * v) * z.u.d}, slope, curve;
  slope = plus((dual){1.0, 0.0}, scaled(-1.0, times(u, u)));
  curve = scaled(-2.0, times(u, slope));
  return (channels){u, times(slope, z.x), times(slope, z.t),
                    plus(times(slope, z.xx), times(curve, times(z.x, z.x)))};
}

typedef struct network {
  size_t layers;
  size_t widths[5];
} network;

/* One layer; theta[*at] is its first weight, 'varied' the parameter with d theta = 1. */
static void layer(const double *theta, size_t *at, size_t varied, size_t rows,
                  size_t cols, const channels *in, channels *out) {
  for (size_t j = 0; j < cols; j++) {
    size_t bias = *at + rows * cols + j;
    out[j] = (channels){.u = {theta[bias], bias == varied}};
    for (size_t i = 0; i < rows; i++) {
      size_t p = *at + i * cols + j;
      dual w = {theta[p], p == varied};
      out[j].u = plus(out[j].u, times(w, in[i].u));
      out[j].x = plus(out[j].x, times(w, in[i].x));
      out[j].t = plus(out[j].t, times(w, in[i].t));
      out[j].xx = plus(out[j].xx, times(w, in[i].xx));
    }
  }
  *at += rows * cols + cols;
}

static channels evaluate(const network *net, const double *theta, size_t varied, double x,
                         double t) {
  channels in[WIDEST] = {{.u = {x, 0}, .x = {1, 0}}, {.u = {t, 0}, .t = {1, 0}}},
           out[WIDEST];
  size_t at = 0;
  for (size_t k = 0; k + 1 < net->layers; k++) {
    layer(theta, &at, varied, net->widths[k], net->widths[k + 1], in, out);
    for (size_t j = 0; j < net->widths[k + 1]; j++)
      in[j] = k + 2 < net->layers ? activate(out[j]) : out[j];
  }
  return in[0];
}

static const double nu = 0.03;

static void loop_losses(const network *net, const double *theta, size_t varied, size_t n,
                        const double *points, dual loss[2]) {
  loss[0] = loss[1] = (dual){0, 0};
  for (size_t i = 0; i < n; i++) {
    channels c = evaluate(net, theta, varied, points[2 * i], points[2 * i + 1]);
    dual residual = plus(plus(c.t, times(c.u, c.x)), scaled(-nu, c.xx));
    loss[0] = plus(loss[0], scaled(1.0 / (double)n, times(residual, residual)));
    loss[1] = plus(loss[1], scaled(1.0 / (double)n, times(c.u, c.u)));
  }
}

static ms_ref build(ms_graph *g, const network *net, ms_ref inputs) {
  size_t at = 0;
  ms_ref h = inputs;
  for (size_t k = 0; k + 1 < net->layers; k++) {
    size_t rows = net->widths[k], cols = net->widths[k + 1];
    h = ms_matmul(g, h, ms_param(g, at, rows, cols));
    h = ms_add(g, h, ms_param(g, at + rows * cols, 1, cols));
    if (k + 2 < net->layers) h = ms_apply(g, &ms_op_tanh, h, 0);
    at += rows * cols + cols;
  }
  return h;
}

static ms_status compile(const network *net, size_t parameters, size_t block,
                         ms_program **out) {
  ms_status status = MS_OK;
  ms_graph *g = NULL;
  int dx[2] = {0, 0}, dt[1] = {1};
  ms_ref xt[2], u, residual, losses[2];
  MS_TRY(ms_graph_create(&g));
  xt[0] = ms_input(g, 0), xt[1] = ms_input(g, 1);
  u = build(g, net, ms_concat(g, 2, xt));
  residual =
    ms_add(g, ms_derivative(g, u, 1, dt), ms_mul(g, u, ms_derivative(g, u, 1, dx)));
  residual = ms_add(g, residual, ms_scale(g, -nu, ms_derivative(g, u, 2, dx)));
  losses[0] = ms_mean_rows(g, ms_mul(g, residual, residual));
  losses[1] = ms_mean_rows(g, ms_mul(g, u, u));
  MS_TRY(ms_graph_error(g));
  MS_TRY(ms_program_create(g,
                           &(ms_program_spec){.parameters = parameters,
                                              .columns = 2,
                                              .losses = 2,
                                              .loss = losses,
                                              .gradients = true,
                                              .block = block},
                           out));
out:
  ms_graph_free(g);
  return status;
}

static double theta[PARAMETERS], points[2 * POINTS], gradients[2 * PARAMETERS];

static void check_case(const network *net, size_t n, size_t block, int threads) {
  ms_program *program = NULL;
  ms_team *team = NULL;
  double values[2];
  size_t parameters = 0;
  dual loss[2];
  ms_program_info info;
  for (size_t k = 0; k + 1 < net->layers; k++)
    parameters += (net->widths[k] + 1) * net->widths[k + 1];
  CHECK(parameters <= PARAMETERS && n <= POINTS);
  if (!CHECK_STATUS(compile(net, parameters, block, &program), MS_OK)) return;
  ms_program_get_info(program, &info);
  CHECK(n < MANY || n * info.doubles_per_point > 1 << 16); /* wakes the team */
  CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
  CHECK_STATUS(ms_program_run(program, team,
                              &(ms_program_io){.parameters = theta,
                                               .points = points,
                                               .n = n,
                                               .values = values,
                                               .gradients = gradients}),
               MS_OK);
  for (size_t p = 0; p < parameters; p++) {
    loop_losses(net, theta, p, n, points, loss);
    for (int k = 0; k < 2; k++)
      CHECK_NEAR(gradients[(size_t)k * parameters + p], loss[k].d,
                 1e-12 * (1 + loss[k].v));
  }
  for (int k = 0; k < 2; k++) CHECK_NEAR(values[k], loss[k].v, 1e-13 * loss[k].v);
  ms_team_free(team);
  ms_program_free(program);
}

int main(void) {
  static const network small = {4, {2, 5, 7, 1}}, linear = {2, {2, 1}},
                       narrow = {3, {2, 1, 1}};
  static const network wide = {4, {2, 33, 40, 1}};
  ms_rng rng;
  ms_rng_init(&rng, 1, "burgers");
  for (size_t i = 0; i < PARAMETERS; i++) theta[i] = 0.4 * ms_rng_normal(&rng);
  for (size_t i = 0; i < 2 * POINTS; i++) points[i] = 2 * ms_rng_uniform(&rng) - 1;
  check_case(&small, 1, 0, 1);
  check_case(&small, 77, 0, 1);
  check_case(&small, 77, 8, 2);
  check_case(&small, POINTS, 24, 3);
  check_case(&small, POINTS - 5, 0, 2);
  check_case(&small, 5, 256, 4);
  check_case(&linear, 30, 0, 2);
  check_case(&narrow, 31, 16, 2);
  check_case(&wide, 23, 0, 2);
  return check_done();
}
