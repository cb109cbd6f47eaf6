/* An option of a method written as text: "variant=center", "c=0.5", "guard=false". */
#ifndef MS_TESTS_SUPPORT_CONFLICT_SETTING_H
#define MS_TESTS_SUPPORT_CONFLICT_SETTING_H

#include "base/method.h"
#include "check.h"

#include <stdlib.h>

/* NULL leaves the options as they are. */
static inline void apply_setting(ms_method *method, const char *setting) {
  const char *text = setting != NULL ? strchr(setting, '=') + 1 : NULL;
  ms_value value = {MS_VALUE_TEXT, 0, text};
  char name[32] = "", *end;
  if (setting == NULL) return;
  memcpy(name, setting, (size_t)(text - setting) - 1);
  value.number = strtod(text, &end);
  if (*end == '\0') value.kind = MS_VALUE_NUMBER;
  if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
    value.kind = MS_VALUE_BOOLEAN;
    value.number = text[0] == 't';
  }
  CHECK_STATUS(ms_method_set(method, name, &value), MS_OK);
}

#endif
