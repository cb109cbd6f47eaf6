/*
** Random streams: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011,
** doi:10.1145/2063384.2063405), a counter-based generator. A stream is named and seeded;
** its whole state is the key and a counter, so a checkpoint stores three integers. Every
** scalar draw uses up exactly one counter value.
*/
#ifndef MS_BASE_RANDOM_H
#define MS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct ms_rng {
  uint64_t key;     /* from the seed and the stream's name */
  uint64_t counter; /* draws so far */
} ms_rng;

/* Streams of one seed with different names are independent. */
void ms_rng_init(ms_rng *rng, uint64_t seed, const char *name);

double ms_rng_uniform(ms_rng *rng); /* in [0, 1), 53 bits */
double ms_rng_normal(ms_rng *rng);  /* mean 0, variance 1 (Box-Muller) */
uint64_t ms_rng_below(ms_rng *rng,
                      uint64_t bound); /* in [0, bound), unbiased; bound >= 1 */
void ms_rng_shuffle(ms_rng *rng, size_t n, size_t *items); /* Fisher-Yates */

#endif
