/*
** How much a connection serves one task only, from its importances for T tasks.
**
** Importances I_t are first divided by their total over the block, since without that a
** task with a larger loss would look like the owner of every connection. With these
** shares x_t and a damping e that silences connections that matter to nobody,
**   exclusivity  E = (T max_t x_t - sum_t x_t) / ((T - 1) (sum_t x_t + e))
**   coupling     S = T (prod_t x_t)^(1/T) / (sum_t x_t + e).
** Both lie in [0, 1]: E is 0 for equal shares and 1 for a single owner (the "max share"
** index); S is the reverse. For two tasks E = |x_1 - x_2| / (x_1 + x_2 + e), and with
** e = 0, E^2 + S^2 = 1. Of the indices that reduce to this E for two tasks the max share
** is the one that calls a connection shared as soon as a second task needs it.
** e = epsilon / n * T / 2 for n connections, as the mean of sum_t x_t is T / n.
**
** A task without any importance in a block is left out of it; fewer than two remaining
** tasks cannot exclude each other, and both indices are 0.
*/
#ifndef MS_PRUNE_EXCLUSIVITY_H
#define MS_PRUNE_EXCLUSIVITY_H

#include "base/random.h"

typedef enum ms_index { MS_EXCLUSIVITY, MS_COUPLING } ms_index;

/* A block as the index sees it. */
typedef struct ms_shares {
  ms_index index;
  size_t tasks;             /* of the importances */
  size_t live;              /* of them with importance here; below 2 the index is 0 */
  size_t n;                 /* connections */
  size_t stride;            /* from the importances of one task to those of the next */
  const double *importance;
  double *scale;            /* [tasks]: 1 / total, 0 for a task without importance */
  double damping;           /* e */
} ms_shares;

/*
** Prepare a block of n connections whose task t has its importances at importance + t *
** stride. 'scale' is room for one number per task.
*/
void ms_shares_init(ms_shares *shares, ms_index index, size_t tasks, size_t n,
                    size_t stride, const double *importance, double epsilon,
                    double *scale);

/* out[n] = the index of every connection. */
void ms_shares_index(const ms_shares *shares, double *out);

/*
** What the index is worth by chance: the 'quantile' of it over 'draws' random connections
** that do not exist: the importance for the first task comes from one place in the block,
** that for every other task from a place of its own (a permutation null). 'room' holds
** 'draws' numbers. The result is cut to the largest drawn value that is at most 0.98: a
** null of saturated pairs says nothing, and disjoint importances would otherwise pass for
** chance. quantile 0 gives 0, and so does a block too small to mix.
*/
double ms_shares_null(const ms_shares *shares, double quantile, size_t draws, ms_rng *rng,
                      double *room);

#endif
