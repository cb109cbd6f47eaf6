/* The kernels of the arithmetic operators. */
#ifndef MS_TENSOR_ARITHMETIC_H
#define MS_TENSOR_ARITHMETIC_H

#include <stddef.h>

void ms_add_kernel(size_t n, const double *a, const double *b, double *out);
void ms_sub_kernel(size_t n, const double *a, const double *b, double *out);
void ms_mul_kernel(size_t n, const double *a, const double *b, double *out);
void ms_div_kernel(size_t n, const double *a, const double *b, double *out);

/* The exponents 1, 2, 3 and -1, when all n are the same, are products and quotients. */
void ms_pow_kernel(size_t n, const double *a, const double *b, double *out);

/* a - b * floor(a / b), and floor(a / b): Lua's % and // of floats. */
void ms_mod_kernel(size_t n, const double *a, const double *b, double *out);
void ms_idiv_kernel(size_t n, const double *a, const double *b, double *out);

void ms_neg_kernel(size_t n, const double *a, double *out);
void ms_floor_kernel(size_t n, const double *a, double *out);
void ms_ceil_kernel(size_t n, const double *a, double *out);
void ms_round_kernel(size_t n, const double *a, double *out); /* halves to even */
void ms_trunc_kernel(size_t n, const double *a, double *out);

#endif
