/* What a program computes: the expressions asked for, their gradients, their tangents. */
#include "program/program_impl.h"

#include "base/alloc.h"

void ms_derived_release(ms_derived *derived, size_t losses) {
  for (size_t k = 0; derived->blocks != NULL && k < losses; k++)
    ms_free(derived->blocks[k]);
  ms_free(derived->blocks);
  ms_free(derived->block_counts);
  ms_free(derived->loss);
  ms_free(derived->output);
  *derived = (ms_derived){0};
}

/* Everything in place of itself along the direction that follows the parameters. */
static ms_status take_tangents(ms_graph *graph, const ms_program_spec *spec,
                               ms_derived *derived) {
  for (size_t k = 0; k < spec->losses; k++) {
    derived->loss[k] = ms_tangent(graph, derived->loss[k], spec->parameters);
    for (size_t i = 0; i < derived->block_counts[k]; i++) {
      ms_gradient_block *block = &derived->blocks[k][i];
      block->ref = ms_tangent(graph, block->ref, spec->parameters);
    }
  }
  for (size_t i = 0; i < spec->outputs; i++) {
    size_t cols = ms_graph_node(graph, spec->output[i])->cols;
    derived->output[i] =
      ms_widen(graph, ms_tangent(graph, derived->output[i], spec->parameters), cols);
  }
  return ms_graph_error(graph);
}

ms_status ms_derive(ms_graph *graph, const ms_program_spec *spec, ms_derived *derived) {
  ms_status status = MS_OK;
  size_t losses = spec->losses, outputs = spec->outputs;
  *derived = (ms_derived){0};
  MS_TRY(ms_alloc(losses, sizeof *derived->loss, "a program", &derived->loss));
  MS_TRY(ms_alloc(outputs, sizeof *derived->output, "a program", &derived->output));
  MS_TRY(ms_alloc_zero(losses, sizeof *derived->blocks, "a program", &derived->blocks));
  MS_TRY(ms_alloc_zero(losses, sizeof *derived->block_counts, "a program",
                       &derived->block_counts));
  for (size_t k = 0; k < losses; k++) {
    derived->loss[k] = spec->loss[k];
    if (spec->gradients)
      MS_TRY(ms_gradient(graph, spec->loss[k], &derived->blocks[k],
                         &derived->block_counts[k]));
  }
  for (size_t i = 0; i < outputs; i++) derived->output[i] = spec->output[i];
  if (spec->tangents) MS_TRY(take_tangents(graph, spec, derived));
out:
  if (status != MS_OK) ms_derived_release(derived, losses);
  return status;
}
