#include "prune/exclusivity.h"

#include <math.h>

/* Null values above this are those of a single owner, but for the damping. */
static const double saturated = 0.98;

void ms_shares_init(ms_shares *shares, ms_index index, size_t tasks, size_t n,
                    size_t stride, const double *importance, double epsilon,
                    double *scale) {
  shares->index = index;
  shares->tasks = tasks;
  shares->live = 0;
  shares->n = n;
  shares->stride = stride;
  shares->importance = importance;
  shares->scale = scale;
  for (size_t t = 0; t < tasks; t++) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += importance[t * stride + i];
    scale[t] = total > 0 ? 1 / total : 0;
    shares->live += total > 0;
  }
  shares->damping = epsilon / (double)n * (double)shares->live / 2;
}

typedef struct tally {
  double sum, largest, product;
} tally;

/* Count in task t's share at a place. */
static void count(const ms_shares *shares, size_t t, size_t place, tally *x) {
  double share = shares->importance[t * shares->stride + place] * shares->scale[t];
  if (shares->scale[t] == 0) return;
  x->sum += share;
  x->product *= share;
  if (share > x->largest) x->largest = share;
}

static double index_of(const ms_shares *shares, const tally *x) {
  double live = (double)shares->live, below = x->sum + shares->damping;
  if (!(below > 0)) return 0;
  if (shares->index == MS_COUPLING)
    return live * (shares->live == 2 ? sqrt(x->product) : pow(x->product, 1 / live))
           / below;
  return (live * x->largest - x->sum) / ((live - 1) * below);
}

void ms_shares_index(const ms_shares *shares, double *out) {
  for (size_t i = 0; i < shares->n; i++) {
    tally x = {0, 0, 1};
    for (size_t t = 0; t < shares->tasks; t++) count(shares, t, i, &x);
    out[i] = shares->live < 2 ? 0 : index_of(shares, &x);
  }
}

/* The index of a connection put together from different places of the block. */
static double mixed_index(const ms_shares *shares, ms_rng *rng) {
  size_t first = (size_t)ms_rng_below(rng, shares->n);
  tally x = {0, 0, 1};
  count(shares, 0, first, &x);
  for (size_t t = 1; t < shares->tasks; t++) {
    size_t place = (size_t)ms_rng_below(rng, shares->n - 1);
    count(shares, t, place + (place >= first), &x);
  }
  return index_of(shares, &x);
}

/* The k-th smallest of n values, which it reorders (Hoare's FIND). */
static double select_kth(double *values, ptrdiff_t n, ptrdiff_t k) {
  ptrdiff_t low = 0, high = n - 1;
  while (low < high) {
    double pivot = values[k];
    ptrdiff_t i = low, j = high;
    do {
      while (values[i] < pivot) i++;
      while (pivot < values[j]) j--;
      if (i <= j) {
        double held = values[i];
        values[i++] = values[j];
        values[j--] = held;
      }
    } while (i <= j);
    if (j < k) low = i;
    if (k < i) high = j;
  }
  return values[k];
}

double ms_shares_null(const ms_shares *shares, double quantile, size_t draws, ms_rng *rng,
                      double *room) {
  double level, best = 0;
  if (shares->live < 2 || shares->n < 2 || quantile <= 0) return 0;
  for (size_t i = 0; i < draws; i++) room[i] = mixed_index(shares, rng);
  level = select_kth(room, (ptrdiff_t)draws, (ptrdiff_t)(quantile * (double)(draws - 1)));
  if (level <= saturated) return level;
  for (size_t i = 0; i < draws; i++)
    if (room[i] <= saturated && room[i] > best) best = room[i];
  return best;
}
