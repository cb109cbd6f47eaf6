/*
** Lanes in order (lanes.h). NaN comes last, whether up or down; equal elements stay in
** their order. Positions that are results count from 1, as everything that Lua sees.
*/
#ifndef MS_TENSOR_ORDER_H
#define MS_TENSOR_ORDER_H

#include "tensor/tensor.h"

enum { MS_ORDER_SCRATCH = 4 }; /* doubles of scratch per element of a lane */

/* results[n] = the elements in order; 'descending' is an int. */
void ms_sort_lane(const void *descending, size_t n, const double *x, double *results,
                  double *scratch);

/* results[n] = where the elements in order stood. */
void ms_argsort_lane(const void *descending, size_t n, const double *x, double *results,
                     double *scratch);

typedef struct ms_topk {
  size_t k; /* at most n */
  int smallest;
} ms_topk;

/* results[k] = the positions of the k largest (or smallest), in that order. */
void ms_topk_lane(const void *topk, size_t n, const double *x, double *results,
                  double *scratch);

/* *result = the position of the first smallest (largest) element; of the first NaN. */
void ms_argmin_lane(const void *none, size_t n, const double *x, double *result,
                    double *scratch);
void ms_argmax_lane(const void *none, size_t n, const double *x, double *result,
                    double *scratch);

/*
** The number at 'part' of the way, 0 <= part < 1. A part of 0 takes nothing from 'above',
** which may be infinite, and a gap that overflows is not formed.
*/
double ms_between(double below, double above, double part);

typedef struct ms_quantiles {
  size_t count;
  const double *at; /* each in [0, 1] */
} ms_quantiles;

/*
** results[k] = the quantile at[k]: linear between the elements in order (definition 7 of
** Hyndman and Fan, Am. Stat. 50 (1996), doi:10.2307/2684934). All NaN where an element
** is.
*/
void ms_quantile_lane(const void *quantiles, size_t n, const double *x, double *results,
                      double *scratch);

/*
** *values (closed) = the different elements in order, *counts (closed) = how often each
** occurs. Every NaN is different from every other.
*/
ms_status ms_tensor_unique(const ms_tensor *a, ms_tensor *values, ms_tensor *counts);

/*
** counts[bins] += elements in each of 'bins' equal parts of [low, high], the last of
** which includes 'high'. What lies outside, and NaN, is not counted.
*/
void ms_tensor_histogram(const ms_tensor *a, size_t bins, double low, double high,
                         double *counts);

#endif
