#define _DEFAULT_SOURCE

#include "base/alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* Each block is preceded by one cache line that holds its sizes. */
enum { HEADER = 64 };

typedef struct header {
  size_t bytes,
    room; /* asked for (whole cache lines), and there: more in a block used again */
  void *start; /* what 'malloc' gave */
} header;

static atomic_size_t live_blocks, live_bytes, fail_countdown;

/* {=== freed blocks, the oldest first === */

#if defined(__SANITIZE_ADDRESS__)
#define KEPT_AT_FIRST 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEPT_AT_FIRST 0
#endif
#endif
#ifndef KEPT_AT_FIRST
#define KEPT_AT_FIRST ((size_t)32 << 20)
#endif

enum { KEPT_BLOCKS = 32, LEAST_KEPT = 16 << 10 };

static struct {
  pthread_mutex_t mutex;
  size_t most, bytes, count;
  header *block[KEPT_BLOCKS];
} kept = {PTHREAD_MUTEX_INITIALIZER, KEPT_AT_FIRST, 0, 0, {NULL}};

/* Takes the index-th block out of the list. */
static header *take_kept(size_t index) {
  header *block = kept.block[index];
  kept.bytes -= block->room;
  kept.count--;
  memmove(&kept.block[index], &kept.block[index + 1],
          (kept.count - index) * sizeof *kept.block);
  return block;
}

/* Releases the oldest until 'bytes' more are allowed. */
static void make_room(size_t bytes) {
  while (kept.count > 0 && (kept.count == KEPT_BLOCKS || kept.bytes + bytes > kept.most))
    free(take_kept(0)->start);
}

/* The smallest kept block that serves without wasting a fifth of itself, or NULL. */
static header *reuse(size_t bytes) {
  size_t best = KEPT_BLOCKS;
  header *found = NULL;
  if (bytes < LEAST_KEPT) return NULL;
  pthread_mutex_lock(&kept.mutex);
  for (size_t i = 0; i < kept.count; i++) {
    size_t room = kept.block[i]->room;
    if (room < bytes || room - bytes > room / 5) continue;
    if (best == KEPT_BLOCKS || room < kept.block[best]->room) best = i;
  }
  if (best < KEPT_BLOCKS) found = take_kept(best);
  pthread_mutex_unlock(&kept.mutex);
  return found;
}

static void keep_or_release(header *block) {
  if (block->room >= LEAST_KEPT) {
    pthread_mutex_lock(&kept.mutex);
    if (block->room <= kept.most) {
      make_room(block->room);
      kept.bytes += block->room;
      kept.block[kept.count++] = block;
      block = NULL;
    }
    pthread_mutex_unlock(&kept.mutex);
  }
  if (block != NULL) free(block->start);
}

void ms_alloc_keep(size_t most) {
  pthread_mutex_lock(&kept.mutex);
  kept.most = most;
  make_room(0);
  pthread_mutex_unlock(&kept.mutex);
}

size_t ms_kept_bytes(void) {
  size_t bytes;
  pthread_mutex_lock(&kept.mutex);
  bytes = kept.bytes;
  pthread_mutex_unlock(&kept.mutex);
  return bytes;
}

/* }=== */

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

/*
** Asks for pages of 2 MiB under the whole ones of a large block: fewer to look up, and
** fewer to be made. A system that has none goes on with small ones.
*/
static void ask_for_huge_pages(void *block, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  enum { HUGE_FROM = 4 << 20, PAGE = 2 << 20 };
  uintptr_t from = ((uintptr_t)block + PAGE - 1) / PAGE * PAGE;
  uintptr_t to = ((uintptr_t)block + bytes) / PAGE * PAGE;
  if (bytes >= HUGE_FROM && from < to)
    madvise((char *)block + (from - (uintptr_t)block), to - from, MADV_HUGEPAGE);
#else
  (void)block, (void)bytes;
#endif
}

/*
** A block of 'bytes', a multiple of HEADER; where the system has none, from what is
** kept. Aligned by hand: small ones take 60 ns longer from 'aligned_alloc'.
*/
static header *fresh_block(size_t bytes) {
  enum { SLACK = 2 * HEADER };
  void *start = malloc(bytes + SLACK);
  header *block;
  if (start == NULL && ms_kept_bytes() > 0) {
    pthread_mutex_lock(&kept.mutex);
    while (kept.count > 0) free(take_kept(0)->start);
    pthread_mutex_unlock(&kept.mutex);
    start = malloc(bytes + SLACK);
  }
  if (start == NULL) return NULL;
  ask_for_huge_pages(start, bytes + SLACK);
  block = (header *)(void *)((char *)start + -(uintptr_t)start % HEADER);
  block->room = bytes;
  block->start = start;
  return block;
}

ms_status ms_alloc(size_t count, size_t size, const char *what, void *out) {
  header *block = NULL;
  size_t bytes;
  char *start;
  memset(out, 0, sizeof(void *));
  if (!ms_mul_size(count, size, &bytes) || bytes > SIZE_MAX / 2)
    return ms_fail(MS_ENOMEM, "%s: %zu items of %zu bytes are more than can be addressed",
                   what, count, size);
  if (bytes == 0) return MS_OK;
  bytes = (bytes + HEADER - 1) / HEADER * HEADER;
  if (!injected_failure()) {
    block = reuse(bytes);
    if (block == NULL) block = fresh_block(bytes);
  }
  if (block == NULL)
    return ms_fail(MS_ENOMEM, "out of memory: %s needs %zu bytes", what, bytes);
  block->bytes = bytes;
  atomic_fetch_add(&live_blocks, 1);
  atomic_fetch_add(&live_bytes, bytes);
  start = (char *)block + HEADER;
  memcpy(out, &start, sizeof start);
  return MS_OK;
}

ms_status ms_alloc_zero(size_t count, size_t size, const char *what, void *out) {
  ms_status status = ms_alloc(count, size, what, out);
  void *block;
  memcpy(&block, out, sizeof block);
  if (block != NULL) memset(block, 0, count * size);
  return status;
}

static header *header_of(void *block) {
  return (header *)(void *)((char *)block - HEADER);
}

ms_status ms_realloc(void *block, size_t count, size_t size, const char *what) {
  void *old, *fresh;
  size_t old_bytes = 0;
  ms_status status = ms_alloc(count, size, what, &fresh);
  if (status != MS_OK) return status;
  memcpy(&old, block, sizeof old);
  if (old != NULL) old_bytes = header_of(old)->bytes;
  if (old_bytes > count * size) old_bytes = count * size;
  if (old_bytes > 0) memcpy(fresh, old, old_bytes);
  ms_free(old);
  memcpy(block, &fresh, sizeof fresh);
  return MS_OK;
}

ms_status ms_reserve(void *block, size_t *capacity, size_t need, size_t size,
                     const char *what) {
  ms_status status;
  size_t grown = *capacity == 0 ? 64 : *capacity;
  if (need <= *capacity) return MS_OK;
  while (grown < need) grown *= 2;
  status = ms_realloc(block, grown, size, what);
  if (status == MS_OK) *capacity = grown;
  return status;
}

void ms_free(void *block) {
  header *own;
  if (block == NULL) return;
  own = header_of(block);
  atomic_fetch_sub(&live_blocks, 1);
  atomic_fetch_sub(&live_bytes, own->bytes);
  keep_or_release(own);
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
