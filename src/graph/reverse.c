/*
** The reverse pass: adjoints of every node that a loss depends on, from the loss down to
** the parameters, built as nodes of the same graph. With v' the adjoint of node v,
**
**   f = op(x, y)     x' += f' df/dx, reduced to the shape of x
**   f = g(z)         z' += f' dg/dz, where f was declared a function of z (chain.c)
**   c = a b          a' += c' b^T,  b' += a^T c'   (a gram where a is batched)
**
** An adjoint may be narrower than its node (a uniform seed stands for the same value at
** every point); 'reduce' counts it as often as it stands.
*/
#include "graph/graph_impl.h"

#include "base/alloc.h"

/* What has arrived at a node so far. */
typedef struct adjoint {
  ms_ref sum;     /* 0: nothing yet */
  uint32_t pairs; /* index + 1 of the last gram pair in 'pairs', linked by 'next' */
  uint32_t pair_count;
} adjoint;

typedef struct pair {
  ms_ref a, b;
  uint32_t next;
} pair;

typedef struct pass {
  ms_graph *graph;
  adjoint *of; /* of nodes 1 .. top */
  bool *reached;
  ms_ref *inside; /* of nodes 1 .. top: adjoints while visit_inside() runs, else 0 */
  bool *holds;    /* of the nodes of a function of one argument, see find_inside() */
  pair *pairs;
  size_t pair_count, pair_capacity;
} pass;

/*
** Sum 'part', a term of the adjoint of something shaped like 'from', to the shape of
** 'to'.
*/
static ms_ref reduce(ms_graph *graph, ms_ref part, ms_ref from, ms_ref to) {
  ms_node source = graph->nodes[from], target = graph->nodes[to];
  if (part == 0) return 0;
  if (source.batched && !target.batched)
    part = graph->nodes[part].batched ? ms_sum_rows(graph, part)
                                      : ms_mul(graph, ms_count(graph), part);
  else if (!source.batched && source.rows > 1 && target.rows == 1)
    part = graph->nodes[part].rows > 1 ? ms_sum_rows(graph, part)
                                       : ms_scale(graph, source.rows, part);
  if (part != 0 && source.cols > 1 && target.cols == 1)
    part = graph->nodes[part].cols > 1 ? ms_sum_cols(graph, part)
                                       : ms_scale(graph, source.cols, part);
  return part;
}

static void arrive(pass *p, ms_ref at, ms_ref part) {
  adjoint *to = &p->of[at];
  to->sum = to->sum == 0 ? part : ms_add(p->graph, to->sum, part);
}

/* The same for a sum over the points: sums at one place are summed once. */
static void arrive_summed(pass *p, ms_ref at, ms_ref part) {
  ms_graph *graph = p->graph;
  ms_ref sum = p->of[at].sum;
  if (sum != 0 && part != 0 && graph->nodes[sum].kind == MS_NODE_SUM_ROWS
      && graph->nodes[part].kind == MS_NODE_SUM_ROWS)
    p->of[at].sum = ms_sum_rows(graph, ms_add(graph, ms_graph_inputs(graph, sum)[0],
                                              ms_graph_inputs(graph, part)[0]));
  else
    arrive(p, at, part);
}

/* Which nodes of a function of z hold parameters other than those of z; if 'ref' does. */
static bool find_inside(pass *p, ms_ref ref, ms_ref z) {
  for (ms_ref at = z + 1; at <= ref; at++) {
    const ms_node *node = &p->graph->nodes[at];
    p->holds[at] = false;
    if (node->kind != MS_NODE_APPLY || !node->batched) continue;
    for (uint32_t i = 0; i < node->inputs; i++) {
      ms_ref arg = ms_graph_inputs(p->graph, at)[i];
      bool inner = p->graph->nodes[arg].batched;
      p->holds[at] |= inner ? arg > z && p->holds[arg] : p->reached[arg];
    }
  }
  return p->holds[ref];
}

/* One number times parameters gets there with the number: their sums are then alike. */
static ms_ref without_number(ms_graph *graph, ms_ref of, double *number) {
  *number = 1.0;
  if (!ms_is_apply(graph, of, &ms_op_mul)
      || !ms_is_const(graph, ms_graph_inputs(graph, of)[0], number))
    return of;
  return ms_graph_inputs(graph, of)[1];
}

/* What arrives at input 'which' of a node inside a function of z. */
static void arrive_inside(pass *p, ms_ref at, ms_ref seed, int which, ms_ref z) {
  ms_graph *graph = p->graph;
  const ms_op *op = graph->nodes[at].op;
  ms_ref x = ms_graph_inputs(graph, at)[0];
  ms_ref y = op->arity == 2 ? ms_graph_inputs(graph, at)[1] : 0, to = which ? y : x;
  bool inner = graph->nodes[to].batched;
  double number;
  ms_ref part;
  if (inner ? to <= z || !p->holds[to] : !p->reached[to]) return;
  part = ms_mul(graph, seed, ms_op_derivative(graph, op, which, x, y, at));
  if (inner) {
    part = reduce(graph, part, at, to);
    p->inside[to] = p->inside[to] == 0 ? part : ms_add(graph, p->inside[to], part);
  } else {
    to = without_number(graph, to, &number);
    arrive_summed(p, to, reduce(graph, ms_scale(graph, number, part), at, to));
  }
}

/* The adjoints of the parameters in a function of z. */
static void visit_inside(pass *p, ms_ref ref, ms_ref seed, ms_ref z) {
  if (!find_inside(p, ref, z)) return;
  p->inside[ref] = seed;
  for (ms_ref at = ref; at > z; at--) {
    seed = p->inside[at];
    p->inside[at] = 0;
    for (int which = 0; seed != 0 && which < p->graph->nodes[at].op->arity; which++)
      arrive_inside(p, at, seed, which, z);
  }
}

/* Of a function of one argument, see chain.c. */
static void visit_chain(pass *p, ms_ref ref, ms_ref seed, ms_ref z) {
  ms_graph *graph = p->graph;
  ms_ref slope = ms_chain_slope(graph, ref, z);
  if (p->reached[z]) arrive(p, z, reduce(graph, ms_mul(graph, seed, slope), ref, z));
  visit_inside(p, ref, seed, z);
}

static void visit_apply(pass *p, ms_ref ref, ms_ref seed) {
  ms_graph *graph = p->graph;
  const ms_op *op = graph->nodes[ref].op;
  const ms_ref *inputs = ms_graph_inputs(graph, ref);
  ms_ref argument[2] = {inputs[0], op->arity == 2 ? inputs[1] : 0};
  ms_ref through = ms_chain_argument(graph, ref);
  if (through != 0) {
    visit_chain(p, ref, seed, through);
    return;
  }
  for (int which = 0; which < op->arity; which++) {
    ms_ref slope;
    if (!p->reached[argument[which]]) continue;
    slope = ms_op_derivative(graph, op, which, argument[0], argument[1], ref);
    if (op->arity == 2 && argument[0] == argument[1]) { /* both at once */
      slope = ms_add(graph, slope,
                     ms_op_derivative(graph, op, ++which, argument[0], argument[1], ref));
    }
    arrive(p, argument[which],
           reduce(graph, ms_mul(graph, seed, slope), ref, argument[which]));
  }
}

/* Remember a^T b as one more pair of the gram that b' will be. */
static void add_pair(pass *p, ms_ref at, ms_ref a, ms_ref b) {
  adjoint *to = &p->of[at];
  ms_status status = ms_reserve(&p->pairs, &p->pair_capacity, p->pair_count + 1,
                                sizeof *p->pairs, "a reverse pass");
  if (status != MS_OK) {
    ms_graph_failed(p->graph, status);
    return;
  }
  p->pairs[p->pair_count++] = (pair){a, b, to->pairs};
  to->pairs = (uint32_t)p->pair_count;
  to->pair_count++;
}

/* Whether a matrix is one column of ones: the adjoint of the sums broadcasts. */
static bool sums_columns(const ms_graph *graph, ms_ref b) {
  const ms_node *node = &graph->nodes[b];
  if (node->kind != MS_NODE_DATA || node->cols > 1) return false;
  for (uint32_t i = 0; i < node->rows; i++)
    if (ms_graph_data(graph, b)[i] != 1.0) return false;
  return true;
}

static void visit_matmul(pass *p, ms_ref ref, ms_ref seed) {
  ms_graph *graph = p->graph;
  ms_ref a = ms_graph_inputs(graph, ref)[0], b = ms_graph_inputs(graph, ref)[1];
  bool batched = graph->nodes[ref].batched;
  seed = ms_widen(graph, seed, graph->nodes[ref].cols);
  if (seed == 0) return;
  if (p->reached[a])
    arrive(p, a,
           sums_columns(graph, b) ? seed
                                  : ms_matmul(graph, seed, ms_transpose(graph, b)));
  if (!p->reached[b]) return;
  if (!batched) {
    ms_ref left = ms_transpose(graph, a);
    if (graph->nodes[a].rows > 1 && graph->nodes[seed].rows == 1)
      left = ms_sum_cols(graph, left);
    arrive(p, b, ms_matmul(graph, left, seed));
  } else if (graph->nodes[seed].batched) {
    add_pair(p, b, a, seed);
  } else {
    arrive(p, b, ms_matmul(graph, ms_transpose(graph, ms_sum_rows(graph, a)), seed));
  }
}

static void visit_concat(pass *p, ms_ref ref, ms_ref seed) {
  ms_graph *graph = p->graph;
  size_t first = 0;
  for (uint32_t i = 0; i < graph->nodes[ref].inputs; i++) {
    ms_ref part = ms_graph_inputs(graph, ref)[i];
    uint32_t cols = graph->nodes[part].cols;
    ms_ref share =
      graph->nodes[seed].cols == 1 ? seed : ms_slice(graph, seed, first, cols);
    if (p->reached[part] && share != 0) {
      if (graph->nodes[ref].batched && !graph->nodes[part].batched)
        share = graph->nodes[share].batched ? ms_sum_rows(graph, share)
                                            : ms_mul(graph, ms_count(graph), share);
      arrive(p, part, share);
    }
    first += cols;
  }
}

static void visit(pass *p, ms_ref ref, ms_ref seed) {
  ms_graph *graph = p->graph;
  ms_node node = graph->nodes[ref];
  ms_ref a = node.inputs > 0 ? ms_graph_inputs(graph, ref)[0] : 0;
  switch (node.kind) {
    case MS_NODE_APPLY: visit_apply(p, ref, seed); break;
    case MS_NODE_MATMUL: visit_matmul(p, ref, seed); break;
    case MS_NODE_CONCAT: visit_concat(p, ref, seed); break;
    case MS_NODE_TRANSPOSE: arrive(p, a, ms_transpose(graph, seed)); break;
    case MS_NODE_SUM_ROWS:
    case MS_NODE_SUM_COLS: arrive(p, a, seed); break; /* narrower: it broadcasts */
    case MS_NODE_SLICE: {
      seed = ms_widen(graph, seed, node.cols);
      arrive(p, a, ms_pad(graph, seed, node.index, graph->nodes[a].cols));
      break;
    }
    case MS_NODE_PAD: {
      uint32_t cols = graph->nodes[a].cols;
      arrive(p, a,
             graph->nodes[seed].cols == 1 ? seed
                                          : ms_slice(graph, seed, node.index, cols));
      break;
    }
    case MS_NODE_GRAM:
      ms_graph_failed(graph,
                      ms_fail(MS_EARG, "a gradient of a gradient is not supported"));
      break;
    default: break;
  }
}

/* Mark the nodes on a path from a parameter to the loss. */
static void mark(pass *p, ms_ref loss) {
  const ms_graph *graph = p->graph;
  for (ms_ref ref = 1; ref <= loss; ref++) {
    const ms_node *node = &graph->nodes[ref];
    p->reached[ref] = node->kind == MS_NODE_PARAM;
    for (uint32_t i = 0; i < node->inputs && !p->reached[ref]; i++)
      p->reached[ref] = p->reached[ms_graph_inputs(graph, ref)[i]];
    if (node->kind == MS_NODE_APPLY && node->op->taylor == MS_TAYLOR_ZERO)
      p->reached[ref] = false;
  }
}

/* The adjoint of a node once everything has arrived. */
static ms_ref settle(pass *p, ms_ref ref) {
  adjoint *here = &p->of[ref];
  ms_ref *list = NULL, gram;
  size_t count = 0;
  ms_status status;
  if (here->pair_count == 0) return here->sum;
  status = ms_alloc(2 * (size_t)here->pair_count, sizeof *list, "a reverse pass", &list);
  if (status != MS_OK) return ms_graph_failed(p->graph, status);
  for (uint32_t i = here->pairs; i != 0; i = p->pairs[i - 1].next) {
    list[count++] = p->pairs[i - 1].a;
    list[count++] = p->pairs[i - 1].b;
  }
  gram = ms_gram(p->graph, here->pair_count, list);
  ms_free(list);
  return here->sum == 0 ? gram : ms_add(p->graph, here->sum, gram);
}

static int by_offset(const ms_gradient_block *a, const ms_gradient_block *b) {
  return (a->offset > b->offset) - (a->offset < b->offset);
}

static void sort_blocks(ms_gradient_block *blocks, size_t count) {
  for (size_t i = 1; i < count; i++) {
    ms_gradient_block held = blocks[i];
    size_t j = i;
    for (; j > 0 && by_offset(&blocks[j - 1], &held) > 0; j--) blocks[j] = blocks[j - 1];
    blocks[j] = held;
  }
}

ms_status ms_gradient(ms_graph *graph, ms_ref loss, ms_gradient_block **blocks,
                      size_t *count) {
  ms_status status = MS_OK;
  pass p = {.graph = graph};
  size_t params = 0;
  *blocks = NULL;
  *count = 0;
  MS_CHECK(loss != 0 && !graph->nodes[loss].batched && graph->nodes[loss].rows == 1
             && graph->nodes[loss].cols == 1,
           MS_EARG, "a loss must be one number: take the mean over the points");
  MS_TRY(ms_alloc_zero(loss + 1, sizeof *p.of, "a reverse pass", &p.of));
  MS_TRY(ms_alloc_zero(loss + 1, sizeof *p.reached, "a reverse pass", &p.reached));
  MS_TRY(ms_alloc_zero(loss + 1, sizeof *p.inside, "a reverse pass", &p.inside));
  MS_TRY(ms_alloc(loss + 1, sizeof *p.holds, "a reverse pass", &p.holds));
  mark(&p, loss);
  for (ms_ref ref = 1; ref <= loss; ref++)
    params += graph->nodes[ref].kind == MS_NODE_PARAM;
  MS_TRY(ms_alloc_zero(params, sizeof **blocks, "a reverse pass", blocks));
  p.of[loss].sum = ms_const(graph, 1.0);
  for (ms_ref ref = loss; ref >= 1 && graph->error == MS_OK; ref--) {
    ms_ref seed = p.reached[ref] ? settle(&p, ref) : 0;
    if (seed == 0) continue;
    if (graph->nodes[ref].kind == MS_NODE_PARAM)
      (*blocks)[(*count)++] =
        (ms_gradient_block){graph->nodes[ref].index, graph->nodes[ref].rows,
                            graph->nodes[ref].cols, seed};
    else
      visit(&p, ref, seed);
  }
  MS_TRY(ms_graph_error(graph));
  sort_blocks(*blocks, *count);
out:
  if (status != MS_OK) {
    ms_free(*blocks);
    *blocks = NULL;
    *count = 0;
  }
  ms_free(p.of);
  ms_free(p.reached);
  ms_free(p.inside);
  ms_free(p.holds);
  ms_free(p.pairs);
  return status;
}
