#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[512];

const char *ms_status_name(ms_status status) {
  static const char *const names[] = {
#define MS_STATUS_NAME(code, name, text) name,
    MS_STATUS_LIST(MS_STATUS_NAME)
#undef MS_STATUS_NAME
  };
  return names[status];
}

const char *ms_status_text(ms_status status) {
  static const char *const texts[] = {
#define MS_STATUS_TEXT(code, name, text) text,
    MS_STATUS_LIST(MS_STATUS_TEXT)
#undef MS_STATUS_TEXT
  };
  return texts[status];
}

ms_status ms_fail(ms_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return status;
}

const char *ms_message(void) {
  return message;
}
