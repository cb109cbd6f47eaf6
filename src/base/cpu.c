#if defined(__linux__)
#define _GNU_SOURCE /* sched_getaffinity */
#endif

#include "base/cpu.h"

#if defined(__linux__)
#include <sched.h>
#endif
#include <unistd.h>

int ms_cpu_count(void) {
  long count = -1;
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
#if defined(_SC_NPROCESSORS_ONLN)
  if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return count < 1 ? 1 : (int)count;
}

size_t ms_cpu_l2_bytes(void) {
  long bytes = -1;
#if defined(_SC_LEVEL2_CACHE_SIZE)
  bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
  return bytes > 0 ? (size_t)bytes : (size_t)1 << 20;
}

int ms_cpu_has_avx512(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd")
         && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
         && __builtin_cpu_supports("avx512vl");
#else
  return 0;
#endif
}

const char *ms_cpu_simd(void) {
#if defined(__AVX512F__)
  return "avx512";
#elif defined(__AVX2__)
  return "avx2";
#else
  return "baseline";
#endif
}
