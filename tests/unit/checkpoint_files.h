/* Whole files as memory, for the tests of src/checkpoint. */
#ifndef MS_TESTS_UNIT_CHECKPOINT_FILES_H
#define MS_TESTS_UNIT_CHECKPOINT_FILES_H

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct file_bytes {
  unsigned char *bytes; /* ms_free */
  size_t size;
} file_bytes;

/* The path of a file that a test may write; the last four results stay valid. */
static inline const char *scratch_path(const char *name) {
  static char paths[4][512];
  static unsigned next;
  const char *folder = getenv("MODSYNC_TEST_DIR");
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder != NULL ? folder : "/tmp", name);
  return path;
}

/* Nothing (size 0) when the file is not there. */
static inline file_bytes load_file(const char *path) {
  file_bytes file = {NULL, 0};
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) return file;
  fseek(stream, 0, SEEK_END);
  long size = ftell(stream);
  rewind(stream);
  if (size > 0 && ms_alloc((size_t)size, 1, "a test's file", &file.bytes) == MS_OK)
    file.size = fread(file.bytes, 1, (size_t)size, stream);
  fclose(stream);
  return file;
}

static inline void store_file(const char *path, const unsigned char *bytes, size_t size) {
  FILE *stream = fopen(path, "wb");
  if (stream == NULL) return;
  if (size > 0 && fwrite(bytes, 1, size, stream) != size) perror(path);
  fclose(stream);
}

static inline int file_exists(const char *path) {
  FILE *stream = fopen(path, "rb");
  if (stream != NULL) fclose(stream);
  return stream != NULL;
}

#endif
