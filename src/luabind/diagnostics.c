/*
** Kernels of conflict diagnosis:
**   core.gradient_gram(G)                  -> G G^T, K x K
**   core.gradient_overlap(G)               -> G G^T and |G| |G|^T, K x K each
**   core.gradient_blocks(G, block, count)  -> count x K x K, a Gram matrix for each block
**   core.nonnegative(A, b)                 -> argmin over v >= 0 of v.Av / 2 + b.v
**   core.eigen(A)                          -> ascending eigenvalues, eigenvectors as rows
*/
#include "base/alloc.h"
#include "linalg/gram.h"
#include "linalg/nonnegative.h"
#include "conflict/overlap.h"
#include "linalg/symmetric.h"
#include "luabind/binding.h"

#include <string.h>

static const double *check_square(lua_State *L, int arg, size_t *n) {
  size_t columns;
  const double *A = lb_check_matrix(L, arg, n, &columns);
  if (columns != *n)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "expected a square matrix, got %s",
                                 lb_describe(L, arg)));
  return A;
}

static double *push_square(lua_State *L, size_t n) {
  size_t shape[2] = {n, n};
  return lb_create_tensor(L, 2, shape)->data;
}

static int gradient_gram(lua_State *L) {
  size_t rows, n;
  const double *G = lb_check_matrix(L, 1, &rows, &n);
  ms_gradients_gram(rows, n, n, G, push_square(L, rows));
  return 1;
}

static int gradient_overlap(lua_State *L) {
  size_t rows, n;
  const double *G = lb_check_matrix(L, 1, &rows, &n);
  double *gram = push_square(L, rows), *magnitude = push_square(L, rows);
  ms_gradients_overlap(rows, n, G, gram, magnitude);
  return 2;
}

/* Blocks are counted from 1; a parameter of block 0 is in none. */
static int gradient_blocks(lua_State *L) {
  size_t rows, n, given, shape[3], *block;
  const double *G = lb_check_matrix(L, 1, &rows, &n), *number;
  lua_Integer blocks;
  lb_box *box;
  ms_status status;
  number = lb_check_vector(L, 2, &given);
  blocks = lb_check_integer(L, 3);
  lb_arg_check(L, given == n, 2, "expected the block of every parameter");
  lb_arg_check(L, blocks >= 1, 3, "expected at least one block");
  shape[0] = (size_t)blocks;
  shape[1] = shape[2] = rows;
  lua_settop(L, 3);
  lb_create_tensor(L, 3, shape);
  box = lb_new_box(L);
  status = ms_alloc(n, sizeof *block, "the blocks of the parameters", &box->block);
  if (status != MS_OK) return lb_fail(L, status);
  block = box->block;
  for (size_t p = 0; p < n; p++) {
    if (!(number[p] >= 0 && number[p] <= (double)blocks))
      return lb_error(L, "parameter %d is in block %f, expected 0 to %d", (int)p + 1,
                      number[p], (int)blocks);
    block[p] = number[p] >= 1 ? (size_t)number[p] - 1 : shape[0];
  }
  ms_gradients_blocks(rows, n, G, block, shape[0], lb_check_tensor(L, 4)->data);
  lua_pushvalue(L, 4);
  return 1;
}

static int nonnegative(lua_State *L) {
  size_t n, count;
  const double *A = check_square(L, 1, &n), *b = lb_check_vector(L, 2, &count);
  double *work;
  lb_box *box;
  ms_status status;
  lb_arg_check(L, count == n, 2, "expected as many numbers as the matrix has rows");
  work = lb_scratch(L, ms_nonnegative_work(n));
  box = lb_new_box(L);
  status = ms_alloc(3 * n, sizeof(size_t), "a quadratic program", &box->block);
  if (status != MS_OK) return lb_fail(L, status);
  status = ms_nonnegative_minimum(n, A, b, lb_create_tensor(L, 1, &n)->data, work,
                                  box->block);
  return status == MS_OK ? 1 : lb_fail(L, status);
}

static int eigen(lua_State *L) {
  size_t n;
  const double *A = check_square(L, 1, &n);
  double *values = lb_create_tensor(L, 1, &n)->data, *vectors = push_square(L, n);
  ms_status status;
  memcpy(vectors, A, n * n * sizeof *vectors);
  status = ms_eigen_symmetric(n, vectors, values);
  return status == MS_OK ? 2 : lb_fail(L, status);
}

void lb_open_diagnostics(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"gradient_gram", gradient_gram},     {"gradient_overlap", gradient_overlap},
    {"gradient_blocks", gradient_blocks}, {"nonnegative", nonnegative},
    {"eigen", eigen},                     {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
