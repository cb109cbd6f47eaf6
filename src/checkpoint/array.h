/*
** One array in a .npy file (NEP 1) of its own. What is read becomes double, whatever its
** type in the file: an integer that has no exact double is refused.
*/
#ifndef MS_CHECKPOINT_ARRAY_H
#define MS_CHECKPOINT_ARRAY_H

#include "tensor/tensor.h"

typedef struct ms_array_file ms_array_file;

/*
** Opens the file and reads its header; *count = its elements. MS_EIO, MS_EFORMAT,
** MS_ENOMEM.
*/
ms_status ms_array_open(const char *path, ms_array_file **out, size_t *count);

/* *out (closed) = the array, contiguous. */
ms_status ms_array_read(ms_array_file *file, ms_tensor *out);
void ms_array_close(ms_array_file *file);

/* Writes '<f8' in C order; the file appears complete or not at all. MS_EIO. */
ms_status ms_array_write(const char *path, const ms_tensor *tensor);

#endif
