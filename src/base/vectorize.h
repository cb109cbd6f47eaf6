/*
** VECTORIZE stands before a loop whose iterations do not depend on each other, although
** arrays may be the same one: every element is read before it is written.
*/
#ifndef MS_BASE_VECTORIZE_H
#define MS_BASE_VECTORIZE_H

#if defined(__clang__)
#define VECTORIZE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define VECTORIZE _Pragma("GCC ivdep")
#else
#define VECTORIZE
#endif

#endif
