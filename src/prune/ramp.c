#include "prune/ramp.h"

double ms_ramp(double start, double full, double stop, double progress) {
  double left = 0;
  if (progress < start || progress >= stop) return 0;
  if (progress < full) left = (full - progress) / (full - start);
  return 1 - left * left * left;
}
