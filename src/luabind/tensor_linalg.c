/*
** Linear algebra. What cannot be done with the numbers given (a singular matrix, one
** that is not positive definite, values that are not finite) is an outcome: nil,
** message, code.
*/
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

static int kron(lua_State *L) {
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  size_t shape[] = {ms_tensor_count(a), ms_tensor_count(b)}, count;
  ms_status status = ms_shape_count(2, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'kron'", status);
  lb_prepare(L, count);
  return lb_done(L, "tensor 'kron'", ms_kronecker(a, b, lb_new_tensor(L)));
}

/* }=== */

/*
** {=== functions of a matrix, or of all over leading axes, that have tensors as results:
** the record is upvalue 1 ===
*/

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
};

static ms_status run_function(const void *arg, const ms_tensor *in, ms_tensor *out) {
  const function *f = arg;
  return f->run(in, out);
}

static int apply_function(lua_State *L) {
  const function *f = lua_touserdata(L, lua_upvalueindex(1));
  const ms_tensor *tensor = lb_check_tensor(L, 1);
  const char *who = lb_method_name(L, f->name);
  ms_batch batch = {run_function, f, 1, f->results};
  ms_tensor *handles[MS_BATCH_MOST], out[MS_BATCH_MOST] = {{0}};
  ms_status status;
  lb_account(L, (size_t)f->results * ms_tensor_count(tensor) * sizeof(double));
  for (int i = 0; i < f->results; i++) handles[i] = lb_new_tensor(L);
  status = ms_batch_run(&batch, &tensor, out);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  for (int i = 0; i < f->results; i++) *handles[i] = out[i];
  return f->results;
}

/* }=== */

/* {=== systems: the right-hand side is argument 2 === */

static void account_solution(lua_State *L) {
  size_t sides = ms_tensor_count(lb_check_tensor(L, 2));
  lb_account(L, (sides + ms_tensor_count(lb_check_tensor(L, 1))) * sizeof(double));
}

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
  account_solution(L);
  return lb_done(L, who, ms_batch_run(&batch, in, lb_new_tensor(L)));
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
  int upper = luaL_checkoption(L, 3, NULL, halves), transpose = lua_toboolean(L, 4);
  return solve_with(L, "tensor 'solve_triangular'",
                    (system){TRIANGULAR, upper, transpose});
}

/* A number of at least 0 at 'arg'; -1 if there is none. */
static double check_cutoff(lua_State *L, int arg, const char *who) {
  double cutoff = luaL_optnumber(L, arg, -1);
  if (!lua_isnoneornil(L, arg) && !(cutoff >= 0))
    lb_raise(L, who, "cutoff is %f, expected at least 0", cutoff);
  return cutoff;
}

/* a:lstsq(b [, cutoff]): x, the rank of a, the singular values of a. */
static int lstsq(lua_State *L) {
  static const char who[] = "tensor 'lstsq'";
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  double cutoff = check_cutoff(L, 3, who);
  ms_tensor *out, *values;
  size_t rank;
  ms_status status;
  account_solution(L);
  out = lb_new_tensor(L);
  values = lb_new_tensor(L);
  status = ms_tensor_lstsq(a, b, cutoff, out, &rank, values);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lua_pushinteger(L, (lua_Integer)rank);
  lua_insert(L, -2); /* x, rank, values */
  return 3;
}

/* a:pinv([cutoff]) */
static int pinv(lua_State *L) {
  static const char who[] = "tensor 'pinv'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  double cutoff = check_cutoff(L, 2, who);
  lb_account(L, ms_tensor_count(a) * sizeof(double));
  return lb_done(L, who, ms_pseudo_inverse(a, cutoff, lb_new_tensor(L)));
}

/* }=== */

/* {=== numbers === */

static int push_number(lua_State *L, const char *who, ms_status status, double number) {
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lua_pushnumber(L, number);
  return 1;
}

static int det(lua_State *L) {
  ms_det d = {0};
  ms_status status = ms_determinant(lb_check_tensor(L, 1), &d);
  return push_number(L, "tensor 'det'", status, d.value);
}

/* t:slogdet(): the sign, and the logarithm of the magnitude. */
static int slogdet(lua_State *L) {
  ms_det d = {0};
  ms_status status = ms_determinant(lb_check_tensor(L, 1), &d);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'slogdet'", status);
  lua_pushnumber(L, d.sign);
  lua_pushnumber(L, d.log);
  return 2;
}

/* t:logdet(): NaN for a negative determinant, as log(-1) is. */
static int logdet(lua_State *L) {
  ms_det d = {0};
  ms_status status = ms_determinant(lb_check_tensor(L, 1), &d);
  return push_number(L, "tensor 'logdet'", status, d.sign < 0 ? NAN : d.log);
}

static int trace(lua_State *L) {
  double sum = 0;
  ms_status status = ms_trace(lb_check_tensor(L, 1), &sum);
  return push_number(L, "tensor 'trace'", status, sum);
}

/* t:rank([cutoff]) */
static int rank_of(lua_State *L) {
  static const char who[] = "tensor 'rank'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  size_t rank = 0;
  ms_status status = ms_rank(a, check_cutoff(L, 2, who), &rank);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lua_pushinteger(L, (lua_Integer)rank);
  return 1;
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

/* t:matrix_norm([kind]): "fro" unless told otherwise. */
static int matrix_norm(lua_State *L) {
  static const char who[] = "tensor 'matrix_norm'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  ms_norm_kind kind = check_norm(L, 2, MS_NORM_FROBENIUS, 1, who);
  double norm = 0;
  ms_status status = ms_matrix_norm(a, kind, &norm);
  return push_number(L, who, status, norm);
}

/* t:cond([kind]): in the 2 norm unless told otherwise. */
static int cond(lua_State *L) {
  static const char who[] = "tensor 'cond'";
  const ms_tensor *a = lb_check_tensor(L, 1);
  ms_norm_kind kind = check_norm(L, 2, MS_NORM_TWO, 0, who);
  double condition = 0;
  ms_status status = ms_condition(a, kind, &condition);
  return push_number(L, who, status, condition);
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
    {"det", det},
    {"slogdet", slogdet},
    {"logdet", logdet},
    {"trace", trace},
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
