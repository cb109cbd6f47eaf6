/*
** mask: the machinery of all policies that hold parameters at 0 (event.h), with scores
** from outside. Methods in Lua that have a function 'score' are made of it.
**
** Events that drop and grow (fraction > 0) do so until 'stop', less and less
** (ms_fraction_at), or always as much.
*/
#include "prune/event.h"

enum { ANNEAL = MS_EVENT_OPTION_COUNT, AGAIN, SEED };
enum { COSINE };

static size_t work(const ms_prune_run *run) {
  return 2 * run->method.extent[MS_SCOPE] + ms_event_work(run);
}

static ms_status event(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const double *option = run->method.option;
  size_t scope = run->method.extent[MS_SCOPE];
  double t = step->progress, fraction = option[MS_EVENT_FRACTION];
  ms_event event = {.keep = run->work, .work = run->work + 2 * scope};
  ms_status status = MS_OK;
  MS_CHECK(step->keep != NULL, MS_EARG, "prune %s: event: there are no keep-scores",
           run->method.record->name);
  if (t < option[MS_EVENT_START]) return MS_OK;
  if (option[ANNEAL] == COSINE)
    fraction = ms_fraction_at(fraction, option[MS_EVENT_STOP], t);
  else if (t >= option[MS_EVENT_STOP])
    fraction = 0;
  ms_event_gather(run, step->keep, run->work);
  if (fraction > 0) {
    MS_CHECK(step->grow != NULL, MS_EARG,
             "prune %s: event: the option fraction is %g, and there are no grow-scores",
             run->method.record->name, option[MS_EVENT_FRACTION]);
    ms_event_gather(run, step->grow, run->work + scope);
    event.grow = run->work + scope;
    event.fraction = fraction;
  }
  event.again = option[AGAIN] != 0;
  MS_TRY(ms_event_run(run, &event, theta, step, report));
out:
  return status;
}

const ms_prune ms_prune_mask = {
  .record = {
    .family = "prune",
    .name = "mask",
    .summary = "keeps the weights with the largest scores, which a script sets",
    .paper = "none",
    .options = {
      MS_EVENT_OPTIONS(0.4, 0),
      [ANNEAL] = MS_CHOICE_OPTION("anneal", "cosine|constant",
                                  "the fraction that is dropped, over time"),
      [AGAIN] = MS_BOOLEAN_OPTION("again", 0,
                                  "weights that were dropped may come back, from 0, when "
                                  "their score is among the largest"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 9007199254740991.0,
                                 "of scores that are drawn"),
    },
    .slots = {MS_EVENT_SLOTS},
    .start = ms_event_start,
  },
  .event = event,
  .work = work,
};
