/*
** How strong a penalty is in the course of a training: nothing until 'start', then up to
** the whole of it at 'full' (at once where that is no later than 'start') as
** 1 - (1 - x)^3, nothing from 'stop' on. All three are parts of the training.
*/
#ifndef MS_PRUNE_RAMP_H
#define MS_PRUNE_RAMP_H

#include "prune/prune.h"

/* Of a record whose options are numbered START, FULL and STOP, with their defaults. */
#define MS_RAMP_OPTIONS(start, full, stop)                                               \
  [START] = MS_NUMBER_OPTION("start", start, 0, 1,                                       \
                             "part of the training with no pull; less than stop"),       \
  [FULL] =                                                                               \
    MS_NUMBER_OPTION("full", full, 0, 1,                                                 \
                     "part of the training before the full pull; less than stop"),       \
  [STOP] = MS_NUMBER_OPTION("stop", stop, 0, 2,                                          \
                            "part of the training after which nothing is pulled")

/* The part of the strength that holds at 'progress', in [0, 1]. */
double ms_ramp(double start, double full, double stop, double progress);

#endif
