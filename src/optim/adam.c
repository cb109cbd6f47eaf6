/*
** Adam (Kingma and Ba, ICLR 2015, arXiv:1412.6980), with the decoupled weight decay of
** Loshchilov and Hutter (ICLR 2019, arXiv:1711.05101) or the coupled one:
**   g = d (+ weight_decay theta, if coupled),  t <- t + 1,
**   m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,
**   theta <- theta (1 - lr weight_decay, if decoupled)
**            - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
** 1 - beta^t is formed as -expm1(t log(beta)), exact to the last digits near beta = 1.
*/
#include "optim/optimizer.h"

#include <math.h>

enum { LR, BETA1, BETA2, EPSILON, WEIGHT_DECAY, DECOUPLED };
enum { M, V, T };

typedef struct rates {
  double beta1, rest1, beta2, rest2; /* beta and 1 - beta */
  double lr, scale, epsilon;         /* lr / (1 - beta1^t), 1 / (1 - beta2^t) */
  double coupled, shrink;            /* g += coupled theta; theta *= shrink */
} rates;

static double bias(double beta, double t) {
  return beta > 0 ? -expm1(t * log(beta)) : 1;
}

static rates rates_at(const double *option, double t) {
  double decay = option[WEIGHT_DECAY];
  rates r;
  r.beta1 = option[BETA1];
  r.rest1 = 1 - r.beta1;
  r.beta2 = option[BETA2];
  r.rest2 = 1 - r.beta2;
  r.lr = option[LR] / bias(r.beta1, t);
  r.scale = 1 / bias(r.beta2, t);
  r.epsilon = option[EPSILON];
  r.coupled = option[DECOUPLED] != 0 ? 0 : decay;
  r.shrink = option[DECOUPLED] != 0 ? 1 - option[LR] * decay : 1;
  return r;
}

/* 'mask' is NULL or not at every call of this, so that each gets a loop of its own. */
static inline void update(rates r, size_t n, double *restrict theta,
                          const double *restrict d, double *restrict first,
                          double *restrict second, const double *restrict mask) {
  for (size_t i = 0; i < n; i++) {
    double g = d[i] + r.coupled * theta[i];
    double m = r.beta1 * first[i] + r.rest1 * g;
    double v = r.beta2 * second[i] + r.rest2 * g * g;
    double next = theta[i] * r.shrink - r.lr * m / (sqrt(v * r.scale) + r.epsilon);
    int keep = mask != NULL && mask[i] == 0;
    first[i] = keep ? 0 : m;
    second[i] = keep ? 0 : v;
    theta[i] = keep ? theta[i] : next;
  }
}

static void step(ms_method *method, size_t n, double *theta, const double *d,
                 const double *mask) {
  double *const *state = method->state;
  rates r = rates_at(method->option, ++state[T][0]);
  if (mask == NULL)
    update(r, n, theta, d, state[M], state[V], NULL);
  else
    update(r, n, theta, d, state[M], state[V], mask);
}

/* 1 / (sqrt(v / (1 - beta2^t)) + epsilon): huge where no step has come by yet. */
static void preconditioner(const ms_method *method, size_t n, double *out) {
  rates r = rates_at(method->option, fmax(method->state[T][0], 1));
  for (size_t i = 0; i < n; i++)
    out[i] = 1 / (sqrt(method->state[V][i] * r.scale) + r.epsilon);
}

const ms_optimizer ms_optimizer_adam = {
  .record = {
    .family = "optimizer",
    .name = "adam",
    .summary = "steps scaled by running moments of the direction",
    .paper = "arXiv:1412.6980, arXiv:1711.05101",
    .options = {
      [LR] = MS_NUMBER_OPTION("lr", 1e-3, 0, INFINITY, "learning rate"),
      [BETA1] = MS_BELOW_OPTION("beta1", 0.9, 0, 1, "memory of the first moment"),
      [BETA2] = MS_BELOW_OPTION("beta2", 0.999, 0, 1, "memory of the second moment"),
      [EPSILON] = MS_NUMBER_OPTION("epsilon", 1e-8, 0, INFINITY,
                                   "added to the root of the second moment"),
      [WEIGHT_DECAY] = MS_NUMBER_OPTION("weight_decay", 0, 0, INFINITY, "pull to zero"),
      [DECOUPLED] = MS_BOOLEAN_OPTION("decoupled", 1,
                                      "decay the parameters, not the direction"),
    },
    .slots = {
      [M] = MS_SLOT("m", "first moment", MS_PARAMS),
      [V] = MS_SLOT("v", "second moment", MS_PARAMS),
      [T] = MS_SLOT("t", "steps taken", MS_ONE),
    },
  },
  .step = step,
  .preconditioner = preconditioner,
};
