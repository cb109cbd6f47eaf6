/*
** Kernels of the strip machine's sums of products. Contraction to fused multiply-add is
** on for this file (see CMakeLists.txt): a product that feeds a sum is rounded once.
*/
#include "program/strip.h"

#if defined(__clang__)
#define VECTORIZE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define VECTORIZE _Pragma("GCC ivdep")
#else
#define VECTORIZE
#endif

#define UNUSED (void)p1, (void)q1, (void)p2, (void)q2, (void)c1, (void)c2

/* 'out' may be an operand: every element is read before it is written. */
#define KERNEL(name, expression)                                                         \
  static void name(size_t n, double *out, const double *p1, const double *q1,            \
                   const double *p2, const double *q2, double c1, double c2) {           \
    UNUSED;                                                                              \
    VECTORIZE                                                                            \
    for (size_t i = 0; i < n; i++) out[i] = expression;                                  \
  }

#define P1 p1[i]
#define CP1 c1 *p1[i]
#define PQ1 p1[i] * q1[i]
#define CPQ1 c1 *p1[i] * q1[i]
#define P2 p2[i]
#define CP2 c2 *p2[i]
#define PQ2 p2[i] * q2[i]
#define CPQ2 c2 *p2[i] * q2[i]

KERNEL(p, P1)
KERNEL(p_c, P1 + c2)
KERNEL(p_p, P1 + P2)
KERNEL(cp, CP1)
KERNEL(cp_c, CP1 + c2)
KERNEL(cp_p, CP1 + P2)
KERNEL(cp_cp, CP1 + CP2)
KERNEL(pq, PQ1)
KERNEL(pq_c, PQ1 + c2)
KERNEL(pq_p, PQ1 + P2)
KERNEL(pq_cp, PQ1 + CP2)
KERNEL(pq_pq, PQ1 + PQ2)
KERNEL(cpq, CPQ1)
KERNEL(cpq_c, CPQ1 + c2)
KERNEL(cpq_p, CPQ1 + P2)
KERNEL(cpq_cp, CPQ1 + CP2)
KERNEL(cpq_pq, CPQ1 + PQ2)
KERNEL(cpq_cpq, CPQ1 + CPQ2)

/* ORDER FORM: rows and columns follow ms_form. */
static ms_sum_kernel *const kernels[6][6] = {
  [MS_FORM_P] = {p, p_c, p_p},
  [MS_FORM_CP] = {cp, cp_c, cp_p, cp_cp},
  [MS_FORM_PQ] = {pq, pq_c, pq_p, pq_cp, pq_pq},
  [MS_FORM_CPQ] = {cpq, cpq_c, cpq_p, cpq_cp, cpq_pq, cpq_cpq},
};

ms_sum_kernel *ms_find_sum_kernel(ms_form first, ms_form second) {
  return kernels[first][second];
}
