/*
** Sums that follow each other become one loop of machine code, eight numbers at a time:
** what one sum makes and the next ones read stays in vector registers, where the kernels
** (kernels.c) write and read L1 for every term. Values are loaded once, the one that is
** needed last makes room for another (Belady's rule), and registers of the strip machine
** are written only when something outside reads them or room is short.
**
** The code rounds as the kernels do and gives the same bits, so that either may run. It
** is made where this build is compiled for AVX-512, and not where the system gives no
** memory for code or a place of the segment is out of reach of an offset. It does the
** strips that are whole vectors; the kernels do the others.
**
** How far members of a stack are from each other depends on the points of the block.
** MS_FUSED_SPAN of them, a window, share a general register for the address of the first
** and four for 1, 3, 5 and 7 times that distance, which x86 multiplies by 1, 2, 4 or 8. A
** function has room for MS_FUSED_WINDOWS: the first 45 members of every stack, so that
** derivatives in 43 directions and the value stay together.
*/
#include "program/encode.h"
#include "program/program_impl.h"

#include "base/alloc.h"
#include "base/code.h"

#include <math.h>

/* Vector registers for values, one more for what is used at once, and general ones. */
enum { HELD = 31, SCRATCH = 31, FREE = -1, BUSY = -2, MOST_OPS = 256 };
enum { AHEAD = 128 }; /* bytes, see write_out() */
enum { REGISTERS_AT = MS_RCX, TILES_AT = MS_RDX, SUMS_AT = 8, FACTORS_AT = 9 };

/* What the function is given, see ms_fused; rax and rsi count the loop. */
static const int general_registers[MS_FUSED_VALUES] = {REGISTERS_AT, TILES_AT, SUMS_AT,
                                                       FACTORS_AT,   MS_RBX,   MS_RBP,
                                                       10,           11,       12,
                                                       13,           14,       15,
                                                       MS_RDI};
static const int *const step_registers = general_registers + MS_FUSED_FIXED;
static const int *const window_registers =
  general_registers + MS_FUSED_FIXED + MS_FUSED_STEPS;

typedef struct fuser {
  ms_segment *segment;
  size_t block;
  ms_fused fused; /* the group under way */
  ms_code code;
  size_t *later;   /* by operand: the first operation after its own that reads it */
  int *in;         /* by place: the vector register that holds its value, or FREE */
  bool *unwritten; /* by place: the value is in that register only */
  int held[HELD];  /* the place whose value a vector register holds, FREE or BUSY */
} fuser;

static const size_t never = (size_t)-1;

static size_t group_end(const fuser *f) {
  return f->fused.first + f->fused.count;
}

/* Fills 'later', from the end on, where values are read until they are overwritten. */
static ms_status find_later(fuser *f) {
  ms_status status = MS_OK;
  const ms_segment *segment = f->segment;
  const ms_strip_op *end = &segment->ops[segment->op_count - 1];
  size_t *next = NULL;
  MS_TRY(ms_alloc(end->first + end->count, sizeof *f->later, "a program", &f->later));
  MS_TRY(ms_alloc(segment->place_count, sizeof *next, "a program", &next));
  for (size_t i = 0; i < segment->place_count; i++) next[i] = never;
  for (size_t i = segment->op_count; i-- > 0;) {
    const ms_strip_op *op = &segment->ops[i];
    const uint32_t *place = segment->operands + op->first;
    for (uint32_t j = 0; j < op->count; j++) f->later[op->first + j] = next[place[j]];
    next[place[0]] = never;
    for (uint32_t j = 1; j < op->count; j++) next[place[j]] = i;
  }
out:
  ms_free(next);
  return status;
}

/* The first operation of the group from 'from' on that reads the place as it is. */
static size_t next_read(const fuser *f, size_t from, uint32_t place) {
  for (size_t i = from; i < group_end(f); i++) {
    const ms_strip_op *op = &f->segment->ops[i];
    const uint32_t *operand = f->segment->operands + op->first;
    for (uint32_t j = 1; j < op->count; j++)
      if (operand[j] == place) return i;
    if (operand[0] == place) return never;
  }
  return never;
}

/* The memory of a member of a stack: its number in the window is odd times 2^shift. */
static ms_rm member(const fuser *f, const ms_operand *at) {
  size_t window = 0, odd = at->position % MS_FUSED_SPAN;
  ms_rm rm = {.where = MS_INDEXED, .index = MS_NO_INDEX};
  while (f->fused.windows[window] != at->position / MS_FUSED_SPAN) window++;
  rm.number = window_registers[window];
  rm.offset = (int32_t)(at->base * f->block * sizeof(double));
  if (odd == 0) return rm;
  for (; odd % 2 == 0; odd /= 2) rm.shift++;
  rm.index = step_registers[odd / 2];
  return rm;
}

/* The memory of a place. */
static ms_rm memory_of(const fuser *f, uint32_t place) {
  const ms_operand *at = &f->segment->places[place];
  const size_t size = sizeof(double);
  ms_rm rm = {.where = MS_INDEXED, .index = MS_RAX};
  switch (at->kind) {
    case MS_OPERAND_TILE: rm.number = TILES_AT; break;
    case MS_OPERAND_SUM: rm.number = SUMS_AT; break;
    case MS_OPERAND_BUFFER: return member(f, at);
    default:
      rm.number = REGISTERS_AT;
      rm.offset = (int32_t)(at->index * MS_STRIP * size);
      return rm;
  }
  rm.offset = (int32_t)(at->index * size);
  return rm;
}

static ms_rm factor_at(size_t index) {
  return (ms_rm){.where = MS_NUMBER,
                 .number = FACTORS_AT,
                 .offset = (int32_t)(index * sizeof(double))};
}

static ms_rm in_register(int number) {
  return (ms_rm){.where = MS_IN_REGISTER, .number = number};
}

static void drop(fuser *f, int number) {
  if (f->held[number] >= 0) f->in[f->held[number]] = FREE;
  f->held[number] = FREE;
}

/*
** What goes to a buffer misses L1. A store waits for its line only once it is next to be
** written: asked for two vectors ahead the lines come side by side, 0.9 of the time where
** there are many.
*/
static void write_out(fuser *f, uint32_t place) {
  ms_rm to = memory_of(f, place);
  if (!f->unwritten[place]) return;
  ms_encode(&f->code, MS_VSTORE, f->in[place], 0, to);
  f->unwritten[place] = false;
  if (f->segment->places[place].kind != MS_OPERAND_BUFFER) return;
  to.offset += AHEAD;
  ms_encode_prefetch(&f->code, to);
}

/* A vector register for operation i: a free one, or that of the value needed last. */
static int take(fuser *f, size_t i) {
  int best = 0;
  size_t latest = 0;
  for (int number = 0; number < HELD; number++) {
    size_t next;
    if (f->held[number] == FREE) {
      f->held[number] = BUSY;
      return number;
    }
    if (f->held[number] == BUSY) continue;
    next = next_read(f, i, (uint32_t)f->held[number]);
    if (next > latest) latest = next, best = number;
  }
  write_out(f, (uint32_t)f->held[best]);
  drop(f, best);
  f->held[best] = BUSY;
  return best;
}

/* How often operation i reads the place. */
static int reads(const fuser *f, size_t i, uint32_t place) {
  const ms_strip_op *op = &f->segment->ops[i];
  int count = 0;
  for (uint32_t j = 1; j < op->count; j++)
    count += f->segment->operands[op->first + j] == place;
  return count;
}

/*
** Where operation i reads its j-th operand: a register if it is there or will be read
** again.
*/
static ms_rm operand(fuser *f, size_t i, uint32_t j) {
  size_t at = f->segment->ops[i].first + j;
  uint32_t place = f->segment->operands[at];
  if (f->in[place] == FREE && (reads(f, i, place) > 1 || f->later[at] < group_end(f))) {
    int number = take(f, i);
    ms_encode(&f->code, MS_VLOAD, number, 0, memory_of(f, place));
    f->held[number] = (int)place;
    f->in[place] = number;
  }
  return f->in[place] == FREE ? memory_of(f, place) : in_register(f->in[place]);
}

/* The same in a register, which may be the one for what is used at once. */
static int operand_loaded(fuser *f, ms_rm rm) {
  if (rm.where == MS_IN_REGISTER) return rm.number;
  ms_encode(&f->code, MS_VLOAD, SCRATCH, 0, rm);
  return SCRATCH;
}

/* total + a p, or a p where there is no total yet. */
static void add_linear(fuser *f, int total, bool first, size_t factor, ms_rm p) {
  double a = f->segment->factors[factor];
  if (first && a == 1.0)
    ms_encode(&f->code, MS_VLOAD, total, 0, p);
  else if (!first && (a == 1.0 || a == -1.0))
    ms_encode(&f->code, a > 0 ? MS_VADD : MS_VSUB, total, total, p);
  else
    ms_encode(&f->code, first ? MS_VMUL : MS_VFMA, total, operand_loaded(f, p),
              factor_at(factor));
}

/* total + (b q) r, or (b q) r where there is no total yet. */
static void add_product(fuser *f, int total, bool first, size_t factor, ms_rm q,
                        ms_rm r) {
  double b = f->segment->factors[factor];
  bool plain = b == 1.0 || (b == -1.0 && !first);
  int left;
  if (plain && r.where == MS_IN_REGISTER) {
    ms_rm held = q;
    q = r;
    r = held;
  }
  left = operand_loaded(f, q);
  if (!plain) {
    ms_encode(&f->code, MS_VMUL, SCRATCH, left, factor_at(factor));
    left = SCRATCH;
  }
  ms_encode(&f->code,
            first            ? MS_VMUL
            : plain && b < 0 ? MS_VFNMA
                             : MS_VFMA,
            total, left, r);
}

/* The place's value is now in this register. */
static void settle(fuser *f, uint32_t place, int number) {
  if (f->in[place] != FREE) drop(f, f->in[place]);
  f->held[number] = (int)place;
  f->in[place] = number;
  f->unwritten[place] = true;
  if (f->segment->places[place].kind != MS_OPERAND_REGISTER) write_out(f, place);
}

/* Free the register of an operand that the group does not read again. */
static void let_go(fuser *f, size_t operand) {
  uint32_t place = f->segment->operands[operand];
  if (f->in[place] == FREE || f->later[operand] < group_end(f)) return;
  if (f->later[operand] != never) write_out(f, place);
  f->unwritten[place] = false;
  drop(f, f->in[place]);
}

static void fuse_sum(fuser *f, size_t i) {
  const ms_strip_op *op = &f->segment->ops[i];
  uint32_t next = 1;
  size_t factor = op->factor;
  double constant = f->segment->factors[factor];
  bool first = constant == 0.0 && signbit(constant); /* no constant */
  int total = take(f, i);
  if (!first) ms_encode(&f->code, MS_VBROADCAST, total, 0, factor_at(factor));
  factor++;
  for (uint32_t k = 0; k < op->linear; k++, first = false)
    add_linear(f, total, first, factor++, operand(f, i, next++));
  for (uint32_t k = 0; k < op->products; k++, next += 2, first = false) {
    ms_rm q = operand(f, i, next), r = operand(f, i, next + 1);
    add_product(f, total, first, factor++, q, r);
  }
  settle(f, f->segment->operands[op->first], total);
  for (uint32_t j = 0; j < op->count; j++) let_go(f, op->first + j);
}

/* Whether the operation may join the group, whose windows then include its own. */
static bool join(fuser *f, const ms_strip_op *op) {
  size_t before = f->fused.window_count;
  if (op->kind != MS_STRIP_SUM || op->linear + op->products == 0) return false;
  for (uint32_t j = 0; j < op->count; j++) {
    const ms_operand *at = &f->segment->places[f->segment->operands[op->first + j]];
    size_t i = 0, window = at->position / MS_FUSED_SPAN;
    if (at->kind != MS_OPERAND_BUFFER) continue;
    while (i < f->fused.window_count && f->fused.windows[i] != window) i++;
    if (i == MS_FUSED_WINDOWS) {
      f->fused.window_count = before;
      return false;
    }
    f->fused.windows[i] = window;
    if (i == f->fused.window_count) f->fused.window_count++;
  }
  return true;
}

/* The sums from the operation 'first' on that one function can make. */
static void find_group(fuser *f, size_t first) {
  size_t count = 0;
  f->fused = (ms_fused){.first = first, .begin = f->code.count};
  while (count < MOST_OPS && first + count < f->segment->op_count
         && join(f, &f->segment->ops[first + count]))
    count++;
  f->fused.count = count;
}

static ms_status fuse_group(fuser *f) {
  ms_status status = MS_OK;
  ms_segment *segment = f->segment;
  size_t begin;
  for (size_t i = 0; i < segment->place_count; i++) {
    f->in[i] = FREE;
    f->unwritten[i] = false;
  }
  for (int i = 0; i < HELD; i++) f->held[i] = FREE;
  begin = ms_encode_begin(&f->code, general_registers,
                          MS_FUSED_FIXED + MS_FUSED_STEPS + f->fused.window_count);
  for (size_t i = 0; i < f->fused.count; i++) fuse_sum(f, f->fused.first + i);
  ms_encode_end(&f->code, begin, window_registers, f->fused.window_count);
  MS_TRY(f->code.status);
  segment->fused[segment->fused_count++] = f->fused;
out:
  return status;
}

/* Whether every place is within reach of an offset. */
static bool within_reach(const ms_segment *segment, size_t block) {
  const size_t most = (INT32_MAX - AHEAD) / sizeof(double);
  for (size_t i = 0; i < segment->place_count; i++) {
    const ms_operand *at = &segment->places[i];
    if (at->base > most / block || at->index > most / MS_STRIP) return false;
  }
  return true;
}

bool ms_can_fuse(void) {
#if defined(__x86_64__) && defined(__AVX512F__)
  return true;
#else
  return false;
#endif
}

ms_status ms_fuse(ms_segment *segment, size_t block) {
  ms_status status = MS_OK;
  fuser f = {.segment = segment, .block = block};
  if (!ms_can_fuse() || segment->op_count == 0 || !within_reach(segment, block))
    return MS_OK;
  MS_TRY(find_later(&f));
  MS_TRY(ms_alloc(segment->place_count, sizeof *f.in, "a program", &f.in));
  MS_TRY(ms_alloc(segment->place_count, sizeof *f.unwritten, "a program", &f.unwritten));
  MS_TRY(ms_alloc(segment->op_count, sizeof(ms_fused), "a program", &segment->fused));
  for (size_t i = 0; i < segment->op_count; i++) {
    find_group(&f, i);
    if (f.fused.count < 2) continue;
    MS_TRY(fuse_group(&f));
    i += f.fused.count - 1;
  }
  segment->code = ms_code_map(f.code.bytes, f.code.count);
  segment->code_size = f.code.count;
  if (segment->code == NULL) segment->fused_count = 0;
out:
  ms_free(f.later);
  ms_free(f.in);
  ms_free(f.unwritten);
  ms_free(f.code.bytes);
  return status;
}
