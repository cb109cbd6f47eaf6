/* Machine code that was made at run time. */
#ifndef MS_BASE_CODE_H
#define MS_BASE_CODE_H

#include <stddef.h>

/*
** A copy of the code that may be run and no longer be written; NULL where the system does
** not allow that, or 'size' is 0.
*/
void *ms_code_map(const unsigned char *code, size_t size);

/* Release; NULL is fine. 'size' as it was mapped. */
void ms_code_unmap(void *code, size_t size);

#endif
