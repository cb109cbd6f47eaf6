#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "base/code.h"

#include <string.h>
#include <sys/mman.h>

void *ms_code_map(const unsigned char *code, size_t size) {
  void *room;
  if (size == 0) return NULL;
  room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return NULL;
  memcpy(room, code, size);
  if (mprotect(room, size, PROT_READ | PROT_EXEC) == 0) return room;
  munmap(room, size);
  return NULL;
}

void ms_code_unmap(void *code, size_t size) {
  if (code != NULL) munmap(code, size);
}
