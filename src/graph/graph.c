#include "graph/graph_impl.h"

#include "base/alloc.h"

#include <string.h>

ms_status ms_graph_create(ms_graph **out) {
  ms_status status = ms_alloc_zero(1, sizeof **out, "an expression graph", out);
  if (status == MS_OK) (*out)->count = 0;
  return status;
}

void ms_graph_free(ms_graph *graph) {
  if (graph == NULL) return;
  ms_free(graph->nodes);
  ms_free(graph->refs);
  ms_free(graph->data);
  ms_free(graph->table);
  ms_free(graph->jets);
  ms_free(graph->origin);
  ms_free(graph);
}

ms_status ms_graph_error(ms_graph *graph) {
  ms_status error = graph->error;
  graph->error = MS_OK;
  return error;
}

ms_ref ms_graph_failed(ms_graph *graph, ms_status status) {
  if (graph->error == MS_OK) graph->error = status;
  return 0;
}

const ms_node *ms_graph_node(const ms_graph *graph, ms_ref ref) {
  return &graph->nodes[ref];
}

const ms_ref *ms_graph_inputs(const ms_graph *graph, ms_ref ref) {
  return graph->refs + graph->nodes[ref].first;
}

const double *ms_graph_data(const ms_graph *graph, ms_ref ref) {
  return graph->data + graph->nodes[ref].index;
}

size_t ms_graph_count(const ms_graph *graph) {
  return graph->count;
}

static const char what[] = "an expression graph";

static uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

static uint64_t hash_node(const ms_node *node, const ms_ref *inputs) {
  uint64_t hash = 0x243F6A8885A308D3u, bits;
  memcpy(&bits, &node->value, sizeof bits);
  hash = mix(hash, (uint64_t)node->kind);
  hash = mix(hash, (uint64_t)(uintptr_t)node->op);
  hash = mix(hash, bits);
  hash = mix(hash, node->index);
  hash = mix(hash, ((uint64_t)node->rows << 32) | node->cols);
  for (uint32_t i = 0; i < node->inputs; i++) hash = mix(hash, inputs[i]);
  return hash;
}

static bool same_node(const ms_graph *graph, ms_ref ref, const ms_node *node,
                      const ms_ref *inputs) {
  const ms_node *old = &graph->nodes[ref];
  return old->kind == node->kind && old->op == node->op && old->index == node->index
         && memcmp(&old->value, &node->value, sizeof node->value) == 0
         && old->rows == node->rows && old->cols == node->cols
         && old->inputs == node->inputs
         && (node->inputs == 0
             || memcmp(graph->refs + old->first, inputs, node->inputs * sizeof *inputs)
                  == 0);
}

static void table_insert(ms_graph *graph, ms_ref ref) {
  size_t mask = graph->table_size - 1;
  size_t slot =
    (size_t)hash_node(&graph->nodes[ref], graph->refs + graph->nodes[ref].first) & mask;
  while (graph->table[slot] != 0) slot = (slot + 1) & mask;
  graph->table[slot] = ref;
}

static ms_status grow_table(ms_graph *graph) {
  ms_ref *old = graph->table, *fresh;
  size_t size = graph->table_size == 0 ? 256 : graph->table_size * 2;
  ms_status status = ms_alloc_zero(size, sizeof *fresh, "an expression graph", &fresh);
  if (status != MS_OK) return status;
  graph->table = fresh;
  graph->table_size = size;
  for (ms_ref ref = 1; ref <= graph->count; ref++) table_insert(graph, ref);
  ms_free(old);
  return MS_OK;
}

/* Append a node that is not in the table yet. */
static ms_status append(ms_graph *graph, ms_node node, const ms_ref *inputs) {
  ms_status status = MS_OK;
  size_t capacity = graph->capacity;
  if (graph->table_size == 0 || graph->count + 1 > graph->table_size / 2)
    MS_TRY(grow_table(graph));
  MS_TRY(
    ms_reserve(&graph->origin, &capacity, graph->count + 2, sizeof *graph->origin, what));
  MS_TRY(ms_reserve(&graph->nodes, &graph->capacity, graph->count + 2,
                    sizeof *graph->nodes, what));
  MS_TRY(ms_reserve(&graph->refs, &graph->refs_capacity,
                    graph->refs_count + node.inputs + 1, sizeof *graph->refs,
                    what)); /* one more: never NULL */
  MS_CHECK(graph->count < UINT32_MAX - 1, MS_ENOMEM, "an expression graph is too large");
  node.first = (uint32_t)graph->refs_count;
  for (uint32_t i = 0; i < node.inputs; i++) {
    graph->refs[graph->refs_count++] = inputs[i];
    node.depends |= graph->nodes[inputs[i]].depends;
  }
  graph->count++;
  graph->nodes[graph->count] = node;
  graph->origin[graph->count] = (ms_jet){0};
  table_insert(graph, (ms_ref)graph->count);
out:
  return status;
}

ms_ref ms_graph_intern(ms_graph *graph, ms_node node, const ms_ref *inputs) {
  ms_status status;
  if (graph->error != MS_OK) return 0;
  if (graph->table_size > 0) {
    size_t mask = graph->table_size - 1, slot = (size_t)hash_node(&node, inputs) & mask;
    for (; graph->table[slot] != 0; slot = (slot + 1) & mask)
      if (same_node(graph, graph->table[slot], &node, inputs)) return graph->table[slot];
  }
  status = append(graph, node, inputs);
  return status == MS_OK ? (ms_ref)graph->count : ms_graph_failed(graph, status);
}

bool ms_is_const(const ms_graph *graph, ms_ref ref, double *value) {
  const ms_node *node = &graph->nodes[ref];
  if (ref == 0 || node->kind != MS_NODE_CONST) return false;
  *value = node->value;
  return true;
}

bool ms_is_number(const ms_graph *graph, ms_ref ref, double value) {
  double found;
  return ms_is_const(graph, ref, &found) && found == value;
}

bool ms_is_apply(const ms_graph *graph, ms_ref ref, const ms_op *op) {
  return ref != 0 && graph->nodes[ref].kind == MS_NODE_APPLY
         && graph->nodes[ref].op == op;
}

ms_ref ms_const(ms_graph *graph, double value) {
  return ms_graph_intern(
    graph, (ms_node){.kind = MS_NODE_CONST, .rows = 1, .cols = 1, .value = value + 0.0},
    NULL);
}

ms_ref ms_data(ms_graph *graph, size_t rows, size_t cols, const double *values) {
  ms_status status;
  if (graph->error != MS_OK) return 0;
  if (rows == 1 && cols == 1) return ms_const(graph, values[0]);
  status = ms_reserve(&graph->data, &graph->data_capacity,
                      graph->data_count + rows * cols, sizeof *graph->data, what);
  if (status != MS_OK) return ms_graph_failed(graph, status);
  for (ms_ref ref = 1; ref <= graph->count; ref++) {
    const ms_node *node = &graph->nodes[ref];
    if (node->kind == MS_NODE_DATA && node->rows == rows && node->cols == cols
        && memcmp(graph->data + node->index, values, rows * cols * sizeof *values) == 0)
      return ref;
  }
  memcpy(graph->data + graph->data_count, values, rows * cols * sizeof *values);
  graph->data_count += rows * cols;
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_DATA,
                                   .rows = (uint32_t)rows,
                                   .cols = (uint32_t)cols,
                                   .index = graph->data_count - rows * cols},
                         NULL);
}

ms_ref ms_count(ms_graph *graph) {
  return ms_graph_intern(graph, (ms_node){.kind = MS_NODE_COUNT, .rows = 1, .cols = 1},
                         NULL);
}

ms_ref ms_input(ms_graph *graph, size_t column) {
  int ordinal = graph->input_count;
  ms_ref ref;
  for (int i = 0; i < graph->input_count; i++)
    if (graph->nodes[graph->input_nodes[i]].index == column) return graph->input_nodes[i];
  if (ordinal == MS_MAX_INPUTS)
    return ms_graph_failed(graph,
                           ms_fail(MS_EARG,
                                   "an expression may use at most %d input columns",
                                   MS_MAX_INPUTS));
  ref = ms_graph_intern(graph,
                        (ms_node){.kind = MS_NODE_INPUT,
                                  .batched = true,
                                  .rows = 1,
                                  .cols = 1,
                                  .index = column,
                                  .depends = (uint64_t)1 << ordinal},
                        NULL);
  if (ref != 0) graph->input_nodes[graph->input_count++] = ref;
  return ref;
}

int ms_input_ordinal(const ms_graph *graph, ms_ref input) {
  for (int i = 0; i < graph->input_count; i++)
    if (graph->input_nodes[i] == input) return i;
  return -1;
}

ms_ref ms_param(ms_graph *graph, size_t offset, size_t rows, size_t cols) {
  if (rows == 0 || cols == 0 || rows > UINT32_MAX || cols > UINT32_MAX)
    return ms_graph_failed(graph,
                           ms_fail(MS_EARG,
                                   "parameter: a matrix of %zu x %zu is not possible",
                                   rows, cols));
  return ms_graph_intern(graph,
                         (ms_node){.kind = MS_NODE_PARAM,
                                   .rows = (uint32_t)rows,
                                   .cols = (uint32_t)cols,
                                   .index = offset},
                         NULL);
}
