/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/maths.h"

#include "base/fast.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Rational functions of degree 7 (algorithm PPND16), for the middle, the shoulders and the tails. */
static const double middle_above[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                       1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                       3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double middle_below[8] = {1.0,                      4.2313330701600911252e+1, 6.8718700749205790830e+2,
                                       5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4,
                                       2.8729085735721942674e+4, 5.2264952788528545610e+3};
static const double shoulder_above[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
                                         3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                         2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double shoulder_below[8] = {1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,
                                         6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
                                         5.47593808499534494600e-4, 1.05075007164441684324e-9};
static const double tail_above[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double tail_below[8] = {1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1,
                                     1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                     1.42151175831644588870e-7, 2.04426310338993978564e-15};

static inline __attribute__((always_inline)) double ratio(const double above[8], const double below[8], double x)
{
    double a = above[7], b = below[7];

    for (int k = 6; k >= 0; k--) {
        a = a * x + above[k];
        b = b * x + below[k];
    }
    return a / b;
}

double tf_normal_quantile(double p)
{
    double q = p - 0.5, r, value;

    if (!(p > 0.0 && p < 1.0)) {
        return p == 0.0 ? -INFINITY : p == 1.0 ? INFINITY : NAN;
    }
    if (fabs(q) <= 0.425) {
        return q * ratio(middle_above, middle_below, 0.180625 - q * q);
    }
    r = q < 0.0 ? p : 1.0 - p;
    /* tf_log takes normal numbers; 2^-64 brings the others there. */
    r = r < DBL_MIN ? 64.0 * 0.69314718055994530942 - tf_log(r * 18446744073709551616.0) : -tf_log(r);
    r = sqrt(r);
    value = r <= 5.0 ? ratio(shoulder_above, shoulder_below, r - 1.6) : ratio(tail_above, tail_below, r - 5.0);
    return q < 0.0 ? -value : value;
}

/* As if all were in the middle. */
TF_FAST static void middle_of(const double *restrict p, double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        double q = p[i] - 0.5;
        x[i] = q * ratio(middle_above, middle_below, 0.180625 - q * q);
    }
}

void tf_normal_quantiles(double *p, size_t n)
{
    enum { AT_ONCE = 64 };
    double x[AT_ONCE];

    for (size_t i = 0; i < n; i += AT_ONCE) {
        size_t here = n - i < AT_ONCE ? n - i : AT_ONCE;
        middle_of(p + i, x, here);
        for (size_t j = 0; j < here; ++j)
            p[i + j] = fabs(p[i + j] - 0.5) <= 0.425 ? x[j] : tf_normal_quantile(p[i + j]);
    }
}
