/*
** How much a connection serves one task only, from its importances for T tasks.
**
** Importances I_t are first divided by their total over the block, since without that a
** task with a larger loss would look like the owner of every connection. With these
** shares x_t, s their sum at a connection and a damping e that silences connections that
** matter to nobody, the indices are
**   ratio      E = sum over pairs |x_t - x_u| / ((T - 1) (s + e))
**   entropy    X = sum_t x_t log(T x_t / s) / ((s + e) log T)
**   coupling   S = T (prod_t x_t)^(1/T) / (s + e)
**   max share  M = (T max_t x_t - s) / ((T - 1) (s + e)).
** All lie in [0, 1]. E, X and M are 0 for equal shares and 1 for a single owner, S is the
** reverse. For two tasks E = M, and with e = 0, E^2 + S^2 = 1. M is the one that calls a
** connection shared as soon as a second task needs it.
** e = epsilon / n * T / 2 for n connections, as the mean of s is T / n.
**
** The value of a block is the sum of the index with weights w = s / T, which add up to 1:
** with e = 0, of E the mean over the pairs of tasks of the total variation distance of
** their importances, of X the Jensen-Shannon divergence / log T (the information that a
** connection drawn by importance has on the task), of S Matusita's affinity (for two
** tasks the Bhattacharyya coefficient).
**
** A task without any importance in a block is left out of it; fewer than two remaining
** tasks cannot exclude each other: every index is 0, and the block has no weight.
**
** None of these is near 0 (S: near 1) by chance, hence the nulls. What counts is the
** excess (value - null) / (1 - null).
*/
#ifndef MS_PRUNE_EXCLUSIVITY_H
#define MS_PRUNE_EXCLUSIVITY_H

#include "base/random.h"

/* X(index, name seen from Lua) */
#define MS_INDEX_LIST(X)                                                                 \
  X(MS_RATIO, "ratio")                                                                   \
  X(MS_ENTROPY, "entropy") X(MS_COUPLING, "coupling") X(MS_MAX_SHARE, "max-share")

typedef enum ms_index {
#define MS_INDEX_ENUM(index, name) index,
  MS_INDEX_LIST(MS_INDEX_ENUM)
#undef MS_INDEX_ENUM
} ms_index;

/* A block as the index sees it. */
typedef struct ms_shares {
  ms_index index;
  size_t tasks;             /* of the importances */
  size_t live;              /* of them with importance here; below 2 the index is 0 */
  size_t n;                 /* connections */
  size_t stride;            /* from the importances of one task to those of the next */
  const double *importance;
  double *scale;            /* [2 tasks]: 1 / total, 0 for a task without importance;
                               then room for the shares of a connection */
  double damping;           /* e */
} ms_shares;

/*
** Prepare a block of n connections whose task t has its importances at importance + t *
** stride. 'scale' is room for two numbers per task.
*/
void ms_shares_init(ms_shares *shares, ms_index index, size_t tasks, size_t n,
                    size_t stride, const double *importance, double epsilon,
                    double *scale);

/* Connections first ... first + n - 1 of a block, with the totals of all of it. */
void ms_shares_part(const ms_shares *shares, size_t first, size_t n, ms_shares *part);

/* out[n] = the index of every connection. */
void ms_shares_index(const ms_shares *shares, double *out);

/*
** The sum of w times the index, and in *weight that of w, which is 1 for a whole block.
** 'places' [tasks, n]: the importance of task t for connection i is that at place
** places[t * n + i]; NULL: at place i.
*/
double ms_shares_value(const ms_shares *shares, const size_t *places, double *weight);

/* {=== nulls === */

/*
** Permutation null: places in which every task but the first is shuffled by itself, for
** ms_shares_value. What the tasks have by chance alone, their importances being as uneven
** as they are.
*/
void ms_shares_shuffle(size_t tasks, size_t n, ms_rng *rng, size_t *places);

/*
** The same for a single connection: the 'quantile' of the index over 'draws' random
** connections that do not exist: the importance for the first task comes from one place
** in the block, that for every other task from a place of its own. 'room' holds 'draws'
** numbers. The result is cut to the largest drawn value that is at most 0.98: a null of
** saturated pairs says nothing, and disjoint importances would otherwise pass for
** chance. quantile 0 gives 0, and so does a block too small to mix.
*/
double ms_shares_null(const ms_shares *shares, double quantile, size_t draws, ms_rng *rng,
                      double *room);

/*
** Sampling null: the expected value where importances are means of 'draws' squares of
** independent Gaussian gradients, a = draws / 2, every connection with a variance of its
** own: shares have gamma laws, their parts of a sum a Dirichlet law.
**   ratio      1 / (a 2^(2a - 1) Beta(a, a))                about 1 / sqrt(pi a)
**   entropy    1 - (psi(T a + 1) - psi(a + 1)) / log T      psi: digamma
**   coupling   (Gamma(a + 1/T) / (Gamma(a) a^(1/T)))^T
**   max share  as ratio for two tasks; NaN for more, see ms_index_simulated
** draws > 0 need not be whole: a running mean has (sum of weights)^2 / (sum of squares).
*/
double ms_index_expected(ms_index index, size_t tasks, double draws);

/*
** The same by simulation of 'samples' connections, with importances |g|^power, and its
** standard error in *error. 'room' holds 3 tasks numbers.
*/
double ms_index_simulated(ms_index index, size_t tasks, size_t draws, double power,
                          size_t samples, ms_rng *rng, double *room, double *error);

/* }=== */

#endif
