/*
** Compiles the element-wise nodes of one stage and width to strip operations: which nodes
** are needed here, which products are absorbed by the sums that use them, and which
** register holds what.
*/
#include "program/program_impl.h"

#include "base/alloc.h"

/* What a node is to the segment being compiled. */
typedef enum role { OUTSIDE, LOCAL, ABSORBED } role;

typedef struct builder {
  ms_lowering *low;
  int stage;
  uint32_t cols;
  ms_ref *order; /* local nodes, operands first */
  size_t count;
  role *role;          /* by node */
  ms_operand *operand; /* by node: its value, once there is one */
  ms_segment segment;
  size_t op_capacity, tile_capacity, sum_capacity;
  size_t virtual_count; /* registers before allocation */
} builder;

static const ms_node *node_of(const builder *b, ms_ref ref) {
  return ms_graph_node(b->low->graph, ref);
}

static bool is_number(const builder *b, ms_ref ref, double *value) {
  const ms_node *node = node_of(b, ref);
  if (node->kind != MS_NODE_CONST) return false;
  *value = node->value;
  return true;
}

/* Whether this segment computes the node itself. */
static bool computed_here(const builder *b, ms_ref ref) {
  const ms_node *node = node_of(b, ref);
  return node->kind == MS_NODE_APPLY && node->batched && node->cols == b->cols
         && (!b->low->kept[ref] || b->low->stage[ref] == b->stage);
}

static void visit(builder *b, ms_ref ref) {
  if (!computed_here(b, ref) || b->role[ref] == LOCAL) return;
  b->role[ref] = LOCAL;
  for (uint32_t i = 0; i < node_of(b, ref)->inputs; i++)
    visit(b, ms_graph_inputs(b->low->graph, ref)[i]);
  b->order[b->count++] = ref;
}

static bool is_scale_of(const builder *b, ms_ref ref, ms_ref product) {
  const ms_ref *inputs = ms_graph_inputs(b->low->graph, ref);
  return node_of(b, ref)->op == &ms_op_mul && inputs[1] == product
         && node_of(b, inputs[0])->kind == MS_NODE_CONST;
}

/* A product that only sums (or multiples of it) use is computed inside them. */
static void absorb_products(builder *b) {
  for (size_t i = 0; i < b->count; i++)
    if (node_of(b, b->order[i])->op == &ms_op_mul && !b->low->kept[b->order[i]])
      b->role[b->order[i]] = ABSORBED;
  for (size_t i = 0; i < b->count; i++) {
    const ms_node *user = node_of(b, b->order[i]);
    if (user->op == &ms_op_add) continue;
    for (uint32_t j = 0; j < user->inputs; j++) {
      ms_ref arg = ms_graph_inputs(b->low->graph, b->order[i])[j];
      if (b->role[arg] == ABSORBED && !is_scale_of(b, b->order[i], arg))
        b->role[arg] = LOCAL;
    }
  }
}

static ms_status push_op(builder *b, ms_strip_op op) {
  ms_status status = MS_OK;
  if (b->segment.op_count == b->op_capacity) {
    size_t grown = b->op_capacity == 0 ? 32 : b->op_capacity * 2;
    MS_TRY(ms_realloc(&b->segment.ops, grown, sizeof *b->segment.ops, "a program"));
    b->op_capacity = grown;
  }
  b->segment.ops[b->segment.op_count++] = op;
out:
  return status;
}

static ms_operand fresh_register(builder *b) {
  return (ms_operand){.kind = MS_OPERAND_REGISTER, .index = b->virtual_count++};
}

static ms_status use_tile(builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  ms_uniform from = b->low->uniform[ref];
  if (b->segment.tile_count == b->tile_capacity) {
    size_t grown = b->tile_capacity == 0 ? 8 : b->tile_capacity * 2;
    MS_TRY(ms_realloc(&b->segment.tiles, grown, sizeof *b->segment.tiles, "a program"));
    b->tile_capacity = grown;
  }
  b->segment.tiles[b->segment.tile_count++] =
    (ms_tile){b->low->loop->tiles, b->cols, from.cols, (int)from.home, from.offset};
  *out = (ms_operand){.kind = MS_OPERAND_TILE, .index = b->low->loop->tiles};
  b->low->loop->tiles += ((size_t)b->cols + MS_STRIP + 7) / 8 * 8;
out:
  return status;
}

/*
** The value of a node that other steps made, or of a uniform row, as this segment reads
** it.
*/
static ms_status fetch(builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  const ms_node *node = node_of(b, ref);
  ms_strip_op op = {.column = node->index};
  ms_slot slot;
  if (!node->batched) {
    MS_TRY(use_tile(b, ref, out));
    goto out;
  }
  if (node->kind == MS_NODE_INPUT) {
    op.kind = b->cols == 1 ? MS_STRIP_LOAD : MS_STRIP_SPREAD;
  } else {
    slot = ms_slot_of(b->low, ref);
    *out = (ms_operand){.kind = MS_OPERAND_BUFFER,
                        .base = slot.base,
                        .position = slot.position,
                        .cols = slot.cols};
    if (node->cols == b->cols) goto out;
    op.kind = MS_STRIP_EXPAND;
    op.p1 = *out;
  }
  op.out = *out = fresh_register(b);
  MS_TRY(push_op(b, op));
out:
  return status;
}

static ms_status operand_of(builder *b, ms_ref ref, ms_operand *out) {
  ms_status status = MS_OK;
  if (b->operand[ref].kind == MS_OPERAND_NONE) MS_TRY(fetch(b, ref, &b->operand[ref]));
  *out = b->operand[ref];
out:
  return status;
}

/* One term c p q of a sum. */
typedef struct term {
  ms_form form;
  double c;
  ms_operand p, q;
} term;

/* The term that a product node is. */
static ms_status product_term(builder *b, ms_ref ref, term *out) {
  ms_status status = MS_OK;
  const ms_ref *inputs = ms_graph_inputs(b->low->graph, ref);
  ms_ref first = inputs[0], second = inputs[1];
  if (!is_number(b, first, &out->c)) {
    out->form = MS_FORM_PQ;
  } else if (b->role[second] == ABSORBED) {
    out->form = MS_FORM_CPQ;
    inputs = ms_graph_inputs(b->low->graph, second);
    first = inputs[0];
    second = inputs[1];
  } else {
    out->form = MS_FORM_CP;
    first = second;
  }
  MS_TRY(operand_of(b, first, &out->p));
  if (out->form != MS_FORM_CP) MS_TRY(operand_of(b, second, &out->q));
out:
  return status;
}

static ms_status term_of(builder *b, ms_ref ref, term *out) {
  ms_status status = MS_OK;
  *out = (term){0};
  if (b->role[ref] == ABSORBED) return product_term(b, ref, out);
  if (is_number(b, ref, &out->c)) {
    out->form = MS_FORM_C;
    return MS_OK;
  }
  out->form = MS_FORM_P;
  MS_TRY(operand_of(b, ref, &out->p));
out:
  return status;
}

static ms_status push_sum(builder *b, term first, term second, ms_operand to) {
  if (first.form < second.form) {
    term held = first;
    first = second;
    second = held;
  }
  return push_op(b, (ms_strip_op){.kind = MS_STRIP_SUM,
                                  .sum = ms_find_sum_kernel(first.form, second.form),
                                  .out = to,
                                  .p1 = first.p,
                                  .q1 = first.q,
                                  .p2 = second.p,
                                  .q2 = second.q,
                                  .c1 = first.c,
                                  .c2 = second.c});
}

/* Emit the operation of a local node. */
static ms_status compile_node(builder *b, ms_ref ref) {
  ms_status status = MS_OK;
  const ms_node *node = node_of(b, ref);
  const ms_ref *inputs = ms_graph_inputs(b->low->graph, ref);
  term first = {0}, second = {0};
  ms_strip_op op = {.kind = node->op->arity == 1 ? MS_STRIP_MAP1 : MS_STRIP_MAP2,
                    .op = node->op};
  if (node->op == &ms_op_add) {
    MS_TRY(term_of(b, inputs[0], &first));
    MS_TRY(term_of(b, inputs[1], &second));
  } else if (node->op == &ms_op_mul) {
    MS_TRY(product_term(b, ref, &first));
  } else {
    MS_TRY(operand_of(b, inputs[0], &op.p1));
    if (node->op->arity == 2) MS_TRY(operand_of(b, inputs[1], &op.q1));
  }
  if (b->low->kept[ref]) {
    ms_slot slot = ms_slot_of(b->low, ref);
    op.out = (ms_operand){.kind = MS_OPERAND_BUFFER,
                          .base = slot.base,
                          .position = slot.position,
                          .cols = slot.cols};
  } else {
    op.out = fresh_register(b);
  }
  b->operand[ref] = op.out;
  MS_TRY(first.form != MS_FORM_NONE ? push_sum(b, first, second, op.out)
                                    : push_op(b, op));
out:
  return status;
}

/* Emit the accumulation of a sum over the points. */
static ms_status compile_sum(builder *b, ms_ref sink) {
  ms_status status = MS_OK;
  ms_operand accumulator = {.kind = MS_OPERAND_SUM, .index = b->low->loop->sums};
  term value, old = {.form = MS_FORM_P, .p = accumulator};
  if (b->segment.sum_count == b->sum_capacity) {
    size_t grown = b->sum_capacity == 0 ? 8 : b->sum_capacity * 2;
    MS_TRY(ms_realloc(&b->segment.sums, grown, sizeof *b->segment.sums, "a program"));
    b->sum_capacity = grown;
  }
  b->segment.sums[b->segment.sum_count++] =
    (ms_sum){b->low->loop->sums, b->low->reduction[sink]};
  b->low->loop->sums += ((size_t)b->cols + MS_STRIP + 7) / 8 * 8;
  MS_TRY(term_of(b, ms_graph_inputs(b->low->graph, sink)[0], &value));
  MS_TRY(push_sum(b, value, old, accumulator));
out:
  return status;
}

static ms_operand *op_operand(ms_strip_op *op, int i) {
  ms_operand *all[] = {&op->p1, &op->q1, &op->p2, &op->q2};
  return all[i];
}

/*
** Virtual registers to as few real ones as possible: each is free after its last reader.
*/
static ms_status allocate_registers(builder *b) {
  ms_status status = MS_OK;
  size_t *last = NULL, *real = NULL, *pool = NULL, pooled = 0;
  MS_TRY(ms_alloc_zero(b->virtual_count, sizeof *last, "a program", &last));
  MS_TRY(ms_alloc_zero(b->virtual_count, sizeof *real, "a program", &real));
  MS_TRY(ms_alloc_zero(b->virtual_count, sizeof *pool, "a program", &pool));
  for (size_t i = 0; i < b->segment.op_count; i++)
    for (int j = 0; j < 4; j++) {
      ms_operand *operand = op_operand(&b->segment.ops[i], j);
      if (operand->kind == MS_OPERAND_REGISTER) last[operand->index] = i;
    }
  for (size_t i = 0; i < b->segment.op_count; i++) {
    ms_strip_op *op = &b->segment.ops[i];
    for (int j = 0; j < 4; j++) {
      ms_operand *operand = op_operand(op, j);
      if (operand->kind != MS_OPERAND_REGISTER) continue;
      size_t name = operand->index;
      operand->index = real[name];
      if (last[name] == i) {
        pool[pooled++] = real[name];
        last[name] = (size_t)-1; /* freed once, though it may be read twice by this op */
      }
    }
    if (op->out.kind == MS_OPERAND_REGISTER) {
      size_t name = op->out.index;
      real[name] = pooled > 0 ? pool[--pooled] : b->segment.registers++;
      op->out.index = real[name];
    }
  }
  if (b->segment.registers > b->low->loop->registers)
    b->low->loop->registers = b->segment.registers;
out:
  ms_free(last);
  ms_free(real);
  ms_free(pool);
  return status;
}

static bool sums_here(const builder *b, ms_ref sink) {
  const ms_node *node = node_of(b, sink);
  return node->kind == MS_NODE_SUM_ROWS && node->cols == b->cols
         && ms_sink_stage(b->low, sink) == b->stage;
}

static ms_status compile_segment(builder *b) {
  ms_status status = MS_OK;
  ms_lowering *low = b->low;
  ms_step *step;
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    b->role[ref] = OUTSIDE;
    b->operand[ref] = (ms_operand){0};
  }
  b->count = b->virtual_count = 0;
  b->segment = (ms_segment){.cols = b->cols};
  for (ms_ref ref = 1; ref <= low->count; ref++)
    if (low->in_loop[ref] && low->kept[ref] && low->stage[ref] == b->stage) visit(b, ref);
  for (size_t i = 0; i < low->sink_count; i++)
    if (sums_here(b, low->sinks[i]))
      visit(b, ms_graph_inputs(low->graph, low->sinks[i])[0]);
  absorb_products(b);
  for (size_t i = 0; i < b->count; i++)
    if (b->role[b->order[i]] == LOCAL) MS_TRY(compile_node(b, b->order[i]));
  for (size_t i = 0; i < low->sink_count; i++)
    if (sums_here(b, low->sinks[i])) MS_TRY(compile_sum(b, low->sinks[i]));
  MS_TRY(allocate_registers(b));
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
  else if (node->kind == MS_NODE_APPLY && low->kept[ref])
    *stage = low->stage[ref];
  else
    return false;
  return true;
}

/* True when an earlier node already roots the same segment. */
static bool seen_before(const ms_lowering *low, ms_ref ref, int stage, uint32_t cols) {
  for (ms_ref other = 1; other < ref; other++) {
    int its_stage;
    uint32_t its_cols;
    if (segment_of(low, other, &its_stage, &its_cols) && its_stage == stage
        && its_cols == cols)
      return true;
  }
  return false;
}

ms_status ms_compile_segments(ms_lowering *low) {
  ms_status status = MS_OK;
  builder b = {.low = low};
  MS_TRY(ms_alloc(low->count + 1, sizeof *b.order, "a program", &b.order));
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *b.role, "a program", &b.role));
  MS_TRY(ms_alloc_zero(low->count + 1, sizeof *b.operand, "a program", &b.operand));
  for (ms_ref ref = 1; ref <= low->count; ref++) {
    if (!segment_of(low, ref, &b.stage, &b.cols)
        || seen_before(low, ref, b.stage, b.cols))
      continue;
    b.op_capacity = b.tile_capacity = b.sum_capacity = 0;
    MS_TRY(compile_segment(&b));
  }
out:
  ms_segment_release(&b.segment);
  ms_free(b.order);
  ms_free(b.role);
  ms_free(b.operand);
  return status;
}
