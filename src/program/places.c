/*
** Where the operands of a segment's operations are: registers, as few as possible, and
** each place once, in the order in which strips move on (ms_operand_kind).
*/
#include "program/segment_impl.h"

#include "base/alloc.h"

/* Each register is free again after its last reader. */
static ms_status allocate_registers(ms_builder *b) {
  ms_status status = MS_OK;
  ms_segment *segment = &b->segment;
  size_t *last = NULL, *real = NULL, *pool = NULL, pooled = 0;
  MS_TRY(ms_alloc_zero(b->registers, sizeof *last, "a program", &last));
  MS_TRY(ms_alloc_zero(b->registers, sizeof *real, "a program", &real));
  MS_TRY(ms_alloc_zero(b->registers, sizeof *pool, "a program", &pool));
  for (size_t i = 0; i < segment->op_count; i++)
    for (size_t j = 1; j < segment->ops[i].count; j++) {
      const ms_operand *operand = &b->operands[segment->ops[i].first + j];
      if (operand->kind == MS_OPERAND_REGISTER) last[operand->index] = i;
    }
  for (size_t i = 0; i < segment->op_count; i++) {
    ms_operand *operands = b->operands + segment->ops[i].first;
    for (size_t j = 1; j < segment->ops[i].count; j++) {
      size_t name = operands[j].index;
      if (operands[j].kind != MS_OPERAND_REGISTER) continue;
      operands[j].index = real[name];
      if (last[name] == i) {
        pool[pooled++] = real[name];
        last[name] = (size_t)-1; /* freed once, though it may be read twice here */
      }
    }
    if (operands[0].kind == MS_OPERAND_REGISTER) {
      size_t name = operands[0].index;
      real[name] = pooled > 0 ? pool[--pooled] : segment->registers++;
      operands[0].index = real[name];
    }
  }
  if (segment->registers > b->low->loop->registers)
    b->low->loop->registers = segment->registers;
out:
  ms_free(last);
  ms_free(real);
  ms_free(pool);
  return status;
}

static bool same(const ms_operand *a, const ms_operand *b) {
  return a->kind == b->kind && a->index == b->index && a->base == b->base
         && a->position == b->position;
}

/* The places of a segment by what they are: open addressing, index + 1, 0 is empty. */
typedef struct table {
  uint32_t *slots;
  size_t size; /* a power of two */
} table;

static ms_status open_table(size_t operands, table *t) {
  t->size = 16;
  while (t->size < 2 * operands) t->size *= 2;
  return ms_alloc_zero(t->size, sizeof *t->slots, "a program", &t->slots);
}

/* The index of a place, new or known. */
static uint32_t place_of(ms_segment *segment, const table *t, const ms_operand *operand) {
  uint64_t hash = (uint64_t)operand->kind + 1;
  hash = hash * 0x9E3779B97F4A7C15u + operand->index;
  hash = hash * 0x9E3779B97F4A7C15u + operand->base;
  hash = (hash + operand->position) * 0xD6E8FEB86659FD93u;
  size_t slot = (size_t)(hash >> 32) & (t->size - 1);
  for (; t->slots[slot] != 0; slot = (slot + 1) & (t->size - 1))
    if (same(&segment->places[t->slots[slot] - 1], operand)) return t->slots[slot] - 1;
  segment->places[segment->place_count++] = *operand;
  t->slots[slot] = (uint32_t)segment->place_count;
  return t->slots[slot] - 1;
}

ms_status ms_settle_places(ms_builder *b) {
  ms_status status = MS_OK;
  ms_segment *segment = &b->segment;
  table t = {NULL, 0};
  MS_TRY(allocate_registers(b));
  MS_TRY(open_table(b->operand_count, &t));
  MS_TRY(
    ms_alloc(b->operand_count, sizeof *segment->places, "a program", &segment->places));
  MS_TRY(ms_alloc(b->operand_count, sizeof *segment->operands, "a program",
                  &segment->operands));
  for (int kind = MS_OPERAND_REGISTER; kind <= MS_OPERAND_SUM; kind++) {
    if (kind == MS_OPERAND_BUFFER) segment->moving = segment->place_count;
    if (kind == MS_OPERAND_TILE) segment->cycling = segment->place_count;
    for (size_t i = 0; i < b->operand_count; i++)
      if ((int)b->operands[i].kind == kind)
        segment->operands[i] = place_of(segment, &t, &b->operands[i]);
  }
  if (segment->place_count > b->low->loop->places)
    b->low->loop->places = segment->place_count;
out:
  ms_free(t.slots);
  return status;
}
