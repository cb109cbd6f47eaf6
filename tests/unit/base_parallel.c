#include "base/parallel.h"

#include "check.h"

enum { PIECES = 1000, MOST = 4 };

typedef struct record {
  int times[PIECES], thread[PIECES];
} record;

static void mark(void *arg, int thread, size_t first, size_t last) {
  record *r = arg;
  for (size_t i = first; i < last; i++) {
    r->times[i]++;
    r->thread[i] = thread;
  }
}

/* Every piece once, whoever does it. */
static void check_pieces(size_t pieces, int threads) {
  record r = {0};
  ms_parallel(pieces, mark, &r);
  for (size_t i = 0; i < PIECES; i++)
    CHECK(r.times[i] == (i < pieces) && r.thread[i] >= 0 && r.thread[i] < threads);
}

static void test_pieces(void) {
  for (int threads = 1; threads <= MOST; threads++) {
    ms_team *team;
    CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
    ms_parallel_use(team);
    CHECK(ms_parallel_threads() == threads);
    for (size_t pieces = 0; pieces < 12; pieces++) check_pieces(pieces, threads);
    for (int round = 0; round < 200; round++) check_pieces(PIECES, threads);
    ms_parallel_use(NULL);
    CHECK(ms_parallel_threads() == 1);
    check_pieces(PIECES, 1);
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
  test_pieces();
  test_nesting();
  return check_done();
}
