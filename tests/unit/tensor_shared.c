/*
** Work that is shared out over a team gives the bits of one thread, whatever the layout.
*/
#include "base/parallel.h"
#include "check.h"
#include "support/views.h"
#include "tensor/arithmetic.h"
#include "tensor/compare.h"
#include "tensor/elementwise.h"
#include "tensor/lanes.h"
#include "tensor/norm.h"
#include "tensor/order.h"
#include "tensor/reduce.h"
#include "tensor/scan.h"

enum { RESULTS = 16 };

typedef struct results {
  ms_tensor tensor[RESULTS];
  double number[RESULTS];
} results;

static const ms_reduction *const reductions[] = {&ms_reduction_sum, &ms_reduction_prod,
                                                 &ms_reduction_min, &ms_reduction_any};

/* Everything that is shared out, on 'a' and 'b' of one shape of two axes. */
static void compute(const ms_tensor *a, const ms_tensor *b, results *r) {
  const double correction = 0, half = 0.5;
  const ms_quantiles q = {1, &half};
  const ms_lane_work variance = {ms_variance_lane, &correction, 0};
  const ms_lane_work scan = {ms_cumsum_lane, NULL, 0};
  const ms_lane_work median = {ms_quantile_lane, &q, MS_ORDER_SCRATCH};
  double two = 2;
  ms_tensor number, row;
  ms_rng rng = {1, 5};
  memset(r, 0, sizeof *r);
  ms_tensor_borrow(&two, 0, NULL, &number);
  CHECK_STATUS(ms_tensor_select(b, 0, 0, &row), MS_OK);
  CHECK_STATUS(ms_tensor_map2(ms_mul_kernel, a, b, &r->tensor[0]), MS_OK);
  CHECK_STATUS(ms_tensor_map2(ms_pow_kernel, a, &number, &r->tensor[1]), MS_OK);
  CHECK_STATUS(ms_tensor_map2(ms_add_kernel, a, &row, &r->tensor[2]), MS_OK);
  CHECK_STATUS(ms_tensor_map3(ms_where_kernel, a, b, &number, &r->tensor[3]), MS_OK);
  CHECK_STATUS(ms_tensor_clone(a, &r->tensor[4]), MS_OK);
  CHECK_STATUS(ms_tensor_axpy(0.1, b, &r->tensor[4]), MS_OK);
  CHECK_STATUS(ms_tensor_clone(a, &r->tensor[5]), MS_OK);
  CHECK_STATUS(ms_tensor_random(ms_rng_normal, &rng, &r->tensor[5]), MS_OK);
  CHECK(rng.counter == 5 + ms_tensor_count(a));
  for (int axis = 0; axis < 2; axis++) {
    const ms_reduction *one = reductions[2 * axis], *other = reductions[2 * axis + 1];
    ms_tensor *to = &r->tensor[6 + 5 * axis];
    CHECK_STATUS(ms_tensor_reduce_axes(one, a, 1u << axis, 0, to), MS_OK);
    CHECK_STATUS(ms_tensor_reduce_axes(other, b, 1u << axis, 0, to + 1), MS_OK);
    CHECK_STATUS(ms_lanes_reduce(&variance, a, 1u << axis, 0, to + 2), MS_OK);
    CHECK_STATUS(ms_lanes_map(&scan, a, axis, a->shape[axis], to + 3), MS_OK);
    CHECK_STATUS(ms_lanes_reduce(&median, a, 1u << axis, 0, to + 4), MS_OK);
  }
  for (int i = 0; i < 4; i++)
    CHECK_STATUS(ms_tensor_reduce(reductions[i], a, &r->number[i]), MS_OK);
  CHECK_STATUS(ms_tensor_dot(a, b, &r->number[4]), MS_OK);
  r->number[5] = ms_tensor_norm(a);
  r->number[6] = ms_tensor_norm_p(a, 3);
  ms_tensor_release(&row);
}

static void release(results *r) {
  for (int i = 0; i < RESULTS; i++) ms_tensor_release(&r->tensor[i]);
}

static void check_shape(size_t rows, size_t columns, int layout, ms_team *const *teams) {
  size_t shape[2] = {layout ? columns : rows, layout ? rows : columns};
  ms_tensor a, b, turned;
  results alone, team;
  ms_rng rng;
  ms_rng_init(&rng, rows + columns, "shared");
  CHECK_STATUS(ms_tensor_create(2, shape, &a), MS_OK);
  CHECK_STATUS(ms_tensor_create(2, shape, &b), MS_OK);
  for (size_t i = 0; i < rows * columns; i++) {
    a.data[i] = ms_rng_normal(&rng);
    b.data[i] = ms_rng_normal(&rng);
  }
  if (layout) {
    CHECK_STATUS(ms_tensor_transpose(&a, 0, 1, &turned), MS_OK);
    ms_tensor_release(&a);
    a = turned;
    CHECK_STATUS(ms_tensor_transpose(&b, 0, 1, &turned), MS_OK);
    ms_tensor_release(&b);
    CHECK_STATUS(ms_tensor_clone(&turned, &b), MS_OK);
    ms_tensor_release(&turned);
  }
  compute(&a, &b, &alone);
  for (int t = 0; teams[t] != NULL; t++) {
    ms_parallel_use(teams[t]);
    compute(&a, &b, &team);
    ms_parallel_use(NULL);
    for (int i = 0; i < RESULTS; i++)
      if (!CHECK(ms_tensor_equal(&alone.tensor[i], &team.tensor[i])))
        fprintf(stderr, "  result %d, %zu x %zu, layout %d\n", i, rows, columns, layout);
    CHECK(memcmp(alone.number, team.number, sizeof alone.number) == 0);
    release(&team);
  }
  release(&alone);
  ms_tensor_release(&a);
  ms_tensor_release(&b);
}

/* A total does not depend on how many elements the last chunk has. */
static void test_tails(ms_team *const *teams) {
  for (size_t n = MS_SHARED_COUNT - 3; n < MS_SHARED_COUNT + 3000; n += 571) {
    double by_one, by_two;
    long double exact = 0;
    ms_tensor t;
    CHECK_STATUS(ms_tensor_create(1, &n, &t), MS_OK);
    for (size_t i = 0; i < n; i++) exact += t.data[i] = 1.0 / (double)(i + 1);
    CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &by_one), MS_OK);
    ms_parallel_use(teams[0]);
    CHECK_STATUS(ms_tensor_reduce(&ms_reduction_sum, &t, &by_two), MS_OK);
    ms_parallel_use(NULL);
    CHECK(by_one == by_two);
    CHECK_NEAR(by_one, (double)exact, 4e-15);
    ms_tensor_release(&t);
  }
}

int main(void) {
  ms_team *teams[3] = {NULL};
  CHECK_STATUS(ms_team_create(2, &teams[0]), MS_OK);
  CHECK_STATUS(ms_team_create(3, &teams[1]), MS_OK);
  for (int layout = 0; layout < 2; layout++) {
    check_shape(500, 401, layout, teams);
    check_shape(3, 70001, layout, teams);
    check_shape(70001, 3, layout, teams);
    check_shape(1, 140000, layout, teams);
    check_shape(7, 11, layout, teams);
  }
  test_tails(teams);
  ms_team_free(teams[0]);
  ms_team_free(teams[1]);
  return check_done();
}
