/*
** Regular grid of cell centres with exactly n points, whatever n is. Axis 1 is cut into
** m = round(n^(1/d)) equal slabs; the points are shared out over the slabs as evenly as
** possible, and each slab is filled in the same way in the remaining axes. For n = m^d
** this is the tensor grid; for d = 1 it is (i + 1/2) / n. Nothing is drawn, so a redrawn
** grid is the same grid.
*/
#include "loss/sampler.h"

#include <math.h>

static void fill_axes(size_t n, size_t d, double *out, size_t row) {
  size_t slabs = d == 1 ? n : (size_t)(pow((double)n, 1.0 / (double)d) + 0.5);
  if (slabs < 1) slabs = 1;
  if (slabs > n) slabs = n;
  for (size_t s = 0, done = 0; s < slabs; s++) {
    size_t share = n / slabs + (s < n % slabs);
    double x = ((double)s + 0.5) / (double)slabs;
    for (size_t i = 0; i < share; i++) out[(done + i) * row] = x;
    if (d > 1) fill_axes(share, d - 1, out + done * row + 1, row);
    done += share;
  }
}

static ms_status fill(ms_rng *rng, uint64_t skip, size_t n, size_t d, double *out,
                      size_t row) {
  (void)rng;
  (void)skip;
  fill_axes(n, d, out, row);
  return MS_OK;
}

const ms_sampler ms_sampler_grid = {
  .name = "grid",
  .summary = "regular grid of cell centres, the same at every draw",
  .paper = "none",
  .fill = fill,
};
