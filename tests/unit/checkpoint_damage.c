/*
** Damaged files. Whatever happened to the bytes, reading either fails with MS_EFORMAT or
** gives exactly what was written, and never asks for more memory than the file can hold.
*/
#define _POSIX_C_SOURCE 200809L

#include "base/random.h"
#include "check.h"
#include "checkpoint/reader.h"
#include "checkpoint/writer.h"
#include "unit/checkpoint_files.h"

enum { ROOM = 1 << 15, DEFLATE_RATIO_MAX = 1032 };

/* Everything that can be read from a file, one after the other. */
typedef struct content {
  size_t size;
  unsigned char bytes[ROOM];
} content;

static void append(content *all, const void *bytes, size_t size) {
  if (size == 0 || !CHECK(size <= ROOM - all->size)) return;
  memcpy(all->bytes + all->size, bytes, size);
  all->size += size;
}

static ms_status read_all(const char *path, size_t file_size, content *all) {
  ms_status status = MS_OK;
  ms_npz_reader *reader = NULL;
  unsigned char *data = NULL;
  all->size = 0;
  MS_TRY(ms_npz_reader_open(path, &reader));
  for (size_t i = 0; i < ms_npz_reader_count(reader); i++) {
    const char *name = ms_npz_reader_name(reader, i);
    ms_npz_info info;
    MS_TRY(ms_npz_reader_begin(reader, i, &info));
    size_t size = info.count * ms_npz_type_size(info.type);
    /* Widening doubles a size. */
    MS_CHECK(size <= 2 * DEFLATE_RATIO_MAX * file_size, MS_EBUG,
             "too much memory asked for");
    MS_TRY(ms_alloc(size, 1, "an array", &data));
    MS_TRY(ms_npz_reader_data(reader, data));
    append(all, name, strlen(name) + 1);
    append(all, &info.type, sizeof info.type);
    append(all, &info.dims, sizeof info.dims);
    append(all, info.shape, (size_t)info.dims * sizeof *info.shape);
    append(all, data, size);
    ms_free(data);
    data = NULL;
  }
out:
  ms_free(data);
  ms_npz_reader_free(reader);
  return status;
}

/* One damaged version of the file; the place and kind of damage for the report. */
static void check_damaged(const unsigned char *bytes, size_t size, const content *right,
                          const char *kind, size_t place) {
  static content got;
  const char *path = scratch_path("npz-damaged.npz");
  store_file(path, bytes, size);
  ms_status status = read_all(path, size, &got);
  int same = status == MS_OK && got.size == right->size
             && memcmp(got.bytes, right->bytes, got.size) == 0;
  if (!CHECK(status == MS_EFORMAT || same))
    fprintf(stderr, "  %s at %zu: %s\n", kind, place,
            status == MS_OK ? "other data" : ms_message());
  if (status == MS_EFORMAT) CHECK_MESSAGE(path);
}

static void check_file(const char *path, int flips_only) {
  static content right;
  file_bytes file = load_file(path);
  unsigned char *copy = NULL;
  ms_rng rng;
  if (!CHECK(file.size > 0)) return;
  CHECK_STATUS(read_all(path, file.size, &right), MS_OK);
  CHECK_STATUS(ms_alloc(file.size, 1, "a copy", &copy), MS_OK);
  for (size_t i = 0; i < file.size; i++) {
    static const unsigned char masks[] = {0x01, 0x02, 0x08, 0x40, 0x80, 0xFF};
    memcpy(copy, file.bytes, file.size);
    for (size_t m = 0; m < sizeof masks; m++) {
      copy[i] = file.bytes[i] ^ masks[m];
      check_damaged(copy, file.size, &right, "a flip", i);
    }
    if (!flips_only) check_damaged(file.bytes, i, &right, "a cut", i);
  }
  ms_rng_init(&rng, 1, "damage");
  for (size_t n = 0; n < 2000; n++) {
    memcpy(copy, file.bytes, file.size);
    size_t changes = 2 + ms_rng_below(&rng, 6);
    for (size_t k = 0; k < changes; k++)
      copy[ms_rng_below(&rng, file.size)] = (unsigned char)ms_rng_below(&rng, 256);
    check_damaged(copy, file.size, &right, "random bytes", n);
  }
  ms_free(copy);
  ms_free(file.bytes);
}

static ms_status write_small(const char *path, uint64_t zip64_from) {
  ms_status status = MS_OK;
  ms_npz_writer *writer = NULL;
  ms_npz_writer_options options = {6, zip64_from};
  const double values[6] = {1, 2, 3, 4, 5, 0.1};
  MS_TRY(ms_npz_writer_open(path, &options, &writer));
  MS_TRY(ms_npz_writer_add(writer, "manifest", MS_NPZ_U1, 1, (size_t[]){2}, "{}"));
  MS_TRY(ms_npz_writer_add(writer, "a", MS_NPZ_F8, 2, (size_t[]){2, 3}, values));
  MS_TRY(ms_npz_writer_add(writer, "n", MS_NPZ_I8, 1, (size_t[]){1}, &(int64_t){7}));
  MS_TRY(ms_npz_writer_finish(writer));
out:
  ms_npz_writer_free(writer);
  return status;
}

static void test_other_files(void) {
  const char *path = scratch_path("npz-other.npz");
  static content none = {.size = SIZE_MAX};
  unsigned char zeros[70000] = {0};
  check_damaged(zeros, 0, &none, "empty", 0);
  check_damaged(zeros, sizeof zeros, &none, "zeros", 0);
  check_damaged((const unsigned char *)"return {}\n", 10, &none, "text", 0);
  /* An archive without members is valid and empty. */
  store_file(path, (const unsigned char *)"PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
             22);
  CHECK_STATUS(read_all(path, 22, &none), MS_OK);
  CHECK(none.size == 0);
  remove(path);
}

int main(void) {
  const char *path = scratch_path("npz-small.npz");
  CHECK_STATUS(write_small(path, UINT32_MAX), MS_OK);
  check_file(path, 0);
  CHECK_STATUS(write_small(path, 0), MS_OK);
  check_file(path, 0);
  check_file("tests/golden/numpy-stored.npz", 1);
  test_other_files();
  remove(path);
  remove(scratch_path("npz-damaged.npz"));
  return check_done();
}
