/*
** Scores: how strongly each connection of a scope is pulled. From the importances of the
** tasks, in every block on its own,
**   E = the index (exclusivity.h), E_0 = its value by chance (ms_shares_null)
**   s = ((E - E_0) / (1 - E_0))_+ ^ gamma, in [0, 1].
** With units in place of connections the importances of a unit's incoming weights, a
** column of the block, are added first, and all of them get the score of the unit.
**
** With directions, the signs of the tasks' mean gradients, a connection is shared only by
** those that agree: in E, not in E_0, importances whose direction is against that of the
** connection's most important task (by share) count as 0.
**
** Controls, by the same path: uniform (s = 1), reversed (coupling in place of E),
** shuffled (s permuted inside each block, always by the same permutation), frozen (s is
** left alone once 'started'). 'matched' multiplies the scores of a control, in every
** block, so that they add up to what the exclusive ones would; they may then pass 1. Null
** values are then those of E, and reversed scores draw their own anew in every round.
*/
#ifndef MS_PRUNE_SCORE_H
#define MS_PRUNE_SCORE_H

#include "prune/exclusivity.h"
#include "prune/prune.h"

typedef enum ms_score_kind {
  MS_EXCLUSIVE,
  MS_UNIFORM,
  MS_REVERSED,
  MS_SHUFFLED,
  MS_FROZEN
} ms_score_kind;

typedef struct ms_scoring {
  ms_score_kind kind;
  ms_index index; /* E */
  int units;
  int matched;
  int started;             /* something was pulled: frozen scores stay */
  int renew;               /* draw E_0 anew; else it is that of last time */
  double quantile, gamma, epsilon;
  size_t draws;            /* of connections for E_0 */
  ms_rng shuffle;          /* where the permutations of a shuffle start, every time */
  const double *direction; /* [tasks, scope], or NULL: signs do not matter */
} ms_scoring;

/* score[scope] and null[blocks] from importance[tasks, scope]. */
void ms_score(const ms_prune_run *run, const ms_scoring *scoring,
              const double *importance, ms_rng *rng, double *null, double *score);

/* How many numbers of run->work that takes. */
size_t ms_score_work(const ms_prune_run *run, const ms_scoring *scoring);

#endif
