#define _POSIX_C_SOURCE 200809L

#include "checkpoint/input.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ms_input {
  char *path;
  int fd;
  uint64_t size;
};

ms_status ms_input_open(const char *path, ms_input **out) {
  ms_status status = MS_OK;
  ms_input *input = NULL;
  struct stat there;
  *out = NULL;
  MS_TRY(ms_alloc_zero(1, sizeof *input, "an input file", &input));
  input->fd = -1;
  MS_TRY(ms_strdup(path, &input->path));
  /* Not blocking: a pipe without a writer would otherwise wait for one. */
  do input->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  while (input->fd < 0 && errno == EINTR);
  MS_CHECK(input->fd >= 0 && fstat(input->fd, &there) == 0, MS_EIO,
           "cannot read '%s': %s", path, strerror(errno));
  MS_CHECK(S_ISREG(there.st_mode), MS_EIO, "cannot read '%s': it is not a regular file",
           path);
  input->size = (uint64_t)there.st_size;
  *out = input;
  input = NULL;
out:
  ms_input_free(input);
  return status;
}

uint64_t ms_input_size(const ms_input *input) {
  return input->size;
}

const char *ms_input_path(const ms_input *input) {
  return input->path;
}

ms_status ms_input_read(ms_input *input, uint64_t offset, void *bytes, size_t size) {
  ms_status status = MS_OK;
  unsigned char *to = bytes;
  MS_CHECK(offset <= input->size && size <= input->size - offset, MS_EFORMAT,
           "'%s' ends early: it has %llu bytes, and %zu are needed at %llu", input->path,
           (unsigned long long)input->size, size, (unsigned long long)offset);
  while (size > 0) {
    size_t part = size < (size_t)1 << 30 ? size : (size_t)1 << 30;
    ssize_t done = pread(input->fd, to, part, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    MS_CHECK(done >= 0, MS_EIO, "cannot read '%s': %s", input->path, strerror(errno));
    MS_CHECK(done > 0, MS_EFORMAT, "'%s' became shorter while it was read", input->path);
    to += done;
    offset += (uint64_t)done;
    size -= (size_t)done;
  }
out:
  return status;
}

void ms_input_free(ms_input *input) {
  if (input == NULL) return;
  if (input->fd >= 0) close(input->fd);
  ms_free(input->path);
  ms_free(input);
}
