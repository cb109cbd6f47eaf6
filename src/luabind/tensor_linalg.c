/*
** Linear algebra. What cannot be done with the numbers given (a singular matrix, one
** that is not positive definite, values that are not finite) is an outcome: nil,
** message, code.
*/
#include "base/alloc.h"
#include "linalg/batch.h"
#include "linalg/decompose.h"
#include "linalg/functions.h"
#include "linalg/matmul.h"
#include "linalg/systems.h"
#include "luabind/tensor_parts.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* {=== products === */

/* a:matmul(b): over leading axes; a number if both are vectors. */
static int matmul(lua_State *L) {
  static const char who[] = "tensor 'matmul'";
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  size_t shape[MS_MAX_DIMS], count = 0;
  int dims;
  ms_status status = ms_matmul_shape(a, b, &dims, shape);
  if (status == MS_OK) status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lb_account(L, count * sizeof(double));
  lb_team(L, 0);
  status = ms_tensor_matmul(a, b, lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L) : lb_fail_in(L, who, status);
}

/* }=== */

/* {=== work on every matrix over the leading axes === */

/*
** Pushes the results of the batch. Those without axes, which are numbers of a single
** matrix, are numbers.
*/
static int push_results(lua_State *L, const char *who, const ms_batch *batch,
                        const ms_tensor *const *in, size_t elements) {
  ms_tensor *handles[MS_BATCH_MOST], out[MS_BATCH_MOST] = {{0}};
  int first = lua_gettop(L) + 1;
  ms_status status;
  lb_account(L, elements * sizeof(double));
  for (int i = 0; i < batch->results; i++) handles[i] = lb_new_tensor(L);
  status = ms_batch_run(batch, in, out);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  for (int i = 0; i < batch->results; i++) *handles[i] = out[i];
  for (int i = 0; i < batch->results; i++) {
    if (out[i].dims > 0) continue;
    lua_pushnumber(L, *out[i].data);
    ms_tensor_release(handles[i]);
    lua_replace(L, first + i);
  }
  return batch->results;
}

/* The number at 'index', unless it is a tensor of them, counts something. */
static void make_integer(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TNUMBER) return;
  lua_pushinteger(L, (lua_Integer)lua_tonumber(L, index));
  lua_replace(L, index);
}

static ms_status put_number(ms_status status, double number, ms_tensor *out) {
  if (status == MS_OK) status = ms_tensor_create_unset(0, NULL, out);
  if (status == MS_OK) *out->data = number;
  return status;
}

static ms_status run_kron(const void *none, const ms_tensor *in, ms_tensor *out) {
  (void)none;
  return ms_kronecker(&in[0], &in[1], out);
}

/* a:kron(b) */
static int kron(lua_State *L) {
  static const char who[] = "tensor 'kron'";
  const ms_tensor *in[] = {lb_check_tensor(L, 1), lb_check_tensor(L, 2)};
  ms_batch batch = {run_kron, NULL, 2, 1};
  size_t shape[MS_MAX_DIMS], count;
  int dims;
  ms_status status = ms_batch_axes(2, in, &dims, shape);
  if (status == MS_OK) status = ms_shape_count(dims, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  for (int k = 0; k < 2; k++)
    for (int axis = in[k]->dims; axis > 0 && axis > in[k]->dims - 2; axis--)
      if (!ms_mul_size(count, in[k]->shape[axis - 1], &count))
        count = SIZE_MAX / sizeof(double);
  lb_share(L, count);
  return push_results(L, who, &batch, in, count);
}

/* }=== */

/* {=== functions of a matrix alone: the record is upvalue 1 === */

static ms_status det(const ms_tensor *a, ms_tensor out[1]) {
  ms_det d = {0};
  ms_status status = ms_determinant(a, &d);
  return put_number(status, d.value, out);
}

/* The sign, and the logarithm of the magnitude. */
static ms_status slogdet(const ms_tensor *a, ms_tensor out[2]) {
  ms_det d = {0};
  ms_status status = ms_determinant(a, &d);
  status = put_number(status, d.sign, &out[0]);
  status = put_number(status, d.log, &out[1]);
  if (status != MS_OK) ms_tensor_release(&out[0]);
  return status;
}

/* NaN for a negative determinant, as log(-1) is. */
static ms_status logdet(const ms_tensor *a, ms_tensor out[1]) {
  ms_det d = {0};
  ms_status status = ms_determinant(a, &d);
  return put_number(status, d.sign < 0 ? NAN : d.log, out);
}

static ms_status trace(const ms_tensor *a, ms_tensor out[1]) {
  double sum = 0;
  ms_status status = ms_trace(a, &sum);
  return put_number(status, sum, out);
}

typedef struct function {
  const char *name;
  int results;
  ms_status (*run)(const ms_tensor *a, ms_tensor *out);
} function;

static const function functions[] = {
  {"lu", 3, ms_lu},
  {"cholesky", 1, ms_cholesky},
  {"qr", 2, ms_qr},
  {"svd", 3, ms_svd},
  {"singular_values", 1, ms_singular_values},
  {"eigh", 2, ms_eigh},
  {"eigvalsh", 1, ms_eigvalsh},
  {"eig", 4, ms_eig},
  {"eigvals", 2, ms_eigvals},
  {"inverse", 1, ms_inverse},
  {"expm", 1, ms_matrix_exp},
  {"det", 1, det},
  {"slogdet", 2, slogdet},
  {"logdet", 1, logdet},
  {"trace", 1, trace},
};

static ms_status run_function(const void *arg, const ms_tensor *in, ms_tensor *out) {
  const function *f = arg;
  return f->run(in, out);
}

static int apply_function(lua_State *L) {
  const function *f = lua_touserdata(L, lua_upvalueindex(1));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  ms_batch batch = {run_function, f, 1, f->results};
  return push_results(L, lb_method_name(L, f->name), &batch, &tensor,
                      (size_t)f->results * ms_tensor_count(tensor));
}

/* }=== */

/* {=== systems: the right-hand side is argument 2 === */

/* What is solved: the kind, and which half of the matrix is meant. */
typedef struct system {
  enum { GENERAL, DEFINITE, TRIANGULAR } kind;
  int upper, transpose;
} system;

static ms_status run_system(const void *arg, const ms_tensor *in, ms_tensor *out) {
  const system *s = arg;
  switch (s->kind) {
    case DEFINITE: return ms_tensor_solve_spd(&in[0], &in[1], out);
    case TRIANGULAR:
      return ms_tensor_solve_triangular(&in[0], &in[1], s->upper, s->transpose, out);
    default: return ms_tensor_solve(&in[0], &in[1], out);
  }
}

static int solve_with(lua_State *L, const char *who, system s) {
  const ms_tensor *in[] = {lb_check_tensor(L, 1), lb_check_tensor(L, 2)};
  ms_batch batch = {run_system, &s, 2, 1};
  return push_results(L, who, &batch, in,
                      ms_tensor_count(in[0]) + ms_tensor_count(in[1]));
}

/* a:solve(b): the x of a x = b; b is a vector or a matrix of several. */
static int solve(lua_State *L) {
  return solve_with(L, "tensor 'solve'", (system){GENERAL, 0, 0});
}

static int solve_spd(lua_State *L) {
  return solve_with(L, "tensor 'solve_spd'", (system){DEFINITE, 0, 0});
}

/* a:solve_triangular(b, "lower" | "upper" [, transpose]) */
static int solve_triangular(lua_State *L) {
  static const char *const halves[] = {"lower", "upper", NULL};
  lb_check_tensor(L, 1);
  lb_check_tensor(L, 2);
  int upper = lb_check_option(L, 3, NULL, halves), transpose = lua_toboolean(L, 4);
  return solve_with(L, "tensor 'solve_triangular'",
                    (system){TRIANGULAR, upper, transpose});
}

/* A number of at least 0 at 'arg'; -1 if there is none. */
static double check_cutoff(lua_State *L, int arg, const char *who) {
  double cutoff = lb_opt_number(L, arg, -1);
  if (!lua_isnoneornil(L, arg) && !(cutoff >= 0))
    lb_raise(L, who, "cutoff is %f, expected at least 0", cutoff);
  return cutoff;
}

static ms_status run_lstsq(const void *cutoff, const ms_tensor *in, ms_tensor *out) {
  size_t rank = 0;
  ms_status status =
    ms_tensor_lstsq(&in[0], &in[1], *(const double *)cutoff, &out[0], &rank, &out[2]);
  if (status != MS_OK) return status;
  status = put_number(status, (double)rank, &out[1]);
  if (status == MS_OK) return status;
  ms_tensor_release(&out[0]);
  ms_tensor_release(&out[2]);
  return status;
}

/* a:lstsq(b [, cutoff]): x, the rank of a, the singular values of a. */
static int lstsq(lua_State *L) {
  static const char who[] = "tensor 'lstsq'";
  const ms_tensor *in[] = {lb_check_tensor(L, 1), lb_check_tensor(L, 2)};
  double cutoff = check_cutoff(L, 3, who);
  ms_batch batch = {run_lstsq, &cutoff, 2, 3};
  int results =
    push_results(L, who, &batch, in, ms_tensor_count(in[0]) + ms_tensor_count(in[1]));
  make_integer(L, lua_gettop(L) - 1);
  return results;
}

static ms_status run_pinv(const void *cutoff, const ms_tensor *in, ms_tensor *out) {
  return ms_pseudo_inverse(in, *(const double *)cutoff, out);
}

/* a:pinv([cutoff]) */
static int pinv(lua_State *L) {
  static const char who[] = "tensor 'pinv'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  double cutoff = check_cutoff(L, 2, who);
  ms_batch batch = {run_pinv, &cutoff, 1, 1};
  return push_results(L, who, &batch, &a, ms_tensor_count(a));
}

/* }=== */

/* {=== numbers of a matrix that have an argument === */

static ms_status run_rank(const void *cutoff, const ms_tensor *in, ms_tensor *out) {
  size_t rank = 0;
  ms_status status = ms_rank(in, *(const double *)cutoff, &rank);
  return put_number(status, (double)rank, out);
}

/* t:rank([cutoff]) */
static int rank_of(lua_State *L) {
  static const char who[] = "tensor 'rank'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  double cutoff = check_cutoff(L, 2, who);
  ms_batch batch = {run_rank, &cutoff, 1, 1};
  int results = push_results(L, who, &batch, &a, ms_tensor_count(a));
  make_integer(L, lua_gettop(L));
  return results;
}

/* The kind of norm at 'arg': 1, 2, math.huge, and with 'all' "fro" and "nuc". */
static ms_norm_kind check_norm(lua_State *L, int arg, ms_norm_kind missing, int all,
                               const char *who) {
  if (lua_isnoneornil(L, arg)) return missing;
  if (lua_type(L, arg) == LUA_TNUMBER) {
    double p = lua_tonumber(L, arg);
    if (p == 1) return MS_NORM_ONE;
    if (p == 2) return MS_NORM_TWO;
    if (p == INFINITY) return MS_NORM_INFINITY;
  } else if (all && lua_type(L, arg) == LUA_TSTRING) {
    if (strcmp(lua_tostring(L, arg), "fro") == 0) return MS_NORM_FROBENIUS;
    if (strcmp(lua_tostring(L, arg), "nuc") == 0) return MS_NORM_NUCLEAR;
  }
  lb_raise(L, who, "the norm is %s, expected 1, 2%s", lb_describe(L, arg),
           all ? ", math.huge, 'fro' or 'nuc'" : " or math.huge");
  return missing;
}

static ms_status run_norm(const void *kind, const ms_tensor *in, ms_tensor *out) {
  double norm = 0;
  ms_status status = ms_matrix_norm(in, *(const ms_norm_kind *)kind, &norm);
  return put_number(status, norm, out);
}

/* t:matrix_norm([kind]): "fro" unless told otherwise. */
static int matrix_norm(lua_State *L) {
  static const char who[] = "tensor 'matrix_norm'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  ms_norm_kind kind = check_norm(L, 2, MS_NORM_FROBENIUS, 1, who);
  ms_batch batch = {run_norm, &kind, 1, 1};
  return push_results(L, who, &batch, &a, ms_tensor_count(a));
}

static ms_status run_cond(const void *kind, const ms_tensor *in, ms_tensor *out) {
  double condition = 0;
  ms_status status = ms_condition(in, *(const ms_norm_kind *)kind, &condition);
  return put_number(status, condition, out);
}

/* t:cond([kind]): in the 2 norm unless told otherwise. */
static int cond(lua_State *L) {
  static const char who[] = "tensor 'cond'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  ms_norm_kind kind = check_norm(L, 2, MS_NORM_TWO, 0, who);
  ms_batch batch = {run_cond, &kind, 1, 1};
  return push_results(L, who, &batch, &a, ms_tensor_count(a));
}

/* }=== */

void lb_tensor_matrices(lua_State *L, int methods) {
  static const luaL_Reg others[] = {
    {"matmul", matmul},
    {"kron", kron},
    {"solve", solve},
    {"solve_spd", solve_spd},
    {"solve_triangular", solve_triangular},
    {"lstsq", lstsq},
    {"pinv", pinv},
    {"rank", rank_of},
    {"matrix_norm", matrix_norm},
    {"cond", cond},
    {NULL, NULL},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&functions[i]);
    lua_pushcclosure(L, apply_function, 1);
    lua_setfield(L, methods, functions[i].name);
  }
  lua_pushvalue(L, methods);
  luaL_setfuncs(L, others, 0);
  lua_pop(L, 1);
}
