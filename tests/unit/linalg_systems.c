#include "linalg/functions.h"
#include "linalg/matmul.h"
#include "linalg/systems.h"
#include "support/sweep.h"
#include "support/views.h"
#include "tensor/arithmetic.h"
#include "tensor/elementwise.h"
#include "tensor/norm.h"
#include "tensor/view.h"

#include <math.h>

static ms_tensor matrix(ms_rng *rng, size_t rows, size_t columns) {
  size_t shape[2] = {rows, columns};
  ms_tensor t;
  CHECK_STATUS(random_view(rng, 2, shape, &t), MS_OK);
  return t;
}

/* |a x - b| of all elements; releases x. */
static double residual(const ms_tensor *a, ms_tensor *x, const ms_tensor *b) {
  ms_tensor product, gap = {0};
  double norm;
  CHECK_STATUS(ms_tensor_matmul(a, x, &product), MS_OK);
  CHECK(ms_tensor_same_shape(&product, b));
  CHECK_STATUS(ms_tensor_map2(ms_sub_kernel, &product, b, &gap), MS_OK);
  norm = ms_tensor_norm(&gap);
  ms_tensor_release(&product);
  ms_tensor_release(&gap);
  ms_tensor_release(x);
  return norm;
}

static ms_tensor identity(size_t n) {
  size_t shape[2] = {n, n};
  ms_tensor t;
  CHECK_STATUS(ms_tensor_create(2, shape, &t), MS_OK);
  for (size_t i = 0; i < n; i++) t.data[i * n + i] = 1;
  return t;
}

/* Vectors and matrices as right-hand sides, of views. */
static void test_solve(void) {
  ms_rng rng;
  ms_rng_init(&rng, 1, "systems");
  for (int round = 0; round < 60; round++) {
    size_t n = view_pick(&rng, 1, 8);
    ms_tensor a = matrix(&rng, n, n), b = matrix(&rng, n, view_pick(&rng, 0, 3));
    ms_tensor vector = matrix(&rng, n, 1), turned, spd, x, unit = identity(n);
    CHECK_STATUS(ms_tensor_axpy(4, &unit, &a), MS_OK); /* not badly conditioned */
    vector.dims = 1;
    CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_OK);
    CHECK(residual(&a, &x, &b) < 1e-11);
    CHECK_STATUS(ms_tensor_solve(&a, &vector, &x), MS_OK);
    CHECK(x.dims == 1 && residual(&a, &x, &vector) < 1e-11);
    CHECK_STATUS(ms_inverse(&a, &x), MS_OK);
    CHECK(residual(&a, &x, &unit) < 1e-11);
    CHECK_STATUS(ms_tensor_transpose(&a, 0, 1, &turned), MS_OK);
    CHECK_STATUS(ms_tensor_matmul(&a, &turned, &spd), MS_OK);
    CHECK_STATUS(ms_tensor_solve_spd(&spd, &b, &x), MS_OK);
    CHECK(residual(&spd, &x, &b) < 1e-9);
    for (int kind = 0; kind < 4; kind++) {
      ms_tensor half;
      CHECK_STATUS(ms_tensor_clone(&a, &half), MS_OK);
      CHECK_STATUS(ms_tensor_solve_triangular(&a, &vector, kind & 1, kind >> 1, &x),
                   MS_OK);
      for (size_t i = 0; i < n * n; i++)
        if (kind & 1 ? i % n < i / n : i % n > i / n) half.data[i] = 0;
      ms_tensor_release(&turned);
      CHECK_STATUS(ms_tensor_transpose(&half, 0, 1, &turned), MS_OK);
      CHECK(residual(kind >> 1 ? &turned : &half, &x, &vector) < 1e-10);
      ms_tensor_release(&half);
    }
    ms_tensor_release(&turned);
    ms_tensor_release(&spd);
    ms_tensor_release(&unit);
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&vector);
  }
}

/*
** The residual of least squares is at right angles to the columns, for any shape and
** rank.
*/
static void test_least_squares(void) {
  ms_rng rng;
  ms_rng_init(&rng, 2, "systems");
  for (int round = 0; round < 60; round++) {
    size_t m = view_pick(&rng, 1, 8), n = view_pick(&rng, 1, 8), rank = 0;
    size_t full = m < n ? m : n;
    ms_tensor a = matrix(&rng, m, n), b = matrix(&rng, m, 2), x, values, product,
              gap = {0};
    ms_tensor turned, normal, pseudo, other;
    if (round % 2 && full > 1) { /* the last column again as the first */
      ms_tensor first, last;
      CHECK_STATUS(ms_tensor_select(&a, m < n ? 0 : 1, 0, &first), MS_OK);
      CHECK_STATUS(ms_tensor_select(&a, m < n ? 0 : 1, full - 1, &last), MS_OK);
      CHECK_STATUS(ms_tensor_copy(&last, &first), MS_OK);
      ms_tensor_release(&first);
      ms_tensor_release(&last);
      full--;
    }
    CHECK_STATUS(ms_tensor_lstsq(&a, &b, -1, &x, &rank, &values), MS_OK);
    CHECK(rank == full && values.shape[0] == (m < n ? m : n));
    CHECK_STATUS(ms_rank(&a, -1, &rank), MS_OK);
    CHECK(rank == full);
    CHECK_STATUS(ms_tensor_matmul(&a, &x, &product), MS_OK);
    CHECK_STATUS(ms_tensor_map2(ms_sub_kernel, &product, &b, &gap), MS_OK);
    CHECK_STATUS(ms_tensor_transpose(&a, 0, 1, &turned), MS_OK);
    CHECK_STATUS(ms_tensor_matmul(&turned, &gap, &normal), MS_OK);
    CHECK(ms_tensor_norm(&normal) < 1e-10);
    CHECK_STATUS(ms_pseudo_inverse(&a, -1, &pseudo), MS_OK); /* the least norm: a+ b */
    CHECK_STATUS(ms_tensor_matmul(&pseudo, &b, &other), MS_OK);
    CHECK_STATUS(ms_tensor_axpy(-1, &x, &other), MS_OK);
    CHECK(ms_tensor_norm(&other) < 1e-8 * (1 + ms_tensor_norm(&x)));
    ms_tensor_release(&a);
    ms_tensor_release(&b);
    ms_tensor_release(&x);
    ms_tensor_release(&values);
    ms_tensor_release(&product);
    ms_tensor_release(&gap);
    ms_tensor_release(&turned);
    ms_tensor_release(&normal);
    ms_tensor_release(&pseudo);
    ms_tensor_release(&other);
  }
}

static void test_singular(void) {
  size_t shape[2] = {3, 3}, three = 3;
  double exact[] = {1, 2, 3, 2, 4, 6, 1, 0, 1},
         rounded[] = {1, 0, 0, 0, 1e-17, 0, 0, 0, 9};
  double side[] = {1, 2, 3}, condition;
  size_t rank;
  ms_det d;
  ms_tensor a, b, x;
  ms_tensor_borrow(side, 1, &three, &b);
  ms_tensor_borrow(exact, 2, shape, &a);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_ESINGULAR);
  CHECK_MESSAGE("is zero");
  CHECK_STATUS(ms_tensor_solve_spd(&a, &b, &x), MS_ESINGULAR);
  CHECK_MESSAGE("not positive definite: its leading 2x2 part is not");
  CHECK_STATUS(ms_rough_inverse(&a, &x), MS_ESINGULAR);
  CHECK_STATUS(ms_condition(&a, MS_NORM_ONE, &condition), MS_OK);
  CHECK(condition == INFINITY);
  CHECK_STATUS(ms_determinant(&a, &d), MS_OK);
  CHECK(d.value == 0 && d.sign == 0 && d.log == -INFINITY);
  ms_tensor_borrow(rounded, 2, shape, &a);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_ESINGULAR);
  CHECK_MESSAGE("singular to working precision: its reciprocal condition number is");
  CHECK_STATUS(ms_inverse(&a, &x), MS_ESINGULAR);
  CHECK_STATUS(ms_rank(&a, -1, &rank), MS_OK);
  CHECK(rank == 2);
  CHECK_STATUS(ms_rank(&a, 0.5, &rank), MS_OK);
  CHECK(rank == 1);
  rounded[4] = 0;
  CHECK_STATUS(ms_tensor_solve_triangular(&a, &b, 0, 0, &x), MS_ESINGULAR);
  CHECK_MESSAGE("pivot 2 is zero");
}

static void test_misuse(void) {
  size_t square[2] = {2, 2}, wide[2] = {2, 3}, three = 3, rank;
  double list[6] = {1, 2, 3, 5, 1, 1}, number;
  ms_tensor a, b, x, values;
  ms_det d;
  ms_tensor_borrow(list, 2, square, &a);
  ms_tensor_borrow(list, 1, &three, &b);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_EARG);
  CHECK_MESSAGE("right-hand side of shape 3, expected 2 or 2x<any>");
  CHECK_STATUS(ms_tensor_lstsq(&a, &b, -1, &x, &rank, &values), MS_EARG);
  list[0] = NAN;
  ms_tensor_borrow(list, 1, square, &b);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_EDIVERGED);
  CHECK_STATUS(ms_determinant(&a, &d), MS_EDIVERGED);
  CHECK_STATUS(ms_matrix_exp(&a, &x), MS_EDIVERGED);
  CHECK_STATUS(ms_matrix_norm(&a, MS_NORM_TWO, &number), MS_EDIVERGED);
  ms_tensor_borrow(list + 1, 2, square, &a);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_EDIVERGED);
  CHECK_MESSAGE("the right-hand side has values that are not finite");
  list[0] = 1;
  ms_tensor_borrow(list, 2, wide, &a);
  CHECK_STATUS(ms_tensor_solve(&a, &b, &x), MS_EARG);
  CHECK_STATUS(ms_inverse(&a, &x), MS_EARG);
  CHECK_STATUS(ms_determinant(&a, &d), MS_EARG);
  CHECK_STATUS(ms_matrix_exp(&a, &x), MS_EARG);
  CHECK_MESSAGE("shape 2x3, expected a square matrix");
}

static ms_status solve_all(void) {
  ms_status status = MS_OK;
  size_t shape[2] = {3, 3}, rank;
  double list[9] = {4, 1, 0, 1, 5, 2, 0, 2, 6}, number;
  ms_det d;
  ms_tensor a, x[9] = {{0}};
  ms_tensor_borrow(list, 2, shape, &a);
  MS_TRY(ms_tensor_solve(&a, &a, &x[0]));
  MS_TRY(ms_tensor_solve_spd(&a, &a, &x[1]));
  MS_TRY(ms_tensor_solve_triangular(&a, &a, 1, 0, &x[2]));
  MS_TRY(ms_tensor_lstsq(&a, &a, -1, &x[3], &rank, &x[4]));
  MS_TRY(ms_inverse(&a, &x[5]));
  MS_TRY(ms_determinant(&a, &d));
  MS_TRY(ms_pseudo_inverse(&a, -1, &x[6]));
  MS_TRY(ms_matrix_exp(&a, &x[7]));
  MS_TRY(ms_kronecker(&a, &a, &x[8]));
  MS_TRY(ms_condition(&a, MS_NORM_ONE, &number));
  MS_TRY(ms_condition(&a, MS_NORM_TWO, &number));
  MS_TRY(ms_rank(&a, -1, &rank));
  MS_TRY(ms_trace(&a, &number));
out:
  for (int i = 0; i < 9; i++) ms_tensor_release(&x[i]);
  return status;
}

int main(void) {
  test_solve();
  test_least_squares();
  test_singular();
  test_misuse();
  CHECK(sweep(solve_all) > 30);
  return check_done();
}
