#include "program/encode.h"

#include "base/alloc.h"

#include <string.h>

static void put(ms_code *code, const unsigned char *bytes, size_t count) {
  if (code->status == MS_OK)
    code->status = ms_reserve(&code->bytes, &code->capacity, code->count + count, 1,
                              "the code of a program");
  if (code->status != MS_OK) return;
  memcpy(code->bytes + code->count, bytes, count);
  code->count += count;
}

static void put_byte(ms_code *code, int value) {
  unsigned char byte = (unsigned char)value;
  put(code, &byte, 1);
}

static void put_offset(ms_code *code, int32_t value) {
  for (int i = 0; i < 4; i++) put_byte(code, (int)((uint32_t)value >> 8 * i & 255));
}

/* Of an operand: a byte of base and index follows. */
enum { SIB = 4 };

static void put_index(ms_code *code, ms_rm what) {
  put_byte(code, what.shift << 6 | (what.index & 7) << 3 | (what.number & 7));
}

/* Bit 'i' of a register's number as prefixes hold it, inverted. */
static int inverted(int number, int i) {
  return ~number >> i & 1;
}

void ms_encode(ms_code *code, ms_instruction instruction, int to, int a, ms_rm what) {
  enum { PREFIX = 0x62, DOUBLES = 0x85, WIDE = 0x40, BROADCAST = 0x10 };
  bool indexed = what.where == MS_INDEXED, inside = what.where == MS_IN_REGISTER;
  bool one = what.where == MS_NUMBER && instruction != MS_VBROADCAST;
  int extended = inside    ? inverted(what.number, 4)
                 : indexed ? inverted(what.index, 3)
                           : 1;
  put_byte(code, PREFIX);
  put_byte(code, inverted(to, 3) << 7 | extended << 6 | inverted(what.number, 3) << 5
                   | inverted(to, 4) << 4 | (int)instruction >> 8);
  put_byte(code, DOUBLES | (~a & 15) << 3);
  put_byte(code, WIDE | (one ? BROADCAST : 0) | inverted(a, 4) << 3);
  put_byte(code, (int)instruction & 255);
  put_byte(code,
           (inside ? 3 : 2) << 6 | (to & 7) << 3 | (indexed ? SIB : what.number & 7));
  if (indexed) put_index(code, what);
  if (!inside) put_offset(code, what.offset);
}

void ms_encode_prefetch(ms_code *code, ms_rm what) {
  put_byte(code, 0x40 | what.index >> 3 << 1 | what.number >> 3); /* prefetchw */
  put(code, (const unsigned char[]){0x0F, 0x0D}, 2);
  put_byte(code, 2 << 6 | 1 << 3 | SIB);
  put_index(code, what);
  put_offset(code, what.offset);
}

static const unsigned char saved[] = {0x53, 0x55, 0x41, 0x54, 0x41,
                                      0x55, 0x41, 0x56, 0x41, 0x57};
static const unsigned char restored[] = {0x41, 0x5F, 0x41, 0x5E, 0x41,
                                         0x5D, 0x41, 0x5C, 0x5D, 0x5B};

size_t ms_encode_begin(ms_code *code, const int *to, size_t count) {
  put(code, saved, sizeof saved); /* push rbx, rbp, r12 to r15 */
  for (size_t i = 0; i < count; i++) {
    put_byte(code, 0x48 | to[i] >> 3 << 2); /* mov to[i], [rdi + 8 i] */
    put_byte(code, 0x8B);
    put_byte(code, 0x80 | (to[i] & 7) << 3 | MS_RDI);
    put_offset(code, (int32_t)(8 * i));
  }
  put(code, (const unsigned char[]){0x31, 0xC0}, 2); /* xor eax, eax */
  return code->count;
}

void ms_encode_end(ms_code *code, size_t begin, const int *moving, size_t count) {
  static const unsigned char next[] = {0x48, 0x83, 0xC0, 0x40, /* add rax, 64 */
                                       0x48, 0x39, 0xF0,       /* cmp rax, rsi */
                                       0x0F, 0x82};            /* jb begin */
  for (size_t i = 0; i < count; i++) {
    put_byte(code, 0x48 | moving[i] >> 3); /* add moving[i], 64 */
    put_byte(code, 0x83);
    put_byte(code, 0xC0 | (moving[i] & 7));
    put_byte(code, 0x40);
  }
  put(code, next, sizeof next);
  put_offset(code, (int32_t)(begin - (code->count + 4)));
  put(code, restored, sizeof restored);
  put(code, (const unsigned char[]){0xC5, 0xF8, 0x77, 0xC3}, 4); /* vzeroupper, ret */
}
