/* What is written comes back, bit for bit; refusals leave nothing behind. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "checkpoint/deflate.h"
#include "checkpoint/reader.h"
#include "checkpoint/writer.h"
#include "unit/checkpoint_files.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

static const double special[6] = {0.1, -0.0, INFINITY, -INFINITY, NAN, 5e-324};
static const int64_t whole[3] = {INT64_MIN, -1, INT64_MAX};

/* All element types, from scalar to eight axes, and empty arrays. */
static ms_status write_sample(const char *path, const ms_npz_writer_options *options) {
  ms_status status = MS_OK;
  ms_npz_writer *writer = NULL;
  size_t eight[8] = {1, 2, 1, 3, 1, 1, 1, 1};
  MS_TRY(ms_npz_writer_open(path, options, &writer));
  MS_TRY(ms_npz_writer_add(writer, "special", MS_NPZ_F8, 1, (size_t[]){6}, special));
  MS_TRY(ms_npz_writer_add(writer, "whole", MS_NPZ_I8, 1, (size_t[]){3}, whole));
  MS_TRY(ms_npz_writer_add(writer, "text", MS_NPZ_U1, 1, (size_t[]){4}, "a\0\xFF\n"));
  MS_TRY(ms_npz_writer_add(writer, "eight/axes", MS_NPZ_F8, 8, eight, special));
  MS_TRY(ms_npz_writer_add(writer, "scalar", MS_NPZ_F8, 0, NULL, special));
  MS_TRY(ms_npz_writer_add(writer, "none", MS_NPZ_F8, 2, (size_t[]){0, 5}, NULL));
  MS_TRY(ms_npz_writer_add(writer, "\xC3\xA9", MS_NPZ_U1, 1, (size_t[]){0}, NULL));
  MS_TRY(ms_npz_writer_finish(writer));
out:
  ms_npz_writer_free(writer);
  return status;
}

/* Reads entry 'index', which must have this name and these bytes. */
static void check_entry(ms_npz_reader *reader, size_t index, const char *name,
                        ms_npz_info wanted, const void *data) {
  unsigned char bytes[4096];
  ms_npz_info info = {.count = 0};
  CHECK_STRING(ms_npz_reader_name(reader, index), name);
  CHECK_STATUS(ms_npz_reader_begin(reader, index, &info), MS_OK);
  CHECK(info.type == wanted.type && info.dims == wanted.dims);
  for (int i = 0; i < wanted.dims; i++) CHECK(info.shape[i] == wanted.shape[i]);
  CHECK(ms_npz_info_count(&wanted) && info.count == wanted.count);
  size_t size = info.count * ms_npz_type_size(info.type);
  if (!CHECK(size <= sizeof bytes)) return;
  CHECK_STATUS(ms_npz_reader_data(reader, bytes), MS_OK);
  CHECK(size == 0 || memcmp(bytes, data, size) == 0);
}

static void check_sample(const char *path) {
  ms_npz_reader *reader = NULL;
  if (!CHECK_STATUS(ms_npz_reader_open(path, &reader), MS_OK)) return;
  CHECK(ms_npz_reader_count(reader) == 7);
  ms_npz_info of_special = {.type = MS_NPZ_F8, .dims = 1, .shape = {6}};
  ms_npz_info of_eight = {.type = MS_NPZ_F8,
                          .dims = 8,
                          .shape = {1, 2, 1, 3, 1, 1, 1, 1}};
  check_entry(reader, 0, "special", of_special, special);
  check_entry(reader, 1, "whole",
              (ms_npz_info){.type = MS_NPZ_I8, .dims = 1, .shape = {3}}, whole);
  check_entry(reader, 2, "text",
              (ms_npz_info){.type = MS_NPZ_U1, .dims = 1, .shape = {4}}, "a\0\xFF\n");
  check_entry(reader, 3, "eight/axes", of_eight, special);
  check_entry(reader, 4, "scalar", (ms_npz_info){.type = MS_NPZ_F8, .dims = 0}, special);
  check_entry(reader, 5, "none",
              (ms_npz_info){.type = MS_NPZ_F8, .dims = 2, .shape = {0, 5}}, NULL);
  check_entry(reader, 6, "\xC3\xA9",
              (ms_npz_info){.type = MS_NPZ_U1, .dims = 1, .shape = {0}}, NULL);
  check_entry(reader, 0, "special", of_special, special); /* in any order, again */
  CHECK_STATUS(ms_npz_reader_data(reader, NULL), MS_EBUG);
  ms_npz_reader_free(reader);
}

static void test_round_trip(void) {
  const char *one = scratch_path("npz-one.npz"), *two = scratch_path("npz-two.npz");
  CHECK_STATUS(write_sample(one, NULL), MS_OK);
  check_sample(one);
  CHECK_STATUS(write_sample(two, NULL), MS_OK);
  file_bytes a = load_file(one), b = load_file(two);
  CHECK(a.size > 0 && a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0);
  ms_free(a.bytes);
  ms_free(b.bytes);
  remove(two);
  for (int level = 0; level <= 9; level += 3) {
    CHECK_STATUS(write_sample(one, &(ms_npz_writer_options){level, UINT32_MAX}), MS_OK);
    check_sample(one);
  }
  remove(one);
}

/* Every size and offset in 64 bits; then only those from 300 on. */
static void test_zip64(void) {
  const char *path = scratch_path("npz-zip64.npz");
  const uint64_t from[] = {0, 300, 1300, 1500};
  for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
    CHECK_STATUS(write_sample(path, &(ms_npz_writer_options){6, from[i]}), MS_OK);
    check_sample(path);
  }
  remove(path);
}

/* More than one buffer, hard and easy to compress. */
static void test_large(void) {
  enum { COUNT = 60000 };
  const char *path = scratch_path("npz-large.npz");
  ms_npz_writer *writer = NULL;
  ms_npz_reader *reader = NULL;
  ms_npz_info info;
  double *values = NULL, *back = NULL;
  uint64_t state = 1;
  CHECK_STATUS(ms_alloc_zero(2 * COUNT, sizeof *values, "values", &values), MS_OK);
  CHECK_STATUS(ms_alloc_zero(2 * COUNT, sizeof *back, "values", &back), MS_OK);
  for (size_t i = 0; i < COUNT; i++)
    values[i] = (double)(state = state * 6364136223846793005u + 1442695040888963407u);
  CHECK_STATUS(ms_npz_writer_open(path, NULL, &writer), MS_OK);
  CHECK_STATUS(ms_npz_writer_add(writer, "x", MS_NPZ_F8, 2, (size_t[]){2, COUNT}, values),
               MS_OK);
  CHECK_STATUS(ms_npz_writer_finish(writer), MS_OK);
  ms_npz_writer_free(writer);
  CHECK_STATUS(ms_npz_reader_open(path, &reader), MS_OK);
  CHECK_STATUS(ms_npz_reader_begin(reader, 0, &info), MS_OK);
  CHECK_STATUS(ms_npz_reader_data(reader, back), MS_OK);
  CHECK(memcmp(values, back, 2 * COUNT * sizeof *values) == 0);
  ms_npz_reader_free(reader);
  ms_free(values);
  ms_free(back);
  remove(path);
}

/* A refused entry changes nothing: the file is as if it had never been asked for. */
static void test_refused_entries(void) {
  const char *path = scratch_path("npz-refused.npz");
  static const char *const names[] = {"",     "/a",   "a/../b", "a\nb",
                                      "\xFF", "a\\b", "twice"};
  ms_npz_writer *writer = NULL;
  ms_npz_reader *reader = NULL;
  char *longest = NULL;
  CHECK_STATUS(ms_alloc_zero(65535, 1, "a long name", &longest), MS_OK);
  memset(longest, 'n', 65532);
  CHECK_STATUS(ms_npz_writer_open(path, NULL, &writer), MS_OK);
  CHECK_STATUS(ms_npz_writer_add(writer, "twice", MS_NPZ_F8, 0, NULL, special), MS_OK);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    CHECK_STATUS(ms_npz_writer_add(writer, names[i], MS_NPZ_F8, 0, NULL, special),
                 MS_EARG);
  CHECK_MESSAGE("'twice' is used twice");
  CHECK_STATUS(ms_npz_writer_add(writer, longest, MS_NPZ_F8, 0, NULL, special), MS_EARG);
  CHECK_STATUS(ms_npz_writer_add(writer, "x", MS_NPZ_F8, 9, NULL, special), MS_EARG);
  CHECK_STATUS(ms_npz_writer_add(writer, "x", MS_NPZ_F8, 2, (size_t[]){SIZE_MAX, 2},
                                 special),
               MS_EARG);
  longest[65531] = '\0';
  CHECK_STATUS(ms_npz_writer_add(writer, longest, MS_NPZ_F8, 0, NULL, special), MS_OK);
  CHECK_STATUS(ms_npz_writer_add(writer, "twic", MS_NPZ_F8, 0, NULL, special), MS_OK);
  CHECK_STATUS(ms_npz_writer_finish(writer), MS_OK);
  CHECK_STATUS(ms_npz_writer_finish(writer), MS_EBUG);
  ms_npz_writer_free(writer);
  CHECK_STATUS(ms_npz_reader_open(path, &reader), MS_OK);
  CHECK(ms_npz_reader_count(reader) == 3);
  ms_npz_info scalar = {.type = MS_NPZ_F8, .dims = 0};
  check_entry(reader, 1, longest, scalar, special);
  check_entry(reader, 2, "twic", scalar, special);
  ms_npz_reader_free(reader);
  ms_free(longest);
  remove(path);
}

static void test_paths(void) {
  ms_npz_writer *writer = NULL;
  ms_npz_reader *reader = NULL;
  const char *missing = scratch_path("no-such-folder/a.npz");
  CHECK_STATUS(ms_npz_writer_open(missing, NULL, &writer), MS_EIO);
  CHECK_MESSAGE("no-such-folder/a.npz': No such file");
  CHECK(writer == NULL);
  CHECK_STATUS(ms_npz_writer_open("/dev/null", NULL, &writer), MS_EIO);
  CHECK_MESSAGE("'/dev/null': it is there and is not a regular file");
  CHECK_STATUS(ms_npz_writer_open("/", NULL, &writer), MS_EIO);
  CHECK_STATUS(ms_npz_writer_open("x", &(ms_npz_writer_options){10, 0}, &writer),
               MS_EARG);
  CHECK_STATUS(ms_npz_reader_open(missing, &reader), MS_EIO);
  CHECK_STATUS(ms_npz_reader_open("/", &reader), MS_EIO);
  CHECK_STATUS(ms_npz_reader_open("/dev/null", &reader), MS_EIO);
  CHECK(reader == NULL);
}

static void test_deflate_buffer(void) {
  unsigned char *packed = NULL;
  size_t size;
  CHECK(ms_crc32(0, "123456789", 9) == 0xCBF43926u); /* the check value of CRC-32 */
  CHECK(ms_crc32(ms_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926u);
  CHECK_STATUS(ms_deflate_buffer("x", 1, 10, &packed, &size), MS_EARG);
  CHECK_STATUS(ms_deflate_buffer("x", 1, -1, &packed, &size), MS_EARG);
  CHECK_STATUS(ms_deflate_buffer(NULL, 0, 6, &packed, &size), MS_OK);
  CHECK(size == 8 && memcmp(packed, "\x78\x9C\x03\x00\x00\x00\x00\x01", 8) == 0);
  ms_free(packed);
}

/* The file shows up at finish; an unfinished writer leaves the old one as it was. */
static void test_atomic(void) {
  const char *path = scratch_path("npz-atomic.npz");
  ms_npz_writer *writer = NULL;
  struct stat before, after;
  remove(path);
  CHECK_STATUS(ms_npz_writer_open(path, NULL, &writer), MS_OK);
  CHECK_STATUS(ms_npz_writer_add(writer, "x", MS_NPZ_F8, 0, NULL, special), MS_OK);
  CHECK(!file_exists(path));
  ms_npz_writer_free(writer);
  CHECK(!file_exists(path));
  CHECK_STATUS(write_sample(path, NULL), MS_OK);
  CHECK(stat(path, &before) == 0);
  CHECK_STATUS(ms_npz_writer_open(path, NULL, &writer), MS_OK);
  CHECK_STATUS(ms_npz_writer_add(writer, "x", MS_NPZ_F8, 0, NULL, special), MS_OK);
  ms_npz_writer_free(writer);
  check_sample(path);
  CHECK(stat(path, &after) == 0 && after.st_ino == before.st_ino);
  remove(path);
}

/* Each allocation in turn fails: MS_ENOMEM, no block and no file left. */
static void test_no_memory(void) {
  const char *path = scratch_path("npz-memory.npz");
  ms_status status = MS_ENOMEM;
  size_t n;
  remove(path);
  for (n = 1; status != MS_OK && n < 1000; n++) {
    ms_alloc_fail_after(n);
    status = write_sample(path, NULL);
    ms_alloc_fail_after(0);
    CHECK(status == MS_OK || status == MS_ENOMEM);
    CHECK(ms_live_blocks() == 0);
    CHECK(file_exists(path) == (status == MS_OK));
  }
  CHECK(n > 10 && n < 1000);
  status = MS_ENOMEM;
  for (n = 1; status != MS_OK && n < 1000; n++) {
    ms_npz_reader *reader = NULL;
    ms_npz_info info;
    double values[6];
    ms_alloc_fail_after(n);
    status = ms_npz_reader_open(path, &reader);
    if (status == MS_OK) status = ms_npz_reader_begin(reader, 0, &info);
    if (status == MS_OK) status = ms_npz_reader_data(reader, values);
    ms_alloc_fail_after(0);
    ms_npz_reader_free(reader);
    CHECK(status == MS_OK || status == MS_ENOMEM);
    CHECK(ms_live_blocks() == 0);
  }
  CHECK(n > 5 && n < 1000);
  remove(path);
}

int main(void) {
  test_round_trip();
  test_zip64();
  test_large();
  test_refused_entries();
  test_paths();
  test_deflate_buffer();
  test_atomic();
  test_no_memory();
  return check_done();
}
