/*
** A team of threads that run one function together. Thread 0 is the caller. Workers spin
** briefly for the next job (a training step hands out several in a row) and then sleep.
*/
#ifndef MS_BASE_TEAM_H
#define MS_BASE_TEAM_H

#include "base/status.h"

typedef struct ms_team ms_team;

/* fn(arg, thread, threads): 'thread' in [0, threads). */
typedef void ms_team_job(void *arg, int thread, int threads);

ms_status ms_team_create(int threads, ms_team **out);
void ms_team_free(ms_team *team);
int ms_team_threads(const ms_team *team);

/*
** Runs 'job' once on every thread and returns when all are done. From inside a job of the
** same team: runs it here, as the only thread.
*/
void ms_team_run(ms_team *team, ms_team_job *job, void *arg);

/*
** Runs 'job' on the caller and on what workers come along before the caller has finished
** its own: for jobs that take their work from a common heap. A worker that the system
** keeps waiting does not hold up the others.
*/
void ms_team_share(ms_team *team, ms_team_job *job, void *arg);

#endif
