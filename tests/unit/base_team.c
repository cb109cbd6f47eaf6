#define _POSIX_C_SOURCE 200809L

#include "base/team.h"

#include "check.h"

#include <stdatomic.h>
#include <time.h>

enum { MOST = 8 };

static void nap(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

typedef struct tally {
  atomic_int calls[MOST]; /* by thread */
  atomic_int wrong;       /* calls with another number of threads than the team's */
  int threads;
  ms_team *team;
} tally;

static void count(void *arg, int thread, int threads) {
  tally *t = arg;
  if (threads != t->threads || thread < 0 || thread >= threads)
    atomic_fetch_add(&t->wrong, 1);
  else
    atomic_fetch_add(&t->calls[thread], 1);
}

static void check_tally(const tally *t, int jobs) {
  CHECK(t->wrong == 0);
  for (int i = 0; i < MOST; i++) CHECK(t->calls[i] == (i < t->threads ? jobs : 0));
}

static void test_every_thread_runs(void) {
  for (int threads = 1; threads <= MOST; threads++) {
    tally t = {.threads = threads};
    ms_team *team = NULL;
    CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
    CHECK(ms_team_threads(team) == threads);
    for (int job = 0; job < 20; job++) ms_team_run(team, count, &t);
    check_tally(&t, 20);
    ms_team_free(team);
  }
}

/* What one job writes without atomics, the next job reads on another thread. */
typedef struct relay {
  long value[MOST];
  long errors[MOST];
  long round;
} relay;

static void pass_on(void *arg, int thread, int threads) {
  relay *r = arg;
  int from = (thread + 1) % threads;
  long here = r->round % 2 == 0;
  if (here) {
    r->value[thread] = r->round;
  } else if (r->value[from] != r->round - 1) {
    r->errors[thread]++;
  }
}

static void many_tiny_jobs(int threads, long jobs) {
  ms_team *team = NULL;
  relay r = {0};
  CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
  for (r.round = 0; r.round < jobs; r.round++) ms_team_run(team, pass_on, &r);
  for (int i = 0; i < MOST; i++) CHECK(r.errors[i] == 0);
  ms_team_free(team);
}

/* After 20 ms the workers have stopped spinning and must be woken. */
static void test_sleepers_wake(void) {
  ms_team *team = NULL;
  tally t = {.threads = 4};
  CHECK_STATUS(ms_team_create(4, &team), MS_OK);
  for (int job = 0; job < 10; job++) {
    nap(20);
    ms_team_run(team, count, &t);
  }
  check_tally(&t, 10);
  nap(20);
  ms_team_free(team);
}

static void slow_worker(void *arg, int thread, int threads) {
  int *results = arg;
  (void)threads;
  if (thread > 0) nap(30);
  results[thread] = thread + 1;
}

/* The caller finishes first and must not return before the others. */
static void test_waits_for_the_slowest(void) {
  int results[3] = {0};
  ms_team *team = NULL;
  CHECK_STATUS(ms_team_create(3, &team), MS_OK);
  ms_team_run(team, slow_worker, results);
  CHECK(results[0] == 1 && results[1] == 2 && results[2] == 3);
  ms_team_free(team);
}

static void test_two_teams(void) {
  ms_team *one = NULL, *two = NULL;
  tally a = {.threads = 2}, b = {.threads = 3};
  CHECK_STATUS(ms_team_create(2, &one), MS_OK);
  CHECK_STATUS(ms_team_create(3, &two), MS_OK);
  for (int job = 0; job < 500; job++) {
    ms_team_run(one, count, &a);
    ms_team_run(two, count, &b);
  }
  ms_team_free(one);
  ms_team_run(two, count, &b);
  check_tally(&a, 500);
  check_tally(&b, 501);
  ms_team_free(two);
}

/* Jobs for all between shared ones: a worker that missed one of those is not confused. */
static void test_sharing(int threads, int jobs) {
  ms_team *team = NULL;
  tally all = {.threads = threads}, shared = {.threads = threads};
  CHECK_STATUS(ms_team_create(threads, &team), MS_OK);
  for (int job = 0; job < jobs; job++) {
    for (int i = 0; i < job % 4; i++) ms_team_share(team, count, &shared);
    ms_team_run(team, count, &all);
    if (job % 500 == 499) nap(10); /* workers fall asleep, and miss the next ones */
  }
  check_tally(&all, jobs);
  CHECK(shared.wrong == 0 && shared.calls[0] == jobs / 4 * 6);
  for (int i = 1; i < threads; i++) CHECK(shared.calls[i] <= jobs / 4 * 6);
  ms_team_free(team);
}

static void nested(void *arg, int thread, int threads) {
  tally *t = arg;
  tally own = {.threads = 1};
  (void)threads;
  if (thread == 0) ms_team_share(t->team, count, &own);
  if (thread == 0) ms_team_run(t->team, count, &own);
  if (thread == 0) CHECK(own.wrong == 0 && own.calls[0] == 2);
  count(arg, thread, threads);
}

static void test_nesting(void) {
  tally t = {.threads = 2};
  CHECK_STATUS(ms_team_create(2, &t.team), MS_OK);
  for (int i = 0; i < 100; i++) ms_team_run(t.team, nested, &t);
  check_tally(&t, 100);
  ms_team_free(t.team);
}

static void test_refusals(void) {
  ms_team *team;
  CHECK_STATUS(ms_team_create(0, &team), MS_EARG);
  CHECK(team == NULL);
  CHECK_MESSAGE("got 0");
  CHECK_STATUS(ms_team_create(100000, &team), MS_EARG);
  CHECK_MESSAGE("got 100000");
  for (size_t n = 1; n <= 3; n++) {
    ms_alloc_fail_after(n);
    CHECK_STATUS(ms_team_create(2, &team), MS_ENOMEM);
    ms_alloc_fail_after(0);
    CHECK(team == NULL && ms_live_blocks() == 0);
  }
  ms_team_free(NULL);
}

int main(void) {
  test_every_thread_runs();
  many_tiny_jobs(2, 20000);
  many_tiny_jobs(3, 300); /* perhaps more threads than processors */
  test_sleepers_wake();
  test_waits_for_the_slowest();
  test_two_teams();
  test_sharing(2, 4000);
  test_sharing(3, 800);
  test_nesting();
  test_refusals();
  return check_done();
}
