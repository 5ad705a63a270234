/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/gini.h"

#include "analysis/concentration.h"

#include <math.h>

tf_index tf_gini(const tf_ranking *d)
{
    tf_index index;

    if (tf_ranking_min(d) < 0) {
        return tf_index_undefined("a value is below 0");
    }
    if (d->n == 1 && d->mean > 0) {
        return tf_index_of(0, NAN);
    }
    index = tf_concentration(d);
    index.error = NAN; /* it would have to know which groups exchange ranks */
    return index;
}

tf_index tf_gini_ede(const tf_ranking *d, double eta)
{
    double sum = 0;

    if (!(eta >= 1)) {
        return tf_index_undefined("eta is below 1");
    }
    for (size_t k = 0; k < d->n; k++) {
        double before = fmin(1, 1 - d->ridit[k] + d->tied[k] / 2), after = fmax(0, 1 - d->ridit[k] - d->tied[k] / 2);

        sum += d->share[k] / d->tied[k] * (d->health[k] - d->mean) * (pow(before, eta) - pow(after, eta));
    }
    return tf_index_of(d->mean + sum, NAN);
}
