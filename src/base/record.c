#include "base/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_TEXT = 256, VALUE_TEXT = 80 };

size_t ms_record_options(const ms_record *record) {
  size_t n = 0;
  while (n < MS_MAX_OPTIONS && record->options[n].name != NULL) n++;
  return n;
}

size_t ms_record_slots(const ms_record *record) {
  size_t n = 0;
  while (n < MS_MAX_SLOTS && record->slots[n].name != NULL) n++;
  return n;
}

int ms_record_option(const ms_record *record, const char *name) {
  for (int i = 0; i < MS_MAX_OPTIONS && record->options[i].name != NULL; i++)
    if (strcmp(record->options[i].name, name) == 0) return i;
  return -1;
}

int ms_record_slot(const ms_record *record, const char *name) {
  for (int i = 0; i < MS_MAX_SLOTS && record->slots[i].name != NULL; i++)
    if (strcmp(record->slots[i].name, name) == 0) return i;
  return -1;
}

const char *ms_choice(const ms_option *option, size_t index, size_t *length) {
  const char *at = option->choices;
  while (at != NULL && index > 0) {
    at = strchr(at, '|');
    if (at != NULL) at++;
    index--;
  }
  if (at != NULL) *length = strcspn(at, "|");
  return at;
}

/* Appends ", item" (or the item alone when it is the first) as far as there is room. */
static void append(char *text, size_t size, const char *item, size_t length) {
  size_t used = strlen(text);
  if (used + 1 < size)
    snprintf(text + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)length, item);
}

static void list_options(const ms_record *record, char *text, size_t size) {
  text[0] = '\0';
  for (size_t i = 0; i < ms_record_options(record); i++)
    append(text, size, record->options[i].name, strlen(record->options[i].name));
}

/* The shortest of two ways to write the number that reads back as the same. */
static void show_number(double number, char *text, size_t size) {
  snprintf(text, size, "%.15g", number);
  if (strtod(text, NULL) != number) snprintf(text, size, "%.17g", number);
}

static void show_value(const ms_value *value, char *text, size_t size) {
  switch (value->kind) {
    case MS_VALUE_NUMBER: show_number(value->number, text, size); break;
    case MS_VALUE_BOOLEAN:
      snprintf(text, size, "%s", value->number != 0 ? "true" : "false");
      break;
    case MS_VALUE_TEXT: snprintf(text, size, "'%.60s'", value->text); break;
    case MS_VALUE_OTHER: snprintf(text, size, "%s", value->text); break;
  }
}

/* What the option takes: "a number, at least 0 and below 1", "one of center, average". */
static void show_expected(const ms_option *option, char *text, size_t size) {
  const char *what = option->type == MS_INTEGER ? "a whole number" : "a number";
  size_t length;
  if (option->type == MS_BOOLEAN) {
    snprintf(text, size, "true or false");
  } else if (option->type == MS_CHOICE) {
    char names[LIST_TEXT] = "";
    const char *name;
    for (size_t i = 0; (name = ms_choice(option, i, &length)) != NULL; i++)
      append(names, sizeof names, name, length);
    snprintf(text, size, "one of %s", names);
  } else if (isinf(option->max) && isinf(option->min)) {
    snprintf(text, size, "%s", what);
  } else if (isinf(option->max)) {
    snprintf(text, size, "%s, at least %.10g", what, option->min);
  } else {
    snprintf(text, size, "%s, at least %.10g and %s %.10g", what, option->min,
             option->below ? "below" : "at most", option->max);
  }
}

/* False if the option does not take the value. */
static int convert(const ms_option *option, const ms_value *value, double *out) {
  double x = value->number;
  size_t length;
  const char *name;
  switch (option->type) {
    case MS_BOOLEAN:
      *out = x;
      return value->kind == MS_VALUE_BOOLEAN;
    case MS_CHOICE:
      if (value->kind != MS_VALUE_TEXT) return 0;
      for (size_t i = 0; (name = ms_choice(option, i, &length)) != NULL; i++) {
        *out = (double)i;
        if (strlen(value->text) == length && memcmp(value->text, name, length) == 0)
          return 1;
      }
      return 0;
    default:
      *out = x;
      if (value->kind != MS_VALUE_NUMBER || !isfinite(x)) return 0;
      if (option->type == MS_INTEGER && x != floor(x)) return 0;
      return x >= option->min && (option->below ? x < option->max : x <= option->max);
  }
}

ms_status ms_record_value(const ms_record *record, const char *name,
                          const ms_value *value, double *out) {
  char given[VALUE_TEXT], expected[LIST_TEXT + 32];
  int i = ms_record_option(record, name);
  show_value(value, given, sizeof given);
  if (i < 0) {
    list_options(record, expected, sizeof expected);
    return ms_fail(MS_EARG, "%s %s: no option '%.60s' (given as %s); %s%s",
                   record->family, record->name, name, given,
                   expected[0] != '\0' ? "it has " : "it has none", expected);
  }
  if (convert(&record->options[i], value, out)) return MS_OK;
  show_expected(&record->options[i], expected, sizeof expected);
  return ms_fail(MS_EARG, "%s %s: option '%s' is %s; expected %s", record->family,
                 record->name, name, given, expected);
}

ms_status ms_record_find(const ms_record *const *records, size_t count, const char *name,
                         const ms_record **out) {
  char names[LIST_TEXT] = "";
  for (size_t i = 0; i < count; i++) {
    if (strcmp(records[i]->name, name) != 0) continue;
    *out = records[i];
    return MS_OK;
  }
  for (size_t i = 0; i < count; i++)
    append(names, sizeof names, records[i]->name, strlen(records[i]->name));
  return ms_fail(MS_EARG, "the family '%s' has no method '%.60s'; it has %s",
                 count > 0 ? records[0]->family : "", name, names);
}

const char *ms_option_type_name(ms_option_type type) {
  static const char *const names[] = {
#define NAME(type, name) name,
    MS_OPTION_TYPE_LIST(NAME)
#undef NAME
  };
  return names[type];
}

const char *ms_axis_letter(ms_axis axis) {
  static const char *const letters[] = {
#define LETTER(axis, letter) letter,
    MS_AXIS_LIST(LETTER)
#undef LETTER
  };
  return letters[axis];
}
