#define _POSIX_C_SOURCE 200809L

#include "checkpoint/output.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, SUFFIX = 48, ATTEMPTS = 1000 };

struct ms_output {
  char *path, *temporary;
  int fd;         /* -1: closed */
  int exists;     /* the temporary file is there */
  uint64_t size;  /* written so far, the buffer included */
  size_t pending; /* bytes in the buffer */
  unsigned char buffer[BUFFER];
};

/* Opens a temporary file of a name that nobody uses; the descriptor, or -1 and errno. */
static int open_temporary(ms_output *output, size_t room) {
  static atomic_uint counter;
  for (int i = 0; i < ATTEMPTS; i++) {
    snprintf(output->temporary, room, "%s.%ld-%u.tmp", output->path, (long)getpid(),
             atomic_fetch_add(&counter, 1));
    int fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || (errno != EEXIST && errno != EINTR)) return fd;
  }
  return -1;
}

ms_status ms_output_open(const char *path, ms_output **out) {
  ms_status status = MS_OK;
  ms_output *output = NULL;
  size_t room = strlen(path) + SUFFIX;
  struct stat there;
  *out = NULL;
  MS_CHECK(stat(path, &there) != 0 || S_ISREG(there.st_mode), MS_EIO,
           "cannot write '%s': it is there and is not a regular file", path);
  MS_TRY(ms_alloc_zero(1, sizeof *output, "an output file", &output));
  output->fd = -1;
  MS_TRY(ms_strdup(path, &output->path));
  MS_TRY(ms_alloc_zero(room, 1, "a file name", &output->temporary));
  output->fd = open_temporary(output, room);
  MS_CHECK(output->fd >= 0, MS_EIO, "cannot write '%s': %s", path, strerror(errno));
  output->exists = 1;
  *out = output;
  output = NULL;
out:
  ms_output_free(output);
  return status;
}

/* Writes all of it at the end (offset < 0) or at an offset. */
static ms_status write_all(ms_output *output, const unsigned char *bytes, size_t size,
                           off_t offset) {
  while (size > 0) {
    size_t part = size < (size_t)1 << 30 ? size : (size_t)1 << 30;
    ssize_t done = offset < 0 ? write(output->fd, bytes, part)
                              : pwrite(output->fd, bytes, part, offset);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      return ms_fail(MS_EIO, "cannot write '%s': %s", output->path, strerror(errno));
    bytes += done;
    size -= (size_t)done;
    if (offset >= 0) offset += done;
  }
  return MS_OK;
}

static ms_status flush(ms_output *output) {
  ms_status status = write_all(output, output->buffer, output->pending, -1);
  output->pending = 0;
  return status;
}

ms_status ms_output_write(ms_output *output, const void *bytes, size_t size) {
  ms_status status = MS_OK;
  if (size > BUFFER - output->pending) MS_TRY(flush(output));
  if (size >= BUFFER) {
    MS_TRY(write_all(output, bytes, size, -1));
  } else if (size > 0) {
    memcpy(output->buffer + output->pending, bytes, size);
    output->pending += size;
  }
  output->size += size;
out:
  return status;
}

ms_status ms_output_patch(ms_output *output, uint64_t offset, const void *bytes,
                          size_t size) {
  ms_status status = MS_OK;
  MS_CHECK(offset <= output->size && size <= output->size - offset, MS_EBUG,
           "'%s': a patch of %zu bytes does not lie in what is written", output->path,
           size);
  MS_TRY(flush(output));
  MS_TRY(write_all(output, bytes, size, (off_t)offset));
out:
  return status;
}

uint64_t ms_output_size(const ms_output *output) {
  return output->size;
}

const char *ms_output_path(const ms_output *output) {
  return output->path;
}

/*
** A rename lasts when the folder is on disk. File systems that cannot sync a folder, and
** folders that may be written but not read, are left to the system: the file is whole
** either way. Called after the rename; the temporary's name serves for the folder's.
*/
static void sync_folder(ms_output *output) {
  char *folder = output->temporary, *slash = strrchr(folder, '/');
  if (slash != NULL) slash[slash == folder ? 1 : 0] = '\0';
  int fd = open(slash == NULL ? "." : folder, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

ms_status ms_output_commit(ms_output *output) {
  ms_status status = MS_OK;
  int fd = output->fd, synced;
  MS_TRY(flush(output));
  do synced = fsync(fd);
  while (synced != 0 && errno == EINTR);
  /* EINVAL: the file system has nothing to sync. */
  MS_CHECK(synced == 0 || errno == EINVAL, MS_EIO, "cannot write '%s': %s", output->path,
           strerror(errno));
  output->fd = -1;
  MS_CHECK(close(fd) == 0 || errno == EINTR, MS_EIO, "cannot write '%s': %s",
           output->path, strerror(errno));
  MS_CHECK(rename(output->temporary, output->path) == 0, MS_EIO, "cannot write '%s': %s",
           output->path, strerror(errno));
  output->exists = 0;
  sync_folder(output);
out:
  return status;
}

void ms_output_free(ms_output *output) {
  if (output == NULL) return;
  if (output->fd >= 0) close(output->fd);
  if (output->exists) unlink(output->temporary);
  ms_free(output->temporary);
  ms_free(output->path);
  ms_free(output);
}
