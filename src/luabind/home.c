#define _POSIX_C_SOURCE 200809L

#include "luabind/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False when the path does not fit. */
static int join(char *path, const char *folder, const char *rest) {
  int length = snprintf(path, LB_PATH_MAX, "%s%s", folder, rest);
  return length >= 0 && length < LB_PATH_MAX;
}

/* Fills 'home' if folder + data_part holds our scripts. */
static int try_layout(const char *folder, const char *data_part, const char *lua_part,
                      lb_home *home) {
  char probe[LB_PATH_MAX];
  return join(home->data, folder, data_part) && join(home->lua, folder, lua_part)
         && join(probe, home->data, "/scripts") && access(probe, R_OK) == 0;
}

static int try_sources(const char *folder, lb_home *home) {
  return try_layout(folder, "", "/lua", home);
}

static int try_prefix(const char *folder, lb_home *home) {
  return try_layout(folder, "/share/modsync", "/share/lua/5.4", home);
}

static int try_above(const char *file, int up, lb_home *home) {
  char folder[LB_PATH_MAX];
  if (!join(folder, file, "")) return 0;
  for (int i = 0; i <= up; i++) {
    char *slash = strrchr(folder, '/');
    if (slash == NULL) return 0;
    *slash = '\0';
  }
  return try_prefix(folder, home);
}

void lb_find_home(const char *file, int up, lb_home *home) {
  const char *wish = getenv("MODSYNC_HOME");
  if (wish != NULL && (try_sources(wish, home) || try_prefix(wish, home))) return;
  if (file != NULL && try_above(file, up, home)) return;
  if (try_sources(MODSYNC_SOURCE_DIR, home)) return;
  home->data[0] = home->lua[0] = '\0';
}
