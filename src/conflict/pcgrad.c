/*
** PCGrad, projecting conflicting gradients (Yu et al., NeurIPS 2020, arXiv:2001.06782).
**
** Each g_i becomes v_i: for the other tasks j in some order, where v_i.g_j < 0, what v_i
** has along g_j is taken away. d = sum of v_i. A later projection may bring an earlier
** conflict back, so that only two tasks are sure to be served both. The order is
**   random      drawn anew for every task and every call, as in the paper
**   ascending   that of the tasks
**   symmetric   the mean over all orders, up to 8 tasks; beyond, over one and its reverse
**   one-sided   only the first task's gradient is changed, by the others in their order
** In coefficients y of unit gradients, v = sum over k of y_k u_k, a projection is
** y_j <- y_j - (C y)_j.
*/
#include "conflict/units.h"

enum { ORDER, SEED };
enum { RANDOM, ASCENDING, SYMMETRIC, ONE_SIDED };
enum { STREAM };
enum { MOST_ORDERS = 8 };

static void start(ms_method *method) {
  ms_rng rng;
  ms_rng_init(&rng, (uint64_t)method->option[SEED], "conflict.pcgrad");
  ms_stream_save(&rng, method->state[STREAM]);
}

/* C and, for every level of the recursion, y and C y. */
static size_t work(size_t tasks) {
  return tasks * tasks + 2 * tasks * (tasks + 1);
}

static double along(size_t n, const double *C, const double *y, size_t j) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += C[j * n + k] * y[k];
  return sum;
}

static void project(size_t n, const double *C, size_t task, const size_t *order,
                    double *y) {
  for (size_t a = 0; a < n; a++) {
    size_t j = order[a];
    double product = j != task ? along(n, C, y, j) : 0;
    if (product < 0) y[j] -= product;
  }
}

/*
** sum[n] += share * the mean, over all orders of the 'left' tasks in 'open', of what the
** projections make of y. y is followed by C y, and by the same for the levels below.
** Where nothing conflicts, no order changes y.
*/
static void explore(size_t n, const double *C, size_t left, size_t *open, double *y,
                    double share, double *sum) {
  double *product = y + n, *next = y + 2 * n;
  int conflict = 0;
  for (size_t a = 0; a < left; a++) conflict |= product[open[a]] < 0;
  if (!conflict || left == 1) {
    for (size_t k = 0; k < n; k++) sum[k] += share * y[k];
    if (conflict) sum[open[0]] -= share * product[open[0]];
    return;
  }
  for (size_t a = 0; a < left; a++) {
    size_t j = open[a];
    double part = product[j] < 0 ? product[j] : 0;
    for (size_t k = 0; k < n; k++) {
      next[k] = y[k];
      next[n + k] = product[k] - part * C[j * n + k];
    }
    next[j] -= part;
    open[a] = open[left - 1];
    explore(n, C, left - 1, open, next, share / (double)left, sum);
    open[a] = j;
  }
}

static void all_orders(size_t n, const double *C, size_t task, size_t *open, double *y,
                       double *sum) {
  size_t left = 0;
  if (n <= MOST_ORDERS) {
    for (size_t j = 0; j < n; j++) {
      y[n + j] = along(n, C, y, j);
      if (j != task) open[left++] = j;
    }
    explore(n, C, left, open, y, 1, sum);
    return;
  }
  for (int reverse = 0; reverse < 2; reverse++) {
    for (size_t j = 0; j < n; j++) {
      open[j] = reverse ? n - 1 - j : j;
      y[n + j] = y[j];
    }
    project(n, C, task, open, y + n);
    for (size_t k = 0; k < n; k++) sum[k] += y[n + k] / 2;
  }
}

static ms_status weigh(ms_method *method, const ms_tasks *tasks, double *w) {
  size_t n = tasks->count, *order = tasks->index;
  int rule = (int)method->option[ORDER];
  double *C = tasks->work, *y = C + n * n;
  ms_rng rng;
  ms_stream_load(method->state[STREAM], &rng);
  ms_cosines(tasks, C);
  for (size_t k = 0; k < n; k++) w[k] = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n; k++) {
      y[k] = k == i ? tasks->norm[i] : 0;
      order[k] = k;
    }
    if (rule == SYMMETRIC) {
      all_orders(n, C, i, order, y, w);
      continue;
    }
    if (rule == RANDOM) ms_rng_shuffle(&rng, n, order);
    if (rule != ONE_SIDED || tasks->task[i] == 0) project(n, C, i, order, y);
    for (size_t k = 0; k < n; k++) w[k] += y[k];
  }
  for (size_t k = 0; k < n; k++) w[k] /= tasks->norm[k];
  ms_stream_save(&rng, method->state[STREAM]);
  return MS_OK;
}

static int promises(const double *option, size_t tasks, int independent) {
  int all = MS_H1 | MS_OQ;
  (void)independent;
  if (option[ORDER] == ONE_SIDED) return all | MS_LS;
  if (tasks <= 2) return all | MS_NC | MS_LS | MS_PI | MS_ST;
  if (option[ORDER] == RANDOM) return all;
  return option[ORDER] == SYMMETRIC && tasks <= MOST_ORDERS ? all | MS_LS | MS_PI
                                                             : all | MS_LS;
}

const ms_conflict ms_conflict_pcgrad = {
  .record = {
    .family = "conflict",
    .name = "pcgrad",
    .summary = "the sum of the gradients, each projected off those it conflicts with",
    .paper = "arXiv:2001.06782",
    .options = {
      [ORDER] = MS_CHOICE_OPTION("order", "random|ascending|symmetric|one-sided",
                                 "of the projections: drawn, that of the tasks, the mean "
                                 "over all orders; or only the first task's gradient "
                                 "changes"),
      [SEED] = MS_INTEGER_OPTION("seed", 0, 0, 1e15, "of the stream that draws orders"),
    },
    .slots = {
      [STREAM] = MS_SLOT("random", "stream of the orders", MS_STREAM),
    },
    .start = start,
  },
  .weigh = weigh,
  .work = work,
  .promises = promises,
};
