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

/* The index of a place, new or known. */
static uint32_t place_of(ms_segment *segment, const ms_operand *operand) {
  size_t at = 0;
  while (at < segment->place_count && !ms_same_operand(&segment->places[at], operand))
    at++;
  if (at == segment->place_count) segment->places[segment->place_count++] = *operand;
  return (uint32_t)at;
}

ms_status ms_settle_places(ms_builder *b) {
  ms_status status = MS_OK;
  ms_segment *segment = &b->segment;
  MS_TRY(allocate_registers(b));
  MS_TRY(
    ms_alloc(b->operand_count, sizeof *segment->places, "a program", &segment->places));
  MS_TRY(ms_alloc(b->operand_count, sizeof *segment->operands, "a program",
                  &segment->operands));
  for (int kind = MS_OPERAND_REGISTER; kind <= MS_OPERAND_SUM; kind++) {
    if (kind == MS_OPERAND_BUFFER) segment->moving = segment->place_count;
    if (kind == MS_OPERAND_TILE) segment->cycling = segment->place_count;
    for (size_t i = 0; i < b->operand_count; i++)
      if ((int)b->operands[i].kind == kind)
        segment->operands[i] = place_of(segment, &b->operands[i]);
  }
  if (segment->place_count > b->low->loop->places)
    b->low->loop->places = segment->place_count;
out:
  return status;
}
