/* Archives put together by hand: what deflate_buffer packs, and archives that lie. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "checkpoint/deflate.h"
#include "checkpoint/reader.h"
#include "unit/checkpoint_files.h"

enum {
  HEADER = 128,
  VALUES = 50,
  ARRAY = HEADER + 8 * VALUES,
  ROOM = 2048,
  CENTRAL = 51
};

/* What both headers share: flags, method, time, date, CRC, sizes, name length. */
static unsigned char *put_shared(unsigned char *at, uint32_t crc, size_t packed,
                                 size_t unpacked) {
  at = ms_put16(ms_put16(at, 0), MS_ZIP_DEFLATED);
  at = ms_put32(ms_put32(at, 0), crc);
  return ms_put16(ms_put32(ms_put32(at, (uint32_t)packed), (uint32_t)unpacked), 5);
}

/* An archive of one member "x.npy", put together field by field; returns its size. */
static size_t archive_by_hand(unsigned char *file, const void *packed, size_t size,
                              uint32_t crc, size_t unpacked) {
  unsigned char *at = ms_put16(ms_put32(file, MS_ZIP_LOCAL), 20), *begin, *end;
  at = ms_put16(put_shared(at, crc, size, unpacked), 0);
  memcpy(at, "x.npy", 5);
  memcpy(at + 5, packed, size);
  begin = at + 5 + size;
  at = ms_put16(ms_put16(ms_put32(begin, MS_ZIP_CENTRAL), 20), 20);
  at = put_shared(at, crc, size, unpacked);
  memset(at, 0, 16); /* no extra field, no comment, disk 0, no attributes, offset 0 */
  memcpy(at + 16, "x.npy", 5);
  end = at + 16 + 5;
  at = ms_put32(ms_put32(end, MS_ZIP_END), 0);
  at = ms_put16(ms_put16(at, 1), 1);
  at = ms_put32(ms_put32(at, (uint32_t)(end - begin)), (uint32_t)(begin - file));
  return (size_t)(ms_put16(at, 0) - file);
}

/* x.npy: 0, 1, ..., 49, under a shape that may be another. */
static void make_array(unsigned char array[ARRAY], const char *shape) {
  char text[HEADER];
  int length =
    snprintf(text, sizeof text,
             "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }", shape);
  memset(array, ' ', HEADER);
  memcpy(array, "\x93NUMPY\x01\x00\x76\x00", 10);
  memcpy(array + 10, text, (size_t)length);
  array[HEADER - 1] = '\n';
  for (int i = 0; i < VALUES; i++) {
    double value = i;
    memcpy(array + HEADER + 8 * i, &value, sizeof value);
  }
}

/* The archive of an array, deflated by 'level'. Returns its size. */
static size_t make_archive(unsigned char file[ROOM], const unsigned char array[ARRAY],
                           int level, size_t unpacked) {
  unsigned char *packed = NULL;
  size_t size;
  CHECK_STATUS(ms_deflate_buffer(array, ARRAY, level, &packed, &size), MS_OK);
  CHECK(level == 0 ? size > ARRAY : size < ARRAY / 2);
  /* Without the header of zlib's format (2 bytes) and its checksum (4 bytes). */
  size = archive_by_hand(file, packed + 2, size - 6, ms_crc32(0, array, ARRAY), unpacked);
  ms_free(packed);
  return size;
}

/* Opens the file and reads its first entry. */
static ms_status read_first(const unsigned char *file, size_t size, double *values) {
  ms_status status = MS_OK;
  ms_npz_reader *reader = NULL;
  ms_npz_info info;
  const char *path = scratch_path("npz-by-hand.npz");
  store_file(path, file, size);
  MS_TRY(ms_npz_reader_open(path, &reader));
  MS_TRY(ms_npz_reader_begin(reader, 0, &info));
  MS_CHECK(info.type == MS_NPZ_F8 && info.count == VALUES, MS_EBUG,
           "not what was written");
  MS_TRY(ms_npz_reader_data(reader, values));
out:
  ms_npz_reader_free(reader);
  remove(path);
  return status;
}

static void test_levels(void) {
  for (int level = 0; level <= 9; level++) {
    unsigned char array[ARRAY], file[ROOM];
    double values[VALUES + 1];
    make_array(array, "50");
    size_t size = make_archive(file, array, level, ARRAY);
    if (CHECK_STATUS(read_first(file, size, values), MS_OK))
      for (int i = 0; i < VALUES; i++) CHECK(values[i] == i);
  }
}

/* Sizes that no such file can have are refused before anything is allocated for them. */
static void test_bombs(void) {
  unsigned char array[ARRAY], file[ROOM], extra[CENTRAL];
  double values[VALUES + 1];
  make_array(array, "536870800");
  size_t size = make_archive(file, array, 6, 128 + 8 * (size_t)536870800);
  CHECK_STATUS(read_first(file, size, values), MS_EFORMAT);
  CHECK_MESSAGE("cannot unpack to 4294966528");
  size = make_archive(file, array, 6, ARRAY);
  CHECK_STATUS(read_first(file, size, values), MS_EFORMAT);
  CHECK_MESSAGE("its shape needs 4294966400 bytes, and it has 400");
  make_array(array, "50");
  size = make_archive(file, array, 6, ARRAY + 8);
  CHECK_STATUS(read_first(file, size, values), MS_EFORMAT);
  CHECK_MESSAGE("its shape needs 400 bytes, and it has 408");
  make_array(array, "51");
  size = make_archive(file, array, 6, ARRAY + 8);
  CHECK_STATUS(read_first(file, size, values),
               MS_EBUG); /* fails at its count, see above */
  make_array(array, "50");
  size = make_archive(file, array, 0, ARRAY);
  /* A second record for the same bytes, under another name. */
  unsigned char *end = file + size - MS_ZIP_END_SIZE;
  memcpy(extra, end - CENTRAL, CENTRAL);
  memmove(end + CENTRAL, end, MS_ZIP_END_SIZE);
  memcpy(end, extra, CENTRAL);
  end[MS_ZIP_CENTRAL_SIZE] = 'y';
  end += CENTRAL;
  ms_put32(ms_put16(ms_put16(end + 8, 2), 2), 2 * CENTRAL);
  CHECK_STATUS(read_first(file, size + CENTRAL, values), MS_EFORMAT);
  CHECK_MESSAGE("its entries overlap");
}

/* What ZIP can do and NPZ files do not need. */
static void test_refused(void) {
  unsigned char array[ARRAY], file[ROOM], changed[ROOM];
  double values[VALUES + 1];
  make_array(array, "50");
  size_t size = make_archive(file, array, 6, ARRAY), end = size - MS_ZIP_END_SIZE;
  size_t central = end - CENTRAL;
  memcpy(changed, file, size);
  changed[6] = changed[central + 8] = MS_ZIP_ENCRYPTED;
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("'x' is encrypted");
  memcpy(changed, file, size);
  changed[8] = changed[central + 10] = 12;
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("method 12");
  changed[8] = changed[central + 10] = MS_ZIP_STORED;
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("its two sizes differ");
  memcpy(changed, file, size);
  changed[end + 4] = 1;
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("one volume of several");
  memcpy(changed, file, size);
  changed[30 + 1] = changed[central + 46 + 1] = '_';
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("its entry 'x_npy' is not a .npy array");
  memcpy(changed, file, size);
  changed[30] = changed[central + 46] = '\n';
  CHECK_STATUS(read_first(changed, size, values), MS_EFORMAT);
  CHECK_MESSAGE("name is not text");
  memcpy(changed + 4, file, size);
  CHECK_STATUS(read_first(changed, size + 4, values), MS_EFORMAT);
  CHECK_MESSAGE("its directory does not lie where");
}

static void test_same_name_twice(void) {
  unsigned char array[ARRAY], file[2 * ROOM], one[ROOM];
  double values[VALUES + 1];
  make_array(array, "50");
  size_t size = make_archive(one, array, 6, ARRAY), end = size - MS_ZIP_END_SIZE;
  size_t begin = end - CENTRAL;
  unsigned char *at = file;
  for (int i = 0; i < 2; i++, at += begin) memcpy(at, one, begin);
  for (int i = 0; i < 2; i++, at += CENTRAL) memcpy(at, one + begin, CENTRAL);
  ms_put32(at - 9, (uint32_t)begin); /* offset of the second member */
  memcpy(at, one + end, MS_ZIP_END_SIZE);
  ms_put32(ms_put32(ms_put16(ms_put16(at + 8, 2), 2), 2 * CENTRAL), 2 * (uint32_t)begin);
  CHECK_STATUS(read_first(file, (size_t)(at - file) + MS_ZIP_END_SIZE, values),
               MS_EFORMAT);
  CHECK_MESSAGE("has two entries 'x.npy'");
  at[-5] = 'y'; /* the directory's copy of the name only */
  CHECK_STATUS(read_first(file, (size_t)(at - file) + MS_ZIP_END_SIZE, values), MS_OK);
}

int main(void) {
  test_levels();
  test_bombs();
  test_refused();
  test_same_name_twice();
  return check_done();
}
