/*
** Importance of a parameter for a task from the gradients g of the task's terms, summed:
**   square         g^2            (empirical Fisher information, the sample being a
**                                  micro-batch; Theis et al., arXiv:1801.05787)
**   taylor         |theta g|      (what the loss changes by, to first order, without it;
**                                  Molchanov et al., arXiv:1611.06440)
**   taylor-square  (theta g)^2    (arXiv:1906.10771)
** The mean over samples is that of a round, or a running one.
*/
#ifndef MS_PRUNE_IMPORTANCE_H
#define MS_PRUNE_IMPORTANCE_H

#include "prune/prune.h"

/* X(importance, name seen from Lua) */
#define MS_IMPORTANCE_LIST(X)                                                            \
  X(MS_SQUARE, "square") X(MS_TAYLOR, "taylor") X(MS_TAYLOR_SQUARE, "taylor-square")

typedef enum ms_importance {
#define MS_IMPORTANCE_ENUM(importance, name) importance,
  MS_IMPORTANCE_LIST(MS_IMPORTANCE_ENUM)
#undef MS_IMPORTANCE_ENUM
} ms_importance;

/* Gradients G[terms, params]; task[terms]: the task of each term, NULL: one each. */
typedef struct ms_sample {
  const double *G;
  const double *theta; /* [params]; square does not look at it */
  const size_t *task;
  size_t terms, params;
} ms_sample;

/*
** out[n] <- keep * out + gain * importance for a task of parameters first ... first +
** n - 1, in one pass. keep = gain = 1 adds; keep = 1 - gain is a running mean.
*/
void ms_importance_update(ms_importance kind, const ms_sample *sample, size_t task,
                          size_t first, size_t n, double keep, double gain, double *out);

/*
** sum[tasks, scope] += the importances of a sample G[terms, params] at theta[params]. One
** pass over the scope. 'apart': every term of a task by itself, their importances added,
** as where each has a point of its own.
*/
void ms_importance_add(const ms_prune_run *run, ms_importance kind, int apart,
                       const double *G, const double *theta, double *sum);

/* sum[tasks, scope] += the gradients g themselves. */
void ms_importance_directions(const ms_prune_run *run, const double *G, double *sum);

/* The choices of an option 'importance': kinds, and what a sample of the loop holds. */
typedef enum ms_sampling {
  MS_BY_SQUARE,
  MS_BY_TAYLOR,
  MS_BY_SENSITIVITY, /* residuals of single points */
  MS_BY_FISHER,      /* losses of single points */
  MS_BY_SIGN         /* squares, and the directions beside them */
} ms_sampling;

/* sum += the sample's importances, *samples += 1; MS_EARG for taylor without theta. */
ms_status ms_importance_observe(const ms_prune_run *run, ms_sampling sampling,
                                const double *G, const double *theta, double *sum,
                                double *samples);

/*
** importance[tasks, scope] <- memory * importance + (1 - memory) * sum / samples, and sum
** <- 0. If a sum is not finite, importance is left alone and MS_EDIVERGED names the task.
*/
ms_status ms_importance_close(const ms_prune_run *run, double samples, double memory,
                              double *sum, double *importance);

/* The same for the *samples that were observed, of which none are left then; MS_EARG if
   there are none. */
ms_status ms_importance_round(const ms_prune_run *run, double *samples, double memory,
                              double *sum, double *importance);

#endif
