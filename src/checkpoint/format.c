#include "checkpoint/format.h"

#include "base/alloc.h"

#include <string.h>

size_t ms_npz_type_size(ms_npz_type type) {
  return type == MS_NPZ_U1 ? 1 : 8;
}

int ms_npz_info_count(ms_npz_info *info) {
  size_t bytes = ms_npz_type_size(info->type);
  info->count = 1;
  for (int i = 0; i < info->dims; i++) {
    size_t extent = info->shape[i];
    if (!ms_mul_size(bytes, extent == 0 ? 1 : extent, &bytes)) return 0;
    info->count *= extent;
  }
  return bytes <= PTRDIFF_MAX;
}

/* Length of the UTF-8 sequence at 'at' (at most 'left' bytes), 0 if there is none. */
static size_t utf8_sequence(const unsigned char *at, size_t left) {
  size_t length = at[0] < 0x80   ? 1
                  : at[0] < 0xC2 ? 0
                  : at[0] < 0xE0 ? 2
                  : at[0] < 0xF0 ? 3
                  : at[0] < 0xF5 ? 4
                                 : 0;
  if (length == 0 || length > left) return 0;
  for (size_t i = 1; i < length; i++)
    if ((at[i] & 0xC0) != 0x80) return 0;
  if (at[0] == 0xE0 && at[1] < 0xA0) return 0; /* overlong */
  if (at[0] == 0xED && at[1] > 0x9F) return 0; /* surrogates */
  if (at[0] == 0xF0 && at[1] < 0x90) return 0; /* overlong */
  if (at[0] == 0xF4 && at[1] > 0x8F) return 0; /* past U+10FFFF */
  return length;
}

int ms_npz_name_is_text(const char *name, size_t length) {
  const unsigned char *bytes = (const unsigned char *)name;
  for (size_t i = 0, step; i < length; i += step) {
    step = utf8_sequence(bytes + i, length - i);
    if (step == 0 || bytes[i] < 0x20 || bytes[i] == 0x7F) return 0;
  }
  return length > 0;
}

int ms_npz_name_is_relative(const char *name) {
  if (name[0] == '/' || strchr(name, '\\') != NULL) return 0;
  for (const char *part = name; part != NULL;) {
    const char *slash = strchr(part, '/');
    size_t length = slash == NULL ? strlen(part) : (size_t)(slash - part);
    if (length == 0
        || (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.'))))
      return 0;
    part = slash == NULL ? NULL : slash + 1;
  }
  return 1;
}

unsigned char *ms_put16(unsigned char *at, unsigned value) {
  at[0] = (unsigned char)(value & 0xFF);
  at[1] = (unsigned char)(value >> 8 & 0xFF);
  return at + 2;
}

unsigned char *ms_put32(unsigned char *at, uint32_t value) {
  return ms_put16(ms_put16(at, value & 0xFFFF), value >> 16);
}

unsigned char *ms_put64(unsigned char *at, uint64_t value) {
  return ms_put32(ms_put32(at, (uint32_t)value), (uint32_t)(value >> 32));
}

unsigned ms_get16(const unsigned char *at) {
  return (unsigned)(at[0] | at[1] << 8);
}

uint32_t ms_get32(const unsigned char *at) {
  return ms_get16(at) | (uint32_t)ms_get16(at + 2) << 16;
}

uint64_t ms_get64(const unsigned char *at) {
  return ms_get32(at) | (uint64_t)ms_get32(at + 4) << 32;
}
