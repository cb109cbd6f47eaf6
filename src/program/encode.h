/*
** Instructions of x86-64 with AVX-512 as bytes: what fused sums are made of (fuse.c), and
** nothing else. Vector registers hold 8 numbers and go from 0 to 31. (Intel 64 and IA-32
** Architectures Software Developer's Manual, volume 2, chapter 2: the EVEX prefix.)
*/
#ifndef MS_PROGRAM_ENCODE_H
#define MS_PROGRAM_ENCODE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* General registers by their numbers; an index that is none. */
enum { MS_RAX, MS_RCX, MS_RDX, MS_RBX, MS_NO_INDEX, MS_RBP, MS_RSI, MS_RDI };

typedef struct ms_code {
  unsigned char *bytes;
  size_t count, capacity;
  ms_status status; /* the first failure */
} ms_code;

/* The opcode map, times 256, and the opcode. */
typedef enum ms_instruction {
  MS_VLOAD = 0x110,      /* to = what */
  MS_VSTORE = 0x111,     /* what = to */
  MS_VADD = 0x158,       /* to = a + what */
  MS_VMUL = 0x159,       /* to = a what */
  MS_VSUB = 0x15C,       /* to = a - what */
  MS_VBROADCAST = 0x219, /* to = the one number that 'what' is, eight times */
  MS_VFMA = 0x2B8,       /* to = to + a what, rounded once */
  MS_VFNMA = 0x2BC       /* to = to - a what, rounded once */
} ms_instruction;

/* Where the last operand of an instruction is. */
typedef enum ms_where {
  MS_IN_REGISTER, /* vector register 'number' */
  MS_INDEXED,     /* at general register 'number' + 'index' times 2^'shift' + offset */
  MS_NUMBER       /* the one number at general register 'number' + offset */
} ms_where;

typedef struct ms_rm {
  ms_where where;
  int number;
  int index, shift; /* general register or MS_NO_INDEX, 0 to 3 */
  int32_t offset;
} ms_rm;

void ms_encode(ms_code *code, ms_instruction instruction, int to, int a, ms_rm what);

/* Ask for the line of what is indexed, to be written. */
void ms_encode_prefetch(ms_code *code, ms_rm what);

/*
** Begin a function (const uintptr_t *values, size_t bytes) that loads values[i] into the
** general register to[i], rdi last if at all, and repeats what follows for rax = 0, 64,
** ... below 'bytes'; the place to go back to is returned. The end adds 64 to the 'count'
** registers 'moving' as well. The function may use every general register.
*/
size_t ms_encode_begin(ms_code *code, const int *to, size_t count);
void ms_encode_end(ms_code *code, size_t begin, const int *moving, size_t count);

#endif
