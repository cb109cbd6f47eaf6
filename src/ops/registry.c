#include "ops/op.h"

#include <string.h>

static const ms_op *const ops[] = {
#define OP(name) &ms_op_##name,
#include "ops/ops.list"
#undef OP
};

const ms_op *ms_op_at(size_t index) {
  return index < sizeof ops / sizeof *ops ? ops[index] : NULL;
}

const ms_op *ms_op_find(const char *name) {
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i]->name, name) == 0) return ops[i];
  return NULL;
}
