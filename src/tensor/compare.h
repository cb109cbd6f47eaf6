/*
** Comparisons and logic. A truth value is 1 or 0; as an operand everything that is not 0
** counts as true, NaN too. NaN compares as in C: only 'not equal' holds.
*/
#ifndef MS_TENSOR_COMPARE_H
#define MS_TENSOR_COMPARE_H

#include "tensor/tensor.h"

void ms_eq_kernel(size_t n, const double *a, const double *b, double *out);
void ms_ne_kernel(size_t n, const double *a, const double *b, double *out);
void ms_lt_kernel(size_t n, const double *a, const double *b, double *out);
void ms_le_kernel(size_t n, const double *a, const double *b, double *out);
void ms_gt_kernel(size_t n, const double *a, const double *b, double *out);
void ms_ge_kernel(size_t n, const double *a, const double *b, double *out);

void ms_and_kernel(size_t n, const double *a, const double *b, double *out);
void ms_or_kernel(size_t n, const double *a, const double *b, double *out);
void ms_xor_kernel(size_t n, const double *a, const double *b, double *out);
void ms_not_kernel(size_t n, const double *a, double *out);
void ms_isnan_kernel(size_t n, const double *a, double *out);
void ms_isinf_kernel(size_t n, const double *a, double *out);
void ms_isfinite_kernel(size_t n, const double *a, double *out);

/* b where 'condition' holds, else c. */
void ms_where_kernel(size_t n, const double *condition, const double *b, const double *c,
                     double *out);

/* x, but at least 'low' and at most 'high'; 'high' wins over 'low'. NaN where one is. */
void ms_clamp_kernel(size_t n, const double *x, const double *low, const double *high,
                     double *out);

/*
** *out = whether every |a - b| <= absolute + relative |b|, broadcast; an infinite number
** is close to itself alone, and NaN to nothing, or with 'nan_equal' to NaN.
*/
ms_status ms_tensor_all_close(const ms_tensor *a, const ms_tensor *b, double relative,
                              double absolute, int nan_equal, int *out);

#endif
