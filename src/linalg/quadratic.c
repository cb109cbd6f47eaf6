#include "linalg/quadratic.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A pivot below this part of its diagonal element is a rounding error. */
static const double dependent = 4e-15;

typedef struct program {
  size_t n, free; /* variables, and how many of them are not held at 0 */
  const double *H, *f, *q;
  double *x;
  double *factor; /* [n, n]: Cholesky factor of H + q q^T over the free variables */
  double *next;   /* [n]: their optimum when nothing else binds */
  double *along;  /* [n]: the same with q in place of f */
  size_t *set;    /* [n]: the free variables */
  size_t *barred; /* [n]: true while a variable cannot become free */
} program;

size_t ms_quadratic_work(size_t n) {
  return n * n + 2 * n;
}

/* H + q q^T: the second part changes nothing where q.x = 1, and makes it regular. */
static double element(const program *p, size_t i, size_t j) {
  return p->H[i * p->n + j] + (p->q != NULL ? p->q[i] * p->q[j] : 0);
}

/* False if the free variables depend on each other. */
static int factorise(program *p) {
  for (size_t a = 0; a < p->free; a++) {
    double *row = p->factor + a * p->n;
    for (size_t b = 0; b <= a; b++) {
      const double *other = p->factor + b * p->n;
      double whole = element(p, p->set[a], p->set[b]), sum = whole;
      for (size_t c = 0; c < b; c++) sum -= row[c] * other[c];
      if (b < a) {
        row[b] = sum / other[b];
      } else if (sum > dependent * whole) {
        row[a] = sqrt(sum);
      } else {
        return 0;
      }
    }
  }
  return 1;
}

/* out <- (L L^T)^-1 out over the free variables. */
static void substitute(const program *p, double *out) {
  size_t m = p->free, n = p->n;
  for (size_t a = 0; a < m; a++) {
    for (size_t b = 0; b < a; b++) out[a] -= p->factor[a * n + b] * out[b];
    out[a] /= p->factor[a * n + a];
  }
  for (size_t a = m; a-- > 0;) {
    for (size_t b = a + 1; b < m; b++) out[a] -= p->factor[b * n + a] * out[b];
    out[a] /= p->factor[a * n + a];
  }
}

static void solve(program *p) {
  double whole = 0, part = 0;
  for (size_t a = 0; a < p->free; a++) p->next[a] = p->f != NULL ? p->f[p->set[a]] : 0;
  if (p->f != NULL) substitute(p, p->next);
  if (p->q == NULL) return;
  for (size_t a = 0; a < p->free; a++) p->along[a] = p->q[p->set[a]];
  substitute(p, p->along);
  for (size_t a = 0; a < p->free; a++) {
    whole += p->q[p->set[a]] * p->next[a];
    part += p->q[p->set[a]] * p->along[a];
  }
  for (size_t a = 0; a < p->free; a++) p->next[a] += (1 - whole) / part * p->along[a];
}

/* The variable at 0 whose growth lowers the objective most; n if none does. */
static size_t choose(const program *p) {
  size_t n = p->n, best = n;
  double price = 0, size = 0, most = 0;
  for (size_t i = 0; p->q != NULL && i < n; i++) {
    double slope = p->f != NULL ? -p->f[i] : 0, terms = fabs(slope);
    for (size_t j = 0; j < n; j++) {
      slope += p->H[i * n + j] * p->x[j];
      terms += fabs(p->H[i * n + j]) * p->x[j];
    }
    price += p->x[i] * slope;
    size += p->x[i] * terms;
  }
  for (size_t i = 0; i < n; i++) {
    double gain = p->f != NULL ? p->f[i] : 0, terms = fabs(gain);
    if (p->x[i] > 0 || p->barred[i]) continue;
    if (p->q != NULL) {
      gain += price * p->q[i];
      terms += size * p->q[i];
    }
    for (size_t j = 0; j < n; j++) {
      gain -= p->H[i * n + j] * p->x[j];
      terms += fabs(p->H[i * n + j]) * p->x[j];
    }
    if (gain > 4 * DBL_EPSILON * terms && gain > most) {
      most = gain;
      best = i;
    }
  }
  return best;
}

/* Go towards 'next' until the first free variable meets 0, and hold those that do. */
static void stop_short(program *p) {
  size_t kept = 0, first = 0;
  double part = 1;
  for (size_t a = 0; a < p->free; a++) {
    double x = p->x[p->set[a]], next = p->next[a];
    if (next > 0 || x / (x - next) >= part) continue;
    part = x / (x - next);
    first = a;
  }
  for (size_t a = 0; a < p->free; a++) {
    size_t i = p->set[a];
    p->x[i] += part * (p->next[a] - p->x[i]);
    if (a != first && p->x[i] > 0)
      p->set[kept++] = i;
    else
      p->x[i] = 0;
  }
  p->free = kept;
}

/* Free variable i and move to the new optimum; false if that changes nothing. */
static int release(program *p, size_t i) {
  p->set[p->free++] = i;
  if (!factorise(p)) {
    p->free--;
    return 0;
  }
  solve(p);
  if (p->next[p->free - 1] <= 0) {
    p->free--;
    return 0;
  }
  for (;;) {
    size_t a = 0;
    while (a < p->free && p->next[a] > 0) a++;
    if (a == p->free) break;
    stop_short(p);
    if (p->free == 0 || !factorise(p)) return 1;
    solve(p);
  }
  for (size_t a = 0; a < p->free; a++) p->x[p->set[a]] = p->next[a];
  return 1;
}

/* The best corner: one variable alone. */
static void start(program *p) {
  size_t best = 0;
  double least = INFINITY;
  for (size_t i = 0; i < p->n; i++) {
    double x = 1 / p->q[i];
    double value = (p->H[i * p->n + i] * x / 2 - (p->f != NULL ? p->f[i] : 0)) * x;
    if (value >= least) continue;
    least = value;
    best = i;
  }
  p->x[best] = 1 / p->q[best];
  p->set[p->free++] = best;
}

void ms_quadratic(size_t n, const double *H, const double *f, const double *q, double *x,
                  double *work, size_t *index) {
  program p = {n, 0, H, f, q, x, work, work + n * n, work + n * n + n, index, index + n};
  memset(x, 0, n * sizeof *x);
  memset(p.barred, 0, n * sizeof *p.barred);
  if (q != NULL) start(&p);
  /* the limit is there in case rounding sends it in circles */
  for (size_t step = 0; step < 64 * n; step++) {
    size_t i = choose(&p);
    if (i == n) break;
    if (release(&p, i))
      memset(p.barred, 0, n * sizeof *p.barred);
    else
      p.barred[i] = 1;
  }
}
