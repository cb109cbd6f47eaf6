/* Expressions: equal ones are one node, simplification, shapes, failures. */
#include "graph/graph.h"

#include "check.h"

static ms_graph *graph;

static ms_ref number(double value) {
  return ms_const(graph, value);
}

static ms_ref unary(const ms_op *op, ms_ref x) {
  return ms_apply(graph, op, x, 0);
}

static ms_ref binary(const ms_op *op, ms_ref x, ms_ref y) {
  return ms_apply(graph, op, x, y);
}

/* Both expressions exist and are the same node. */
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

static void test_leaves(void) {
  double rows[] = {1, 2, 3, 4, 5, 6};
  ms_ref x, data;
  start();
  x = ms_input(graph, 4);
  CHECK(same(number(2.0), number(2.0)) && number(2.0) != number(3.0));
  CHECK(same(number(0.0), number(-0.0)));
  CHECK(same(x, ms_input(graph, 4)) && x != ms_input(graph, 5));
  CHECK(ms_input_ordinal(graph, x) == 0);
  CHECK(ms_input_ordinal(graph, ms_input(graph, 5)) == 1);
  CHECK(ms_input_ordinal(graph, number(2.0)) == -1);
  CHECK(same(ms_count(graph), ms_count(graph)));
  CHECK(same(ms_param(graph, 3, 2, 2), ms_param(graph, 3, 2, 2)));
  CHECK(ms_param(graph, 3, 2, 2) != ms_param(graph, 3, 4, 1));
  data = ms_data(graph, 2, 3, rows);
  CHECK(same(data, ms_data(graph, 2, 3, rows)) && data != ms_data(graph, 3, 2, rows));
  CHECK(same(ms_data(graph, 1, 1, rows), number(1.0)));
  CHECK(same(ms_data(graph, 1, 2, rows + 1), ms_data(graph, 1, 2, rows + 1)));
  CHECK(memcmp(ms_graph_data(graph, data), rows, sizeof rows) == 0);
  CHECK(same(ms_fill(graph, 1, 3, 7.0), ms_fill(graph, 1, 3, 7.0)));
  CHECK(same(ms_fill(graph, 1, 1, 7.0), number(7.0)));
  CHECK(ms_graph_data(graph, ms_fill(graph, 2, 2, 7.0))[3] == 7.0);
  CHECK(number(NAN) != 0 && ms_graph_node(graph, number(NAN))->kind == MS_NODE_CONST);
  finish();
}

static void test_sums_and_products(void) {
  ms_ref x, y, xy;
  start();
  x = ms_input(graph, 0), y = ms_input(graph, 1), xy = ms_mul(graph, x, y);
  CHECK(same(xy, ms_mul(graph, y, x)));
  CHECK(same(ms_add(graph, x, y), ms_add(graph, y, x)));
  CHECK(same(ms_add(graph, x, number(0.0)), x) && same(ms_add(graph, number(0.0), x), x));
  CHECK(same(ms_mul(graph, x, number(1.0)), x));
  CHECK(same(ms_mul(graph, number(0.0), x), number(0.0)));
  CHECK(same(ms_add(graph, x, x), ms_scale(graph, 2.0, x)));
  CHECK(
    same(ms_add(graph, ms_scale(graph, 2.0, x), ms_scale(graph, -2.0, x)), number(0.0)));
  CHECK(same(ms_add(graph, ms_scale(graph, 2.0, x), ms_scale(graph, -1.0, x)), x));
  CHECK(same(ms_scale(graph, 0.5, ms_scale(graph, 2.0, x)), x));
  CHECK(same(ms_mul(graph, ms_scale(graph, 3.0, x), ms_scale(graph, 2.0, y)),
             ms_scale(graph, 6.0, xy)));
  CHECK(same(binary(&ms_op_sub, x, y), ms_add(graph, x, ms_scale(graph, -1.0, y))));
  CHECK(same(binary(&ms_op_sub, x, x), number(0.0)));
  CHECK(same(unary(&ms_op_neg, unary(&ms_op_neg, x)), x));
  CHECK(same(binary(&ms_op_div, x, number(4.0)), ms_scale(graph, 0.25, x)));
  CHECK(same(binary(&ms_op_div, x, x), number(1.0)));
  CHECK(same(binary(&ms_op_div, number(0.0), x), number(0.0)));
  CHECK(same(binary(&ms_op_add, number(2.0), number(3.0)), number(5.0)));
  CHECK(same(unary(&ms_op_exp, number(0.0)), number(1.0)));
  /* the compiler looks for numeric factors in the first argument */
  CHECK(ms_graph_inputs(graph, ms_mul(graph, x, number(3.0)))[0] == number(3.0));
  CHECK(ms_graph_inputs(graph, ms_mul(graph, ms_scale(graph, 3.0, x), y))[0]
        == number(3.0));
  CHECK(ms_graph_inputs(graph, ms_mul(graph, ms_scale(graph, 3.0, x), y))[1] == xy);
  finish();
}

static void test_powers(void) {
  ms_ref x, square;
  start();
  x = ms_input(graph, 0), square = ms_mul(graph, x, x);
  CHECK(same(binary(&ms_op_pow, x, number(0.0)), number(1.0)));
  CHECK(same(binary(&ms_op_pow, x, number(1.0)), x));
  CHECK(same(binary(&ms_op_pow, x, number(2.0)), square));
  CHECK(same(binary(&ms_op_pow, x, number(4.0)), ms_mul(graph, square, square)));
  CHECK(same(binary(&ms_op_pow, x, number(5.0)),
             ms_mul(graph, ms_mul(graph, square, square), x)));
  CHECK(
    same(binary(&ms_op_pow, x, number(-2.0)), binary(&ms_op_div, number(1.0), square)));
  CHECK(same(binary(&ms_op_pow, x, number(0.5)), unary(&ms_op_sqrt, x)));
  CHECK(ms_graph_node(graph, binary(&ms_op_pow, x, number(1.5)))->op == &ms_op_pow);
  CHECK(ms_graph_node(graph, binary(&ms_op_pow, x, number(17.0)))->op == &ms_op_pow);
  CHECK(ms_graph_node(graph, binary(&ms_op_pow, x, number(-INFINITY)))->op == &ms_op_pow);
  CHECK(ms_graph_node(graph, binary(&ms_op_pow, x, number(NAN)))->op == &ms_op_pow);
  CHECK(same(binary(&ms_op_pow, number(2.0), number(10.0)), number(1024.0)));
  finish();
}

/* Shape of a node as rows * 100 + cols, negative when batched. */
static int shape(ms_ref ref) {
  const ms_node *node = ms_graph_node(graph, ref);
  int packed = (int)node->rows * 100 + (int)node->cols;
  return ref == 0 ? 0 : node->batched ? -packed : packed;
}

static void test_structure(void) {
  double one_two[] = {1, 2};
  ms_ref x, wide, matrix, row, parts[3];
  start();
  x = ms_input(graph, 0);
  matrix = ms_param(graph, 0, 3, 4), row = ms_param(graph, 12, 1, 3);
  wide = ms_mul(graph, x, row);
  CHECK(shape(x) == -101 && shape(matrix) == 304 && shape(wide) == -103);
  CHECK(shape(ms_matmul(graph, wide, matrix)) == -104);
  CHECK(shape(ms_matmul(graph, row, matrix)) == 104);
  CHECK(same(ms_matmul(graph, x, row), wide)); /* an outer product is element-wise */
  CHECK(same(ms_matmul(graph, number(0.0), matrix), number(0.0)));
  CHECK(shape(ms_transpose(graph, matrix)) == 403);
  CHECK(same(ms_transpose(graph, ms_transpose(graph, matrix)), matrix));
  CHECK(shape(ms_sum_rows(graph, wide)) == 103
        && shape(ms_sum_rows(graph, matrix)) == 104);
  CHECK(same(ms_sum_rows(graph, row), row));
  CHECK(shape(ms_sum_cols(graph, wide)) == -101
        && shape(ms_sum_cols(graph, matrix)) == 301);
  CHECK(same(ms_sum_cols(graph, x), x));
  CHECK(shape(ms_mean_rows(graph, wide)) == 103
        && same(ms_mean_rows(graph, matrix), matrix));
  parts[0] = x, parts[1] = row, parts[2] = number(2.0);
  CHECK(shape(ms_concat(graph, 3, parts)) == -105 && same(ms_concat(graph, 1, parts), x));
  parts[0] = number(1.0), parts[1] = number(2.0);
  CHECK(same(ms_concat(graph, 2, parts), ms_data(graph, 1, 2, one_two)));
  CHECK(shape(ms_slice(graph, wide, 1, 2)) == -102
        && same(ms_slice(graph, wide, 0, 3), wide));
  CHECK(shape(ms_pad(graph, wide, 2, 9)) == -109
        && same(ms_pad(graph, wide, 0, 3), wide));
  CHECK(same(ms_pad(graph, number(0.0), 0, 3), number(0.0)));
  CHECK(shape(ms_widen(graph, x, 3)) == -103 && same(ms_widen(graph, wide, 3), wide));
  CHECK(same(ms_widen(graph, number(2.0), 3), ms_fill(graph, 1, 3, 2.0)));
  finish();
}

/*
** A failure gives 0, its message stays, later calls do nothing, and then all is well
** again.
*/
static void failed(ms_ref ref, const char *message) {
  size_t count = ms_graph_count(graph);
  CHECK(ref == 0);
  CHECK_MESSAGE(message);
  CHECK(number(77.0) == 0 && ms_param(graph, 77, 1, 1) == 0);
  CHECK(ms_graph_count(graph) == count);
  CHECK_STATUS(ms_graph_error(graph), MS_EARG);
  CHECK_STATUS(ms_graph_error(graph), MS_OK);
  CHECK(ms_input(graph, 0) != 0);
}

static void test_failures(void) {
  ms_ref x, wide, matrix, parts[2];
  int by[7] = {0};
  start();
  x = ms_input(graph, 0), wide = ms_mul(graph, x, ms_param(graph, 0, 1, 3));
  matrix = ms_param(graph, 3, 3, 4);
  failed(ms_add(graph, wide, ms_mul(graph, x, ms_param(graph, 0, 1, 2))),
         "'add': shapes n x 3 and n x 2 do not broadcast");
  failed(ms_mul(graph, wide, matrix), "'mul': shapes");
  failed(ms_matmul(graph, matrix, wide), "shapes 3 x 4 and n x 3 do not fit");
  failed(ms_matmul(graph, wide, ms_param(graph, 0, 4, 4)), "shapes n x 3 and 4 x 4");
  failed(ms_slice(graph, wide, 2, 2), "columns 3 to 4 asked of an expression that has 3");
  failed(ms_slice(graph, wide, 0, 0), "columns");
  parts[0] = x, parts[1] = matrix;
  failed(ms_concat(graph, 2, parts), "part 2 is a matrix of 3 rows");
  failed(ms_param(graph, 0, 0, 3), "a matrix of 0 x 3 is not possible");
  failed(ms_param(graph, 0, (size_t)UINT32_MAX + 1, 3), "is not possible");
  failed(ms_derivative(graph, x, 7, by), "order 7 was asked for; the highest is 6");
  failed(ms_derivative(graph, ms_mean_rows(graph, x), 1, by), "sums over the points");
  for (size_t i = 1; i < MS_MAX_INPUTS; i++) CHECK(ms_input(graph, i) != 0);
  failed(ms_input(graph, MS_MAX_INPUTS), "at most 64 input columns");
  CHECK(ms_add(graph, 0, x) == 0 && ms_apply(graph, &ms_op_exp, 0, 0) == 0);
  CHECK(ms_matmul(graph, x, 0) == 0 && ms_derivative(graph, 0, 1, by) == 0);
  finish();
}

/* Thousands of nodes: the tables grow and still find everything. */
static void test_growth(void) {
  enum { MANY = 20000 };
  ms_ref x, sum, again;
  size_t count, late = 0;
  start();
  x = ms_input(graph, 0), sum = x;
  for (int i = 1; i <= MANY; i++)
    sum = ms_add(graph, sum, unary(&ms_op_sin, ms_scale(graph, i, x)));
  count = ms_graph_count(graph);
  CHECK(count > 3 * MANY);
  again = x;
  for (int i = 1; i <= MANY; i++)
    again = ms_add(graph, again, unary(&ms_op_sin, ms_scale(graph, i, x)));
  CHECK(same(sum, again) && ms_graph_count(graph) == count);
  for (ms_ref ref = 1; ref <= count; ref++)
    for (uint32_t i = 0; i < ms_graph_node(graph, ref)->inputs; i++)
      late += ms_graph_inputs(graph, ref)[i] >= ref;
  CHECK(late == 0); /* every input comes before its user */
  finish();
}

int main(void) {
  test_leaves();
  test_sums_and_products();
  test_powers();
  test_structure();
  test_failures();
  test_growth();
  ms_graph_free(NULL);
  return check_done();
}
