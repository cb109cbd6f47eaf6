#include "base/random.h"

#include <math.h>

/* One Philox4x32-10 block: 128 bits for the given key and counter. */
static void philox(uint64_t key, uint64_t counter, uint32_t out[4]) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = 0, c3 = 0;
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t t0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, t2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = t0;
    c2 = t2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

static double to_unit(uint32_t high, uint32_t low) {
  return (double)((((uint64_t)high << 32) | low) >> 11) * 0x1p-53;
}

/* splitmix64 finaliser: spreads nearby seeds over the key space. */
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

void ms_rng_init(ms_rng *rng, uint64_t seed, const char *name) {
  uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a of the name */
  for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001B3u;
  rng->key = mix(mix(seed) ^ hash);
  rng->counter = 0;
}

double ms_rng_uniform(ms_rng *rng) {
  uint32_t bits[4];
  philox(rng->key, rng->counter++, bits);
  return to_unit(bits[0], bits[1]);
}

double ms_rng_normal(ms_rng *rng) {
  uint32_t bits[4];
  philox(rng->key, rng->counter++, bits);
  double radius = sqrt(-2.0 * log(1.0 - to_unit(bits[0], bits[1])));
  return radius * cos(6.283185307179586476925 * to_unit(bits[2], bits[3]));
}

uint64_t ms_rng_below(ms_rng *rng, uint64_t bound) {
  uint64_t limit = UINT64_MAX - UINT64_MAX % bound, value;
  do {
    uint32_t bits[4];
    philox(rng->key, rng->counter++, bits);
    value = ((uint64_t)bits[0] << 32) | bits[1];
  } while (value >= limit);
  return value % bound;
}

void ms_rng_shuffle(ms_rng *rng, size_t n, size_t *items) {
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)ms_rng_below(rng, i), held = items[i - 1];
    items[i - 1] = items[j];
    items[j] = held;
  }
}
