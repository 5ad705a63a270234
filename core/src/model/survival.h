/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Survival families, parametrised as R's flexsurv and stats have them; t in years (or whatever unit the parameters are in), t >= 0:
 *   exponential(rate)          S = exp(-rate t)
 *   weibull(shape, scale)      S = exp(-(t / scale)^shape)
 *   gompertz(shape, rate)      S = exp(-rate / shape (exp(shape t) - 1)); any shape
 *   loglogistic(shape, scale)  S = 1 / (1 + (t / scale)^shape)
 *   lognormal(meanlog, sdlog)  S = 1 - Phi((log t - meanlog) / sdlog)
 *   gengamma(mu, sigma, q)     Prentice's: w = (log t - mu) / sigma; q > 0: S = Q(1/q^2, exp(q w) / q^2); q < 0: P; q = 0 lognormal
 */
#ifndef TF_MODEL_SURVIVAL_H
#define TF_MODEL_SURVIVAL_H

enum { TF_SURVIVAL_MAX = 3, TF_SURVIVALS = 6 };

/* A hazard beyond this is certainty: with it a clock of 53 bits has run out many times over. */
#define TF_HAZARD_MOST 1e4

typedef struct tf_survival {
    const char *name, *parameters; /* "weibull", "shape, scale" */
    int n_parameters;
    double least[TF_SURVIVAL_MAX], most[TF_SURVIVAL_MAX]; /* of its parameters */
    /* log S(t) into *log_survival; NULL, or what is wrong with the parameters ("shape must be above 0"). */
    const char *(*log_survival)(double t, const double *parameters, double *log_survival);
    /* The time at which log S is that; NULL where there is no closed form.  Parameters are right. */
    double (*time)(double log_survival, const double *parameters);
} tf_survival;

/* NULL if there is none of that name.  The names. */
const tf_survival *tf_survival_find(const char *name);
extern const char *const tf_survival_names[TF_SURVIVALS];
/* S(t).  NULL, or what is wrong. */
const char *tf_survival_function(const tf_survival *family, double t, const double *parameters, double *survival);
/* The probability of the event between two times, given none before: 1 - S(to) / S(from).  NULL, or what is wrong. */
const char *tf_survival_probability(const tf_survival *family, double from, double to, const double *parameters, double *probability);
/* The hazard between two times, H(to) - H(from) with H = -log S, at most TF_HAZARD_MOST.  NULL, or what is wrong. */
const char *tf_survival_hazard(const tf_survival *family, double from, double to, const double *parameters, double *hazard);

#endif
