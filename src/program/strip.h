/*
** The strip machine: runs a list of element-wise operations over [n, cols] arrays in
** strips of MS_STRIP numbers, so that intermediate results live in L1 registers (arrays
** of MS_STRIP) and only what other steps need is written out.
**
** A strip is a run of consecutive elements and need not start at a row: operands that
** repeat with every row (biases) are tiled once to cols + MS_STRIP numbers and read from
** the phase (start mod cols); operands of one column are expanded into a register.
*/
#ifndef MS_PROGRAM_STRIP_H
#define MS_PROGRAM_STRIP_H

#include "ops/op.h"

#include <stdint.h>

enum { MS_STRIP = 256 };

/*
** out = c1 p1 q1 + c2 p2 q2, in the forms that leave factors out. ORDER FORM (kernels.c).
*/
typedef enum ms_form {
  MS_FORM_NONE, /* no term */
  MS_FORM_C,    /* c */
  MS_FORM_P,    /* p */
  MS_FORM_CP,   /* c p */
  MS_FORM_PQ,   /* p q */
  MS_FORM_CPQ   /* c p q */
} ms_form;

typedef void ms_sum_kernel(size_t n, double *out, const double *p1, const double *q1,
                           const double *p2, const double *q2, double c1, double c2);

/* The kernel for first >= second; first at least MS_FORM_P. */
ms_sum_kernel *ms_find_sum_kernel(ms_form first, ms_form second);

typedef enum ms_strip_kind {
  MS_STRIP_SUM,    /* out = c1 p1 q1 + c2 p2 q2 */
  MS_STRIP_MAP1,   /* out = op(p1) */
  MS_STRIP_MAP2,   /* out = op(p1, q1) */
  MS_STRIP_EXPAND, /* out[i] = p1[row of i]: a value of one column, to every column */
  MS_STRIP_LOAD,   /* out[i] = column 'column' of the points */
  MS_STRIP_SPREAD  /* the same, to every column */
} ms_strip_kind;

typedef enum ms_operand_kind {
  MS_OPERAND_NONE,
  MS_OPERAND_REGISTER,
  MS_OPERAND_BUFFER, /* a batched value */
  MS_OPERAND_TILE,   /* a uniform row, tiled */
  MS_OPERAND_SUM     /* accumulator of a sum over the points */
} ms_operand_kind;

typedef struct ms_operand {
  ms_operand_kind kind;
  size_t index;          /* REGISTER: number; TILE, SUM: offset */
  size_t base, position; /* BUFFER: as in ms_slot */
  uint32_t cols;         /* BUFFER: of the value */
} ms_operand;

typedef struct ms_strip_op {
  ms_strip_kind kind;
  ms_sum_kernel *sum;
  const ms_op *op;
  ms_operand out, p1, q1, p2, q2;
  double c1, c2;
  size_t column; /* LOAD, SPREAD */
} ms_strip_op;

/* A uniform row (or number) that the segment reads as a tile. */
typedef struct ms_tile {
  size_t offset;      /* in the loop's tiles */
  uint32_t cols;      /* of the segment */
  uint32_t from_cols; /* of the row: cols or 1 */
  int home;           /* ms_home */
  size_t from;
} ms_tile;

/* A sum over the points that the segment accumulates. */
typedef struct ms_sum {
  size_t offset;    /* in the loop's strip accumulators, cols + MS_STRIP doubles */
  size_t reduction; /* where the folded sum goes */
} ms_sum;

typedef struct ms_segment {
  uint32_t cols;
  ms_strip_op *ops;
  size_t op_count;
  ms_tile *tiles;
  size_t tile_count;
  ms_sum *sums;
  size_t sum_count;
  size_t registers;
} ms_segment;

void ms_segment_release(ms_segment *segment);

/* Where a block's data is. */
typedef struct ms_strip_frame {
  double *buffers; /* of this thread */
  double *registers;
  double *sums;
  const double *tiles;
  const double *points; /* of the block's first point */
  size_t columns;       /* of the points */
  size_t block, n;      /* full block size, points in this block */
} ms_strip_frame;

void ms_segment_run(const ms_segment *segment, const ms_strip_frame *frame);

#endif
