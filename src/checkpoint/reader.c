#include "checkpoint/reader.h"

#include "base/alloc.h"
#include "checkpoint/deflate.h"
#include "checkpoint/directory.h"
#include "checkpoint/input.h"
#include "checkpoint/npy.h"

#include <stdio.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

/* The buffer holds a local header with the longest name. */
enum { BUFFER = 1 << 17, SCRATCH = 1 << 16, WHERE = 400 };

static const char SUFFIX[] = ".npy";
enum { SUFFIX_LENGTH = sizeof SUFFIX - 1 };

struct ms_npz_reader {
  ms_input *input;
  ms_zip_directory directory;
  z_stream stream;
  int stream_open;

  /* the entry begun last */
  const ms_zip_member *member; /* NULL: none, or its data is read */
  ms_npy_header header;
  char where[WHERE];         /* "'file', entry 'name'", for messages */
  uint64_t at;               /* next byte of the file */
  uint64_t packed, unpacked; /* bytes still to come from the file and out of it */
  uint32_t crc;              /* of the bytes handed out */

  unsigned char buffer[BUFFER];   /* from the file */
  unsigned char scratch[SCRATCH]; /* elements that are not yet what the caller wants */
};

/* "theta.npy" becomes "theta"; false when the member is not an array. */
static int strip_suffix(ms_zip_member *member) {
  if (member->name_length <= SUFFIX_LENGTH) return 0;
  char *end = member->name + member->name_length - SUFFIX_LENGTH;
  if (strcmp(end, SUFFIX) != 0) return 0;
  *end = '\0';
  return 1;
}

ms_status ms_npz_reader_open(const char *path, ms_npz_reader **out) {
  ms_status status = MS_OK;
  ms_npz_reader *reader = NULL;
  *out = NULL;
  MS_TRY(ms_alloc_zero(1, sizeof *reader, "an NPZ reader", &reader));
  MS_TRY(ms_input_open(path, &reader->input));
  MS_TRY(ms_zip_directory_read(reader->input, &reader->directory));
  for (size_t i = 0; i < reader->directory.count; i++)
    MS_CHECK(strip_suffix(&reader->directory.members[i]), MS_EFORMAT,
             "'%s' is not an NPZ file: its entry '%.99s' is not a .npy array", path,
             reader->directory.members[i].name);
  reader->stream.zalloc = ms_zlib_alloc;
  reader->stream.zfree = ms_zlib_free;
  MS_CHECK(inflateInit2(&reader->stream, -MAX_WBITS) == Z_OK, MS_ENOMEM,
           "out of memory: a decompressor was refused");
  reader->stream_open = 1;
  *out = reader;
  reader = NULL;
out:
  ms_npz_reader_free(reader);
  return status;
}

void ms_npz_reader_free(ms_npz_reader *reader) {
  if (reader == NULL) return;
  if (reader->stream_open) inflateEnd(&reader->stream);
  ms_zip_directory_release(&reader->directory);
  ms_input_free(reader->input);
  ms_free(reader);
}

size_t ms_npz_reader_count(const ms_npz_reader *reader) {
  return reader->directory.count;
}

const char *ms_npz_reader_name(const ms_npz_reader *reader, size_t index) {
  return reader->directory.members[index].name;
}

/* The local header must name the same member; *data is where the member's bytes begin. */
static ms_status check_local(ms_npz_reader *reader, const ms_zip_member *m,
                             uint64_t *data) {
  ms_status status = MS_OK;
  const unsigned char *record = reader->buffer, *name = record + MS_ZIP_LOCAL_SIZE;
  size_t head = MS_ZIP_LOCAL_SIZE + m->name_length, stem = m->name_length - SUFFIX_LENGTH;
  MS_TRY(ms_input_read(reader->input, m->offset, reader->buffer, head));
  MS_CHECK(ms_get32(record) == MS_ZIP_LOCAL && ms_get16(record + 6) == m->flags
             && ms_get16(record + 8) == m->method
             && ms_get16(record + 26) == m->name_length
             && memcmp(name, m->name, stem) == 0
             && memcmp(name + stem, SUFFIX, SUFFIX_LENGTH) == 0,
           MS_EFORMAT, "%s is damaged: its header differs from the directory's",
           reader->where);
  *data = m->offset + head + ms_get16(record + 28);
  MS_CHECK(*data <= reader->directory.begin
             && m->packed <= reader->directory.begin - *data,
           MS_EFORMAT, "%s is damaged: it does not fit into the file", reader->where);
out:
  return status;
}

/* One round of inflate: up to 'room' bytes to 'to'. */
static ms_status inflate_some(ms_npz_reader *reader, unsigned char *to, size_t room,
                              size_t *got, int *ended) {
  ms_status status = MS_OK;
  z_stream *stream = &reader->stream;
  if (stream->avail_in == 0) {
    size_t part = reader->packed < BUFFER ? (size_t)reader->packed : BUFFER;
    MS_TRY(ms_input_read(reader->input, reader->at, reader->buffer, part));
    reader->at += part;
    reader->packed -= part;
    stream->next_in = reader->buffer;
    stream->avail_in = (unsigned)part;
  }
  unsigned part = ms_zlib_part(room);
  stream->next_out = to;
  stream->avail_out = part;
  int code = inflate(stream, Z_NO_FLUSH);
  MS_CHECK(code != Z_MEM_ERROR, MS_ENOMEM, "out of memory: a decompressor was refused");
  MS_CHECK(code == Z_OK || code == Z_STREAM_END, MS_EFORMAT,
           "%s is damaged: its compressed bytes are not valid", reader->where);
  *got = part - stream->avail_out;
  *ended = code == Z_STREAM_END;
out:
  return status;
}

/* Exactly 'size' unpacked bytes of the member. */
static ms_status pull(ms_npz_reader *reader, void *bytes, size_t size) {
  ms_status status = MS_OK;
  unsigned char *to = bytes;
  MS_CHECK(size <= reader->unpacked, MS_EFORMAT, "%s is damaged: it is too short",
           reader->where);
  if (reader->member->method == MS_ZIP_STORED) {
    MS_TRY(ms_input_read(reader->input, reader->at, bytes, size));
    reader->at += size;
    reader->packed -= size;
  } else {
    for (size_t left = size; left > 0;) {
      size_t got = 0;
      int ended = 0;
      MS_TRY(inflate_some(reader, to, left, &got, &ended));
      to += got;
      left -= got;
      MS_CHECK(!ended || left == 0, MS_EFORMAT,
               "%s is damaged: it unpacks to fewer bytes than it says", reader->where);
    }
  }
  reader->unpacked -= size;
  reader->crc = ms_crc32(reader->crc, bytes, size);
out:
  return status;
}

/* All bytes are out: the stream must end here, and the sum must be right. */
static ms_status check_end(ms_npz_reader *reader) {
  ms_status status = MS_OK;
  int ended = reader->member->method == MS_ZIP_STORED;
  while (!ended) {
    unsigned char spare;
    size_t got = 0;
    MS_TRY(inflate_some(reader, &spare, 1, &got, &ended));
    MS_CHECK(got == 0, MS_EFORMAT, "%s is damaged: it unpacks to more bytes than it says",
             reader->where);
  }
  MS_CHECK(reader->packed == 0 && reader->stream.avail_in == 0, MS_EFORMAT,
           "%s is damaged: bytes are left after its end", reader->where);
  MS_CHECK(reader->crc == reader->member->crc, MS_EFORMAT,
           "%s is damaged: its CRC does not match its data", reader->where);
out:
  return status;
}

static ms_status read_header(ms_npz_reader *reader) {
  ms_status status = MS_OK;
  unsigned char *text = reader->scratch;
  size_t start, length, bytes;
  MS_TRY(pull(reader, text, MS_NPY_PREAMBLE));
  MS_TRY(ms_npy_preamble_parse(reader->where, text, &start, &length));
  MS_CHECK(start + length >= MS_NPY_PREAMBLE, MS_EFORMAT, "%s has a damaged .npy header",
           reader->where);
  MS_TRY(pull(reader, text + MS_NPY_PREAMBLE, start + length - MS_NPY_PREAMBLE));
  MS_TRY(ms_npy_header_parse(reader->where, text + start, length, &reader->header));
  /* ms_npz_info_count has checked the product for elements at least as large. */
  bytes = reader->header.info.count * reader->header.element_size;
  MS_CHECK(bytes == reader->unpacked, MS_EFORMAT,
           "%s is damaged: its shape needs %zu bytes, and it has %llu", reader->where,
           bytes, (unsigned long long)reader->unpacked);
out:
  return status;
}

ms_status ms_npz_reader_begin(ms_npz_reader *reader, size_t index, ms_npz_info *out) {
  ms_status status = MS_OK;
  reader->member = NULL;
  MS_CHECK(index < reader->directory.count, MS_EBUG, "'%s' has no entry %zu",
           ms_input_path(reader->input), index);
  const ms_zip_member *m = &reader->directory.members[index];
  snprintf(reader->where, sizeof reader->where, "'%.250s', entry '%.99s'",
           ms_input_path(reader->input), m->name);
  MS_CHECK((m->flags & MS_ZIP_ENCRYPTED) == 0, MS_EFORMAT, "%s is encrypted",
           reader->where);
  MS_CHECK(m->method == MS_ZIP_DEFLATED || m->method == MS_ZIP_STORED, MS_EFORMAT,
           "%s is compressed by method %u; 0 and 8 (deflate) can be read", reader->where,
           m->method);
  MS_CHECK(m->method != MS_ZIP_STORED || m->packed == m->unpacked, MS_EFORMAT,
           "%s is damaged: it is not compressed, and its two sizes differ",
           reader->where);
  MS_TRY(check_local(reader, m, &reader->at));
  MS_CHECK(inflateReset(&reader->stream) == Z_OK, MS_EBUG, "%s: inflateReset failed",
           reader->where);
  reader->stream.avail_in = 0;
  reader->member = m;
  reader->packed = m->packed;
  reader->unpacked = m->unpacked;
  reader->crc = 0;
  status = read_header(reader);
  if (status != MS_OK) reader->member = NULL;
  *out = reader->header.info;
out:
  return status;
}

/*
** The place in C order of the next element in Fortran order: index counts up with the
** first axis fastest.
*/
static size_t next_place(const ms_npz_info *info, size_t index[MS_MAX_DIMS]) {
  size_t place = 0;
  for (int i = 0; i < info->dims; i++) place = place * info->shape[i] + index[i];
  for (int i = 0; i < info->dims; i++) {
    if (++index[i] < info->shape[i]) break;
    index[i] = 0;
  }
  return place;
}

/* Through the scratch block: elements that change their type or their place. */
static ms_status read_converted(ms_npz_reader *reader, void *data) {
  ms_status status = MS_OK;
  const ms_npy_header *header = &reader->header;
  size_t index[MS_MAX_DIMS] = {0}, size = header->element_size,
         to_size = ms_npz_type_size(header->info.type), count = header->info.count;
  for (size_t done = 0; done < count;) {
    size_t part = count - done < SCRATCH / size ? count - done : SCRATCH / size;
    MS_TRY(pull(reader, reader->scratch, part * size));
    for (size_t i = 0; i < part; i++) {
      size_t place = header->fortran ? next_place(&header->info, index) : done + i;
      MS_CHECK(ms_npy_element_read(header, reader->scratch + i * size,
                                   (char *)data + place * to_size),
               MS_EFORMAT, "%s: integer number %zu is 2^63 or more and cannot be held",
               reader->where, done + i + 1);
    }
    done += part;
  }
out:
  return status;
}

ms_status ms_npz_reader_data(ms_npz_reader *reader, void *data) {
  ms_status status = MS_OK;
  const ms_npy_header *header = &reader->header;
  MS_CHECK(reader->member != NULL, MS_EBUG, "'%s': no entry is begun",
           ms_input_path(reader->input));
  int as_is = header->as_is && (!header->fortran || header->info.dims < 2);
  if (as_is)
    MS_TRY(pull(reader, data, header->info.count * header->element_size));
  else
    MS_TRY(read_converted(reader, data));
  MS_TRY(check_end(reader));
out:
  reader->member = NULL;
  return status;
}
