/*
** Latin hypercube: every axis is cut into n strata, and each stratum of each axis holds
** exactly one point, at a random place in it; the strata of different axes are paired at
** random. McKay, Beckman, Conover, Technometrics 21 (1979),
** doi:10.1080/00401706.1979.10489755.
*/
#include "loss/sampler.h"

/* Place u in [0, 1) of stratum i; i + u may round up to i + 1, which is the next one. */
static double in_stratum(size_t i, double u, size_t n) {
  double x = ((double)i + u) / (double)n, end = (double)(i + 1) / (double)n;
  return x < end ? x : (double)i / (double)n;
}

static ms_status fill(ms_rng *rng, uint64_t skip, size_t n, size_t d, double *out,
                      size_t row) {
  (void)skip;
  for (size_t k = 0; k < d; k++) {
    double *x = out + k;
    for (size_t i = 0; i < n; i++) x[i * row] = in_stratum(i, ms_rng_uniform(rng), n);
    for (size_t i = n; i > 1; i--) { /* Fisher-Yates on the column itself */
      size_t j = (size_t)ms_rng_below(rng, i);
      double held = x[(i - 1) * row];
      x[(i - 1) * row] = x[j * row];
      x[j * row] = held;
    }
  }
  return MS_OK;
}

const ms_sampler ms_sampler_lhs = {
  .name = "lhs",
  .summary = "Latin hypercube: one point in each of n strata of every axis",
  .paper = "doi:10.1080/00401706.1979.10489755",
  .fill = fill,
};
