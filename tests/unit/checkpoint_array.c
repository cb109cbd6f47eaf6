#include "check.h"
#include "checkpoint/array.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <stdint.h>
#include <stdlib.h>

static char path[1024];

static void set_path(const char *name) {
  const char *folder = getenv("MODSYNC_TEST_DIR");
  snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/tmp", name);
}

static void write_bytes(const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
  if (file != NULL) fclose(file);
}

/* A file of version 1.0 whose header says 'text', then the data. */
static void write_npy(const char *text, const void *data, size_t size) {
  unsigned char bytes[512] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  size_t length = strlen(text);
  bytes[8] = (unsigned char)length;
  memcpy(bytes + 10, text, length);
  memcpy(bytes + 10 + length, data, size);
  write_bytes(bytes, 10 + length + size);
}

static ms_status read_file(ms_tensor *out) {
  ms_array_file *file = NULL;
  size_t count = 99;
  ms_status status = ms_array_open(path, &file, &count);
  if (status == MS_OK) status = ms_array_read(file, out);
  if (status == MS_OK) CHECK(count == ms_tensor_count(out));
  ms_array_close(file);
  return status;
}

static void test_round_trip(void) {
  static const size_t shapes[][3] = {
    {1, 1, 1}, {5, 1, 1}, {2, 3, 1}, {2, 3, 4}, {0, 3, 2}};
  for (int dims = 0; dims <= 3; dims++)
    for (size_t s = 0; s < 5; s++)
      for (int turn = 0; turn < 2; turn++) {
        ms_tensor t, view, back = {0};
        CHECK_STATUS(ms_tensor_create(dims, shapes[s], &t), MS_OK);
        for (size_t i = 0; i < ms_tensor_count(&t); i++)
          t.data[i] = 1.0 / (double)(i + 1);
        if (turn && dims >= 2)
          CHECK_STATUS(ms_tensor_transpose(&t, 0, 1, &view), MS_OK);
        else
          ms_tensor_share(&t, &view);
        CHECK_STATUS(ms_array_write(path, &view), MS_OK);
        CHECK_STATUS(read_file(&back), MS_OK);
        CHECK(ms_tensor_equal(&view, &back) && ms_tensor_is_contiguous(&back));
        ms_tensor_release(&t);
        ms_tensor_release(&view);
        ms_tensor_release(&back);
      }
}

/* Other element types become double; Fortran order is turned round. */
static void test_types(void) {
  const int64_t whole[] = {-3, (int64_t)1 << 53};
  const int32_t word[] = {-7, 2147483647};
  const float single[] = {0.5f, -2.25f};
  const unsigned char byte[] = {200, 1};
  const double fortran[] = {1, 4, 2, 5, 3, 6};
  ms_tensor t = {0};
  write_npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", whole, 16);
  CHECK_STATUS(read_file(&t), MS_OK);
  CHECK(t.data[0] == -3 && t.data[1] == 9007199254740992.0);
  ms_tensor_release(&t);
  write_npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", word, 8);
  CHECK_STATUS(read_file(&t), MS_OK);
  CHECK(t.data[0] == -7 && t.data[1] == 2147483647);
  ms_tensor_release(&t);
  write_npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", single, 8);
  CHECK_STATUS(read_file(&t), MS_OK);
  CHECK(t.data[0] == 0.5 && t.data[1] == -2.25);
  ms_tensor_release(&t);
  write_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", byte, 2);
  CHECK_STATUS(read_file(&t), MS_OK);
  CHECK(t.data[0] == 200 && t.data[1] == 1);
  ms_tensor_release(&t);
  write_npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }", fortran, 48);
  CHECK_STATUS(read_file(&t), MS_OK);
  for (int i = 0; i < 6; i++) CHECK(t.data[i] == i + 1);
  CHECK(t.shape[0] == 2 && t.shape[1] == 3 && ms_tensor_is_contiguous(&t));
  ms_tensor_release(&t);
}

static void test_damage(void) {
  static const char header[] =
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
  static const char huge[] =
    "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }";
  const double data[] = {1, 2, 3};
  const int64_t beyond[] = {0, ((int64_t)1 << 53) + 1};
  ms_tensor t = {0};
  write_npy(header, data, 24);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("its shape needs 16 bytes, and it has 24");
  write_npy(header, data, 15);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  write_npy(huge, data, 16);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("more elements than can be addressed");
  write_npy("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", data, 16);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("elements of type '<c8'");
  write_npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", beyond, 16);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("integer number 2 is beyond 2^53 and has no exact float64");
  write_bytes("no array here", 13);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("is not a .npy array");
  write_bytes("\x93NUMPY", 6);
  CHECK_STATUS(read_file(&t), MS_EFORMAT);
  CHECK_MESSAGE("ends early");
  remove(path);
  CHECK_STATUS(read_file(&t), MS_EIO);
  CHECK_MESSAGE("cannot read");
  snprintf(path, sizeof path, "/absent/folder/a.npy");
  CHECK_STATUS(ms_tensor_create(0, NULL, &t), MS_OK);
  CHECK_STATUS(ms_array_write(path, &t), MS_EIO);
  ms_tensor_release(&t);
}

int main(void) {
  set_path("array.npy");
  test_round_trip();
  test_types();
  test_damage();
  return check_done();
}
