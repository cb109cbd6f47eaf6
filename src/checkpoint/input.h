/* A regular file opened for reading at any offset. */
#ifndef MS_CHECKPOINT_INPUT_H
#define MS_CHECKPOINT_INPUT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ms_input ms_input;

/* MS_EIO when it is missing, not allowed, or not a regular file. */
ms_status ms_input_open(const char *path, ms_input **out);

uint64_t ms_input_size(const ms_input *input);
const char *ms_input_path(const ms_input *input);

/* Exactly 'size' bytes from 'offset'. MS_EIO; MS_EFORMAT when the file ends before. */
ms_status ms_input_read(ms_input *input, uint64_t offset, void *bytes, size_t size);

void ms_input_free(ms_input *input);

#endif
