/*
** Array work shared out over a thread team. The work is cut into pieces by its size
** alone, never by the number of threads, so that results do not depend on the team
** either.
*/
#ifndef MS_BASE_PARALLEL_H
#define MS_BASE_PARALLEL_H

#include "base/team.h"

#include <stddef.h>

/*
** The team that ms_parallel calls of this thread use from now on; NULL: none. It must
** outlive its use.
*/
void ms_parallel_use(ms_team *team);

/* How many threads the next ms_parallel may run on, at least 1. */
int ms_parallel_threads(void);

/* Does the pieces first .. last - 1; 'thread' is less than ms_parallel_threads(). */
typedef void ms_pieces_job(void *arg, int thread, size_t first, size_t last);

/*
** Does all pieces, in any order, and returns when they are done; a thread does several
** neighbours at a time. A job that comes here again does its pieces alone.
*/
void ms_parallel(size_t pieces, ms_pieces_job *job, void *arg);

#endif
