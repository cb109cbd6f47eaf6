/*
** The metric of a proximal step. After a step theta - lr D g the map that belongs to a
** penalty is taken in the metric of 1 / D, which for a separable one multiplies its
** threshold by D: "preconditioned". "plain" leaves D out.
*/
#ifndef MS_PRUNE_METRIC_H
#define MS_PRUNE_METRIC_H

#include "prune/prune.h"

/* Of a record whose option is numbered METRIC. */
#define MS_METRIC_OPTION                                                                 \
  [METRIC] = MS_CHOICE_OPTION("metric", "plain|preconditioned",                          \
                              "whether the optimizer's preconditioner multiplies the "   \
                              "pull as it does the direction")

/*
** *out = factor[scope] (NULL: 1 everywhere) for the plain metric, which is a choice of 0;
** else the factor times the step's preconditioner, in the first numbers of run->work.
** MS_EARG if the step has none.
*/
ms_status ms_metric(const ms_prune_run *run, double metric, const ms_prune_step *step,
                    const double *factor, const double **out);

#endif
