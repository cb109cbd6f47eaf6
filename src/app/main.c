#include "luabind/core.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int failed;
  luaL_openlibs(L);
  luaL_requiref(L, "modsync.core", luaopen_modsync_core, 0);
  lua_pop(L, 1);
  luaL_dostring(L, "package.path = '" MODSYNC_SOURCE_DIR "/lua/?.lua;" MODSYNC_SOURCE_DIR
                   "/lua/?/init.lua;" MODSYNC_SOURCE_DIR "/?.lua;' .. package.path");
  lua_newtable(L);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
  failed = argc < 2 || luaL_dofile(L, argv[1]) != LUA_OK;
  if (failed && argc > 1) fprintf(stderr, "modsync: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
