/* Proximal steps and counts over a scope, one pass each. */
#ifndef MS_PRUNE_SHRINK_H
#define MS_PRUNE_SHRINK_H

#include "prune/prune.h"

/*
** theta <- sign(theta) (|theta| - amount rate factor)_+ over the scope, the proximal map
** of a weighted L1 norm; rate[blocks] and factor[scope] >= 0, NULL for 1 everywhere. A
** parameter never grows and never changes its sign, and keeps its bits where the factor
** or the rate is 0. Returns the sum of what |theta| lost.
*/
double ms_shrink(size_t count, const ms_block *blocks, double *theta, const double *rate,
                 const double *factor, double amount);

/* What a step of 'amount' leaves of a group of n parameters whose squares add up to
   'square': (1 - amount sqrt(n) / sqrt(square))_+, exactly 1 where nothing is pulled. */
double ms_group_left(double square, double n, double amount);

/*
** The same for units: a unit of a block [rows, cols] is a column w, its incoming weights,
**   w <- w (1 - amount rate factor sqrt(rows) / |w|)_+,
** the proximal map of a weighted group lasso (Yuan and Lin, 2006,
** doi:10.1111/j.1467-9868.2005.00532.x). The largest factor of a column is the unit's.
** room: 2 * cols numbers, for the most columns of a block.
*/
double ms_shrink_units(size_t count, const ms_block *blocks, double *theta,
                       const double *rate, const double *factor, double amount,
                       double *room);

/* The part of the scope that is not 0. */
double ms_density(size_t count, const ms_block *blocks, const double *theta);

#endif
