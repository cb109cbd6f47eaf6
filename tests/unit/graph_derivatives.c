/*
** The Taylor and reverse passes as graph transformations: what is shared, what is made,
** in which form. The numbers they give are checked from Lua, against closed forms and
** finite differences.
*/
#include "graph/graph.h"

#include "check.h"

static ms_graph *graph;

static ms_ref by(ms_ref of, size_t order, int a, int b, int c) {
  int ordinals[3] = {a, b, c};
  return ms_derivative(graph, of, order, ordinals);
}

static ms_ref tanh_of(ms_ref x) {
  return ms_apply(graph, &ms_op_tanh, x, 0);
}

static int same(ms_ref a, ms_ref b) {
  return a != 0 && a == b;
}

static void start(void) {
  graph = NULL;
  CHECK_STATUS(ms_graph_create(&graph), MS_OK);
}

static void finish(void) {
  CHECK_STATUS(ms_graph_error(graph), MS_OK);
  ms_graph_free(graph);
}

static void test_simple(void) {
  ms_ref x, y, zero, p;
  start();
  x = ms_input(graph, 0), y = ms_input(graph, 1), zero = ms_const(graph, 0.0);
  p = ms_param(graph, 0, 1, 1);
  CHECK(same(by(x, 1, 0, 0, 0), ms_const(graph, 1.0)) && same(by(x, 1, 1, 0, 0), zero));
  CHECK(same(by(x, 2, 0, 0, 0), zero) && same(by(p, 1, 0, 0, 0), zero));
  CHECK(same(by(x, 0, 0, 0, 0), x));
  CHECK(same(by(ms_mul(graph, x, x), 1, 0, 0, 0), ms_scale(graph, 2.0, x)));
  CHECK(same(by(ms_mul(graph, x, y), 1, 1, 0, 0), x));
  CHECK(same(by(ms_mul(graph, x, y), 2, 0, 1, 0), ms_const(graph, 1.0)));
  CHECK(same(by(ms_mul(graph, x, p), 1, 0, 0, 0), p));
  CHECK(same(by(ms_apply(graph, &ms_op_sin, x, 0), 1, 0, 0, 0),
             ms_apply(graph, &ms_op_cos, x, 0)));
  CHECK(same(by(ms_apply(graph, &ms_op_sign, x, 0), 1, 0, 0, 0), zero));
  CHECK(same(by(tanh_of(y), 1, 0, 0, 0), zero));
  finish();
}

/* The order of the inputs and nesting make no difference, and nothing is made twice. */
static void test_sharing(void) {
  ms_ref u, v, uxy, uxxy;
  size_t count;
  start();
  v = ms_add(graph, ms_mul(graph, ms_input(graph, 0), ms_input(graph, 1)),
             ms_scale(graph, 3.0, ms_input(graph, 1)));
  u = tanh_of(v);
  uxy = by(u, 2, 0, 1, 0), uxxy = by(u, 3, 0, 0, 1);
  count = ms_graph_count(graph);
  CHECK(same(by(u, 1, 1, 0, 0), by(u, 1, 1, 0, 0)));
  CHECK(ms_graph_count(graph) == count); /* u_y was made on the way to u_xxy */
  CHECK(by(u, 2, 0, 0, 0) != 0);
  count = ms_graph_count(graph);
  CHECK(same(uxy, by(u, 2, 1, 0, 0)) && same(uxy, by(by(u, 1, 1, 0, 0), 1, 0, 0, 0)));
  CHECK(same(uxxy, by(u, 3, 1, 0, 0)) && same(uxxy, by(u, 3, 0, 1, 0)));
  CHECK(same(uxxy, by(uxy, 1, 0, 0, 0)) && same(uxxy, by(by(u, 2, 0, 0, 0), 1, 1, 0, 0)));
  CHECK(ms_graph_count(graph) == count);
  finish();
}

/* The cost of one more order of a tanh network is that of its new channels. */
static void test_cost(void) {
  size_t made[7] = {0};
  ms_ref u;
  int all[6] = {0};
  start();
  u = ms_mul(graph, ms_input(graph, 0), ms_param(graph, 0, 1, 8));
  u = tanh_of(ms_matmul(graph, tanh_of(u), ms_param(graph, 8, 8, 8)));
  for (size_t order = 1; order <= 6; order++) {
    size_t before = ms_graph_count(graph);
    CHECK(ms_derivative(graph, u, order, all) != 0);
    made[order] = ms_graph_count(graph) - before;
  }
  /* two tanh layers, each of order n takes n + 1 more products, their factors and sums */
  for (size_t order = 2; order <= 6; order++) CHECK(made[order] <= 12 * order);
  finish();
}

static void test_orders(void) {
  ms_ref sine, u;
  int all[6] = {0};
  start();
  sine = ms_apply(graph, &ms_op_sin, ms_input(graph, 0), 0);
  CHECK(same(ms_derivative(graph, sine, 4, all), sine));
  /* cos was met as a derivative of sin; it has its own six orders all the same */
  u = ms_apply(graph, &ms_op_cos, ms_input(graph, 0), 0);
  CHECK(same(ms_derivative(graph, u, 6, all), ms_scale(graph, -1.0, u)));
  finish();
}

static void test_gradient_blocks(void) {
  ms_gradient_block *blocks = NULL;
  size_t count = 9;
  ms_ref x, late, early, middle, unused, loss;
  start();
  x = ms_input(graph, 0);
  late = ms_param(graph, 40, 3, 1), unused = ms_param(graph, 60, 1, 1);
  early = ms_param(graph, 2, 1, 3), middle = ms_param(graph, 5, 3, 3);
  loss = ms_mul(graph, x, early);
  loss = ms_matmul(graph, tanh_of(ms_matmul(graph, tanh_of(loss), middle)), late);
  loss = ms_mean_rows(graph, ms_mul(graph, loss, loss));
  CHECK_STATUS(ms_gradient(graph, loss, &blocks, &count), MS_OK);
  if (CHECK(count == 3)) {
    CHECK(blocks[0].offset == 2 && blocks[0].rows == 1 && blocks[0].cols == 3);
    CHECK(blocks[1].offset == 5 && blocks[1].rows == 3 && blocks[1].cols == 3);
    CHECK(blocks[2].offset == 40 && blocks[2].rows == 3 && blocks[2].cols == 1);
    CHECK(ms_graph_node(graph, blocks[1].ref)->kind == MS_NODE_GRAM);
    for (size_t i = 0; i < 3; i++) CHECK(!ms_graph_node(graph, blocks[i].ref)->batched);
  }
  ms_free(blocks);
  CHECK_STATUS(ms_gradient(graph, unused, &blocks, &count), MS_OK);
  CHECK(count == 1 && same(blocks[0].ref, ms_const(graph, 1.0)));
  ms_free(blocks);
  CHECK_STATUS(ms_gradient(graph, ms_const(graph, 3.0), &blocks, &count), MS_OK);
  CHECK(count == 0);
  ms_free(blocks);
  /* sign has no derivative worth a visit */
  loss = ms_mean_rows(graph, ms_apply(graph, &ms_op_sign, ms_mul(graph, x, unused), 0));
  CHECK_STATUS(ms_gradient(graph, loss, &blocks, &count), MS_OK);
  CHECK(count == 0);
  ms_free(blocks);
  finish();
}

static void test_gradient_failures(void) {
  ms_gradient_block *blocks = NULL;
  size_t count = 9;
  ms_ref x, p, wide, loss;
  start();
  x = ms_input(graph, 0), p = ms_param(graph, 0, 2, 2);
  wide = ms_matmul(graph, ms_mul(graph, x, ms_param(graph, 4, 1, 2)), p);
  CHECK_STATUS(ms_gradient(graph, x, &blocks, &count), MS_EARG);
  CHECK_MESSAGE("a loss must be one number");
  CHECK(blocks == NULL && count == 0);
  CHECK_STATUS(ms_gradient(graph, p, &blocks, &count), MS_EARG);
  CHECK_STATUS(ms_gradient(graph, ms_mean_rows(graph, wide), &blocks, &count), MS_EARG);
  CHECK_STATUS(ms_gradient(graph, 0, &blocks, &count), MS_EARG);
  loss = ms_mean_rows(graph, ms_sum_cols(graph, ms_mul(graph, wide, wide)));
  CHECK_STATUS(ms_gradient(graph, loss, &blocks, &count), MS_OK);
  loss = blocks[0].ref;
  ms_free(blocks);
  loss = ms_sum_rows(graph, ms_sum_cols(graph, loss));
  CHECK_STATUS(ms_gradient(graph, loss, &blocks, &count), MS_EARG);
  CHECK_MESSAGE("a gradient of a gradient is not supported");
  CHECK(blocks == NULL && count == 0);
  finish();
}

/* Every formula of every op is understood, for both arguments. */
static void test_formulas(void) {
  for (size_t i = 0; ms_op_at(i) != NULL; i++) {
    const ms_op *op = ms_op_at(i);
    start();
    for (int which = 0; which < op->arity; which++) {
      ms_ref x = ms_input(graph, 0), y = ms_input(graph, 1);
      ms_ref f = ms_apply(graph, op, x, y);
      CHECK(f != 0 && ms_op_derivative(graph, op, which, x, y, f) != 0);
    }
    finish();
  }
}

static void test_malformed_formulas(void) {
  static const char *const wrong[] = {"",       "x +",      "sinus(x)", "(x",     "x)",
                                      "max(x)", "sin(x, y", "x y",      "2 ** x", "&"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    ms_op op = ms_op_max;
    ms_ref x, y;
    op.derivative[0] = wrong[i];
    start();
    x = ms_input(graph, 0), y = ms_input(graph, 1);
    CHECK(ms_op_derivative(graph, &op, 0, x, y, x) == 0);
    CHECK_MESSAGE("not understood");
    CHECK_STATUS(ms_graph_error(graph), MS_EBUG);
    finish();
  }
}

int main(void) {
  test_simple();
  test_sharing();
  test_cost();
  test_orders();
  test_gradient_blocks();
  test_gradient_failures();
  test_formulas();
  test_malformed_formulas();
  return check_done();
}
