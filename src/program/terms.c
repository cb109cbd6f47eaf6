/*
** Sums of products. A product that only sums use is computed inside them, and so is a sum
** that only one other sum uses; what remains are sums of many terms, which are cut where
** they are longer than the kernels. Terms are added in an order of the kernels' own: the
** error is that of the largest term, whatever the parentheses of the formula.
*/
#include "program/segment_impl.h"

#include "base/alloc.h"

#include <math.h>

static bool is_number(const ms_builder *b, ms_ref ref, double *value) {
  const ms_node *node = ms_builder_node(b, ref);
  if (node->kind != MS_NODE_CONST) return false;
  *value = node->value;
  return true;
}

static bool is_local(const ms_builder *b, ms_ref ref, const ms_op *op) {
  return b->role[ref] != MS_ROLE_OUTSIDE && ms_builder_node(b, ref)->op == op;
}

static bool is_scale(const ms_builder *b, ms_ref ref) {
  double factor;
  return is_local(b, ref, &ms_op_mul)
         && is_number(b, ms_builder_inputs(b, ref)[0], &factor);
}

static bool may_absorb(const ms_builder *b, ms_ref ref) {
  if (b->low->kept[ref]) return false;
  return is_local(b, ref, &ms_op_mul)
         || (is_local(b, ref, &ms_op_add) && b->uses[ref] == 1);
}

/* Whether the node adds its operands up as terms, and does so once. */
static bool takes_sums(const ms_builder *b, ms_ref ref) {
  return is_local(b, ref, &ms_op_add)
         || (is_scale(b, ref) && (b->role[ref] == MS_ROLE_LOCAL || b->uses[ref] == 1));
}

void ms_absorb(ms_builder *b) {
  for (size_t i = 0; i < b->count; i++)
    if (may_absorb(b, b->order[i])) b->role[b->order[i]] = MS_ROLE_ABSORBED;
  for (size_t i = b->count; i-- > 0;) { /* users first */
    ms_ref user = b->order[i];
    bool sums = takes_sums(b, user), products = sums || is_scale(b, user);
    for (uint32_t j = 0; j < ms_builder_node(b, user)->inputs; j++) {
      ms_ref arg = ms_builder_inputs(b, user)[j];
      if (b->role[arg] == MS_ROLE_ABSORBED
          && !(is_local(b, arg, &ms_op_add) ? sums : products))
        b->role[arg] = MS_ROLE_LOCAL;
    }
  }
}

/* A sum so far: as many terms as one kernel takes. */
typedef struct sum {
  double constant;
  size_t linear, products;
  double a[MS_SUM_LINEAR], b[MS_SUM_PRODUCTS];
  ms_operand p[MS_SUM_LINEAR], q[MS_SUM_PRODUCTS], r[MS_SUM_PRODUCTS];
} sum;

static const double nothing = -0.0;

static ms_status push_sum(ms_builder *b, const sum *s, ms_operand out) {
  ms_status status = MS_OK;
  ms_operand operands[1 + MS_SUM_LINEAR + 2 * MS_SUM_PRODUCTS] = {out};
  ms_strip_op op = {.kind = MS_STRIP_SUM,
                    .sum = ms_find_sum_kernel(s->linear, s->products),
                    .linear = (uint32_t)s->linear,
                    .products = (uint32_t)s->products,
                    .factor = (uint32_t)b->factor_count};
  size_t count = 1, need = b->factor_count + 1 + s->linear + s->products;
  double *factor;
  MS_TRY(ms_reserve(&b->segment.factors, &b->factor_capacity, need, sizeof *factor,
                    "a program"));
  factor = b->segment.factors + b->factor_count;
  *factor++ = s->constant;
  for (size_t i = 0; i < s->linear; i++) {
    *factor++ = s->a[i];
    operands[count++] = s->p[i];
  }
  for (size_t i = 0; i < s->products; i++) {
    *factor++ = s->b[i];
    operands[count++] = s->q[i];
    operands[count++] = s->r[i];
  }
  b->factor_count = need;
  MS_TRY(ms_push_op(b, op, operands, count));
out:
  return status;
}

/* The sum has no room left: its value becomes the first term of what follows. */
static ms_status cut(ms_builder *b, sum *s) {
  ms_status status = MS_OK;
  ms_operand so_far = ms_fresh_register(b);
  MS_TRY(push_sum(b, s, so_far));
  *s = (sum){.constant = nothing, .linear = 1, .a = {1.0}, .p = {so_far}};
out:
  return status;
}

static ms_status add_linear(ms_builder *b, sum *s, double factor, ms_operand p) {
  ms_status status = MS_OK;
  if (s->linear == MS_SUM_LINEAR) MS_TRY(cut(b, s));
  s->a[s->linear] = factor;
  s->p[s->linear++] = p;
out:
  return status;
}

static ms_status add_product(ms_builder *b, sum *s, double factor, ms_operand q,
                             ms_operand r) {
  ms_status status = MS_OK;
  if (s->products == MS_SUM_PRODUCTS) MS_TRY(cut(b, s));
  s->b[s->products] = factor;
  s->q[s->products] = q;
  s->r[s->products++] = r;
out:
  return status;
}

/* The register that holds factor times the operand, if there is one that is not old. */
static const ms_scaled *find_scaled(const ms_builder *b, double factor,
                                    const ms_operand *of) {
  enum { RECENT = 64 };
  size_t first = b->scaled_count > RECENT ? b->scaled_count - RECENT : 0;
  for (size_t i = first; i < b->scaled_count; i++)
    if (b->scaled[i].factor == factor && ms_same_operand(&b->scaled[i].of, of))
      return &b->scaled[i];
  return NULL;
}

/* Scale an operand in an operation of its own. */
static ms_status scale(ms_builder *b, double factor, ms_operand *p) {
  ms_status status = MS_OK;
  sum product = {.constant = nothing, .linear = 1, .a = {factor}, .p = {*p}};
  ms_operand in = ms_fresh_register(b);
  MS_TRY(ms_reserve(&b->scaled, &b->scaled_capacity, b->scaled_count + 1,
                    sizeof *b->scaled, "a program"));
  MS_TRY(push_sum(b, &product, in));
  b->scaled[b->scaled_count++] = (ms_scaled){factor, *p, in};
  *p = in;
out:
  return status;
}

/*
** The product factor q r as one with 1 or -1. In machine code a factor is an instruction,
** so that scaling an operand once, for all products that do, is never more; the kernels
** multiply by it in passing. 'first' says that q is the one to scale.
*/
static ms_status share_factor(ms_builder *b, double *factor, ms_operand *q, ms_operand *r,
                              bool first) {
  ms_status status = MS_OK;
  double size = fabs(*factor);
  const ms_scaled *scaled_q, *scaled_r;
  if (size == 1.0 || !ms_can_fuse()) return MS_OK;
  scaled_q = find_scaled(b, size, q);
  scaled_r = find_scaled(b, size, r);
  if (scaled_q != NULL)
    *q = scaled_q->in;
  else if (scaled_r != NULL)
    *r = scaled_r->in;
  else
    MS_TRY(scale(b, size, first ? q : r));
  *factor = *factor < 0 ? -1.0 : 1.0;
out:
  return status;
}

static ms_status add_terms(ms_builder *b, sum *s, double factor, ms_ref ref);

/* The terms of the product or sum that is computed here. */
static ms_status add_terms_of(ms_builder *b, sum *s, double factor, ms_ref ref) {
  ms_status status = MS_OK;
  const ms_ref *inputs = ms_builder_inputs(b, ref);
  ms_operand q, r;
  double number;
  if (ms_builder_node(b, ref)->op == &ms_op_add) {
    MS_TRY(add_terms(b, s, factor, inputs[0]));
    MS_TRY(add_terms(b, s, factor, inputs[1]));
  } else if (is_number(b, inputs[0], &number)) {
    MS_TRY(add_terms(b, s, factor * number, inputs[1]));
  } else {
    MS_TRY(ms_operand_of(b, inputs[0], &q));
    MS_TRY(ms_operand_of(b, inputs[1], &r));
    MS_TRY(share_factor(b, &factor, &q, &r, b->uses[inputs[0]] >= b->uses[inputs[1]]));
    MS_TRY(add_product(b, s, factor, q, r));
  }
out:
  return status;
}

static ms_status add_terms(ms_builder *b, sum *s, double factor, ms_ref ref) {
  ms_status status = MS_OK;
  ms_operand p;
  double number;
  if (b->role[ref] == MS_ROLE_ABSORBED) return add_terms_of(b, s, factor, ref);
  if (is_number(b, ref, &number)) {
    s->constant += factor * number;
    return MS_OK;
  }
  MS_TRY(ms_operand_of(b, ref, &p));
  MS_TRY(add_linear(b, s, factor, p));
out:
  return status;
}

ms_status ms_compile_sum(ms_builder *b, ms_ref ref, const ms_operand *old,
                         ms_operand out) {
  ms_status status = MS_OK;
  sum s = {.constant = nothing};
  if (old == NULL) {
    MS_TRY(add_terms_of(b, &s, 1.0, ref));
  } else {
    MS_TRY(add_linear(b, &s, 1.0, *old));
    MS_TRY(add_terms(b, &s, 1.0, ref));
  }
  MS_TRY(push_sum(b, &s, out));
out:
  return status;
}
