#include "program/strip.h"

#include "base/alloc.h"
#include "base/code.h"

#include <string.h>

void ms_segment_release(ms_segment *segment) {
  ms_free(segment->ops);
  ms_free(segment->places);
  ms_free(segment->operands);
  ms_free(segment->factors);
  ms_free(segment->tiles);
  ms_free(segment->sums);
  ms_free(segment->fused);
  ms_code_unmap(segment->code, segment->code_size);
  *segment = (ms_segment){0};
}

/* A place's address in the first strip of a block. */
static double *locate(const ms_operand *place, const ms_strip_frame *frame) {
  switch (place->kind) {
    case MS_OPERAND_REGISTER: return frame->registers + place->index * MS_STRIP;
    case MS_OPERAND_COLUMN:
    case MS_OPERAND_BUFFER:
      return frame->buffers + place->base * frame->block
             + place->position * frame->n * place->cols;
    case MS_OPERAND_TILE: return (double *)(uintptr_t)(frame->tiles + place->index);
    case MS_OPERAND_SUM: return frame->sums + place->index;
    case MS_OPERAND_NONE: break;
  }
  return NULL;
}

/*
** out[i] = from[stride * row of element start + i]. Whole vectors are written where there
** is room for one behind the row, which the next rows then overwrite.
*/
static void spread(size_t n, size_t start, size_t cols, const double *from, size_t stride,
                   double *out) {
  enum { VECTOR = 8 };
  size_t row = start / cols, left = cols - start % cols, i = 0;
  for (; n - i >= left + VECTOR; i += left, row++, left = cols) {
    double value = from[row * stride];
    for (size_t c = 0; c < left; c += VECTOR)
      for (size_t k = 0; k < VECTOR; k++) out[i + c + k] = value;
  }
  for (; i < n; row++, left = cols) {
    size_t end = n - i < left ? n : i + left;
    for (double value = from[row * stride]; i < end; i++) out[i] = value;
  }
}

/* The n elements from 'start' on of everything but a sum. */
static void run_other(const ms_strip_op *op, const uint32_t *operand,
                      const ms_strip_frame *frame, uint32_t cols, size_t start,
                      size_t n) {
  double *out = frame->at[operand[0]];
  switch (op->kind) {
    case MS_STRIP_MAP1: op->op->map1(n, frame->at[operand[1]], out); break;
    case MS_STRIP_MAP2:
      op->op->map2(n, frame->at[operand[1]], frame->at[operand[2]], out);
      break;
    case MS_STRIP_EXPAND: spread(n, start, cols, frame->at[operand[1]], 1, out); break;
    case MS_STRIP_LOAD:
      for (size_t i = 0; i < n; i++)
        out[i] = frame->points[(start + i) * frame->columns + op->column];
      break;
    case MS_STRIP_SPREAD:
      spread(n, start, cols, frame->points + op->column, frame->columns, out);
      break;
    case MS_STRIP_SUM: break;
  }
}

/* The n elements from 'start' on of sums that are fused; n is a multiple of 8. */
static void run_fused(const ms_segment *segment, const ms_fused *fused,
                      const ms_strip_frame *frame, size_t start, size_t phase, size_t n) {
  const char *function = (const char *)segment->code + fused->begin;
  void (*run)(const uintptr_t *values, size_t bytes);
  size_t step = frame->n * segment->cols, count = MS_FUSED_FIXED;
  uintptr_t values[MS_FUSED_VALUES] = {(uintptr_t)frame->registers,
                                       (uintptr_t)(frame->tiles + phase),
                                       (uintptr_t)(frame->sums + phase),
                                       (uintptr_t)segment->factors};
  for (size_t i = 0; i < MS_FUSED_STEPS; i++)
    values[count++] = (2 * i + 1) * step * sizeof(double);
  for (size_t i = 0; i < fused->window_count; i++)
    values[count++] =
      (uintptr_t)(frame->buffers + fused->windows[i] * MS_FUSED_SPAN * step + start);
  memcpy(&run, &function, sizeof run);
  run(values, n * sizeof(double));
}

void ms_segment_run(const ms_segment *segment, const ms_strip_frame *frame) {
  size_t total = frame->n * segment->cols, phase = 0;
  double **at = frame->at;
  for (size_t i = 0; i < segment->place_count; i++)
    at[i] = locate(&segment->places[i], frame);
  for (size_t start = 0; start < total; start += segment->strip) {
    size_t n = total - start < segment->strip ? total - start : segment->strip;
    size_t next = (phase + segment->strip) % segment->cols;
    const ms_fused *fused = segment->fused;
    size_t fused_left = n % 8 == 0 ? segment->fused_count : 0;
    for (size_t i = 0; i < segment->op_count; i++) {
      const ms_strip_op *op = &segment->ops[i];
      const uint32_t *operand = segment->operands + op->first;
      if (fused_left > 0 && fused->first == i) {
        run_fused(segment, fused, frame, start, phase, n);
        i += fused->count - 1;
        fused++;
        fused_left--;
      } else if (op->kind == MS_STRIP_SUM)
        op->sum(n, at, operand, segment->factors + op->factor);
      else
        run_other(op, operand, frame, segment->cols, start, n);
    }
    if (n < segment->strip) break;
    for (size_t i = segment->moving; i < segment->cycling; i++) at[i] += segment->strip;
    for (size_t i = segment->cycling; i < segment->place_count; i++)
      at[i] += (ptrdiff_t)next - (ptrdiff_t)phase;
    phase = next;
  }
}
