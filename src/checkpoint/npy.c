#include "checkpoint/npy.h"

#include "base/alloc.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ALIGNMENT = 64, VERSION_1_START = 10 };

static const unsigned char MAGIC[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

size_t ms_npy_header_write(const ms_npz_info *info, unsigned char out[MS_NPY_WRITE_MAX]) {
  static const char *const names[] = {"<f8", "<i8", "|u1"};
  char text[MS_NPY_WRITE_MAX];
  const size_t room = sizeof text;
  size_t n =
    (size_t)snprintf(text, room, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     names[info->type]);
  for (int i = 0; i < info->dims; i++)
    n += (size_t)snprintf(text + n, room - n, i == 0 ? "%zu" : ", %zu", info->shape[i]);
  n += (size_t)snprintf(text + n, room - n, "%s), }", info->dims == 1 ? "," : "");
  size_t total = (VERSION_1_START + n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  memset(out, ' ', total);
  memcpy(out, MAGIC, sizeof MAGIC);
  out[6] = 1;
  out[7] = 0;
  ms_put16(out + 8, (unsigned)(total - VERSION_1_START));
  memcpy(out + VERSION_1_START, text, n);
  out[total - 1] = '\n';
  return total;
}

ms_status ms_npy_preamble_parse(const char *where, const unsigned char *bytes,
                                size_t *start, size_t *length) {
  ms_status status = MS_OK;
  MS_CHECK(memcmp(bytes, MAGIC, sizeof MAGIC) == 0, MS_EFORMAT, "%s is not a .npy array",
           where);
  MS_CHECK(bytes[6] >= 1 && bytes[6] <= 3 && bytes[7] == 0, MS_EFORMAT,
           "%s has .npy version %d.%d; 1.0, 2.0 and 3.0 can be read", where, bytes[6],
           bytes[7]);
  *start = bytes[6] == 1 ? VERSION_1_START : MS_NPY_PREAMBLE;
  *length = bytes[6] == 1 ? ms_get16(bytes + 8) : ms_get32(bytes + 8);
  MS_CHECK(*length <= MS_NPY_READ_MAX, MS_EFORMAT,
           "%s has a .npy header of %zu bytes; at most %d are expected", where, *length,
           MS_NPY_READ_MAX);
out:
  return status;
}

/* A place in the header's text. */
typedef struct cursor {
  const char *at, *end;
} cursor;

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) c->at++;
}

/* Takes the character if it comes next. */
static int take(cursor *c, char wanted) {
  skip_space(c);
  if (c->at == c->end || *c->at != wanted) return 0;
  c->at++;
  return 1;
}

static int take_word(cursor *c, const char *word) {
  size_t length = strlen(word);
  skip_space(c);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return 0;
  c->at += length;
  return 1;
}

/* A quoted string without escapes, cut to the room there is. */
static int take_string(cursor *c, char *out, size_t room) {
  size_t n = 0;
  skip_space(c);
  if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return 0;
  char quote = *c->at++;
  for (; c->at < c->end && *c->at != quote; c->at++) {
    if ((unsigned char)*c->at < 0x20 || *c->at == '\\') return 0;
    if (n + 1 < room) out[n++] = *c->at;
  }
  out[n] = '\0';
  return take(c, quote);
}

static int take_extent(cursor *c, size_t *out) {
  size_t value = 0, digits = 0;
  skip_space(c);
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits++) {
    if (!ms_mul_size(value, 10, &value)) return 0;
    size_t next = value + (size_t)(*c->at - '0');
    if (next < value) return 0;
    value = next;
  }
  *out = value;
  return digits > 0;
}

static ms_status parse_shape(const char *where, cursor *c, ms_npz_info *info) {
  ms_status status = MS_OK;
  int comma = 1;
  MS_CHECK(take(c, '('), MS_EFORMAT, "%s has a damaged .npy header (shape)", where);
  info->dims = 0;
  while (!take(c, ')')) {
    size_t extent;
    MS_CHECK(comma && take_extent(c, &extent), MS_EFORMAT,
             "%s has a damaged .npy header (shape)", where);
    MS_CHECK(info->dims < MS_MAX_DIMS, MS_EFORMAT, "%s has more than %d dimensions",
             where, MS_MAX_DIMS);
    info->shape[info->dims++] = extent;
    comma = take(c, ',');
  }
out:
  return status;
}

/*
** The type of an element: the order of its bytes, < > or | where there is one alone, a
** letter and the number of bytes.
*/
static ms_status parse_element(const char *where, cursor *c, ms_npy_header *header) {
  static const struct {
    char letter;
    const char *sizes;
    ms_npy_element element;
  } known[] = {
    {'f', "248", MS_NPY_FLOAT},
    {'i', "1248", MS_NPY_SIGNED},
    {'u', "1248", MS_NPY_UNSIGNED},
    {'b', "1", MS_NPY_UNSIGNED},
  };
  ms_status status = MS_OK;
  char name[32];
  MS_CHECK(take_string(c, name, sizeof name), MS_EFORMAT,
           "%s has a structured or damaged element type", where);
  for (size_t i = 0; i < sizeof known / sizeof *known && strlen(name) == 3; i++) {
    if (name[1] != known[i].letter || strchr(known[i].sizes, name[2]) == NULL
        || strchr(name[2] == '1' ? "|" : "<>", name[0]) == NULL)
      continue;
    header->element = known[i].element;
    header->element_size = (size_t)(name[2] - '0');
    header->big_endian = name[0] == '>';
    header->info.type = header->element == MS_NPY_FLOAT ? MS_NPZ_F8
                        : header->element == MS_NPY_UNSIGNED && name[2] == '1'
                          ? MS_NPZ_U1
                          : MS_NPZ_I8;
    header->as_is = !header->big_endian && strcmp(name, "<u8") != 0
                    && header->element_size == ms_npz_type_size(header->info.type);
    goto out;
  }
  status = ms_fail(MS_EFORMAT,
                   "%s has elements of type '%s'; floats (f) of 2, 4 and 8 bytes,"
                   " integers (i, u) of 1, 2, 4 and 8 and truth values (b1) can be read",
                   where, name);
out:
  return status;
}

ms_status ms_npy_header_parse(const char *where, const unsigned char *text, size_t length,
                              ms_npy_header *out) {
  enum { DESCR = 1, ORDER = 2, SHAPE = 4 };
  ms_status status = MS_OK;
  cursor c = {(const char *)text, (const char *)text + length};
  int seen = 0, comma = 1;
  memset(out, 0, sizeof *out);
  MS_CHECK(take(&c, '{'), MS_EFORMAT, "%s has a damaged .npy header", where);
  while (!take(&c, '}')) {
    char key[32];
    MS_CHECK(comma && take_string(&c, key, sizeof key) && take(&c, ':'), MS_EFORMAT,
             "%s has a damaged .npy header", where);
    int field = strcmp(key, "descr") == 0           ? DESCR
                : strcmp(key, "fortran_order") == 0 ? ORDER
                : strcmp(key, "shape") == 0         ? SHAPE
                                                    : 0;
    MS_CHECK(field != 0 && (seen & field) == 0, MS_EFORMAT,
             "%s has an unexpected field '%s' in its .npy header", where, key);
    seen |= field;
    if (field == DESCR) MS_TRY(parse_element(where, &c, out));
    if (field == SHAPE) MS_TRY(parse_shape(where, &c, &out->info));
    if (field == ORDER) {
      out->fortran = take_word(&c, "True");
      MS_CHECK(out->fortran || take_word(&c, "False"), MS_EFORMAT,
               "%s has a damaged .npy header (fortran_order)", where);
    }
    comma = take(&c, ',');
  }
  skip_space(&c);
  MS_CHECK(c.at == c.end && seen == (DESCR | ORDER | SHAPE), MS_EFORMAT,
           "%s has a damaged .npy header", where);
  MS_CHECK(ms_npz_info_count(&out->info), MS_EFORMAT,
           "%s has more elements than can be addressed", where);
out:
  return status;
}

/* IEEE 754 half precision: 1 bit of sign, 5 of the exponent, 10 of the fraction. */
static double half(uint64_t bits) {
  int exponent = (int)(bits >> 10 & 31);
  double fraction = (double)(bits & 1023), size;
  if (exponent == 31)
    size = fraction == 0 ? INFINITY : NAN;
  else if (exponent == 0)
    size = ldexp(fraction, -24);
  else
    size = ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -size : size;
}

static double read_float(uint64_t bits, size_t size) {
  uint32_t low = (uint32_t)bits;
  float single;
  double number;
  if (size == 2) return half(bits);
  memcpy(&single, &low, sizeof single);
  memcpy(&number, &bits, sizeof number);
  return size == 4 ? single : number;
}

int ms_npy_element_read(const ms_npy_header *header, const unsigned char *from,
                        void *to) {
  size_t size = header->element_size;
  uint64_t bits = 0;
  double number;
  for (size_t i = 0; i < size; i++)
    bits = bits << 8 | from[header->big_endian ? i : size - 1 - i];
  if (header->info.type == MS_NPZ_U1) {
    *(unsigned char *)to = (unsigned char)bits;
  } else if (header->info.type == MS_NPZ_F8) {
    number = read_float(bits, size);
    memcpy(to, &number, sizeof number);
  } else if (header->element == MS_NPY_UNSIGNED && bits > INT64_MAX) {
    return 0;
  } else {
    uint64_t sign = header->element == MS_NPY_SIGNED ? (uint64_t)1 << (8 * size - 1) : 0;
    bits = (bits ^ sign) - sign; /* the sign in all bits above, too */
    memcpy(to, &bits, sizeof bits);
  }
  return 1;
}
