/* The header of a .npy array (NEP 1): version 1.0 written; 1.0, 2.0 and 3.0 read. */
#ifndef MS_CHECKPOINT_NPY_H
#define MS_CHECKPOINT_NPY_H

#include "checkpoint/format.h"

enum {
  MS_NPY_PREAMBLE = 12,     /* magic, version, and the longer of the two length fields */
  MS_NPY_WRITE_MAX = 512,   /* a written header is never longer */
  MS_NPY_READ_MAX = 1 << 14 /* a longer one is not of a plain array */
};

/* Element types in the file, of 1 to 8 bytes. */
typedef enum ms_npy_element {
  MS_NPY_FLOAT,    /* IEEE 754 of 2, 4 or 8 bytes */
  MS_NPY_SIGNED,   /* two's complement */
  MS_NPY_UNSIGNED, /* truth values among them */
} ms_npy_element;

typedef struct ms_npy_header {
  ms_npz_info info;       /* as it will be in memory */
  ms_npy_element element; /* as it is in the file */
  size_t element_size;
  int big_endian;
  int as_is;   /* an element has the same bytes in memory */
  int fortran; /* the first axis runs fastest */
} ms_npy_header;

/* Writes the header of 'info' and returns its length, a multiple of 64. */
size_t ms_npy_header_write(const ms_npz_info *info, unsigned char out[MS_NPY_WRITE_MAX]);

/*
** From the first MS_NPY_PREAMBLE bytes: where the header's text begins and how long it
** is. 'where' names file and entry in messages. MS_EFORMAT.
*/
ms_status ms_npy_preamble_parse(const char *where, const unsigned char *bytes,
                                size_t *start, size_t *length);

/* The header's text, a Python dict in one line. MS_EFORMAT. */
ms_status ms_npy_header_parse(const char *where, const unsigned char *text, size_t length,
                              ms_npy_header *out);

/*
** *to = the element at 'from', of the type that it has in memory (header->info.type);
** false if that does not hold it, an unsigned integer from 2^63 on.
*/
int ms_npy_element_read(const ms_npy_header *header, const unsigned char *from, void *to);

#endif
