#include "base/vmath.h"

#include "check.h"

#include <stdint.h>
#include <stdlib.h>

/*
** Every function against libm, in units in the last place, over its whole domain:
** magnitudes from denormal to huge, dense around the points where it vanishes or ends,
** and special values.
*/
typedef struct function {
  const char *name;
  void (*vector)(size_t, const double *, double *);
  double (*scalar)(double);
  double low, high; /* the domain's ends that are sampled */
  double dense;     /* a point to sample densely around, besides 0 */
} function;

static const function functions[] = {
  {"exp", ms_vexp, exp, -760, 720, 1},
  {"expm1", ms_vexpm1, expm1, -760, 720, 1},
  {"log", ms_vlog, log, 0, 1e308, 1},
  {"log1p", ms_vlog1p, log1p, -1, 1e308, -1},
  {"sin", ms_vsin, sin, -1e308, 1e308, 3.141592653589793},
  {"cos", ms_vcos, cos, -1e308, 1e308, 1.5707963267948966},
  {"tan", ms_vtan, tan, -1e308, 1e308, 1.5707963267948966},
  {"asin", ms_vasin, asin, -1, 1, 1},
  {"acos", ms_vacos, acos, -1, 1, 1},
  {"atan", ms_vatan, atan, -1e308, 1e308, 1},
  {"sinh", ms_vsinh, sinh, -715, 715, 1},
  {"cosh", ms_vcosh, cosh, -715, 715, 1},
  {"tanh", ms_vtanh, tanh, -1e308, 1e308, 0.25},
  {"asinh", ms_vasinh, asinh, -1e308, 1e308, 1},
  {"acosh", ms_vacosh, acosh, 1, 1e308, 1},
  {"atanh", ms_vatanh, atanh, -1, 1, 1},
  {"erf", ms_verf, erf, -1e308, 1e308, 1},
  {"erfc", ms_verfc, erfc, -1e308, 30, 1},
};

enum { FUNCTIONS = sizeof functions / sizeof functions[0], SAMPLES = 20000 };

/* Doubles in order as integers, so that neighbours differ by one. */
static int64_t place(double x) {
  int64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits < 0 ? INT64_MIN - bits : bits;
}

/*
** How many doubles lie between; huge when exactly one of them is not a number or
** infinite.
*/
static double distance(double a, double b) {
  if (isnan(a) && isnan(b)) return 0;
  if (isnan(a) || isnan(b)) return 1e300;
  if (isinf(a) != isinf(b)) return 1e300;
  return (double)(place(a) > place(b) ? (uint64_t)place(a) - (uint64_t)place(b)
                                      : (uint64_t)place(b) - (uint64_t)place(a));
}

/* A small generator, so that this test depends on nothing it does not test. */
static double draw(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

/* 'sign' times 10 to a power between -307 and 308. */
static double any_magnitude(void) {
  double value = pow(10, -307 + 615 * draw());
  return draw() < 0.5 ? -value : value;
}

static size_t fill(const function *f, double *in) {
  size_t count = 0;
  while (count < SAMPLES) {
    double x = any_magnitude();
    switch (count % 4) {
      case 0:
        x = f->low > -1e3 && f->high < 1e3 ? f->low + draw() * (f->high - f->low) : x;
        break;
      case 1: x = 20 * draw() - 10; break;
      case 2: x = f->dense + (draw() - 0.5) * pow(10, -15 * draw()); break;
      default: break;
    }
    if (x < f->low || x > f->high) x = f->dense;
    in[count++] = x;
  }
  return count;
}

static void test_accuracy(const function *f) {
  static double in[SAMPLES], out[SAMPLES];
  size_t count = fill(f, in);
  double worst = 0, where = 0;
  f->vector(count, in, out);
  for (size_t i = 0; i < count; i++) {
    double gap = distance(out[i], f->scalar(in[i]));
    if (gap > worst) worst = gap, where = in[i];
  }
  if (!CHECK(worst <= 4))
    fprintf(stderr, "%s: %g ulp at %.17g (%a)\n", f->name, worst, where, where);
}

static void test_special_values(const function *f) {
  static const double in[] = {NAN,        INFINITY,  -INFINITY, 0.0,        -0.0,
                              1.0,        -1.0,      0x1p-1074, -0x1p-1074, 0x1p-1030,
                              -0x1p-1030, 0x1p-1022, 1e308,     -1e308,     2.0,
                              -2.0,       0.5,       -0.5};
  enum { COUNT = sizeof in / sizeof in[0] };
  double out[COUNT];
  f->vector(COUNT, in, out);
  for (int i = 0; i < COUNT; i++) {
    double wanted = f->scalar(in[i]);
    if (!CHECK(distance(out[i], wanted) <= 4))
      fprintf(stderr, "%s(%g) = %.17g, libm says %.17g\n", f->name, in[i], out[i],
              wanted);
    if (wanted == 0 && !CHECK(signbit(out[i]) == signbit(wanted)))
      fprintf(stderr, "%s(%g) = %g has the wrong sign\n", f->name, in[i], out[i]);
  }
}

/* The bits of an element do not depend on its place, the length, or on in == out. */
static void test_places(const function *f) {
  enum { MOST = 40 };
  double in[MOST + 1], out[MOST + 1], alone = 0;
  for (int i = 0; i <= MOST; i++) in[i] = 1 + 0.3 * i * (f->high < 2 ? -0.1 : 1);
  for (size_t n = 0; n <= MOST; n++) {
    for (int i = 0; i <= MOST; i++) out[i] = -77;
    f->vector(n, in, out);
    for (size_t i = 0; i < n; i++) {
      f->vector(1, in + i, &alone);
      CHECK(distance(alone, out[i]) == 0);
    }
    CHECK(out[n] == -77);
  }
  memcpy(out, in, sizeof out);
  f->vector(MOST, out, out);
  f->vector(1, in + 17, &alone);
  CHECK(distance(alone, out[17]) == 0);
}

/* Pairs of every special value, and of every magnitude. */
static void test_two_arguments(const char *name,
                               void (*vector)(size_t, const double *, const double *,
                                              double *),
                               double (*scalar)(double, double)) {
  static const double special[] = {NAN,  INFINITY, -INFINITY, 0.0,  -0.0,  1.0,
                                   -1.0, 0.5,      2.0,       -3.0, 1e300, 0x1p-1074};
  enum { COUNT = sizeof special / sizeof special[0] };
  static double a[SAMPLES], b[SAMPLES], out[SAMPLES];
  size_t n = 0;
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < COUNT; j++) a[n] = special[i], b[n++] = special[j];
  for (; n < SAMPLES; n++) {
    a[n] = n % 2 ? fabs(any_magnitude()) : 4 * draw();
    b[n] = n % 3 ? 40 * draw() - 20 : any_magnitude();
  }
  vector(SAMPLES, a, b, out);
  for (size_t i = 0; i < SAMPLES; i++) {
    double wanted = scalar(a[i], b[i]);
    if (!CHECK(distance(out[i], wanted) <= 4))
      fprintf(stderr, "%s(%.17g, %.17g) = %.17g, libm says %.17g\n", name, a[i], b[i],
              out[i], wanted);
  }
  for (n = 0; n < 20; n++) {
    out[n] = -77;
    vector(n, a + COUNT * COUNT, b + COUNT * COUNT, out);
    CHECK(out[n] == -77);
  }
}

/*
** tanh within 1.8 ulp of the truth, for which long doubles stand, where they are longer:
** dense in every binade, and just below the powers of two, where an ulp is smallest.
*/
static void test_tanh(void) {
  static double in[SAMPLES], out[SAMPLES];
  double worst = 0, where = 0;
  if (sizeof(long double) == sizeof(double)) return;
  for (int binade = -40; binade < 6; binade++) {
    for (int i = 0; i < SAMPLES; i++)
      in[i] = ldexp(i % 2 ? 1 - 0.01 * draw() : 1 - 0.5 * draw(), binade);
    ms_vtanh(SAMPLES, in, out);
    for (int i = 0; i < SAMPLES; i++) {
      long double wanted = tanhl((long double)in[i]);
      int exponent;
      frexp(out[i], &exponent);
      double gap = (double)fabsl((long double)out[i] - wanted) * ldexp(1, 53 - exponent);
      if (gap > worst) worst = gap, where = in[i];
    }
  }
  if (!CHECK(worst <= 1.8)) fprintf(stderr, "tanh: %g ulp at %a\n", worst, where);
}

int main(void) {
  test_tanh();
  for (int i = 0; i < FUNCTIONS; i++) {
    test_accuracy(&functions[i]);
    test_special_values(&functions[i]);
    test_places(&functions[i]);
  }
  test_two_arguments("pow", ms_vpow, pow);
  test_two_arguments("atan2", ms_vatan2, atan2);
  CHECK(strncmp(ms_vmath_name(), "lib", 3) == 0);
  return check_done();
}
