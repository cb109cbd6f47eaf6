/* Proximal steps and counts over a scope, one pass each. */
#ifndef MS_PRUNE_SHRINK_H
#define MS_PRUNE_SHRINK_H

#include "prune/prune.h"

/*
** theta <- sign(theta) (|theta| - amount factor)_+ over the scope, the proximal map of a
** weighted L1 norm; factor[scope] >= 0, NULL for 1 everywhere. A parameter never grows
** and never changes its sign, and keeps its bits where the factor is 0. Returns the sum
** of what |theta| lost.
*/
double ms_shrink(size_t count, const ms_block *blocks, double *theta,
                 const double *factor, double amount);

/* The part of the scope that is not 0. */
double ms_density(size_t count, const ms_block *blocks, const double *theta);

#endif
