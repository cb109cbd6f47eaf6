#include "linalg/blas_info.h"

#include "check.h"

int main(void) {
  char version[32], cut[4];
  CHECK(strlen(ms_blas_core()) > 0);
  ms_blas_version(sizeof version, version);
  CHECK(version[0] >= '0' && version[0] <= '9' && strchr(version, '.') != NULL);
  ms_blas_version(sizeof cut, cut);
  CHECK(strlen(cut) == 3 && strncmp(cut, version, 3) == 0);

  /* Too old for the processor: start again. Letters' case differs between releases. */
  CHECK_STRING(ms_blas_better_core("Haswell", 1), "SkylakeX");
  CHECK_STRING(ms_blas_better_core("HASWELL", 1), "SkylakeX");
  CHECK_STRING(ms_blas_better_core("Zen", 1), "SkylakeX");

  /* The right one, one that is not known yet, or a processor that has no more to give. */
  CHECK(ms_blas_better_core("SkylakeX", 1) == NULL);
  CHECK(ms_blas_better_core("Cooperlake", 1) == NULL);
  CHECK(ms_blas_better_core("SapphireRapids", 1) == NULL);
  CHECK(ms_blas_better_core("Zen9", 1) == NULL);
  CHECK(ms_blas_better_core("Haswell", 0) == NULL);
  CHECK(ms_blas_better_core("NeoverseN1", 0) == NULL);
  return check_done();
}
