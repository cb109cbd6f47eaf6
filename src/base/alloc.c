#include "base/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Each block is preceded by one cache line that holds its size. */
enum { HEADER = 64 };

static atomic_size_t live_blocks, live_bytes, fail_countdown;

int ms_mul_size(size_t a, size_t b, size_t *out) {
  if (b != 0 && a > SIZE_MAX / b) return 0;
  *out = a * b;
  return 1;
}

/* Counts down to the injected failure; once reached it stays. */
static int injected_failure(void) {
  size_t left = atomic_load(&fail_countdown);
  if (left == 0) return 0;
  if (left == 1) return 1;
  atomic_store(&fail_countdown, left - 1);
  return 0;
}

ms_status ms_alloc(size_t count, size_t size, const char *what, void *out) {
  size_t bytes;
  char *raw;
  memset(out, 0, sizeof(void *));
  if (!ms_mul_size(count, size, &bytes) || bytes > SIZE_MAX / 2)
    return ms_fail(MS_ENOMEM, "%s: %zu items of %zu bytes are more than can be addressed",
                   what, count, size);
  if (bytes == 0) return MS_OK;
  bytes = (bytes + HEADER - 1) / HEADER * HEADER;
  raw = injected_failure() ? NULL : aligned_alloc(HEADER, bytes + HEADER);
  if (raw == NULL)
    return ms_fail(MS_ENOMEM, "out of memory: %s needs %zu bytes", what, bytes);
  memcpy(raw, &bytes, sizeof bytes);
  atomic_fetch_add(&live_blocks, 1);
  atomic_fetch_add(&live_bytes, bytes);
  raw += HEADER;
  memcpy(out, &raw, sizeof raw);
  return MS_OK;
}

ms_status ms_alloc_zero(size_t count, size_t size, const char *what, void *out) {
  ms_status status = ms_alloc(count, size, what, out);
  void *block;
  memcpy(&block, out, sizeof block);
  if (block != NULL) memset(block, 0, count * size);
  return status;
}

ms_status ms_realloc(void *block, size_t count, size_t size, const char *what) {
  void *old, *fresh;
  size_t old_bytes = 0;
  ms_status status = ms_alloc(count, size, what, &fresh);
  if (status != MS_OK) return status;
  memcpy(&old, block, sizeof old);
  if (old != NULL) memcpy(&old_bytes, (char *)old - HEADER, sizeof old_bytes);
  if (old_bytes > count * size) old_bytes = count * size;
  if (old_bytes > 0) memcpy(fresh, old, old_bytes);
  ms_free(old);
  memcpy(block, &fresh, sizeof fresh);
  return MS_OK;
}

void ms_free(void *block) {
  size_t bytes;
  char *raw;
  if (block == NULL) return;
  raw = (char *)block - HEADER;
  memcpy(&bytes, raw, sizeof bytes);
  atomic_fetch_sub(&live_blocks, 1);
  atomic_fetch_sub(&live_bytes, bytes);
  free(raw);
}

ms_status ms_strdup(const char *text, char **out) {
  size_t length = strlen(text) + 1;
  ms_status status = ms_alloc(length, 1, "a string", out);
  if (status == MS_OK) memcpy(*out, text, length);
  return status;
}

size_t ms_live_blocks(void) {
  return atomic_load(&live_blocks);
}

size_t ms_live_bytes(void) {
  return atomic_load(&live_bytes);
}

void ms_alloc_fail_after(size_t n) {
  atomic_store(&fail_countdown, n);
}
