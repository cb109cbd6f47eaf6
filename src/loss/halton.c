/*
** Halton sequence: coordinate k of point i is the digits of i in the k-th prime base,
** mirrored at the point. The plain sequence lines up badly in large bases, so every digit
** is first sent through a random permutation of its own, drawn anew at each call: each
** call gives an independent randomised copy, and every single point is uniform. Owen, "A
** randomized Halton algorithm in R", arXiv:1706.02808.
**
** Digits beyond the highest one of any index are zero for all points: their permuted
** values add up to one number per coordinate. Cost: n d log_b(skip + n).
*/
#include "loss/sampler.h"

#include <math.h>

enum { DIMS = 32, LARGEST = 131 };

static const unsigned char primes[DIMS] = {
  2,  3,  5,  7,  11, 13, 17, 19, 23, 29,  31,  37,  41,  43,  47,  53,
  59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131,
};

/* The column x of n points from 'skip' on, in base b. */
static void fill_base(ms_rng *rng, uint64_t skip, size_t n, size_t b, double *x,
                      size_t row) {
  size_t permutation[LARGEST];
  uint64_t last = skip + (n - 1), power = 1; /* power = b^digit while it is <= last */
  double weight = 1.0 / (double)b, tail = 0;
  for (size_t i = 0; i < n; i++) x[i * row] = 0;
  for (; weight > 0x1p-54; weight /= (double)b) {
    for (size_t digit = 0; digit < b; digit++) permutation[digit] = digit;
    ms_rng_shuffle(rng, b, permutation);
    if (power == 0) {
      tail += weight * (double)permutation[0];
      continue;
    }
    for (size_t i = 0; i < n; i++)
      x[i * row] += weight * (double)permutation[(skip + i) / power % b];
    power = power > last / b ? 0 : power * b;
  }
  for (size_t i = 0; i < n; i++) x[i * row] = fmin(x[i * row] + tail, 1 - 0x1p-53);
}

static ms_status fill(ms_rng *rng, uint64_t skip, size_t n, size_t d, double *out,
                      size_t row) {
  for (size_t k = 0; k < d; k++) fill_base(rng, skip, n, primes[k], out + k, row);
  return MS_OK;
}

const ms_sampler ms_sampler_halton = {
  .name = "halton",
  .summary = "Halton sequence with randomly permuted digits",
  .paper = "arXiv:1706.02808",
  .dims = DIMS,
  .length = UINT64_MAX / 2,
  .fill = fill,
};
