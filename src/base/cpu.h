/* What the machine is. */
#ifndef MS_BASE_CPU_H
#define MS_BASE_CPU_H

#include <stddef.h>

int ms_cpu_count(void); /* processors this process may run on, at least 1 */
size_t ms_cpu_l2_bytes(
  void); /* L2 cache of one core; 1 MiB when the system does not say */
int ms_cpu_has_avx512(
  void); /* AVX-512 F, CD, BW, DQ, VL, and the system saves its state */
const char *ms_cpu_simd(
  void); /* "avx512", "avx2" or "baseline": what this build was compiled for */

#endif
