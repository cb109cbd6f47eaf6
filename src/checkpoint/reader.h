/*
** Reads NPZ files (format.h): open, look at the names, then for each entry wanted begin,
** which tells what the array is, and data, which fills memory of the caller's choice.
*/
#ifndef MS_CHECKPOINT_READER_H
#define MS_CHECKPOINT_READER_H

#include "checkpoint/format.h"

typedef struct ms_npz_reader ms_npz_reader;

/* Opens the file and reads its directory. MS_EIO, MS_EFORMAT, MS_ENOMEM. */
ms_status ms_npz_reader_open(const char *path, ms_npz_reader **out);
void ms_npz_reader_free(ms_npz_reader *reader);

/* Entries in the order of the archive; names without ".npy". */
size_t ms_npz_reader_count(const ms_npz_reader *reader);
const char *ms_npz_reader_name(const ms_npz_reader *reader, size_t index);

/* Begins with an entry: *out says what the array is. Its data is not yet checked. */
ms_status ms_npz_reader_begin(ms_npz_reader *reader, size_t index, ms_npz_info *out);

/*
** The data of the entry begun last, contiguous in C order, to out->count elements of
** out->type. Checks the entry's CRC; after a failure the data is not to be used.
*/
ms_status ms_npz_reader_data(ms_npz_reader *reader, void *data);

#endif
