/*
** Elementary functions over arrays, vectorised. out may be the same array as in.
** On x86-64 with glibc they call its vector libm (libmvec, within 4 ulp of libm, NaN and
** infinities propagate); elsewhere they loop over libm. tanh is our own (vtanh.c).
*/
#ifndef MS_BASE_VMATH_H
#define MS_BASE_VMATH_H

#include <stddef.h>

#define MS_VMATH_LIST(X)                                                                 \
  X(exp)                                                                                 \
  X(expm1) X(log) X(log1p) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh)  \
    X(asinh) X(acosh) X(atanh) X(erf) X(erfc)

#define MS_VMATH_DECLARE(name) void ms_v##name(size_t n, const double *in, double *out);
MS_VMATH_LIST(MS_VMATH_DECLARE)
MS_VMATH_DECLARE(tanh)
#undef MS_VMATH_DECLARE

void ms_vpow(size_t n, const double *base, const double *exponent, double *out);
void ms_vatan2(size_t n, const double *y, const double *x, double *out);

/* "libmvec AVX-512", "libmvec AVX2", "libmvec SSE2" or "libm". */
const char *ms_vmath_name(void);

#endif
