/*
** n-dimensional arrays of double. A tensor is a small value: a view (pointer, shape,
** strides) of a storage that views share by reference count. A zeroed ms_tensor is a
** closed handle; releasing it is harmless. Counts are not atomic: one thread makes and
** drops views, others may read and write elements meanwhile.
**
** In this folder an 'out' that is documented as closed is overwritten without being
** released.
*/
#ifndef MS_TENSOR_TENSOR_H
#define MS_TENSOR_TENSOR_H

#include "base/status.h"

#include <stddef.h>

enum { MS_MAX_DIMS = 8 };

typedef struct ms_storage ms_storage;

typedef struct ms_tensor {
  ms_storage *storage; /* NULL: closed */
  double *data;        /* the first element of the view */
  int dims;            /* 0 is a scalar */
  size_t shape[MS_MAX_DIMS];
  ptrdiff_t stride[MS_MAX_DIMS]; /* in elements, may be 0 or negative */
} ms_tensor;

/*
** *out = a new contiguous tensor, zeroed. MS_EARG for too many dims, MS_ENOMEM when the
** shape has more elements than can be addressed or the system refuses.
*/
ms_status ms_tensor_create(int dims, const size_t *shape, ms_tensor *out);

/* The same without the zeros, for a caller that writes every element. */
ms_status ms_tensor_create_unset(int dims, const size_t *shape, ms_tensor *out);

/* *out = another view of the same storage (same shape and strides as 'of'). */
void ms_tensor_share(const ms_tensor *of, ms_tensor *out);

/*
** *out = a contiguous view of memory that somebody else owns and keeps longer than the
** view.
*/
void ms_tensor_borrow(double *data, int dims, const size_t *shape, ms_tensor *out);

/* Drop the view; the storage goes with its last view. Closes the handle. */
void ms_tensor_release(ms_tensor *tensor);

size_t ms_tensor_count(const ms_tensor *tensor);
int ms_tensor_is_contiguous(const ms_tensor *tensor);
int ms_tensor_same_shape(const ms_tensor *a, const ms_tensor *b);

/* *count = the product of the extents; the same failures as ms_tensor_create. */
ms_status ms_shape_count(int dims, const size_t *shape, size_t *count);

/*
** "3x4", or "scalar" for no dims. Returns 'text', which has room for MS_SHAPE_TEXT bytes.
*/
enum { MS_SHAPE_TEXT = MS_MAX_DIMS * 21 };
const char *ms_shape_text(int dims, const size_t *shape, char *text);

#endif
