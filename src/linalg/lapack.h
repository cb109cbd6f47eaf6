/* Private to this folder: checked extents and what LAPACKE's return values mean. */
#ifndef MS_LINALG_LAPACK_H
#define MS_LINALG_LAPACK_H

#include "base/status.h"

#include <lapacke.h>
#include <stddef.h>

/* *out = extent; MS_EARG, naming it 'what', if LAPACK's integers cannot hold it. */
ms_status ms_lapack_int(size_t extent, const char *what, lapack_int *out);

/* The status of a negative return value; MS_OK for others. */
ms_status ms_lapack_status(lapack_int info, const char *routine);

#endif
