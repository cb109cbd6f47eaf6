#include "base/cpu.h"

#include "check.h"

int main(void) {
  const char *simd = ms_cpu_simd();
  CHECK(ms_cpu_count() >= 1 && ms_cpu_count() < 100000);
  CHECK(ms_cpu_l2_bytes() >= 64 * 1024 && ms_cpu_l2_bytes() <= (size_t)1 << 30);
  CHECK(strcmp(simd, "avx512") == 0 || strcmp(simd, "avx2") == 0
        || strcmp(simd, "baseline") == 0);
  /* A build that runs here does not need more than the processor has. */
  CHECK(strcmp(simd, "avx512") != 0 || ms_cpu_has_avx512());
  return check_done();
}
