/*
** Linear algebra over leading axes against the same for every matrix on its own, on views
** of all layouts, with leading axes that broadcast.
*/
#include "linalg/batch.h"

#include "base/parallel.h"
#include "check.h"
#include "linalg/decompose.h"
#include "linalg/matmul.h"
#include "linalg/systems.h"
#include "support/views.h"
#include "tensor/elementwise.h"

/* A shape of up to two leading axes that broadcasts with 'lead', and two of its own. */
static int draw_shape(ms_rng *rng, const size_t lead[2], size_t rows, size_t columns,
                      size_t shape[4]) {
  int axes = (int)view_pick(rng, 0, 2), dims = 0;
  for (int k = 2 - axes; k < 2; k++) shape[dims++] = view_pick(rng, 0, 1) ? lead[k] : 1;
  shape[dims++] = rows;
  shape[dims++] = columns;
  return dims;
}

/* The matrix of 't' that belongs to place 'at' of the leading axes of a result. */
static ms_tensor matrix_of(const ms_tensor *t, int dims, const size_t *at) {
  ms_tensor view = *t;
  for (int k = 0; k < t->dims - 2; k++)
    if (t->shape[k] > 1)
      view.data += (ptrdiff_t)at[dims - (t->dims - 2) + k] * t->stride[k];
  for (int k = 0; k < 2; k++) {
    view.shape[k] = t->shape[t->dims - 2 + k];
    view.stride[k] = t->stride[t->dims - 2 + k];
  }
  view.dims = 2;
  return view;
}

/* Every matrix of 'all' is what 'one' makes of the operands' matrices. */
static void compare(const ms_tensor *a, const ms_tensor *b, const ms_tensor *all,
                    ms_status (*one)(const ms_tensor *, const ms_tensor *, ms_tensor *)) {
  int dims = all->dims - 2;
  size_t count = ms_tensor_count(all) / (all->shape[dims] * all->shape[dims + 1]);
  for (size_t i = 0; i < count; i++) {
    size_t at[2] = {0}, rest = i;
    ms_tensor x, y, result = {0}, part;
    for (int k = dims - 1; k >= 0; k--) {
      at[k] = rest % all->shape[k];
      rest /= all->shape[k];
    }
    x = matrix_of(a, dims, at), y = matrix_of(b, dims, at);
    part = matrix_of(all, dims, at);
    CHECK_STATUS(one(&x, &y, &result), MS_OK);
    CHECK(ms_tensor_equal(&result, &part));
    ms_tensor_release(&result);
  }
}

static ms_status run_solve(const void *arg, const ms_tensor *in, ms_tensor *out) {
  (void)arg;
  return ms_tensor_solve(&in[0], &in[1], out);
}

static void test_random(void) {
  ms_batch solving = {run_solve, NULL, 2, 1};
  ms_rng rng;
  ms_rng_init(&rng, 1, "batch");
  for (int round = 0; round < 200; round++) {
    size_t lead[2] = {view_pick(&rng, 1, 3), view_pick(&rng, 1, 4)}, shape[4];
    size_t m = view_pick(&rng, 1, 4), n = view_pick(&rng, 1, 4);
    ms_tensor a, b, out = {0};
    const ms_tensor *in[] = {&a, &b};
    CHECK_STATUS(random_view(&rng, draw_shape(&rng, lead, m, m, shape), shape, &a),
                 MS_OK);
    CHECK_STATUS(random_view(&rng, draw_shape(&rng, lead, m, n, shape), shape, &b),
                 MS_OK);
    CHECK_STATUS(ms_tensor_matmul(&a, &b, &out), MS_OK);
    compare(&a, &b, &out, ms_tensor_matmul);
    ms_tensor_release(&out);
    CHECK_STATUS(ms_batch_run(&solving, in, &out), MS_OK);
    compare(&a, &b, &out, ms_tensor_solve);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&out);
  }
}

/* Enough products for a team give what one thread gives. */
static void test_threads(void) {
  ms_team *team = NULL;
  ms_tensor a, b, one = {0}, several = {0};
  ms_rng rng;
  ms_rng_init(&rng, 2, "batch");
  CHECK_STATUS(random_view(&rng, 3, (size_t[]){40, 50, 60}, &a), MS_OK);
  CHECK_STATUS(random_view(&rng, 3, (size_t[]){40, 60, 50}, &b), MS_OK);
  CHECK_STATUS(ms_tensor_matmul(&a, &b, &one), MS_OK);
  CHECK_STATUS(ms_team_create(3, &team), MS_OK);
  ms_parallel_use(team);
  CHECK_STATUS(ms_tensor_matmul(&a, &b, &several), MS_OK);
  ms_parallel_use(NULL);
  CHECK(ms_tensor_equal(&one, &several));
  compare(&a, &b, &one, ms_tensor_matmul);
  ms_team_free(team);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  ms_tensor_release(&one);
  ms_tensor_release(&several);
}

static ms_status run_lu(const void *arg, const ms_tensor *in, ms_tensor *out) {
  (void)arg;
  return ms_lu(in, out);
}

/* Several results of different shapes; failures, which leave nothing behind. */
static void test_results(void) {
  ms_batch lu = {run_lu, NULL, 1, 3}, solving = {run_solve, NULL, 2, 1};
  ms_tensor a, b, out[3] = {{0}};
  const ms_tensor *in[] = {&a, &b};
  ms_rng rng;
  ms_rng_init(&rng, 3, "batch");
  CHECK_STATUS(random_view(&rng, 4, (size_t[]){2, 3, 4, 4}, &a), MS_OK);
  CHECK_STATUS(ms_batch_run(&lu, in, out), MS_OK);
  CHECK(out[0].dims == 4 && out[1].dims == 4 && out[2].dims == 3);
  CHECK(out[2].shape[0] == 2 && out[2].shape[1] == 3 && out[2].shape[2] == 4);
  for (int i = 0; i < 3; i++) ms_tensor_release(&out[i]);
  memset(out, 0, sizeof out);
  CHECK_STATUS(random_view(&rng, 1, (size_t[]){4}, &b), MS_OK);
  CHECK_STATUS(ms_batch_run(&solving, in, out), MS_OK); /* one vector for all */
  CHECK(out[0].dims == 3 && out[0].shape[1] == 3 && out[0].shape[2] == 4);
  ms_tensor_release(&out[0]);
  for (size_t i = 0; i < 16; i++) *view_at(&a, 4 * 16 + i) = 1;
  CHECK_STATUS(ms_batch_run(&solving, in, out), MS_ESINGULAR);
  CHECK_MESSAGE("matrix 5 of 6: the matrix is singular");
  CHECK(out[0].storage == NULL);
  ms_tensor_release(&b);
  CHECK_STATUS(random_view(&rng, 4, (size_t[]){3, 1, 4, 2}, &b), MS_OK);
  CHECK_STATUS(ms_batch_run(&solving, in, out), MS_EARG);
  CHECK_MESSAGE("2 and 3 matrices along axis 1 do not broadcast");
  CHECK_STATUS(ms_tensor_matmul(&a, &b, out), MS_EARG);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
  CHECK_STATUS(ms_tensor_create(3, (size_t[]){0, 2, 2}, &a), MS_OK);
  CHECK_STATUS(ms_batch_run(&lu, in, out), MS_OK);
  CHECK(out[0].dims == 3 && out[0].shape[0] == 0 && out[0].shape[2] == 2);
  for (int r = 0; r < 3; r++) ms_tensor_release(&out[r]);
  CHECK_STATUS(ms_tensor_matmul(&a, &a, out), MS_OK);
  CHECK(out[0].dims == 3 && ms_tensor_count(&out[0]) == 0);
  ms_tensor_release(&a);
  ms_tensor_release(&out[0]);
}

int main(void) {
  test_random();
  test_threads();
  test_results();
  return check_done();
}
