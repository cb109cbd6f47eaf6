/*
** The optimal brain surgeon, for pruning methods in Lua:
**   core.surgeon_costs(inverse, W, held)          -> what each of W costs, [n, cols]
**   core.surgeon_remove(inverse, W, held, gone)   -> the sum of the costs; changes W
**   core.fisher_inverse(G, damping)               -> (damping I + G'G / m)^-1, [n, n]
** See prune/surgeon.h.
*/
#include "prune/surgeon.h"

#include "luabind/binding.h"

/* The inverse at 1, W at 2 (returned), held at 3, and room for the work. */
static double *check_surgeon(lua_State *L, ms_surgeon *surgeon) {
  size_t rows, columns;
  double *W = lb_check_matrix(L, 2, &surgeon->n, &surgeon->cols);
  surgeon->inverse = lb_check_matrix(L, 1, &rows, &columns);
  lb_arg_check(L, rows == surgeon->n && columns == rows, 1,
               "expected as many rows and columns as the weights have rows");
  surgeon->held = lb_check_matrix(L, 3, &rows, &columns);
  lb_arg_check(L, rows == surgeon->n && columns == surgeon->cols, 3,
               "expected the shape of the weights");
  surgeon->room = lb_scratch(L, rows * rows + rows);
  return W;
}

static int surgeon_costs(lua_State *L) {
  ms_surgeon surgeon;
  const double *W = check_surgeon(L, &surgeon);
  size_t shape[2] = {surgeon.n, surgeon.cols};
  ms_surgeon_costs(&surgeon, W, lb_create_tensor(L, 2, shape)->data);
  return 1;
}

static int surgeon_remove(lua_State *L) {
  ms_surgeon surgeon;
  double *W = check_surgeon(L, &surgeon);
  size_t rows, columns;
  const double *gone = lb_check_matrix(L, 4, &rows, &columns);
  lb_arg_check(L, rows == surgeon.n && columns == surgeon.cols, 4,
               "expected the shape of the weights");
  lua_pushnumber(L, ms_surgeon_remove(&surgeon, gone, W));
  return 1;
}

static int fisher_inverse(lua_State *L) {
  size_t samples, n;
  const double *G = lb_check_matrix(L, 1, &samples, &n);
  double damping = lb_check_number(L, 2), *room;
  size_t shape[2] = {n, n};
  lb_arg_check(L, damping > 0, 2, "expected a number above 0");
  room = lb_scratch(L, n);
  ms_fisher_inverse(samples, n, G, damping, lb_create_tensor(L, 2, shape)->data, room);
  return 1;
}

void lb_open_surgeon(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"surgeon_costs", surgeon_costs},
    {"surgeon_remove", surgeon_remove},
    {"fisher_inverse", fisher_inverse},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
