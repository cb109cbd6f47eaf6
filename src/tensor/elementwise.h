/*
** Element-wise work with broadcasting. A kernel sees plain arrays; strided operands reach
** it in packed pieces, so one kernel serves every layout.
*/
#ifndef MS_TENSOR_ELEMENTWISE_H
#define MS_TENSOR_ELEMENTWISE_H

#include "base/random.h"
#include "tensor/tensor.h"

/*
** From so many elements on, work is shared out over the team (base/parallel.h): below,
** two threads take longer to meet than one to do it.
*/
enum { MS_SHARED_COUNT = 1 << 17 };

/*
** out[i] = f(a[i]), f(a[i], b[i]) or f(a[i], b[i], c[i]) for i < n. 'out' may be the same
** array as an operand. Several threads may be in one kernel.
*/
typedef void ms_kernel1(size_t n, const double *a, double *out);
typedef void ms_kernel2(size_t n, const double *a, const double *b, double *out);
typedef void ms_kernel3(size_t n, const double *a, const double *b, const double *c,
                        double *out);

/*
** 'out' closed: created with the broadcast shape. 'out' open: the operands broadcast to
** its shape, and it may share elements with them in any way (an operand that the result
** would overwrite before it is read is copied first). MS_EARG for shapes that do not fit,
** for a closed operand, and for an 'out' that holds an element twice.
*/
ms_status ms_tensor_map1(ms_kernel1 *kernel, const ms_tensor *a, ms_tensor *out);
ms_status ms_tensor_map2(ms_kernel2 *kernel, const ms_tensor *a, const ms_tensor *b,
                         ms_tensor *out);
ms_status ms_tensor_map3(ms_kernel3 *kernel, const ms_tensor *a, const ms_tensor *b,
                         const ms_tensor *c, ms_tensor *out);

/* MS_EARG if 'out' holds an element twice, so that not every place of it can be set. */
ms_status ms_tensor_check_output(const ms_tensor *out);

/* out = a, broadcast to the shape of 'out', which is open. */
ms_status ms_tensor_copy(const ms_tensor *a, ms_tensor *out);

/* Every element of the view = value. */
void ms_tensor_fill(double value, ms_tensor *out);

/* out += alpha * x, broadcast to the shape of 'out', which is open. */
ms_status ms_tensor_axpy(double alpha, const ms_tensor *x, ms_tensor *out);

/* *out (closed) = a contiguous copy. */
ms_status ms_tensor_clone(const ms_tensor *of, ms_tensor *out);

/* The elements in row-major order into ms_tensor_count doubles. */
void ms_tensor_read(const ms_tensor *from, double *to);

/*
** Every element = draw(rng), drawn in row-major order. 'draw' uses up exactly one counter
** value. Nothing is drawn if it fails.
*/
ms_status ms_tensor_random(double (*draw)(ms_rng *rng), ms_rng *rng, ms_tensor *out);

/* No element is NaN or infinite. */
int ms_tensor_is_finite(const ms_tensor *a);

/* Same shape and every pair of elements equal (NaN equals nothing). */
int ms_tensor_equal(const ms_tensor *a, const ms_tensor *b);

#endif
