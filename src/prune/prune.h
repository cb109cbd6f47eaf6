/*
** Pruning policies: which parameters serve which task, and what to do about it. The
** training loop calls three functions: observe (a sample of the gradients of the terms),
** refresh (a round of observations is complete) and apply (after an optimizer step).
**
** A policy works inside its scope, a list of blocks of the parameter vector, usually the
** hidden-to-hidden weight matrices. Arrays over the scope hold block after block.
*/
#ifndef MS_PRUNE_PRUNE_H
#define MS_PRUNE_PRUNE_H

#include "base/method.h"

/* A weight matrix [rows, cols] from parameter 'offset' on. It is W of h W with hidden
   units h in a row, so that a column holds the weights that come into one unit. */
typedef struct ms_block {
  size_t offset, rows, cols;
  size_t bias; /* offset of the biases [cols] of its columns, behind it; 0: it has none */
  size_t feeds; /* the block (from 1) whose rows read its columns; 0: none in scope */
} ms_block;

/* The optimizer step that apply follows. */
typedef struct ms_prune_step {
  double lr;            /* its learning rate */
  double progress;      /* part of the training that is done, in [0, 1] */
  const double *before; /* [params]: the parameters before it; NULL if not at hand */
  const double *G;      /* [terms, params]: the gradients it used; NULL if not at hand */
  size_t terms;
  const double *scale;  /* [params]: what it multiplied each direction with beside lr, its
                           diagonal preconditioner; NULL if it has none */
  const double *rate;   /* [blocks]: learning rates of the blocks over lr; NULL: 1 */

  /* For events; G is then the gradient before masked parameters lost theirs. */
  const double *free;        /* [params]: 0 where the user froze one; NULL: nowhere */
  const double *keep, *grow; /* [params]: scores from outside; NULL: none */
  double power; /* of the density of the schedule, which is wanted now; 0: 1 */
} ms_prune_step;

typedef struct ms_prune_report {
  double density; /* part of the parameters in scope that are not 0 */
  double shrunk;  /* sum over the scope of how much |theta| fell */

  /* Of an event. */
  size_t dropped, grown;
  size_t active, wanted; /* unfrozen parameters that are active, and that should be */
} ms_prune_report;

struct ms_prune_run;

typedef struct ms_prune {
  ms_record record;

  /* Both NULL: a policy that looks at no gradients and works from the first step on. */
  ms_status (*observe)(struct ms_prune_run *run, const double *G, const double *theta);
  ms_status (*refresh)(struct ms_prune_run *run);
  ms_status (*apply)(struct ms_prune_run *run, double *theta, const ms_prune_step *step,
                     ms_prune_report *report);

  /* Policies that hold parameters at 0 have this in place of apply: see event.h. */
  ms_status (*event)(struct ms_prune_run *run, double *theta, const ms_prune_step *step,
                     ms_prune_report *report);

  /* How many numbers and indices of working space the policy needs, once the sizes but
     for the number of terms are known; NULL: none. */
  size_t (*work)(const struct ms_prune_run *run);
  size_t (*index)(const struct ms_prune_run *run);
} ms_prune;

/* Does the policy look at gradients? */
int ms_prune_observes(const ms_prune *kind);

/* All policies, in the order of prunes.list. */
const ms_record *const *ms_prune_records(size_t *count);

typedef struct ms_prune_run {
  ms_method method;
  ms_block *blocks; /* [method.extent[MS_BLOCKS]] */
  double *work;
  size_t *index;
} ms_prune_run;

/* The policy called 'name', options at their defaults. */
ms_status ms_prune_init(ms_prune_run *run, const char *name);

/*
** Set the scope, before anything else. MS_EARG unless the blocks (and their biases, which
** are no part of the scope) have elements, ascend and do not overlap, or if another scope
** was set.
*/
ms_status ms_prune_scope(ms_prune_run *run, size_t count, const ms_block *blocks);

/* Fix (or compare) K = terms and P = params, without creating the state yet. */
ms_status ms_prune_sizes(ms_prune_run *run, size_t terms, size_t params);

/* The same, and create the state; the first ms_prune_observe does it otherwise. */
ms_status ms_prune_open(ms_prune_run *run, size_t terms, size_t params);

/*
** Take note of G[terms, params], contiguous, the gradients at theta[params]; theta NULL
** if it is not at hand. Only the first call allocates. Policies that look at no gradients
** let it pass, and ms_prune_refresh too.
*/
ms_status ms_prune_observe(ms_prune_run *run, size_t terms, size_t params,
                           const double *G, const double *theta);

/* MS_EARG if nothing was observed since the last refresh; MS_EDIVERGED if what was
   observed is not finite (it is then forgotten). */
ms_status ms_prune_refresh(ms_prune_run *run);

/* Change theta[params] in place. Before the first observation it changes nothing, unless
   the policy needs none. */
ms_status ms_prune_apply(ms_prune_run *run, size_t params, double *theta,
                         const ms_prune_step *step, ms_prune_report *report);

/*
** Choose anew which parameters are held at 0, and set those to 0: for policies that have
** events, see event.h. MS_EARG for others; MS_EDIVERGED if a score is not finite, and
** nothing has changed then.
*/
ms_status ms_prune_event(ms_prune_run *run, size_t params, double *theta,
                         const ms_prune_step *step, ms_prune_report *report);

void ms_prune_free(ms_prune_run *run);

#endif
