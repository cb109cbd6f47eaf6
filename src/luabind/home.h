/*
** Where the Lua files, problems and scripts are. Two layouts exist:
**   the source tree   HOME/lua/modsync/   HOME/{problems,scripts}/
**   an installation   PREFIX/share/lua/5.4/modsync/
**                     PREFIX/share/modsync/{problems,scripts}/
*/
#ifndef MS_LUABIND_HOME_H
#define MS_LUABIND_HOME_H

#include <stddef.h>

/* Registry key under which the program leaves 'data' for the module. */
#define LB_HOME_KEY "modsync.home"

enum { LB_PATH_MAX = 4096 };

typedef struct lb_home {
  char data[LB_PATH_MAX]; /* the folder of problems/ and scripts/; "": not found */
  char lua[LB_PATH_MAX];  /* the folder of modsync/init.lua */
} lb_home;

/*
** Looks in this order: the environment variable MODSYNC_HOME (either layout); the prefix
** that lies 'up' folders above the folder of 'file'; the source tree this was built from.
** 'file' may be NULL.
*/
void lb_find_home(const char *file, int up, lb_home *home);

#endif
