/*
** Where the points of a loss term come from: n points of the unit cube [0, 1)^d, and
** their image in a box. A sampler is one const record; all its randomness is drawn from
** the stream it is given, so the same stream gives the same points.
**
** To add one: src/loss/<name>.c ending in one record, and a line in samplers.list.
*/
#ifndef MS_LOSS_SAMPLER_H
#define MS_LOSS_SAMPLER_H

#include "base/random.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
** Writes point i, coordinate k to out[i * row + k]; row >= d >= 1. 'skip' is the index of
** the first point in samplers that are sequences; the others ignore it.
*/
typedef ms_status ms_sampler_fill(ms_rng *rng, uint64_t skip, size_t n, size_t d,
                                  double *out, size_t row);

typedef struct ms_sampler {
  const char *name;
  const char *summary;
  const char *paper; /* DOI, arXiv id or "none" */
  size_t dims;       /* most coordinates it can do; 0: any number */
  uint64_t length;   /* most points of its sequence; 0: any number */
  ms_sampler_fill *fill;
} ms_sampler;

/* Every sampler of samplers.list; NULL past the end. */
const ms_sampler *ms_sampler_at(size_t index);

/* MS_EARG, with the names there are, if none has this name. */
ms_status ms_sampler_find(const char *name, const ms_sampler **out);

/* n points of [0, 1)^d, after checking d and skip + n against the record. */
ms_status ms_sample(const ms_sampler *sampler, ms_rng *rng, uint64_t skip, size_t n,
                    size_t d, double *out, size_t row);

/*
** n points of the box low[k] <= x[k] <= high[k]. A coordinate with low[k] == high[k] is
** held at that value and takes no coordinate of the sampler: a box with one such side is
** a face.
*/
ms_status ms_sample_box(const ms_sampler *sampler, ms_rng *rng, uint64_t skip, size_t n,
                        size_t d, const double *low, const double *high, double *out,
                        size_t row);

#define SAMPLER(name) extern const ms_sampler ms_sampler_##name;
#include "loss/samplers.list"
#undef SAMPLER

#endif
