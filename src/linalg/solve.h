/* General linear systems, through LAPACK. Arrays are row-major without gaps. */
#ifndef MS_LINALG_SOLVE_H
#define MS_LINALG_SOLVE_H

#include "base/status.h"

#include <stddef.h>

/*
** b [n, nrhs] is replaced by the solution x of a x = b, 'a' [n, n] by its LU factors.
** MS_ESINGULAR if a pivot is zero, MS_EARG for extents beyond LAPACK's integers,
** MS_EDIVERGED for NaN in the input.
*/
ms_status ms_solve(size_t n, double *a, size_t nrhs, double *b);

#endif
