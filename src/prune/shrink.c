#include "prune/shrink.h"

#include <math.h>
#include <string.h>

/* Partial sums, so that the compiler can vectorise without reordering a sum. */
enum { LANES = 8 };

static double total(const double *lane) {
  double sum = 0;
  for (int j = 0; j < LANES; j++) sum += lane[j];
  return sum;
}

/* One parameter; NaN stays NaN. */
static inline double shrunk(double theta, double pull) {
  double left = fabs(theta) - pull;
  return copysign(left < 0 ? 0 : left, theta);
}

/* 'factor' is NULL or not at every call of this, so that each gets a loop of its own. */
static inline double shrink_block(size_t n, double *restrict theta,
                                  const double *restrict factor, double amount) {
  double lane[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t j = 0; j < LANES; j++) {
      double pull = factor == NULL ? amount : amount * factor[i + j];
      double next = shrunk(theta[i + j], pull);
      lane[j] += fabs(theta[i + j]) - fabs(next);
      theta[i + j] = next;
    }
  }
  for (; i < n; i++) {
    double next = shrunk(theta[i], factor == NULL ? amount : amount * factor[i]);
    lane[0] += fabs(theta[i]) - fabs(next);
    theta[i] = next;
  }
  return total(lane);
}

double ms_shrink(size_t count, const ms_block *blocks, double *theta, const double *rate,
                 const double *factor, double amount) {
  double lost = 0;
  for (size_t b = 0; b < count; b++) {
    size_t n = blocks[b].rows * blocks[b].cols;
    double part = rate == NULL ? amount : amount * rate[b];
    if (factor == NULL) {
      lost += shrink_block(n, theta + blocks[b].offset, NULL, part);
    } else {
      lost += shrink_block(n, theta + blocks[b].offset, factor, part);
      factor += n;
    }
  }
  return lost;
}

double ms_group_left(double square, double n, double amount) {
  double pull = amount * sqrt(n), norm = sqrt(square);
  return pull == 0 || norm == 0 ? 1 : pull >= norm ? 0 : 1 - pull / norm;
}

/* keep[cols] = the part of every column that stays; largest[cols] is scratch. */
static void keep_of_units(const ms_block *block, const double *theta,
                          const double *factor, double amount, double *restrict keep,
                          double *restrict largest) {
  size_t rows = block->rows, cols = block->cols;
  memset(keep, 0, cols * sizeof *keep);
  memset(largest, 0, cols * sizeof *largest);
  for (size_t i = 0; i < rows; i++) {
    const double *w = theta + i * cols, *f = factor + i * cols;
    for (size_t j = 0; j < cols; j++) {
      keep[j] += w[j] * w[j];
      if (f[j] > largest[j]) largest[j] = f[j];
    }
  }
  for (size_t j = 0; j < cols; j++)
    keep[j] = ms_group_left(keep[j], (double)rows, amount * largest[j]);
}

double ms_shrink_units(size_t count, const ms_block *blocks, double *theta,
                       const double *rate, const double *factor, double amount,
                       double *room) {
  double lost = 0;
  for (size_t b = 0; b < count; b++) {
    size_t rows = blocks[b].rows, cols = blocks[b].cols;
    double *w = theta + blocks[b].offset;
    double part = rate == NULL ? amount : amount * rate[b];
    keep_of_units(&blocks[b], w, factor, part, room, room + cols);
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < cols; j++) {
        double next = w[i * cols + j] * room[j];
        lost += fabs(w[i * cols + j]) - fabs(next);
        w[i * cols + j] = next;
      }
    }
    factor += rows * cols;
  }
  return lost;
}

double ms_density(size_t count, const ms_block *blocks, const double *theta) {
  double lane[LANES] = {0}, all = 0;
  for (size_t b = 0; b < count; b++) {
    const double *block = theta + blocks[b].offset;
    size_t n = blocks[b].rows * blocks[b].cols, i = 0;
    for (; i + LANES <= n; i += LANES)
      for (size_t j = 0; j < LANES; j++) lane[j] += block[i + j] != 0;
    for (; i < n; i++) lane[0] += block[i] != 0;
    all += (double)n;
  }
  return total(lane) / all;
}
