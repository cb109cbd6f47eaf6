/*
** Memory: checked sizes, 64-byte alignment, live counts, and a switch that makes the
** n-th allocation fail (tests walk every failure path with it).
**
** Blocks of 16 KiB and more that are freed wait a while to be used again: memory fresh
** from the system is paged in when it is first written, which takes three times as long
** as adding two arrays into it. Kept blocks are not live, and an allocation that one of
** them serves is counted, and may be made to fail, as any other.
*/
#ifndef MS_BASE_ALLOC_H
#define MS_BASE_ALLOC_H

#include "base/status.h"

#include <stddef.h>

/*
** *out = room for 'count' items of 'size' bytes, aligned to 64 bytes, not cleared.
** MS_ENOMEM if count * size overflows or the system refuses; *out is then NULL.
** count == 0 gives NULL with MS_OK. 'what' names the thing in the message.
*/
ms_status ms_alloc(size_t count, size_t size, const char *what, void *out);
ms_status ms_alloc_zero(size_t count, size_t size, const char *what, void *out);

/* Grow (or shrink) '*block' to count items; on failure '*block' is untouched. */
ms_status ms_realloc(void *block, size_t count, size_t size, const char *what);

/*
** Room for 'need' items in a growing array: '*block' holds '*capacity', which doubles as
** often as it takes. On failure both are untouched.
*/
ms_status ms_reserve(void *block, size_t *capacity, size_t need, size_t size,
                     const char *what);

/* Release; NULL is fine. */
void ms_free(void *block);

/* *out = a copy of the string. */
ms_status ms_strdup(const char *text, char **out);

/* Live blocks and bytes of this process, for tests and for the collector. */
size_t ms_live_blocks(void);
size_t ms_live_bytes(void);

/*
** Keep at most so many bytes of freed blocks (32 MiB unless told otherwise; none under
** the address sanitizer, which has to see every block go); what is kept beyond it is
** released. All of it is released when the system refuses an allocation.
*/
void ms_alloc_keep(size_t most);
size_t ms_kept_bytes(void);

/*
** The n-th allocation from now on fails, and every one after it (0: never; the default).
*/
void ms_alloc_fail_after(size_t n);

/* *out = a * b; false on overflow. */
int ms_mul_size(size_t a, size_t b, size_t *out);

#endif
