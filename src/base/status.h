/*
** Status codes and the message that goes with them. Every function that can fail returns
** an ms_status and hands results out through its last pointers. The message is written
** where the failure is born, into a thread-local buffer, and read once by whoever reports
** it.
*/
#ifndef MS_BASE_STATUS_H
#define MS_BASE_STATUS_H

#include <stddef.h>

/* X(code, name seen from Lua, text) */
#define MS_STATUS_LIST(X)                                                                \
  X(MS_OK, "ok", "no error")                                                             \
  X(MS_EARG, "argument", "invalid argument")                                             \
  X(MS_ENOMEM, "memory", "out of memory")                                                \
  X(MS_ESINGULAR, "singular", "singular matrix")                                         \
  X(MS_EDIVERGED, "diverged", "a value is not finite")                                   \
  X(MS_EIO, "io", "input or output failed")                                              \
  X(MS_EFORMAT, "format", "damaged or unknown file format")                              \
  X(MS_ESTOP, "stop", "stopped on request")                                              \
  X(MS_EBUG, "bug", "internal error")

typedef enum ms_status {
#define MS_STATUS_ENUM(code, name, text) code,
  MS_STATUS_LIST(MS_STATUS_ENUM)
#undef MS_STATUS_ENUM
} ms_status;

/* Short name ("singular") and one-line text of a code. */
const char *ms_status_name(ms_status status);
const char *ms_status_text(ms_status status);

/* Store the message of a failure (printf style) and return 'status'. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
ms_status
ms_fail(ms_status status, const char *format, ...);

/* The message of this thread's last failure; never NULL, valid until the next failure. */
const char *ms_message(void);

/*
** The two macros of every fallible function. They need a local 'ms_status status =
** MS_OK;' and a label 'out:' that releases everything (release functions accept NULL).
*/
#define MS_TRY(call)                                                                     \
  do {                                                                                   \
    status = (call);                                                                     \
    if (status != MS_OK) goto out;                                                       \
  } while (0)

#define MS_CHECK(condition, code, ...)                                                   \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      status = ms_fail((code), __VA_ARGS__);                                             \
      goto out;                                                                          \
    }                                                                                    \
  } while (0)

#endif
