/*
** The tangent pass: the derivative of a node along a direction of the parameters, built
** as nodes of the same graph. The direction v stands behind the parameters in the vector
** that a program is given, [theta, v]: the tangent of the parameter at offset o is the
** parameter at offset o + P. With v. the tangent of node v,
**
**   f = op(x, y)         f. = df/dx x. + df/dy y.
**   c = a b              c. = a. b + a b.
**   c = sum a^T b        c. = sum a.^T b + a^T b.
**
** The tangent of a residual is J v; the tangent of a gradient is the Hessian times v
** (Pearlmutter 1994, doi:10.1162/neco.1994.6.1.147), exact and at about twice the cost of
** the gradient. As in the reverse pass a tangent may be narrower than its node.
*/
#include "graph/graph_impl.h"

#include "base/alloc.h"

typedef struct pass {
  ms_graph *graph;
  size_t parameters; /* P */
  ms_ref *tangent;   /* of nodes 1 .. top; 0: not known yet */
} pass;

/* A tangent in the full shape of its node, where a rule needs that. */
static ms_ref fill(ms_graph *graph, ms_ref part, ms_ref of) {
  ms_node node = graph->nodes[of];
  if (part == 0 || node.batched || graph->nodes[part].rows == node.rows)
    return ms_widen(graph, part, node.cols);
  return ms_mul(graph, part, ms_fill(graph, node.rows, node.cols, 1.0));
}

static ms_ref apply(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  const ms_op *op = graph->nodes[ref].op;
  ms_ref args[2] = {ms_graph_inputs(graph, ref)[0], 0}, sum = ms_const(graph, 0.0);
  if (op->arity == 2) args[1] = ms_graph_inputs(graph, ref)[1];
  for (int which = 0; which < op->arity; which++) {
    ms_ref along = p->tangent[args[which]];
    if (ms_is_number(graph, along, 0.0)) continue;
    sum = ms_add(graph, sum,
                 ms_mul(graph, along,
                        ms_op_derivative(graph, op, which, args[0], args[1], ref)));
  }
  return sum;
}

/* The sum over the points of a^T b, where either may be the same at every point. */
static ms_ref sum_of_products(ms_graph *graph, ms_ref a, ms_ref b) {
  bool a_varies = graph->nodes[a].batched, b_varies = graph->nodes[b].batched;
  if (a_varies && b_varies) return ms_gram(graph, 1, (ms_ref[]){a, b});
  if (a_varies) a = ms_sum_rows(graph, a);
  if (b_varies) b = ms_sum_rows(graph, b);
  if (!a_varies && !b_varies) b = ms_mul(graph, ms_count(graph), b);
  return ms_matmul(graph, ms_transpose(graph, a), b);
}

/* Products of varying pairs go into one gram, which the program stacks. */
static ms_ref gram(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  uint32_t inputs = graph->nodes[ref].inputs;
  ms_ref *pairs = NULL, sum = ms_const(graph, 0.0);
  size_t count = 0;
  ms_status status =
    ms_alloc(2 * (size_t)inputs, sizeof *pairs, "a tangent pass", &pairs);
  if (status != MS_OK) return ms_graph_failed(graph, status);
  for (uint32_t i = 0; i < inputs && graph->error == MS_OK; i++) {
    ms_ref at = ms_graph_inputs(graph, ref)[i], along = p->tangent[at];
    ms_ref other = ms_graph_inputs(graph, ref)[i ^ 1], a, b;
    if (ms_is_number(graph, along, 0.0)) continue;
    along = fill(graph, along, at);
    if (along == 0) break;
    a = i % 2 == 0 ? along : other;
    b = i % 2 == 0 ? other : along;
    if (graph->nodes[a].batched && graph->nodes[b].batched) {
      pairs[count++] = a;
      pairs[count++] = b;
    } else {
      sum = ms_add(graph, sum, sum_of_products(graph, a, b));
    }
  }
  if (count > 0) sum = ms_add(graph, sum, ms_gram(graph, count / 2, pairs));
  ms_free(pairs);
  return sum;
}

static ms_ref matmul(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  ms_ref a = ms_graph_inputs(graph, ref)[0], b = ms_graph_inputs(graph, ref)[1];
  ms_ref left = p->tangent[a], right = p->tangent[b], sum = ms_const(graph, 0.0);
  if (!ms_is_number(graph, left, 0.0))
    sum = ms_matmul(graph, ms_widen(graph, left, graph->nodes[a].cols), b);
  if (!ms_is_number(graph, right, 0.0))
    sum = ms_add(graph, sum, ms_matmul(graph, a, fill(graph, right, b)));
  return sum;
}

static ms_ref concat(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  uint32_t inputs = graph->nodes[ref].inputs;
  ms_ref *parts = NULL, whole;
  ms_status status = ms_alloc(inputs, sizeof *parts, "a tangent pass", &parts);
  if (status != MS_OK) return ms_graph_failed(graph, status);
  for (uint32_t i = 0; i < inputs; i++) {
    ms_ref at = ms_graph_inputs(graph, ref)[i];
    parts[i] = fill(graph, p->tangent[at], at);
  }
  whole = ms_concat(graph, inputs, parts);
  ms_free(parts);
  return whole;
}

/* The sum over rows of a, whose tangent may stand for many equal rows. */
static ms_ref sum_rows(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  ms_ref a = ms_graph_inputs(graph, ref)[0], along = p->tangent[a];
  ms_node node = graph->nodes[a];
  if (node.batched && !graph->nodes[along].batched)
    return ms_mul(graph, ms_count(graph), along);
  if (!node.batched && graph->nodes[along].rows < node.rows)
    return ms_scale(graph, node.rows, along);
  return ms_sum_rows(graph, along);
}

/* What stands behind the parameters must not be taken for one of them. */
static ms_ref direction(pass *p, const ms_node *node) {
  size_t count = (size_t)node->rows * node->cols;
  if (count > p->parameters || node->index > p->parameters - count)
    return ms_graph_failed(
      p->graph, ms_fail(MS_EARG,
                        "an expression reads %u x %u parameters from number %zu on; "
                        "there are %zu",
                        node->rows, node->cols, node->index + 1, p->parameters));
  return ms_param(p->graph, node->index + p->parameters, node->rows, node->cols);
}

static ms_ref derive(pass *p, ms_ref ref) {
  ms_graph *graph = p->graph;
  ms_node node = graph->nodes[ref];
  ms_ref a = node.inputs > 0 ? ms_graph_inputs(graph, ref)[0] : 0;
  bool zero = node.kind != MS_NODE_PARAM;
  for (uint32_t i = 0; i < node.inputs; i++)
    zero = zero && ms_is_number(graph, p->tangent[ms_graph_inputs(graph, ref)[i]], 0.0);
  if (zero) return ms_const(graph, 0.0);
  switch (node.kind) {
    case MS_NODE_PARAM: return direction(p, &node);
    case MS_NODE_APPLY: return apply(p, ref);
    case MS_NODE_MATMUL: return matmul(p, ref);
    case MS_NODE_GRAM: return gram(p, ref);
    case MS_NODE_TRANSPOSE: return ms_transpose(graph, p->tangent[a]);
    case MS_NODE_SUM_ROWS: return sum_rows(p, ref);
    case MS_NODE_SUM_COLS:
      return ms_sum_cols(graph, ms_widen(graph, p->tangent[a], graph->nodes[a].cols));
    case MS_NODE_CONCAT: return concat(p, ref);
    case MS_NODE_SLICE:
      return ms_slice(graph, ms_widen(graph, p->tangent[a], graph->nodes[a].cols),
                      node.index, node.cols);
    case MS_NODE_PAD:
      return ms_pad(graph, ms_widen(graph, p->tangent[a], graph->nodes[a].cols),
                    node.index, node.cols);
    default: return ms_const(graph, 0.0);
  }
}

ms_ref ms_tangent(ms_graph *graph, ms_ref of, size_t parameters) {
  pass p = {.graph = graph, .parameters = parameters};
  bool *needed = NULL;
  ms_ref result = 0;
  ms_status status;
  if (of == 0) return 0;
  status = ms_alloc_zero((size_t)of + 1, sizeof *p.tangent, "a tangent pass", &p.tangent);
  if (status == MS_OK)
    status = ms_alloc_zero((size_t)of + 1, sizeof *needed, "a tangent pass", &needed);
  if (status != MS_OK) {
    ms_graph_failed(graph, status);
    goto out;
  }
  needed[of] = true;
  for (ms_ref ref = of; ref >= 1; ref--)
    for (uint32_t i = 0; needed[ref] && i < graph->nodes[ref].inputs; i++)
      needed[ms_graph_inputs(graph, ref)[i]] = true;
  for (ms_ref ref = 1; ref <= of && graph->error == MS_OK; ref++)
    if (needed[ref]) p.tangent[ref] = derive(&p, ref);
  result = graph->error == MS_OK ? p.tangent[of] : 0;
out:
  ms_free(p.tangent);
  ms_free(needed);
  return result;
}
