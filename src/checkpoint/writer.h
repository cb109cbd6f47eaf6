/*
** Writes NPZ files (format.h): open, add arrays one by one, finish. Data goes to disk as
** it comes; the file appears at finish.
*/
#ifndef MS_CHECKPOINT_WRITER_H
#define MS_CHECKPOINT_WRITER_H

#include "checkpoint/format.h"

typedef struct ms_npz_writer ms_npz_writer;

typedef struct ms_npz_writer_options {
  int level;           /* of deflate, 0 to 9 */
  uint64_t zip64_from; /* sizes and offsets from here on go to ZIP64 records */
} ms_npz_writer_options;

/* options: NULL for those of the format (level 6, ZIP64 where 32 bits end). */
ms_status ms_npz_writer_open(const char *path, const ms_npz_writer_options *options,
                             ms_npz_writer **out);

/*
** Adds an array: 'data' holds the product of 'shape' elements, contiguous in C order.
** MS_EARG for a name that is not allowed or used already; the writer is then as before.
** MS_EIO leaves a writer that can only be freed.
*/
ms_status ms_npz_writer_add(ms_npz_writer *writer, const char *name, ms_npz_type type,
                            int dims, const size_t *shape, const void *data);

/* Directory, sync, then the file's name. Only ms_npz_writer_free may follow. */
ms_status ms_npz_writer_finish(ms_npz_writer *writer);

/* Releases everything; without a successful finish nothing is left on disk. */
void ms_npz_writer_free(ms_npz_writer *writer);

#endif
