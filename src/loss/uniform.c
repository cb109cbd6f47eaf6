/* Independent uniform points. */
#include "loss/sampler.h"

static ms_status fill(ms_rng *rng, uint64_t skip, size_t n, size_t d, double *out,
                      size_t row) {
  (void)skip;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++) out[i * row + k] = ms_rng_uniform(rng);
  return MS_OK;
}

const ms_sampler ms_sampler_uniform = {
  .name = "uniform",
  .summary = "independent uniform points",
  .paper = "none",
  .fill = fill,
};
