/* Running results along a lane (lanes.h). */
#ifndef MS_TENSOR_SCAN_H
#define MS_TENSOR_SCAN_H

#include <stddef.h>

/*
** results[i] = x[0] + ... + x[i], compensated: about as exact as if summed in twice the
** digits (Neumaier, Z. Angew. Math. Mech. 54 (1974), doi:10.1002/zamm.19740540106).
*/
void ms_cumsum_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch);

/* results[i] = x[0] * ... * x[i]. */
void ms_cumprod_lane(const void *none, size_t n, const double *x, double *results,
                     double *scratch);

/* The largest, the smallest so far; NaN from the first NaN on. */
void ms_cummax_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch);
void ms_cummin_lane(const void *none, size_t n, const double *x, double *results,
                    double *scratch);

#endif
