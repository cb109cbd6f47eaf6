/* How many parameters a mask leaves or exchanges: over time, and of each layer. */
#ifndef MS_PRUNE_DENSITY_H
#define MS_PRUNE_DENSITY_H

#include "prune/prune.h"

/*
** The density in the course of a training, with x the way from 'start' to 'stop', 1
** before and 'density' after:
**   cubic      density + (1 - density) (1 - x)^3   (Zhu and Gupta, arXiv:1710.01878)
**   one-shot   density from 'start' on
**   geometric  density^x: the k-th of n events at equal distances has density^(k/n)
*/
#define MS_SCHEDULES "cubic|one-shot|geometric"
typedef enum ms_density_schedule {
  MS_CUBIC,
  MS_ONE_SHOT,
  MS_GEOMETRIC
} ms_density_schedule;

double ms_density_at(ms_density_schedule schedule, double density, double start,
                     double stop, double progress);

/*
** The part of the active parameters that an event exchanges: fraction (1 + cos(pi t /
** stop)) / 2 at the progress t (Evci et al., arXiv:1911.11134), 0 from 'stop' on.
*/
double ms_fraction_at(double fraction, double stop, double progress);

/*
** The densities of layers whose parts of the whole are size[count]:
**   uniform  the same for all
**   er       proportional to (rows + cols) / (rows cols) (Erdos-Renyi: Mocanu et al.,
**            arXiv:1707.04780); where that is more than 1 the layer is left whole, and
**            the others share the rest
**   erk      the same: the form for convolutions (Evci et al., arXiv:1911.11134) is ER
**            for matrices
** so that the mean weighted by 'size' is 'density'.
*/
#define MS_LAYER_DENSITIES "uniform|er|erk"
typedef enum ms_layer_density { MS_UNIFORM, MS_ER, MS_ERK } ms_layer_density;

void ms_layer_densities(ms_layer_density kind, double density, size_t count,
                        const ms_block *blocks, const double *size, double *out);

#endif
