/*
** Sobol' sequence with a random digital shift. Coordinate k has direction numbers
** v[0..31]: v[j] = m_{j+1} / 2^{j+1}, where the odd m follow from a primitive polynomial
** x^s + a_1 x^{s-1} + ... + a_{s-1} x + 1 over GF(2):
**   m_j = 2 a_1 m_{j-1} ^ 4 a_2 m_{j-2} ^ ... ^ 2^s m_{j-s} ^ m_{j-s}.
** Polynomials and first m: Joe and Kuo, SIAM J. Sci. Comput. 30 (2008),
** doi:10.1137/070709359. Points are taken in Gray code order (Antonov, Saleev 1979),
** which visits the same points in every aligned block of 2^b.
**
** Each call draws one shift per coordinate and xors it into all 53 bits: every point is
** uniform, and the balance of the sequence is kept, including that of its first point,
** the origin, which should then not be left out (Owen, arXiv:2008.08051). n = 2^b is the
** best choice.
*/
#include "loss/sampler.h"

enum { DIMS = 21, BITS = 32, DEGREE = 7 };

/* Coordinates 2 to 21: degree, inner coefficients a_1..a_{s-1} as bits, first m. */
static const struct {
  unsigned char degree, inside, m[DEGREE];
} joe_kuo[DIMS - 1] = {
  {1, 0, {1}},
  {2, 1, {1, 3}},
  {3, 1, {1, 3, 1}},
  {3, 2, {1, 1, 1}},
  {4, 1, {1, 1, 3, 3}},
  {4, 4, {1, 3, 5, 13}},
  {5, 2, {1, 1, 5, 5, 17}},
  {5, 4, {1, 1, 5, 5, 5}},
  {5, 7, {1, 1, 7, 11, 19}},
  {5, 11, {1, 1, 5, 1, 1}},
  {5, 13, {1, 1, 1, 3, 11}},
  {5, 14, {1, 3, 5, 5, 31}},
  {6, 1, {1, 3, 3, 9, 7, 49}},
  {6, 13, {1, 1, 1, 15, 21, 21}},
  {6, 16, {1, 3, 1, 13, 27, 49}},
  {6, 19, {1, 1, 1, 15, 7, 5}},
  {6, 22, {1, 3, 1, 15, 13, 25}},
  {6, 25, {1, 1, 5, 5, 19, 61}},
  {7, 1, {1, 3, 7, 11, 23, 15, 103}},
  {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* Direction numbers of coordinate k as 32-bit fractions. */
static void directions(size_t k, uint32_t v[BITS]) {
  if (k == 0) { /* van der Corput: m = 1 throughout */
    for (unsigned j = 0; j < BITS; j++) v[j] = 1u << (31 - j);
    return;
  }
  unsigned s = joe_kuo[k - 1].degree, inside = joe_kuo[k - 1].inside;
  for (unsigned j = 0; j < BITS; j++) {
    if (j < s) {
      v[j] = (uint32_t)joe_kuo[k - 1].m[j] << (31 - j);
      continue;
    }
    v[j] = v[j - s] ^ (v[j - s] >> s);
    for (unsigned i = 1; i < s; i++)
      if (inside >> (s - 1 - i) & 1) v[j] ^= v[j - i];
  }
}

static ms_status fill(ms_rng *rng, uint64_t skip, size_t n, size_t d, double *out,
                      size_t row) {
  for (size_t k = 0; k < d; k++) {
    uint32_t v[BITS], x = 0;
    uint64_t shift = (uint64_t)(ms_rng_uniform(rng) * 0x1p53), gray = skip ^ (skip >> 1);
    directions(k, v);
    for (unsigned j = 0; j < BITS; j++)
      if (gray >> j & 1) x ^= v[j];
    for (size_t i = 0; i < n; i++) {
      out[i * row + k] = (double)(((uint64_t)x << 21) ^ shift) * 0x1p-53;
      uint64_t next = skip + i + 1;
      unsigned flips = 0; /* the Gray codes of next - 1 and next differ in this bit */
      while (flips < BITS - 1 && !(next >> flips & 1)) flips++;
      x ^= v[flips];
    }
  }
  return MS_OK;
}

const ms_sampler ms_sampler_sobol = {
  .name = "sobol",
  .summary = "Sobol' sequence with a random digital shift",
  .paper = "doi:10.1137/070709359",
  .dims = DIMS,
  .length = (uint64_t)1 << BITS,
  .fill = fill,
};
