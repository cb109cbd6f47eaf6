/*
** A quadratic program over the positive orthant, exact (see quadratic.h).
*/
#ifndef MS_LINALG_NONNEGATIVE_H
#define MS_LINALG_NONNEGATIVE_H

#include "base/status.h"

#include <stddef.h>

/*
** v[n] = argmin over v >= 0 of v.Av / 2 + b.v, for A [n, n] symmetric, positive
** semidefinite, b in its range. Two uses, G being a Gram matrix:
**   the nearest point to s in the cone {x : g_k.x >= 0} is s + sum of v_k g_k for A = G,
**   b_k = g_k.s;
**   the least norm over the convex hull of the g_k is that of sum of a_k g_k for
**   A = G + t 11^T, b = -t 1 with any t > 0, a = v / sum of v.
** Rows of A with diagonal 0 get v_k = 0. Costs about n solves of at most n equations.
** work: ms_nonnegative_work(n) numbers; index: 3 * n. MS_EDIVERGED if a diagonal element
** of A or an element of b is not finite.
*/
ms_status ms_nonnegative_minimum(size_t n, const double *A, const double *b, double *v,
                                 double *work, size_t *index);

size_t ms_nonnegative_work(size_t n);

#endif
