/*
** An op is one element-wise primitive: how to compute it and how to differentiate it, in
** one record. Derivatives are formulas in the ops themselves, so they can be
** differentiated again; the graph's Taylor and reverse passes read them, and --help
** prints them.
**
** To add one: src/ops/<name>.c ending in one const record, and a line in ops.list.
*/
#ifndef MS_OPS_OP_H
#define MS_OPS_OP_H

#include "tensor/elementwise.h"

/* How the order-n input derivative of f = op(x, y) is formed. */
typedef enum ms_taylor {
  MS_TAYLOR_CHAIN, /* from the first-derivative formulas by Leibniz' rule (the default) */
  MS_TAYLOR_LINEAR,  /* the op of the arguments' derivatives */
  MS_TAYLOR_PRODUCT, /* Leibniz' rule on the two arguments */
  MS_TAYLOR_ZERO     /* piecewise constant: every derivative is zero */
} ms_taylor;

typedef struct ms_op {
  const char *name; /* as in Lua: ms.<name> */
  const char *summary;
  const char *metamethod; /* "__add", or NULL: called by name only */
  int arity;              /* 1 or 2 */
  ms_kernel1 *map1;       /* the one of its arity is set; 'out' may be an input */
  ms_kernel2 *map2;
  ms_taylor taylor;
  const char
    *derivative[2]; /* d op / dx and d op / dy, in x, y, f (the result), numbers, ops */
  double domain[2][2];  /* where tests draw x and y: lowest, highest */
  double special[3][3]; /* tests: x, y, expected result (NaN rows are skipped) */
} ms_op;

/* Every op of ops.list; NULL past the end. */
const ms_op *ms_op_at(size_t index);

/* By name; NULL when there is none. */
const ms_op *ms_op_find(const char *name);

/* Direct references, for code that builds expressions. */
#define OP(name) extern const ms_op ms_op_##name;
#include "ops/ops.list"
#undef OP

#endif
