#ifndef MS_APP_INFO_H
#define MS_APP_INFO_H

#include <lua.h>

/*
** Lua functions for the command line: --info prints core.info(), banner() greets at the
** prompt.
*/
int info_print(lua_State *L);
int info_banner(lua_State *L);

#endif
