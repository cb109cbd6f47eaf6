/*
** Sums in machine code against the kernels, to the bit: a strip of whole vectors runs
** fused, one that ends within a vector runs the kernels, so that all points at once and
** each on its own must agree. More values live than there are registers, more buffers
** than there are addresses, and groups longer than one function; and the Laplacian of a
** network and its gradient, with as many positions in a stack as there are coordinates
** and two.
*/
#include "program/program.h"

#include "base/random.h"
#include "check.h"

#include <math.h>

enum { COUNT = 44, INNER = 3, WIDEST = 150, N = 48, LONG = 300 };

static double theta[COUNT * INNER + INNER * WIDEST + WIDEST], points[N * COUNT];
static const double factors[] = {1, -1, 2, 0.3, -1, 1, -7.25};

static double factor(size_t k) {
  return factors[k % (sizeof factors / sizeof *factors)];
}

/* COUNT values that the same product makes: as many positions of one stack. */
static void make_values(ms_graph *g, size_t width, ms_ref *v) {
  ms_ref M = ms_param(g, COUNT * INNER, INNER, width);
  for (size_t k = 0; k < COUNT; k++)
    v[k] = ms_matmul(g, ms_mul(g, ms_input(g, k), ms_param(g, k * INNER, 1, INNER)), M);
}

/* COUNT sums of 'count' values, most of which are live at once. */
static ms_ref crowded(ms_graph *g, const ms_ref *v, size_t count) {
  ms_ref made[COUNT], sum = ms_const(g, 0.125);
  for (size_t k = 0; k < COUNT; k++)
    made[k] = ms_add(g, ms_mul(g, v[k % count], v[(k + 1) % count]),
                     ms_scale(g, factor(k) + (double)k / 8, v[(k + 2) % count]));
  for (size_t k = 0; k < COUNT; k++)
    sum = ms_add(g, ms_scale(g, factor(k), ms_mul(g, sum, made[COUNT - 1 - k])),
                 ms_mul(g, made[k], made[k]));
  return sum;
}

static ms_ref long_chain(ms_graph *g, const ms_ref *v, ms_ref column, ms_ref row) {
  ms_ref x = v[0];
  for (size_t k = 0; k < LONG; k++) {
    ms_ref more = ms_mul(g, x, k % 3 == 0 ? column : v[1]);
    x = ms_add(g, ms_scale(g, 0.5 * factor(k), more), k % 5 == 0 ? row : v[2]);
  }
  return x;
}

static ms_status compile(size_t width, ms_program **out) {
  ms_status status = MS_OK;
  ms_graph *g = NULL;
  ms_ref v[COUNT], row, output[4];
  MS_TRY(ms_graph_create(&g));
  make_values(g, width, v);
  row = ms_param(g, COUNT * INNER + INNER * width, 1, width);
  output[0] = crowded(g, v, COUNT);
  output[1] = crowded(g, v + 3, 6);
  output[2] = long_chain(g, v, ms_input(g, 0), row);
  output[3] = ms_sum_cols(g, ms_add(g, ms_mul(g, output[1], row), v[5]));
  MS_TRY(ms_graph_error(g));
  MS_TRY(ms_program_create(g,
                           &(ms_program_spec){.parameters = sizeof theta / sizeof *theta,
                                              .columns = COUNT,
                                              .outputs = 4,
                                              .output = output},
                           out));
out:
  ms_graph_free(g);
  return status;
}

/* Whether every second operation at least is in machine code, or none. */
static void check_fused(const ms_program *program) {
  ms_program_info info;
  ms_program_get_info(program, &info);
#if defined(__x86_64__) && defined(__AVX512F__)
  CHECK(info.fused_ops > info.strip_ops / 2 && info.fused_ops <= info.strip_ops);
#else
  CHECK(info.fused_ops == 0);
#endif
}

static void check_width(size_t width) {
  static double together[N * (3 * WIDEST + 1)], alone[3 * WIDEST + 1];
  size_t columns = 3 * width + 1, different = 0;
  ms_program *program = NULL;
  ms_team *team = NULL;
  ms_program_io io = {.parameters = theta, .points = points, .n = N, .outputs = together};
  if (!CHECK_STATUS(compile(width, &program), MS_OK)) return;
  check_fused(program);
  CHECK_STATUS(ms_team_create(1, &team), MS_OK);
  CHECK_STATUS(ms_program_run(program, team, &io), MS_OK);
  io.n = 1;
  io.outputs = alone;
  for (size_t i = 0; i < N; i++) {
    io.points = points + i * COUNT;
    CHECK_STATUS(ms_program_run(program, team, &io), MS_OK);
    different += memcmp(alone, together + i * columns, columns * sizeof *alone) != 0;
  }
  CHECK(different == 0);
  ms_team_free(team);
  ms_program_free(program);
}

/* A network of three layers, and its input's columns: coordinates and a weight. */
enum { MOST = 44, NEURONS = 12, LAYER = NEURONS * NEURONS, BLOCK = 20, LEFT = 8 };
enum { POINTS = 2 * BLOCK + LEFT, PARAMETERS = MOST * NEURONS + 2 * LAYER + NEURONS };

/*
** The Laplacian of all outputs, and the gradient of the sum over the points of its
** weighted squares.
*/
static ms_status compile_laplacian(size_t d, ms_program **out) {
  ms_status status = MS_OK;
  ms_graph *g = NULL;
  ms_ref x[MOST], u, laplacian, loss;
  int by[MOST];
  size_t at = d * NEURONS;
  MS_TRY(ms_graph_create(&g));
  for (size_t i = 0; i < d; i++) {
    x[i] = ms_input(g, i);
    by[i] = (int)i;
  }
  u = ms_matmul(g, ms_concat(g, d, x), ms_param(g, 0, d, NEURONS));
  u = ms_add(g, u, ms_param(g, at + 2 * LAYER, 1, NEURONS));
  for (size_t i = 0; i < 2; i++)
    u = ms_matmul(g, ms_apply(g, &ms_op_tanh, u, 0),
                  ms_param(g, at + i * LAYER, NEURONS, NEURONS));
  laplacian = ms_laplacian(g, u, d, by);
  loss = ms_mul(g, ms_input(g, d), ms_mul(g, laplacian, laplacian));
  loss = ms_sum_cols(g, ms_sum_rows(g, loss));
  MS_TRY(ms_graph_error(g));
  MS_TRY(ms_program_create(g,
                           &(ms_program_spec){.parameters = at + 2 * LAYER + NEURONS,
                                              .columns = d + 1,
                                              .losses = 1,
                                              .loss = &loss,
                                              .gradients = true,
                                              .outputs = 1,
                                              .output = &laplacian,
                                              .block = BLOCK},
                           out));
out:
  ms_graph_free(g);
  return status;
}

/* In sixteenths: matrix products of them are exact, however they are added up. */
static double coarse(double value) {
  return round(16 * value) / 16;
}

/*
** Coarse coordinates and first layer; in the others one weight to a row and column, so
** that the order of additions does not matter there either.
*/
static void draw(ms_rng *rng, size_t d, double *net, double *x) {
  double *layer = net + d * NEURONS, *bias = layer + 2 * LAYER;
  memset(net, 0, PARAMETERS * sizeof *net);
  for (size_t i = 0; i < d * NEURONS; i++) net[i] = coarse(0.4 * ms_rng_normal(rng));
  for (size_t i = 0; i < 2 * NEURONS; i++)
    layer[i * NEURONS + 5 * i % NEURONS] = 1 + ms_rng_uniform(rng);
  for (size_t i = 0; i < NEURONS; i++) bias[i] = ms_rng_uniform(rng);
  for (size_t i = 0; i < POINTS * (d + 1); i++)
    x[i] = i % (d + 1) == d ? 0 : coarse(2 * ms_rng_uniform(rng) - 1);
}

/* How many of the numbers differ; 0 and -0 do not. */
static size_t differences(size_t count, const double *a, const double *b) {
  size_t different = 0;
  for (size_t i = 0; i < count; i++) different += !(a[i] == b[i]);
  return different;
}

/*
** One point has a weight, so that the sums over all points are its own numbers: points of
** both whole blocks and of the short one.
*/
static void check_laplacian(ms_rng *rng, size_t d) {
  static const size_t weighted[] = {0, BLOCK + 7, POINTS - 1};
  static double net[PARAMETERS], x[POINTS * (MOST + 1)], together[POINTS * NEURONS],
    alone[NEURONS], of_all[PARAMETERS], of_one[PARAMETERS];
  ms_program *program = NULL;
  ms_team *team = NULL;
  draw(rng, d, net, x);
  if (!CHECK_STATUS(compile_laplacian(d, &program), MS_OK)) return;
  check_fused(program);
  CHECK_STATUS(ms_team_create(1, &team), MS_OK);
  for (size_t k = 0; k < sizeof weighted / sizeof *weighted; k++) {
    size_t i = weighted[k], parameters = (d + 1) * NEURONS + 2 * LAYER;
    double all, one, *point = x + i * (d + 1);
    ms_program_io io = {.parameters = net,
                        .points = x,
                        .n = POINTS,
                        .values = &all,
                        .gradients = of_all,
                        .outputs = together};
    point[d] = 0.75;
    CHECK_STATUS(ms_program_run(program, team, &io), MS_OK);
    io.n = 1;
    io.points = point;
    io.values = &one;
    io.gradients = of_one;
    io.outputs = alone;
    CHECK_STATUS(ms_program_run(program, team, &io), MS_OK);
    CHECK(one > 0 && differences(1, &all, &one) == 0);
    CHECK(differences(parameters, of_all, of_one) == 0);
    CHECK(differences(NEURONS, together + i * NEURONS, alone) == 0);
    point[d] = 0;
  }
  ms_team_free(team);
  ms_program_free(program);
}

int main(void) {
  static const size_t widths[] = {1, 3, 5, 12, 50, 130, WIDEST};
  static const size_t dimensions[] = {2, 6, 7, 10, 14, 30, MOST};
  ms_rng rng;
  ms_rng_init(&rng, 1, "fused");
  for (size_t i = 0; i < sizeof theta / sizeof *theta; i++)
    theta[i] = coarse(0.4 * ms_rng_normal(&rng));
  for (size_t i = 0; i < sizeof points / sizeof *points; i++)
    points[i] = coarse(2 * ms_rng_uniform(&rng) - 1);
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) check_width(widths[i]);
  for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++)
    check_laplacian(&rng, dimensions[i]);
  return check_done();
}
