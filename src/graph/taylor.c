/*
** The Taylor pass: derivatives by the inputs, propagated node by node.
**
** D(v, a) is the derivative of node v by the multi-index a (a multiset of inputs). Linear
** nodes take it inside. For a product, and for f = op(x, y) with the first derivatives
** fx, fy known as expressions, Leibniz' rule gives, with any i in a and a' = a - i,
**
**   D(x y, a) = sum_{b <= a}  C(a, b)  D(x, b)  D(y, a - b)
**   D(f, a)   = sum_{b <= a'} C(a', b) (D(fx, b) D(x, a - b) + D(fy, b) D(y, a - b))
**
** The second is well founded although fx may contain f itself (tanh' = 1 - f^2): b is
** smaller than a. This is Taylor-mode differentiation with derivatives in place of Taylor
** coefficients; at the orders used here (<= 6) they stay of similar size and orders 1 and
** 2 need no factors. Every D(v, a) is made once and remembered, so the cost of an order
** is that of its new channels alone. (Griewank, Walther: Evaluating Derivatives, ch. 13,
** doi:10.1137/1.9780898717761.)
*/
#include "graph/graph_impl.h"

#include "base/alloc.h"

/*
** A multi-index is packed one derivative a byte, ordinal + 1, ascending from the low
** byte.
*/
static int unpack(uint64_t packed, int by[8]) {
  int order = 0;
  for (; packed != 0; packed >>= 8) by[order++] = (int)(packed & 0xFF) - 1;
  return order;
}

static uint64_t pack(int order, const int *by) {
  int sorted[8];
  uint64_t packed = 0;
  for (int i = 0; i < order; i++) {
    int j = i;
    for (; j > 0 && sorted[j - 1] > by[i]; j--) sorted[j] = sorted[j - 1];
    sorted[j] = by[i];
  }
  for (int i = order; i-- > 0;) packed = (packed << 8) | (uint64_t)(sorted[i] + 1);
  return packed;
}

static ms_jet *find_jet(ms_graph *graph, ms_ref of, uint64_t by) {
  size_t mask = graph->jets_size - 1;
  size_t slot = (size_t)((of * 0x9E3779B97F4A7C15u) ^ (by * 0xD6E8FEB86659FD93u)) >> 7;
  for (slot &= mask; graph->jets[slot].of != 0; slot = (slot + 1) & mask)
    if (graph->jets[slot].of == of && graph->jets[slot].by == by) break;
  return &graph->jets[slot];
}

static ms_status grow_jets(ms_graph *graph) {
  ms_jet *old = graph->jets, *fresh;
  size_t size = graph->jets_size, grown = size == 0 ? 256 : size * 2;
  ms_status status = ms_alloc_zero(grown, sizeof *fresh, "derivatives", &fresh);
  if (status != MS_OK) return status;
  graph->jets = fresh;
  graph->jets_size = grown;
  for (size_t i = 0; i < size; i++)
    if (old[i].of != 0) *find_jet(graph, old[i].of, old[i].by) = old[i];
  ms_free(old);
  return MS_OK;
}

static ms_ref remember(ms_graph *graph, ms_ref of, uint64_t by, ms_ref result) {
  if (result == 0) return 0;
  if (graph->jets_count + 1 > graph->jets_size / 2) {
    ms_status status = grow_jets(graph);
    if (status != MS_OK) return ms_graph_failed(graph, status);
  }
  *find_jet(graph, of, by) = (ms_jet){of, by, result};
  graph->jets_count++;
  return result;
}

static ms_ref derive(ms_graph *graph, ms_ref of, uint64_t by);

/* The next sub-multiset of the one with multiplicities limit[]; false after the last. */
static bool next_subset(int distinct, const int *limit, int *taken) {
  for (int i = 0; i < distinct; i++) {
    if (taken[i] < limit[i]) {
      taken[i]++;
      return true;
    }
    taken[i] = 0;
  }
  return false;
}

static double binomial(int n, int k) {
  double value = 1.0;
  for (int i = 1; i <= k; i++) value = value * (n - k + i) / i;
  return value;
}

/*
** sum over b <= split of C(split, b) D(u, b) D(v, rest + split - b), with 'rest' packed
** apart: both rules above are this sum (with rest empty for the product).
*/
static ms_ref leibniz(ms_graph *graph, ms_ref u, ms_ref v, uint64_t split,
                      uint64_t rest) {
  int by[8], value[8], limit[8], taken[8] = {0}, distinct = 0;
  int order = unpack(split, by);
  ms_ref sum = ms_const(graph, 0.0);
  for (int i = 0; i < order; i++) {
    if (distinct == 0 || value[distinct - 1] != by[i]) {
      value[distinct] = by[i];
      limit[distinct++] = 0;
    }
    limit[distinct - 1]++;
  }
  do {
    int left[8], right[8], lefts = 0, rights = unpack(rest, right);
    double factor = 1.0;
    for (int i = 0; i < distinct; i++) {
      factor *= binomial(limit[i], taken[i]);
      for (int j = 0; j < limit[i]; j++)
        if (j < taken[i])
          left[lefts++] = value[i];
        else
          right[rights++] = value[i];
    }
    ms_ref du = derive(graph, u, pack(lefts, left));
    ms_ref dv = derive(graph, v, pack(rights, right));
    sum = ms_add(graph, sum, ms_scale(graph, factor, ms_mul(graph, du, dv)));
  } while (sum != 0 && next_subset(distinct, limit, taken));
  return sum;
}

/*
** The Laplacian, the sum of D(v, ii) over some inputs i, is one more channel: with the d
** first derivatives it takes d + 2 channels, not 2 d + 1 (arXiv:2505.13644). Linear nodes
** take it inside as they take a derivative; of the others,
**
**   L(x y) = L(x) y + x L(y) + 2 sum_i D(x, i) D(y, i)
**   L(f)   = fx L(x) + sum_i D(fx, i) D(x, i), and the same by y
**
** In place of a multi-index stand the highest byte 255 and a bit for each input.
*/
static const uint64_t LAPLACIAN = (uint64_t)255 << 56;

static bool is_laplacian(uint64_t by) {
  return (by & LAPLACIAN) == LAPLACIAN;
}

/* sum_i D(u, i) D(v, i) */
static ms_ref dot_of_slopes(ms_graph *graph, ms_ref u, ms_ref v, uint64_t inputs) {
  ms_ref sum = ms_const(graph, 0.0);
  for (uint64_t i = 0; i < 56; i++)
    if (inputs >> i & 1)
      sum = ms_add(graph, sum,
                   ms_mul(graph, derive(graph, u, i + 1), derive(graph, v, i + 1)));
  return sum;
}

static ms_ref laplace_apply(ms_graph *graph, ms_ref of, uint64_t by) {
  const ms_op *op = graph->nodes[of].op;
  const ms_ref *inputs = ms_graph_inputs(graph, of);
  ms_ref args[2] = {inputs[0], op->arity == 2 ? inputs[1] : 0};
  uint64_t which_inputs = by & ~LAPLACIAN;
  ms_ref sum = ms_const(graph, 0.0);
  if (op->taylor == MS_TAYLOR_PRODUCT) {
    sum = ms_add(graph, ms_mul(graph, derive(graph, args[0], by), args[1]),
                 ms_mul(graph, args[0], derive(graph, args[1], by)));
    return ms_add(graph, sum,
                  ms_scale(graph, 2.0,
                           dot_of_slopes(graph, args[0], args[1], which_inputs)));
  }
  for (int which = 0; which < op->arity; which++) {
    ms_ref slope;
    if (args[which] == 0 || graph->nodes[args[which]].depends == 0) continue;
    slope = ms_op_derivative(graph, op, which, args[0], args[1], of);
    sum = ms_add(graph, sum, ms_mul(graph, slope, derive(graph, args[which], by)));
    sum = ms_add(graph, sum, dot_of_slopes(graph, slope, args[which], which_inputs));
  }
  return sum;
}

static ms_ref derive_apply(ms_graph *graph, ms_ref of, uint64_t by) {
  const ms_node *node = &graph->nodes[of];
  const ms_op *op = node->op;
  const ms_ref *inputs = ms_graph_inputs(graph, of);
  ms_ref x = inputs[0], y = op->arity == 2 ? inputs[1] : 0, sum;
  if (is_laplacian(by) && op->taylor != MS_TAYLOR_ZERO && op->taylor != MS_TAYLOR_LINEAR)
    return laplace_apply(graph, of, by);
  switch (op->taylor) {
    case MS_TAYLOR_ZERO: return ms_const(graph, 0.0);
    case MS_TAYLOR_PRODUCT: return leibniz(graph, x, y, by, 0);
    case MS_TAYLOR_LINEAR: {
      ms_ref dx = derive(graph, x, by), dy = y == 0 ? 0 : derive(graph, y, by);
      return ms_apply(graph, op, dx, dy);
    }
    case MS_TAYLOR_CHAIN: break;
  }
  sum = ms_const(graph, 0.0);
  for (int which = 0; which < op->arity; which++) {
    ms_ref argument = which == 0 ? x : y;
    if (argument == 0 || graph->nodes[argument].depends == 0) continue;
    ms_ref slope = ms_op_derivative(graph, op, which, x, y, of);
    sum = ms_add(graph, sum, leibniz(graph, slope, argument, by >> 8, by & 0xFF));
  }
  return sum;
}

static ms_ref derive_concat(ms_graph *graph, ms_ref of, uint64_t by) {
  ms_ref *parts = NULL, result;
  size_t count = graph->nodes[of].inputs;
  bool zero = true;
  ms_status status = ms_alloc(count, sizeof *parts, "derivatives", &parts);
  if (status != MS_OK) return ms_graph_failed(graph, status);
  for (size_t i = 0; i < count; i++) {
    ms_ref part = ms_graph_inputs(graph, of)[i];
    parts[i] = derive(graph, part, by);
    zero = zero && ms_is_number(graph, parts[i], 0.0);
    parts[i] = ms_widen(graph, parts[i], graph->nodes[part].cols);
  }
  result = zero ? ms_const(graph, 0.0) : ms_concat(graph, count, parts);
  ms_free(parts);
  return result;
}

/*
** A derivative may be narrower than what it is the derivative of: x + b with a row b has
** the derivative 1 by x. The rules that tell columns apart see it widened, unless it is
** zero.
*/
static ms_ref derive_wide(ms_graph *graph, ms_ref of, uint64_t by) {
  ms_ref result = derive(graph, of, by);
  return ms_is_number(graph, result, 0.0)
           ? result
           : ms_widen(graph, result, graph->nodes[of].cols);
}

static ms_ref derive_new(ms_graph *graph, ms_ref of, uint64_t by) {
  ms_node node = graph->nodes[of];
  ms_ref a = node.inputs > 0 ? ms_graph_inputs(graph, of)[0] : 0;
  switch (node.kind) {
    case MS_NODE_INPUT: return ms_const(graph, by >> 8 == 0 ? 1.0 : 0.0);
    case MS_NODE_APPLY: return derive_apply(graph, of, by);
    case MS_NODE_CONCAT: return derive_concat(graph, of, by);
    case MS_NODE_MATMUL: {
      ms_ref b = ms_graph_inputs(graph, of)[1];
      return ms_matmul(graph, derive_wide(graph, a, by), b);
    }
    case MS_NODE_SUM_COLS: return ms_sum_cols(graph, derive_wide(graph, a, by));
    case MS_NODE_SLICE:
      return ms_slice(graph, derive_wide(graph, a, by), node.index, node.cols);
    case MS_NODE_PAD:
      return ms_pad(graph, derive_wide(graph, a, by), node.index, node.cols);
    default:
      return ms_graph_failed(
        graph,
        ms_fail(MS_EARG, "an expression that sums over the points has no derivative by "
                         "the coordinates"));
  }
}

/* True when 'of' depends on every input of the multi-index. */
static bool depends_on_all(const ms_graph *graph, ms_ref of, uint64_t by) {
  for (; by != 0; by >>= 8)
    if (!(graph->nodes[of].depends >> ((by & 0xFF) - 1) & 1)) return false;
  return true;
}

/* A Laplacian by the inputs that 'of' depends on; by only one it is of order two. */
static uint64_t trim_laplacian(const ms_graph *graph, ms_ref of, uint64_t by) {
  uint64_t inputs = by & graph->nodes[of].depends & ~LAPLACIAN, ordinal = 0;
  if (inputs == 0 || (inputs & (inputs - 1)) != 0) return LAPLACIAN | inputs;
  while (!(inputs >> ordinal & 1)) ordinal++;
  return (ordinal + 1) << 8 | (ordinal + 1);
}

/*
** A chain of nodes may be longer than the stack of the C program is deep. Where it is,
** the derivative under way is given up, as if it had failed, and made again once that at
** the end of the stack is known: all that was finished before is remembered.
*/
enum { MOST_DEPTH = 1000 };
static const ms_status GIVEN_UP = MS_ESTOP;

static ms_ref derive(ms_graph *graph, ms_ref of, uint64_t by) {
  ms_ref result;
  if (of == 0 || graph->error != MS_OK) return 0;
  if (by == 0) return of;
  if (is_laplacian(by)) by = trim_laplacian(graph, of, by);
  if (by == LAPLACIAN || (!is_laplacian(by) && !depends_on_all(graph, of, by)))
    return ms_const(graph, 0.0);
  if (graph->jets_size > 0) {
    ms_jet *known = find_jet(graph, of, by);
    if (known->of != 0) return known->result;
  }
  if (graph->depth == MOST_DEPTH) {
    graph->wanted = (ms_jet){of, by, 0};
    return ms_graph_failed(graph, GIVEN_UP);
  }
  graph->depth++;
  result = derive_new(graph, of, by);
  graph->depth--;
  return remember(graph, of, by, result);
}

/* What was given up goes on the stack 'waiting', under what it waits for. */
static void wait_for(ms_graph *graph, ms_jet what, ms_jet **waiting, size_t *count,
                     size_t *capacity) {
  ms_status status =
    ms_reserve(waiting, capacity, *count + 1, sizeof **waiting, "derivatives");
  if (status == MS_OK) (*waiting)[(*count)++] = what;
  graph->error = status;
}

static ms_ref derive_deep(ms_graph *graph, ms_ref of, uint64_t by) {
  ms_jet *waiting = NULL;
  size_t count = 0, capacity = 0;
  ms_ref result = derive(graph, of, by);
  if (graph->error != GIVEN_UP) return result;
  wait_for(graph, (ms_jet){of, by, 0}, &waiting, &count, &capacity);
  while (graph->error == MS_OK && count > 0) {
    ms_jet last = waiting[count - 1];
    result = derive(graph, last.of, last.by);
    if (graph->error == GIVEN_UP)
      wait_for(graph, graph->wanted, &waiting, &count, &capacity);
    else
      count--;
  }
  ms_free(waiting);
  return result;
}

/*
** Remember what 'result' is the derivative of, so that its own derivatives start there.
*/
static void set_origin(ms_graph *graph, ms_ref result, ms_ref base, uint64_t by) {
  const ms_node *node = &graph->nodes[result];
  if (result != base && node->depends != 0 && node->kind != MS_NODE_INPUT
      && graph->origin[result].of == 0)
    graph->origin[result] = (ms_jet){base, by, result};
}

ms_ref ms_derivative(ms_graph *graph, ms_ref of, size_t order, const int *by) {
  int all[8];
  size_t before = 0;
  ms_jet origin;
  ms_ref result;
  if (of == 0) return 0;
  if (order > MS_MAX_ORDER)
    return ms_graph_failed(graph, ms_fail(MS_EARG,
                                          "a derivative of order %zu was asked for; the "
                                          "highest is %d",
                                          order, MS_MAX_ORDER));
  origin = graph->origin[of];
  if (origin.of != 0) before = (size_t)unpack(origin.by, all);
  if (before == 0 || before + order > MS_MAX_ORDER) { /* of the expression as it stands */
    origin.of = of;
    before = 0;
  }
  for (size_t i = 0; i < order; i++) all[before + i] = by[i];
  origin.by = pack((int)(before + order), all);
  result = derive_deep(graph, origin.of, origin.by);
  if (result != 0 && order > 0) set_origin(graph, result, origin.of, origin.by);
  return result;
}

ms_ref ms_laplacian(ms_graph *graph, ms_ref of, size_t count, const int *by) {
  uint64_t inputs = 0;
  for (size_t i = 0; i < count; i++) {
    if (by[i] >= 56)
      return ms_graph_failed(
        graph, ms_fail(MS_EARG, "a Laplacian takes the first 56 input columns at most"));
    inputs |= (uint64_t)1 << by[i];
  }
  return derive_deep(graph, of, LAPLACIAN | inputs);
}
