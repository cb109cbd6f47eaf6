/*
** Work on lanes: all elements that differ only in their positions on a set of axes, in
** row-major order, as one plain array. Reductions, running sums, sorting and the like are
** functions of such an array.
*/
#ifndef MS_TENSOR_LANES_H
#define MS_TENSOR_LANES_H

#include "tensor/tensor.h"

/* Bit i set: axis i belongs to the set. */
typedef unsigned ms_axes;

/* Every axis of the tensor, and how many axes there are in a set. */
ms_axes ms_all_axes(const ms_tensor *tensor);
int ms_axes_count(ms_axes axes);

/* MS_EARG if the tensor is closed or does not have one of the axes. */
ms_status ms_axes_check(const ms_tensor *tensor, ms_axes axes);

/*
** Shape of a reduction over 'axes', which disappear or, with 'keep', have extent 1.
** Returns its dims.
*/
int ms_reduced_shape(const ms_tensor *tensor, ms_axes axes, int keep,
                     size_t shape[MS_MAX_DIMS]);

/*
** *view (shares nothing: it must not outlive 'of') has the axes outside of the set first,
** then those inside, both in their order. Returns how many come first.
*/
int ms_lanes_view(const ms_tensor *of, ms_axes axes, ms_tensor *view);

/*
** results[m] of the lane x[n]. 'scratch' has room for scratch_per_element * n doubles, to
** 64 bytes aligned. Several threads may be in it.
*/
typedef void ms_lane(const void *arg, size_t n, const double *x, double *results,
                     double *scratch);

typedef struct ms_lane_work {
  ms_lane *lane;
  const void *arg;
  size_t scratch_per_element;
} ms_lane_work;

/*
** *out (closed) = one result a lane; the shape is ms_reduced_shape's. Lanes may be empty.
*/
ms_status ms_lanes_reduce(const ms_lane_work *work, const ms_tensor *a, ms_axes axes,
                          int keep, ms_tensor *out);

/*
** m results a lane, which lie along 'axis', in place of the elements. 'out' closed:
** created; open: has the shape of the result, and may be 'a' itself or have nothing in
** common with it.
*/
ms_status ms_lanes_map(const ms_lane_work *work, const ms_tensor *a, int axis, size_t m,
                       ms_tensor *out);

/*
** m results a lane over a set of axes; *out (closed) has the axes that are left (with
** 'keep', all of them), and the m results along a new first axis.
*/
ms_status ms_lanes_list(const ms_lane_work *work, const ms_tensor *a, ms_axes axes,
                        int keep, size_t m, ms_tensor *out);

#endif
