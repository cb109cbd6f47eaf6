/*
** Whole files as memory, for the tests of src/checkpoint, which define _POSIX_C_SOURCE
** before they include anything.
*/
#ifndef MS_TESTS_UNIT_CHECKPOINT_FILES_H
#define MS_TESTS_UNIT_CHECKPOINT_FILES_H

#include "base/alloc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/*
** Written over in place: file systems that flush a file which was emptied and rewritten
** would make the thousands of small files of a test slow.
*/
static inline void store_file(const char *path, const unsigned char *bytes, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT, 0666);
  if (fd < 0 || ftruncate(fd, (off_t)size) != 0
      || write(fd, bytes, size) != (ssize_t)size)
    perror(path);
  if (fd >= 0) close(fd);
}

static inline int file_exists(const char *path) {
  FILE *stream = fopen(path, "rb");
  if (stream != NULL) fclose(stream);
  return stream != NULL;
}

#endif
