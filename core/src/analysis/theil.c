/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/theil.h"

#include <math.h>

static double r_log_r(double r)
{
    return r > 0 ? r * log(r) : 0;
}

static const char *obstacle(const tf_ranking *d, bool zero_is_fine)
{
    double least = tf_ranking_min(d);

    if (!(d->mean > 0)) {
        return "the mean is 0 or below";
    }
    if (least < 0) {
        return "a value is below 0";
    }
    return least > 0 || zero_is_fine ? NULL : "a value is 0 or below";
}

/* The derivative of T (of L) by the health of group k. */
static double derivative(const tf_ranking *d, size_t k, bool t, double index)
{
    double h = d->health[k];

    return t ? d->share[k] / d->mean * (log(h / d->mean) - index) : d->share[k] * (1 / d->mean - 1 / h);
}

static tf_index measure(const tf_ranking *d, bool t)
{
    double sum = 0, squares = 0;

    if (obstacle(d, t)) {
        return tf_index_undefined(obstacle(d, t));
    }
    for (size_t k = 0; k < d->n; k++) {
        double r = d->health[k] / d->mean;

        sum += d->share[k] * (t ? r_log_r(r) : -log(r));
    }
    for (size_t k = 0; d->error && k < d->n; k++) {
        double change = d->error[k] > 0 ? d->error[k] * derivative(d, k, t, sum) : 0;

        squares += change * change;
    }
    return tf_index_of(sum, d->error && isfinite(squares) ? sqrt(squares) : (double)NAN);
}

tf_index tf_theil_t(const tf_ranking *d)
{
    return measure(d, true);
}

tf_index tf_theil_l(const tf_ranking *d)
{
    return measure(d, false);
}

static tf_theil_split split(const tf_ranking *d, const size_t *part, size_t n_parts, bool t)
{
    tf_theil_split made = {.undefined = obstacle(d, t)};

    if (made.undefined) {
        made.total = made.between = made.within = NAN;
        return made;
    }
    made.total = measure(d, t).value;
    for (size_t p = 0; p < n_parts; p++) {
        double share = 0, mean = 0, inside = 0;

        for (size_t k = 0; k < d->n; k++) {
            share += part[d->row[k]] == p ? d->share[k] : 0;
            mean += part[d->row[k]] == p ? d->share[k] * d->health[k] : 0;
        }
        if (!(share > 0) || (t && !(mean > 0))) {
            continue; /* nobody, or nobody with any health: adds 0 to both */
        }
        mean /= share;
        for (size_t k = 0; k < d->n; k++) {
            if (part[d->row[k]] == p) {
                double r = d->health[k] / mean;

                inside += d->share[k] / share * (t ? r_log_r(r) : -log(r));
            }
        }
        made.between += share * (t ? r_log_r(mean / d->mean) : -log(mean / d->mean));
        made.within += share * (t ? mean / d->mean : 1) * inside;
    }
    return made;
}

tf_theil_split tf_theil_t_split(const tf_ranking *d, const size_t *part, size_t n_parts)
{
    return split(d, part, n_parts, true);
}

tf_theil_split tf_theil_l_split(const tf_ranking *d, const size_t *part, size_t n_parts)
{
    return split(d, part, n_parts, false);
}
