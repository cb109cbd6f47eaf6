/*
** Checks for the C unit tests. A failed check prints its place and carries on;
** check_done() is the exit status of main, and also fails when memory was left behind.
*/
#ifndef MS_TESTS_SUPPORT_CHECK_H
#define MS_TESTS_SUPPORT_CHECK_H

#include "base/alloc.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_passed, check_failed;

static inline int check_report(int good, const char *file, int line, const char *text) {
  if (good) {
    check_passed++;
  } else {
    check_failed++;
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
  }
  return good;
}

static inline int check_near(double a, double b, double tolerance, const char *file,
                             int line, const char *text) {
  char note[256];
  double gap = fabs(a - b);
  if (a == b || (isnan(a) && isnan(b)) || gap <= tolerance) {
    check_passed++;
    return 1;
  }
  snprintf(note, sizeof note, "%s: %.17g against %.17g, apart %.3g > %.3g", text, a, b,
           gap, tolerance);
  return check_report(0, file, line, note);
}

static inline int check_status(ms_status got, ms_status wanted, const char *file,
                               int line, const char *text) {
  char note[768];
  if (got == wanted) return check_report(1, file, line, text);
  snprintf(note, sizeof note, "%s: status %s (%s), expected %s", text,
           ms_status_name(got), got == MS_OK ? "" : ms_message(), ms_status_name(wanted));
  return check_report(0, file, line, note);
}

/* Each is an expression: true when the check held. */
#define CHECK(condition) check_report(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_NEAR(a, b, tolerance)                                                      \
  check_near((a), (b), (tolerance), __FILE__, __LINE__, #a " near " #b)
#define CHECK_STATUS(call, code) check_status((call), (code), __FILE__, __LINE__, #call)
#define CHECK_STRING(a, b)                                                               \
  check_report(strcmp((a), (b)) == 0, __FILE__, __LINE__, #a " is " #b)

/* The last failure's message contains 'part'. */
#define CHECK_MESSAGE(part)                                                              \
  check_report(strstr(ms_message(), (part)) != NULL, __FILE__, __LINE__, ms_message())

static inline int check_done(void) {
  size_t blocks = ms_live_blocks(), bytes = ms_live_bytes();
  if (blocks != 0 || bytes != 0) {
    check_failed++;
    fprintf(stderr, "%zu blocks (%zu bytes) were left behind\n", blocks, bytes);
  }
  printf("%d passed, %d failed\n", check_passed, check_failed);
  return check_failed != 0;
}

#endif
