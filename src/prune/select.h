/*
** Exact choices among many numbers. Of equal numbers the one with the lower index counts
** as the larger, so that every choice is one of a definite set. Numbers are finite.
*/
#ifndef MS_PRUNE_SELECT_H
#define MS_PRUNE_SELECT_H

#include <stddef.h>

/* The k-th smallest (k from 0) of n values, which it reorders (Hoare's FIND). */
double ms_select_kth(double *values, size_t n, size_t k);

/*
** chosen[n] = 1 for the 'count' largest scores where candidate[n] is not 0, 0 elsewhere.
** There are at least 'count' candidates. room[n] is scratch. Linear time.
*/
void ms_select_largest(size_t n, const double *score, const double *candidate,
                       size_t count, double *chosen, double *room);

/*
** Whole numbers near quotas (Hamilton's method): count[i] is the floor of quota[i] or one
** more, the largest remainders first, so that they add up to 'total'. Where cap[i] is
** less, the others share what is missing; if all caps together are less than 'total', the
** counts are the caps. room[4 n] is scratch.
*/
void ms_apportion(size_t n, const double *quota, const double *cap, double total,
                  double *count, double *room);

#endif
