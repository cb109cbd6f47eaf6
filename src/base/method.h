/*
** A method at work: a record, the values of its options, and its state. The state is a
** list of named arrays of double, so that whoever saves, prints or restores it needs no
** code per method.
*/
#ifndef MS_BASE_METHOD_H
#define MS_BASE_METHOD_H

#include "base/random.h"
#include "base/record.h"

/*
** Extents become known on the first call (0 until then) and stay. A caller who wants the
** state in memory of his own sets 'state[i]' of a slot, zeroed, before ms_method_open,
** and clears it before ms_method_free.
*/
typedef struct ms_method {
  const ms_record *record;
  double option[MS_MAX_OPTIONS];
  size_t extent[MS_AXES];
  size_t *task;                /* [terms]: the task of each term; NULL: not known yet */
  double *state[MS_MAX_SLOTS];
  int open;                    /* the state exists and has been started */
} ms_method;

/* Options at their defaults, no state. */
void ms_method_init(ms_method *method, const ms_record *record);

/* Change an option; the failures of ms_record_value. */
ms_status ms_method_set(ms_method *method, const char *name, const ms_value *value);

/*
** Fix an extent, or compare it with the one known from earlier. MS_EARG names both.
** MS_TERMS goes through ms_method_terms or ms_method_groups instead.
*/
ms_status ms_method_extent(ms_method *method, ms_axis axis, size_t extent);

/*
** Fix (or compare) the number of terms. The first call groups them into tasks unless
** ms_method_groups did: each term is a task of its own, or where the record wants fewer
** tasks, the first terms are and all others are one task together.
*/
ms_status ms_method_terms(ms_method *method, size_t terms);

/*
** Term k belongs to task group[k]; tasks are counted from 0 and none may be empty. Later
** calls may move terms, but the number of tasks stays.
*/
ms_status ms_method_groups(ms_method *method, size_t terms, const size_t *group);

/* Allocate and start what state there is not yet. MS_EBUG while an extent is unknown. */
ms_status ms_method_open(ms_method *method);

/* Back to the state of the start. */
void ms_method_reset(ms_method *method);

/* Shape of a slot's array; false while an extent is unknown. */
int ms_method_shape(const ms_method *method, size_t slot, int *dims, size_t *shape);

/* Take the extents of a slot from a saved array's shape, or compare; MS_EARG. */
ms_status ms_method_fit(ms_method *method, size_t slot, int dims, const size_t *shape);

/* Forget the state, extents and groups; the options stay. A zeroed method is fine. */
void ms_method_free(ms_method *method);

/* A random stream as four whole numbers below 2^32: key, counter; high halves first. */
void ms_stream_save(const ms_rng *rng, double *stream);
void ms_stream_load(const double *stream, ms_rng *rng);

#endif
