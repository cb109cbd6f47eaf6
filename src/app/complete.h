/* Completion of global names and of fields ("ms.tr" gives "ms.train"). */
#ifndef MS_APP_COMPLETE_H
#define MS_APP_COMPLETE_H

#include <lua.h>

void complete_open(lua_State *L);

#endif
