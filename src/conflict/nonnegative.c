#include "conflict/nonnegative.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* The problem with the diagonal of A scaled to 1, and the set of v_k that are not 0. */
typedef struct problem {
  size_t n, free;
  double *A, *b, *v, *trial, *factor, *scale;
  size_t *at; /* [free]: the free indices, in the order they came */
  int *barred;  /* [n]: linearly dependent on the free ones */
} problem;

/* A pivot below this part of the diagonal: the row depends on those before it. */
static const double rank_tolerance = 1e-13;

/* Solve A_ff trial_f = -b_f by Cholesky; 0 if the last of the free ones is dependent. */
static int solve(problem *q) {
  size_t m = q->free, n = q->n;
  double *R = q->factor, *x = q->trial;
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j <= i; j++) {
      double sum = q->A[q->at[i] * n + q->at[j]];
      for (size_t k = 0; k < j; k++) sum -= R[i * n + k] * R[j * n + k];
      if (i == j && sum <= rank_tolerance) return 0;
      R[i * n + j] = i == j ? sqrt(sum) : sum / R[j * n + j];
    }
  }
  for (size_t i = 0; i < m; i++) {
    x[i] = -q->b[q->at[i]];
    for (size_t k = 0; k < i; k++) x[i] -= R[i * n + k] * x[k];
    x[i] /= R[i * n + i];
  }
  for (size_t i = m; i-- > 0;) {
    for (size_t k = i + 1; k < m; k++) x[i] -= R[k * n + i] * x[k];
    x[i] /= R[i * n + i];
  }
  return 1;
}

/* The index whose growth lowers the objective most, or n. */
static size_t steepest(const problem *q, double least) {
  size_t best = q->n;
  for (size_t k = 0; k < q->n; k++) {
    double descent = -q->b[k];
    int is_free = q->barred[k] || q->scale[k] == 0;
    for (size_t i = 0; i < q->free; i++) {
      descent -= q->A[k * q->n + q->at[i]] * q->v[q->at[i]];
      is_free |= q->at[i] == k;
    }
    if (is_free || descent <= least) continue;
    least = descent;
    best = k;
  }
  return best;
}

/* Go towards the trial values until one of them gets negative; 1 when all arrive. */
static int advance(problem *q) {
  double step = 1;
  size_t kept = 0, limit = q->free;
  for (size_t i = 0; i < q->free; i++) {
    double now = q->v[q->at[i]], part;
    if (q->trial[i] > 0) continue;
    part = now > 0 ? now / (now - q->trial[i]) : 0;
    if (limit < q->free && part >= step) continue;
    step = part;
    limit = i;
  }
  for (size_t i = 0; i < q->free; i++) {
    size_t k = q->at[i];
    double next = q->v[k] + step * (q->trial[i] - q->v[k]);
    int stays = i != limit && next > 0;
    q->v[k] = stays ? next : 0;
    if (stays) q->at[kept++] = k;
  }
  limit = limit < q->free;
  q->free = kept;
  return !limit;
}

static void minimise(problem *q) {
  double largest = 0;
  size_t k, rounds = 0;
  for (size_t i = 0; i < q->n; i++) largest = fmax(largest, fabs(q->b[i]));
  while ((k = steepest(q, 1e-14 * largest)) < q->n && rounds++ < 10 * q->n + 10) {
    q->at[q->free++] = k;
    if (!solve(q) || q->trial[q->free - 1] <= 0) {
      q->free--;
      q->barred[k] = 1;
      continue;
    }
    while (!advance(q) && q->free > 0 && solve(q)) continue;
    memset(q->barred, 0, q->n * sizeof *q->barred);
  }
}

static ms_status allocate(problem *q, double **numbers) {
  size_t n = q->n;
  ms_status status = MS_OK;
  MS_TRY(ms_alloc_zero(2 * n * n + 3 * n, sizeof **numbers, "a quadratic program",
                       numbers));
  MS_TRY(ms_alloc_zero(n, sizeof *q->at, "a quadratic program", &q->at));
  MS_TRY(ms_alloc_zero(n, sizeof *q->barred, "a quadratic program", &q->barred));
  q->A = *numbers;
  q->factor = q->A + n * n;
  q->b = q->factor + n * n;
  q->trial = q->b + n;
  q->scale = q->trial + n;
out:
  return status;
}

ms_status ms_nonnegative_minimum(size_t n, const double *A, const double *b, double *v) {
  problem q = {.n = n, .v = v};
  double *numbers = NULL;
  ms_status status = MS_OK;
  MS_TRY(allocate(&q, &numbers));
  for (size_t k = 0; k < n; k++) {
    double diagonal = A[k * n + k];
    MS_CHECK(isfinite(diagonal) && isfinite(b[k]), MS_EDIVERGED,
             "quadratic program: row %zu of %zu is not finite", k + 1, n);
    q.scale[k] = diagonal > 0 ? 1 / sqrt(diagonal) : 0;
  }
  for (size_t i = 0; i < n; i++) {
    q.b[i] = b[i] * q.scale[i];
    v[i] = 0;
    for (size_t j = 0; j < n; j++)
      q.A[i * n + j] = A[i * n + j] * q.scale[i] * q.scale[j];
  }
  minimise(&q);
  for (size_t k = 0; k < n; k++) v[k] *= q.scale[k];
out:
  ms_free(numbers);
  ms_free(q.at);
  ms_free(q.barred);
  return status;
}
