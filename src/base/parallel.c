#include "base/parallel.h"

static _Thread_local ms_team *current;

void ms_parallel_use(ms_team *team) {
  current = team;
}

int ms_parallel_threads(void) {
  return current == NULL ? 1 : ms_team_threads(current);
}

typedef struct share {
  ms_pieces_job *job;
  void *arg;
  size_t pieces;
} share;

/* The first (pieces mod threads) threads take one piece more. */
static void run_share(void *arg, int thread, int threads) {
  const share *s = arg;
  size_t t = (size_t)thread, each = s->pieces / (size_t)threads;
  size_t more = s->pieces % (size_t)threads;
  size_t first = t * each + (t < more ? t : more);
  size_t last = first + each + (t < more ? 1 : 0);
  if (first < last) s->job(s->arg, thread, first, last);
}

void ms_parallel(size_t pieces, ms_pieces_job *job, void *arg) {
  share s = {job, arg, pieces};
  if (pieces == 0) return;
  if (current == NULL || pieces == 1)
    job(arg, 0, 0, pieces);
  else
    ms_team_run(current, run_share, &s);
}
