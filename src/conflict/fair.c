/*
** With r_k = n_k / max n and s_k = r_k^((e-1)/(e+1)) let w_k = W s_k x_k / r_k, W = (max
** n)^(-2/(1+e)). Then g_k.d = w_k^-e is
**   (C z)_k = s_k x_k^-e,  z_k = s_k x_k,
** where C holds the cosines. x = 1 solves it for orthogonal gradients, and norms are gone
** for e = 1. It is the stationarity of the strictly convex
**   z.Cz / 2 + sum over k of s_k^2 psi(x_k),  psi' (x) = -x^-e,
** which Newton's method minimises: the step in z solves (C + e diag(x^-(e+1))) y =
** s x^-e - C z, is cut so as to stay inside x > 0, and halved while it overshoots. Close
** to the end it is taken whole: tasks that gain enough without a weight have an x of
** 1e-30 or less, whose last digits no slope shows. For e = 1 this is the problem of
** methods for self-concordant functions.
*/
#include "conflict/fair.h"

#include "conflict/units.h"
#include "linalg/symmetric.h"

#include <float.h>
#include <math.h>

enum { STEPS = 400, HALVINGS = 60 };

typedef struct newton {
  size_t n;
  double e;
  const double *C;
  double *s, *x, *trial, *step, *matrix;
} newton;

size_t ms_fair_work(size_t tasks) {
  size_t units = ms_units_work(tasks), own = tasks * tasks + 4 * tasks;
  return tasks * tasks + (units > own ? units : own);
}

/* out[n] = s x^-e - C z, the fall of the objective along z; returns the largest part of
   it relative to s x^-e. */
static double residual(const newton *p, const double *x, double *out) {
  double most = 0;
  for (size_t i = 0; i < p->n; i++) {
    double wanted = p->s[i] * pow(x[i], -p->e), got = 0;
    for (size_t j = 0; j < p->n; j++) got += p->C[i * p->n + j] * p->s[j] * x[j];
    out[i] = wanted - got;
    most = fmax(most, fabs(out[i] / wanted));
  }
  return most;
}

/* 'step' holds the residual and becomes the step in x; returns the slope along it. */
static ms_status newton_step(newton *p, double *slope) {
  size_t n = p->n;
  ms_status status;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) p->matrix[i * n + j] = p->C[i * n + j];
    p->matrix[i * n + i] += p->e * pow(p->x[i], -p->e - 1);
    p->trial[i] = p->step[i];
  }
  status = ms_solve_spd(n, p->matrix, 1, p->step);
  *slope = 0;
  for (size_t i = 0; i < n; i++) {
    *slope += p->trial[i] * p->step[i];
    p->step[i] /= p->s[i];
  }
  return status;
}

/* x <- x + part * step with the largest part, 1 or less, that does not overshoot by more
   than half the slope, or as it is if 'whole'. */
static void advance(newton *p, double slope, int whole) {
  double part = 1, *fall = p->matrix; /* the factor is done with */
  for (size_t i = 0; i < p->n; i++)
    if (p->x[i] + part * p->step[i] < p->x[i] / 10)
      part = -0.9 * p->x[i] / p->step[i];
  for (int h = 0; h < HALVINGS; h++, part /= 2) {
    double left = 0;
    for (size_t i = 0; i < p->n; i++) p->trial[i] = p->x[i] + part * p->step[i];
    residual(p, p->trial, fall);
    for (size_t i = 0; i < p->n; i++) left += fall[i] * p->s[i] * p->step[i];
    if (whole || left >= -slope / 2) break;
  }
  for (size_t i = 0; i < p->n; i++) p->x[i] = p->trial[i];
}

/* Ends when the residual is rounding: it no longer halves. */
static ms_status minimise(newton *p) {
  double before = INFINITY, slope;
  for (int i = 0; i < STEPS; i++) {
    double now = residual(p, p->x, p->step);
    ms_status status;
    if (now <= DBL_EPSILON || (now < 1e-6 && now > before / 2)) break;
    status = newton_step(p, &slope);
    if (status != MS_OK) return status;
    if (!(slope > 0)) break;
    advance(p, slope, now < 1e-4);
    before = now;
  }
  return MS_OK;
}

ms_status ms_fair_weights(const ms_tasks *tasks, double e, double *w) {
  size_t n = tasks->count;
  double *C = tasks->work, *room = C + n * n, largest = 0;
  newton p = {n, e, C, room, room + n, room + 2 * n, room + 3 * n, room + 4 * n};
  ms_status status;
  ms_cosines(tasks, C);
  for (size_t k = 0; k < n; k++) w[k] = 0;
  if (ms_stationary(n, C, room, tasks->index)) return MS_OK;
  for (size_t k = 0; k < n; k++) largest = fmax(largest, tasks->norm[k]);
  for (size_t k = 0; k < n; k++) {
    p.s[k] = pow(tasks->norm[k] / largest, (e - 1) / (e + 1));
    p.x[k] = 1;
  }
  status = minimise(&p);
  if (status != MS_OK) return status;
  for (size_t k = 0; k < n; k++)
    w[k] = pow(largest, -2 / (1 + e)) * p.s[k] * p.x[k] / (tasks->norm[k] / largest);
  return MS_OK;
}
