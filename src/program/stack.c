/*
** Stacks: which kept values lie next to each other.
**
** All products by the same matrix at the same stage (the derivative channels of a layer,
** the adjoints of several losses) become one product over a stack. Operands are stacked
** in the order of their nodes; grams then claim their second operands in the order of the
** first, and the backward products follow that. Where an operand already lives elsewhere
** the product is split into the runs that are contiguous: correctness never depends on
** the layout.
*/
#include "program/program_impl.h"

#include "base/alloc.h"

ms_slot ms_slot_of(const ms_lowering *low, ms_ref ref) {
  return (ms_slot){(size_t)low->stack[ref], low->position[ref],
                   ms_graph_node(low->graph, ref)->cols};
}

ms_status ms_emit(ms_lowering *low, int stage, ms_step **step) {
  ms_status status = MS_OK;
  ms_loop *loop = low->loop;
  size_t need = loop->step_count + 1, capacity = low->step_capacity;
  MS_TRY(ms_reserve(&loop->steps, &capacity, need, sizeof *loop->steps, "a program"));
  MS_TRY(ms_reserve(&low->step_stage, &low->step_capacity, need, sizeof *low->step_stage,
                    "a program"));
  low->step_stage[loop->step_count] = stage;
  *step = &loop->steps[loop->step_count++];
  **step = (ms_step){0};
out:
  return status;
}

static ms_status new_stack(ms_lowering *low, uint32_t cols, int *id) {
  ms_status status = MS_OK;
  MS_TRY(ms_reserve(&low->stacks, &low->stack_capacity, low->stack_count + 1,
                    sizeof *low->stacks, "a program"));
  *id = (int)low->stack_count;
  low->stacks[low->stack_count++] =
    (struct ms_stack){.cols = cols, .first = -1, .last = -1};
out:
  return status;
}

/* Put the values that have no place yet into one new stack, in this order. */
static ms_status stack_up(ms_lowering *low, const ms_ref *refs, size_t count,
                          size_t stride) {
  ms_status status = MS_OK;
  int id = -1;
  for (size_t i = 0; i < count; i++) {
    ms_ref ref = refs[i * stride];
    if (low->stack[ref] >= 0) continue;
    if (id < 0) MS_TRY(new_stack(low, ms_graph_node(low->graph, ref)->cols, &id));
    low->stack[ref] = id;
    low->position[ref] = low->stacks[id].members++;
  }
out:
  return status;
}

/* Whether b follows a directly in the same stack. */
static bool adjacent(const ms_lowering *low, ms_ref a, ms_ref b) {
  return low->stack[a] == low->stack[b] && low->position[a] + 1 == low->position[b];
}

static bool stands_before(const ms_lowering *low, ms_ref a, ms_ref b) {
  bool placed_a = low->stack[a] >= 0, placed_b = low->stack[b] >= 0;
  if (placed_a != placed_b) return placed_a;
  if (!placed_a) return a < b;
  return low->stack[a] < low->stack[b]
         || (low->stack[a] == low->stack[b] && low->position[a] < low->position[b]);
}

/* Insertion sort of pairs by the place of the first, or of the second. */
static void sort_by_place(const ms_lowering *low, ms_ref *pairs, size_t count,
                          size_t side) {
  for (size_t i = 1; i < count; i++)
    for (size_t j = i; j > 0; j--) {
      ms_ref *a = pairs + 2 * (j - 1), *b = pairs + 2 * j, held[2] = {a[0], a[1]};
      if (!stands_before(low, b[side], a[side])) break;
      a[0] = b[0], a[1] = b[1];
      b[0] = held[0], b[1] = held[1];
    }
}

/* The value that a product makes or is added to. */
static ms_ref result_of(const ms_lowering *low, ms_ref product) {
  return low->into[product] != 0 ? low->into[product] : product;
}

/*
** The products by 'matrix' at 'stage': (operand, result) pairs into 'pairs', and the
** first of them.
*/
static size_t find_group(const ms_lowering *low, ms_ref matrix, int stage, ms_ref *pairs,
                         ms_ref *first) {
  size_t count = 0;
  *first = 0;
  for (ms_ref ref = matrix; ref <= low->count; ref++) {
    const ms_node *node = ms_graph_node(low->graph, ref);
    if (!low->in_loop[ref] || node->kind != MS_NODE_MATMUL || !node->batched) continue;
    if (ms_graph_inputs(low->graph, ref)[1] != matrix || low->stage[ref] != stage)
      continue;
    if (*first == 0) *first = ref;
    pairs[2 * count] = ms_graph_inputs(low->graph, ref)[0];
    pairs[2 * count++ + 1] = result_of(low, ref);
  }
  return count;
}

/*
** Places for the first of every pair, and for the second in the order of the first; the
** other way round where only the second have places, as sums of products do.
*/
static ms_status place_pairs(ms_lowering *low, ms_ref *pairs, size_t count) {
  ms_status status = MS_OK;
  size_t placed[2] = {0}, leader;
  for (size_t i = 0; i < 2 * count; i++) placed[i % 2] += low->stack[pairs[i]] >= 0;
  leader = placed[0] == 0 && placed[1] > 0;
  sort_by_place(low, pairs, count, leader);
  MS_TRY(stack_up(low, pairs + leader, count, 2));
  sort_by_place(low, pairs, count, leader);
  MS_TRY(stack_up(low, pairs + !leader, count, 2));
out:
  return status;
}

/* How many pairs from the first on lie one after the other, on both sides. */
static size_t run_of(const ms_lowering *low, const ms_ref *pairs, size_t count) {
  size_t run = 1;
  while (run < count && adjacent(low, pairs[2 * run - 2], pairs[2 * run])
         && adjacent(low, pairs[2 * run - 1], pairs[2 * run + 1])
         && low->begun[pairs[1]] == low->begun[pairs[2 * run + 1]])
    run++;
  return run;
}

static ms_status emit_group(ms_lowering *low, ms_ref matrix, int stage, ms_ref *pairs,
                            size_t count) {
  ms_status status = MS_OK;
  MS_TRY(place_pairs(low, pairs, count));
  for (size_t i = 0, run; i < count; i += run) {
    ms_step *step;
    run = run_of(low, pairs + 2 * i, count - i);
    MS_TRY(ms_emit(low, stage, &step));
    step->kind = MS_STEP_PRODUCT;
    step->a = ms_slot_of(low, pairs[2 * i]);
    step->c = ms_slot_of(low, pairs[2 * i + 1]);
    step->matrix = low->uniform[matrix];
    step->count = run;
    step->accumulate = low->begun[pairs[2 * i + 1]];
    for (size_t j = i; j < i + run; j++) low->begun[pairs[2 * j + 1]] = true;
  }
out:
  return status;
}

static ms_status emit_gram(ms_lowering *low, ms_ref gram, ms_ref *pairs) {
  ms_status status = MS_OK;
  size_t count = ms_graph_node(low->graph, gram)->inputs / 2;
  for (size_t i = 0; i < 2 * count; i++) pairs[i] = ms_graph_inputs(low->graph, gram)[i];
  MS_TRY(place_pairs(low, pairs, count));
  for (size_t i = 0, run; i < count; i += run) {
    ms_step *step;
    run = run_of(low, pairs + 2 * i, count - i);
    MS_TRY(ms_emit(low, ms_sink_stage(low, gram), &step));
    step->kind = MS_STEP_GRAM;
    step->a = ms_slot_of(low, pairs[2 * i]);
    step->b = ms_slot_of(low, pairs[2 * i + 1]);
    step->accumulator = low->reduction[gram];
    step->count = run;
  }
out:
  return status;
}

static ms_status emit_copy(ms_lowering *low, ms_ref from, ms_ref to, size_t first_from,
                           size_t first_to, size_t cols) {
  ms_status status = MS_OK;
  const ms_node *node = ms_graph_node(low->graph, from);
  ms_step *step;
  MS_TRY(ms_emit(low, low->stage[to], &step));
  step->kind = MS_STEP_COPY;
  step->from = first_from;
  step->to = first_to;
  step->cols = cols;
  step->c = ms_slot_of(low, to);
  if (node->kind == MS_NODE_INPUT) {
    step->from_points = true;
    step->from = node->index;
  } else if (!node->batched) {
    step->from_uniform = true;
    step->matrix = low->uniform[from];
  } else {
    step->a = ms_slot_of(low, from);
  }
out:
  return status;
}

/* Steps of the kept nodes that are neither strips nor products. */
static ms_status emit_other(ms_lowering *low, ms_ref ref) {
  ms_status status = MS_OK;
  const ms_node *node = ms_graph_node(low->graph, ref);
  const ms_ref *args = ms_graph_inputs(low->graph, ref);
  ms_step *step;
  size_t to = 0;
  switch (node->kind) {
    case MS_NODE_INPUT: MS_TRY(emit_copy(low, ref, ref, 0, 0, 1)); break;
    case MS_NODE_SLICE:
      MS_TRY(emit_copy(low, args[0], ref, node->index, 0, node->cols));
      break;
    case MS_NODE_CONCAT:
      for (uint32_t i = 0; i < node->inputs; i++) {
        uint32_t cols = ms_graph_node(low->graph, args[i])->cols;
        MS_TRY(emit_copy(low, args[i], ref, 0, to, cols));
        to += cols;
      }
      break;
    case MS_NODE_PAD:
      MS_TRY(ms_emit(low, low->stage[ref], &step));
      step->kind = MS_STEP_CLEAR;
      step->c = ms_slot_of(low, ref);
      MS_TRY(emit_copy(low, args[0], ref, 0, node->index,
                       ms_graph_node(low->graph, args[0])->cols));
      break;
    case MS_NODE_SUM_COLS:
      MS_TRY(ms_emit(low, low->stage[ref], &step));
      step->kind = MS_STEP_SUM_COLS;
      step->a = ms_slot_of(low, args[0]);
      step->c = ms_slot_of(low, ref);
      break;
    default: break;
  }
out:
  return status;
}

/* Products whose matrix is (or is not) a transpose, by ascending stage. */
static ms_status emit_products(ms_lowering *low, bool transposed, ms_ref *pairs) {
  ms_status status = MS_OK;
  int last = 0;
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->in_loop[ref] && low->stage[ref] > last) last = low->stage[ref];
  for (int stage = 0; stage <= last; stage++)
    for (ms_ref ref = 1; ref <= low->count; ref++) {
      const ms_node *node = ms_graph_node(low->graph, ref);
      ms_ref matrix, first;
      size_t count;
      if (!low->in_loop[ref] || node->kind != MS_NODE_MATMUL || !node->batched
          || low->stage[ref] != stage)
        continue;
      matrix = ms_graph_inputs(low->graph, ref)[1];
      if ((ms_graph_node(low->graph, matrix)->kind == MS_NODE_TRANSPOSE) != transposed)
        continue;
      count = find_group(low, matrix, stage, pairs, &first);
      if (first == ref) MS_TRY(emit_group(low, matrix, stage, pairs, count));
    }
out:
  return status;
}

ms_status ms_stack_products(ms_lowering *low) {
  ms_status status = MS_OK;
  ms_ref *pairs = NULL;
  size_t most = low->count;
  for (size_t i = 0; i < low->sink_count; i++) {
    size_t inputs = ms_graph_node(low->graph, low->sinks[i])->inputs;
    if (inputs > most) most = inputs;
  }
  MS_TRY(ms_alloc(2 * most + 2, sizeof *pairs, "a program", &pairs));
  MS_TRY(emit_products(low, false, pairs));
  for (size_t i = 0; i < low->sink_count; i++)
    if (ms_graph_node(low->graph, low->sinks[i])->kind == MS_NODE_GRAM)
      MS_TRY(emit_gram(low, low->sinks[i], pairs));
  MS_TRY(emit_products(low, true, pairs));
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->kept[ref]) MS_TRY(stack_up(low, &ref, 1, 1));
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->kept[ref]) MS_TRY(emit_other(low, ref));
out:
  ms_free(pairs);
  return status;
}
