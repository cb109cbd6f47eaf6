/*
** A compiled expression graph. The values of uniform nodes are computed once a run;
** batched nodes are computed for blocks of points small enough that all live buffers of a
** block stay in a core's L2 cache, and the blocks are shared out over a thread team.
** Matrix products of one layer are stacked, all derivative channels and losses in one
** product; element-wise work between products runs in strips of a few hundred numbers
** that stay in L1 (strip.h).
**
** Memory does not grow with the number of points: per thread, one block's buffers, and
** one accumulator of the size of the gradients.
*/
#ifndef MS_PROGRAM_PROGRAM_H
#define MS_PROGRAM_PROGRAM_H

#include "base/team.h"
#include "graph/graph.h"

typedef struct ms_program ms_program;

typedef struct ms_program_spec {
  size_t parameters; /* P, and the length of a gradient */
  size_t columns;    /* columns of the matrix of points */
  size_t losses;     /* uniform scalars, each with its gradient if 'gradients' */
  const ms_ref *loss;
  bool gradients;
  bool tangents;  /* of losses, gradients and outputs in their place, along a direction v:
                     J v, H v. A run is then given [theta, v], 2 P numbers */
  size_t outputs; /* expressions, evaluated at every point */
  const ms_ref *output;
  size_t block; /* points per block; 0: from the L2 size */
} ms_program_spec;

typedef struct ms_program_io {
  const double *parameters;
  const double *points; /* [n, columns], row-major */
  size_t n;
  double *values;     /* [losses] */
  double *gradients;  /* [losses, parameters] row-major; NULL: not wanted */
  const size_t *rows; /* where in values and gradients loss k goes, all different; NULL:
                         to k */
  double *outputs;    /* [n, output_columns], one expression beside the other */
  bool products_only; /* benchmark: run the matrix products and nothing else */
} ms_program_io;

typedef struct ms_program_info {
  size_t block;                              /* points per block */
  size_t passes;                             /* loops over the points */
  size_t doubles_per_point;                  /* of a block's buffers */
  size_t products, strips, strip_ops, steps; /* in one pass over a block */
  size_t fused_ops;                          /* of the strip_ops: in machine code */
  size_t uniform_doubles;                    /* values that do not depend on the point */
  size_t output_columns;                     /* of all outputs */
} ms_program_info;

/* The graph is not needed afterwards. */
ms_status ms_program_create(ms_graph *graph, const ms_program_spec *spec,
                            ms_program **out);
void ms_program_free(ms_program *program);
void ms_program_get_info(const ms_program *program, ms_program_info *info);

/*
** Runs it. No allocation, except when the team has more threads than any team before.
** n == 0 is MS_EARG. The same program, team size and data give the same bits.
*/
ms_status ms_program_run(ms_program *program, ms_team *team, const ms_program_io *io);

/*
** The same for every point on its own: io->gradients is [n, losses, parameters] (needed),
** io->values [n, losses] or NULL, and io->rows is passed over. With losses that sum an
** expression over the points these are the rows of its Jacobian. One point at a time: 10
** to 50 us a row and thread for small networks, against about 1 us for its share of a
** gradient.
*/
ms_status ms_program_run_rows(ms_program *program, ms_team *team,
                              const ms_program_io *io);

#endif
