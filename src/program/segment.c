/*
** Compiles the element-wise nodes of one stage and width to strip operations: which nodes
** are needed here, which products are absorbed by the sums that use them, and which
** register holds what.
*/
#include "program/segment_impl.h"

#include "base/alloc.h"

#include <string.h>

/* Whether this segment computes the node itself. */
static bool computed_here(const ms_builder *b, ms_ref ref) {
  const ms_node *node = ms_builder_node(b, ref);
  return ms_is_strip(b->low, ref) && node->batched && node->cols == b->cols
         && (!b->low->kept[ref] || b->low->stage[ref] == b->stage);
}

static void visit(ms_builder *b, ms_ref ref) {
  if (!computed_here(b, ref) || b->role[ref] == MS_ROLE_LOCAL) return;
  b->role[ref] = MS_ROLE_LOCAL;
  for (uint32_t i = 0; i < ms_builder_node(b, ref)->inputs; i++)
    visit(b, ms_builder_inputs(b, ref)[i]);
  b->order[b->count++] = ref;
}

ms_status ms_push_op(ms_builder *b, ms_strip_op op, const ms_operand *operands,
                     size_t count) {
  ms_status status = MS_OK;
  MS_TRY(ms_reserve(&b->segment.ops, &b->op_capacity, b->segment.op_count + 1,
                    sizeof *b->segment.ops, "a program"));
  MS_TRY(ms_reserve(&b->operands, &b->operand_capacity, b->operand_count + count,
                    sizeof *b->operands, "a program"));
  op.first = (uint32_t)b->operand_count;
  op.count = (uint32_t)count;
  memcpy(b->operands + b->operand_count, operands, count * sizeof *operands);
  b->operand_count += count;
  b->segment.ops[b->segment.op_count++] = op;
out:
  return status;
}

ms_operand ms_fresh_register(ms_builder *b) {
  return (ms_operand){.kind = MS_OPERAND_REGISTER, .index = b->registers++};
}

static ms_status use_tile(ms_builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  ms_uniform from = b->low->uniform[ref];
  MS_TRY(ms_reserve(&b->segment.tiles, &b->tile_capacity, b->segment.tile_count + 1,
                    sizeof *b->segment.tiles, "a program"));
  b->segment.tiles[b->segment.tile_count++] =
    (ms_tile){b->low->loop->tiles, b->cols, from.cols, (int)from.home, from.offset};
  *out = (ms_operand){.kind = MS_OPERAND_TILE, .index = b->low->loop->tiles};
  b->low->loop->tiles += ((size_t)b->cols + MS_STRIP + 7) / 8 * 8;
out:
  return status;
}

static ms_operand buffer_of(const ms_builder *b, ms_ref ref) {
  ms_slot slot = ms_slot_of(b->low, ref);
  return (ms_operand){.kind = MS_OPERAND_BUFFER,
                      .cols = slot.cols,
                      .base = slot.base,
                      .position = slot.position};
}

/*
** The value of a node that other steps made, or of a uniform row, as this segment reads
** it.
*/
static ms_status fetch(ms_builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  const ms_node *node = ms_builder_node(b, ref);
  ms_strip_op op = {.column = node->index};
  ms_operand operands[2];
  size_t count = 1;
  if (!node->batched) {
    MS_TRY(use_tile(b, ref, out));
    goto out;
  }
  if (node->kind == MS_NODE_INPUT) {
    op.kind = b->cols == 1 ? MS_STRIP_LOAD : MS_STRIP_SPREAD;
  } else {
    operands[1] = *out = buffer_of(b, ref);
    if (node->cols == b->cols) goto out;
    operands[1].kind = MS_OPERAND_COLUMN;
    op.kind = MS_STRIP_EXPAND;
    count = 2;
  }
  operands[0] = *out = ms_fresh_register(b);
  MS_TRY(ms_push_op(b, op, operands, count));
out:
  return status;
}

ms_status ms_operand_of(ms_builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  if (b->operand[ref].kind == MS_OPERAND_NONE) MS_TRY(fetch(b, ref, &b->operand[ref]));
  *out = b->operand[ref];
out:
  return status;
}

/* Emit the operation of a local node. */
static ms_status compile_node(ms_builder *b, ms_ref ref) {
  ms_status status = MS_OK;
  const ms_node *node = ms_builder_node(b, ref);
  const ms_ref *inputs = ms_builder_inputs(b, ref);
  ms_operand operands[3],
    to = b->low->kept[ref] ? buffer_of(b, ref) : ms_fresh_register(b);
  ms_strip_op op = {.kind = node->op->arity == 1 ? MS_STRIP_MAP1 : MS_STRIP_MAP2,
                    .op = node->op};
  if (node->op == &ms_op_add || node->op == &ms_op_mul) {
    MS_TRY(ms_compile_sum(b, ref, NULL, to));
  } else {
    operands[0] = to;
    for (int i = 0; i < node->op->arity; i++)
      MS_TRY(ms_operand_of(b, inputs[i], &operands[1 + i]));
    MS_TRY(ms_push_op(b, op, operands, 1 + (size_t)node->op->arity));
  }
  b->operand[ref] = to;
out:
  return status;
}

/* Emit the accumulation of a sum over the points. */
static ms_status accumulate(ms_builder *b, ms_ref sink) {
  ms_status status = MS_OK;
  ms_operand accumulator = {.kind = MS_OPERAND_SUM, .index = b->low->loop->sums};
  MS_TRY(ms_reserve(&b->segment.sums, &b->sum_capacity, b->segment.sum_count + 1,
                    sizeof *b->segment.sums, "a program"));
  b->segment.sums[b->segment.sum_count++] =
    (ms_sum){b->low->loop->sums, b->low->reduction[sink]};
  b->low->loop->sums += ((size_t)b->cols + MS_STRIP + 7) / 8 * 8;
  MS_TRY(ms_compile_sum(b, ms_builder_inputs(b, sink)[0], &accumulator, accumulator));
out:
  return status;
}

static bool sums_here(const ms_builder *b, ms_ref sink) {
  const ms_node *node = ms_builder_node(b, sink);
  return node->kind == MS_NODE_SUM_ROWS && node->cols == b->cols
         && ms_sink_stage(b->low, sink) == b->stage;
}

/* The local nodes of the segment, and how often each is used. */
static void find_nodes(ms_builder *b) {
  ms_lowering *low = b->low;
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    b->role[ref] = MS_ROLE_OUTSIDE;
    b->uses[ref] = 0;
    b->operand[ref] = (ms_operand){0};
  }
  b->count = 0;
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->in_loop[ref] && low->kept[ref] && low->stage[ref] == b->stage) visit(b, ref);
  for (size_t i = 0; i < low->sink_count; i++)
    if (sums_here(b, low->sinks[i])) {
      ms_ref value = ms_builder_inputs(b, low->sinks[i])[0];
      visit(b, value);
      b->uses[value]++;
    }
  for (size_t i = 0; i < b->count; i++)
    for (uint32_t j = 0; j < ms_builder_node(b, b->order[i])->inputs; j++)
      b->uses[ms_builder_inputs(b, b->order[i])[j]]++;
}

/* The most elements of a strip that begins with a row and on a cache line. */
static uint32_t choose_strip(uint32_t cols) {
  enum { LINE = 8 };
  uint32_t rows = 1;
  while (rows < LINE && rows * (size_t)cols % LINE != 0) rows *= 2;
  return rows * (size_t)cols > MS_STRIP ? MS_STRIP
                                        : MS_STRIP / (rows * cols) * rows * cols;
}

/*
** Values that are repeated over the columns come first: what is between them and their
** users would otherwise be cut in two (fuse.c).
*/
static ms_status expand_first(ms_builder *b) {
  ms_status status = MS_OK;
  ms_operand operand;
  for (size_t i = 0; i < b->count; i++)
    for (uint32_t j = 0; j < ms_builder_node(b, b->order[i])->inputs; j++) {
      ms_ref arg = ms_builder_inputs(b, b->order[i])[j];
      const ms_node *node = ms_builder_node(b, arg);
      if (node->batched && b->role[arg] == MS_ROLE_OUTSIDE
          && (node->cols != b->cols || node->kind == MS_NODE_INPUT))
        MS_TRY(ms_operand_of(b, arg, &operand));
    }
out:
  return status;
}

static ms_status compile_segment(ms_builder *b) {
  ms_status status = MS_OK;
  ms_lowering *low = b->low;
  ms_step *step;
  b->op_capacity = b->tile_capacity = b->sum_capacity = b->factor_capacity = 0;
  b->registers = b->operand_count = b->factor_count = 0;
  b->segment = (ms_segment){.cols = b->cols, .strip = choose_strip(b->cols)};
  find_nodes(b);
  ms_absorb(b);
  MS_TRY(expand_first(b));
  for (size_t i = 0; i < b->count; i++)
    if (b->role[b->order[i]] == MS_ROLE_LOCAL) MS_TRY(compile_node(b, b->order[i]));
  for (size_t i = 0; i < low->sink_count; i++)
    if (sums_here(b, low->sinks[i])) MS_TRY(accumulate(b, low->sinks[i]));
  MS_TRY(ms_settle_places(b));
  MS_TRY(ms_emit(low, b->stage, &step));
  step->kind = MS_STEP_STRIPS;
  step->segment = b->segment;
  b->segment = (ms_segment){0};
out:
  return status;
}

/* Whether a node or sink roots a segment, and which. */
static bool segment_of(const ms_lowering *low, ms_ref ref, int *stage, uint32_t *cols) {
  const ms_node *node = ms_graph_node(low->graph, ref);
  if (!low->in_loop[ref]) return false;
  *cols = node->cols;
  if (node->kind == MS_NODE_SUM_ROWS && !node->batched)
    *stage = ms_sink_stage(low, ref);
  else if (ms_is_strip(low, ref) && low->kept[ref])
    *stage = low->stage[ref];
  else
    return false;
  return true;
}

/* What tells segments apart. */
typedef struct segment_key {
  int stage;
  uint32_t cols;
} segment_key;

typedef struct segment_keys {
  segment_key *list;
  size_t count, capacity;
} segment_keys;

/* *fresh = whether no earlier node roots the same segment. */
static ms_status note_segment(segment_keys *keys, int stage, uint32_t cols, bool *fresh) {
  ms_status status = MS_OK;
  *fresh = false;
  for (size_t i = keys->count; i-- > 0;)
    if (keys->list[i].stage == stage && keys->list[i].cols == cols) return MS_OK;
  MS_TRY(ms_reserve(&keys->list, &keys->capacity, keys->count + 1, sizeof *keys->list,
                    "a program"));
  keys->list[keys->count++] = (segment_key){stage, cols};
  *fresh = true;
out:
  return status;
}

ms_status ms_compile_segments(ms_lowering *low) {
  ms_status status = MS_OK;
  ms_builder b = {.low = low};
  segment_keys keys = {NULL, 0, 0};
  MS_TRY(ms_alloc(low->count + 1, sizeof *b.order, "a program", &b.order));
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *b.role, "a program", &b.role));
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *b.uses, "a program", &b.uses));
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *b.operand, "a program", &b.operand));
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    bool fresh;
    if (!segment_of(low, ref, &b.stage, &b.cols)) continue;
    MS_TRY(note_segment(&keys, b.stage, b.cols, &fresh));
    if (fresh) MS_TRY(compile_segment(&b));
  }
out:
  ms_free(keys.list);
  ms_segment_release(&b.segment);
  ms_free(b.order);
  ms_free(b.role);
  ms_free(b.uses);
  ms_free(b.operand);
  ms_free(b.operands);
  return status;
}
