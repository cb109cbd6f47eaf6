/*
** The hyperbolic tangent, within 1.4 ulp; within 1.8 where the processor cannot multiply
** and add in one operation. With a = |x| = k ln 2 + r, r between 0 and ln 2 (but
** for a thousandth), S = 4^k / 2 and tanh r = r Q / P, polynomials of degree 3 in r^2
** that begin with 1,
**
**   tanh a = ((S - 1/2) P + (S + 1/2) r Q) / ((S + 1/2) P + (S - 1/2) r Q)
**
** of which a number near the result is split off, so that what the quotient rounds
** weighs little:
**
**   k = 0   r + r (Q - P) / P
**   k > 0   1 + (r Q - P) / (the denominator)
**
** Q and P interpolate r / tanh r at the Chebyshev nodes of 0 <= r^2 <= ln^2 2: a relative
** error of 1e-17 with their coefficients rounded. ln 2 is taken as one number: it is
** 2.3e-17 off, and what k times that does to r weighs 1 - tanh^2 a in the result.
**
** NaN stays NaN, infinities become 1 and -1, zeros keep their signs. From 19.1 on the
** result is 1. Contraction to fused multiply-add is on for this file (see
** CMakeLists.txt). Two short loops over a block rather than one: a processor looks ahead
** over so many operations only, and r and S of the next numbers wait for no division.
** libmvec's takes twice as long and is within 1.2 ulp with AVX-512, 2.2 without.
*/
#include "base/vectorize.h"
#include "base/vmath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The numbers of a block; how many numbers ahead memory is asked for. */
enum { BLOCK = 64, AHEAD = 512, LINE = 8 };

/* 4^k / 2 for the k + 511 that stands in the lowest bits of 'shifted'. */
static inline double half_power_of_four(double shifted) {
  uint64_t bits;
  double power;
  memcpy(&bits, &shifted, sizeof bits);
  bits <<= 53;
  memcpy(&power, &bits, sizeof power);
  return power;
}

static inline void reduce(size_t n, const double *in, double *r, double *S) {
  static const double round = 0x1.8p52 + 511, log2e = 0x1.71547652b82fep+0;
  static const double ln2 = 0x1.62e42fefa39efp-1;
  VECTORIZE
  for (size_t i = 0; i < n; i++) {
    double a = fabs(in[i]), k;
    a = 22.0 < a ? 22.0 : a; /* NaN passes */
    k = a * log2e - 0.499 + round; /* k = 0 for a = 0 */
    S[i] = half_power_of_four(k);
    r[i] = a - (k - round) * ln2;
  }
}

/* tanh(k ln 2 + r) >= 0 */
static inline double quotient(double r, double S) {
  double z = r * r, q, p, P, rQ, denominator, numerator;
  q = z * (0x1.067534b97c8c8p-3 + z * (0x1.6de14004718fap-9 + z * 0x1.ecf0fde685f06p-18));
  p = z * (0x1.d88fefb2139b9p-2 + z * (0x1.7d889dd86e77ep-6 + z * 0x1.b0ce8e8e026c6p-13));
  P = 1.0 + p;
  rQ = r + r * q;
  denominator = (S + 0.5) * P + (S - 0.5) * rQ;
  numerator = S == 0.5 ? r * (q - p) : rQ - P;
  return (S == 0.5 ? r : 1.0) + numerator / denominator;
}

void ms_vtanh(size_t n, const double *in, double *out) {
  double r[BLOCK], S[BLOCK];
  for (size_t from = 0; from < n; from += BLOCK) {
    size_t count = n - from < BLOCK ? n - from : BLOCK;
#if defined(__GNUC__)
    if (n - from >= AHEAD + BLOCK)
      for (size_t i = 0; i < BLOCK; i += LINE) __builtin_prefetch(in + from + AHEAD + i);
#endif
    reduce(count, in + from, r, S);
    VECTORIZE
    for (size_t i = 0; i < count; i++)
      out[from + i] = copysign(quotient(r[i], S[i]), in[from + i]);
  }
}
