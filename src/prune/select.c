#include "prune/select.h"

#include <math.h>

double ms_select_kth(double *values, size_t n, size_t k) {
  ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, place = (ptrdiff_t)k;
  while (low < high) {
    double pivot = values[place];
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
    if (j < place) low = i;
    if (place < i) high = j;
  }
  return values[place];
}

void ms_select_largest(size_t n, const double *score, const double *candidate,
                       size_t count, double *chosen, double *room) {
  size_t candidates = 0, larger = 0, equal;
  double least;
  for (size_t i = 0; i < n; i++) {
    chosen[i] = 0;
    if (candidate[i] != 0) room[candidates++] = score[i];
  }
  if (count == 0) return;
  least = ms_select_kth(room, candidates, candidates - count);
  for (size_t i = 0; i < candidates; i++) larger += room[i] > least;
  equal = count - larger; /* of those as small as the least */
  for (size_t i = 0; i < n; i++) {
    if (candidate[i] == 0 || score[i] < least) continue;
    if (score[i] == least && equal == 0) continue;
    if (score[i] == least) equal--;
    chosen[i] = 1;
  }
}

/* Quotas a little below a whole number, from rounding, count as that number. */
static const double whole = 1e-9;

void ms_apportion(size_t n, const double *quota, const double *cap, double total,
                  double *count, double *room) {
  double *open = room, *more = room + n, *remainder = room + 2 * n, left = total;
  for (size_t i = 0; i < n; i++) {
    double floor_of = fmax(floor(quota[i] - whole), 0);
    remainder[i] = quota[i] - floor_of;
    count[i] = fmin(floor_of, cap[i]);
    left -= count[i];
  }
  while (left > 0) {
    size_t opened = 0, take;
    for (size_t i = 0; i < n; i++) {
      open[i] = count[i] < cap[i];
      opened += open[i] != 0;
    }
    if (opened == 0) return;
    take = left < (double)opened ? (size_t)left : opened;
    ms_select_largest(n, remainder, open, take, more, room + 3 * n);
    for (size_t i = 0; i < n; i++) count[i] += more[i];
    left -= (double)take;
  }
}
