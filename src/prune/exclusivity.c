#include "prune/exclusivity.h"

#include "prune/select.h"

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

void ms_shares_part(const ms_shares *shares, size_t first, size_t n, ms_shares *part) {
  *part = *shares;
  part->importance += first;
  part->n = n;
}

/* {=== the index of a connection === */

/* Its shares, those of live tasks side by side. */
typedef struct tally {
  double *share, sum;
  size_t count;
} tally;

static tally open_tally(const ms_shares *shares) {
  tally x = {shares->scale + shares->tasks, 0, 0};
  return x;
}

/* Count in task t's share at a place. */
static void count(const ms_shares *shares, size_t t, size_t place, tally *x) {
  double share = shares->importance[t * shares->stride + place] * shares->scale[t];
  if (shares->scale[t] == 0) return;
  x->sum += share;
  x->share[x->count++] = share;
}

static double differences(const tally *x) {
  double sum = 0;
  for (size_t t = 1; t < x->count; t++)
    for (size_t u = 0; u < t; u++) sum += fabs(x->share[t] - x->share[u]);
  return sum;
}

/* sum of x log(T x / s). */
static double information(const tally *x) {
  double sum = 0, scale = (double)x->count / x->sum;
  for (size_t t = 0; t < x->count; t++)
    if (x->share[t] > 0) sum += x->share[t] * log(x->share[t] * scale);
  return sum > 0 ? sum : 0; /* equal shares, rounded */
}

/* T times the geometric mean. */
static double affinity(const tally *x) {
  double product = 1, live = (double)x->count;
  for (size_t t = 0; t < x->count; t++) product *= x->share[t];
  return live * (x->count == 2 ? sqrt(product) : pow(product, 1 / live));
}

static double largest(const tally *x) {
  double most = 0;
  for (size_t t = 0; t < x->count; t++)
    if (x->share[t] > most) most = x->share[t];
  return most;
}

static double index_of(const ms_shares *shares, const tally *x) {
  double live = (double)x->count, below = x->sum + shares->damping;
  if (!(below > 0) || x->count < 2) return 0;
  switch (shares->index) {
    case MS_RATIO: return differences(x) / ((live - 1) * below);
    case MS_ENTROPY: return x->sum > 0 ? information(x) / (below * log(live)) : 0;
    case MS_COUPLING: return affinity(x) / below;
    default: return (live * largest(x) - x->sum) / ((live - 1) * below);
  }
}

/* }=== */

void ms_shares_index(const ms_shares *shares, double *out) {
  for (size_t i = 0; i < shares->n; i++) {
    tally x = open_tally(shares);
    for (size_t t = 0; t < shares->tasks; t++) count(shares, t, i, &x);
    out[i] = index_of(shares, &x);
  }
}

double ms_shares_value(const ms_shares *shares, const size_t *places, double *weight) {
  double value = 0, sum = 0;
  if (shares->live >= 2) {
    for (size_t i = 0; i < shares->n; i++) {
      tally x = open_tally(shares);
      for (size_t t = 0; t < shares->tasks; t++)
        count(shares, t, places != NULL ? places[t * shares->n + i] : i, &x);
      value += x.sum * index_of(shares, &x);
      sum += x.sum;
    }
    value /= (double)shares->live;
    sum /= (double)shares->live;
  }
  *weight = sum;
  return value;
}

/* {=== nulls === */

void ms_shares_shuffle(size_t tasks, size_t n, ms_rng *rng, size_t *places) {
  for (size_t t = 0; t < tasks; t++) {
    for (size_t i = 0; i < n; i++) places[t * n + i] = i;
    if (t > 0) ms_rng_shuffle(rng, n, places + t * n);
  }
}

/* The index of a connection put together from different places of the block. */
static double mixed_index(const ms_shares *shares, ms_rng *rng) {
  size_t first = (size_t)ms_rng_below(rng, shares->n);
  tally x = open_tally(shares);
  count(shares, 0, first, &x);
  for (size_t t = 1; t < shares->tasks; t++) {
    size_t place = (size_t)ms_rng_below(rng, shares->n - 1);
    count(shares, t, place + (place >= first), &x);
  }
  return index_of(shares, &x);
}

double ms_shares_null(const ms_shares *shares, double quantile, size_t draws, ms_rng *rng,
                      double *room) {
  double level, best = 0;
  if (shares->live < 2 || shares->n < 2 || quantile <= 0) return 0;
  for (size_t i = 0; i < draws; i++) room[i] = mixed_index(shares, rng);
  level = ms_select_kth(room, draws, (size_t)(quantile * (double)(draws - 1)));
  if (level <= saturated) return level;
  for (size_t i = 0; i < draws; i++)
    if (room[i] <= saturated && room[i] > best) best = room[i];
  return best;
}

/* psi(x) for x > 0: psi(x) = psi(x + 1) - 1 / x, and its asymptotic series from 10 on,
   where the first term left out is below 1e-15. */
static double digamma(double x) {
  static const double series[] = {1.0 / 12, 691.0 / 32760, 1.0 / 132, 1.0 / 240,
                                  1.0 / 252, 1.0 / 120,    1.0 / 12};
  double sum = 0, tail = 0, y;
  for (; x < 10; x++) sum -= 1 / x;
  y = 1 / (x * x);
  for (size_t k = 0; k < sizeof series / sizeof series[0]; k++)
    tail = series[k] - y * tail;
  return sum + log(x) - 0.5 / x - y * tail;
}

double ms_index_expected(ms_index index, size_t tasks, double draws) {
  double a = draws / 2, T = (double)tasks;
  if (tasks < 2 || !(draws > 0) || (index == MS_MAX_SHARE && tasks > 2)) return NAN;
  switch (index) {
    case MS_ENTROPY: return 1 - (digamma(T * a + 1) - digamma(a + 1)) / log(T);
    case MS_COUPLING: return exp(T * (lgamma(a + 1 / T) - lgamma(a)) - log(a));
    default:
      return exp(lgamma(2 * a) - 2 * lgamma(a) - (2 * a - 1) * log(2)) / a;
  }
}

/* importance[tasks] of a connection. */
static void simulate(size_t tasks, size_t draws, double power, ms_rng *rng,
                     double *importance) {
  for (size_t t = 0; t < tasks; t++) {
    importance[t] = 0;
    for (size_t d = 0; d < draws; d++)
      importance[t] += pow(fabs(ms_rng_normal(rng)), power);
  }
}

/* A ratio of means: E[s index] / E[s], all connections having the same variance. */
double ms_index_simulated(ms_index index, size_t tasks, size_t draws, double power,
                          size_t samples, ms_rng *rng, double *room, double *error) {
  ms_shares one = {index, tasks, tasks, 1, 1, room + 2 * tasks, room, 0};
  double sum = 0, weights = 0, squares = 0, products = 0, heavy = 0, value;
  for (size_t t = 0; t < tasks; t++) room[t] = 1;
  for (size_t i = 0; i < samples; i++) {
    double term, weight;
    simulate(tasks, draws, power, rng, room + 2 * tasks);
    term = ms_shares_value(&one, NULL, &weight);
    sum += term;
    weights += weight;
    squares += term * term;
    products += term * weight;
    heavy += weight * weight;
  }
  value = sum / weights;
  squares += value * (value * heavy - 2 * products);
  *error = sqrt(fmax(squares, 0)) / weights;
  return value;
}

/* }=== */
