#include "linalg/blas_info.h"

#include <cblas.h>
#include <ctype.h>
#include <stdatomic.h>
#include <string.h>

const char *ms_blas_core(void) {
  return openblas_get_corename();
}

/* The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
void ms_blas_version(size_t size, char *text) {
  const char *from = openblas_get_config();
  size_t length;
  from += strcspn(from, " ");
  from += strspn(from, " ");
  length = strcspn(from, " ");
  if (size == 0) return;
  if (length >= size) length = size - 1;
  memcpy(text, from, length);
  text[length] = '\0';
}

void ms_blas_set_threads(int threads) {
  openblas_set_num_threads(threads);
}

static int same_word(const char *a, const char *b) {
  while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) a++, b++;
  return *a == '\0' && *b == '\0';
}

int ms_blas_has_small_path(void) {
  static atomic_int known; /* 0: not asked yet, 1: no, 2: yes */
  int answer = atomic_load_explicit(&known, memory_order_relaxed);
  if (answer == 0) {
    const char *core = ms_blas_core();
    answer = same_word(core, "SkylakeX") || same_word(core, "Cooperlake")
                 || same_word(core, "SapphireRapids")
               ? 2
               : 1;
    atomic_store_explicit(&known, answer, memory_order_relaxed);
  }
  return answer == 2;
}

/*
** The x86-64 cores of OpenBLAS without AVX-512 kernels are a closed list; whatever is not
** on it is newer, or of another architecture, and is left alone.
*/
const char *ms_blas_better_core(const char *core, int has_avx512) {
  static const char *const old[] = {
    "Prescott",  "Core2",      "Penryn",      "Dunnington", "Nehalem",      "Sandybridge",
    "Haswell",   "Atom",       "Opteron",     "Barcelona",  "Opteron_SSE3", "Bobcat",
    "Bulldozer", "Piledriver", "Steamroller", "Excavator",  "Zen",          "Nano",
  };
  if (!has_avx512) return NULL;
  for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
    if (same_word(core, old[i])) return "SkylakeX";
  return NULL;
}
