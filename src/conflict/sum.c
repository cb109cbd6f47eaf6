/*
** d = g_1 + ... + g_K: plain training, the reference for every other method. No gradient
** is dropped, however small: nothing here divides by a norm.
*/
#include "conflict/conflict.h"

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  for (size_t t = 0; t < run->method.extent[MS_TASKS]; t++) run->live_weights[t] = 1;
  ms_conflict_share(run, run->live_weights, G, d);
  return MS_OK;
}

const ms_conflict ms_conflict_sum = {
  .record = {
    .family = "conflict",
    .name = "sum",
    .summary = "the plain sum of the gradients",
    .paper = "none",
  },
  .combine = combine,
  .promises = ms_conflict_share_promises,
};
