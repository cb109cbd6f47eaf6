#include "app/info.h"

#include <lauxlib.h>
#include <stdio.h>

/* Pushes core.info(). */
static void push_info(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "modsync.core");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "home"); /* core, home */
  lua_getfield(L, -2, "info");
  lua_call(L, 0, 1); /* core, home, info */
  lua_insert(L, -2);
  lua_setfield(L, -2, "home");
  lua_remove(L, -2);
}

/* The text of info[name], or "?"; the value stays on the stack. */
static const char *text_of(lua_State *L, int info, const char *name) {
  lua_getfield(L, info, name);
  return luaL_tolstring(L, -1, NULL);
}

int info_print(lua_State *L) {
  static const char *const lines[][2] = {
    {"modsync", "version"},
    {"files", "home"},
    {"Lua", "lua"},
    {"compiler", "compiler"},
    {"OpenBLAS", "openblas"},
    {"BLAS kernels", "blas_core"},
    {"  because", "blas_reason"},
    {"SIMD of this build", "simd"},
    {"vector maths", "vector_maths"},
    {"processors", "processors"},
    {"threads", "threads"},
    {"L2 bytes a core", "l2_bytes"},
    {"AVX-512 here", "avx512"},
  };
  int info;
  push_info(L);
  info = lua_gettop(L);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    printf("%-20s %s\n", lines[i][0], text_of(L, info, lines[i][1]));
    lua_settop(L, info);
  }
  return 0;
}

int info_banner(lua_State *L) {
  int info;
  push_info(L);
  info = lua_gettop(L);
  printf("modsync %s  %s  %s kernels", text_of(L, info, "version"), LUA_RELEASE,
         text_of(L, info, "blas_core"));
  if (lua_getfield(L, info, "threads") != LUA_TNIL)
    printf("  %s threads", luaL_tolstring(L, -1, NULL));
  puts("\nms is loaded. help, help \"adam\", help(ms.train); Tab completes; "
       "Ctrl-C interrupts, exit leaves.");
  return 0;
}
