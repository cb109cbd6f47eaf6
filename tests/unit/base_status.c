#include "check.h"

/* A function in the house style: fails on request and counts its clean-ups. */
static int released;

static ms_status fail_when(int asked) {
  ms_status status = MS_OK;
  MS_CHECK(!asked, MS_ESINGULAR, "pivot %d is zero", asked);
out:
  released++;
  return status;
}

static ms_status pass_on(int asked) {
  ms_status status = MS_OK;
  MS_TRY(fail_when(asked));
out:
  released++;
  return status;
}

static void test_macros(void) {
  CHECK_STATUS(pass_on(0), MS_OK);
  CHECK(released == 2);
  CHECK_STATUS(pass_on(7), MS_ESINGULAR);
  CHECK(released == 4);
  CHECK_STRING(ms_message(), "pivot 7 is zero");
}

static void test_names(void) {
#define SAME(code, name, text)                                                           \
  CHECK_STRING(ms_status_name(code), name);                                              \
  CHECK_STRING(ms_status_text(code), text);
  MS_STATUS_LIST(SAME)
#undef SAME
}

static void test_long_message(void) {
  char text[2000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  CHECK_STATUS(ms_fail(MS_EIO, "%s", text), MS_EIO);
  CHECK(strlen(ms_message()) > 100 && strlen(ms_message()) < sizeof text);
}

int main(void) {
  test_macros();
  test_names();
  test_long_message();
  return check_done();
}
