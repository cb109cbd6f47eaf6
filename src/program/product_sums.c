/*
** Sums of matrix products, y = a A + b B: where nothing else needs the products, they are
** added up as they are computed, by products that accumulate, and are never stored apart.
*/
#include "program/program_impl.h"

#include "base/alloc.h"

/* How often each node is needed by the loop. */
static void count_uses(const ms_lowering *low, uint32_t *uses) {
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    for (uint32_t i = 0; low->in_loop[ref] && i < node->inputs; i++)
      uses[ms_graph_inputs(low->graph, ref)[i]]++;
  }
  for (size_t i = 0; i < low->output_count; i++) uses[low->outputs[i]]++;
}

/* Whether the node may be added up in a sum of 'cols' columns. */
static bool may_join(const ms_lowering *low, const uint32_t *uses, ms_ref ref,
                     uint32_t cols) {
  const ms_node *node = ms_graph_node(low->graph, ref);
  return node->batched && node->cols == cols && uses[ref] == 1
         && (node->kind == MS_NODE_MATMUL || low->into[ref] == ref);
}

/* Marks everything that is added up in 'sum'. */
static void join(ms_lowering *low, ms_ref ref, ms_ref sum) {
  bool product = ms_graph_node(low->graph, ref)->kind == MS_NODE_MATMUL;
  low->into[ref] = sum;
  for (int i = 0; i < 2 && !product; i++)
    join(low, ms_graph_inputs(low->graph, ref)[i], sum);
}

ms_status ms_find_product_sums(ms_lowering *low) {
  ms_status status = MS_OK;
  uint32_t *uses = NULL;
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *uses, "a schedule", &uses));
  count_uses(low, uses);
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    const ms_ref *inputs = ms_graph_inputs(low->graph, ref);
    if (low->in_loop[ref] && node->batched && node->kind == MS_NODE_APPLY
        && node->op == &ms_op_add && may_join(low, uses, inputs[0], node->cols)
        && may_join(low, uses, inputs[1], node->cols))
      join(low, ref, ref);
  }
out:
  ms_free(uses);
  return status;
}
