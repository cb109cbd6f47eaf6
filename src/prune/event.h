/*
** Events of policies that hold parameters at 0: in some steps of the training the mask of
** the scope is chosen anew, by keep-scores (large: worth keeping), so that exactly
** round(density n) parameters are left of the n that may be chosen. What is dropped is
** set to 0, what grows starts from 0. A policy computes the scores and calls
** ms_event_run.
**
** The groups inside of which scores are compared are the whole scope, its layers (the
** blocks), or its neurons (the columns of the blocks: the weights into one unit). With A
** active parameters in a group and N wanted,
**   D = fraction A of those with the smallest keep-scores are dropped, but no fewer than
**       A - N, and no more than can grow again (so that at full density nothing changes)
**   N - A + D of those that were inactive before grow, those with the largest
**       grow-scores.
** Ties go by index.
**
** Repair: a unit with no active weight in, but one out, is a constant. All its weights
** inside the scope must go, and the choice is made again, until there is no such unit.
** Where there are not as many others in their place, and in events with a budget, the
** best weight into the unit stays instead: events with a budget leave no fewer weights
** than there are units. What must go or stay once does so to the end of the event. Where
** a layer is to keep hardly more weights than it has units, some unit may remain without
** weights in, and groups smaller than the scope may miss their numbers by a few.
*/
#ifndef MS_PRUNE_EVENT_H
#define MS_PRUNE_EVENT_H

#include "prune/density.h"

/* The options that these policies have in common come first in their records. */
enum {
  MS_EVENT_DENSITY,
  MS_EVENT_SCHEDULE,
  MS_EVENT_START,
  MS_EVENT_STOP,
  MS_EVENT_SCOPE,
  MS_EVENT_LAYERS,
  MS_EVENT_FRACTION,
  MS_EVENT_REPAIR,
  MS_EVENT_OPTION_COUNT
};

#define MS_EVENT_OPTIONS(density, fraction)                                              \
  [MS_EVENT_DENSITY] =                                                                   \
    MS_NUMBER_OPTION("density", density, 0, 1,                                           \
                     "part of the weights in scope that is left in the end"),            \
  [MS_EVENT_SCHEDULE] = MS_CHOICE_OPTION("schedule", MS_SCHEDULES,                       \
                                         "how the density falls from start to stop"),    \
  [MS_EVENT_START] =                                                                     \
    MS_NUMBER_OPTION("start", 0.1, 0, 1,                                                 \
                     "part of the training before it falls; at most stop"),              \
  [MS_EVENT_STOP] = MS_NUMBER_OPTION("stop", 0.75, 0, 1,                                 \
                                     "part of the training after which the mask stays"), \
  [MS_EVENT_SCOPE] = MS_CHOICE_OPTION("scope", "global|layer|neuron",                    \
                                      "inside of what scores are compared"),             \
  [MS_EVENT_LAYERS] =                                                                    \
    MS_CHOICE_OPTION("layers", MS_LAYER_DENSITIES,                                       \
                     "densities of the layers, unless the scope is global; er and erk "  \
                     "are the same for matrices"),                                       \
  [MS_EVENT_FRACTION] = MS_NUMBER_OPTION(                                                \
    "fraction", fraction, 0, 1,                                                          \
    "part of the active weights that an event drops, with as many grown as needed"),     \
  [MS_EVENT_REPAIR] = MS_BOOLEAN_OPTION(                                                 \
    "repair", 1, "leave no unit with weights out but none in (chains of dense layers)")

/* Their first slot. */
enum { MS_EVENT_MASK, MS_EVENT_SLOT_COUNT };

#define MS_EVENT_SLOTS                                                                   \
  [MS_EVENT_MASK] =                                                                      \
    MS_SLOT("mask", "1 for what is active, 0 for what is held at 0", MS_SCOPE)

/* An event. Scores are finite where a parameter may be chosen. */
typedef struct ms_event {
  const double *keep; /* [scope] */
  const double *grow; /* [scope]; NULL: nothing grows and the fraction is 0 */
  double fraction;    /* of the active parameters to drop */
  int again;          /* choose among all by keep: what was dropped may come back */
  const double *mass; /* [tasks, scope]: what is lost with a parameter; NULL: no budget */
  double budget;      /* no task loses more mass */
  double *removed;    /* [tasks]: the mass that went */
  double *work;       /* ms_event_work numbers */
} ms_event;

/* The state at the start: everything is active. */
void ms_event_start(struct ms_method *method);

/* How many numbers of working space ms_event_run needs. */
size_t ms_event_work(const ms_prune_run *run);

/* out[scope] = the part of params[params] that is in scope. */
void ms_event_gather(const ms_prune_run *run, const double *params, double *out);

/* Choose the mask, set what it drops to 0 in theta, and fill the report. */
ms_status ms_event_run(ms_prune_run *run, const ms_event *event, double *theta,
                       const ms_prune_step *step, ms_prune_report *report);

#endif
