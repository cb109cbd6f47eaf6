#include "luabind/binding.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define TENSOR "modsync.tensor"
#define BOX "modsync.box"

/* {=== failures === */

static int is_outcome(ms_status status) {
  return status != MS_EARG && status != MS_ENOMEM && status != MS_EBUG;
}

/* Message on the stack top. */
static int report(lua_State *L, ms_status status) {
  if (!is_outcome(status)) {
    lb_where(L);
    lua_insert(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
  }
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushstring(L, ms_status_name(status));
  return 3;
}

int lb_fail(lua_State *L, ms_status status) {
  lua_pushstring(L, ms_message());
  return report(L, status);
}

int lb_fail_in(lua_State *L, const char *who, ms_status status) {
  lua_pushfstring(L, "%s: %s", who, ms_message());
  return report(L, status);
}

const char *lb_describe(lua_State *L, int arg) {
  ms_tensor *tensor;
  char shape[MS_SHAPE_TEXT];
  switch (lua_type(L, arg)) {
    case LUA_TNONE: return "nothing";
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return lua_toboolean(L, arg) ? "true" : "false";
    case LUA_TNUMBER:
      lua_pushvalue(L, arg); /* lua_tostring must not change the argument itself */
      return lua_tostring(L, -1);
    case LUA_TSTRING: return lua_pushfstring(L, "'%s'", lua_tostring(L, arg));
    case LUA_TUSERDATA:
      tensor = luaL_testudata(L, arg, TENSOR);
      if (tensor != NULL && tensor->storage == NULL) return "a closed tensor";
      if (tensor != NULL)
        return lua_pushfstring(L, "a tensor of shape %s",
                               ms_shape_text(tensor->dims, tensor->shape, shape));
      if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING)
        return lua_pushfstring(L, "a %s", lua_tostring(L, -1));
      return "a userdata";
    default: return lua_pushfstring(L, "a %s", luaL_typename(L, arg));
  }
}

int lb_is_list(lua_State *L, int arg, lua_Integer count) {
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (key >= 1 && key <= count) continue;
    lua_pop(L, 1);
    return 0;
  }
  return 1;
}

/* }=== */

/* {=== metatables === */

void lb_set_methods(lua_State *L, const char *name, const luaL_Reg *methods,
                    const luaL_Reg *metamethods) {
  if (luaL_newmetatable(L, name)) { /* stack: metatable */
    lua_newtable(L);                /* metatable, methods */
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "methods");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    luaL_setfuncs(L, metamethods, 1); /* takes the methods as upvalue of each */
  }
  lua_pop(L, 1);
}

void lb_push_methods(lua_State *L, const char *name) {
  luaL_getmetatable(L, name);
  lua_getfield(L, -1, "methods");
  lua_remove(L, -2);
}

/* }=== */

/* {=== memory === */

/*
** The collector weighs a tensor as a small userdata, so its true size goes into a debt of
** the Lua state, and every 8 MiB of debt buy a step of the collector of the same size.
*/
enum { DEBT_LIMIT = 8 << 20 };

void lb_account(lua_State *L, size_t bytes) {
  static const char key = 'd';
  size_t *debt;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) == LUA_TNIL) {
    debt = lua_newuserdatauv(L, sizeof *debt, 0);
    *debt = 0;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
  } else {
    debt = lua_touserdata(L, -1);
  }
  lua_settop(L, -2);
  *debt = bytes > SIZE_MAX - *debt ? SIZE_MAX : *debt + bytes;
  if (*debt >= DEBT_LIMIT) {
    size_t kilobytes = *debt >> 10, most = INT_MAX;
    *debt = 0; /* first: the collector may run finalizers that come here again */
    if (lua_gc(L, LUA_GCISRUNNING))
      lua_gc(L, LUA_GCSTEP, (int)(kilobytes < most ? kilobytes : most));
  }
}

static int box_close(lua_State *L) {
  lb_box *box = lb_check_udata(L, 1, BOX);
  ms_free(box->block);
  box->block = NULL;
  return 0;
}

void *lb_new_closing(lua_State *L, const char *name, size_t size, lua_CFunction close) {
  const luaL_Reg none[] = {{NULL, NULL}};
  const luaL_Reg closing[] = {{"__gc", close}, {"__close", close}, {NULL, NULL}};
  void *handle;
  luaL_checkstack(L, 4, "no room for a handle");
  lb_set_methods(L, name, none, closing);
  handle = lua_newuserdatauv(L, size, 0);
  memset(handle, 0, size);
  luaL_setmetatable(L, name);
  lua_toclose(L, -1);
  return handle;
}

lb_box *lb_new_box(lua_State *L) {
  return lb_new_closing(L, BOX, sizeof(lb_box), box_close);
}

double *lb_scratch(lua_State *L, size_t count) {
  lb_box *box = lb_new_box(L);
  double *block = NULL;
  ms_status status = ms_alloc(count, sizeof *block, "scratch memory", &block);
  if (status != MS_OK) lb_fail(L, status);
  box->block = block;
  return block;
}

/* }=== */

/* {=== tensors === */

ms_tensor *lb_new_tensor(lua_State *L) {
  ms_tensor *tensor = lua_newuserdatauv(L, sizeof *tensor, 0);
  memset(tensor, 0, sizeof *tensor);
  luaL_setmetatable(L, TENSOR);
  return tensor;
}

ms_tensor *lb_create_tensor(lua_State *L, int dims, const size_t *shape) {
  ms_tensor *tensor;
  size_t count;
  ms_status status = ms_shape_count(dims, shape, &count);
  if (status == MS_OK) lb_account(L, count * sizeof(double));
  tensor = lb_new_tensor(L);
  if (status == MS_OK) status = ms_tensor_create(dims, shape, tensor);
  if (status != MS_OK) lb_fail(L, status);
  return tensor;
}

ms_tensor *lb_test_tensor(lua_State *L, int arg) {
  ms_tensor *tensor = luaL_testudata(L, arg, TENSOR);
  if (tensor != NULL && tensor->storage == NULL)
    lb_arg_error(L, arg, "the tensor is closed");
  return tensor;
}

ms_tensor *lb_check_tensor(lua_State *L, int arg) {
  ms_tensor *tensor = lb_test_tensor(L, arg);
  if (tensor == NULL)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "expected a tensor, got %s", lb_describe(L, arg)));
  return tensor;
}

double *lb_check_vector(lua_State *L, int arg, size_t *n) {
  ms_tensor *tensor = lb_check_tensor(L, arg);
  if (!ms_tensor_is_contiguous(tensor))
    lb_arg_error(L, arg,
                 lua_pushfstring(L,
                                 "expected a contiguous tensor, got a strided view: %s"
                                 " (clone it first)",
                                 lb_describe(L, arg)));
  *n = ms_tensor_count(tensor);
  return tensor->data;
}

double *lb_check_matrix(lua_State *L, int arg, size_t *rows, size_t *columns) {
  const ms_tensor *tensor = lb_check_tensor(L, arg);
  size_t count;
  if (tensor->dims != 2)
    lb_arg_error(L, arg,
                 lua_pushfstring(L, "expected a matrix, got %s", lb_describe(L, arg)));
  *rows = tensor->shape[0];
  *columns = tensor->shape[1];
  return lb_check_vector(L, arg, &count);
}

const ms_tensor *lb_to_tensor(lua_State *L, int arg, double *number, ms_tensor *scalar) {
  if (lua_type(L, arg) != LUA_TNUMBER) return lb_test_tensor(L, arg);
  *number = lua_tonumber(L, arg);
  ms_tensor_borrow(number, 0, NULL, scalar);
  return scalar;
}

/* }=== */
