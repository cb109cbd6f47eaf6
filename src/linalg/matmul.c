#include "linalg/matmul.h"

#include "base/parallel.h"
#include "linalg/batch.h"
#include "linalg/gemm.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

/*
** Matrices as BLAS takes them, in the last two axes of a tensor: rows (or, transposed,
** columns) 'ld' apart.
*/
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
  ptrdiff_t down, along;
  if (of->dims == 1)
    MS_TRY(ms_tensor_insert_axis(of, column, t));
  else
    ms_tensor_share(of, t);
  out->rows = t->shape[t->dims - 2];
  out->columns = t->shape[t->dims - 1];
  down = t->stride[t->dims - 2];
  along = t->stride[t->dims - 1];
  out->transposed = !is_plain(out->rows, down, out->columns, along);
  if (out->transposed && !is_plain(out->columns, along, out->rows, down)) {
    MS_TRY(ms_tensor_clone(t, &copy));
    ms_tensor_release(t);
    ms_tensor_share(&copy, t);
    out->transposed = 0;
    down = t->stride[t->dims - 2];
  }
  out->ld = out->transposed ? leading(out->columns, along, out->rows)
                            : leading(out->rows, down, out->columns);
out:
  ms_tensor_release(&copy);
  return status;
}

/* One product of matrices. */
typedef struct product {
  const matrix *x, *y;
  const double *a, *b;
  double *to;
  size_t piece; /* rows or columns of the result that a thread takes at a time */
  int by_rows;
} product;

/*
** Large products are shared out by pieces of the rows of the result, or of its columns
** where those are more: one for each thread, since BLAS packs the other factor anew for
** each. Pieces begin at multiples of STEP, a multiple of the tiles of BLAS's kernels.
*/
enum { STEP = 48, SHARED_PRODUCT = 1 << 22 };

static void multiply_pieces(void *arg, int thread, size_t first, size_t last) {
  const product *p = arg;
  const matrix *x = p->x, *y = p->y;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    size_t from = i * p->piece, rows = x->rows, columns = y->columns;
    const double *a = p->a, *b = p->b;
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

static double work_of(const matrix *x, const matrix *y) {
  return (double)x->rows * (double)y->columns * (double)x->columns;
}

static void multiply(const matrix *x, const matrix *y, const double *a, const double *b,
                     double *to) {
  product p = {x, y, a, b, to, 0, x->rows >= y->columns};
  size_t extent = p.by_rows ? x->rows : y->columns;
  size_t threads = (size_t)ms_parallel_threads();
  p.piece = extent > 0 ? extent : 1;
  if (work_of(x, y) >= SHARED_PRODUCT && extent >= 2 * STEP)
    p.piece = ((extent + threads - 1) / threads + STEP - 1) / STEP * STEP;
  ms_parallel((extent + p.piece - 1) / p.piece, multiply_pieces, &p);
}

/* Products of several matrices: those of x and y, whose leading axes broadcast. */
typedef struct batch {
  const matrix *x, *y;
  int dims; /* leading axes */
  const size_t *shape;
  double *to;
} batch;

static void multiply_some(void *arg, int thread, size_t first, size_t last) {
  const batch *b = arg;
  (void)thread;
  for (size_t i = first; i < last; i++)
    multiply(b->x, b->y,
             b->x->tensor.data + ms_batch_offset(&b->x->tensor, b->dims, b->shape, i),
             b->y->tensor.data + ms_batch_offset(&b->y->tensor, b->dims, b->shape, i),
             b->to + i * b->x->rows * b->y->columns);
}

/* Threads share the products where there are enough, or else each of them. */
static void multiply_all(batch *b, size_t count) {
  double work = work_of(b->x, b->y) * (double)count;
  if (count >= (size_t)ms_parallel_threads() && work >= SHARED_PRODUCT)
    ms_parallel(count, multiply_some, b);
  else
    multiply_some(b, 0, 0, count);
}

ms_status ms_matmul_shape(const ms_tensor *a, const ms_tensor *b, int *dims,
                          size_t shape[MS_MAX_DIMS]) {
  ms_status status = MS_OK;
  const ms_tensor *in[] = {a, b};
  char left[MS_SHAPE_TEXT], right[MS_SHAPE_TEXT];
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  MS_CHECK(a->dims >= 1 && b->dims >= 1
             && a->shape[a->dims - 1] == b->shape[b->dims >= 2 ? b->dims - 2 : 0],
           MS_EARG, "shapes %s and %s do not multiply (expected [m x] k and k [x n])",
           ms_shape_text(a->dims, a->shape, left),
           ms_shape_text(b->dims, b->shape, right));
  MS_TRY(ms_batch_axes(2, in, dims, shape));
  if (a->dims >= 2) shape[(*dims)++] = a->shape[a->dims - 2];
  if (b->dims >= 2) shape[(*dims)++] = b->shape[b->dims - 1];
out:
  return status;
}

ms_status ms_tensor_matmul(const ms_tensor *a, const ms_tensor *b, ms_tensor *out) {
  ms_status status = MS_OK;
  matrix x = {{0}, 0, 0, 0, 0}, y = {{0}, 0, 0, 0, 0};
  size_t shape[MS_MAX_DIMS], count = 1;
  batch all = {.x = &x, .y = &y, .shape = shape};
  int dims = 0;
  MS_TRY(ms_matmul_shape(a, b, &dims, shape));
  MS_TRY(as_matrix(a, 0, &x));
  MS_TRY(as_matrix(b, 1, &y));
  MS_TRY(ms_tensor_create_unset(dims, shape, out));
  all.dims = dims - (a->dims >= 2) - (b->dims >= 2);
  all.to = out->data;
  for (int k = 0; k < all.dims; k++) count *= shape[k];
  multiply_all(&all, count);
out:
  ms_tensor_release(&x.tensor);
  ms_tensor_release(&y.tensor);
  return status;
}
