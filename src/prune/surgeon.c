#include "prune/surgeon.h"

#include <math.h>
#include <string.h>

/* The inverse without weight q, whose row and column become 0. */
static void leave_out(size_t n, double *inverse, size_t q) {
  const double *pivot = inverse + q * n;
  double scale = 1 / pivot[q];
  for (size_t i = 0; i < n; i++) {
    double *row = inverse + i * n, factor = row[q] * scale;
    if (i == q || factor == 0) continue;
    for (size_t j = 0; j < n; j++) row[j] -= factor * pivot[j];
    row[q] = 0;
  }
  memset(inverse + q * n, 0, n * sizeof *inverse);
}

static double cost_of(size_t n, const double *inverse, const double *w, size_t q) {
  return w[q] * w[q] / (2 * inverse[q * n + q]);
}

/* w_q becomes 0, the others of w[n] move; returns what it cost. */
static double take_out(size_t n, double *inverse, double *w, size_t q) {
  double cost = cost_of(n, inverse, w, q), move = w[q] / inverse[q * n + q];
  for (size_t i = 0; i < n; i++) w[i] -= move * inverse[q * n + i];
  w[q] = 0;
  leave_out(n, inverse, q);
  return cost;
}

/* A column of W and the inverse of what may move, in the room. */
static double *open_column(const ms_surgeon *surgeon, const double *W, size_t column) {
  size_t n = surgeon->n;
  double *inverse = surgeon->room, *w = inverse + n * n;
  memcpy(inverse, surgeon->inverse, n * n * sizeof *inverse);
  for (size_t i = 0; i < n; i++) {
    w[i] = W[i * surgeon->cols + column];
    if (surgeon->held[i * surgeon->cols + column] != 0) leave_out(n, inverse, i);
  }
  return w;
}

void ms_surgeon_costs(const ms_surgeon *surgeon, const double *W, double *cost) {
  size_t n = surgeon->n, cols = surgeon->cols;
  double *inverse = surgeon->room;
  for (size_t c = 0; c < cols; c++) {
    double *w = open_column(surgeon, W, c), least = 0;
    for (size_t i = 0; i < n; i++) cost[i * cols + c] = INFINITY;
    for (;;) {
      size_t best = n;
      for (size_t i = 0; i < n; i++)
        if (inverse[i * n + i] > 0
            && (best == n || cost_of(n, inverse, w, i) < cost_of(n, inverse, w, best)))
          best = i;
      if (best == n) break;
      least = fmax(take_out(n, inverse, w, best), nextafter(least, INFINITY));
      cost[best * cols + c] = least;
    }
  }
}

double ms_surgeon_remove(const ms_surgeon *surgeon, const double *gone, double *W) {
  size_t n = surgeon->n, cols = surgeon->cols;
  double *inverse = surgeon->room, total = 0;
  for (size_t c = 0; c < cols; c++) {
    double *w = open_column(surgeon, W, c);
    for (size_t i = 0; i < n; i++) {
      if (gone[i * cols + c] == 0 || surgeon->held[i * cols + c] != 0) continue;
      if (inverse[i * n + i] > 0)
        total += take_out(n, inverse, w, i);
      else
        w[i] = 0;
    }
    for (size_t i = 0; i < n; i++) W[i * cols + c] = w[i];
  }
  return total;
}

void ms_fisher_inverse(size_t m, size_t n, const double *G, double damping,
                       double *inverse, double *room) {
  memset(inverse, 0, n * n * sizeof *inverse);
  for (size_t i = 0; i < n; i++) inverse[i * n + i] = 1 / damping;
  for (size_t s = 0; s < m; s++) {
    const double *g = G + s * n;
    double below = (double)m;
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
      for (size_t j = 0; j < n; j++) sum += inverse[i * n + j] * g[j];
      room[i] = sum;
    }
    for (size_t i = 0; i < n; i++) below += g[i] * room[i];
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        inverse[i * n + j] -= room[i] * room[j] / below;
  }
}
