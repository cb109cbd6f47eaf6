/*
** Constructors of expressions. Differences, negations and quotients by a number are
** written with add and mul, and numeric factors are moved outwards, c (x y), so that the
** compiler meets sums of products, which it fuses. x / c therefore is x (1/c): one
** rounding more.
*/
#include "graph/graph_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>

static ms_ref bad(ms_graph *graph) {
  return ms_graph_failed(graph, MS_EARG);
}

/* Names a shape in messages: "n x 3" (batched) or "2 x 3". */
static const char *shape(const ms_node *node, char *text, size_t size) {
  if (node->batched)
    snprintf(text, size, "n x %u", node->cols);
  else
    snprintf(text, size, "%u x %u", node->rows, node->cols);
  return text;
}

/* The broadcast shape of an element-wise op; false when the shapes do not fit. */
static bool broadcast(ms_node *out, const ms_node *x, const ms_node *y) {
  out->batched = x->batched || y->batched;
  if (out->batched && ((!x->batched && x->rows != 1) || (!y->batched && y->rows != 1)))
    return false;
  if (x->rows != y->rows && x->rows != 1 && y->rows != 1) return false;
  if (x->cols != y->cols && x->cols != 1 && y->cols != 1) return false;
  out->rows = x->rows > y->rows ? x->rows : y->rows;
  out->cols = x->cols > y->cols ? x->cols : y->cols;
  return true;
}

static ms_ref make_apply(ms_graph *graph, const ms_op *op, ms_ref x, ms_ref y) {
  ms_node node = {.kind = MS_NODE_APPLY, .op = op, .inputs = (uint32_t)op->arity};
  ms_ref inputs[2] = {x, y};
  double a = 0, b = 0, value;
  if (x == 0 || (op->arity == 2 && y == 0)) return 0;
  if (ms_is_const(graph, x, &a) && (op->arity == 1 || ms_is_const(graph, y, &b))) {
    if (op->arity == 1)
      op->map1(1, &a, &value);
    else
      op->map2(1, &a, &b, &value);
    return ms_const(graph, value);
  }
  if (!broadcast(&node, &graph->nodes[x], &graph->nodes[op->arity == 2 ? y : x])) {
    char first[48], second[48];
    ms_fail(MS_EARG, "'%s': shapes %s and %s do not broadcast", op->name,
            shape(&graph->nodes[x], first, sizeof first),
            shape(&graph->nodes[y], second, sizeof second));
    return bad(graph);
  }
  return ms_graph_intern(graph, node, inputs);
}

/* x = factor * rest, with rest == x when there is no numeric factor. */
static double split_factor(const ms_graph *graph, ms_ref x, ms_ref *rest) {
  double factor;
  *rest = x;
  if (!ms_is_apply(graph, x, &ms_op_mul)) return 1.0;
  const ms_ref *inputs = ms_graph_inputs(graph, x);
  if (!ms_is_const(graph, inputs[0], &factor)) return 1.0;
  *rest = inputs[1];
  return factor;
}

/*
** Whether x has the shape of the broadcast of x and y: replacing x op y by x is then
** safe.
*/
static bool covers(const ms_graph *graph, ms_ref x, ms_ref y) {
  ms_node out;
  const ms_node *a = &graph->nodes[x];
  return broadcast(&out, a, &graph->nodes[y]) && out.batched == a->batched
         && out.rows == a->rows && out.cols == a->cols;
}

static void order(ms_ref *x, ms_ref *y) {
  if (*x > *y) {
    ms_ref held = *x;
    *x = *y;
    *y = held;
  }
}

ms_ref ms_scale(ms_graph *graph, double factor, ms_ref x) {
  ms_ref rest;
  double inner, value;
  if (x == 0) return 0;
  if (ms_is_const(graph, x, &value)) return ms_const(graph, factor * value);
  inner = split_factor(graph, x, &rest);
  factor *= inner;
  if (factor == 0.0) return ms_const(graph, 0.0);
  if (factor == 1.0) return rest;
  return make_apply(graph, &ms_op_mul, ms_const(graph, factor), rest);
}

/* The factor to move out of the product x y: none from a column that y is wider than. */
static double outer_factor(const ms_graph *graph, ms_ref x, ms_ref y, ms_ref *rest) {
  double factor = split_factor(graph, x, rest);
  const ms_node *node = &graph->nodes[x];
  if (factor == 1.0 || !node->batched || node->cols >= graph->nodes[y].cols
      || graph->nodes[*rest].kind == MS_NODE_INPUT)
    return factor;
  *rest = x;
  return 1.0;
}

ms_ref ms_mul(ms_graph *graph, ms_ref x, ms_ref y) {
  ms_ref a, b;
  double factor, value;
  if (x == 0 || y == 0) return 0;
  if (ms_is_const(graph, x, &value)) return ms_scale(graph, value, y);
  if (ms_is_const(graph, y, &value)) return ms_scale(graph, value, x);
  factor = outer_factor(graph, x, y, &a) * outer_factor(graph, y, x, &b);
  order(&a, &b);
  return ms_scale(graph, factor, make_apply(graph, &ms_op_mul, a, b));
}

ms_ref ms_add(ms_graph *graph, ms_ref x, ms_ref y) {
  ms_ref a, b;
  double factor;
  if (x == 0 || y == 0) return 0;
  if (ms_is_number(graph, x, 0.0)) return y;
  if (ms_is_number(graph, y, 0.0)) return x;
  factor = split_factor(graph, x, &a) + split_factor(graph, y, &b);
  if (a == b) return ms_scale(graph, factor, a);
  order(&x, &y);
  return make_apply(graph, &ms_op_add, x, y);
}

/*
** x^y for a constant y: products for small whole powers, roots and reciprocals as such.
*/
static ms_ref power(ms_graph *graph, ms_ref x, double y) {
  if (y == 0.0) return ms_const(graph, 1.0);
  if (y == 0.5) return ms_apply(graph, &ms_op_sqrt, x, 0);
  if (y < 0.0 && y == floor(y) && y >= -16.0)
    return ms_apply(graph, &ms_op_div, ms_const(graph, 1.0), power(graph, x, -y));
  if (y == floor(y) && y >= 1.0 && y <= 16.0) {
    ms_ref half = y == 1.0 ? x : power(graph, x, floor(y / 2.0));
    if (y == 1.0) return x;
    half = ms_mul(graph, half, half);
    return fmod(y, 2.0) == 0.0 ? half : ms_mul(graph, half, x);
  }
  return make_apply(graph, &ms_op_pow, x, ms_const(graph, y));
}

ms_ref ms_apply(ms_graph *graph, const ms_op *op, ms_ref x, ms_ref y) {
  double value;
  if (x == 0 || (op->arity == 2 && y == 0)) return 0;
  if (op == &ms_op_add) return ms_add(graph, x, y);
  if (op == &ms_op_sub) return ms_add(graph, x, ms_scale(graph, -1.0, y));
  if (op == &ms_op_mul) return ms_mul(graph, x, y);
  if (op == &ms_op_neg) return ms_scale(graph, -1.0, x);
  if (op == &ms_op_div && ms_is_const(graph, y, &value))
    return ms_scale(graph, 1.0 / value, x);
  if (op == &ms_op_div && ms_is_number(graph, x, 0.0)) return x;
  if (op == &ms_op_div && x == y && covers(graph, x, y)) return ms_const(graph, 1.0);
  if (op == &ms_op_pow && ms_is_const(graph, y, &value)) return power(graph, x, value);
  return make_apply(graph, op, x, y);
}

ms_ref ms_matmul(ms_graph *graph, ms_ref a, ms_ref b) {
  ms_ref inputs[2] = {a, b};
  if (a == 0 || b == 0) return 0;
  if (ms_is_number(graph, a, 0.0) || ms_is_number(graph, b, 0.0))
    return ms_const(graph, 0.0);
  const ms_node *left = &graph->nodes[a], *right = &graph->nodes[b];
  if (right->batched || left->cols != right->rows) {
    char first[48], second[48];
    ms_fail(MS_EARG,
            "matmul: shapes %s and %s do not fit (the right one must not depend on "
            "the point)",
            shape(left, first, sizeof first), shape(right, second, sizeof second));
    return bad(graph);
  }
  if (left->cols == 1 && (left->batched || left->rows == 1) && right->rows == 1)
    return ms_mul(graph, a, b); /* an outer product is element-wise */
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_MATMUL,
                                   .batched = left->batched,
                                   .rows = left->rows,
                                   .cols = right->cols,
                                   .inputs = 2},
                         inputs);
}

ms_ref ms_gram(ms_graph *graph, size_t pairs, const ms_ref *pair) {
  for (size_t i = 0; i < 2 * pairs; i++)
    if (pair[i] == 0) return 0;
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_GRAM,
                                   .rows = graph->nodes[pair[0]].cols,
                                   .cols = graph->nodes[pair[1]].cols,
                                   .inputs = (uint32_t)(2 * pairs)},
                         pair);
}

ms_ref ms_transpose(ms_graph *graph, ms_ref a) {
  if (a == 0) return 0;
  const ms_node *node = &graph->nodes[a];
  if (node->rows == 1 && node->cols == 1) return a;
  if (node->kind == MS_NODE_TRANSPOSE) return ms_graph_inputs(graph, a)[0];
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_TRANSPOSE,
                                   .rows = node->cols,
                                   .cols = node->rows,
                                   .inputs = 1},
                         &a);
}

ms_ref ms_sum_rows(ms_graph *graph, ms_ref a) {
  if (a == 0) return 0;
  const ms_node *node = &graph->nodes[a];
  if (!node->batched && node->rows == 1) return a;
  return ms_graph_intern(
    graph,
    (ms_node){.kind = MS_NODE_SUM_ROWS, .rows = 1, .cols = node->cols, .inputs = 1}, &a);
}

ms_ref ms_mean_rows(ms_graph *graph, ms_ref a) {
  if (a != 0 && !graph->nodes[a].batched) return a;
  return ms_apply(graph, &ms_op_div, ms_sum_rows(graph, a), ms_count(graph));
}

ms_ref ms_sum_cols(ms_graph *graph, ms_ref a) {
  if (a == 0) return 0;
  const ms_node *node = &graph->nodes[a];
  if (node->cols == 1) return a;
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_SUM_COLS,
                                   .batched = node->batched,
                                   .rows = node->rows,
                                   .cols = 1,
                                   .inputs = 1},
                         &a);
}

/* A concatenation of numbers is data. */
static ms_ref concat_numbers(ms_graph *graph, size_t count, const ms_ref *parts) {
  double values[MS_MAX_INPUTS];
  for (size_t i = 0; i < count; i++) ms_is_const(graph, parts[i], &values[i]);
  return ms_data(graph, 1, count, values);
}

ms_ref ms_concat(ms_graph *graph, size_t count, const ms_ref *parts) {
  ms_node node = {.kind = MS_NODE_CONCAT, .rows = 1, .inputs = (uint32_t)count};
  size_t numbers = 0;
  if (count == 1) return parts[0];
  for (size_t i = 0; i < count; i++) {
    double value;
    if (parts[i] == 0) return 0;
    const ms_node *part = &graph->nodes[parts[i]];
    node.cols += part->cols;
    node.batched = node.batched || part->batched;
    numbers += ms_is_const(graph, parts[i], &value);
    if (part->rows != 1) {
      ms_fail(MS_EARG,
              "concat: part %zu is a matrix of %u rows; expected values per point", i + 1,
              part->rows);
      return bad(graph);
    }
  }
  if (numbers == count && count <= MS_MAX_INPUTS)
    return concat_numbers(graph, count, parts);
  return ms_graph_intern(graph, node, parts);
}

ms_ref ms_slice(ms_graph *graph, ms_ref a, size_t first, size_t cols) {
  if (a == 0) return 0;
  const ms_node *node = &graph->nodes[a];
  if (node->kind == MS_NODE_CONST) return a;
  if (first + cols > node->cols || cols == 0) {
    ms_fail(MS_EARG, "columns %zu to %zu asked of an expression that has %u", first + 1,
            first + cols, node->cols);
    return bad(graph);
  }
  if (cols == node->cols) return a;
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_SLICE,
                                   .batched = node->batched,
                                   .rows = node->rows,
                                   .cols = (uint32_t)cols,
                                   .index = first,
                                   .inputs = 1},
                         &a);
}

ms_ref ms_fill(ms_graph *graph, size_t rows, size_t cols, double value) {
  double *values = NULL;
  ms_ref result;
  ms_status status =
    ms_alloc(rows * cols, sizeof *values, "an expression graph", &values);
  if (status != MS_OK) return ms_graph_failed(graph, status);
  for (size_t i = 0; i < rows * cols; i++) values[i] = value;
  result = ms_data(graph, rows, cols, values);
  ms_free(values);
  return result;
}

ms_ref ms_widen(ms_graph *graph, ms_ref a, size_t cols) {
  double value;
  if (a == 0 || graph->nodes[a].cols == cols) return a;
  if (ms_is_const(graph, a, &value)) return ms_fill(graph, 1, cols, value);
  return ms_mul(graph, a, ms_fill(graph, 1, cols, 1.0));
}

ms_ref ms_pad(ms_graph *graph, ms_ref a, size_t first, size_t cols) {
  if (a == 0) return 0;
  const ms_node *node = &graph->nodes[a];
  if (ms_is_number(graph, a, 0.0) || node->cols == cols) return a;
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_PAD,
                                   .batched = node->batched,
                                   .rows = node->rows,
                                   .cols = (uint32_t)cols,
                                   .index = first,
                                   .inputs = 1},
                         &a);
}
