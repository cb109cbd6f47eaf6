/* What the files of program/ share: the compiled form. */
#ifndef MS_PROGRAM_PROGRAM_IMPL_H
#define MS_PROGRAM_PROGRAM_IMPL_H

#include "program/program.h"
#include "program/strip.h"

/* Where a uniform value lives. */
typedef enum ms_home { MS_HOME_THETA, MS_HOME_UNIFORM } ms_home;

typedef struct ms_uniform {
  ms_home home;
  size_t offset;
  uint32_t rows, cols;
} ms_uniform;

/*
** A batched value: member 'position' of a stack. A stack holds several values of equal
** width one after the other, [members, n, cols], so that one matrix product can take them
** all.
*/
typedef struct ms_slot {
  size_t base;     /* of the stack, in doubles per point of a full block */
  size_t position; /* in the stack */
  uint32_t cols;
} ms_slot;

typedef enum ms_step_kind {
  MS_STEP_STRIPS,   /* element-wise segment */
  MS_STEP_PRODUCT,  /* c = a b, or c += a b, for 'count' stacked values */
  MS_STEP_GRAM,     /* accumulator += a^T b over 'count' stacked pairs */
  MS_STEP_COPY,     /* columns of a (or of the points) to columns of c */
  MS_STEP_CLEAR,    /* c = 0 */
  MS_STEP_SUM_COLS, /* c = sums of the rows of a */
  MS_STEP_OUTPUT    /* a to columns 'to' ... of the outputs */
} ms_step_kind;

typedef struct ms_step {
  ms_step_kind kind;
  ms_slot a, b, c;
  size_t count;          /* PRODUCT, GRAM: stacked values */
  ms_uniform matrix;     /* PRODUCT: b */
  bool accumulate;       /* PRODUCT: add to c */
  size_t accumulator;    /* GRAM: offset in the reductions of the loop */
  bool from_points;      /* COPY, OUTPUT: a is column 'from' of the points */
  bool from_uniform;     /* COPY, OUTPUT: a is the row 'matrix' */
  size_t from, to, cols; /* COPY, OUTPUT: first columns, number of columns */
  ms_segment segment;    /* STRIPS */
} ms_step;

/* One pass over all blocks. */
typedef struct ms_loop {
  ms_step *steps;
  size_t step_count;
  size_t doubles_per_point; /* block buffers */
  size_t reductions;        /* doubles accumulated by GRAM and sums, kept at 'reduced' */
  size_t reduced;           /* offset of the results in the uniform memory */
  size_t tiles;             /* doubles of row tiles, shared by the threads */
  size_t sums;              /* doubles of strip accumulators */
  size_t registers, places; /* most strip registers, and places, of any segment */
} ms_loop;

/* One uniform value to compute. */
typedef struct ms_uniform_step {
  ms_kind kind;
  const ms_op *op;
  double value;
  size_t index;
  ms_uniform out;
  uint32_t first, inputs; /* in ms_program.uniform_inputs */
} ms_uniform_step;

typedef struct ms_target {
  size_t loss;         /* which loss */
  size_t offset;       /* gradient: where in the parameter vector */
  uint32_t rows, cols; /* gradient: of the parameter */
  ms_uniform from;
} ms_target;

struct ms_program {
  size_t parameters, columns, losses, output_columns, block;
  size_t phases;  /* uniform steps of phase p, then loop p */
  ms_loop *loops; /* [phases]; a loop without steps is skipped */
  ms_uniform_step *uniform_steps;
  size_t *phase_end; /* [phases + 1]: uniform steps before it belong to phase <= p */
  ms_uniform *uniform_inputs;
  double *uniform; /* values */
  size_t uniform_size;
  double *data; /* constant matrices */
  ms_target *values, *gradients;
  size_t gradient_count;
  double *tiles;      /* row tiles of the loop that runs */
  double *memory;     /* per-thread memory, allocated at the first run */
  double **addresses; /* per-thread room for the addresses of a segment's places */
  size_t thread_doubles, places, memory_threads;
  double *row_uniform; /* uniform values of every thread, for runs by rows */
  size_t row_threads;  /* that have room there */
};

/* The address of a uniform value in this run. */
static inline const double *ms_uniform_at(const ms_program *program, const double *theta,
                                          const ms_uniform *value) {
  return (value->home == MS_HOME_THETA ? theta : program->uniform) + value->offset;
}

/* uniform.c: computes one uniform value; n is the number of points. */
void ms_uniform_compute(ms_program *program, const double *theta, size_t n,
                        const ms_uniform_step *step);

/* ---- compilation (lower.c, schedule.c, stack.c, segment.c) ---- */

/* The nodes that a program computes. */
typedef struct ms_derived {
  ms_ref *loss, *output;      /* as many as the specification has */
  ms_gradient_block **blocks; /* [losses]: the gradient of each */
  size_t *block_counts;
} ms_derived;

/* derive.c */
ms_status ms_derive(ms_graph *graph, const ms_program_spec *spec, ms_derived *derived);
void ms_derived_release(ms_derived *derived, size_t losses);

/* Everything known of a node while one loop is compiled. */
typedef struct ms_lowering {
  const ms_graph *graph;
  size_t count;  /* nodes are 1 .. count */
  int phase;     /* of the loop being compiled */
  bool *in_loop; /* batched nodes of this loop, and its sinks */
  bool *kept;    /* needs a buffer */
  int *stage;    /* see schedule.c */
  ms_ref *into;  /* the sum of products that a product or sum is added up in, or 0 */
  bool *begun;   /* sums of products: some step has written to it */
  int *stack;    /* of a kept node, -1 before it has one */
  size_t *position;
  ms_ref *sinks; /* SUM_ROWS and GRAM nodes of this loop */
  size_t sink_count;
  const ms_ref *outputs; /* output expressions evaluated by this loop */
  const size_t *output_columns;
  size_t output_count;
  const ms_uniform *uniform; /* of uniform nodes */
  const size_t *reduction;   /* of sinks: offset in the loop's reductions */
  struct ms_stack {
    size_t members;
    uint32_t cols;
    int first, last; /* steps between which it is live */
    size_t base;
  } * stacks;
  size_t stack_count, stack_capacity;
  int *step_stage; /* parallel to loop->steps */
  size_t step_capacity;
  ms_loop *loop;
} ms_lowering;

/* product_sums.c: finds the sums of products that steps add up, low->into. */
ms_status ms_find_product_sums(ms_lowering *low);

/* schedule.c: stages and kept nodes. */
ms_status ms_schedule(ms_lowering *low);
/* True when the node is computed by strips rather than by steps of its own. */
bool ms_is_strip(const ms_lowering *low, ms_ref ref);
/* The stage at which a sink can run. */
int ms_sink_stage(const ms_lowering *low, ms_ref sink);

/* stack.c: gives every kept node a place in a stack; emits products and grams. */
ms_status ms_stack_products(ms_lowering *low);
ms_status ms_emit(ms_lowering *low, int stage, ms_step **step);
ms_slot ms_slot_of(const ms_lowering *low, ms_ref ref);

/* segment.c: compiles the element-wise segments and emits them. */
ms_status ms_compile_segments(ms_lowering *low);

/*
** fuse.c: makes machine code of a segment's sums, where this build and the system can.
** 'block' is the points of a full block.
*/
ms_status ms_fuse(ms_segment *segment, size_t block);
/* Whether sums are made into machine code here. */
bool ms_can_fuse(void);

#endif
