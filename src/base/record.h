/*
** Records: what a method (an optimizer, a conflict method, a pruning policy) says about
** itself. A method is one file that ends in one const record; the checks of its options,
** its state, its help, its checkpoints and its conformance tests follow from the record.
**
** An option's value is kept as a double: a boolean as 0 or 1, a choice as its index.
*/
#ifndef MS_BASE_RECORD_H
#define MS_BASE_RECORD_H

#include "base/status.h"

#include <stddef.h>

enum { MS_MAX_OPTIONS = 24, MS_MAX_SLOTS = 12, MS_MAX_AXES = 3 };

/* X(type, name seen from Lua) */
#define MS_OPTION_TYPE_LIST(X)                                                           \
  X(MS_NUMBER, "number") X(MS_INTEGER, "integer")                                        \
  X(MS_BOOLEAN, "boolean") X(MS_CHOICE, "choice")

typedef enum ms_option_type {
#define MS_OPTION_TYPE_ENUM(type, name) type,
  MS_OPTION_TYPE_LIST(MS_OPTION_TYPE_ENUM)
#undef MS_OPTION_TYPE_ENUM
} ms_option_type;

typedef struct ms_option {
  const char *name;
  ms_option_type type;
  double initial;      /* the default; a choice's default is its first one */
  double min, max;     /* for numbers and integers, both allowed ... */
  int below;           /* ... unless this is set: then the value is less than max */
  const char *choices; /* "a|b|c" */
  const char *text;
} ms_option;

/* The ways to write one down. */
#define MS_NUMBER_OPTION(name, initial, min, max, text)                                  \
  {name, MS_NUMBER, initial, min, max, 0, NULL, text}
#define MS_BELOW_OPTION(name, initial, min, max, text)                                   \
  {name, MS_NUMBER, initial, min, max, 1, NULL, text}
#define MS_INTEGER_OPTION(name, initial, min, max, text)                                 \
  {name, MS_INTEGER, initial, min, max, 0, NULL, text}
#define MS_BOOLEAN_OPTION(name, initial, text)                                           \
  {name, MS_BOOLEAN, initial, 0, 1, 0, NULL, text}
#define MS_CHOICE_OPTION(name, choices, text) {name, MS_CHOICE, 0, 0, 0, 0, choices, text}

/* The extents that a state array can have. X(axis, letter seen from Lua) */
#define MS_AXIS_LIST(X)                                                                  \
  X(MS_NO_AXIS, "")                                                                      \
  X(MS_ONE, "1")    /* a single number */                                                \
  X(MS_STREAM, "4") /* a random stream, see ms_stream_save */                            \
  X(MS_TERMS, "K")  /* loss terms: rows of the gradient matrix */                        \
  X(MS_TASKS, "T")  /* groups of terms that the method treats as one */                  \
  X(MS_PARAMS, "P") /* parameters: columns of the gradient matrix */                     \
  X(MS_SCOPE, "S")  /* parameters inside a policy's scope, block after block */          \
  X(MS_BLOCKS, "B") /* blocks (weight matrices) of that scope */

typedef enum ms_axis {
#define MS_AXIS_ENUM(axis, letter) axis,
  MS_AXIS_LIST(MS_AXIS_ENUM)
#undef MS_AXIS_ENUM
  MS_AXES
} ms_axis;

/* A named array of state, at most MS_MAX_AXES axes, unused ones MS_NO_AXIS. */
typedef struct ms_slot {
  const char *name;
  ms_axis axis[MS_MAX_AXES];
  const char *text;
  int later; /* older files do not have it: it is then 0 */
} ms_slot;

#define MS_SLOT(name, text, ...) {name, {__VA_ARGS__}, text, 0}
#define MS_LATER_SLOT(name, text, ...) {name, {__VA_ARGS__}, text, 1}

struct ms_method;

typedef struct ms_record {
  const char *family;  /* "optimizer", "conflict", "prune" ... */
  const char *name;    /* as users write it */
  const char *summary; /* one line */
  const char *paper;   /* DOI, arXiv id, or "none" */
  ms_option options[MS_MAX_OPTIONS + 1]; /* the first without a name ends them */
  ms_slot slots[MS_MAX_SLOTS + 1];       /* likewise */
  size_t tasks;     /* terms are grouped into this many tasks unless told otherwise; 0:
                       each term is a task of its own */
  size_t max_tasks; /* it can do no more than this; 0: any number */
  void (*start)(struct ms_method *method); /* the state at the start, if that is not 0 */
} ms_record;

size_t ms_record_options(const ms_record *record); /* how many */
size_t ms_record_slots(const ms_record *record);

/* The index of an option or slot, or -1. */
int ms_record_option(const ms_record *record, const char *name);
int ms_record_slot(const ms_record *record, const char *name);

/* The index-th choice of "a|b|c", not terminated, and its length; NULL past the last. */
const char *ms_choice(const ms_option *option, size_t index, size_t *length);

/* A value that somebody gave for an option. */
typedef enum ms_value_kind {
  MS_VALUE_NUMBER,
  MS_VALUE_BOOLEAN,
  MS_VALUE_TEXT,
  MS_VALUE_OTHER
} ms_value_kind;

typedef struct ms_value {
  ms_value_kind kind;
  double number;    /* a number, or a boolean as 0 or 1 */
  const char *text; /* a text; of MS_VALUE_OTHER what it is, for messages ("a table") */
} ms_value;

/*
** *out = the value as the option stores it. MS_EARG, with a message that names the
** method, the option, the value and what was expected, if there is no such option or it
** does not take it.
*/
ms_status ms_record_value(const ms_record *record, const char *name,
                          const ms_value *value, double *out);

/* *out = the record called 'name'; MS_EARG with a message that lists the names. */
ms_status ms_record_find(const ms_record *const *records, size_t count, const char *name,
                         const ms_record **out);

const char *ms_option_type_name(ms_option_type type);
const char *ms_axis_letter(ms_axis axis);

#endif
