/* Compression of memory, checksums, and what the zlib streams of this folder share. */
#ifndef MS_CHECKPOINT_DEFLATE_H
#define MS_CHECKPOINT_DEFLATE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { MS_DEFLATE_LEVEL = 6 }; /* of checkpoints, and when none is asked for */

/*
** *out = the bytes as a zlib stream (RFC 1950, as in PNG); release it with ms_free.
** level: 0 (stored) to 9. MS_EARG, MS_ENOMEM.
*/
ms_status ms_deflate_buffer(const void *bytes, size_t size, int level,
                            unsigned char **out, size_t *out_size);

/* CRC-32 of ZIP and PNG, continued from 'crc' (0 to begin). */
uint32_t ms_crc32(uint32_t crc, const void *bytes, size_t size);

/* For z_stream.zalloc and z_stream.zfree: zlib's memory comes from ms_alloc. */
void *ms_zlib_alloc(void *opaque, unsigned items, unsigned size);
void ms_zlib_free(void *opaque, void *block);

/* At most what zlib's 32-bit counters hold, for one round of a loop. */
unsigned ms_zlib_part(uint64_t size);

#endif
