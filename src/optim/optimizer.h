/*
** Optimizers of first order: from a direction d to the next parameters. One pass over the
** parameters, no allocation after the first step.
**
** With a mask, parameters whose mask is 0 stay as they are and their state (moments) is
** 0, so that they start afresh when the mask lets them go.
*/
#ifndef MS_OPTIM_OPTIMIZER_H
#define MS_OPTIM_OPTIMIZER_H

#include "base/method.h"

typedef struct ms_optimizer {
  ms_record record;

  /* theta[n], d[n], mask[n] or NULL; the state is open. */
  void (*step)(ms_method *method, size_t n, double *theta, const double *d,
               const double *mask);

  /* out[n] = what the last step multiplied each direction with, beside the learning rate.
     NULL: the same for all parameters. */
  void (*preconditioner)(const ms_method *method, size_t n, double *out);
} ms_optimizer;

/* All optimizers, in the order of optimizers.list. */
const ms_record *const *ms_optimizer_records(size_t *count);

/* The optimizer called 'name', options at their defaults. Release with ms_method_free. */
ms_status ms_optimizer_init(ms_method *method, const char *name);

/*
** Take a step from theta[n] along -d[n], in place; mask[n] or NULL. MS_EARG if n is not
** that of the first step. The learning rate is the option "lr", which a schedule may
** change between steps.
*/
ms_status ms_optimizer_step(ms_method *method, size_t n, double *theta, const double *d,
                            const double *mask);

/* Has it a diagonal preconditioner? out[n] = that of the last step; there was one. */
int ms_optimizer_preconditions(const ms_method *method);
void ms_optimizer_preconditioner(const ms_method *method, double *out);

#endif
