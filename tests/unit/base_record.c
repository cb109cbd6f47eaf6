#include "base/record.h"

#include "check.h"

enum { RATE, PART, COUNT, FLAG, KIND };

static const ms_record sample = {
  .family = "family",
  .name = "sample",
  .summary = "for tests",
  .paper = "none",
  .options = {
    [RATE] = MS_NUMBER_OPTION("rate", 0.5, 0, INFINITY, "a rate"),
    [PART] = MS_BELOW_OPTION("part", 0.9, 0, 1, "a part"),
    [COUNT] = MS_INTEGER_OPTION("count", 3, 1, 10, "a count"),
    [FLAG] = MS_BOOLEAN_OPTION("flag", 1, "a flag"),
    [KIND] = MS_CHOICE_OPTION("kind", "one|two|three", "a kind"),
  },
  .slots = {
    MS_SLOT("grid", "a grid", MS_TASKS, MS_PARAMS),
    MS_SLOT("one", "a number", MS_ONE),
  },
};

static const ms_record bare = {.family = "family", .name = "bare"};

static ms_value number(double x) {
  ms_value value = {MS_VALUE_NUMBER, x, NULL};
  return value;
}

static ms_value boolean(int x) {
  ms_value value = {MS_VALUE_BOOLEAN, x, NULL};
  return value;
}

static ms_value text(const char *x) {
  ms_value value = {MS_VALUE_TEXT, 0, x};
  return value;
}

static int takes(const char *name, ms_value value, double expected) {
  double out = -1;
  return CHECK_STATUS(ms_record_value(&sample, name, &value, &out), MS_OK)
         && out == expected;
}

/* The message holds the three parts. */
static void refuses(const char *name, ms_value value, const char *given,
                    const char *expected) {
  double out;
  CHECK_STATUS(ms_record_value(&sample, name, &value, &out), MS_EARG);
  CHECK_MESSAGE("family sample: ");
  CHECK_MESSAGE(name);
  CHECK_MESSAGE(given);
  CHECK_MESSAGE(expected);
}

static void test_values(void) {
  CHECK(takes("rate", number(0), 0));
  CHECK(takes("rate", number(1e300), 1e300));
  CHECK(takes("part", number(0.999), 0.999));
  CHECK(takes("count", number(10), 10));
  CHECK(takes("flag", boolean(0), 0));
  CHECK(takes("flag", boolean(1), 1));
  CHECK(takes("kind", text("one"), 0));
  CHECK(takes("kind", text("three"), 2));
}

static void test_refusals(void) {
  ms_value other = {MS_VALUE_OTHER, 0, "a table"};
  refuses("rate", number(-1), "is -1;", "expected a number, at least 0");
  refuses("rate", number(INFINITY), "is inf;", "expected a number");
  refuses("rate", number(NAN), "nan;", "expected a number");
  refuses("rate", text("fast"), "is 'fast';", "expected a number");
  refuses("rate", boolean(1), "is true;", "expected a number");
  refuses("rate", other, "is a table;", "expected a number");
  refuses("part", number(1), "is 1;", "at least 0 and below 1");
  refuses("part", number(0.1 - 0.2), "is -0.1;", "at least 0 and below 1");
  refuses("count", number(2.5), "is 2.5;", "a whole number, at least 1 and at most 10");
  refuses("count", number(11), "is 11;", "a whole number, at least 1 and at most 10");
  refuses("flag", number(1), "is 1;", "expected true or false");
  refuses("kind", text("tw"), "is 'tw';", "one of one, two, three");
  refuses("kind", text("twoo"), "is 'twoo';", "one of one, two, three");
  refuses("kind", number(1), "is 1;", "one of one, two, three");
  refuses("ratio", number(1), "given as 1", "it has rate, part, count, flag, kind");
}

static void test_bare(void) {
  ms_value one = number(1);
  double out;
  CHECK_STATUS(ms_record_value(&bare, "rate", &one, &out), MS_EARG);
  CHECK_MESSAGE("it has none");
  CHECK(ms_record_options(&bare) == 0);
  CHECK(ms_record_slots(&bare) == 0);
}

static void test_lookup(void) {
  static const ms_record *const records[] = {&sample, &bare};
  const ms_record *found = NULL;
  size_t length = 0;
  CHECK(ms_record_options(&sample) == 5);
  CHECK(ms_record_slots(&sample) == 2);
  CHECK(ms_record_option(&sample, "flag") == FLAG);
  CHECK(ms_record_option(&sample, "fla") == -1);
  CHECK(ms_record_slot(&sample, "one") == 1);
  CHECK(ms_record_slot(&sample, "") == -1);
  CHECK_STATUS(ms_record_find(records, 2, "bare", &found), MS_OK);
  CHECK(found == &bare);
  CHECK_STATUS(ms_record_find(records, 2, "bar", &found), MS_EARG);
  CHECK_MESSAGE("the family 'family' has no method 'bar'; it has sample, bare");
  CHECK(strncmp(ms_choice(&sample.options[KIND], 1, &length), "two", 3) == 0);
  CHECK(length == 3);
  CHECK(ms_choice(&sample.options[KIND], 3, &length) == NULL);
  CHECK_STRING(ms_option_type_name(MS_INTEGER), "integer");
  CHECK_STRING(ms_axis_letter(MS_PARAMS), "P");
}

int main(void) {
  test_values();
  test_refusals();
  test_bare();
  test_lookup();
  return check_done();
}
