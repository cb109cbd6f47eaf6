/* The central directory of a ZIP archive: its members, where they lie and how. */
#ifndef MS_CHECKPOINT_DIRECTORY_H
#define MS_CHECKPOINT_DIRECTORY_H

#include "checkpoint/input.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ms_zip_member {
  char *name; /* as in the archive, with a final NUL; in the directory's memory */
  size_t name_length;
  unsigned flags, method;
  uint32_t crc;
  uint64_t packed, unpacked; /* bytes in the file and after inflating */
  uint64_t offset;           /* of the local header */
} ms_zip_member;

typedef struct ms_zip_directory {
  size_t count;
  ms_zip_member *members;
  char *names;
  uint64_t begin; /* where the directory begins: members lie before it */
} ms_zip_directory;

/*
** Reads and checks the directory: sizes and offsets against the file, names for being
** text and different. MS_EIO, MS_EFORMAT, MS_ENOMEM. *out is to be released also after a
** failure.
*/
ms_status ms_zip_directory_read(ms_input *input, ms_zip_directory *out);
void ms_zip_directory_release(ms_zip_directory *directory);

#endif
