/* What segment.c, terms.c and places.c share: a segment that is being compiled. */
#ifndef MS_PROGRAM_SEGMENT_IMPL_H
#define MS_PROGRAM_SEGMENT_IMPL_H

#include "program/program_impl.h"

/* What a node is to the segment. */
typedef enum ms_role {
  MS_ROLE_OUTSIDE, /* made by other steps */
  MS_ROLE_LOCAL,   /* made here */
  MS_ROLE_ABSORBED /* made inside the sums that use it */
} ms_role;

/* A factor times an operand, in a register. */
typedef struct ms_scaled {
  double factor;
  ms_operand of, in;
} ms_scaled;

typedef struct ms_builder {
  ms_lowering *low;
  int stage;
  uint32_t cols;
  ms_ref *order; /* local nodes, operands first */
  size_t count;
  ms_role *role;       /* by node */
  uint32_t *uses;      /* by node: in this segment */
  ms_operand *operand; /* by node: its value, once there is one */
  ms_segment segment;
  size_t op_capacity, tile_capacity, sum_capacity;
  ms_operand *operands; /* of all operations, parallel to segment.operands */
  size_t operand_count, operand_capacity;
  size_t factor_count, factor_capacity;
  ms_scaled *scaled; /* what products have scaled so far */
  size_t scaled_count, scaled_capacity;
  size_t registers; /* before allocation */
} ms_builder;

static inline const ms_node *ms_builder_node(const ms_builder *b, ms_ref ref) {
  return ms_graph_node(b->low->graph, ref);
}

static inline const ms_ref *ms_builder_inputs(const ms_builder *b, ms_ref ref) {
  return ms_graph_inputs(b->low->graph, ref);
}

static inline bool ms_same_operand(const ms_operand *a, const ms_operand *b) {
  return a->kind == b->kind && a->index == b->index && a->base == b->base
         && a->position == b->position;
}

/* segment.c: a register that nothing has been written to. */
ms_operand ms_fresh_register(ms_builder *b);
/* The value of a node, as this segment reads it. */
ms_status ms_operand_of(ms_builder *b, ms_ref ref, ms_operand *out);
/* Append an operation and its operands, the result first. */
ms_status ms_push_op(ms_builder *b, ms_strip_op op, const ms_operand *operands,
                     size_t count);

/* terms.c: which products and sums are made inside the sums that use them. */
void ms_absorb(ms_builder *b);
/* Emit the sum or product that a local node is, or 'old' plus the value of any node. */
ms_status ms_compile_sum(ms_builder *b, ms_ref ref, const ms_operand *old,
                         ms_operand out);

/* places.c: registers, and each place once. */
ms_status ms_settle_places(ms_builder *b);

#endif
