/* The weights of Nash-MTL and FairGrad. */
#ifndef MS_CONFLICT_FAIR_H
#define MS_CONFLICT_FAIR_H

#include "conflict/conflict.h"

/*
** w[count] > 0 with g_k.d = w_k^-e for d = sum over k of w_k g_k, e > 0; all 0 at
** Pareto-stationary points, where there is none. work: ms_fair_work(count) numbers.
*/
ms_status ms_fair_weights(const ms_tasks *tasks, double e, double *w);

size_t ms_fair_work(size_t tasks);

#endif
