/*
** Optimal brain surgeon (Hassibi, Stork and Wolff, 1993, doi:10.1109/ICNN.1993.298572):
** weights w near a minimum of a loss with the Hessian H. Setting w_q to 0 costs the least
**   w_q^2 / (2 [H^-1]_qq)   if the others move by   -w_q / [H^-1]_qq H^-1 e_q,
** and of the weights that are left the inverse Hessian is then
**   H^-1 - (H^-1 e_q) (e_q' H^-1) / [H^-1]_qq.
** All of it is exact where the loss is quadratic.
**
** Here a matrix W [n, cols] has columns of which each is such a w, all with the same
** inverse [n, n], symmetric and positive definite: the weights into the units of a layer.
** 'held' [n, cols] is not 0 for weights that neither move nor go; 'room' is for n n + n
** numbers.
*/
#ifndef MS_PRUNE_SURGEON_H
#define MS_PRUNE_SURGEON_H

#include "base/status.h"

#include <stddef.h>

typedef struct ms_surgeon {
  size_t n, cols;
  const double *inverse, *held;
  double *room;
} ms_surgeon;

/*
** cost[n, cols] = what each weight costs when those of its column go one after another,
** the cheapest next, until none is left; at least what the one before it cost, so that
** the cheapest of a matrix are the first of their columns. INFINITY for held ones.
** O(n^3) a column.
*/
void ms_surgeon_costs(const ms_surgeon *surgeon, const double *W, double *cost);

/*
** Set those of W to 0 where gone [n, cols] is not 0 (and held is), the others of the
** column moved to make up for it. Returns the sum of the costs.
*/
double ms_surgeon_remove(const ms_surgeon *surgeon, const double *gone, double *W);

/*
** inverse[n, n] = (damping I + sum over the samples of g g' / m)^-1 for G[m, n], damping
** > 0, by Sherman and Morrison's formula sample for sample (Singh and Alistarh, 2020,
** arXiv:2004.14340): an inverse empirical Fisher matrix. 'room' is for n numbers.
*/
void ms_fisher_inverse(size_t m, size_t n, const double *G, double damping,
                       double *inverse, double *room);

#endif
