/*
** Gradient descent with momentum (Polyak 1964, doi:10.1016/0041-5553(64)90137-5;
** Nesterov's form as in Sutskever et al., ICML 2013):
**   g = d + weight_decay theta,  v <- momentum v + g,
**   theta <- theta - lr v,  or with nesterov  theta - lr (g + momentum v).
*/
#include "optim/optimizer.h"

#include <math.h>

enum { LR, MOMENTUM, NESTEROV, WEIGHT_DECAY };
enum { VELOCITY };

/* 'mask' is NULL or not at every call of this, so that each gets a loop of its own. */
static inline void update(const double *option, size_t n, double *restrict theta,
                          const double *restrict d, double *restrict velocity,
                          const double *restrict mask) {
  double lr = option[LR], momentum = option[MOMENTUM], decay = option[WEIGHT_DECAY];
  int nesterov = option[NESTEROV] != 0;
  for (size_t i = 0; i < n; i++) {
    double g = d[i] + decay * theta[i];
    double v = momentum * velocity[i] + g;
    double step = nesterov ? g + momentum * v : v;
    int keep = mask != NULL && mask[i] == 0;
    velocity[i] = keep ? 0 : v;
    theta[i] = keep ? theta[i] : theta[i] - lr * step;
  }
}

static void step(ms_method *method, size_t n, double *theta, const double *d,
                 const double *mask) {
  if (mask == NULL)
    update(method->option, n, theta, d, method->state[VELOCITY], NULL);
  else
    update(method->option, n, theta, d, method->state[VELOCITY], mask);
}

const ms_optimizer ms_optimizer_sgd = {
  .record = {
    .family = "optimizer",
    .name = "sgd",
    .summary = "gradient descent, with momentum if wanted",
    .paper = "doi:10.1016/0041-5553(64)90137-5",
    .options = {
      [LR] = MS_NUMBER_OPTION("lr", 1e-2, 0, INFINITY, "learning rate"),
      [MOMENTUM] = MS_BELOW_OPTION("momentum", 0, 0, 1, "part of the velocity kept"),
      [NESTEROV] = MS_BOOLEAN_OPTION("nesterov", 0, "look ahead along the velocity"),
      [WEIGHT_DECAY] = MS_NUMBER_OPTION("weight_decay", 0, 0, INFINITY,
                                        "pull to zero, added to the direction"),
    },
    .slots = {
      [VELOCITY] = MS_SLOT("velocity", "decaying sum of the directions", MS_PARAMS),
    },
  },
  .step = step,
};
