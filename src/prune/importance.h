/*
** Importance of a connection for a task: the mean over samples of the squared gradient of
** the task's terms (empirical Fisher information, the sample being a micro-batch).
*/
#ifndef MS_PRUNE_IMPORTANCE_H
#define MS_PRUNE_IMPORTANCE_H

#include "prune/prune.h"

/* sum[tasks, scope] += squares of a sample G[terms, params]. One pass over the scope. */
void ms_importance_add(const ms_prune_run *run, const double *G, double *sum);

/*
** importance[tasks, scope] <- memory * importance + (1 - memory) * sum / samples, and sum
** <- 0. If a sum is not finite, importance is left alone and MS_EDIVERGED names the task.
*/
ms_status ms_importance_close(const ms_prune_run *run, double samples, double memory,
                              double *sum, double *importance);

#endif
