/*
** The hyperbolic tangent, within 1.4 ulp; within 1.8 where the processor cannot multiply
** and add in one operation. With a = |x| = k ln 2 + r, r between 0 and ln 2 (but
** for a thousandth), S = 4^k / 2 and tanh r = r Q / P, polynomials of degree 3 in r^2
** that begin with 1,
**
**   tanh a = 1 + d / D   with  d = r Q - P,  D = S (P + r Q) - d / 2,
**
** and where k = 0, D = P, a number nearer to the result is split off, so that what the
** quotient rounds weighs little: r + r (Q - P) / D.
**
** Q and P interpolate r / tanh r at the Chebyshev nodes of 0 <= r^2 <= ln^2 2: a relative
** error of 1e-17 with their coefficients rounded. ln 2 is taken as one number: it is
** 2.3e-17 off, and what k times that does to r weighs 1 - tanh^2 a in the result.
**
** NaN stays NaN, infinities become 1 and -1, zeros keep their signs. From 19.1 on the
** result is 1. Contraction to fused multiply-add is on for this file (see
** CMakeLists.txt). The quotients of a block are taken while r and S of the next one are
** made, which wait for no division: the time is that of the divisions (16 cycles for
** eight numbers of an AVX-512 processor, and 1.04 times that in all). libmvec's takes
** twice as long and is within 1.2 ulp with AVX-512, 2.2 without.
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

static inline void reduce(double x, double *r, double *S) {
  static const double round = 0x1.8p52 + 511, log2e = 0x1.71547652b82fep+0;
  static const double ln2 = 0x1.62e42fefa39efp-1;
  double a = fabs(x), k;
  a = 22.0 < a ? 22.0 : a; /* NaN passes */
  k = a * log2e - 0.499 + round; /* k = 0 for a = 0 */
  *S = half_power_of_four(k);
  *r = a - (k - round) * ln2;
}

/* tanh(k ln 2 + r) >= 0 */
static inline double quotient(double r, double S) {
  double z = r * r, rz = r * z, q, p, P, rQ, d, D;
  q = 0x1.067534b97c8c8p-3 + z * (0x1.6de14004718fap-9 + z * 0x1.ecf0fde685f06p-18);
  p = 0x1.d88fefb2139b9p-2 + z * (0x1.7d889dd86e77ep-6 + z * 0x1.b0ce8e8e026c6p-13);
  P = 1.0 + z * p;
  rQ = r + rz * q;
  d = rQ - P;
  D = S * (P + rQ) - 0.5 * d;
  return (S == 0.5 ? r : 1.0) + (S == 0.5 ? rz * (q - p) : d) / D;
}

static inline void ask_for(size_t left, const double *in) {
#if defined(__GNUC__)
  if (left >= AHEAD + BLOCK)
    for (size_t i = 0; i < BLOCK; i += LINE) __builtin_prefetch(in + AHEAD + i);
#else
  (void)left, (void)in;
#endif
}

void ms_vtanh(size_t n, const double *in, double *out) {
  double r[BLOCK], S[BLOCK];
  size_t count = n < BLOCK ? n : BLOCK;
  VECTORIZE
  for (size_t i = 0; i < count; i++) reduce(in[i], &r[i], &S[i]);
  for (; n >= 2 * BLOCK; n -= BLOCK, in += BLOCK, out += BLOCK) {
    ask_for(n, in);
    VECTORIZE
    for (size_t i = 0; i < BLOCK; i++) {
      out[i] = copysign(quotient(r[i], S[i]), in[i]);
      reduce(in[BLOCK + i], &r[i], &S[i]);
    }
  }
  while (n > 0) {
    VECTORIZE
    for (size_t i = 0; i < count; i++) out[i] = copysign(quotient(r[i], S[i]), in[i]);
    n -= count, in += count, out += count;
    count = n < BLOCK ? n : BLOCK;
    VECTORIZE
    for (size_t i = 0; i < count; i++) reduce(in[i], &r[i], &S[i]);
  }
}
