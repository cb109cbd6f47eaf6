#include "checkpoint/writer.h"

#include "base/alloc.h"
#include "checkpoint/deflate.h"
#include "checkpoint/npy.h"
#include "checkpoint/output.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
  BUFFER = 1 << 16,
  VERSION = 20, /* deflate, as "version needed to extract" */
  VERSION_ZIP64 = 45,
  MADE_BY_UNIX = 3 << 8,
  MODE = 0100644,                 /* -rw-r--r-- once unpacked */
  DATE = (0 << 9) | (1 << 5) | 1, /* 1980-01-01 */
  EXTRA_MAX = 4 + 3 * 8,
  MEMORY_LEVEL = 8 /* zlib's default */
};

static const char SUFFIX[] = ".npy";

typedef struct member {
  char *name; /* with its suffix */
  uint32_t crc;
  uint64_t packed, unpacked, offset;
} member;

struct ms_npz_writer {
  ms_output *output;
  ms_npz_writer_options options;
  z_stream stream;
  int stream_open;
  int broken; /* the file has half a member */
  member *members;
  size_t count, capacity;
  unsigned char buffer[BUFFER];
};

ms_status ms_npz_writer_open(const char *path, const ms_npz_writer_options *options,
                             ms_npz_writer **out) {
  ms_status status = MS_OK;
  ms_npz_writer *writer = NULL;
  *out = NULL;
  MS_TRY(ms_alloc_zero(1, sizeof *writer, "an NPZ writer", &writer));
  writer->options = options != NULL
                      ? *options
                      : (ms_npz_writer_options){MS_DEFLATE_LEVEL, MS_ZIP_IN_ZIP64};
  MS_CHECK(writer->options.level >= 0 && writer->options.level <= 9, MS_EARG,
           "level: expected 0 to 9, got %d", writer->options.level);
  writer->stream.zalloc = ms_zlib_alloc;
  writer->stream.zfree = ms_zlib_free;
  MS_CHECK(deflateInit2(&writer->stream, writer->options.level, Z_DEFLATED, -MAX_WBITS,
                        MEMORY_LEVEL, Z_DEFAULT_STRATEGY)
             == Z_OK,
           MS_ENOMEM, "out of memory: a compressor was refused");
  writer->stream_open = 1;
  MS_TRY(ms_output_open(path, &writer->output));
  *out = writer;
  writer = NULL;
out:
  ms_npz_writer_free(writer);
  return status;
}

void ms_npz_writer_free(ms_npz_writer *writer) {
  if (writer == NULL) return;
  if (writer->stream_open) deflateEnd(&writer->stream);
  ms_output_free(writer->output);
  for (size_t i = 0; i < writer->count; i++) ms_free(writer->members[i].name);
  ms_free(writer->members);
  ms_free(writer);
}

static int is_long(const ms_npz_writer *writer, uint64_t value) {
  return value >= writer->options.zip64_from || value >= MS_ZIP_IN_ZIP64;
}

/*
** Whether a member gets 64-bit sizes is settled before it is compressed, from a size that
** deflate cannot exceed (5 bytes for each stored block of at least 16 KiB).
*/
static int has_long_sizes(const ms_npz_writer *writer, const member *m) {
  return is_long(writer, m->unpacked + m->unpacked / 1024 + 1024);
}

/* From "version needed" to "name length": the 24 bytes that both headers share. */
static unsigned char *put_common(unsigned char *at, const member *m, int needs_zip64,
                                 int long_sizes) {
  unsigned flags = 0;
  for (const char *c = m->name; *c != '\0'; c++)
    if ((unsigned char)*c >= 0x80) flags = MS_ZIP_UTF8;
  at = ms_put16(at, needs_zip64 ? VERSION_ZIP64 : VERSION);
  at = ms_put16(at, flags);
  at = ms_put16(at, MS_ZIP_DEFLATED);
  at = ms_put16(at, 0); /* 00:00 */
  at = ms_put16(at, DATE);
  at = ms_put32(at, m->crc);
  at = ms_put32(at, long_sizes ? MS_ZIP_IN_ZIP64 : (uint32_t)m->packed);
  at = ms_put32(at, long_sizes ? MS_ZIP_IN_ZIP64 : (uint32_t)m->unpacked);
  return ms_put16(at, (unsigned)strlen(m->name));
}

/* Local header with name and extra field; returns its length. */
static size_t put_local(const ms_npz_writer *writer, const member *m,
                        unsigned char *out) {
  int long_sizes = has_long_sizes(writer, m);
  size_t name = strlen(m->name);
  unsigned char *at = put_common(ms_put32(out, MS_ZIP_LOCAL), m, long_sizes, long_sizes);
  at = ms_put16(at, long_sizes ? 4 + 2 * 8 : 0);
  memcpy(at, m->name, name);
  at += name;
  if (long_sizes) {
    at = ms_put16(ms_put16(at, MS_ZIP64_EXTRA), 2 * 8);
    at = ms_put64(ms_put64(at, m->unpacked), m->packed);
  }
  return (size_t)(at - out);
}

static ms_status write_central(ms_npz_writer *writer, const member *m) {
  ms_status status = MS_OK;
  int long_sizes = has_long_sizes(writer, m), long_offset = is_long(writer, m->offset);
  unsigned extra = (long_sizes ? 2 * 8u : 0) + (long_offset ? 8u : 0);
  unsigned char record[MS_ZIP_CENTRAL_SIZE], field[EXTRA_MAX], *at;
  at = ms_put16(ms_put32(record, MS_ZIP_CENTRAL), MADE_BY_UNIX | VERSION_ZIP64);
  at = put_common(at, m, extra > 0, long_sizes);
  at = ms_put16(at, extra > 0 ? 4 + extra : 0);
  at = ms_put16(ms_put16(ms_put16(at, 0), 0), 0); /* comment, disk, internal attributes */
  at = ms_put32(at, (uint32_t)MODE << 16);
  ms_put32(at, long_offset ? MS_ZIP_IN_ZIP64 : (uint32_t)m->offset);
  MS_TRY(ms_output_write(writer->output, record, sizeof record));
  MS_TRY(ms_output_write(writer->output, m->name, strlen(m->name)));
  if (extra == 0) goto out;
  at = ms_put16(ms_put16(field, MS_ZIP64_EXTRA), extra);
  if (long_sizes) at = ms_put64(ms_put64(at, m->unpacked), m->packed);
  if (long_offset) ms_put64(at, m->offset);
  MS_TRY(ms_output_write(writer->output, field, 4 + extra));
out:
  return status;
}

/* Compresses bytes to the file; 'last' ends the stream. */
static ms_status pack(ms_npz_writer *writer, const void *bytes, size_t size, int last) {
  ms_status status = MS_OK;
  z_stream *stream = &writer->stream;
  int code = Z_OK;
  stream->next_in = bytes;
  stream->avail_in = 0;
  do {
    if (stream->avail_in == 0) {
      stream->avail_in = ms_zlib_part(size);
      size -= stream->avail_in;
    }
    stream->next_out = writer->buffer;
    stream->avail_out = BUFFER;
    code = deflate(stream, last && size == 0 ? Z_FINISH : Z_NO_FLUSH);
    MS_TRY(ms_output_write(writer->output, writer->buffer, BUFFER - stream->avail_out));
  } while (last ? code != Z_STREAM_END : stream->avail_in > 0 || size > 0);
out:
  return status;
}

static ms_status check_new_name(const ms_npz_writer *writer, const char *name) {
  ms_status status = MS_OK;
  size_t length = strlen(name);
  MS_CHECK(ms_npz_name_is_text(name, length), MS_EARG,
           "entry name: expected UTF-8 text without control characters");
  MS_CHECK(length + sizeof SUFFIX - 1 <= MS_ZIP_NAME_MAX, MS_EARG,
           "entry name '%.99s...': expected at most %d bytes, got %zu", name,
           MS_ZIP_NAME_MAX - (int)(sizeof SUFFIX - 1), length);
  MS_CHECK(
    ms_npz_name_is_relative(name), MS_EARG,
    "entry name '%.99s': expected parts with '/' between them, none of them empty, "
    "'.' or '..', and no '\\'",
    name);
  for (size_t i = 0; i < writer->count; i++)
    MS_CHECK(strncmp(writer->members[i].name, name, length) != 0
               || strcmp(writer->members[i].name + length, SUFFIX) != 0,
             MS_EARG, "entry name '%.99s' is used twice", name);
out:
  return status;
}

/* A new last member with its name; the others keep their places. */
static ms_status append_member(ms_npz_writer *writer, const char *name, member **out) {
  ms_status status = MS_OK;
  size_t length = strlen(name);
  char *copy = NULL;
  MS_TRY(check_new_name(writer, name));
  if (writer->count == writer->capacity) {
    size_t capacity = writer->capacity == 0 ? 16 : 2 * writer->capacity;
    MS_TRY(
      ms_realloc(&writer->members, capacity, sizeof *writer->members, "NPZ entries"));
    writer->capacity = capacity;
  }
  MS_TRY(ms_alloc(length + sizeof SUFFIX, 1, "an entry's name", &copy));
  memcpy(copy, name, length);
  memcpy(copy + length, SUFFIX, sizeof SUFFIX);
  *out = &writer->members[writer->count++];
  **out = (member){.name = copy, .offset = ms_output_size(writer->output)};
out:
  return status;
}

/* Local header, compressed array, then the header again with what is known by now. */
static ms_status write_member(ms_npz_writer *writer, member *m, const ms_npz_info *info,
                              const void *data) {
  ms_status status = MS_OK;
  unsigned char header[MS_NPY_WRITE_MAX], *local = NULL;
  size_t header_size = ms_npy_header_write(info, header);
  size_t bytes = info->count * ms_npz_type_size(info->type);
  m->unpacked = header_size + bytes;
  m->crc = ms_crc32(ms_crc32(0, header, header_size), data, bytes);
  MS_TRY(ms_alloc(MS_ZIP_LOCAL_SIZE + strlen(m->name) + EXTRA_MAX, 1, "an entry's header",
                  &local));
  MS_TRY(ms_output_write(writer->output, local, put_local(writer, m, local)));
  uint64_t start = ms_output_size(writer->output);
  MS_CHECK(deflateReset(&writer->stream) == Z_OK, MS_EBUG, "deflateReset failed");
  MS_TRY(pack(writer, header, header_size, 0));
  MS_TRY(pack(writer, data, bytes, 1));
  m->packed = ms_output_size(writer->output) - start;
  MS_TRY(ms_output_patch(writer->output, m->offset, local, put_local(writer, m, local)));
out:
  ms_free(local);
  return status;
}

ms_status ms_npz_writer_add(ms_npz_writer *writer, const char *name, ms_npz_type type,
                            int dims, const size_t *shape, const void *data) {
  ms_status status = MS_OK;
  ms_npz_info info = {.type = type, .dims = dims};
  member *m;
  MS_CHECK(!writer->broken, MS_EBUG, "'%s': an entry could not be written before",
           ms_output_path(writer->output));
  MS_CHECK(dims >= 0 && dims <= MS_MAX_DIMS, MS_EARG,
           "entry '%.99s': expected at most %d dimensions, got %d", name, MS_MAX_DIMS,
           dims);
  for (int i = 0; i < dims; i++) info.shape[i] = shape[i];
  MS_CHECK(ms_npz_info_count(&info), MS_EARG,
           "entry '%.99s' has more elements than can be addressed", name);
  MS_TRY(append_member(writer, name, &m));
  writer->broken = 1;
  MS_TRY(write_member(writer, m, &info, data));
  writer->broken = 0;
out:
  return status;
}

static ms_status write_end64(ms_npz_writer *writer, uint64_t begin, uint64_t size) {
  unsigned char record[MS_ZIP64_END_SIZE + MS_ZIP64_LOCATOR_SIZE], *at;
  at = ms_put64(ms_put32(record, MS_ZIP64_END), MS_ZIP64_END_SIZE - 12);
  at = ms_put16(ms_put16(at, MADE_BY_UNIX | VERSION_ZIP64), VERSION_ZIP64);
  at = ms_put32(ms_put32(at, 0), 0); /* disks */
  at = ms_put64(ms_put64(at, writer->count), writer->count);
  at = ms_put64(ms_put64(at, size), begin);
  at = ms_put32(ms_put32(at, MS_ZIP64_LOCATOR), 0);
  ms_put32(ms_put64(at, begin + size), 1);
  return ms_output_write(writer->output, record, sizeof record);
}

ms_status ms_npz_writer_finish(ms_npz_writer *writer) {
  ms_status status = MS_OK;
  unsigned char record[MS_ZIP_END_SIZE], *at;
  uint64_t begin = ms_output_size(writer->output), size;
  MS_CHECK(!writer->broken, MS_EBUG, "'%s': an entry could not be written before",
           ms_output_path(writer->output));
  writer->broken = 1;
  for (size_t i = 0; i < writer->count; i++)
    MS_TRY(write_central(writer, &writer->members[i]));
  size = ms_output_size(writer->output) - begin;
  int many = writer->count >= UINT16_MAX, far = is_long(writer, begin);
  int large = is_long(writer, size);
  if (many || far || large) MS_TRY(write_end64(writer, begin, size));
  unsigned count = many ? UINT16_MAX : (unsigned)writer->count;
  at = ms_put16(ms_put16(ms_put32(record, MS_ZIP_END), 0), 0); /* disks */
  at = ms_put16(ms_put16(at, count), count);
  at = ms_put32(at, large ? MS_ZIP_IN_ZIP64 : (uint32_t)size);
  at = ms_put32(at, far ? MS_ZIP_IN_ZIP64 : (uint32_t)begin);
  ms_put16(at, 0); /* comment */
  MS_TRY(ms_output_write(writer->output, record, sizeof record));
  MS_TRY(ms_output_commit(writer->output));
out:
  return status;
}
