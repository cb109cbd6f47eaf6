/* A tensor as text for people. */
#ifndef MS_TENSOR_PRINT_H
#define MS_TENSOR_PRINT_H

#include "tensor/tensor.h"

/*
** *text = a line "tensor 3x4 float64" and the values in aligned columns, five digits
** each. An axis longer than 10 shows its first and last 3 positions. More than two axes
** are shown as matrices over the last two, each under its position: "[2, 1]". The caller
** frees '*text' with ms_free.
*/
ms_status ms_tensor_text(const ms_tensor *tensor, char **text);

#endif
