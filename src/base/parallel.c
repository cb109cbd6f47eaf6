#include "base/parallel.h"

#include <stdatomic.h>

static _Thread_local ms_team *current;

void ms_parallel_use(ms_team *team) {
  current = team;
}

int ms_parallel_threads(void) {
  return current == NULL ? 1 : ms_team_threads(current);
}

/* Pieces not yet taken; threads take 'grain' of them at a time. */
typedef struct heap {
  ms_pieces_job *job;
  void *arg;
  size_t pieces, grain;
  atomic_size_t next;
} heap;

static void take_pieces(void *arg, int thread, int threads) {
  heap *h = arg;
  (void)threads;
  for (;;) {
    size_t first = atomic_fetch_add_explicit(&h->next, h->grain, memory_order_relaxed);
    size_t last = first + h->grain;
    if (first >= h->pieces) return;
    h->job(h->arg, thread, first, last < h->pieces ? last : h->pieces);
  }
}

void ms_parallel(size_t pieces, ms_pieces_job *job, void *arg) {
  enum { TURNS = 8 }; /* of each thread: who is late loses a part of its share only */
  size_t threads = (size_t)ms_parallel_threads();
  heap h = {job, arg, pieces, pieces / (threads * TURNS) + 1, 0};
  if (pieces == 0) return;
  if (threads == 1 || pieces == 1)
    job(arg, 0, 0, pieces);
  else
    ms_team_share(current, take_pieces, &h);
}
