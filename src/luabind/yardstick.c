/*
** What tensor operations are measured against: plain loops over memory, shared out as
** they are, and the product of BLAS itself. From Lua: core.debug.stream,
** core.debug.dgemm.
*/
#include "luabind/debug.h"

#include "base/parallel.h"
#include "linalg/gemm.h"
#include "luabind/binding.h"

#include <string.h>

enum { PIECE = 1 << 15 };

/* Loops over n numbers; 'into' may be what the sums are added to. */
typedef struct loop {
  const char *name;
  void (*run)(size_t n, const double *a, const double *b, double *c);
} loop;

static void copy(size_t n, const double *a, const double *b, double *c) {
  (void)b;
  memcpy(c, a, n * sizeof *c);
}

static void triad(size_t n, const double *a, const double *b, double *c) {
  for (size_t i = 0; i < n; i++) c[i] = a[i] + 2 * b[i];
}

static void update(size_t n, const double *a, const double *b, double *c) {
  (void)b;
  for (size_t i = 0; i < n; i++) c[i] += 2 * a[i];
}

/* Reads 'a' at full width; the result only keeps the loop alive. */
static void read(size_t n, const double *a, const double *b, double *c) {
  double sum[32] = {0};
  size_t i = 0;
  (void)b;
  for (; i + 32 <= n; i += 32)
    for (int k = 0; k < 32; k++) sum[k] += a[i + (size_t)k];
  for (; i < n; i++) sum[0] += a[i];
  for (int k = 1; k < 32; k++) sum[0] += sum[k];
  c[0] = sum[0];
}

static const loop loops[] = {{"copy", copy},
                             {"triad", triad},
                             {"update", update},
                             {"read", read}};

typedef struct pass {
  const loop *loop;
  const double *a, *b;
  double *c;
  size_t n;
} pass;

static void run_pieces(void *arg, int thread, size_t first, size_t last) {
  const pass *p = arg;
  (void)thread;
  for (size_t i = first; i < last; i++) {
    size_t from = i * PIECE, left = p->n - from;
    p->loop->run(left < PIECE ? left : PIECE, p->a + from, p->b + from, p->c + from);
  }
}

/* stream(name, a, b, c): runs the loop "copy", "triad", "update" or "read" once. */
static int stream(lua_State *L) {
  static const char *const names[] = {"copy", "triad", "update", "read", NULL};
  pass p = {.loop = &loops[lb_check_option(L, 1, NULL, names)]};
  size_t n[2];
  p.a = lb_check_vector(L, 2, &p.n);
  p.b = lb_check_vector(L, 3, &n[0]);
  p.c = lb_check_vector(L, 4, &n[1]);
  if (n[0] != p.n || n[1] != p.n)
    return lb_error(L, "stream: %I, %I and %I elements, expected the same number",
                    (lua_Integer)p.n, (lua_Integer)n[0], (lua_Integer)n[1]);
  lb_share(L, p.n);
  ms_parallel((p.n + PIECE - 1) / PIECE, run_pieces, &p);
  return 0;
}

/* dgemm(a, b, c): c = a b of square matrices, in one call of BLAS. */
static int dgemm(lua_State *L) {
  size_t count[3], n = 0;
  const double *a = lb_check_vector(L, 1, &count[0]);
  const double *b = lb_check_vector(L, 2, &count[1]);
  double *c = lb_check_vector(L, 3, &count[2]);
  while (n * n < count[0]) n++;
  if (n * n != count[0] || count[1] != count[0] || count[2] != count[0])
    return lb_error(L, "dgemm: %I, %I and %I elements, expected three square matrices",
                    (lua_Integer)count[0], (lua_Integer)count[1], (lua_Integer)count[2]);
  ms_blas_product(n, a, b, c);
  return 0;
}

void lb_add_yardsticks(lua_State *L) {
  static const luaL_Reg functions[] = {{"stream", stream},
                                       {"dgemm", dgemm},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
