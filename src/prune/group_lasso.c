/*
** group-lasso: units as a whole (Yuan and Lin, 2006), by proximal steps after each
** optimizer step: for every group g of n_g parameters w_g,
**   w_g <- w_g (1 - lr strength sqrt(n_g) / |w_g|)_+
** with the strength following the ramp (ramp.h). The groups:
**   groups = incoming   the weights that come into a unit, a column of a block
**   groups = both       these and those that leave it, a row of the block that its block
**                       feeds; of units that come out of no block, the latter alone
** With bias = true the unit's bias belongs to its group; without, a unit whose weights
** are gone is a constant, which compaction adds to the biases behind it.
**
** Incoming groups without biases are modsync-p with form = neuron and score = uniform, to
** the bits, as l1 is with form = connection.
**
** With both, a weight between two hidden layers belongs to two groups, for which there is
** no closed form; the maps are then taken one after another, from layer to layer.
*/
#include "prune/ramp.h"
#include "prune/shrink.h"

#include <math.h>

enum { STRENGTH, GROUPS, BIAS, START, FULL, STOP };
enum { INCOMING, BOTH };

typedef struct layer {
  size_t units;
  double *in, *out, *bias; /* [rows, units], [units, cols], [units]; NULL: none */
  size_t rows, cols;
} layer;

/* |w_g|^2 of all units. */
static void add_squares(const layer *at, double *sum) {
  for (size_t j = 0; j < at->units; j++) sum[j] = 0;
  for (size_t i = 0; at->in != NULL && i < at->rows; i++)
    for (size_t j = 0; j < at->units; j++)
      sum[j] += at->in[i * at->units + j] * at->in[i * at->units + j];
  for (size_t j = 0; at->out != NULL && j < at->units; j++)
    for (size_t k = 0; k < at->cols; k++)
      sum[j] += at->out[j * at->cols + k] * at->out[j * at->cols + k];
  for (size_t j = 0; at->bias != NULL && j < at->units; j++)
    sum[j] += at->bias[j] * at->bias[j];
}

/* w_g times factor[g]; a factor of 1 leaves the bits alone. Returns what |w| lost. */
static double multiply(const layer *at, const double *factor) {
  double lost = 0;
  for (size_t i = 0; at->in != NULL && i < at->rows; i++) {
    double *row = at->in + i * at->units;
    for (size_t j = 0; j < at->units; j++) {
      lost += fabs(row[j]) * (1 - factor[j]);
      row[j] *= factor[j];
    }
  }
  for (size_t j = 0; at->out != NULL && j < at->units; j++) {
    double *row = at->out + j * at->cols;
    for (size_t k = 0; k < at->cols; k++) {
      lost += fabs(row[k]) * (1 - factor[j]);
      row[k] *= factor[j];
    }
  }
  for (size_t j = 0; at->bias != NULL && j < at->units; j++) at->bias[j] *= factor[j];
  return lost;
}

/* The proximal step of one layer; 'work' holds a number for every unit. */
static double shrink_layer(const layer *at, double amount, double *work) {
  double n = (double)((at->in != NULL ? at->rows : 0) + (at->out != NULL ? at->cols : 0)
                      + (at->bias != NULL));
  add_squares(at, work);
  for (size_t j = 0; j < at->units; j++) work[j] = ms_group_left(work[j], n, amount);
  return multiply(at, work);
}

/* The units between two blocks; NULL for a block that is not in scope. */
static layer layer_at(const ms_prune_run *run, double *theta, const ms_block *in,
                      const ms_block *out) {
  layer at = {0};
  if (in != NULL) {
    at.units = in->cols;
    at.rows = in->rows;
    at.in = theta + in->offset;
    if (run->method.option[BIAS] != 0 && in->bias != 0) at.bias = theta + in->bias;
  }
  if (out != NULL) {
    at.units = out->rows;
    at.cols = out->cols;
    at.out = theta + out->offset;
  }
  return at;
}

/* Does a block feed block b? */
static int is_fed(const ms_prune_run *run, size_t b) {
  for (size_t i = 0; i < run->method.extent[MS_BLOCKS]; i++)
    if (run->blocks[i].feeds == b + 1) return 1;
  return 0;
}

/* One number for every unit of the widest layer. */
static size_t work(const ms_prune_run *run) {
  size_t most = 1;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    if (run->blocks[b].rows > most) most = run->blocks[b].rows;
    if (run->blocks[b].cols > most) most = run->blocks[b].cols;
  }
  return most;
}

/* A group has the learning rate of the weights that come into its unit, and of those that
   leave it where they are all it has. */
static ms_status apply(ms_prune_run *run, double *theta, const ms_prune_step *step,
                       ms_prune_report *report) {
  const double *option = run->method.option;
  double ramp = ms_ramp(option[START], option[FULL], option[STOP], step->progress);
  double full = step->lr * option[STRENGTH] * ramp;
  if (full == 0) return MS_OK;
  for (size_t b = 0; b < run->method.extent[MS_BLOCKS]; b++) {
    const ms_block *block = &run->blocks[b], *out = NULL;
    double amount = step->rate == NULL ? full : full * step->rate[b];
    layer at;
    if (option[GROUPS] == BOTH && !is_fed(run, b)) {
      at = layer_at(run, theta, NULL, block);
      report->shrunk += shrink_layer(&at, amount, run->work);
    }
    if (option[GROUPS] == BOTH && block->feeds != 0)
      out = &run->blocks[block->feeds - 1];
    at = layer_at(run, theta, block, out);
    report->shrunk += shrink_layer(&at, amount, run->work);
  }
  return MS_OK;
}

const ms_prune ms_prune_group_lasso = {
  .record = {
    .family = "prune",
    .name = "group-lasso",
    .summary = "shrinks whole units: group lasso by proximal steps",
    .paper = "doi:10.1111/j.1467-9868.2005.00532.x",
    .options = {
      [STRENGTH] = MS_NUMBER_OPTION("strength", 0.03, 0, INFINITY,
                                    "pull in units of the learning rate; 0: none"),
      [GROUPS] = MS_CHOICE_OPTION("groups", "incoming|both",
                                  "the weights that come into a unit, or also those that "
                                  "leave it"),
      [BIAS] = MS_BOOLEAN_OPTION("bias", 0, "the unit's bias belongs to its group"),
      MS_RAMP_OPTIONS(0.1, 0.3, 0.75),
    },
  },
  .apply = apply,
  .work = work,
};
