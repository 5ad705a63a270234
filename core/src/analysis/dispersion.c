/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/dispersion.h"

#include <math.h>

static double variance_of(const tf_ranking *d)
{
    double sum = 0;

    for (size_t k = 0; k < d->n; k++) {
        sum += d->share[k] * (d->health[k] - d->mean) * (d->health[k] - d->mean);
    }
    return sum;
}

static double variance_error(const tf_ranking *d)
{
    double se2 = 0, s2 = 0, s4 = 0, se4 = 0;

    for (size_t k = 0; d->error && k < d->n; k++) {
        double f = d->share[k], v = d->error[k] * d->error[k], x = d->health[k] - d->mean;

        se2 += f * f * v * x * x;
        s2 += f * f * v;
        s4 += f * f * f * f * v * v;
        se4 += f * f * (1 - f) * (1 - f) * v * v;
    }
    return d->error ? sqrt(4 * se2 + 2 * (s2 * s2 - s4 + se4)) : (double)NAN;
}

tf_index tf_between_group_variance(const tf_ranking *d)
{
    return tf_index_of(variance_of(d), variance_error(d));
}

tf_index tf_between_group_deviation(const tf_ranking *d)
{
    double deviation = sqrt(variance_of(d));

    return tf_index_of(deviation, deviation > 0 ? variance_error(d) / (2 * deviation) : (double)NAN);
}

tf_index tf_coefficient_of_variation(const tf_ranking *d)
{
    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    return tf_index_of(sqrt(variance_of(d)) / d->mean, NAN);
}

tf_index tf_index_of_disparity(const tf_ranking *d, bool weighted)
{
    double sum = 0;

    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    for (size_t k = 0; k < d->n; k++) {
        sum += (weighted ? d->share[k] : 1 / (double)d->n) * fabs(d->health[k] - d->mean);
    }
    return tf_index_of(sum / d->mean, NAN);
}

static double reference(const tf_ranking *d, bool good)
{
    if (d->ranked) {
        return tf_ranking_last(d).value;
    }
    return good ? tf_ranking_max(d) : tf_ranking_min(d);
}

tf_index tf_attributable_risk(const tf_ranking *d, bool good)
{
    return tf_index_of(reference(d, good) - d->mean, NAN);
}

tf_index tf_attributable_fraction(const tf_ranking *d, bool good)
{
    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    return tf_index_of((reference(d, good) - d->mean) / d->mean, NAN);
}
