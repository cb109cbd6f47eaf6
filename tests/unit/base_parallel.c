#include "base/parallel.h"

#include "check.h"

enum { PIECES = 1000, MOST = 4 };

typedef struct record {
  int times[PIECES], thread[PIECES];
  int wrong; /* counted by each job on pieces of its own */
} record;

static void mark(void *arg, int thread, size_t first, size_t last) {
  record *r = arg;
  for (size_t i = first; i < last; i++) {
    r->times[i]++;
    r->thread[i] = thread;
  }
}

/* Every piece once, neighbours on one thread, the shares within one piece of each other. */
static void check_shares(size_t pieces, int threads) {
  record r = {0};
  size_t share[MOST] = {0}, least, most;
  ms_parallel(pieces, mark, &r);
  for (size_t i = 0; i < pieces; i++) {
    CHECK(r.times[i] == 1 && r.thread[i] >= 0 && r.thread[i] < threads);
    CHECK(i == 0 || r.thread[i] >= r.thread[i - 1]);
    share[r.thread[i]]++;
  }
  for (size_t i = pieces; i < PIECES; i++) CHECK(r.times[i] == 0);
  least = most = share[0];
  for (int t = 1; t < threads; t++) {
    if (share[t] < least) least = share[t];
    if (share[t] > most) most = share[t];
  }
  CHECK(pieces == 1 || most - least <= 1);
}

static void test_shares(void) {
  for (int threads = 1; threads <= MOST; threads++) {
    ms_team *team;
    CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
    ms_parallel_use(team);
    CHECK(ms_parallel_threads() == threads);
    for (size_t pieces = 0; pieces < 12; pieces++) check_shares(pieces, threads);
    check_shares(PIECES, threads);
    ms_parallel_use(NULL);
    CHECK(ms_parallel_threads() == 1);
    check_shares(PIECES, 1);
    ms_team_free(team);
  }
}

static void outer(void *arg, int thread, size_t first, size_t last) {
  record *r = arg;
  (void)thread;
  for (size_t i = first; i < last; i++) ms_parallel(PIECES, mark, &r[i]);
}

/* A job that shares out work itself does that work alone. */
static void test_nesting(void) {
  static record r[4];
  ms_team *team;
  CHECK_STATUS(ms_team_create(3, &team), MS_OK);
  ms_parallel_use(team);
  ms_parallel(4, outer, r);
  ms_parallel_use(NULL);
  ms_team_free(team);
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < PIECES; i++) CHECK(r[k].times[i] == 1 && r[k].thread[i] == 0);
}

int main(void) {
  test_shares();
  test_nesting();
  return check_done();
}
