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

#include <string.h>

/*
** The way of 256 numbers through a buffer in L2 against one more operation on them in
** fused sums (fuse.c), in units of 11 ns, and the operations that dearer ones are worth.
** WRITE is by trial: with 10 to 14 the modified MLP and the KAN run fastest, 2 hundredths
** faster than with 5, and the others as fast as with that; with 20 most run slower.
*/
enum { OPERATION = 1, READ = 1, WRITE = 12, DIVISION = 5, FUNCTION = 20 };

bool ms_is_strip(const ms_lowering *low, ms_ref ref) {
  return ms_graph_node(low->graph, ref)->kind == MS_NODE_APPLY && low->into[ref] == 0;
}

/* A sum of products is added up by the steps of the products. */
static bool adds_products(const ms_lowering *low, ms_ref ref) {
  return low->into[ref] != 0 && ms_graph_node(low->graph, ref)->kind == MS_NODE_APPLY;
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
    ready = ms_is_strip(low, arg) && from->cols == node->cols ? low->stage[arg]
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

static int stage_of_step(const ms_lowering *low, ms_ref ref) {
  bool joined = adds_products(low, ref);
  int stage = 0;
  for (uint32_t i = 0; i < ms_graph_node(low->graph, ref)->inputs; i++) {
    ms_ref arg = ms_graph_inputs(low->graph, ref)[i];
    int ready = joined ? low->stage[arg] : after(low, arg);
    if (ready > stage) stage = ready;
  }
  return stage;
}

static void assign_stages(ms_lowering *low) {
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->in_loop[ref] && ms_graph_node(low->graph, ref)->batched)
      low->stage[ref] =
        ms_is_strip(low, ref) ? stage_of_apply(low, ref) : stage_of_step(low, ref);
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->into[ref] != 0) low->stage[ref] = low->stage[low->into[ref]];
}

static void keep(ms_lowering *low, ms_ref ref) {
  if (ms_graph_node(low->graph, ref)->batched) low->kept[ref] = true;
}

/* What must have a buffer whatever the costs. */
static void keep_needed(ms_lowering *low) {
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    if (!low->in_loop[ref]) continue;
    if (low->into[ref] != 0)
      keep(low, low->into[ref]);
    else if (!ms_is_strip(low, ref) && node->kind != MS_NODE_INPUT)
      keep(low, ref);
    if (adds_products(low, ref)) continue;
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
  return node->op == &ms_op_div ? DIVISION : FUNCTION;
}

/* The stages that need a node. */
typedef struct demand {
  int stage;       /* the one; NOWHERE, MANY */
  uint64_t stages; /* a bit for each, modulo 64 */
} demand;

enum { NOWHERE = -1, MANY = -2 };

static void add_demand(demand *of, demand more) {
  if (more.stage == NOWHERE) return;
  of->stage = of->stage == NOWHERE || of->stage == more.stage ? more.stage : MANY;
  of->stages |= more.stages;
}

static demand demand_at(int stage) {
  return (demand){stage, (uint64_t)1 << stage % 64};
}

static void find_demand(const ms_lowering *low, demand *wanted) {
  for (ms_ref ref = 1; ref <= low->count; ref++) wanted[ref] = (demand){NOWHERE, 0};
  for (ms_ref ref = (ms_ref)low->count; ref >= 1; ref--) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    demand at;
    if (!low->in_loop[ref]) continue;
    if (node->kind == MS_NODE_SUM_ROWS && !node->batched)
      at = demand_at(ms_sink_stage(low, ref));
    else if (ms_is_strip(low, ref))
      at = low->kept[ref] ? demand_at(low->stage[ref]) : wanted[ref];
    else
      continue;
    for (uint32_t i = 0; i < node->inputs; i++)
      add_demand(&wanted[ms_graph_inputs(low->graph, ref)[i]], at);
  }
}

/* Whether a buffer is cheaper than 'cost' operations in every stage. */
static bool is_dear(demand wanted, int cost) {
  int again = 0;
  if (wanted.stage != MANY) return false;
  for (uint64_t left = wanted.stages; (left &= left - 1) != 0;) again++;
  return (again > 0 ? again : 1) * (cost * OPERATION - READ) > WRITE;
}

/* One round of keeping what is dear; true when something changed. */
static bool keep_dear(ms_lowering *low, const demand *wanted, int *cost) {
  bool changed = false;
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    cost[ref] = 0;
    if (!low->in_loop[ref] || !ms_is_strip(low, ref) || !node->batched || low->kept[ref])
      continue;
    cost[ref] = cost_of(node, low->graph, ref);
    for (uint32_t i = 0; i < node->inputs; i++)
      cost[ref] += cost[ms_graph_inputs(low->graph, ref)[i]];
    if (cost[ref] > FUNCTION * 1000) cost[ref] = FUNCTION * 1000;
    if (is_dear(wanted[ref], cost[ref])) {
      low->kept[ref] = changed = true;
      cost[ref] = 0;
    }
  }
  return changed;
}

/* What was kept for users that are now kept themselves, in the stage of its own. */
static void release_spare(ms_lowering *low, const demand *wanted, const bool *needed) {
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->kept[ref] && !needed[ref] && wanted[ref].stage == low->stage[ref])
      low->kept[ref] = false;
}

ms_status ms_schedule(ms_lowering *low) {
  ms_status status = MS_OK;
  size_t nodes = low->count + 1;
  demand *wanted = NULL;
  bool *needed = NULL;
  int *cost = NULL;
  MS_TRY(ms_alloc(nodes, sizeof *wanted, "a schedule", &wanted));
  MS_TRY(ms_alloc(nodes, sizeof *needed, "a schedule", &needed));
  MS_TRY(ms_alloc(nodes, sizeof *cost, "a schedule", &cost));
  MS_TRY(ms_find_product_sums(low));
  assign_stages(low);
  keep_needed(low);
  memcpy(needed, low->kept, nodes * sizeof *needed);
  do find_demand(low, wanted);
  while (keep_dear(low, wanted, cost));
  release_spare(low, wanted, needed);
out:
  ms_free(wanted);
  ms_free(needed);
  ms_free(cost);
  return status;
}
