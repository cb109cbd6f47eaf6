/*
** Functions of one argument. An expression made of one node z, of numbers and of
** parameters, element by element, has a slope by z that is made of the same. Declared as
** a function of z its derivatives are taken through z, however it is computed:
**
**   D(f, i)  = f' D(z, i)
**   D(f, ij) = f' D(z, ij) + f'' D(z, i) D(z, j)
**   L(f)     = f' L(z) + f'' sum_i D(z, i)^2
**
** and so is its adjoint, but for that of the parameters inside (reverse.c). All channels
** and passes share the slopes, and a sum of many terms has the channels of one.
*/
#include "graph/graph_impl.h"

#include "base/alloc.h"

/* In place of a multi-index: the argument of a function; the slope by node z, below. */
static const uint64_t ARGUMENT = (uint64_t)254 << 56, SLOPE = (uint64_t)253 << 56;

/* The slope by z of a node, once those of its inputs are known. */
static ms_ref known_slope(ms_graph *graph, ms_ref of, ms_ref z) {
  if (of == z) return ms_const(graph, 1.0);
  if (!graph->nodes[of].batched) return ms_const(graph, 0.0);
  return ms_known_derivative(graph, of, SLOPE | z);
}

static ms_ref new_slope(ms_graph *graph, ms_ref of, ms_ref z) {
  ms_node node = graph->nodes[of];
  ms_ref x, y, sum = ms_const(graph, 0.0);
  if (node.kind != MS_NODE_APPLY)
    return ms_graph_failed(graph,
                           ms_fail(MS_EARG,
                                   "a function of one argument must be made of it, of "
                                   "numbers and of parameters, element by element"));
  x = ms_graph_inputs(graph, of)[0];
  y = node.op->arity == 2 ? ms_graph_inputs(graph, of)[1] : 0;
  for (int which = 0; which < node.op->arity; which++) {
    ms_ref inner = known_slope(graph, which == 0 ? x : y, z), outer;
    if (ms_is_number(graph, inner, 0.0)) continue;
    outer = ms_op_derivative(graph, node.op, which, x, y, of);
    sum = ms_add(graph, sum, ms_mul(graph, outer, inner));
  }
  return sum;
}

/* The derivative of 'of' by the node z; those of the nodes between come before it. */
static ms_ref slope_by(ms_graph *graph, ms_ref of, ms_ref z) {
  ms_status status = MS_OK;
  bool *wanted = NULL;
  ms_ref result = of == 0 || graph->error != MS_OK ? 0 : known_slope(graph, of, z);
  if (result != 0 || of == 0 || graph->error != MS_OK) return result;
  MS_TRY(ms_alloc_zero((size_t)of + 1, sizeof *wanted, "derivatives", &wanted));
  wanted[of] = true;
  for (ms_ref at = of; at >= 1; at--)
    for (uint32_t i = 0; wanted[at] && i < graph->nodes[at].inputs; i++) {
      ms_ref arg = ms_graph_inputs(graph, at)[i];
      if (known_slope(graph, arg, z) == 0) wanted[arg] = true;
    }
  for (ms_ref at = 1; at <= of && graph->error == MS_OK; at++)
    if (wanted[at])
      result = ms_remember_derivative(graph, at, SLOPE | z, new_slope(graph, at, z));
out:
  ms_free(wanted);
  return status == MS_OK ? result : ms_graph_failed(graph, status);
}

/* Remember the argument, unless the function is that itself, or the same everywhere. */
static void set_argument(ms_graph *graph, ms_ref of, ms_ref z) {
  if (of != 0 && of != z && graph->nodes[of].batched && ms_chain_argument(graph, of) == 0)
    ms_remember_derivative(graph, of, ARGUMENT, z);
}

ms_ref ms_through(ms_graph *graph, ms_ref of, ms_ref argument) {
  if (of == 0 || argument == 0) return 0;
  if (!graph->nodes[argument].batched) return of; /* not at every point one of its own */
  if (slope_by(graph, of, argument) == 0) return 0;
  set_argument(graph, of, argument);
  return of;
}

ms_ref ms_chain_argument(const ms_graph *graph, ms_ref of) {
  return ms_known_derivative(graph, of, ARGUMENT);
}

ms_ref ms_chain_slope(ms_graph *graph, ms_ref of, ms_ref argument) {
  ms_ref slope = slope_by(graph, of, argument);
  set_argument(graph, slope, argument);
  return slope;
}
