#include "tensor/walk.h"

#include <string.h>

enum { SHORT = 16 }; /* a run for which calling memcpy costs more than a loop */

static size_t magnitude(ptrdiff_t stride) {
  return stride < 0 ? (size_t)-stride : (size_t)stride;
}

/* *order = the axes longer than 1, the widest stride of 'by' first; returns how many. */
static int order_axes(const ms_tensor *first, const ms_tensor *by, int *order) {
  int count = 0;
  for (int axis = 0; axis < first->dims; axis++) {
    int at = count;
    if (first->shape[axis] == 1) continue;
    for (; by != NULL && at > 0; at--) {
      if (magnitude(by->stride[order[at - 1]]) >= magnitude(by->stride[axis])) break;
      order[at] = order[at - 1];
    }
    order[at] = axis;
    count++;
  }
  return count;
}

/* Adds 'axis' as the innermost one, or lets the previous one swallow it. */
static void add_axis(ms_walk *walk, const ms_tensor *const *tensors, int axis) {
  ptrdiff_t extent = (ptrdiff_t)tensors[0]->shape[axis];
  int last = walk->dims - 1, merge = last >= 0;
  for (int k = 0; merge && k < walk->operands; k++)
    merge = walk->operand[k].stride[last] == extent * tensors[k]->stride[axis];
  if (!merge) walk->shape[last = walk->dims++] = 1;
  walk->shape[last] *= (size_t)extent;
  for (int k = 0; k < walk->operands; k++)
    walk->operand[k].stride[last] = tensors[k]->stride[axis];
}

static int is_flat(const ms_walk *walk, const ms_walk_operand *operand) {
  size_t step = 1;
  for (int axis = walk->dims - 1; axis >= 0; axis--) {
    if (operand->stride[axis] != (ptrdiff_t)step) return 0;
    step *= walk->shape[axis];
  }
  return 1;
}

static size_t common_multiple(size_t a, size_t b) {
  size_t x = a, y = b;
  while (y != 0) {
    size_t rest = x % y;
    x = y;
    y = rest;
  }
  return a / x * b;
}

/*
** Does the operand repeat the same few elements, so that every piece of it looks alike?
** '*unit' is the length that pieces must be multiples of for that, and grows here.
*/
static int is_repeated(const ms_walk *walk, const ms_walk_operand *operand,
                       size_t *unit) {
  size_t period = 1;
  int axis = walk->dims - 1, first = 0;
  while (first < walk->dims && operand->stride[first] == 0) first++;
  if (first == 0) return 0;
  for (; axis >= first && period <= MS_WALK_PIECE; axis--) period *= walk->shape[axis];
  if (period > MS_WALK_PIECE) return 0;
  period = common_multiple(*unit, period);
  if (period > MS_WALK_PIECE || walk->piece % period != 0) return 0;
  *unit = period;
  return 1;
}

/* *from = the next elements of the innermost axis; returns how many, at most 'most'. */
static size_t next_run(const ms_walk *walk, ms_walk_operand *operand, size_t most,
                       double **from) {
  int axis = walk->dims - 1;
  size_t run = walk->shape[axis] - operand->index[axis];
  if (run > most) run = most;
  *from = operand->data;
  operand->index[axis] += run;
  operand->data += (ptrdiff_t)run * operand->stride[axis];
  while (operand->index[axis] == walk->shape[axis] && axis > 0) {
    operand->data -= (ptrdiff_t)walk->shape[axis] * operand->stride[axis];
    operand->index[axis--] = 0;
    operand->index[axis]++;
    operand->data += operand->stride[axis];
  }
  return run;
}

static void gather(const ms_walk *walk, ms_walk_operand *operand) {
  ptrdiff_t step = operand->stride[walk->dims - 1];
  for (size_t done = 0, run; done < walk->size; done += run) {
    double *from, *to = operand->pack + done;
    run = next_run(walk, operand, walk->size - done, &from);
    if (step == 1 && run > SHORT)
      memcpy(to, from, run * sizeof *to);
    else
      for (size_t i = 0; i < run; i++) to[i] = from[(ptrdiff_t)i * step];
  }
}

static void scatter(const ms_walk *walk, ms_walk_operand *operand) {
  ptrdiff_t step = operand->stride[walk->dims - 1];
  for (size_t done = 0, run; done < walk->size; done += run) {
    double *to, *from = operand->pack + done;
    run = next_run(walk, operand, walk->size - done, &to);
    if (step == 1 && run > SHORT)
      memcpy(to, from, run * sizeof *to);
    else
      for (size_t i = 0; i < run; i++) to[(ptrdiff_t)i * step] = from[i];
  }
}

/* Packs the operands that repeat themselves and settles the size of the pieces. */
static void set_layouts(ms_walk *walk) {
  size_t unit = 1;
  int flat = 1;
  if (walk->left == 0) return;
  for (int k = 0; k < walk->operands; k++) {
    ms_walk_operand *operand = &walk->operand[k];
    operand->layout = MS_WALK_PACKED;
    if (is_flat(walk, operand))
      operand->layout = MS_WALK_FLAT;
    else if (k != walk->output && is_repeated(walk, operand, &unit))
      operand->layout = MS_WALK_REPEATED;
    flat = flat && operand->layout == MS_WALK_FLAT;
  }
  if (walk->piece == 0) walk->piece = flat ? walk->left : MS_WALK_PIECE / unit * unit;
  walk->size = walk->left < walk->piece ? walk->left : walk->piece;
  for (int k = 0; k < walk->operands; k++)
    if (walk->operand[k].layout == MS_WALK_REPEATED) gather(walk, &walk->operand[k]);
}

void ms_walk_start(ms_walk *walk, int operands, const ms_tensor *const *tensors,
                   int output, size_t piece) {
  int order[MS_MAX_DIMS], axes;
  axes = order_axes(tensors[0], output >= 0 ? tensors[output] : NULL, order);
  walk->operands = operands;
  walk->output = output;
  walk->dims = 0;
  walk->piece = piece;
  walk->left = ms_tensor_count(tensors[0]);
  for (int i = 0; i < axes; i++) add_axis(walk, tensors, order[i]);
  for (int k = 0; k < operands; k++) {
    walk->operand[k].data = tensors[k]->data;
    memset(walk->operand[k].index, 0, sizeof walk->operand[k].index);
  }
  set_layouts(walk);
}

size_t ms_walk_chunk(const ms_walk *walk) {
  if (walk->piece > MS_WALK_PIECE || walk->piece == 0) return MS_WALK_CHUNK;
  return MS_WALK_CHUNK / walk->piece * walk->piece;
}

/* Operands that repeat themselves look alike in every piece, so only the others move. */
void ms_walk_part(ms_walk *walk, size_t first, size_t count) {
  walk->left = count;
  if (count == 0) return;
  if (walk->piece > MS_WALK_CHUNK) walk->piece = MS_WALK_CHUNK; /* all flat */
  for (int k = 0; k < walk->operands; k++) {
    ms_walk_operand *operand = &walk->operand[k];
    size_t rest = first;
    if (operand->layout == MS_WALK_FLAT) operand->data += first;
    if (operand->layout != MS_WALK_PACKED) continue;
    for (int axis = walk->dims - 1; axis >= 0; axis--) {
      operand->index[axis] = axis == 0 ? rest : rest % walk->shape[axis];
      rest /= walk->shape[axis];
      operand->data += (ptrdiff_t)operand->index[axis] * operand->stride[axis];
    }
  }
}

size_t ms_walk_next(ms_walk *walk) {
  walk->size = walk->left < walk->piece ? walk->left : walk->piece;
  walk->left -= walk->size;
  if (walk->size == 0) return 0;
  for (int k = 0; k < walk->operands; k++) {
    ms_walk_operand *operand = &walk->operand[k];
    walk->at[k] = operand->layout == MS_WALK_FLAT ? operand->data : operand->pack;
    if (operand->layout == MS_WALK_FLAT)
      operand->data += walk->size;
    else if (operand->layout == MS_WALK_PACKED && k != walk->output)
      gather(walk, operand);
  }
  return walk->size;
}

void ms_walk_store(ms_walk *walk) {
  ms_walk_operand *operand = &walk->operand[walk->output];
  if (operand->layout == MS_WALK_PACKED) scatter(walk, operand);
}
