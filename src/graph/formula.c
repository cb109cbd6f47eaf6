/*
** Reads the derivative formula of an op record and builds it as nodes.
**
**   sum     = product { ("+" | "-") product }
**   product = unary { ("*" | "/") unary }
**   unary   = "-" unary | power
**   power   = atom [ "^" unary ]
**   atom    = number | "x" | "y" | "f" | op "(" sum [ "," sum ] ")" | "(" sum ")"
*/
#include "graph/graph_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  ms_graph *graph;
  const char *text, *at;
  ms_ref x, y, f;
} reader;

static ms_ref read_sum(reader *r);

static ms_ref malformed(reader *r) {
  return ms_graph_failed(r->graph, ms_fail(MS_EBUG,
                                           "derivative formula \"%s\": not understood "
                                           "at \"%s\"",
                                           r->text, r->at));
}

static bool accept(reader *r, char wanted) {
  while (*r->at == ' ') r->at++;
  if (*r->at != wanted) return false;
  r->at++;
  return true;
}

/* A variable, or the call of an op. */
static ms_ref read_name(reader *r) {
  char name[16];
  size_t length = 0;
  const ms_op *op;
  ms_ref a, b = 0;
  while (isalnum((unsigned char)r->at[length]) && length + 1 < sizeof name) length++;
  memcpy(name, r->at, length);
  name[length] = '\0';
  r->at += length;
  if (strcmp(name, "x") == 0) return r->x;
  if (strcmp(name, "y") == 0) return r->y;
  if (strcmp(name, "f") == 0) return r->f;
  op = ms_op_find(name);
  if (op == NULL || !accept(r, '(')) return malformed(r);
  a = read_sum(r);
  if (op->arity == 2) {
    if (!accept(r, ',')) return malformed(r);
    b = read_sum(r);
  }
  if (!accept(r, ')')) return malformed(r);
  return ms_apply(r->graph, op, a, b);
}

static ms_ref read_atom(reader *r) {
  while (*r->at == ' ') r->at++;
  if (isdigit((unsigned char)*r->at)) {
    char *end;
    double value = strtod(r->at, &end);
    r->at = end;
    return ms_const(r->graph, value);
  }
  if (accept(r, '(')) {
    ms_ref inner = read_sum(r);
    return accept(r, ')') ? inner : malformed(r);
  }
  return read_name(r);
}

static ms_ref read_unary(reader *r) {
  ms_ref base;
  if (accept(r, '-')) return ms_scale(r->graph, -1.0, read_unary(r));
  base = read_atom(r);
  return accept(r, '^') ? ms_apply(r->graph, &ms_op_pow, base, read_unary(r)) : base;
}

static ms_ref read_product(reader *r) {
  ms_ref product = read_unary(r);
  for (;;) {
    if (accept(r, '*'))
      product = ms_mul(r->graph, product, read_unary(r));
    else if (accept(r, '/'))
      product = ms_apply(r->graph, &ms_op_div, product, read_unary(r));
    else
      return product;
  }
}

static ms_ref read_sum(reader *r) {
  ms_ref sum = read_product(r);
  for (;;) {
    if (accept(r, '+'))
      sum = ms_add(r->graph, sum, read_product(r));
    else if (accept(r, '-'))
      sum = ms_apply(r->graph, &ms_op_sub, sum, read_product(r));
    else
      return sum;
  }
}

ms_ref ms_op_derivative(ms_graph *graph, const ms_op *op, int which, ms_ref x, ms_ref y,
                        ms_ref f) {
  reader r = {graph, op->derivative[which], op->derivative[which], x, y, f};
  ms_ref result = read_sum(&r);
  return result != 0 && *r.at != '\0' ? malformed(&r) : result;
}
