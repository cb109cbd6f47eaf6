#include "prune/density.h"

#include <math.h>

double ms_density_at(ms_density_schedule schedule, double density, double start,
                     double stop, double progress) {
  double x = stop > start ? (progress - start) / (stop - start) : 1;
  if (progress < start) return 1;
  if (schedule == MS_ONE_SHOT || x >= 1) return density;
  if (schedule == MS_GEOMETRIC) return pow(density, x);
  return density + (1 - density) * (1 - x) * (1 - x) * (1 - x);
}

double ms_fraction_at(double fraction, double stop, double progress) {
  return progress < stop ? fraction * (1 + cos(acos(-1) * progress / stop)) / 2 : 0;
}

static double raw_density(const ms_block *block) {
  double rows = (double)block->rows, cols = (double)block->cols;
  return (rows + cols) / (rows * cols);
}

/* epsilon with sum of min(1, epsilon raw) size = wanted; layers at 1 stay there. */
static double solve_epsilon(double wanted, size_t count, const ms_block *blocks,
                            const double *size, double *out) {
  double rest = wanted, sum = 0;
  for (size_t b = 0; b < count; b++) {
    if (out[b] == 1)
      rest -= size[b];
    else
      sum += raw_density(&blocks[b]) * size[b];
  }
  return sum > 0 ? rest / sum : 0;
}

void ms_layer_densities(ms_layer_density kind, double density, size_t count,
                        const ms_block *blocks, const double *size, double *out) {
  double wanted = 0, epsilon;
  int clipped;
  for (size_t b = 0; b < count; b++) {
    out[b] = kind == MS_UNIFORM ? density : 0;
    wanted += density * size[b];
  }
  if (kind == MS_UNIFORM) return;
  do {
    epsilon = solve_epsilon(wanted, count, blocks, size, out);
    clipped = 0;
    for (size_t b = 0; b < count; b++) {
      if (out[b] == 1 || epsilon * raw_density(&blocks[b]) < 1) continue;
      out[b] = 1;
      clipped = 1;
    }
  } while (clipped);
  for (size_t b = 0; b < count; b++)
    if (out[b] != 1) out[b] = epsilon * raw_density(&blocks[b]);
}
