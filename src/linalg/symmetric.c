#include "linalg/symmetric.h"

#include "linalg/lapack.h"

/*
** Column-major on purpose: a symmetric matrix reads the same, its row-major lower
** triangle is the column-major upper one, and eigenvectors in columns come out as rows.
*/
ms_status ms_eigen_symmetric(size_t n, double *a, double *values) {
  ms_status status = MS_OK;
  lapack_int order, info;
  if (n == 0) return MS_OK;
  MS_TRY(ms_lapack_int(n, "the order of the matrix", &order));
  info = LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', order, a, order, values);
  MS_TRY(ms_lapack_status(info, "the symmetric eigenproblem"));
  MS_CHECK(info == 0, MS_ESINGULAR,
           "the symmetric eigenproblem did not converge, %d values left", (int)info);
out:
  return status;
}

ms_status ms_solve_spd(size_t n, double *a, size_t nrhs, double *b) {
  ms_status status = MS_OK;
  lapack_int order, columns, info;
  if (n == 0 || nrhs == 0) return MS_OK;
  MS_TRY(ms_lapack_int(n, "the order of the matrix", &order));
  MS_TRY(ms_lapack_int(nrhs, "the number of right-hand sides", &columns));
  info = LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', order, columns, a, order, b, columns);
  MS_TRY(ms_lapack_status(info, "the positive definite system"));
  MS_CHECK(info == 0, MS_ESINGULAR,
           "the matrix is not positive definite: its leading %dx%d part is not",
           (int)info, (int)info);
out:
  return status;
}
