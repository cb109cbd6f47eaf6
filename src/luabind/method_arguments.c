/*
** What the functions of methods take from Lua.
*/
#include "luabind/method_arguments.h"

const double *lb_method_gradients(lua_State *L, const lb_method *object, const char *call,
                                  int arg, size_t *terms, size_t *params) {
  const ms_tensor *G = lb_test_tensor(L, arg);
  if (G == NULL || G->dims != 2)
    lb_method_error(L, object, call, "expected the gradients, a K x P tensor, got %s",
                    lb_describe(L, arg));
  if (!ms_tensor_is_contiguous(G))
    lb_method_error(L, object, call,
                    "expected the gradients as a contiguous tensor, got a view "
                    "with gaps (clone it first)");
  *terms = G->shape[0];
  *params = G->shape[1];
  return G->data;
}

double *lb_method_vector(lua_State *L, const lb_method *object, const char *call, int arg,
                         const char *what, size_t *n) {
  const ms_tensor *tensor = lb_test_tensor(L, arg);
  size_t count = tensor != NULL ? ms_tensor_count(tensor) : 0;
  if (tensor == NULL)
    lb_method_error(L, object, call, "expected %s, a tensor, got %s", what,
                    lb_describe(L, arg));
  if (!ms_tensor_is_contiguous(tensor))
    lb_method_error(L, object, call,
                    "expected %s as a contiguous tensor, got a view with gaps "
                    "(clone it first)",
                    what);
  if (*n != 0 && count != *n)
    lb_method_error(L, object, call, "%s has %d numbers, expected %d", what, (int)count,
                    (int)*n);
  *n = count;
  return tensor->data;
}

void lb_prepare_method(lua_State *L, lb_method *object, size_t terms, size_t params) {
  ms_status status = MS_OK;
  if (object->family == LB_PRUNE) {
    status = ms_prune_sizes(&object->run.prune, terms, params);
  } else if (object->family == LB_CONFLICT) {
    status = ms_conflict_sizes(&object->run.conflict, terms, params);
  } else {
    status = ms_method_extent(object->method, MS_PARAMS, params);
  }
  if (status != MS_OK) lb_fail(L, status);
  lb_open_state(L, object);
}

void *lb_block_room(lua_State *L, size_t size, lua_Integer *count) {
  lb_check_type(L, 2, LUA_TTABLE);
  *count = luaL_len(L, 2);
  return lua_newuserdatauv(L, (size_t)(*count > 0 ? *count : 1) * size, 0);
}

void lb_push_block(lua_State *L, const lb_method *object, const char *call, int b) {
  if (lua_rawgeti(L, 2, b) != LUA_TTABLE)
    lb_method_error(L, object, call, "block %d is %s, expected a table", b,
                    lb_describe(L, -1));
}

size_t lb_block_field(lua_State *L, const lb_method *object, const char *call, int block,
                      const char *name, int n, int optional) {
  int whole = 0;
  lua_Integer value;
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_rawgeti(L, -1, n);
  }
  if (optional && lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return 0;
  }
  value = lua_tointegerx(L, -1, &whole);
  if (!whole || value < 0)
    lb_method_error(L, object, call,
                    "block %d: %s is %s, expected a whole number, at least 0", block,
                    name, lb_describe(L, -1));
  lua_pop(L, 1);
  return (size_t)value;
}
