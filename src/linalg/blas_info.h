/* What BLAS runs, and whether it runs the right kernels. */
#ifndef MS_LINALG_BLAS_INFO_H
#define MS_LINALG_BLAS_INFO_H

#include <stddef.h>

/* The kernels OpenBLAS chose for this processor, "SkylakeX" or "Haswell" for example. */
const char *ms_blas_core(void);

/* Writes the version of OpenBLAS ("0.3.21") into text[0 .. size). */
void ms_blas_version(size_t size, char *text);

/* Whether the core has a path for small products that packs nothing. */
int ms_blas_has_small_path(void);

void ms_blas_set_threads(int threads);

/*
** The value of OPENBLAS_CORETYPE to start again with, or NULL when 'core' serves.
** OpenBLAS knows processors by their model number, so that a release older than the
** processor falls back to kernels of 256 bits: 59 GFLOP/s a core where 97 were possible
** (OpenBLAS 0.3.21, Zen 5).
*/
const char *ms_blas_better_core(const char *core, int has_avx512);

#endif
