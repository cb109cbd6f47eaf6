/*
** Small convex quadratic programs, by an active set (Lawson and Hanson, Solving Least
** Squares Problems, chapter 23, doi:10.1137/1.9781611971217; with an equality the same
** scheme is Wolfe's for the nearest point of a polytope, doi:10.1007/BF01580381).
*/
#ifndef MS_LINALG_QUADRATIC_H
#define MS_LINALG_QUADRATIC_H

#include <stddef.h>

/*
** x[n] minimises x.Hx / 2 - f.x over x >= 0 and, unless q is NULL, over q.x = 1. H[n, n]
** is positive semidefinite with a diagonal about 1, and q > 0 with a maximum about 1; f
** NULL is zero. Exact in a finite number of steps, usually about n, each with a Cholesky
** factor of at most n x n. A variable whose column depends on those in use, but for
** rounding, stays 0: another solution of the same value has it so.
** work: ms_quadratic_work(n) numbers; index: 2 * n.
*/
void ms_quadratic(size_t n, const double *H, const double *f, const double *q, double *x,
                  double *work, size_t *index);

size_t ms_quadratic_work(size_t n);

#endif
