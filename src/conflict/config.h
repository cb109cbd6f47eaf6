/* The weights of ConFIG and M-ConFIG. */
#ifndef MS_CONFLICT_CONFIG_H
#define MS_CONFLICT_CONFIG_H

#include "conflict/conflict.h"

/* The choices of the option 'length'. */
#define MS_CONFIG_LENGTHS "projections|min|max|mean|harmonic|geometric"

/*
** w[count] of the tasks, d = sum over k of w_k g_k; 'length' is the number of a choice.
** work: ms_config_work(count) numbers.
*/
ms_status ms_config_weights(const ms_tasks *tasks, size_t length, double *w);

size_t ms_config_work(size_t tasks);

#endif
