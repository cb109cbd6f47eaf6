#define _POSIX_C_SOURCE 200809L

#include "base/team.h"

#include "base/alloc.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* Polls before a worker sleeps: 30 to 110 us, as 'pause' takes 40 to 140 cycles. */
enum { SPINS = 2000, MAX_THREADS = 1024 };

struct ms_team {
  int threads, started;
  pthread_t *workers;     /* threads - 1 of them, 'started' are running */
  struct worker *records; /* their arguments */
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int sleepers;           /* guarded by mutex */
  atomic_uint generation; /* one more for every job */
  atomic_ullong state;    /* generation, OPEN, and how many workers are in the job */
  atomic_int pending;     /* workers that have not finished a job for all */
  atomic_int quit;
  int running;            /* a job, until all have finished it */
  ms_team_job *job;
  void *arg;
};

/* Workers may begin with the job. The generation is above it, the count of them below. */
#define OPEN (1ull << 31)

struct worker {
  ms_team *team;
  int index;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* Blocks until the generation differs from 'seen'; returns the new one. */
static unsigned next_generation(ms_team *team, unsigned seen) {
  for (int i = 0; i < SPINS; i++) {
    unsigned now = atomic_load_explicit(&team->generation, memory_order_acquire);
    if (now != seen) return now;
    relax();
  }
  pthread_mutex_lock(&team->mutex);
  team->sleepers++;
  while (atomic_load(&team->generation) == seen)
    pthread_cond_wait(&team->wake, &team->mutex);
  team->sleepers--;
  pthread_mutex_unlock(&team->mutex);
  return atomic_load(&team->generation);
}

/* A worker may come so late that the job of 'generation' is over, and another one on. */
static int enter(ms_team *team, unsigned generation) {
  unsigned long long state = atomic_load(&team->state);
  while (state >> 32 == generation && state & OPEN)
    if (atomic_compare_exchange_weak(&team->state, &state, state + 1)) return 1;
  return 0;
}

static void *work(void *arg) {
  struct worker *self = arg;
  ms_team *team = self->team;
  unsigned seen = 0;
  for (;;) {
    seen = next_generation(team, seen);
    if (atomic_load(&team->quit)) return NULL;
    if (!enter(team, seen)) continue;
    team->job(team->arg, self->index, team->threads);
    atomic_fetch_sub_explicit(&team->pending, 1, memory_order_release);
    atomic_fetch_sub_explicit(&team->state, 1, memory_order_release);
  }
}

/* Announce a new generation and wake the workers that sleep. */
static void announce(ms_team *team) {
  pthread_mutex_lock(&team->mutex);
  atomic_fetch_add_explicit(&team->generation, 1, memory_order_release);
  if (team->sleepers > 0) pthread_cond_broadcast(&team->wake);
  pthread_mutex_unlock(&team->mutex);
}

ms_status ms_team_create(int threads, ms_team **out) {
  ms_status status = MS_OK;
  ms_team *team = NULL;
  *out = NULL;
  MS_CHECK(threads >= 1 && threads <= MAX_THREADS, MS_EARG,
           "threads: expected 1 to %d, got %d", MAX_THREADS, threads);
  MS_TRY(ms_alloc_zero(1, sizeof *team, "a thread team", &team));
  team->threads = threads;
  pthread_mutex_init(&team->mutex, NULL);
  pthread_cond_init(&team->wake, NULL);
  MS_TRY(
    ms_alloc_zero((size_t)threads, sizeof *team->workers, "threads", &team->workers));
  MS_TRY(
    ms_alloc_zero((size_t)threads, sizeof *team->records, "threads", &team->records));
  for (int i = 1; i < threads; i++) {
    team->records[i - 1] = (struct worker){team, i};
    MS_CHECK(pthread_create(&team->workers[i - 1], NULL, work, &team->records[i - 1])
               == 0,
             MS_ENOMEM, "the system refused thread %d of %d", i + 1, threads);
    team->started++;
  }
  *out = team;
  team = NULL;
out:
  ms_team_free(team);
  return status;
}

void ms_team_free(ms_team *team) {
  if (team == NULL) return;
  atomic_store(&team->quit, 1);
  announce(team);
  for (int i = 0; i < team->started; i++) pthread_join(team->workers[i], NULL);
  pthread_cond_destroy(&team->wake);
  pthread_mutex_destroy(&team->mutex);
  ms_free(team->records);
  ms_free(team->workers);
  ms_free(team);
}

int ms_team_threads(const ms_team *team) {
  return team->threads;
}

/* Starts a job, does the caller's part, and waits for 'needed' workers to do theirs. */
static void run(ms_team *team, ms_team_job *job, void *arg, int needed) {
  unsigned long long next = (unsigned)(atomic_load(&team->generation) + 1);
  if (team->threads == 1 || team->running) {
    job(arg, 0, 1);
    return;
  }
  team->running = 1; /* workers see it: they wait for the generation */
  team->job = job;
  team->arg = arg;
  atomic_store_explicit(&team->pending, needed, memory_order_relaxed);
  atomic_store_explicit(&team->state, next << 32 | OPEN, memory_order_release);
  announce(team);
  job(arg, 0, team->threads);
  for (int spins = 0; atomic_load_explicit(&team->pending, memory_order_acquire) > 0;) {
    relax();
    if (++spins > SPINS) sched_yield();
  }
  atomic_fetch_and(&team->state, ~OPEN);
  for (int spins = 0;
       (atomic_load_explicit(&team->state, memory_order_acquire) & (OPEN - 1)) > 0;) {
    relax();
    if (++spins > SPINS) sched_yield();
  }
  team->running = 0;
}

void ms_team_run(ms_team *team, ms_team_job *job, void *arg) {
  run(team, job, arg, team->threads - 1);
}

void ms_team_share(ms_team *team, ms_team_job *job, void *arg) {
  run(team, job, arg, 0);
}
