#include "checkpoint/directory.h"

#include "base/alloc.h"
#include "checkpoint/format.h"

#include <stdlib.h>
#include <string.h>

/* Deflate codes 258 bytes in two bits at best. */
enum { DEFLATE_RATIO_MAX = 1032, COMMENT_MAX = 65535 };

/* The fields of the end record, in 64 bits. */
typedef struct end_record {
  uint64_t disk, first_disk, count_here, count, size, begin;
} end_record;

/*
** Where the end record lies: the last place from which a record and its comment reach
** exactly to the end of the file.
*/
static ms_status find_end(ms_input *input, uint64_t *out) {
  ms_status status = MS_OK;
  uint64_t size = ms_input_size(input);
  size_t room = MS_ZIP_END_SIZE + COMMENT_MAX;
  unsigned char *tail = NULL;
  if (size < room) room = (size_t)size;
  MS_CHECK(room >= MS_ZIP_END_SIZE, MS_EFORMAT,
           "'%s' is not an NPZ file: it has %zu bytes", ms_input_path(input), room);
  MS_TRY(ms_alloc(room, 1, "the end of an archive", &tail));
  MS_TRY(ms_input_read(input, size - room, tail, room));
  for (size_t at = room - MS_ZIP_END_SIZE + 1; at-- > 0;) {
    if (ms_get32(tail + at) != MS_ZIP_END) continue;
    if (at + MS_ZIP_END_SIZE + ms_get16(tail + at + 20) != room) continue;
    *out = size - room + at;
    goto out;
  }
  status = ms_fail(MS_EFORMAT, "'%s' is not an NPZ file, or its end is missing",
                   ms_input_path(input));
out:
  ms_free(tail);
  return status;
}

/* The ZIP64 end record, if a locator for one stands before the end record at 'place'. */
static ms_status read_end64(ms_input *input, uint64_t *place, end_record *end) {
  ms_status status = MS_OK;
  unsigned char locator[MS_ZIP64_LOCATOR_SIZE], record[MS_ZIP64_END_SIZE];
  const char *path = ms_input_path(input);
  if (*place < MS_ZIP64_LOCATOR_SIZE) goto out;
  MS_TRY(ms_input_read(input, *place - sizeof locator, locator, sizeof locator));
  if (ms_get32(locator) != MS_ZIP64_LOCATOR) goto out;
  uint64_t at = ms_get64(locator + 8), last = *place - sizeof locator;
  MS_CHECK(at <= last && last - at >= sizeof record, MS_EFORMAT,
           "'%s' is damaged: its ZIP64 end record is out of place", path);
  MS_TRY(ms_input_read(input, at, record, sizeof record));
  MS_CHECK(ms_get32(record) == MS_ZIP64_END && ms_get64(record + 4) == last - at - 12,
           MS_EFORMAT, "'%s' is damaged: its ZIP64 end record is not there", path);
  *end =
    (end_record){ms_get32(record + 16), ms_get32(record + 20), ms_get64(record + 24),
                 ms_get64(record + 32), ms_get64(record + 40), ms_get64(record + 48)};
  *place = at;
out:
  return status;
}

static ms_status read_end(ms_input *input, end_record *end) {
  ms_status status = MS_OK;
  unsigned char record[MS_ZIP_END_SIZE];
  uint64_t place = 0;
  MS_TRY(find_end(input, &place));
  MS_TRY(ms_input_read(input, place, record, sizeof record));
  *end =
    (end_record){ms_get16(record + 4),  ms_get16(record + 6),  ms_get16(record + 8),
                 ms_get16(record + 10), ms_get32(record + 12), ms_get32(record + 16)};
  MS_TRY(read_end64(input, &place, end));
  MS_CHECK(end->disk == 0 && end->first_disk == 0 && end->count_here == end->count,
           MS_EFORMAT, "'%s' is damaged or one volume of several", ms_input_path(input));
  MS_CHECK(end->begin <= place && end->size == place - end->begin, MS_EFORMAT,
           "'%s' is damaged: its directory does not lie where the end record says",
           ms_input_path(input));
  MS_CHECK(end->count <= end->size / MS_ZIP_CENTRAL_SIZE, MS_EFORMAT,
           "'%s' is damaged: its directory is too short for %llu entries",
           ms_input_path(input), (unsigned long long)end->count);
out:
  return status;
}

/*
** Replaces the fields that say MS_ZIP_IN_ZIP64 by those of the ZIP64 extra field, which
** holds only these, in this order. False when it is needed and not there.
*/
static int apply_zip64(const unsigned char *extra, size_t length, ms_zip_member *member) {
  uint64_t *fields[] = {&member->unpacked, &member->packed, &member->offset};
  size_t left = 0, size = 0;
  for (; length >= 4; extra += size, length -= size) {
    size = 4 + (size_t)ms_get16(extra + 2);
    if (size > length) return 0;
    if (ms_get16(extra) == MS_ZIP64_EXTRA) {
      left = size - 4;
      break;
    }
  }
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (*fields[i] != MS_ZIP_IN_ZIP64) continue;
    if (left < 8) return 0;
    *fields[i] = ms_get64(extra + size - left);
    left -= 8;
  }
  return 1;
}

/* One record of the directory; its name goes to *names, which moves on. */
static ms_status parse_member(const char *path, const unsigned char **at,
                              const unsigned char *end, char **names,
                              ms_zip_member *out) {
  ms_status status = MS_OK;
  const unsigned char *record = *at;
  MS_CHECK(end - record >= MS_ZIP_CENTRAL_SIZE && ms_get32(record) == MS_ZIP_CENTRAL,
           MS_EFORMAT, "'%s' is damaged: an entry of its directory is not there", path);
  size_t name = ms_get16(record + 28), extra = ms_get16(record + 30);
  size_t comment = ms_get16(record + 32),
         left = (size_t)(end - record) - MS_ZIP_CENTRAL_SIZE;
  MS_CHECK(name + extra + comment <= left, MS_EFORMAT,
           "'%s' is damaged: an entry of its directory is cut off", path);
  const unsigned char *text = record + MS_ZIP_CENTRAL_SIZE;
  MS_CHECK(ms_npz_name_is_text((const char *)text, name), MS_EFORMAT,
           "'%s' is damaged: an entry's name is not text", path);
  memcpy(*names, text, name);
  (*names)[name] = '\0';
  *out = (ms_zip_member){.name = *names,
                         .name_length = name,
                         .flags = ms_get16(record + 8),
                         .method = ms_get16(record + 10),
                         .crc = ms_get32(record + 16),
                         .packed = ms_get32(record + 20),
                         .unpacked = ms_get32(record + 24),
                         .offset = ms_get32(record + 42)};
  MS_CHECK(apply_zip64(text + name, extra, out), MS_EFORMAT,
           "'%s', entry '%.99s' is damaged: its ZIP64 sizes are missing", path,
           out->name);
  *names += name + 1;
  *at = text + name + extra + comment;
out:
  return status;
}

/*
** Sizes that the file can hold. Members may not add up to more than the file either: else
** a small file whose members share their bytes could ask for any amount of memory.
*/
static ms_status check_sizes(const char *path, const ms_zip_directory *directory) {
  ms_status status = MS_OK;
  uint64_t left = directory->begin;
  for (size_t i = 0; i < directory->count; i++) {
    const ms_zip_member *m = &directory->members[i];
    uint64_t head = MS_ZIP_LOCAL_SIZE + m->name_length;
    MS_CHECK(m->offset <= directory->begin && head <= directory->begin - m->offset
               && m->packed <= directory->begin - m->offset - head,
             MS_EFORMAT, "'%s', entry '%.99s' is damaged: it does not fit into the file",
             path, m->name);
    MS_CHECK(head + m->packed <= left, MS_EFORMAT, "'%s' is damaged: its entries overlap",
             path);
    left -= head + m->packed;
    MS_CHECK(m->unpacked / DEFLATE_RATIO_MAX <= m->packed, MS_EFORMAT,
             "'%s', entry '%.99s' is damaged: %llu bytes cannot unpack to %llu", path,
             m->name, (unsigned long long)m->packed, (unsigned long long)m->unpacked);
  }
out:
  return status;
}

static int compare_names(const void *a, const void *b) {
  const ms_zip_member *const *one = a, *const *other = b;
  return strcmp((*one)->name, (*other)->name);
}

static ms_status check_names(const char *path, const ms_zip_directory *directory) {
  ms_status status = MS_OK;
  const ms_zip_member **sorted = NULL;
  MS_TRY(ms_alloc(directory->count, sizeof *sorted, "names of entries", &sorted));
  for (size_t i = 0; i < directory->count; i++) sorted[i] = &directory->members[i];
  if (sorted != NULL) qsort(sorted, directory->count, sizeof *sorted, compare_names);
  for (size_t i = 1; i < directory->count; i++)
    MS_CHECK(strcmp(sorted[i - 1]->name, sorted[i]->name) != 0, MS_EFORMAT,
             "'%s' has two entries '%.99s'", path, sorted[i]->name);
out:
  ms_free(sorted);
  return status;
}

ms_status ms_zip_directory_read(ms_input *input, ms_zip_directory *out) {
  ms_status status = MS_OK;
  const char *path = ms_input_path(input);
  unsigned char *bytes = NULL;
  end_record end;
  memset(out, 0, sizeof *out);
  MS_TRY(read_end(input, &end));
  /* The directory is part of the file: what follows is at most twice the file's size. */
  MS_CHECK(end.size <= SIZE_MAX / 2, MS_ENOMEM, "'%s' is too large to be read", path);
  size_t size = (size_t)end.size, count = (size_t)end.count;
  MS_TRY(ms_alloc(size, 1, "an archive's directory", &bytes));
  MS_TRY(ms_alloc(size, 1, "names of entries", &out->names));
  MS_TRY(ms_alloc(count, sizeof *out->members, "an archive's entries", &out->members));
  MS_TRY(ms_input_read(input, end.begin, bytes, size));
  const unsigned char *at = bytes;
  char *names = out->names;
  out->begin = end.begin;
  for (size_t i = 0; i < count; i++)
    MS_TRY(parse_member(path, &at, bytes + size, &names, &out->members[i]));
  MS_CHECK((size_t)(at - bytes) == size, MS_EFORMAT,
           "'%s' is damaged: its directory goes on after the last entry", path);
  out->count = count;
  MS_TRY(check_sizes(path, out));
  MS_TRY(check_names(path, out));
out:
  ms_free(bytes);
  return status;
}

void ms_zip_directory_release(ms_zip_directory *directory) {
  ms_free(directory->members);
  ms_free(directory->names);
  memset(directory, 0, sizeof *directory);
}
