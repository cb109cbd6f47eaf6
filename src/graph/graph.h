/*
** The expression graph: what a residual written in Lua becomes.
**
** A node is a value with a shape. Batched nodes have one row per collocation point, [n,
** cols]; uniform nodes do not depend on the point, [rows, cols] (parameters, constants,
** sums over the points). Element-wise ops broadcast rows and columns of extent 1. Nodes
** are hash-consed and simplified as they are made: the same expression is the same node,
** so the Taylor pass, the reverse pass and several loss terms share their work without
** trying.
**
** Constructors return 0 after a failure; the graph keeps the first failure until it is
** asked (ms_graph_error), so that rules can be written as nested calls.
*/
#ifndef MS_GRAPH_GRAPH_H
#define MS_GRAPH_GRAPH_H

#include "base/status.h"
#include "ops/op.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ms_graph ms_graph;
typedef uint32_t ms_ref;

enum { MS_MAX_INPUTS = 64, MS_MAX_ORDER = 6 };

typedef enum ms_kind {
  MS_NODE_CONST,  /* a number, [1, 1] uniform */
  MS_NODE_DATA,   /* a constant matrix, uniform */
  MS_NODE_COUNT,  /* the number of points, [1, 1] uniform */
  MS_NODE_INPUT,  /* column 'index' of the points, [n, 1] */
  MS_NODE_PARAM,  /* rows x cols of the parameter vector from offset 'index', uniform */
  MS_NODE_APPLY,  /* op of one or two inputs, element by element */
  MS_NODE_MATMUL, /* a b; b uniform, a batched or uniform */
  MS_NODE_GRAM,   /* sum over the pairs (a, b) of a' b, summed over the points; uniform */
  MS_NODE_TRANSPOSE, /* of a uniform matrix */
  MS_NODE_SUM_ROWS, /* [1, cols]: over the points, or over the rows of a uniform matrix */
  MS_NODE_SUM_COLS, /* [n, 1] or [rows, 1] */
  MS_NODE_CONCAT,   /* inputs side by side */
  MS_NODE_SLICE,    /* columns index .. index + cols - 1 of the input */
  MS_NODE_PAD       /* the input at column 'index' of 'cols' columns, zero elsewhere */
} ms_kind;

typedef struct ms_node {
  ms_kind kind;
  bool batched;
  uint32_t rows, cols;    /* rows is 1 for batched nodes */
  const ms_op *op;        /* APPLY */
  double value;           /* CONST */
  size_t index;           /* see ms_kind; DATA: offset into ms_graph_data */
  uint32_t first, inputs; /* the inputs: ms_graph_inputs(g, ref)[0 .. inputs - 1] */
  uint64_t depends;       /* bit i: depends on input i (the i-th ms_input made) */
} ms_node;

ms_status ms_graph_create(ms_graph **out);
void ms_graph_free(ms_graph *graph);

/* The first failure since the last call, which clears it; the message is ms_message(). */
ms_status ms_graph_error(ms_graph *graph);

/* The node's record; valid until the next node is made. */
const ms_node *ms_graph_node(const ms_graph *graph, ms_ref ref);
const ms_ref *ms_graph_inputs(const ms_graph *graph, ms_ref ref);
const double *ms_graph_data(const ms_graph *graph, ms_ref ref);
size_t ms_graph_count(const ms_graph *graph); /* refs are 1 .. count */

/* Leaves. */
ms_ref ms_const(ms_graph *graph, double value);
ms_ref ms_data(ms_graph *graph, size_t rows, size_t cols, const double *values);
ms_ref ms_fill(ms_graph *graph, size_t rows, size_t cols,
               double value); /* all the same */
ms_ref ms_count(ms_graph *graph);
ms_ref ms_input(ms_graph *graph, size_t column);
ms_ref ms_param(ms_graph *graph, size_t offset, size_t rows, size_t cols);

/* Element-wise: y is ignored by ops of one argument. */
ms_ref ms_apply(ms_graph *graph, const ms_op *op, ms_ref x, ms_ref y);
ms_ref ms_add(ms_graph *graph, ms_ref x, ms_ref y);
ms_ref ms_mul(ms_graph *graph, ms_ref x, ms_ref y);
ms_ref ms_scale(ms_graph *graph, double factor, ms_ref x);

/* Structure. */
ms_ref ms_matmul(ms_graph *graph, ms_ref a, ms_ref b);
ms_ref ms_gram(ms_graph *graph, size_t pairs, const ms_ref *pair); /* a1 b1 a2 b2 ... */
ms_ref ms_transpose(ms_graph *graph, ms_ref a);
ms_ref ms_sum_rows(ms_graph *graph, ms_ref a);
ms_ref ms_sum_cols(ms_graph *graph, ms_ref a);
ms_ref ms_concat(ms_graph *graph, size_t count, const ms_ref *parts);
ms_ref ms_slice(ms_graph *graph, ms_ref a, size_t first, size_t cols);
ms_ref ms_pad(ms_graph *graph, ms_ref a, size_t first, size_t cols);
ms_ref ms_mean_rows(ms_graph *graph, ms_ref a); /* ms_sum_rows / count */

/*
** 'a' with its one column repeated to 'cols'. Simplification may leave an expression
** narrower than its operands, x - x for one; what cares about the number of columns
** widens it again.
*/
ms_ref ms_widen(ms_graph *graph, ms_ref a, size_t cols);

/*
** The mixed derivative of 'of' by the inputs whose ordinals (order of creation, from 0)
** stand in by[0 .. order - 1], order <= MS_MAX_ORDER. See taylor.c.
*/
ms_ref ms_derivative(ms_graph *graph, ms_ref of, size_t order, const int *by);

/*
** The sum of the second derivatives by the inputs with these ordinals. See taylor.c.
*/
ms_ref ms_laplacian(ms_graph *graph, ms_ref of, size_t count, const int *by);

/*
** 'of', declared a function of 'argument': its derivatives are taken through that, by the
** chain rule. It must be made of the argument and of what is the same at all points,
** element by element. The first declaration counts. See chain.c.
*/
ms_ref ms_through(ms_graph *graph, ms_ref of, ms_ref argument);

/* The ordinal of an input node. */
int ms_input_ordinal(const ms_graph *graph, ms_ref input);

/*
** The derivative of op at (x, y) by argument 'which', given f = op(x, y). See formula.c.
*/
ms_ref ms_op_derivative(ms_graph *graph, const ms_op *op, int which, ms_ref x, ms_ref y,
                        ms_ref f);

/*
** The derivative of 'of' along a direction of the parameters: J v. A program with 2 P
** parameters evaluates it, given [theta, v]. See tangent.c.
*/
ms_ref ms_tangent(ms_graph *graph, ms_ref of, size_t parameters);

/* One block of a gradient: d loss / d parameters[offset ...], rows x cols. */
typedef struct ms_gradient_block {
  size_t offset;
  uint32_t rows, cols;
  ms_ref ref; /* of this shape, or of extent 1 where every row or column is the same */
} ms_gradient_block;

/*
** The gradient of a uniform scalar by every parameter it depends on, in order of offset.
** *blocks belongs to the caller (ms_free). See reverse.c.
*/
ms_status ms_gradient(ms_graph *graph, ms_ref loss, ms_gradient_block **blocks,
                      size_t *count);

#endif
