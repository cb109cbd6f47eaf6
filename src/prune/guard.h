/*
** What a change of the parameters does to the descent of the tasks, from the gradients
** that the step used: step->G, which must be there. The gradient of a task is the sum of
** those of its terms.
*/
#ifndef MS_PRUNE_GUARD_H
#define MS_PRUNE_GUARD_H

#include "prune/prune.h"

/* along[tasks] = the products with the step that the optimizer took, from step->before to
   theta. */
void ms_guard_step(const ms_prune_run *run, const ms_prune_step *step,
                   const double *theta, double *along);

/* along[tasks] = the products with q[scope], block after block. */
void ms_guard_products(const ms_prune_run *run, const ms_prune_step *step,
                       const double *q, double *along);

/*
** theta -= R sum_k mu_k g_k inside the scope, the least (mu >= 0) that makes q + R sum_k
** mu_k g_k work against no task; q[scope] is what was taken from theta, R the rates of
** the blocks (step->rate), in whose metric it is the least: a block of rate 0 stays.
** work: ms_guard_work(tasks) numbers, index: 3 * tasks.
*/
ms_status ms_guard_cone(const ms_prune_run *run, const ms_prune_step *step,
                        const double *q, double *theta, double *work, size_t *index);

size_t ms_guard_work(size_t tasks);

/*
** The largest |cosine| of the gradients of two tasks, over all parameters; 0 for a
** gradient of 0. work: tasks^2 numbers.
*/
double ms_guard_cosine(const ms_prune_run *run, const ms_prune_step *step, double *work);

#endif
