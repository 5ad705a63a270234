/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *exponential(double t, const double *p, double *log_survival)
{
    *log_survival = -p[0] * t;
    return p[0] >= 0 ? NULL : "rate must be at least 0";
}

static const char *weibull(double t, const double *p, double *log_survival)
{
    *log_survival = -pow(t / p[1], p[0]);
    return !(p[0] > 0) ? "shape must be above 0" : !(p[1] > 0) ? "scale must be above 0" : NULL;
}

static const char *gompertz(double t, const double *p, double *log_survival)
{
    *log_survival = p[0] == 0 ? -p[1] * t : -p[1] / p[0] * expm1(p[0] * t);
    return p[1] >= 0 ? NULL : "rate must be at least 0";
}

static const char *loglogistic(double t, const double *p, double *log_survival)
{
    *log_survival = -log1p(pow(t / p[1], p[0]));
    return !(p[0] > 0) ? "shape must be above 0" : !(p[1] > 0) ? "scale must be above 0" : NULL;
}

static const char *lognormal(double t, const double *p, double *log_survival)
{
    *log_survival = t > 0 ? log(gsl_cdf_ugaussian_Q((log(t) - p[0]) / p[1])) : 0;
    return p[1] > 0 ? NULL : "sdlog must be above 0";
}

static const char *gengamma(double t, const double *p, double *log_survival)
{
    double mu = p[0], sigma = p[1], q = p[2], w, x;

    if (!(sigma > 0)) {
        return "sigma must be above 0";
    }
    *log_survival = 0;
    if (t > 0) {
        w = (log(t) - mu) / sigma;
        x = exp(q * w) / (q * q);
        *log_survival = log(q == 0  ? gsl_cdf_ugaussian_Q(w)
                            : q > 0 ? gsl_cdf_gamma_Q(x, 1 / (q * q), 1)
                                    : gsl_cdf_gamma_P(x, 1 / (q * q), 1));
    }
    return NULL;
}

static double time_exponential(double log_survival, const double *p)
{
    return -log_survival / p[0];
}

static double time_weibull(double log_survival, const double *p)
{
    return p[1] * pow(-log_survival, 1 / p[0]);
}

static double time_gompertz(double log_survival, const double *p)
{
    return p[0] == 0 ? -log_survival / p[1] : log1p(-log_survival * p[0] / p[1]) / p[0];
}

static double time_loglogistic(double log_survival, const double *p)
{
    return p[1] * pow(expm1(-log_survival), 1 / p[0]);
}

#define ABOVE_0 1e-9
#define LARGE 1e9

static const tf_survival families[TF_SURVIVALS] = {
    {"exponential", "rate", 1, {0}, {1e6}, exponential, time_exponential},
    {"weibull", "shape, scale", 2, {ABOVE_0, ABOVE_0}, {1e3, LARGE}, weibull, time_weibull},
    {"gompertz", "shape, rate", 2, {-1e3, 0}, {1e3, 1e6}, gompertz, time_gompertz},
    {"loglogistic", "shape, scale", 2, {ABOVE_0, ABOVE_0}, {1e3, LARGE}, loglogistic, time_loglogistic},
    {"lognormal", "meanlog, sdlog", 2, {-1e3, ABOVE_0}, {1e3, 1e3}, lognormal, NULL},
    {"gengamma", "mu, sigma, q", 3, {-1e3, ABOVE_0, -1e3}, {1e3, 1e3, 1e3}, gengamma, NULL},
};

const char *const tf_survival_names[TF_SURVIVALS] = {"exponential", "weibull", "gompertz", "loglogistic", "lognormal", "gengamma"};

const tf_survival *tf_survival_find(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (strcmp(families[i].name, name) == 0) {
            return &families[i];
        }
    }
    return NULL;
}

const char *tf_survival_function(const tf_survival *family, double t, const double *parameters, double *survival)
{
    const char *why;

    if (!(t >= 0)) {
        return "the time must be at least 0";
    }
    why = family->log_survival(t, parameters, survival);
    *survival = exp(*survival);
    return why;
}

/* The logarithms of survival at both times. */
static const char *log_survivals(const tf_survival *family, double from, double to, const double *parameters, double *before, double *after)
{
    const char *why;

    if (!(from >= 0 && to >= from)) {
        return "the times must be at least 0, the first not above the second";
    }
    why = family->log_survival(from, parameters, before);
    return why == NULL ? family->log_survival(to, parameters, after) : why;
}

const char *tf_survival_probability(const tf_survival *family, double from, double to, const double *parameters, double *probability)
{
    double before, after;
    const char *why = log_survivals(family, from, to, parameters, &before, &after);

    if (why == NULL) {
        *probability = isfinite(before) ? -expm1(after - before) : 1; /* nobody is left to leave */
    }
    return why;
}

const char *tf_survival_hazard(const tf_survival *family, double from, double to, const double *parameters, double *hazard)
{
    double before, after;
    const char *why = log_survivals(family, from, to, parameters, &before, &after);

    if (why == NULL) {
        *hazard = before - after; /* not a number when nobody is left at `from` */
        *hazard = *hazard < TF_HAZARD_MOST ? *hazard : TF_HAZARD_MOST;
    }
    return why;
}
