#include "program/strip.h"

#include "base/alloc.h"

void ms_segment_release(ms_segment *segment) {
  ms_free(segment->ops);
  ms_free(segment->tiles);
  ms_free(segment->sums);
  *segment = (ms_segment){0};
}

/* An operand's address in the strip that begins at element 'start'. */
static double *locate(const ms_operand *operand, const ms_strip_frame *frame,
                      size_t start, size_t phase) {
  switch (operand->kind) {
    case MS_OPERAND_REGISTER: return frame->registers + operand->index * MS_STRIP;
    case MS_OPERAND_BUFFER:
      return frame->buffers + operand->base * frame->block
             + operand->position * frame->n * operand->cols + start;
    case MS_OPERAND_TILE:
      return (double *)(uintptr_t)(frame->tiles + operand->index + phase);
    case MS_OPERAND_SUM: return frame->sums + operand->index + phase;
    case MS_OPERAND_NONE: break;
  }
  return NULL;
}

/* out[i] = from[stride * row of element start + i] */
static void spread(size_t n, size_t start, size_t cols, const double *from, size_t stride,
                   double *out) {
  size_t row = start / cols, left = cols - start % cols;
  for (size_t i = 0; i < n; row++, left = cols) {
    size_t end = n - i < left ? n : i + left;
    double value = from[row * stride];
    for (; i < end; i++) out[i] = value;
  }
}

static void run_op(const ms_strip_op *op, const ms_strip_frame *frame, uint32_t cols,
                   size_t start, size_t phase, size_t n) {
  double *out = locate(&op->out, frame, start, phase);
  switch (op->kind) {
    case MS_STRIP_SUM:
      op->sum(n, out, locate(&op->p1, frame, start, phase),
              locate(&op->q1, frame, start, phase), locate(&op->p2, frame, start, phase),
              locate(&op->q2, frame, start, phase), op->c1, op->c2);
      break;
    case MS_STRIP_MAP1: op->op->map1(n, locate(&op->p1, frame, start, phase), out); break;
    case MS_STRIP_MAP2:
      op->op->map2(n, locate(&op->p1, frame, start, phase),
                   locate(&op->q1, frame, start, phase), out);
      break;
    case MS_STRIP_EXPAND:
      spread(n, start, cols, locate(&op->p1, frame, 0, 0), 1, out);
      break;
    case MS_STRIP_LOAD:
      for (size_t i = 0; i < n; i++)
        out[i] = frame->points[(start + i) * frame->columns + op->column];
      break;
    case MS_STRIP_SPREAD:
      spread(n, start, cols, frame->points + op->column, frame->columns, out);
      break;
  }
}

void ms_segment_run(const ms_segment *segment, const ms_strip_frame *frame) {
  size_t total = frame->n * segment->cols;
  for (size_t start = 0; start < total; start += MS_STRIP) {
    size_t n = total - start < MS_STRIP ? total - start : MS_STRIP;
    size_t phase = segment->cols == 1 ? 0 : start % segment->cols;
    for (size_t i = 0; i < segment->op_count; i++)
      run_op(&segment->ops[i], frame, segment->cols, start, phase, n);
  }
}
