/*
** Values that do not depend on the point: parameters' transforms, constants, final sums.
*/
#include "program/program_impl.h"

#include "linalg/gemm.h"

/* Element (r, c) of a value that broadcasts. */
static double at(const double *from, const ms_uniform *shape, size_t r, size_t c) {
  return from[(shape->rows == 1 ? 0 : r) * shape->cols + (shape->cols == 1 ? 0 : c)];
}

static void apply(const ms_op *op, const double *const *from, const ms_uniform *in,
                  const ms_uniform *shape, double *out) {
  size_t count = (size_t)shape->rows * shape->cols;
  bool whole =
    in[0].rows == shape->rows && in[0].cols == shape->cols
    && (op->arity == 1 || (in[1].rows == shape->rows && in[1].cols == shape->cols));
  if (whole) {
    if (op->arity == 1)
      op->map1(count, from[0], out);
    else
      op->map2(count, from[0], from[1], out);
    return;
  }
  for (size_t r = 0; r < shape->rows; r++)
    for (size_t c = 0; c < shape->cols; c++) {
      double x = at(from[0], &in[0], r, c);
      if (op->arity == 1) {
        op->map1(1, &x, &out[r * shape->cols + c]);
      } else {
        double y = at(from[1], &in[1], r, c);
        op->map2(1, &x, &y, &out[r * shape->cols + c]);
      }
    }
}

static void transpose(const double *from, const ms_uniform *out_shape, double *out) {
  enum { TILE = 16 };
  size_t rows = out_shape->cols, cols = out_shape->rows; /* of 'from' */
  for (size_t r0 = 0; r0 < rows; r0 += TILE)
    for (size_t c0 = 0; c0 < cols; c0 += TILE)
      for (size_t r = r0; r < rows && r < r0 + TILE; r++)
        for (size_t c = c0; c < cols && c < c0 + TILE; c++)
          out[c * rows + r] = from[r * cols + c];
}

/* Copy 'cols' columns, from column 'first' on, to column 'to' of out. */
static void place(const double *from, const ms_uniform *in, size_t first, size_t cols,
                  const ms_uniform *shape, size_t to, double *out) {
  for (size_t r = 0; r < shape->rows; r++)
    for (size_t c = 0; c < cols; c++)
      out[r * shape->cols + to + c] = at(from, in, r, first + c);
}

static void sum(const double *from, const ms_uniform *in, bool rows, double *out) {
  size_t count = rows ? in->cols : in->rows;
  for (size_t i = 0; i < count; i++) out[i] = 0.0;
  for (size_t r = 0; r < in->rows; r++)
    for (size_t c = 0; c < in->cols; c++) out[rows ? c : r] += from[r * in->cols + c];
}

/* a is [rows, inner]; where it is a single number it stands for all of them. */
static void product(const double *a, const double *b, const ms_uniform *left,
                    const ms_uniform *right, const ms_uniform *shape, double *out) {
  ms_gemm(0, 0, shape->rows, shape->cols, right->rows, 1.0, a, left->cols, b, right->cols,
          0.0, out, shape->cols);
}

void ms_uniform_compute(ms_program *program, const double *theta, size_t n,
                        const ms_uniform_step *step) {
  const ms_uniform *in = program->uniform_inputs + step->first, *shape = &step->out;
  double *out = program->uniform + shape->offset;
  const double *from[2] = {0};
  size_t to = 0;
  for (uint32_t i = 0; i < step->inputs && i < 2; i++)
    from[i] = ms_uniform_at(program, theta, &in[i]);
  switch (step->kind) {
    case MS_NODE_CONST: out[0] = step->value; break;
    case MS_NODE_COUNT: out[0] = (double)n; break;
    case MS_NODE_DATA:
      for (size_t i = 0; i < (size_t)shape->rows * shape->cols; i++)
        out[i] = program->data[step->index + i];
      break;
    case MS_NODE_APPLY: apply(step->op, from, in, shape, out); break;
    case MS_NODE_MATMUL: product(from[0], from[1], &in[0], &in[1], shape, out); break;
    case MS_NODE_TRANSPOSE: transpose(from[0], shape, out); break;
    case MS_NODE_SUM_ROWS: sum(from[0], &in[0], true, out); break;
    case MS_NODE_SUM_COLS: sum(from[0], &in[0], false, out); break;
    case MS_NODE_SLICE:
      place(from[0], &in[0], step->index, shape->cols, shape, 0, out);
      break;
    case MS_NODE_PAD:
      for (size_t i = 0; i < (size_t)shape->rows * shape->cols; i++) out[i] = 0.0;
      place(from[0], &in[0], 0, in[0].cols, shape, step->index, out);
      break;
    case MS_NODE_CONCAT:
      for (uint32_t i = 0; i < step->inputs; i++) {
        place(ms_uniform_at(program, theta, &in[i]), &in[i], 0, in[i].cols, shape, to,
              out);
        to += in[i].cols;
      }
      break;
    default: break;
  }
}
