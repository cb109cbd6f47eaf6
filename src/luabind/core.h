/* The entry of the module, for 'require' and for the program. */
#ifndef MS_LUABIND_CORE_H
#define MS_LUABIND_CORE_H

#include <lua.h>

/* Lua: require "modsync.core". Pushes the table of everything written in C. */
__attribute__((visibility("default"))) int luaopen_modsync_core(lua_State *L);

#endif
