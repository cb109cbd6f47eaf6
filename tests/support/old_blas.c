/*
** Loaded in front of OpenBLAS (LD_PRELOAD): an old release on a new processor. It picks
** Haswell unless OPENBLAS_CORETYPE asks for something else; with OLD_BLAS_STUBBORN set it
** picks Haswell whatever is asked.
*/
#include <stdlib.h>

const char *openblas_get_corename(void);

const char *openblas_get_corename(void) {
  const char *wish = getenv("OPENBLAS_CORETYPE");
  return wish != NULL && getenv("OLD_BLAS_STUBBORN") == NULL ? wish : "Haswell";
}
