/* Files that numpy 2.4 wrote (tests/golden/README.md says how), stored and deflated. */
#include "check.h"
#include "checkpoint/reader.h"

static double field(size_t i) {
  return 0.5 * (double)i - 3;
}

/* Begins with the entry 'name' after checking what it is. */
static int begin(ms_npz_reader *reader, const char *name, ms_npz_type type, int dims,
                 const size_t *shape, void *data) {
  for (size_t i = 0; i < ms_npz_reader_count(reader); i++) {
    ms_npz_info info;
    if (strcmp(ms_npz_reader_name(reader, i), name) != 0) continue;
    if (!CHECK_STATUS(ms_npz_reader_begin(reader, i, &info), MS_OK)) return 0;
    if (!CHECK(info.type == type && info.dims == dims)) return 0;
    for (int k = 0; k < dims; k++) CHECK(info.shape[k] == shape[k]);
    return CHECK_STATUS(ms_npz_reader_data(reader, data), MS_OK);
  }
  return check_report(0, __FILE__, __LINE__, name);
}

static void check_golden(const char *path) {
  static const char *const fields[] = {"c", "fortran", "single", "single_fortran"};
  ms_npz_reader *reader = NULL;
  double values[24];
  int64_t whole[7];
  unsigned char bytes[8];
  if (!CHECK_STATUS(ms_npz_reader_open(path, &reader), MS_OK)) return;
  CHECK(ms_npz_reader_count(reader) == 11);
  for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
    if (begin(reader, fields[f], MS_NPZ_F8, 3, (size_t[]){2, 3, 4}, values))
      for (size_t i = 0; i < 24; i++) CHECK(values[i] == field(i));
  if (begin(reader, "long", MS_NPZ_I8, 1, (size_t[]){7}, whole))
    for (int i = 0; i < 7; i++) CHECK(whole[i] == (i - 3) * (INT64_C(1) << 40));
  if (begin(reader, "word", MS_NPZ_I8, 2, (size_t[]){2, 3}, whole))
    for (int i = 0; i < 6; i++) CHECK(whole[i] == i - 3);
  if (begin(reader, "byte", MS_NPZ_U1, 1, (size_t[]){7}, bytes))
    CHECK(memcmp(bytes, "text \xC3\xA9", 7) == 0);
  if (begin(reader, "truth", MS_NPZ_U1, 1, (size_t[]){3}, bytes))
    CHECK(memcmp(bytes, "\x01\x00\x01", 3) == 0);
  if (begin(reader, "scalar", MS_NPZ_F8, 0, NULL, values)) CHECK(values[0] == 2.5);
  CHECK(begin(reader, "empty", MS_NPZ_F8, 2, (size_t[]){3, 0}, values));
  if (begin(reader, "special", MS_NPZ_F8, 1, (size_t[]){6}, values)) {
    CHECK(isnan(values[0]) && values[1] == INFINITY && values[2] == -INFINITY);
    CHECK(values[3] == 0 && signbit(values[3]));
    CHECK(values[4] == 5e-324 && values[5] == 1.7976931348623157e308);
  }
  ms_npz_reader_free(reader);
}

/* An entry that cannot be read leaves the others readable. */
static void check_unreadable(void) {
  ms_npz_reader *reader = NULL;
  ms_npz_info info;
  double values[2] = {1, 1};
  if (!CHECK_STATUS(ms_npz_reader_open("tests/golden/numpy-complex.npz", &reader), MS_OK))
    return;
  CHECK_STATUS(ms_npz_reader_begin(reader, 1, &info), MS_EFORMAT);
  CHECK_MESSAGE(
    "'tests/golden/numpy-complex.npz', entry 'z' has elements of type '<c16'");
  CHECK_STATUS(ms_npz_reader_data(reader, values), MS_EBUG);
  CHECK_STATUS(ms_npz_reader_begin(reader, 0, &info), MS_OK);
  CHECK_STATUS(ms_npz_reader_data(reader, values), MS_OK);
  CHECK(values[0] == 0 && values[1] == 0);
  CHECK_STATUS(ms_npz_reader_begin(reader, 2, &info), MS_EBUG);
  ms_npz_reader_free(reader);
}

int main(void) {
  check_golden("tests/golden/numpy-stored.npz");
  check_golden("tests/golden/numpy-deflated.npz");
  check_unreadable();
  return check_done();
}
