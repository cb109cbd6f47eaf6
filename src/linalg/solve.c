#include "linalg/solve.h"

#include "base/alloc.h"
#include "linalg/lapack.h"

ms_status ms_solve(size_t n, double *a, size_t nrhs, double *b) {
  ms_status status = MS_OK;
  lapack_int order, columns, info, *pivots = NULL;
  if (n == 0 || nrhs == 0) return MS_OK;
  MS_TRY(ms_lapack_int(n, "the order of the matrix", &order));
  MS_TRY(ms_lapack_int(nrhs, "the number of right-hand sides", &columns));
  MS_TRY(ms_alloc(n, sizeof *pivots, "pivots", &pivots));
  info = LAPACKE_dgesv(LAPACK_ROW_MAJOR, order, columns, a, order, pivots, b, columns);
  MS_TRY(ms_lapack_status(info, "the linear system"));
  MS_CHECK(info == 0, MS_ESINGULAR, "the matrix is singular: pivot %d is zero",
           (int)info);
out:
  ms_free(pivots);
  return status;
}
