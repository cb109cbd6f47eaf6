/*
** The strip machine: runs a list of element-wise operations over [n, cols] arrays in
** strips of MS_STRIP numbers, so that intermediate results live in L1 registers (arrays
** of MS_STRIP) and only what other steps need is written out.
**
** A strip is a run of consecutive elements: rows that fill whole cache lines, as many as
** there is room for, or else MS_STRIP numbers that need not start with a row. Operands
** that repeat with every row (biases) are tiled once to cols + MS_STRIP numbers and read
** from the phase (start mod cols); operands of one column are expanded into a register.
** Where it can be had, machine code does several operations at once (fuse.c).
*/
#ifndef MS_PROGRAM_STRIP_H
#define MS_PROGRAM_STRIP_H

#include "ops/op.h"

#include <stdint.h>

enum { MS_STRIP = 256 };

/* The most terms a p and a p q that one kernel adds up; longer sums are cut. */
enum { MS_SUM_LINEAR = 4, MS_SUM_PRODUCTS = 6 };

/*
** out = c + sum a p + sum b q r over n elements, with a number of terms that is the
** kernel's own. at[operand[0]] is out, then each p, then q and r in pairs; 'factor' is c,
** each a, each b. c = -0.0 stands for no constant: x + -0.0 is x for every x.
*/
typedef void ms_sum_kernel(size_t n, double *const *at, const uint32_t *operand,
                           const double *factor);

ms_sum_kernel *ms_find_sum_kernel(size_t linear, size_t products);

typedef enum ms_strip_kind {
  MS_STRIP_SUM,    /* a sum of products, see ms_sum_kernel */
  MS_STRIP_MAP1,   /* out = op(p) */
  MS_STRIP_MAP2,   /* out = op(p, q) */
  MS_STRIP_EXPAND, /* out[i] = p[row of i]: a value of one column, to every column */
  MS_STRIP_LOAD,   /* out[i] = column 'column' of the points */
  MS_STRIP_SPREAD  /* the same, to every column */
} ms_strip_kind;

/*
** Where numbers are. Ascending: what stays from strip to strip, what moves on with it,
** and what goes round with the columns.
*/
typedef enum ms_operand_kind {
  MS_OPERAND_NONE,
  MS_OPERAND_REGISTER,
  MS_OPERAND_COLUMN, /* a batched value of one column, to be expanded */
  MS_OPERAND_BUFFER, /* a batched value */
  MS_OPERAND_TILE,   /* a uniform row, tiled */
  MS_OPERAND_SUM     /* accumulator of a sum over the points */
} ms_operand_kind;

typedef struct ms_operand {
  ms_operand_kind kind;
  uint32_t cols;         /* COLUMN, BUFFER: of the value */
  size_t index;          /* REGISTER: number; TILE, SUM: offset */
  size_t base, position; /* COLUMN, BUFFER: as in ms_slot */
} ms_operand;

typedef struct ms_strip_op {
  ms_strip_kind kind;
  ms_sum_kernel *sum;
  const ms_op *op;
  uint32_t first, count;     /* operands: the result, then what it reads */
  uint32_t factor;           /* SUM: the first of its factors */
  uint32_t linear, products; /* SUM: terms */
  size_t column;             /* LOAD, SPREAD */
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

/*
** Sums that follow each other, as one function in machine code; see fuse.c. Its buffers
** are within 'window_count' windows of MS_FUSED_SPAN positions in stacks, window i from
** position MS_FUSED_SPAN windows[i] on. What the function is given: MS_FUSED_FIXED
** addresses, 1, 3, 5, 7 times the bytes from position to position, then the addresses of
** the windows.
*/
enum {
  MS_FUSED_FIXED = 4,
  MS_FUSED_STEPS = 4,
  MS_FUSED_SPAN = 9,
  MS_FUSED_WINDOWS = 5,
  MS_FUSED_VALUES = MS_FUSED_FIXED + MS_FUSED_STEPS + MS_FUSED_WINDOWS
};
typedef struct ms_fused {
  size_t first, count; /* operations */
  size_t begin;        /* of the function in the segment's code */
  size_t windows[MS_FUSED_WINDOWS], window_count;
} ms_fused;

typedef struct ms_segment {
  uint32_t cols, strip; /* strip: elements in one, at most MS_STRIP */
  ms_strip_op *ops;
  size_t op_count;
  ms_operand *places; /* that its operations read or write, each once, by kind */
  size_t place_count;
  size_t moving, cycling; /* the first place that moves on, that goes round */
  uint32_t *operands;     /* of all operations: indices of places */
  double *factors;        /* of all sums */
  ms_tile *tiles;
  size_t tile_count;
  ms_sum *sums;
  size_t sum_count;
  size_t registers;
  ms_fused *fused; /* ascending */
  size_t fused_count;
  void *code;
  size_t code_size;
} ms_segment;

void ms_segment_release(ms_segment *segment);

/* Where a block's data is. */
typedef struct ms_strip_frame {
  double **at;     /* room for the addresses of a segment's places */
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
