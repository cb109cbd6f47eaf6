#include "base/random.h"
#include "check.h"
#include "checkpoint/csv.h"
#include "support/views.h"
#include "tensor/elementwise.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>

static char path[1024];

static void write_text(const char *text) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(text, 1, strlen(text), file) == strlen(text));
  if (file != NULL) fclose(file);
}

/* Reads the text as a table into *out; 'names' (unless NULL) gets "a|b". */
static ms_status read_text(const char *text, ms_csv_options options, ms_tensor *out,
                           char *names) {
  ms_status status = MS_OK;
  ms_csv *csv = NULL;
  size_t shape[2];
  write_text(text);
  memset(out, 0, sizeof *out);
  MS_TRY(ms_csv_open(path, &options, &csv));
  shape[0] = ms_csv_rows(csv);
  shape[1] = ms_csv_columns(csv);
  MS_TRY(ms_tensor_create(2, shape, out));
  MS_TRY(ms_csv_read(csv, out->data));
  if (names != NULL) names[0] = '\0';
  for (size_t i = 0; names != NULL && i < shape[1]; i++) {
    size_t length;
    const char *name = ms_csv_name(csv, i, &length);
    snprintf(names + strlen(names), 100, "%s%.*s", i > 0 ? "|" : "", (int)length, name);
  }
out:
  ms_csv_close(csv);
  if (status != MS_OK) ms_tensor_release(out);
  return status;
}

static void check_values(const char *text, ms_csv_options options, size_t rows,
                         size_t columns, const double *values) {
  ms_tensor t;
  CHECK_STATUS(read_text(text, options, &t, NULL), MS_OK);
  if (CHECK(t.dims == 2 && t.shape[0] == rows && t.shape[1] == columns))
    for (size_t i = 0; i < rows * columns; i++)
      CHECK(t.data[i] == values[i] || (isnan(t.data[i]) && isnan(values[i])));
  ms_tensor_release(&t);
}

static const ms_csv_options plain = {',', 0, NULL};

static void test_layouts(void) {
  const double four[] = {1, 2, 3, 4};
  check_values("1,2\n3,4\n", plain, 2, 2, four);
  check_values("1,2\r\n3,4", plain, 2, 2, four);
  check_values("\n1,2\n \t\n  # more\n\r\n3,4\n", plain, 2, 2, four);
  check_values("# a comment\n 1 , 2 \n#\n3,\t4\n\n  \n", plain, 2, 2, four);
  check_values("\xEF\xBB\xBF"
               "1,2\n\"3\",\" 4\"\n",
               plain, 2, 2, four);
  check_values("1;2\n3;4\n", (ms_csv_options){';', 0, NULL}, 2, 2, four);
  check_values("1\t2\n3\t 4\n", (ms_csv_options){'\t', 0, NULL}, 2, 2, four);
  check_values("  1   2\n3\t4  \n", (ms_csv_options){' ', 0, NULL}, 2, 2, four);
  check_values("1\n2\n3\n4\n", plain, 4, 1, four);
  check_values("1,2,3,4", plain, 1, 4, four);
  check_values("", plain, 0, 0, four);
  check_values("\n\n", plain, 0, 0, four);
  check_values("# nothing\n", plain, 0, 0, four);
}

static void test_names(void) {
  ms_csv_options options = {',', 1, NULL};
  char names[400];
  ms_tensor t;
  CHECK_STATUS(read_text("x, \"a, b\" ,t\n# note\n1,2,3\n", options, &t, names), MS_OK);
  CHECK_STRING(names, "x|a, b|t");
  CHECK(t.shape[0] == 1 && t.data[2] == 3);
  ms_tensor_release(&t);
  CHECK_STATUS(read_text("x,t\n", options, &t, names), MS_OK);
  CHECK(t.shape[0] == 0 && t.shape[1] == 2);
  ms_tensor_release(&t);
  CHECK_STATUS(read_text("", options, &t, NULL), MS_EFORMAT);
  CHECK_MESSAGE("has no line with names");
  CHECK_STATUS(read_text("a,,b\n1,2,3\n", options, &t, NULL), MS_EFORMAT);
  CHECK_MESSAGE("line 1: column 2 has no name");
}

static void test_numbers(void) {
  const double values[] = {-0.0,
                           1e22,
                           1.5e-3,
                           5,
                           0.25,
                           INFINITY,
                           -INFINITY,
                           NAN,
                           1e308,
                           5e-324,
                           9007199254740993.0,
                           3.14159265358979312,
                           0.1,
                           1e5};
  check_values("-0, 1e22, 1.5E-3, 5., .25, inf, -Infinity, nan, 1e308, 5e-324,"
               "9007199254740993, 3.14159265358979312, +0.1, 00000000000000000000100000",
               plain, 1, 14, values);
}

static void test_missing(void) {
  double missing = NAN;
  const double values[] = {1, NAN, NAN, 4};
  check_values("1,\n,4\n", (ms_csv_options){',', 0, &missing}, 2, 2, values);
}

static void test_damage(void) {
  static const char *const cases[][2] = {
    {"1,2\n3,x\n", "line 2, column 2: 'x' is not a number"},
    {"1,2\n3\n", "line 2 has 1 columns, expected 2 as in the first line"},
    {"1,2\n3,4,5\n", "line 2 has 3 columns, expected 2"},
    {"# c\n1,2\n3,\n", "line 3, column 2: the cell is empty"},
    {"1,0x10\n", "line 1, column 2: '0x10' is not a number"},
    {"1 2,3\n", "line 1, column 1: '1 2' is not a number"},
    {"1,2e\n", "'2e' is not a number"},
    {"1,--2\n", "'--2' is not a number"},
    {"1,1.2.3\n", "'1.2.3' is not a number"},
    {"1,nan(7)\n", "'nan(7)' is not a number"},
  };
  ms_tensor t;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_STATUS(read_text(cases[i][0], plain, &t, NULL), MS_EFORMAT);
    CHECK_MESSAGE(cases[i][1]);
  }
  for (const char *c = "a0.+-\"#_\n"; *c != '\0'; c++)
    CHECK_STATUS(read_text("1", (ms_csv_options){*c, 0, NULL}, &t, NULL), MS_EARG);
  CHECK_MESSAGE("delimiter");
  remove(path);
}

/* Every number comes back with its bits. */
static void test_round_trip(void) {
  size_t shape[2] = {200, 3};
  const char *const names[] = {"x", "du, dx", "y z"};
  char read_names[400];
  ms_tensor t, back;
  ms_rng rng;
  FILE *file;
  char text[1 << 16] = "";
  ms_rng_init(&rng, 1, "csv");
  CHECK_STATUS(random_view(&rng, 2, shape, &t), MS_OK);
  for (size_t i = 0; i < 600; i++) {
    uint64_t bits = ms_rng_below(&rng, UINT64_MAX);
    double x;
    memcpy(&x, &bits, sizeof x);
    if (i % 3 == 0) x = (double)(int64_t)ms_rng_below(&rng, 1000000) - 500000;
    if (i % 7 == 0) x = (double)ms_rng_below(&rng, 100000) / 1000;
    *view_at(&t, i) = isnan(x) ? -0.0 : x;
  }
  *view_at(&t, 0) = INFINITY;
  CHECK_STATUS(ms_csv_write(path, ';', names, &t), MS_OK);
  file = fopen(path, "rb");
  CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
  if (file != NULL) fclose(file);
  CHECK(strncmp(text, "x;\"du, dx\";\"y z\"\ninf;", 21) == 0
        || strncmp(text, "x;du", 4) == 0);
  CHECK_STATUS(read_text(text, (ms_csv_options){';', 1, NULL}, &back, read_names), MS_OK);
  CHECK_STRING(read_names, "x|du, dx|y z");
  for (size_t i = 0; i < 600; i++)
    CHECK(memcmp(view_at(&t, i), &back.data[i], sizeof(double)) == 0);
  ms_tensor_release(&back);
  ms_tensor_release(&t);
}

static void test_writing(void) {
  size_t three = 3, cube[3] = {1, 1, 1};
  double list[] = {1, 0.5, NAN};
  const char *const bad[] = {"two\nlines"};
  char text[64] = "";
  ms_tensor t;
  FILE *file;
  ms_tensor_borrow(list, 1, &three, &t);
  CHECK_STATUS(ms_csv_write(path, ',', NULL, &t), MS_OK);
  file = fopen(path, "rb");
  CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
  if (file != NULL) fclose(file);
  CHECK_STRING(text, "1\n0.5\nnan\n");
  remove(path);
  CHECK_STATUS(ms_csv_write(path, ',', bad, &t), MS_EARG);
  CHECK_MESSAGE("expected some text in one line without quotes");
  CHECK_STATUS(ms_csv_write(path, 'x', NULL, &t), MS_EARG);
  ms_tensor_borrow(list, 3, cube, &t);
  CHECK_STATUS(ms_csv_write(path, ',', NULL, &t), MS_EARG);
  CHECK_MESSAGE("shape 1x1x1, expected a vector or a matrix");
  file = fopen(path, "rb");
  CHECK(file == NULL); /* a refused table leaves no file */
  if (file != NULL) fclose(file);
  CHECK_STATUS(ms_csv_write("/absent/folder/t.csv", ',', NULL, &t), MS_EARG);
  ms_tensor_borrow(list, 1, &three, &t);
  CHECK_STATUS(ms_csv_write("/absent/folder/t.csv", ',', NULL, &t), MS_EIO);
}

/* A comma as the decimal point of the locale changes nothing. */
static void test_locale(void) {
  static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
  for (size_t i = 0; i < 3; i++)
    if (setlocale(LC_NUMERIC, commas[i]) != NULL) break;
  test_numbers();
  test_round_trip();
  setlocale(LC_NUMERIC, "C");
}

int main(void) {
  const char *folder = getenv("MODSYNC_TEST_DIR");
  snprintf(path, sizeof path, "%s/table.csv", folder != NULL ? folder : "/tmp");
  test_layouts();
  test_names();
  test_numbers();
  test_missing();
  test_damage();
  test_round_trip();
  test_writing();
  test_locale();
  remove(path);
  return check_done();
}
