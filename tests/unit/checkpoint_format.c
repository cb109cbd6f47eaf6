/* Names, sizes and .npy headers. */
#include "check.h"
#include "checkpoint/format.h"
#include "checkpoint/npy.h"

static void test_fields(void) {
  unsigned char bytes[14];
  CHECK(ms_put64(ms_put32(ms_put16(bytes, 0xABCD), 0x12345678), 0x0102030405060708u)
        == bytes + 14);
  CHECK(memcmp(bytes, "\xCD\xAB\x78\x56\x34\x12\x08\x07\x06\x05\x04\x03\x02\x01", 14)
        == 0);
  CHECK(ms_get16(bytes) == 0xABCD);
  CHECK(ms_get32(bytes + 2) == 0x12345678);
  CHECK(ms_get64(bytes + 6) == 0x0102030405060708u);
}

static void test_names(void) {
  static const char *const good[] = {"theta", "model/1.weight",   "\xC3\xA9",     "a..b",
                                     ".npy",  "\xF0\x9F\x98\x80", "\xEF\xBF\xBD", "x y"};
  static const char *const bad[] = {"",
                                    "a\nb",
                                    "\x7F",
                                    "\xC3",
                                    "\xC0\x80",
                                    "\xED\xA0\x80",
                                    "\xF4\x90\x80\x80",
                                    "\xE0\x80\x80",
                                    "\xF0\x80\x80\x80",
                                    "\x80",
                                    "\xFF",
                                    "\xE2\x82"};
  static const char *const outside[] = {"/a", "..",    "../a", "a/../b", "a/..",
                                        ".",  "a/./b", "a//b", "a/",     "a\\b"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    CHECK(ms_npz_name_is_text(good[i], strlen(good[i])));
    CHECK(ms_npz_name_is_relative(good[i]));
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CHECK(!ms_npz_name_is_text(bad[i], strlen(bad[i])));
  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
    CHECK(!ms_npz_name_is_relative(outside[i]));
  CHECK(!ms_npz_name_is_text("a\0b", 3));
}

static void test_count(void) {
  ms_npz_info info = {.type = MS_NPZ_F8, .dims = 0};
  CHECK(ms_npz_info_count(&info) && info.count == 1);
  info = (ms_npz_info){.type = MS_NPZ_F8, .dims = 3, .shape = {2, 3, 4}};
  CHECK(ms_npz_info_count(&info) && info.count == 24);
  info = (ms_npz_info){.type = MS_NPZ_U1, .dims = 2, .shape = {5, 0}};
  CHECK(ms_npz_info_count(&info) && info.count == 0);
  info = (ms_npz_info){.type = MS_NPZ_U1, .dims = 2, .shape = {SIZE_MAX / 2, 3}};
  CHECK(!ms_npz_info_count(&info));
  info = (ms_npz_info){.type = MS_NPZ_F8, .dims = 1, .shape = {SIZE_MAX / 8}};
  CHECK(!ms_npz_info_count(&info));
  info =
    (ms_npz_info){.type = MS_NPZ_F8, .dims = 3, .shape = {SIZE_MAX / 2, 0, SIZE_MAX / 2}};
  CHECK(!ms_npz_info_count(&info));
}

/* The bytes that numpy 2.4 writes, spaces and all. */
static void test_written_header(void) {
  static const struct {
    ms_npz_info info;
    const char *text;
    size_t size;
  } cases[] = {
    {{.type = MS_NPZ_F8, .dims = 0},
     "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
     128},
    {{.type = MS_NPZ_I8, .dims = 1, .shape = {4}},
     "{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }",
     128},
    {{.type = MS_NPZ_U1, .dims = 2, .shape = {0, 12}},
     "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 12), }",
     128},
    {{.type = MS_NPZ_F8,
      .dims = 8,
      .shape = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, 1}},
     NULL,
     256},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned char header[MS_NPY_WRITE_MAX];
    size_t size = ms_npy_header_write(&cases[i].info, header);
    CHECK(size == cases[i].size);
    CHECK(memcmp(header, "\x93NUMPY\x01\x00", 8) == 0);
    CHECK(ms_get16(header + 8) == size - 10);
    CHECK(header[size - 1] == '\n');
    if (cases[i].text == NULL) continue;
    size_t length = strlen(cases[i].text);
    CHECK(memcmp(header + 10, cases[i].text, length) == 0);
    for (size_t k = 10 + length; k + 1 < size; k++) CHECK(header[k] == ' ');
  }
}

static ms_status parse(const char *text, ms_npy_header *header) {
  return ms_npy_header_parse("'f', entry 'e'", (const unsigned char *)text, strlen(text),
                             header);
}

static void test_parsed_header(void) {
  static const char *const damaged[] = {
    "",
    "{",
    "{}",
    "{'descr': '<f8', 'fortran_order': False}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'shape': (3,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': 1}",
    "{'descr': '<f8' 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} x",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3 4)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551616,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551615,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '<f8, 'fortran_order': False, 'shape': (3,)}",
  };
  ms_npy_header header;
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    CHECK_STATUS(parse(damaged[i], &header), MS_EFORMAT);
    CHECK_MESSAGE("'f', entry 'e'");
  }
  CHECK_STATUS(parse("{\"shape\":(2,3,),\"fortran_order\" :True,'descr': '<f4'}  \n",
                     &header),
               MS_OK);
  CHECK(header.fortran && header.element == MS_NPY_FLOAT && header.element_size == 4);
  CHECK(header.info.type == MS_NPZ_F8 && header.info.dims == 2 && header.info.count == 6);
  CHECK(header.info.shape[0] == 2 && header.info.shape[1] == 3);
  CHECK_STATUS(parse("{'descr': '<c16', 'fortran_order': False, 'shape': ()}", &header),
               MS_EFORMAT);
  CHECK_MESSAGE("'<c16'");
  CHECK_STATUS(parse("{'descr': '<f8', 'fortran_order': False, "
                     "'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}",
                     &header),
               MS_EFORMAT);
  CHECK_MESSAGE("more than 8 dimensions");
}

static ms_status parse_preamble(const char *bytes, size_t *start, size_t *length) {
  return ms_npy_preamble_parse("w", (const unsigned char *)bytes, start, length);
}

static void test_preamble(void) {
  size_t start, length;
  CHECK_STATUS(parse_preamble("\x93NUMPY\1\0\x76\0{'", &start, &length), MS_OK);
  CHECK(start == 10 && length == 0x76);
  CHECK_STATUS(parse_preamble("\x93NUMPY\2\0\x74\1\0\0", &start, &length), MS_OK);
  CHECK(start == 12 && length == 0x174);
  CHECK_STATUS(parse_preamble("\x93NUMPY\4\0\1\0\0\0", &start, &length), MS_EFORMAT);
  CHECK_MESSAGE("version 4.0");
  CHECK_STATUS(parse_preamble("\x93NUMPX\1\0\1\0\0\0", &start, &length), MS_EFORMAT);
  CHECK_MESSAGE("not a .npy array");
  CHECK_STATUS(parse_preamble("\x93NUMPY\2\0\0\0\0\1", &start, &length), MS_EFORMAT);
  CHECK_MESSAGE("16777216 bytes");
}

int main(void) {
  test_fields();
  test_names();
  test_count();
  test_written_header();
  test_parsed_header();
  test_preamble();
  return check_done();
}
