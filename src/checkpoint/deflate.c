#include "checkpoint/deflate.h"

#include "base/alloc.h"

#define ZLIB_CONST
#include <zlib.h>

enum { FIRST_ROOM = 1 << 12 };

void *ms_zlib_alloc(void *opaque, unsigned items, unsigned size) {
  void *block;
  (void)opaque;
  return ms_alloc(items, size, "zlib", &block) == MS_OK ? block : Z_NULL;
}

void ms_zlib_free(void *opaque, void *block) {
  (void)opaque;
  ms_free(block);
}

unsigned ms_zlib_part(uint64_t size) {
  return size < 1u << 30 ? (unsigned)size : 1u << 30;
}

uint32_t ms_crc32(uint32_t crc, const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  uLong sum = crc;
  while (size > 0) {
    unsigned part = ms_zlib_part(size);
    sum = crc32(sum, at, part);
    at += part;
    size -= part;
  }
  return (uint32_t)sum;
}

ms_status ms_deflate_buffer(const void *bytes, size_t size, int level,
                            unsigned char **out, size_t *out_size) {
  ms_status status = MS_OK;
  z_stream stream = {.zalloc = ms_zlib_alloc, .zfree = ms_zlib_free};
  unsigned char *packed = NULL;
  size_t room = 0, used = 0;
  int open = 0, ended = 0;
  *out = NULL;
  *out_size = 0;
  MS_CHECK(level >= 0 && level <= 9, MS_EARG, "level: expected 0 to 9, got %d", level);
  MS_CHECK(deflateInit(&stream, level) == Z_OK, MS_ENOMEM,
           "out of memory: a compressor was refused");
  open = 1;
  stream.next_in = bytes;
  while (!ended) {
    if (used == room) {
      room = room == 0 ? FIRST_ROOM + size / 2 : room + room / 2;
      MS_TRY(ms_realloc(&packed, room, 1, "compressed bytes"));
    }
    if (stream.avail_in == 0) {
      stream.avail_in = ms_zlib_part(size);
      size -= stream.avail_in;
    }
    unsigned part = ms_zlib_part(room - used);
    stream.next_out = packed + used;
    stream.avail_out = part;
    ended = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    used += part - stream.avail_out;
  }
  *out = packed;
  *out_size = used;
  packed = NULL;
out:
  if (open) deflateEnd(&stream);
  ms_free(packed);
  return status;
}
