/*
** d = (g_1 + ... + g_K) / K for K terms: the sum at a smaller learning rate. No gradient
** is dropped, however small: nothing here divides by a norm.
*/
#include "conflict/conflict.h"
#include "linalg/gram.h"

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  size_t terms = run->method.extent[MS_TERMS], params = run->method.extent[MS_PARAMS];
  size_t blocks = run->method.extent[MS_BLOCKS];
  for (size_t k = 0; k < blocks * terms; k++) run->weights[k] = 1 / (double)terms;
  ms_gradients_combine(terms, params, params, G, run->weights, d);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  (void)option;
  (void)tasks;
  (void)independent;
  return MS_H1 | MS_LS | MS_PI | MS_OQ;
}

const ms_conflict ms_conflict_mean = {
  .record = {
    .family = "conflict",
    .name = "mean",
    .summary = "the mean of the gradients",
    .paper = "none",
  },
  .combine = combine,
  .promises = promises,
};
