/*
** From the graph to a program: which nodes are needed, in which phase, where uniform
** values live, and for each phase one loop over the points.
**
** A phase ends where a sum over the points is needed: uniform nodes of phase p are
** computed before loop p, and the sums that loop p accumulates are uniform nodes of phase
** p + 1. Batched nodes that a later loop needs again are computed again there; nothing of
** the size of the point set is ever stored.
*/
#include "program/program_impl.h"

#include "base/alloc.h"

#include "base/cpu.h"

#include <string.h>

/* State of one compilation. */
typedef struct compiler {
  ms_graph *graph;
  const ms_program_spec *spec;
  ms_program *program;
  size_t count;
  bool *needed;
  int *phase;
  ms_uniform *uniform;
  size_t *reduction; /* of sinks: offset in their loop's reductions */
  ms_derived derived;
} compiler;

static bool is_sink(const compiler *c, ms_ref ref) {
  const ms_node *node = ms_graph_node(c->graph, ref);
  if (node->kind == MS_NODE_GRAM) return true;
  return node->kind == MS_NODE_SUM_ROWS
         && ms_graph_node(c->graph, ms_graph_inputs(c->graph, ref)[0])->batched;
}

static void mark_needed(compiler *c) {
  for (size_t k = 0; k < c->spec->losses; k++) {
    c->needed[c->derived.loss[k]] = true;
    for (size_t i = 0; i < c->derived.block_counts[k]; i++)
      c->needed[c->derived.blocks[k][i].ref] = true;
  }
  for (size_t i = 0; i < c->spec->outputs; i++) c->needed[c->derived.output[i]] = true;
  for (ms_ref ref = (ms_ref)c->count; ref >= 1; ref--)
    for (uint32_t i = 0; c->needed[ref] && i < ms_graph_node(c->graph, ref)->inputs; i++)
      c->needed[ms_graph_inputs(c->graph, ref)[i]] = true;
}

static void assign_phases(compiler *c) {
  int last = 0;
  for (ms_ref ref = 1; ref <= c->count; ref++) {
    int phase = 0;
    for (uint32_t i = 0; i < ms_graph_node(c->graph, ref)->inputs; i++) {
      int its = c->phase[ms_graph_inputs(c->graph, ref)[i]];
      if (its > phase) phase = its;
    }
    c->phase[ref] = phase + is_sink(c, ref);
    if (c->needed[ref] && c->phase[ref] > last) last = c->phase[ref];
  }
  c->program->phases = (size_t)last + 1;
}

/* Uniform memory: first the sums of each loop, contiguous, then the other values. */
static void place_uniforms(compiler *c) {
  ms_program *program = c->program;
  size_t used = 0;
  for (size_t phase = 0; phase < program->phases; phase++) {
    ms_loop *loop = &program->loops[phase];
    loop->reduced = used;
    for (ms_ref ref = 1; ref <= c->count; ref++) {
      const ms_node *node = ms_graph_node(c->graph, ref);
      if (!c->needed[ref] || !is_sink(c, ref) || c->phase[ref] != (int)phase + 1)
        continue;
      c->reduction[ref] = used - loop->reduced;
      c->uniform[ref] = (ms_uniform){MS_HOME_UNIFORM, used, node->rows, node->cols};
      used += ((size_t)node->rows * node->cols + 7) / 8 * 8;
    }
    loop->reductions = used - loop->reduced;
  }
  for (ms_ref ref = 1; ref <= c->count; ref++) {
    const ms_node *node = ms_graph_node(c->graph, ref);
    if (!c->needed[ref] || node->batched || is_sink(c, ref)) continue;
    if (node->kind == MS_NODE_PARAM) {
      c->uniform[ref] = (ms_uniform){MS_HOME_THETA, node->index, node->rows, node->cols};
      continue;
    }
    c->uniform[ref] = (ms_uniform){MS_HOME_UNIFORM, used, node->rows, node->cols};
    used += ((size_t)node->rows * node->cols + 7) / 8 * 8;
  }
  program->uniform_size = used;
}

static bool is_uniform_step(const compiler *c, ms_ref ref) {
  const ms_node *node = ms_graph_node(c->graph, ref);
  return c->needed[ref] && !node->batched && node->kind != MS_NODE_PARAM
         && !is_sink(c, ref);
}

static ms_status compile_uniforms(compiler *c) {
  ms_status status = MS_OK;
  ms_program *program = c->program;
  size_t steps = 0, inputs = 0, data = 0;
  for (ms_ref ref = 1; ref <= c->count; ref++) {
    const ms_node *node = ms_graph_node(c->graph, ref);
    if (!is_uniform_step(c, ref)) continue;
    steps++;
    inputs += node->inputs;
    if (node->kind == MS_NODE_DATA) data += (size_t)node->rows * node->cols;
  }
  MS_TRY(ms_alloc(steps, sizeof(ms_uniform_step), "a program", &program->uniform_steps));
  MS_TRY(ms_alloc(inputs + 1, sizeof(ms_uniform), "a program", &program->uniform_inputs));
  MS_TRY(ms_alloc(data, sizeof(double), "a program", &program->data));
  MS_TRY(
    ms_alloc_zero(program->uniform_size, sizeof(double), "a program", &program->uniform));
  steps = inputs = data = 0;
  for (size_t phase = 0; phase < program->phases; phase++) {
    for (ms_ref ref = 1; ref <= c->count; ref++) {
      const ms_node *node = ms_graph_node(c->graph, ref);
      if (!is_uniform_step(c, ref) || c->phase[ref] != (int)phase) continue;
      program->uniform_steps[steps++] =
        (ms_uniform_step){.kind = node->kind,
                          .op = node->op,
                          .value = node->value,
                          .index = node->kind == MS_NODE_DATA ? data : node->index,
                          .out = c->uniform[ref],
                          .first = (uint32_t)inputs,
                          .inputs = node->inputs};
      for (uint32_t i = 0; i < node->inputs; i++)
        program->uniform_inputs[inputs++] = c->uniform[ms_graph_inputs(c->graph, ref)[i]];
      if (node->kind == MS_NODE_DATA) {
        size_t size = (size_t)node->rows * node->cols;
        memcpy(program->data + data, ms_graph_data(c->graph, ref), size * sizeof(double));
        data += size;
      }
    }
    program->phase_end[phase] = steps;
  }
out:
  return status;
}

/* The batched nodes that loop 'phase' computes, and its sinks. */
static ms_status collect_loop(const compiler *c, ms_lowering *low, ms_ref *sinks,
                              ms_ref *outputs, size_t *output_columns) {
  for (ms_ref ref = 1; ref <= c->count; ref++) {
    low->in_loop[ref] =
      c->needed[ref] && is_sink(c, ref) && c->phase[ref] == low->phase + 1;
    if (low->in_loop[ref]) sinks[low->sink_count++] = ref;
  }
  for (size_t i = 0, column = 0; i < c->spec->outputs; i++) {
    ms_ref ref = c->derived.output[i];
    const ms_node *node = ms_graph_node(c->graph, ref);
    if (c->phase[ref] == low->phase) {
      if (node->batched) low->in_loop[ref] = true;
      outputs[low->output_count] = ref;
      output_columns[low->output_count++] = column;
    }
    column += node->cols;
  }
  for (ms_ref ref = (ms_ref)c->count; ref >= 1; ref--)
    for (uint32_t i = 0; low->in_loop[ref] && i < ms_graph_node(c->graph, ref)->inputs;
         i++) {
      ms_ref arg = ms_graph_inputs(c->graph, ref)[i];
      if (ms_graph_node(c->graph, arg)->batched) low->in_loop[arg] = true;
    }
  return MS_OK;
}

static ms_status emit_outputs(ms_lowering *low) {
  ms_status status = MS_OK;
  for (size_t i = 0; i < low->output_count; i++) {
    ms_ref ref = low->outputs[i];
    const ms_node *node = ms_graph_node(low->graph, ref);
    ms_step *step;
    MS_TRY(ms_emit(low, node->batched ? low->stage[ref] + 1 : 0, &step));
    step->kind = MS_STEP_OUTPUT;
    step->to = low->output_columns[i];
    step->cols = node->cols;
    if (!node->batched) {
      step->from_uniform = true;
      step->matrix = low->uniform[ref];
    } else if (node->kind == MS_NODE_INPUT) {
      step->from_points = true;
      step->from = node->index;
    } else {
      step->a = ms_slot_of(low, ref);
    }
  }
out:
  return status;
}

/* Steps by stage; within a stage they are independent. */
static void sort_steps(ms_lowering *low) {
  ms_loop *loop = low->loop;
  for (size_t i = 1; i < loop->step_count; i++) {
    ms_step held = loop->steps[i];
    int stage = low->step_stage[i];
    size_t j = i;
    for (; j > 0 && low->step_stage[j - 1] > stage; j--) {
      loop->steps[j] = loop->steps[j - 1];
      low->step_stage[j] = low->step_stage[j - 1];
    }
    loop->steps[j] = held;
    low->step_stage[j] = stage;
  }
}

typedef void visit_base(ms_lowering *low, size_t *base, int step);

/* Call 'visit' with every buffer reference of the loop. */
static void walk_buffers(ms_lowering *low, visit_base *visit) {
  for (size_t i = 0; i < low->loop->step_count; i++) {
    ms_step *step = &low->loop->steps[i];
    ms_slot *slots[] = {&step->a, &step->b, &step->c};
    for (int j = 0; j < 3; j++)
      if (slots[j]->cols > 0) visit(low, &slots[j]->base, (int)i);
    for (size_t k = 0; k < step->segment.place_count; k++) {
      ms_operand *place = &step->segment.places[k];
      if (place->kind == MS_OPERAND_BUFFER || place->kind == MS_OPERAND_COLUMN)
        visit(low, &place->base, (int)i);
    }
  }
}

static void note_use(ms_lowering *low, size_t *base, int step) {
  struct ms_stack *stack = &low->stacks[*base];
  if (stack->first < 0) stack->first = step;
  stack->last = step;
}

static void resolve(ms_lowering *low, size_t *base, int step) {
  (void)step;
  *base = low->stacks[*base].base;
}

/*
** Doubles per point of a stack, and one more: without it all stacks of some widths begin
** at the same place of a page, and the strips, which go through twenty buffers at once,
** find no room for them in L1: 110 cycles for eight numbers in place of 65.
*/
static size_t room_for(const struct ms_stack *stack) {
  return stack->members * stack->cols + (stack->cols > 1);
}

/* First fit: each stack at the lowest place that is free while it lives. */
static void place_stacks(ms_lowering *low) {
  for (size_t i = 0; i < low->stack_count; i++) {
    struct ms_stack *stack = &low->stacks[i];
    size_t size = room_for(stack), base = 0;
    if (stack->first < 0) continue;
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t j = 0; j < i; j++) {
        const struct ms_stack *other = &low->stacks[j];
        size_t end = other->base + room_for(other);
        if (other->first < 0 || other->last < stack->first || stack->last < other->first)
          continue;
        if (base < end && other->base < base + size) {
          base = end;
          moved = true;
        }
      }
    }
    stack->base = base;
    if (base + size > low->loop->doubles_per_point)
      low->loop->doubles_per_point = base + size;
  }
}

static void release_lowering(ms_lowering *low) {
  ms_free(low->in_loop);
  ms_free(low->kept);
  ms_free(low->stage);
  ms_free(low->into);
  ms_free(low->begun);
  ms_free(low->stack);
  ms_free(low->position);
  ms_free(low->stacks);
  ms_free(low->step_stage);
}

static ms_status compile_loop(compiler *c, int phase) {
  ms_status status = MS_OK;
  ms_lowering low = {.graph = c->graph,
                     .count = c->count,
                     .phase = phase,
                     .uniform = c->uniform,
                     .reduction = c->reduction,
                     .loop = &c->program->loops[phase]};
  ms_ref *sinks = NULL, *outputs = NULL;
  size_t *columns = NULL, nodes = c->count + 1;
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.in_loop, "a program", &low.in_loop));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.kept, "a program", &low.kept));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.stage, "a program", &low.stage));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.into, "a program", &low.into));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.begun, "a program", &low.begun));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.stack, "a program", &low.stack));
  MS_TRY(ms_alloc_zero(nodes, sizeof *low.position, "a program", &low.position));
  MS_TRY(ms_alloc_zero(nodes, sizeof *sinks, "a program", &sinks));
  MS_TRY(ms_alloc_zero(c->spec->outputs, sizeof *outputs, "a program", &outputs));
  MS_TRY(ms_alloc_zero(c->spec->outputs, sizeof *columns, "a program", &columns));
  for (size_t i = 0; i < nodes; i++) low.stack[i] = -1;
  low.sinks = sinks;
  low.outputs = outputs;
  low.output_columns = columns;
  MS_TRY(collect_loop(c, &low, sinks, outputs, columns));
  MS_TRY(ms_schedule(&low));
  MS_TRY(ms_stack_products(&low));
  MS_TRY(ms_compile_segments(&low));
  MS_TRY(emit_outputs(&low));
  sort_steps(&low);
  walk_buffers(&low, note_use);
  place_stacks(&low);
  walk_buffers(&low, resolve);
out:
  ms_free(sinks);
  ms_free(outputs);
  ms_free(columns);
  release_lowering(&low);
  return status;
}

/* Values and gradients: where they are found after a run. */
static ms_status compile_targets(compiler *c) {
  ms_status status = MS_OK;
  ms_program *program = c->program;
  size_t total = 0;
  for (size_t k = 0; k < c->spec->losses; k++) total += c->derived.block_counts[k];
  MS_TRY(ms_alloc(c->spec->losses, sizeof(ms_target), "a program", &program->values));
  MS_TRY(ms_alloc(total, sizeof(ms_target), "a program", &program->gradients));
  for (size_t k = 0; k < c->spec->losses; k++) {
    program->values[k] = (ms_target){.loss = k, .from = c->uniform[c->derived.loss[k]]};
    for (size_t i = 0; i < c->derived.block_counts[k]; i++) {
      const ms_gradient_block *block = &c->derived.blocks[k][i];
      program->gradients[program->gradient_count++] =
        (ms_target){k, block->offset, block->rows, block->cols, c->uniform[block->ref]};
    }
  }
out:
  return status;
}

/*
** Points per block: the block's buffers should fill about a quarter of L2; the matrices,
** the accumulators of the gradients and what is on its way need the rest. A multiple of 8
** keeps every row of a stack aligned.
*/
static size_t choose_block(const ms_program *program) {
  enum { LEAST = 16, MOST = 256 };
  size_t per_point = 1, points;
  for (size_t i = 0; i < program->phases; i++)
    if (program->loops[i].doubles_per_point > per_point)
      per_point = program->loops[i].doubles_per_point;
  points = ms_cpu_l2_bytes() / 4 / (per_point * sizeof(double)) / 8 * 8;
  if (points < LEAST) points = LEAST;
  return points > MOST ? MOST : points;
}

/* Points per block that a caller may ask for. */
enum { MOST_BLOCK = 1 << 20 };

static bool is_scalar(const ms_graph *graph, ms_ref ref) {
  const ms_node *node = ms_graph_node(graph, ref);
  return ref != 0 && !node->batched && node->rows == 1 && node->cols == 1;
}

static ms_status check_spec(const ms_graph *graph, const ms_program_spec *spec) {
  ms_status status = MS_OK;
  for (size_t k = 0; k < spec->losses; k++)
    MS_CHECK(is_scalar(graph, spec->loss[k]), MS_EARG,
             "loss %zu must be one number: take the mean over the points", k + 1);
  for (size_t i = 0; i < spec->outputs; i++)
    MS_CHECK(spec->output[i] != 0 && ms_graph_node(graph, spec->output[i])->rows == 1,
             MS_EARG, "output %zu is a matrix of %u rows; expected values per point",
             i + 1, ms_graph_node(graph, spec->output[i])->rows);
  MS_CHECK(spec->block <= MOST_BLOCK, MS_EARG,
           "a block of %zu points; expected at most %d", spec->block, MOST_BLOCK);
out:
  return status;
}

/* What the program reads must exist. Other programs of the graph may read more. */
static ms_status check_leaves(const compiler *c) {
  ms_status status = MS_OK;
  for (ms_ref ref = 1; ref <= c->count; ref++) {
    const ms_node *node = ms_graph_node(c->graph, ref);
    size_t first = node->index, count = (size_t)node->rows * node->cols;
    size_t all = c->spec->tangents ? 2 * c->spec->parameters : c->spec->parameters;
    if (!c->needed[ref]) continue;
    MS_CHECK(node->kind != MS_NODE_INPUT || first < c->spec->columns, MS_EARG,
             "an expression reads column %zu of the points, which have %zu", first + 1,
             c->spec->columns);
    MS_CHECK(node->kind != MS_NODE_PARAM || (count <= all && first <= all - count),
             MS_EARG,
             "an expression reads %zu x %u parameters from number %zu on; there are %zu",
             (size_t)node->rows, node->cols, first + 1, all);
  }
out:
  return status;
}

static ms_status fuse_segments(ms_program *program) {
  ms_status status = MS_OK;
  for (size_t phase = 0; phase < program->phases; phase++)
    for (size_t i = 0; i < program->loops[phase].step_count; i++)
      MS_TRY(ms_fuse(&program->loops[phase].steps[i].segment, program->block));
out:
  return status;
}

static ms_status compile(compiler *c) {
  ms_status status = MS_OK;
  ms_program *program = c->program;
  size_t nodes = ms_graph_count(c->graph) + 1;
  c->count = nodes - 1;
  MS_TRY(ms_alloc_zero(nodes, sizeof *c->needed, "a program", &c->needed));
  MS_TRY(ms_alloc_zero(nodes, sizeof *c->phase, "a program", &c->phase));
  MS_TRY(ms_alloc_zero(nodes, sizeof *c->uniform, "a program", &c->uniform));
  MS_TRY(ms_alloc_zero(nodes, sizeof *c->reduction, "a program", &c->reduction));
  mark_needed(c);
  MS_TRY(check_leaves(c));
  assign_phases(c);
  MS_TRY(ms_alloc_zero(program->phases, sizeof(ms_loop), "a program", &program->loops));
  MS_TRY(
    ms_alloc_zero(program->phases, sizeof(size_t), "a program", &program->phase_end));
  place_uniforms(c);
  MS_TRY(compile_uniforms(c));
  for (size_t phase = 0; phase < program->phases; phase++)
    MS_TRY(compile_loop(c, (int)phase));
  MS_TRY(compile_targets(c));
  program->block =
    c->spec->block > 0 ? (c->spec->block + 7) / 8 * 8 : choose_block(program);
  MS_TRY(fuse_segments(program));
out:
  return status;
}

ms_status ms_program_create(ms_graph *graph, const ms_program_spec *spec,
                            ms_program **out) {
  ms_status status = MS_OK;
  compiler c = {.graph = graph, .spec = spec};
  *out = NULL;
  MS_TRY(check_spec(graph, spec));
  MS_TRY(ms_alloc_zero(1, sizeof *c.program, "a program", &c.program));
  c.program->parameters = spec->parameters;
  c.program->columns = spec->columns;
  c.program->losses = spec->losses;
  MS_TRY(ms_derive(graph, spec, &c.derived));
  for (size_t i = 0; i < spec->outputs; i++)
    c.program->output_columns += ms_graph_node(graph, c.derived.output[i])->cols;
  MS_TRY(compile(&c));
  *out = c.program;
  c.program = NULL;
out:
  ms_derived_release(&c.derived, spec->losses);
  ms_free(c.needed);
  ms_free(c.phase);
  ms_free(c.uniform);
  ms_free(c.reduction);
  ms_program_free(c.program);
  return status;
}
