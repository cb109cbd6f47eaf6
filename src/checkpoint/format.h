/*
** The file format of checkpoints and other saved arrays.
**
** 1. Container
**
** An NPZ file: a ZIP archive (APPNOTE.TXT 6.3.x) whose members are .npy arrays (NEP 1),
** so that numpy.load opens it. What the writer promises, beyond being a valid NPZ:
**
**   - the same arrays in the same order give the same bytes: every time stamp is
**     1980-01-01 00:00, no comment, no attribute, one deflate level (6), and no extra
**     field but the ZIP64 one, which depends on sizes only. (The deflate stream is
**     zlib's: another zlib version may pack the same arrays into other bytes.)
**   - every member is deflated (method 8), has its final sizes and CRC-32 in its local
**     header (no data descriptors), and stands in the central directory in the order of
**     writing
**   - ZIP64 records where, and only where, a size or an offset does not fit 32 bits, or
**     there are 65535 members or more
**   - names are UTF-8 (flag bit 11 is set when one is not plain ASCII), without control
**     characters, not absolute, without "." or ".." components, and used once
**   - .npy version 1.0, little-endian, C order, header padded with spaces to a multiple
**     of 64:
**       '<f8'  double      tensors
**       '<i8'  int64_t     counters, states of random streams, index lists
**       '|u1'  bytes       text (UTF-8, no final NUL), 1-d
**   - the file appears under its name complete or not at all: it is written beside it as
**     NAME.PID-COUNT.tmp, synced, then renamed
**
** The reader takes more than the writer gives: members stored without compression (method
** 0), .npy versions 2.0 and 3.0, Fortran order, both orders of bytes, floats of 2 and 4
** bytes (widened to double), other integers (widened to int64_t) and '|b1' (as bytes). It
** checks every size against the file before it allocates anything, the CRC of every
** member it reads, and refuses encrypted, multi-volume and prefixed archives, and a name
** found twice.
**
** 2. A checkpoint
**
** is such a file with these members. The manifest comes first.
**
**   manifest        u1, a JSON object: what cannot be an array
**                     "format"   "modsync checkpoint"
**                     "version"  an integer, see 3
**                     others: step, steps, seed, threads, lr; problem (name, what it
**                     was asked for by, CRC-32 of its file); options of net, losses,
**                     history and of the methods, optim, conflict, prune, schedule (name,
**                     options); state: what of their states is no array, random streams
**                     among it as three integers: two halves of the key, the draws so far
**   params/NAME     f8, the shape of the view: one for each named view of the parameters
**   FAMILY/SLOT     f8, one for each state slot of a method: FAMILY is optim, conflict or
**                     prune, SLOT a name from the method's record
**   losses/points.TERM
**                   f8, [n, d], the points of a term and of those that share them
**   history/COLUMN  f8, one number for each sampled step
**
** A reader ignores members that it does not know and names the first that it misses.
**
** 3. Versions
**
**   1   first version
**
** A change that an old reader would misread gets a new number; a new member does not.
** Every released version stays readable and keeps a file in
** tests/golden/checkpoint-VERSION.npz.
*/
#ifndef MS_CHECKPOINT_FORMAT_H
#define MS_CHECKPOINT_FORMAT_H

#include "tensor/tensor.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays go to the file as they lie in memory: a little-endian machine is needed"
#endif

/* Element types in memory. */
typedef enum ms_npz_type {
  MS_NPZ_F8, /* double */
  MS_NPZ_I8, /* int64_t */
  MS_NPZ_U1  /* unsigned char */
} ms_npz_type;

/* What an array is, its data aside. */
typedef struct ms_npz_info {
  ms_npz_type type;
  int dims; /* 0 is a scalar */
  size_t shape[MS_MAX_DIMS];
  size_t count; /* elements */
} ms_npz_info;

/* Bytes of one element. */
size_t ms_npz_type_size(ms_npz_type type);

/*
** info->count from dims and shape; false when the array, or the array with its empty axes
** taken as 1 (strides are computed from those), has more bytes than can be addressed.
*/
int ms_npz_info_count(ms_npz_info *info);

/* UTF-8 without control characters, not empty. */
int ms_npz_name_is_text(const char *name, size_t length);

/* The name keeps inside the folder into which somebody unpacks the archive. */
int ms_npz_name_is_relative(const char *name);

/* Record signatures and constants of ZIP. */
enum {
  MS_ZIP_LOCAL = 0x04034b50,
  MS_ZIP_CENTRAL = 0x02014b50,
  MS_ZIP_END = 0x06054b50,
  MS_ZIP64_END = 0x06064b50,
  MS_ZIP64_LOCATOR = 0x07064b50,

  MS_ZIP_LOCAL_SIZE = 30, /* fixed parts of the records */
  MS_ZIP_CENTRAL_SIZE = 46,
  MS_ZIP_END_SIZE = 22,
  MS_ZIP64_END_SIZE = 56,
  MS_ZIP64_LOCATOR_SIZE = 20,

  MS_ZIP_ENCRYPTED = 1 << 0, /* flag bits */
  MS_ZIP_UTF8 = 1 << 11,

  MS_ZIP_STORED = 0, /* methods */
  MS_ZIP_DEFLATED = 8,

  MS_ZIP64_EXTRA = 1, /* id of the extra field with 64-bit sizes */
  MS_ZIP_NAME_MAX = 65535
};
#define MS_ZIP_IN_ZIP64 UINT32_MAX /* in a 32-bit field: look in the ZIP64 record */

/* Little-endian fields; put returns the place after the field. */
unsigned char *ms_put16(unsigned char *at, unsigned value);
unsigned char *ms_put32(unsigned char *at, uint32_t value);
unsigned char *ms_put64(unsigned char *at, uint64_t value);
unsigned ms_get16(const unsigned char *at);
uint32_t ms_get32(const unsigned char *at);
uint64_t ms_get64(const unsigned char *at);

#endif
