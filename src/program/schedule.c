/*
** When and where each batched value is computed.
**
** A stage is a step of the loop in order: element-wise nodes of equal width that need no
** other kind of step between them share a stage and become one segment; every matrix
** product, copy or column sum opens the next stage. Nodes that a step of another kind or
** width reads are kept in buffers. The other element-wise nodes are made in the registers
** of the segment that needs them, and made again in a later segment when that costs less
** than writing and reading them.
*/
#include "program/program_impl.h"

#include "base/alloc.h"

/* Recomputing up to this many cheap operations beats a buffer's way through L2. */
enum { RECOMPUTE_LIMIT = 4, COST_DIVISION = 5, COST_FUNCTION = 20 };

bool ms_is_strip(const ms_lowering *low, ms_ref ref) {
  return ms_graph_node(low->graph, ref)->kind == MS_NODE_APPLY;
}

/* The first stage at which a step that is no segment can read 'arg'. */
static int after(const ms_lowering *low, ms_ref arg) {
  const ms_node *node = ms_graph_node(low->graph, arg);
  if (!node->batched || node->kind == MS_NODE_INPUT) return 0;
  return low->stage[arg] + 1;
}

static int stage_of_apply(const ms_lowering *low, ms_ref ref) {
  const ms_node *node = ms_graph_node(low->graph, ref);
  int stage = 0;
  for (uint32_t i = 0; i < node->inputs; i++) {
    ms_ref arg = ms_graph_inputs(low->graph, ref)[i];
    const ms_node *from = ms_graph_node(low->graph, arg);
    int ready;
    if (!from->batched) continue;
    ready = from->kind == MS_NODE_APPLY && from->cols == node->cols ? low->stage[arg]
                                                                    : after(low, arg);
    if (ready > stage) stage = ready;
  }
  return stage;
}

int ms_sink_stage(const ms_lowering *low, ms_ref sink) {
  const ms_node *node = ms_graph_node(low->graph, sink);
  const ms_ref *args = ms_graph_inputs(low->graph, sink);
  int stage = 0;
  if (node->kind == MS_NODE_SUM_ROWS && ms_is_strip(low, args[0]))
    return low->stage[args[0]];
  for (uint32_t i = 0; i < node->inputs; i++)
    if (after(low, args[i]) > stage) stage = after(low, args[i]);
  return stage;
}

static void assign_stages(ms_lowering *low) {
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    int stage = 0;
    if (!low->in_loop[ref] || !node->batched) continue;
    if (node->kind == MS_NODE_APPLY)
      stage = stage_of_apply(low, ref);
    else
      for (uint32_t i = 0; i < node->inputs; i++) {
        int ready = after(low, ms_graph_inputs(low->graph, ref)[i]);
        if (ready > stage) stage = ready;
      }
    low->stage[ref] = stage;
  }
}

static void keep(ms_lowering *low, ms_ref ref) {
  if (ms_graph_node(low->graph, ref)->batched) low->kept[ref] = true;
}

/* What must have a buffer whatever the costs. */
static void keep_needed(ms_lowering *low) {
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    if (!low->in_loop[ref]) continue;
    if (node->batched && node->kind != MS_NODE_APPLY && node->kind != MS_NODE_INPUT)
      keep(low, ref);
    for (uint32_t i = 0; i < node->inputs; i++) {
      ms_ref arg = ms_graph_inputs(low->graph, ref)[i];
      const ms_node *from = ms_graph_node(low->graph, arg);
      bool in_strips = node->kind == MS_NODE_APPLY || node->kind == MS_NODE_SUM_ROWS;
      if (from->kind == MS_NODE_INPUT && (in_strips || node->kind == MS_NODE_CONCAT))
        continue;
      if (!in_strips || (node->kind == MS_NODE_APPLY && from->cols != node->cols))
        keep(low, arg);
    }
  }
  for (size_t i = 0; i < low->output_count; i++)
    if (ms_graph_node(low->graph, low->outputs[i])->kind != MS_NODE_INPUT)
      keep(low, low->outputs[i]);
}

static int cost_of(const ms_node *node, const ms_graph *graph, ms_ref ref) {
  if (node->op == &ms_op_add) return 1;
  if (node->op == &ms_op_mul) {
    const ms_node *first = ms_graph_node(graph, ms_graph_inputs(graph, ref)[0]);
    return first->kind == MS_NODE_CONST ? 0 : 1;
  }
  return node->op == &ms_op_div ? COST_DIVISION : COST_FUNCTION;
}

/* The one stage in which a node that is not kept is needed; MANY for several. */
enum { NOWHERE = -1, MANY = -2 };

static void demand(int *wanted, int stage) {
  if (*wanted == NOWHERE)
    *wanted = stage;
  else if (*wanted != stage)
    *wanted = MANY;
}

static void find_demand(const ms_lowering *low, int *wanted) {
  for (ms_ref ref = 1; ref <= low->count; ref++) wanted[ref] = NOWHERE;
  for (ms_ref ref = (ms_ref)low->count; ref >= 1; ref--) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    int at;
    if (!low->in_loop[ref]) continue;
    if (node->kind == MS_NODE_SUM_ROWS && !node->batched)
      at = ms_sink_stage(low, ref);
    else if (node->kind == MS_NODE_APPLY)
      at = low->kept[ref] ? low->stage[ref] : wanted[ref];
    else
      continue;
    for (uint32_t i = 0; i < node->inputs; i++)
      demand(&wanted[ms_graph_inputs(low->graph, ref)[i]], at);
  }
}

/* One round of keeping what is dear and needed twice; true when something changed. */
static bool keep_dear(ms_lowering *low, const int *wanted, int *cost) {
  bool changed = false;
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    cost[ref] = 0;
    if (!low->in_loop[ref] || node->kind != MS_NODE_APPLY || !node->batched
        || low->kept[ref])
      continue;
    cost[ref] = cost_of(node, low->graph, ref);
    for (uint32_t i = 0; i < node->inputs; i++)
      cost[ref] += cost[ms_graph_inputs(low->graph, ref)[i]];
    if (cost[ref] > COST_FUNCTION * 1000) cost[ref] = COST_FUNCTION * 1000;
    if (wanted[ref] == MANY && cost[ref] > RECOMPUTE_LIMIT) {
      low->kept[ref] = changed = true;
      cost[ref] = 0;
    }
  }
  return changed;
}

ms_status ms_schedule(ms_lowering *low) {
  ms_status status = MS_OK;
  int *wanted = NULL, *cost = NULL;
  MS_TRY(ms_alloc(low->count + 1, sizeof *wanted, "a schedule", &wanted));
  MS_TRY(ms_alloc(low->count + 1, sizeof *cost, "a schedule", &cost));
  assign_stages(low);
  keep_needed(low);
  do find_demand(low, wanted);
  while (keep_dear(low, wanted, cost));
out:
  ms_free(wanted);
  ms_free(cost);
  return status;
}
