#include "linalg/matmul.h"

#include "base/parallel.h"
#include "linalg/gemm.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

/* A matrix as BLAS takes it: rows (or, transposed, columns) 'ld' apart. */
typedef struct matrix {
  ms_tensor tensor;
  int transposed;
  size_t rows, columns, ld;
} matrix;

/* Can rows 'step' apart, each of 'length' neighbours 'stride' apart, go to BLAS? */
static int is_plain(size_t count, ptrdiff_t step, size_t length, ptrdiff_t stride) {
  return (length <= 1 || stride == 1) && (count <= 1 || step >= (ptrdiff_t)length);
}

static size_t leading(size_t count, ptrdiff_t step, size_t length) {
  if (count > 1) return (size_t)step;
  return length > 0 ? length : 1;
}

/* 'column': a vector stands upright. */
static ms_status as_matrix(const ms_tensor *of, int column, matrix *out) {
  ms_status status = MS_OK;
  ms_tensor *t = &out->tensor, copy = {0};
  ms_tensor_share(of, t);
  if (t->dims == 1) {
    int along = column ? 0 : 1;
    t->shape[along] = of->shape[0];
    t->stride[along] = of->stride[0];
    t->shape[!along] = 1;
    t->stride[!along] = 1;
    t->dims = 2;
  }
  out->rows = t->shape[0];
  out->columns = t->shape[1];
  out->transposed = !is_plain(out->rows, t->stride[0], out->columns, t->stride[1]);
  if (out->transposed && !is_plain(out->columns, t->stride[1], out->rows, t->stride[0])) {
    MS_TRY(ms_tensor_clone(t, &copy));
    ms_tensor_release(t);
    ms_tensor_share(&copy, t);
    out->transposed = 0;
  }
  out->ld = out->transposed ? leading(out->columns, t->stride[1], out->rows)
                            : leading(out->rows, t->stride[0], out->columns);
out:
  ms_tensor_release(&copy);
  return status;
}

/*
** Large products are shared out by pieces of the rows of the result, or of its columns
** where those are more: one for each thread, since BLAS packs the other factor anew for
** each. Pieces begin at multiples of STEP, a multiple of the tiles of BLAS's kernels.
*/
enum { STEP = 48, SHARED_PRODUCT = 1 << 22 };

typedef struct shared_product {
  const matrix *x, *y;
  double *to;
  size_t piece;
  int by_rows;
} shared_product;

static void multiply(void *arg, int thread, size_t first, size_t last) {
  const shared_product *p = arg;
  const matrix *x = p->x, *y = p->y;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    size_t from = i * p->piece, rows = x->rows, columns = y->columns;
    const double *a = x->tensor.data, *b = y->tensor.data;
    double *to = p->to + from * (p->by_rows ? columns : 1);
    if (p->by_rows) {
      a += from * (x->transposed ? 1 : x->ld);
      rows = rows - from < p->piece ? rows - from : p->piece;
    } else {
      b += from * (y->transposed ? y->ld : 1);
      columns = columns - from < p->piece ? columns - from : p->piece;
    }
    ms_gemm(x->transposed, y->transposed, rows, columns, x->columns, 1, a, x->ld, b,
            y->ld, 0, to, y->columns);
  }
}

static void multiply_all(const matrix *x, const matrix *y, double *to) {
  shared_product p = {x, y, to, 0, x->rows >= y->columns};
  size_t extent = p.by_rows ? x->rows : y->columns;
  size_t threads = (size_t)ms_parallel_threads();
  double work = (double)x->rows * (double)y->columns * (double)x->columns;
  p.piece = extent > 0 ? extent : 1;
  if (work >= SHARED_PRODUCT && extent >= 2 * STEP)
    p.piece = ((extent + threads - 1) / threads + STEP - 1) / STEP * STEP;
  ms_parallel((extent + p.piece - 1) / p.piece, multiply, &p);
}

ms_status ms_tensor_matmul(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_status status = MS_OK;
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  matrix x = {{0}, 0, 0, 0, 0}, y = {{0}, 0, 0, 0, 0};
  size_t shape[2];
  int dims = 0;
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_CHECK(a->dims >= 1 && a->dims <= 2 && b->dims >= 1 && b->dims <= 2
             && a->shape[a->dims - 1] == b->shape[0],
           MS_EARG, "shapes %s and %s do not multiply (expected [m x] k and k [x n])",
           ms_shape_text(a->dims, a->shape, left),
           ms_shape_text(b->dims, b->shape, right));
  MS_TRY(as_matrix(a, 0, &x));
  MS_TRY(as_matrix(b, 1, &y));
  if (a->dims == 2) shape[dims++] = x.rows;
  if (b->dims == 2) shape[dims++] = y.columns;
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  multiply_all(&x, &y, out->data);
out:
  ms_tensor_release(&x.tensor);
  ms_tensor_release(&y.tensor);
  return status;
}
