#define _POSIX_C_SOURCE 200809L

#include "app/restart.h"

#include "luabind/system.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach-o/dyld.h>

int program_path(char *path, unsigned size) {
  return _NSGetExecutablePath(path, &size) == 0;
}

#else

int program_path(char *path, unsigned size) {
  ssize_t length = readlink("/proc/self/exe", path, size);
  if (length <= 0 || (size_t)length >= size) return 0;
  path[length] = '\0';
  return 1;
}

#endif

static int is_set(const char *name) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0';
}

void restart_with_better_blas(char **argv) {
  const char *better, *wish = getenv("MODSYNC_BLAS_CORE");
  char path[4096];
  if (is_set("OPENBLAS_CORETYPE") || is_set(LB_RESTARTED)) return;
  if (wish != NULL && strcmp(wish, "keep") == 0) return;
  better = lb_blas_better_core();
  if (better == NULL || !program_path(path, sizeof path)) return;
  if (setenv(LB_RESTARTED, lb_blas_core(), 1) != 0) return;
  setenv("OPENBLAS_NUM_THREADS", "1", 0); /* saves it the start of threads nobody uses */
  if (setenv("OPENBLAS_CORETYPE", better, 1) == 0) execv(path, argv);
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv(LB_RESTARTED);
}
