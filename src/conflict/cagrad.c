/*
** CAGrad, conflict-averse gradient descent (Liu, Liu, Jin, Stone and Liu, NeurIPS 2021,
** arXiv:2110.14048).
**
** Among the directions within c |g_0| of the mean gradient g_0 the one whose least gain,
** min_k g_k.d, is largest. By duality d = g_0 + c |g_0| g_w / |g_w|, where g_w = sum over
** k of w_k g_k and w on the simplex minimises g_w.g_0 + c |g_0| |g_w|.
**
** Solved exactly: with R = c |g_0|, R |g_w| = min over s > 0 of R^2 s / 2 + |g_w|^2 / (2
** s) leaves, for given s, a quadratic program for w(s), and at the best s the ratio
** |g_w(s)| / s, which falls with s, is R. As long as the support of w(s) stays, w is
** linear in s: the root is bracketed until both ends have the same support, and then a
** quadratic equation gives it.
**
** g_w = 0 at the best w (no direction in the ball helps all tasks) gives d = 0. c = 0 is
** the mean; for c >= 1 no task gets worse.
*/
#include "conflict/units.h"
#include "linalg/quadratic.h"

#include <math.h>
#include <string.h>

enum { C_OPTION, RESCALE };
enum { NONE, BY_C, BY_SQUARE };

/* In units: v_k = w_k n_k, so that g_w = sum over k of v_k u_k. */
typedef struct dual {
  size_t n;
  const double *C;
  double *b;         /* [n]: u_k.g_0 */
  double *q;         /* [n]: r / n_k with r = min n_k; sum w = q.v / r = 1 */
  double *v, *other; /* [n] */
  double *f, *work;
  size_t *index;
  double r, most;    /* min and max n_k */
  double radius;     /* R */
} dual;

static size_t work(size_t tasks) {
  return tasks * tasks + 5 * tasks + ms_quadratic_work(tasks);
}

static double inner(const dual *p, const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < p->n; i++)
    for (size_t j = 0; j < p->n; j++) sum += a[i] * p->C[i * p->n + j] * b[j];
  return sum;
}

/* v(s), the minimiser of v.Cv / 2 + s b.v over w on the simplex; |g_w| - R s. */
static double solve(const dual *p, double s, double *v) {
  for (size_t k = 0; k < p->n; k++) p->f[k] = -s * p->b[k] / p->r;
  ms_quadratic(p->n, p->C, p->f, p->q, v, p->work, p->index);
  for (size_t k = 0; k < p->n; k++) v[k] *= p->r;
  return sqrt(fmax(0, inner(p, v, v))) - p->radius * s;
}

static int same_support(const dual *p) {
  for (size_t k = 0; k < p->n; k++)
    if ((p->v[k] > 0) != (p->other[k] > 0)) return 0;
  return 1;
}

/* v <- v + t (other - v) where its norm is R (low + t (high - low)), t in [0, 1]. */
static void interpolate(dual *p, double low, double high) {
  double a, half, c, root, t, step = p->radius * (high - low), from = p->radius * low;
  c = inner(p, p->v, p->v) - from * from; /* >= 0, and a + 2 half + c <= 0 */
  for (size_t k = 0; k < p->n; k++) p->other[k] -= p->v[k];
  half = inner(p, p->v, p->other) - from * step;
  a = inner(p, p->other, p->other) - step * step;
  root = sqrt(fmax(0, half * half - a * c));
  t = half < 0 ? c / (root - half) : -(half + root) / a;
  if (!(t >= 0)) t = 0;
  if (t > 1) t = 1;
  for (size_t k = 0; k < p->n; k++) p->v[k] += t * p->other[k];
}

/* Leaves the best v; false if its g_w is 0. */
static int find_best(dual *p) {
  double least, low, high = p->most / p->radius, gap, other_gap;
  least = solve(p, 0, p->v) / p->radius; /* |g_w| is never below that of s = 0 ... */
  low = fmax(least, 1e-7 * p->r / p->radius);
  gap = solve(p, low, p->v);
  if (gap <= 0) return low == least;
  other_gap = solve(p, high, p->other); /* ... nor above the longest gradient */
  for (int i = 0; i < 200 && !same_support(p); i++) {
    double s = i % 2 == 0 ? low + (high - low) * gap / (gap - other_gap)
                          : sqrt(low) * sqrt(high), *v = p->other, next;
    if (!(s > low * (1 + 1e-15) && s < high * (1 - 1e-15))) {
      if (high - low <= 1e-14 * high) break;
      s = (low + high) / 2;
    }
    next = solve(p, s, v);
    if (next > 0) {
      memcpy(p->v, v, p->n * sizeof *v);
      low = s;
      gap = next;
      solve(p, high, p->other);
    } else {
      high = s;
      other_gap = next;
    }
  }
  interpolate(p, low, high);
  return 1;
}

/* b, q, r, most, radius; the mean of the gradients has the coefficients n_k / n. */
static void prepare(dual *p, const ms_tasks *tasks, double c) {
  double square = 0;
  p->r = p->most = tasks->norm[0];
  for (size_t k = 0; k < p->n; k++) {
    p->r = fmin(p->r, tasks->norm[k]);
    p->most = fmax(p->most, tasks->norm[k]);
  }
  for (size_t i = 0; i < p->n; i++) {
    p->b[i] = 0;
    for (size_t j = 0; j < p->n; j++)
      p->b[i] += p->C[i * p->n + j] * tasks->norm[j] / (double)p->n;
    p->q[i] = p->r / tasks->norm[i];
    square += p->b[i] * tasks->norm[i] / (double)p->n;
  }
  p->radius = c * sqrt(fmax(0, square));
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count;
  double c = method->option[C_OPTION], *C = tasks->work, *room = C + n * n, scale = 1;
  double along = 0;
  dual p = {n, C, room, room + n, room + 2 * n, room + 3 * n, room + 4 * n, room + 5 * n,
            tasks->index, 0, 0, 0};
  int moves;
  ms_cosines(tasks, C);
  prepare(&p, tasks, c);
  moves = p.radius > 1e-8 * c * p.r; /* else the mean is 0, and so is d */
  if (moves) moves = find_best(&p);
  if (moves) along = p.radius / sqrt(inner(&p, p.v, p.v));
  if (method->option[RESCALE] == BY_C) scale = 1 / (1 + c);
  if (method->option[RESCALE] == BY_SQUARE) scale = 1 / (1 + c * c);
  for (size_t k = 0; k < n; k++) {
    w[k] = c == 0 || moves ? scale / (double)n : 0;
    if (moves) w[k] += scale * along * p.v[k] / tasks->norm[k];
  }
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_PI | MS_OQ;
  (void)tasks;
  (void)independent;
  return option[C_OPTION] >= 1 ? all | MS_NC | MS_ST : all;
}

const ms_conflict ms_conflict_cagrad = {
  .record = {
    .family = "conflict",
    .name = "cagrad",
    .summary = "near the mean gradient, the direction whose least gain is largest",
    .paper = "arXiv:2110.14048",
    .options = {
      [C_OPTION] = MS_NUMBER_OPTION("c", 0.4, 0, 1e6,
                                    "how far d may be from the mean gradient, as a part "
                                    "of the latter's length"),
      [RESCALE] = MS_CHOICE_OPTION("rescale", "none|1+c|1+c^2", "what d is divided by"),
    },
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
