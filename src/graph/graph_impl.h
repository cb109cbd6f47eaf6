/* What the files of graph/ share. */
#ifndef MS_GRAPH_GRAPH_IMPL_H
#define MS_GRAPH_GRAPH_IMPL_H

#include "graph/graph.h"

/* (node, derivative multi-index) -> derivative node */
typedef struct ms_jet {
  ms_ref of;
  uint64_t by; /* one byte per derivative: ordinal + 1, ascending from the low byte */
  ms_ref result;
} ms_jet;

struct ms_graph {
  ms_node *nodes; /* nodes[0] is unused */
  size_t count, capacity;
  ms_ref *refs; /* inputs of all nodes */
  size_t refs_count, refs_capacity;
  double *data;
  size_t data_count, data_capacity;
  ms_ref *table; /* open addressing, a power of two, 0 is empty */
  size_t table_size;
  ms_ref input_nodes[MS_MAX_INPUTS];
  int input_count;
  ms_jet *jets; /* open addressing, 'of' 0 is empty */
  size_t jets_count, jets_size;
  ms_jet *origin; /* parallel to nodes: the derivative a node was made as (of 0: none) */
  int depth;     /* of the derivative under way */
  ms_jet wanted; /* where it was given up */
  ms_status error;
};

/* Keep the first failure and return 0. */
ms_ref ms_graph_failed(ms_graph *graph, ms_status status);

/* The node equal to 'node' with these inputs: an old one, or a new one. */
ms_ref ms_graph_intern(ms_graph *graph, ms_node node, const ms_ref *inputs);

/* True and the value when the node is that number. */
bool ms_is_const(const ms_graph *graph, ms_ref ref, double *value);
bool ms_is_number(const ms_graph *graph, ms_ref ref, double value);

/* True when the node is op(x, y). */
bool ms_is_apply(const ms_graph *graph, ms_ref ref, const ms_op *op);

#endif
