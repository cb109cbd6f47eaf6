/*
** d = (g_1 + ... + g_T) / T for T tasks: the sum at a smaller learning rate. No gradient
** is dropped, however small: nothing here divides by a norm.
*/
#include "conflict/conflict.h"

static ms_status combine(ms_conflict_run *run, const double *G, double *d) {
  size_t tasks = run->method.extent[MS_TASKS];
  for (size_t t = 0; t < tasks; t++) run->live_weights[t] = 1 / (double)tasks;
  ms_conflict_share(run, run->live_weights, G, d);
  return MS_OK;
}

const ms_conflict ms_conflict_mean = {
  .record = {
    .family = "conflict",
    .name = "mean",
    .summary = "the mean of the gradients of the tasks",
    .paper = "none",
  },
  .combine = combine,
  .promises = ms_conflict_share_promises,
};
