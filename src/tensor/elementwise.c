#include "tensor/elementwise.h"

#include "base/parallel.h"
#include "tensor/view.h"
#include "tensor/walk.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* First and last byte that the view can touch; an empty one touches none (from > to). */
static void span(const ms_tensor *t, uintptr_t *from, uintptr_t *to) {
  *from = *to = (uintptr_t)t->data;
  for (int axis = 0; axis < t->dims; axis++) {
    ptrdiff_t reach;
    if (t->shape[axis] == 0) {
      *from = 1;
      *to = 0;
      return;
    }
    reach = (ptrdiff_t)(t->shape[axis] - 1) * t->stride[axis] * (ptrdiff_t)sizeof(double);
    if (reach < 0)
      *from -= (uintptr_t)-reach;
    else
      *to += (uintptr_t)reach;
  }
}

/*
** Writing 'out' element by element could change elements of 'a' that are still to be
** read.
*/
static int must_copy(const ms_tensor *a, const ms_tensor *out) {
  uintptr_t a_from, a_to, out_from, out_to;
  int same = a->data == out->data;
  for (int axis = 0; axis < out->dims; axis++)
    same = same && (out->shape[axis] == 1 || a->stride[axis] == out->stride[axis]);
  if (same) return 0;
  span(a, &a_from, &a_to);
  span(out, &out_from, &out_to);
  return a_from <= out_to && out_from <= a_to;
}

/* *view = 'a' broadcast to 'out', from a copy if 'out' would overwrite it. */
static ms_status readable(const ms_tensor *a, const ms_tensor *out, ms_tensor *view) {
  ms_status status = MS_OK;
  ms_tensor copy = {0};
  MS_TRY(ms_tensor_broadcast(a, out->dims, out->shape, view));
  if (must_copy(view, out)) {
    ms_tensor_release(view);
    MS_TRY(ms_tensor_clone(a, &copy));
    MS_TRY(ms_tensor_broadcast(&copy, out->dims, out->shape, view));
  }
out:
  ms_tensor_release(&copy);
  return status;
}

ms_status ms_tensor_check_output(const ms_tensor *out) {
  ms_status status = MS_OK;
  if (ms_tensor_count(out) == 0) return MS_OK;
  for (int axis = 0; axis < out->dims; axis++)
    MS_CHECK(out->stride[axis] != 0 || out->shape[axis] < 2, MS_EARG,
             "the output repeats its elements along axis %d", axis + 1);
out:
  return status;
}

/* {=== maps === */

/* What is done to each piece of the operands; the output is the last of them. */
typedef struct map {
  void (*call)(const struct map *map, size_t n, double *const *at);
  ms_kernel1 *one;
  ms_kernel2 *two;
  ms_kernel3 *three;
  double number;
  int operands;
  const ms_tensor *tensors[MS_WALK_MAX];
  size_t count, chunk;
} map;

static void call_one(const map *m, size_t n, double *const *at) {
  m->one(n, at[0], at[1]);
}

static void call_two(const map *m, size_t n, double *const *at) {
  m->two(n, at[0], at[1], at[2]);
}

static void call_three(const map *m, size_t n, double *const *at) {
  m->three(n, at[0], at[1], at[2], at[3]);
}

static void visit(const map *m, ms_walk *walk) {
  for (size_t n; (n = ms_walk_next(walk)) > 0; ms_walk_store(walk))
    m->call(m, n, walk->at);
}

static void visit_chunks(void *arg, int thread, size_t first, size_t last) {
  const map *m = arg;
  size_t from = first * m->chunk, to = last * m->chunk;
  ms_walk walk;
  (void)thread;
  if (to > m->count) to = m->count;
  ms_walk_start(&walk, m->operands, m->tensors, m->operands - 1, 0);
  ms_walk_part(&walk, from, to - from);
  visit(m, &walk);
}

/* Shapes agree and the output overwrites nothing that is still to be read. */
static void run(map *m) {
  ms_walk walk;
  ms_walk_start(&walk, m->operands, m->tensors, m->operands - 1, 0);
  m->count = walk.left;
  if (m->count < MS_SHARED_COUNT) {
    visit(m, &walk);
    return;
  }
  m->chunk = ms_walk_chunk(&walk);
  ms_parallel((m->count + m->chunk - 1) / m->chunk, visit_chunks, m);
}

/* The same with 'operands' - 1 inputs that need not have the shape of 'out'. */
static ms_status run_on(map *m, const ms_tensor *const *inputs, const ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor views[MS_WALK_MAX] = {{0}};
  MS_TRY(ms_tensor_check_output(out));
  for (int k = 0; k < m->operands - 1; k++) {
    MS_TRY(readable(inputs[k], out, &views[k]));
    m->tensors[k] = &views[k];
  }
  m->tensors[m->operands - 1] = out;
  run(m);
out:
  for (int k = 0; k < m->operands - 1; k++) ms_tensor_release(&views[k]);
  return status;
}

ms_status ms_tensor_map1(ms_kernel1 *kernel, const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  map m = {.call = call_one, .one = kernel, .operands = 2};
  MS_CHECK(a->storage != NULL, MS_EARG, "the operand is closed");
  if (out->storage == NULL) MS_TRY(ms_tensor_create_unset(a->dims, a->shape, out));
  MS_TRY(run_on(&m, &a, out));
out:
  return status;
}

ms_status ms_tensor_map2(ms_kernel2 *kernel, const ms_tensor *a, const ms_tensor *b,
                         ms_tensor *out) {
  ms_status status = MS_OK;
  map m = {.call = call_two, .two = kernel, .operands = 3};
  const ms_tensor *inputs[] = {a, b};
  MS_CHECK(a->storage != NULL && b->storage != NULL, MS_EARG, "an operand is closed");
  if (out->storage == NULL) {
    size_t shape[MS_MAX_DIMS];
    int dims;
    MS_TRY(ms_broadcast_shape(a, b, &dims, shape));
    MS_TRY(ms_tensor_create_unset(dims, shape, out));
  }
  MS_TRY(run_on(&m, inputs, out));
out:
  return status;
}

ms_status ms_tensor_map3(ms_kernel3 *kernel, const ms_tensor *a, const ms_tensor *b,
                         const ms_tensor *c, ms_tensor *out) {
  ms_status status = MS_OK;
  map m = {.call = call_three, .three = kernel, .operands = 4};
  const ms_tensor *inputs[] = {a, b, c};
  MS_CHECK(a->storage != NULL && b->storage != NULL && c->storage != NULL, MS_EARG,
           "an operand is closed");
  if (out->storage == NULL) {
    size_t shape[MS_MAX_DIMS];
    int dims;
    MS_TRY(ms_broadcast_shape3(a, b, c, &dims, shape));
    MS_TRY(ms_tensor_create_unset(dims, shape, out));
  }
  MS_TRY(run_on(&m, inputs, out));
out:
  return status;
}

/* }=== */

static void copy_kernel(size_t n, const double *a, double *out) {
  if (a != out) memcpy(out, a, n * sizeof *out);
}

ms_status ms_tensor_copy(const ms_tensor *a, ms_tensor *out) {
  ms_status status = MS_OK;
  MS_CHECK(out->storage != NULL, MS_EARG, "the tensor to copy into is closed");
  MS_TRY(ms_tensor_map1(copy_kernel, a, out));
out:
  return status;
}

ms_status ms_tensor_clone(const ms_tensor *of, ms_tensor *out) {
  memset(out, 0, sizeof *out);
  return ms_tensor_map1(copy_kernel, of, out);
}

static void call_fill(const map *m, size_t n, double *const *at) {
  for (size_t i = 0; i < n; i++) at[0][i] = m->number;
}

void ms_tensor_fill(double value, ms_tensor *out) {
  map m = {.call = call_fill, .number = value, .operands = 1, .tensors = {out}};
  run(&m);
}

static void call_axpy(const map *m, size_t n, double *const *at) {
  for (size_t i = 0; i < n; i++) at[2][i] = at[1][i] + m->number * at[0][i];
}

ms_status ms_tensor_axpy(double alpha, const ms_tensor *x, ms_tensor *out) {
  ms_status status = MS_OK;
  map m = {.call = call_axpy, .number = alpha, .operands = 3};
  const ms_tensor *inputs[] = {x, out};
  MS_CHECK(x->storage != NULL && out->storage != NULL, MS_EARG, "an operand is closed");
  MS_TRY(run_on(&m, inputs, out));
out:
  return status;
}

void ms_tensor_read(const ms_tensor *from, double *to) {
  const ms_tensor *tensors[] = {from};
  ms_walk walk;
  ms_walk_start(&walk, 1, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0; to += n)
    memcpy(to, walk.at[0], n * sizeof *to);
}

/* {=== random fills === */

typedef struct fill {
  double (*draw)(ms_rng *rng);
  ms_rng rng;
  size_t count;
  double *data;
} fill;

static void fill_chunks(void *arg, int thread, size_t first, size_t last) {
  const fill *f = arg;
  size_t from = first * MS_WALK_CHUNK, to = last * MS_WALK_CHUNK;
  ms_rng rng = {f->rng.key, f->rng.counter + from};
  (void)thread;
  if (to > f->count) to = f->count;
  for (size_t i = from; i < to; i++) f->data[i] = f->draw(&rng);
}

/*
** A strided view is filled through a copy: a walk over its memory would change the order.
** The n-th draw is the one of the n-th counter value, so threads draw their own parts.
*/
ms_status ms_tensor_random(double (*draw)(ms_rng *rng), ms_rng *rng, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor drawn = {0};
  fill f = {draw, *rng, ms_tensor_count(out), NULL};
  MS_CHECK(out->storage != NULL, MS_EARG, "the tensor is closed");
  MS_TRY(ms_tensor_check_output(out));
  if (ms_tensor_is_contiguous(out))
    ms_tensor_share(out, &drawn);
  else
    MS_TRY(ms_tensor_create_unset(out->dims, out->shape, &drawn));
  f.data = drawn.data;
  ms_parallel((f.count + MS_WALK_CHUNK - 1) / MS_WALK_CHUNK, fill_chunks, &f);
  MS_TRY(ms_tensor_copy(&drawn, out));
  rng->counter += f.count;
out:
  ms_tensor_release(&drawn);
  return status;
}

/* }=== */

int ms_tensor_is_finite(const ms_tensor *a) {
  const ms_tensor *tensors[] = {a};
  ms_walk walk;
  ms_walk_start(&walk, 1, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    int bad = 0;
    for (size_t i = 0; i < n; i++) bad |= !(fabs(walk.at[0][i]) <= DBL_MAX);
    if (bad) return 0;
  }
  return 1;
}

int ms_tensor_equal(const ms_tensor *a, const ms_tensor *b) {
  const ms_tensor *tensors[] = {a, b};
  ms_walk walk;
  if (!ms_tensor_same_shape(a, b)) return 0;
  ms_walk_start(&walk, 2, tensors, -1, 0);
  for (size_t n; (n = ms_walk_next(&walk)) > 0;) {
    int differ = 0;
    for (size_t i = 0; i < n; i++) differ |= walk.at[0][i] != walk.at[1][i];
    if (differ) return 0;
  }
  return 1;
}
