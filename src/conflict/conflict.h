/*
** Conflict methods: from the gradients g_1 ... g_K of the loss terms, the rows of G, to
** one direction d. Parameters then move along -d.
**
** Most methods are d = G^T w with weights that depend on the Gram matrix only. Such a
** method supplies 'weigh', a K x K calculation; the two passes over the gradients, the
** grouping of terms into tasks and the policy for vanishing gradients are the same for
** all and live here.
**
** A gradient counts as zero when its norm is at most 1e-12 times the largest one, or its
** square at most 1e-300 (below that a Gram matrix has no digits left). A task whose terms
** cancel down to the rounding error of their sum counts as zero too. 'weigh' never sees
** such tasks: they get weight 0. When none is left, d = 0.
**
** With blocks (layers or neurons, see parts.h) all this happens block by block: a Gram
** matrix, weights and a part of d for each.
*/
#ifndef MS_CONFLICT_CONFLICT_H
#define MS_CONFLICT_CONFLICT_H

#include "base/method.h"
#include "conflict/parts.h"

/* What 'weigh' gets to see: the tasks whose gradient is not zero, in one block. */
typedef struct ms_tasks {
  size_t count;        /* at least 1 */
  size_t all;          /* tasks, those with a zero gradient too */
  const size_t *task;  /* [count]: their numbers among all tasks, ascending */
  const double *gram;  /* [count, count]: products of their gradients */
  const double *norm;  /* [count]: square roots of its diagonal, all positive */
  const double *value; /* [count]: sums of the values of their losses; NULL: not given */
  size_t block;        /* its number, for methods that keep a state for each */
  double *work;        /* as many numbers as the method's 'work' asks for */
  size_t *index;       /* [2 * count]: more working space */
} ms_tasks;

/*
** What a method promises of its d, for every K, T tasks with gradients g_k, norms n_k,
** directions u_k = g_k / n_k. X(flag, name, statement)
*/
#define MS_PROMISE_LIST(X)                                                               \
  X(MS_NC, "NC", "no task gets worse: g_k.d >= 0")                                       \
  X(MS_EP, "EP", "equal projections: u_i.d = u_j.d")                                     \
  X(MS_H1, "H1", "all gradients times t > 0: d times t")                                 \
  X(MS_H0, "H0", "all gradients times t > 0: the same d")                                \
  X(MS_SD, "SD", "each gradient times its own positive factor: the same direction")      \
  X(MS_LS, "LS", "d is linear in such factors")                                          \
  X(MS_PI, "PI", "the order of the tasks does not matter")                               \
  X(MS_OQ, "OQ", "rotating the parameters rotates d")                                    \
  X(MS_ST, "ST", "d = 0 where a positive combination of the gradients is 0")

enum {
#define MS_PROMISE_INDEX(flag, name, statement) flag##_INDEX,
  MS_PROMISE_LIST(MS_PROMISE_INDEX)
#undef MS_PROMISE_INDEX
  MS_PROMISES
};

enum {
#define MS_PROMISE_FLAG(flag, name, statement) flag = 1 << flag##_INDEX,
  MS_PROMISE_LIST(MS_PROMISE_FLAG)
#undef MS_PROMISE_FLAG
};

/* "NC" and its statement. */
const char *ms_promise_name(int index);
const char *ms_promise_statement(int index);

struct ms_conflict_run;

typedef struct ms_conflict {
  ms_record record;

  /* w[count] for the tasks given. */
  ms_status (*weigh)(ms_method *method, const ms_tasks *tasks, double *w);

  /* In place of 'weigh', by methods that are no function of the Gram matrix: d from G.
     Those whose d is a weighted sum after all store the weights, others leave NaN. */
  ms_status (*combine)(struct ms_conflict_run *run, const double *G, double *d);

  /* Whether the next call looks at the gradient of that term; NULL: at all of them. */
  int (*looks_at)(const ms_method *method, size_t term);

  /* Learn from run->value, the losses at the same points after the step along d, and
     whether it wants to with these options; NULL: it has no use for them. */
  ms_status (*after)(struct ms_conflict_run *run);
  int (*learns)(const double *option);

  /* How many numbers of working space 'weigh' needs for that many tasks; NULL: none. */
  size_t (*work)(size_t tasks);

  /* d is a step, with a momentum and a scale of its own: for plain gradient descent, not
     for an optimizer that does the same once more. */
  int whole_step;

  /* The flags that hold for these options, that many tasks with non-zero gradients, which
     are linearly independent or need not be. */
  int (*promises)(const double *option, size_t tasks, int independent);
} ms_conflict;

/* All methods, in the order of conflicts.list. */
const ms_record *const *ms_conflict_records(size_t *count);

typedef struct ms_conflict_run {
  ms_method method;
  double *gram;        /* [terms, terms]: F G G^T F of the last call, F = diag(factor) */
  double *block_gram;  /* [pairs of terms, blocks]: the same in every block, as parts.h */
  double *weights;     /* [blocks, terms]: w of the last call, or NaN: it has none */
  double *factor;      /* [terms]: of the last call, 1 where none were given */
  const double *value; /* [terms]: factor * value during a call; NULL: not given */
  ms_part *parts;      /* the blocks; NULL: one for the whole model */
  size_t part_count;
  double *room;        /* the memory of gram, block_gram, weights and of what follows */
  double *one_gram, *task_gram, *live_gram, *norm, *loss, *live_value, *live_weights;
  double *work;
  size_t *live, *index;
} ms_conflict_run;

/* The method called 'name', options at their defaults. */
ms_status ms_conflict_init(ms_conflict_run *run, const char *name);

/*
** Set the blocks, before the first combination. MS_EARG if the parts do not follow each
** other from parameter 0 on, if a block below the last has none, or if other sizes are
** known already.
*/
ms_status ms_conflict_blocks(ms_conflict_run *run, size_t count, const ms_part *parts);

/* Fix (or compare) K = terms and P = params, without creating the state yet. */
ms_status ms_conflict_sizes(ms_conflict_run *run, size_t terms, size_t params);

/* The same, and get ready; otherwise the first combination does it. */
ms_status ms_conflict_open(ms_conflict_run *run, size_t terms, size_t params);

/*
** d[params] from G[terms, params], contiguous and apart from d, and the values of the
** losses, value[terms], or NULL: the methods that need those fail without. Only the first
** call allocates. MS_EARG if the sizes are not those of the first call; MS_EDIVERGED if a
** gradient is not finite. Costs a pass for the Gram matrix (every method leaves one for
** diagnosis) and one for d.
**
** factor[terms] >= 0, NULL for 1: the method works on the losses factor_k L_k, of
** gradients factor_k g_k. These are never formed: their products are those of G, scaled,
** and a weight of factor_k g_k is one of g_k. 'weights' are those of the rows of G.
*/
ms_status ms_conflict_combine(ms_conflict_run *run, size_t terms, size_t params,
                              const double *G, const double *value, const double *factor,
                              double *d);

/* The same in two halves, for who wants the products, run->gram, before he knows the
   factors: first the pass for them, then, with nothing between, the one for d. */
ms_status ms_conflict_measure(ms_conflict_run *run, size_t terms, size_t params,
                              const double *G);
ms_status ms_conflict_measured(ms_conflict_run *run, const double *G, const double *value,
                               const double *factor, double *d);

/*
** For 'combine' of methods that start from another: the direction d of the Gram method
** 'kind' for rows[terms, params] as they are, and its weights in 'run'. run->gram stays
** that of the gradients.
*/
ms_status ms_conflict_direction(ms_conflict_run *run, const ms_conflict *kind,
                                const double *rows, double *d);

/*
** For 'combine' of methods whose weights do not come from the gradients: d = sum over k
** of share[task of k] factor_k g_k, in all blocks alike, and what such methods promise.
*/
void ms_conflict_share(ms_conflict_run *run, const double *share, const double *G,
                       double *d);
int ms_conflict_share_promises(const double *option, size_t tasks, int independent);

/* Whether the next combination looks at the gradient of 'term', counted from 0. Where it
   does not, the row may hold anything finite: 0, say, if it was not evaluated. */
int ms_conflict_looks_at(const ms_conflict_run *run, size_t term);

/* Whether the method learns from the losses after a step. It does without if they are not
   given: from those of the next call. */
int ms_conflict_learns(const ms_conflict_run *run);

/*
** value[terms]: the losses after the step along the last direction, at the points that it
** was found with. The factors are those of that call. Values that are not finite are
** ignored: the next step will meet them.
*/
ms_status ms_conflict_after(ms_conflict_run *run, size_t terms, const double *value);

/* The status of a method that was not given the values it needs. */
ms_status ms_conflict_no_values(const ms_method *method);

void ms_conflict_free(ms_conflict_run *run);

#endif
