/*
** What several methods ask of the unit gradients u_k = g_k / n_k of the tasks, through
** their cosines C = U U^T. Working in C in place of the Gram matrix keeps the digits of
** small gradients beside large ones.
*/
#ifndef MS_CONFLICT_UNITS_H
#define MS_CONFLICT_UNITS_H

#include "conflict/conflict.h"

/* C[count, count], with a diagonal of exactly 1. */
void ms_cosines(const ms_tasks *tasks, double *C);

/* Working space, in numbers, of ms_min_norm, ms_stationary and ms_dual_cone. */
size_t ms_units_work(size_t n);

/*
** The point of least norm among sum over k of a_k r_k u_k with a >= 0 and sum a = 1. r
** NULL is 1. Returns its squared norm.
*/
double ms_min_norm(size_t n, const double *C, const double *r, double *a, double *work,
                   size_t *index);

/*
** A point counts as Pareto-stationary where some convex combination of the unit gradients
** has a squared norm below this: 1 + c < 1e-8 for two tasks.
*/
#define MS_STATIONARY 5e-9

int ms_stationary(size_t n, const double *C, double *work, size_t *index);

/* y[n] >= from[n] such that sum over k of y_k u_k has the least norm. */
void ms_dual_cone(size_t n, const double *C, const double *from, double *y, double *work,
                  size_t *index);

/*
** y = C^+ 1 and cy = C y, the projection of 1 on the range of C; x = sum over k of y_k
** u_k has the projections u_k.x = cy_k, all 1 if the gradients are independent. *square =
** |x|^2 = y.C y, or 0 if that projection is no more than rounding. Destroys C; 'values'
** is room for n numbers.
*/
ms_status ms_equal_projections(size_t n, double *C, double *values, double *y, double *cy,
                               double *square);

#endif
