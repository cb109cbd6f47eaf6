#include "tensor/order.h"

#include "base/alloc.h"
#include "tensor/elementwise.h"
#include "tensor/reduce.h"
#include "tensor/walk.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* {=== items: keys whose order is that of the doubles === */

typedef struct item {
  uint64_t key, index;
} item;

enum { RUN = 16, RADIX_FROM = 4096, DIGIT = 11, BUCKETS = 1 << DIGIT };

static uint64_t key_of(double x, int descending) {
  const uint64_t sign = (uint64_t)1 << 63;
  uint64_t bits;
  if (isnan(x)) return UINT64_MAX;
  memcpy(&bits, &x, sizeof bits);
  bits = bits & sign ? ~bits : bits | sign;
  return descending ? ~bits : bits;
}

static double value_of(uint64_t key, int descending) {
  const uint64_t sign = (uint64_t)1 << 63;
  double x;
  if (key == UINT64_MAX) return NAN;
  if (descending) key = ~key;
  key = key & sign ? key & ~sign : ~key;
  memcpy(&x, &key, sizeof x);
  return x;
}

static void insertion_sort(size_t n, item *items) {
  for (size_t i = 1; i < n; i++) {
    item held = items[i];
    size_t at = i;
    for (; at > 0 && items[at - 1].key > held.key; at--) items[at] = items[at - 1];
    items[at] = held;
  }
}

static void merge(size_t left, size_t both, const item *from, item *to) {
  size_t i = 0, j = left;
  for (size_t k = 0; k < both; k++)
    to[k] = j == both || (i < left && from[i].key <= from[j].key) ? from[i++] : from[j++];
}

/* Returns whichever of the two arrays ends up in order. */
static item *merge_sort(size_t n, item *items, item *spare) {
  for (size_t i = 0; i < n; i += RUN)
    insertion_sort(n - i < RUN ? n - i : RUN, items + i);
  for (size_t run = RUN; run < n; run *= 2) {
    item *held = items;
    for (size_t i = 0; i < n; i += 2 * run) {
      size_t rest = n - i;
      merge(rest < run ? rest : run, rest < 2 * run ? rest : 2 * run, items + i,
            spare + i);
    }
    items = spare;
    spare = held;
  }
  return items;
}

/* By digits of the keys, the lowest first; a digit that all keys share is skipped. */
static item *radix_sort(size_t n, item *items, item *spare) {
  for (int shift = 0; shift < 64; shift += DIGIT) {
    size_t place[BUCKETS] = {0}, sum = 0;
    item *held = items;
    for (size_t i = 0; i < n; i++) place[items[i].key >> shift & (BUCKETS - 1)]++;
    if (place[items[0].key >> shift & (BUCKETS - 1)] == n) continue;
    for (size_t b = 0; b < BUCKETS; b++) {
      size_t count = place[b];
      place[b] = sum;
      sum += count;
    }
    for (size_t i = 0; i < n; i++)
      spare[place[items[i].key >> shift & (BUCKETS - 1)]++] = items[i];
    items = spare;
    spare = held;
  }
  return items;
}

/*
** The items of a lane in order, in 'scratch'. 'zero' is added to each: 0.0 makes -0 and 0
** equal, -0.0 changes nothing.
*/
static const item *sorted(size_t n, const double *x, double zero, int descending,
                          double *scratch) {
  item *items = (item *)(void *)scratch, *spare;
  if (n == 0) return NULL;
  spare = items + n;
  for (size_t i = 0; i < n; i++) items[i] = (item){key_of(x[i] + zero, descending), i};
  return n < RADIX_FROM ? merge_sort(n, items, spare) : radix_sort(n, items, spare);
}

/* }=== */

void ms_sort_lane(const void *descending, size_t n, const double *x, double *results,
                  double *scratch) {
  int down = *(const int *)descending;
  const item *items = sorted(n, x, -0.0, down, scratch);
  for (size_t i = 0; i < n; i++) results[i] = value_of(items[i].key, down);
}

void ms_argsort_lane(const void *descending, size_t n, const double *x, double *results,
                     double *scratch) {
  const item *items = sorted(n, x, 0.0, *(const int *)descending, scratch);
  for (size_t i = 0; i < n; i++) results[i] = (double)(items[i].index + 1);
}

/* A few are kept in order while the lane passes by; for many, all are sorted. */
void ms_topk_lane(const void *topk, size_t n, const double *x, double *results,
                  double *scratch) {
  enum { FEW = 256 };
  const ms_topk *t = topk;
  int descending = !t->smallest;
  item best[FEW];
  size_t found = 0;
  if (t->k > FEW) {
    const item *items = sorted(n, x, 0.0, descending, scratch);
    for (size_t i = 0; i < t->k; i++) results[i] = (double)(items[i].index + 1);
    return;
  }
  for (size_t i = 0; i < n && t->k > 0; i++) {
    item held = {key_of(x[i] + 0.0, descending), i};
    size_t at;
    if (found == t->k && held.key >= best[found - 1].key) continue;
    at = found < t->k ? found++ : found - 1;
    for (; at > 0 && best[at - 1].key > held.key; at--) best[at] = best[at - 1];
    best[at] = held;
  }
  for (size_t i = 0; i < t->k; i++) results[i] = (double)(best[i].index + 1);
}

static void first_of(const ms_reduction *reduction, size_t n, const double *x,
                     double *result) {
  ms_tensor lane;
  double extreme;
  size_t i = 0;
  *result = 0;
  ms_tensor_borrow((double *)(uintptr_t)x, 1, &n, &lane);
  if (ms_tensor_reduce(reduction, &lane, &extreme) != MS_OK) return;
  if (isnan(extreme))
    while (!isnan(x[i])) i++;
  else
    while (x[i] != extreme) i++;
  *result = (double)(i + 1);
}

void ms_argmin_lane(const void *none, size_t n, const double *x, double *result,
                    double *scratch) {
  (void)none;
  (void)scratch;
  first_of(&ms_reduction_min, n, x, result);
}

void ms_argmax_lane(const void *none, size_t n, const double *x, double *result,
                    double *scratch) {
  (void)none;
  (void)scratch;
  first_of(&ms_reduction_max, n, x, result);
}

double ms_between(double below, double above, double part) {
  double gap = above - below;
  if (part == 0 || below == above) return below;
  return isfinite(gap) ? below + part * gap : (1 - part) * below + part * above;
}

void ms_quantile_lane(const void *quantiles, size_t n, const double *x, double *results,
                      double *scratch) {
  const ms_quantiles *q = quantiles;
  const item *items = sorted(n, x, -0.0, 0, scratch);
  int undefined = n == 0 || items[n - 1].key == UINT64_MAX;
  for (size_t k = 0; k < q->count; k++) {
    double place = undefined ? 0 : q->at[k] * (double)(n - 1), below, above;
    size_t i = (size_t)place;
    if (undefined) {
      results[k] = NAN;
      continue;
    }
    below = value_of(items[i].key, 0);
    above = i + 1 < n ? value_of(items[i + 1].key, 0) : below;
    results[k] = ms_between(below, above, place - (double)i);
  }
}

ms_status ms_tensor_unique(const ms_tensor *a, ms_tensor *values, ms_tensor *counts) {
  ms_status status = MS_OK;
  size_t n = ms_tensor_count(a), found = 0;
  double *work = NULL;
  const item *items;
  MS_CHECK(a->storage != NULL, MS_EARG, "the tensor is closed");
  MS_TRY(ms_alloc(n, (MS_ORDER_SCRATCH + 1) * sizeof *work, "work on lanes", &work));
  ms_tensor_read(a, work);
  items = n > 0 ? sorted(n, work, 0.0, 0, work + n) : NULL;
  for (size_t i = 0; i < n; i++)
    found += i == 0 || items[i].key != items[i - 1].key || items[i].key == UINT64_MAX;
  MS_TRY(ms_tensor_create_unset(1, &found, values));
  MS_TRY(ms_tensor_create_unset(1, &found, counts));
  found = 0;
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && items[i].key == items[i - 1].key && items[i].key != UINT64_MAX) {
      counts->data[found - 1]++;
      continue;
    }
    values->data[found] = value_of(items[i].key, 0);
    counts->data[found++] = 1;
  }
out:
  ms_free(work);
  return status;
}

void ms_tensor_histogram(const ms_tensor *a, size_t bins, double low, double high,
                         double *counts) {
  double width = high - low;
  ms_walk walk;
  ms_walk_start(&walk, 1, &a, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;)
    for (size_t i = 0; i < n; i++) {
      double x = walk.at[0][i];
      size_t bin;
      if (!(x >= low && x <= high)) continue;
      bin = (size_t)((x - low) / width * (double)bins);
      counts[bin < bins ? bin : bins - 1]++;
    }
}
