#include "loss/sampler.h"

#include <string.h>

static const ms_sampler *const samplers[] = {
#define SAMPLER(name) &ms_sampler_##name,
#include "loss/samplers.list"
#undef SAMPLER
};

enum { SAMPLERS = sizeof samplers / sizeof *samplers };

const ms_sampler *ms_sampler_at(size_t index) {
  return index < SAMPLERS ? samplers[index] : NULL;
}

ms_status ms_sampler_find(const char *name, const ms_sampler **out) {
  char names[128] = "";
  *out = NULL;
  for (size_t i = 0; i < SAMPLERS; i++) {
    if (strcmp(samplers[i]->name, name) == 0) {
      *out = samplers[i];
      return MS_OK;
    }
    if (strlen(names) + strlen(samplers[i]->name) + 3 > sizeof names) continue;
    if (i > 0) strcat(names, ", ");
    strcat(names, samplers[i]->name);
  }
  return ms_fail(MS_EARG, "no sampler is called \"%s\"; there are %s", name, names);
}

ms_status ms_sample(const ms_sampler *sampler, ms_rng *rng, uint64_t skip, size_t n,
                    size_t d, double *out, size_t row) {
  if (d == 0) return ms_fail(MS_EARG, "points need at least one coordinate");
  if (sampler->dims != 0 && d > sampler->dims)
    return ms_fail(MS_EARG,
                   "sampler \"%s\" goes up to %zu coordinates, %zu were asked for",
                   sampler->name, sampler->dims, d);
  if (sampler->length != 0 && (n > sampler->length || skip > sampler->length - n))
    return ms_fail(MS_EARG,
                   "sampler \"%s\" has %llu points, %zu after the first %llu were asked "
                   "for",
                   sampler->name, (unsigned long long)sampler->length, n,
                   (unsigned long long)skip);
  if (n == 0) return MS_OK;
  return sampler->fill(rng, skip, n, d, out, row);
}

/* Row in place: free coordinates from the front to where they belong, then scaled. */
static void spread(size_t n, size_t d, size_t free, const double *low, const double *high,
                   double *out, size_t row) {
  for (size_t i = 0; i < n; i++) {
    double *x = out + i * row;
    size_t from = free;
    for (size_t k = d; k-- > 0;) /* from the back: source <= target */
      x[k] = low[k] < high[k] ? low[k] + (high[k] - low[k]) * x[--from] : low[k];
  }
}

ms_status ms_sample_box(const ms_sampler *sampler, ms_rng *rng, uint64_t skip, size_t n,
                        size_t d, const double *low, const double *high, double *out,
                        size_t row) {
  size_t free = 0;
  for (size_t k = 0; k < d; k++) {
    if (!(low[k] <= high[k]))
      return ms_fail(MS_EARG,
                     "coordinate %zu of a box runs from %g to %g: the first limit must "
                     "not be above the second",
                     k + 1, low[k], high[k]);
    if (low[k] < high[k]) free++;
  }
  if (free > 0) {
    ms_status status = ms_sample(sampler, rng, skip, n, free, out, row);
    if (status != MS_OK) return status;
  }
  spread(n, d, free, low, high, out, row);
  return MS_OK;
}
