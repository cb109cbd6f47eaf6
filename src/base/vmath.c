#include "base/vmath.h"

#include <math.h>
#include <string.h>

/*
** libmvec's entry points follow the x86-64 vector function ABI:
** _ZGV<isa>N<lanes>v_<name>. Tails shorter than a vector go through a padded copy, so
** that an element's bits do not depend on where in the array it stands.
*/
#if defined(MS_HAVE_LIBMVEC) && defined(__x86_64__)
#if defined(__AVX512F__)
#define LANES 8
#define SYMBOL1(name) _ZGVeN8v_##name
#define SYMBOL2(name) _ZGVeN8vv_##name
#define VMATH_NAME "libmvec AVX-512"
#elif defined(__AVX2__)
#define LANES 4
#define SYMBOL1(name) _ZGVdN4v_##name
#define SYMBOL2(name) _ZGVdN4vv_##name
#define VMATH_NAME "libmvec AVX2"
#else
#define LANES 2
#define SYMBOL1(name) _ZGVbN2v_##name
#define SYMBOL2(name) _ZGVbN2vv_##name
#define VMATH_NAME "libmvec SSE2"
#endif

typedef double vec __attribute__((vector_size(8 * LANES)));

#define DEFINE1(name)                                                                    \
  vec SYMBOL1(name)(vec);                                                                \
  void ms_v##name(size_t n, const double *in, double *out) {                             \
    vec v;                                                                               \
    size_t i = 0;                                                                        \
    for (; i + LANES <= n; i += LANES) {                                                 \
      memcpy(&v, in + i, sizeof v);                                                      \
      v = SYMBOL1(name)(v);                                                              \
      memcpy(out + i, &v, sizeof v);                                                     \
    }                                                                                    \
    if (i < n) {                                                                         \
      v = (vec){0} + 1.0;                                                                \
      memcpy(&v, in + i, (n - i) * sizeof *in);                                          \
      v = SYMBOL1(name)(v);                                                              \
      memcpy(out + i, &v, (n - i) * sizeof *in);                                         \
    }                                                                                    \
  }

#define DEFINE2(name)                                                                    \
  vec SYMBOL2(name)(vec, vec);                                                           \
  void ms_v##name(size_t n, const double *a, const double *b, double *out) {             \
    vec u, v;                                                                            \
    size_t i = 0;                                                                        \
    for (; i + LANES <= n; i += LANES) {                                                 \
      memcpy(&u, a + i, sizeof u);                                                       \
      memcpy(&v, b + i, sizeof v);                                                       \
      u = SYMBOL2(name)(u, v);                                                           \
      memcpy(out + i, &u, sizeof u);                                                     \
    }                                                                                    \
    if (i < n) {                                                                         \
      u = v = (vec){0} + 1.0;                                                            \
      memcpy(&u, a + i, (n - i) * sizeof *a);                                            \
      memcpy(&v, b + i, (n - i) * sizeof *b);                                            \
      u = SYMBOL2(name)(u, v);                                                           \
      memcpy(out + i, &u, (n - i) * sizeof *a);                                          \
    }                                                                                    \
  }

#else
#define VMATH_NAME "libm"

#define DEFINE1(name)                                                                    \
  void ms_v##name(size_t n, const double *in, double *out) {                             \
    for (size_t i = 0; i < n; i++) out[i] = name(in[i]);                                 \
  }

#define DEFINE2(name)                                                                    \
  void ms_v##name(size_t n, const double *a, const double *b, double *out) {             \
    for (size_t i = 0; i < n; i++) out[i] = name(a[i], b[i]);                            \
  }

#endif

MS_VMATH_LIST(DEFINE1)
DEFINE2(pow)
DEFINE2(atan2)

const char *ms_vmath_name(void) {
  return VMATH_NAME;
}
