/*
** Private to this folder. A walk visits the elements of several tensors of one shape
** together, in pieces that are plain arrays: an operand that lies in memory in the order
** of the walk is handed out as it is, one that repeats a few elements is packed once, any
** other piece by piece.
*/
#ifndef MS_TENSOR_WALK_H
#define MS_TENSOR_WALK_H

#include "tensor/tensor.h"

enum { MS_WALK_MAX = 4, MS_WALK_PIECE = 1024, MS_WALK_CHUNK = 32 * MS_WALK_PIECE };

typedef struct ms_walk_operand {
  double *data;                  /* the element at 'index' */
  ptrdiff_t stride[MS_MAX_DIMS]; /* of the merged axes */
  size_t index[MS_MAX_DIMS];
  enum { MS_WALK_FLAT, MS_WALK_REPEATED, MS_WALK_PACKED } layout;
  double pack[MS_WALK_PIECE];
} ms_walk_operand;

typedef struct ms_walk {
  int operands, output, dims;
  size_t shape[MS_MAX_DIMS]; /* axes after merging */
  size_t left, piece, size;  /* elements to come, at most a piece, in the current piece */
  double *at[MS_WALK_MAX];   /* the current piece of each operand */
  ms_walk_operand operand[MS_WALK_MAX];
} ms_walk;

/*
** 'output' is the operand that is written (its old elements are not read), or -1. The
** order is row-major, unless there is an output: then the walk follows its memory. All
** pieces but the last have 'piece' elements (at most MS_WALK_PIECE); 0 leaves it to the
** walk, which then takes all elements at once where it can.
*/
void ms_walk_start(ms_walk *walk, int operands, const ms_tensor *const *tensors,
                   int output, size_t piece);

/*
** Large walks are cut into chunks of about MS_WALK_CHUNK elements, several threads
** walking a part of the chunks each. ms_walk_chunk: elements in a chunk (all but the
** last), as they follow from the layout of the operands alone. ms_walk_part: a walk that
** was just started visits only elements first .. first + count - 1, 'first' a multiple
** of the chunk.
*/
size_t ms_walk_chunk(const ms_walk *walk);
void ms_walk_part(ms_walk *walk, size_t first, size_t count);

/* Size of the next piece, 0 at the end. Call ms_walk_store after writing at[output]. */
size_t ms_walk_next(ms_walk *walk);
void ms_walk_store(ms_walk *walk);

#endif
