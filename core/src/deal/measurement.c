/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/measurement.h"

#include "random/maths.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

tf_measurement tf_measurement_exact(void)
{
    return (tf_measurement){.sensitivity = 1, .specificity = 1, .completeness = 1};
}

bool tf_measurement_of_share(const tf_measurement *m)
{
    return m->specificity < 1 || m->undocumented > 0;
}

double tf_measurement_expected(const tf_measurement *m, double truth)
{
    return m->completeness * (m->sensitivity * truth + (1 - m->specificity) * (1 - truth)) +
           (1 - m->completeness) * m->undocumented + m->bias;
}

double tf_binomial_quantile(double n, double p, double u)
{
    /* From the normal approximation to the exact answer, a few steps away. */
    double k = fmin(n, fmax(0, floor(n * p + sqrt(n * p * (1 - p)) * tf_normal_quantile(u))));

    if (p <= 0 || p >= 1) {
        return p <= 0 ? 0 : n;
    }
    while (k < n && gsl_cdf_binomial_P((unsigned)k, p, (unsigned)n) < u) {
        k++;
    }
    while (k > 0 && gsl_cdf_binomial_P((unsigned)k - 1, p, (unsigned)n) >= u) {
        k--;
    }
    return k;
}

double tf_measurement_drawn(const tf_measurement *m, double truth, double patients, double sample_luck, double area_luck)
{
    double value = tf_measurement_expected(m, truth);

    if (m->area_sd > 0) {
        value += m->area_sd * tf_normal_quantile(area_luck);
    }
    if (patients >= 1) {
        double n = floor(patients);

        return tf_binomial_quantile(n, fmin(1, fmax(0, value)), sample_luck) / n;
    }
    return m->sd > 0 ? value + m->sd * tf_normal_quantile(sample_luck) : value;
}
