/*
** What a Gram matrix alone does not say about the gradients g_1 ... g_K, the rows of G:
** by which parameters their products come about. Sums run in a fixed order.
*/
#ifndef MS_CONFLICT_OVERLAP_H
#define MS_CONFLICT_OVERLAP_H

#include <stddef.h>

/*
** In one pass over G [rows, n]: gram[rows, rows] = G G^T, and magnitude[rows, rows] with
** |G| |G|^T, the sums of |g_ip g_jp|. With n_i = |g_i| the cosine factorises,
**   c_ij = Omega_ij psi_ij,  Omega = magnitude / (n_i n_j),  psi = gram / magnitude:
** Omega is 0 for gradients on disjoint parameters, psi where signs cancel.
*/
void ms_gradients_overlap(size_t rows, size_t n, const double *G, double *gram,
                          double *magnitude);

/*
** gram[blocks, rows, rows]: the Gram matrices of the parameters of each block, in one
** pass over G [rows, n]. Parameter p belongs to block[p], counted from 0, or to none
** where that is 'blocks' or more. Over all blocks they add up to G G^T.
*/
void ms_gradients_blocks(size_t rows, size_t n, const double *G, const size_t *block,
                         size_t blocks, double *gram);

#endif
