/*
** A file that appears complete or not at all: bytes go to a temporary file in the same
** folder, which takes the file's name when everything is written and synced.
*/
#ifndef MS_CHECKPOINT_OUTPUT_H
#define MS_CHECKPOINT_OUTPUT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ms_output ms_output;

/*
** Opens the temporary file. MS_EIO when the folder does not let it, or when 'path' is
** there and is not a regular file (renaming over a device or a folder is never meant).
*/
ms_status ms_output_open(const char *path, ms_output **out);

/* Bytes at the end. MS_EIO. */
ms_status ms_output_write(ms_output *output, const void *bytes, size_t size);

/* Replaces bytes that are written already. MS_EIO. */
ms_status ms_output_patch(ms_output *output, uint64_t offset, const void *bytes,
                          size_t size);

/* Bytes written so far. */
uint64_t ms_output_size(const ms_output *output);

/* The path it was opened with. */
const char *ms_output_path(const ms_output *output);

/* Sync, rename, sync the folder if the system can. Only ms_output_free may follow. */
ms_status ms_output_commit(ms_output *output);

/* Releases everything; without a successful commit the temporary file is removed. */
void ms_output_free(ms_output *output);

#endif
