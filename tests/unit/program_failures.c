/*
** What a program refuses, and every allocation of tracing, differentiating, compiling and
** running failed once: nothing is lost, nothing is left in a state that cannot go on.
*/
#include "program/program.h"

#include "check.h"

enum { N = 901, P = 41, COLUMNS = 3 };

static double theta[P], points[N * COLUMNS], values[3], gradients[3 * P], outputs[N * 3];

typedef struct expressions {
  ms_ref losses[3], outputs[3];
} expressions;

/*
** Losses with grams, slices, column sums, row constants and two loops; outputs of three
** kinds.
*/
static void trace(ms_graph *g, expressions *out) {
  static const double row[] = {1, 2, 3, 4, 5};
  int xx[2] = {0, 0};
  ms_ref parts[3], x, y, h, u, uxx, mean, scaled;
  x = parts[0] = ms_input(g, 0), y = parts[1] = ms_input(g, 2),
  parts[2] = ms_const(g, 0.5);
  h = ms_matmul(g, ms_concat(g, 3, parts), ms_param(g, 0, 3, 5));
  h = ms_apply(g, &ms_op_tanh, ms_add(g, h, ms_param(g, 15, 1, 5)), 0);
  h = ms_apply(g, &ms_op_sin, ms_matmul(g, h, ms_param(g, 20, 5, 4)), 0);
  u = ms_sum_cols(g, ms_mul(g, ms_slice(g, h, 1, 2), ms_slice(g, h, 2, 2)));
  scaled = ms_mul(g, ms_data(g, 1, 5, row), ms_mul(g, x, ms_param(g, 40, 1, 1)));
  u = ms_add(g, u, ms_sum_cols(g, scaled));
  uxx = ms_derivative(g, u, 2, xx);
  mean = ms_mean_rows(g, uxx);
  out->losses[0] = ms_mean_rows(g, ms_mul(g, uxx, uxx));
  uxx = ms_add(g, uxx, ms_scale(g, -1.0, mean));
  out->losses[1] = ms_mean_rows(g, ms_mul(g, ms_apply(g, &ms_op_exp, uxx, 0), y));
  out->losses[2] = ms_add(g, ms_mul(g, mean, mean), ms_mean_rows(g, ms_mul(g, u, u)));
  out->outputs[0] = u, out->outputs[1] = mean, out->outputs[2] = y;
}

static ms_status compile(ms_graph *g, bool losses, ms_program **out) {
  expressions e;
  ms_status status;
  *out = NULL;
  trace(g, &e);
  status = ms_graph_error(g);
  if (status != MS_OK) return status;
  return ms_program_create(g,
                           &(ms_program_spec){.parameters = P,
                                              .columns = COLUMNS,
                                              .losses = losses ? 3 : 0,
                                              .loss = e.losses,
                                              .gradients = true,
                                              .outputs = losses ? 0 : 3,
                                              .output = e.outputs},
                           out);
}

static ms_status run(ms_program *program, ms_team *team) {
  return ms_program_run(program, team,
                        &(ms_program_io){.parameters = theta,
                                         .points = points,
                                         .n = N,
                                         .values = values,
                                         .gradients = gradients,
                                         .outputs = outputs});
}

static void clear(void) {
  memset(values, 0, sizeof values);
  memset(gradients, 0, sizeof gradients);
  memset(outputs, 0, sizeof outputs);
}

/* All at once; the graph is new. */
static ms_status everything(ms_team *team, bool losses) {
  ms_status status;
  ms_graph *g = NULL;
  ms_program *program = NULL;
  MS_TRY(ms_graph_create(&g));
  MS_TRY(compile(g, losses, &program));
  MS_TRY(run(program, team));
out:
  ms_program_free(program);
  ms_graph_free(g);
  return status;
}

static void sweep_new_graphs(ms_team *team, bool losses) {
  size_t alive = ms_live_blocks(), n = 0;
  ms_status status = MS_ENOMEM;
  for (; status != MS_OK && n < 10000;) {
    ms_alloc_fail_after(++n);
    status = everything(team, losses);
    ms_alloc_fail_after(0);
    if (status != MS_OK) CHECK_STATUS(status, MS_ENOMEM);
    CHECK(ms_live_blocks() == alive);
  }
  CHECK(n > 50 && n < 10000);
}

/* One graph through all its failures: what it then compiles is what a new one does. */
static void sweep_one_graph(ms_team *team, bool losses) {
  double kept_values[3], kept_gradients[3 * P], kept_outputs[N * 3];
  ms_graph *g = NULL;
  ms_program *program = NULL;
  ms_status status = MS_ENOMEM;
  clear();
  CHECK_STATUS(everything(team, losses), MS_OK);
  memcpy(kept_values, values, sizeof values);
  memcpy(kept_gradients, gradients, sizeof gradients);
  memcpy(kept_outputs, outputs, sizeof outputs);
  clear();
  CHECK_STATUS(ms_graph_create(&g), MS_OK);
  for (size_t n = 1; status != MS_OK && n < 10000; n++) {
    ms_alloc_fail_after(n);
    status = compile(g, losses, &program);
    ms_alloc_fail_after(0);
    if (status != MS_OK) CHECK_STATUS(status, MS_ENOMEM);
  }
  status = MS_ENOMEM;
  for (size_t n = 1; status != MS_OK && n < 100; n++) {
    ms_alloc_fail_after(n);
    status = run(program, team);
    ms_alloc_fail_after(0);
    if (status != MS_OK) CHECK_STATUS(status, MS_ENOMEM);
  }
  for (int k = 0; k < 3; k++) CHECK_NEAR(values[k], kept_values[k], 1e-13);
  for (int i = 0; i < 3 * P; i++) CHECK_NEAR(gradients[i], kept_gradients[i], 1e-12);
  for (int i = 0; i < N * 3; i++) CHECK_NEAR(outputs[i], kept_outputs[i], 1e-13);
  CHECK(!losses || (values[1] != 0.0 && gradients[3 * P - 1] != 0.0));
  CHECK(losses || outputs[0] != 0.0);
  ms_program_free(program);
  ms_graph_free(g);
}

/*
** A larger team than ever needs memory; when there is none, the program goes on with
** less.
*/
static void grow_team(ms_team *one, ms_team *three) {
  ms_graph *g = NULL;
  ms_program *program = NULL;
  double before;
  CHECK_STATUS(ms_graph_create(&g), MS_OK);
  CHECK_STATUS(compile(g, true, &program), MS_OK);
  CHECK_STATUS(run(program, one), MS_OK);
  before = values[0];
  for (size_t n = 1; n <= 2; n++) {
    ms_alloc_fail_after(n);
    CHECK_STATUS(run(program, three), MS_ENOMEM);
    ms_alloc_fail_after(0);
  }
  CHECK_STATUS(run(program, one), MS_OK);
  CHECK(values[0] == before);
  CHECK_STATUS(run(program, three), MS_OK);
  CHECK_NEAR(values[0], before, 1e-13);
  ms_alloc_fail_after(1); /* now there is room for both */
  CHECK_STATUS(run(program, one), MS_OK);
  CHECK_STATUS(run(program, three), MS_OK);
  ms_alloc_fail_after(0);
  ms_program_free(program);
  ms_graph_free(g);
}

static void refuse(ms_graph *g, ms_program_spec spec, const char *message) {
  ms_program *program = (ms_program *)1;
  CHECK_STATUS(ms_program_create(g, &spec, &program), MS_EARG);
  CHECK_MESSAGE(message);
  CHECK(program == NULL);
}

static void test_refusals(ms_team *team) {
  ms_graph *g = NULL;
  ms_program *program = NULL;
  expressions e;
  ms_ref x, matrix;
  ms_program_spec good = {.parameters = P,
                          .columns = COLUMNS,
                          .losses = 1,
                          .gradients = true};
  ms_program_spec spec;
  CHECK_STATUS(ms_graph_create(&g), MS_OK);
  trace(g, &e);
  x = ms_input(g, 0), matrix = ms_param(g, 0, 3, 2);
  good.loss = &e.losses[2];
  spec = good, spec.columns = 2;
  refuse(g, spec, "reads column 3 of the points, which have 2");
  spec = good, spec.parameters = P - 1;
  refuse(g, spec, "reads 1 x 1 parameters from number 41 on; there are 40");
  spec = good, spec.loss = &x;
  refuse(g, spec, "loss 1 must be one number");
  spec.gradients = false;
  refuse(g, spec, "loss 1 must be one number");
  spec = good, spec.losses = 0, spec.outputs = 1, spec.output = &matrix;
  refuse(g, spec, "output 1 is a matrix of 3 rows; expected values per point");
  spec = good, spec.block = (size_t)1 << 40;
  refuse(g, spec, "a block of 1099511627776 points");
  spec = good, x = ms_mean_rows(g, ms_param(g, SIZE_MAX - 2, 1, 1)), spec.loss = &x;
  refuse(g, spec, "from number 18446744073709551614 on");
  CHECK_STATUS(ms_program_create(g, &good, &program), MS_OK);
  CHECK_STATUS(ms_program_run(program, team, &(ms_program_io){.parameters = theta}),
               MS_EARG);
  CHECK_MESSAGE("a program needs at least one point");
  ms_program_free(program);
  ms_graph_free(g);
  ms_program_free(NULL);
}

int main(void) {
  ms_team *one = NULL, *three = NULL;
  for (int i = 0; i < P; i++) theta[i] = sin(1.0 + i) * 0.7;
  for (int i = 0; i < N * COLUMNS; i++) points[i] = cos(3.0 * i);
  CHECK_STATUS(ms_team_create(1, &one), MS_OK);
  CHECK_STATUS(ms_team_create(3, &three), MS_OK);
  for (int losses = 0; losses < 2; losses++) {
    sweep_new_graphs(three, losses);
    sweep_one_graph(three, losses);
  }
  grow_team(one, three);
  test_refusals(one);
  ms_team_free(one);
  ms_team_free(three);
  return check_done();
}
