#include "linalg/lapack.h"

#include <limits.h>

/* int, although lapack_int may be wider: BLAS below is called with int. */
ms_status ms_lapack_int(size_t extent, const char *what, lapack_int *out) {
  if (extent > INT_MAX)
    return ms_fail(MS_EARG, "%s is %zu, LAPACK counts to %d", what, extent, INT_MAX);
  *out = (lapack_int)extent;
  return MS_OK;
}

/* LAPACKE returns minus the number of the first argument that holds NaN. */
ms_status ms_lapack_status(lapack_int info, const char *routine) {
  if (info >= 0) return MS_OK;
  if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
    return ms_fail(MS_ENOMEM, "out of memory: the workspace of %s", routine);
  return ms_fail(MS_EDIVERGED, "the input of %s has values that are not finite", routine);
}
