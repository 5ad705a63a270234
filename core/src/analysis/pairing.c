/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/pairing.h"

#include "store/export.h"

#include <math.h>

/* Variances add up over draws, whose people are others each time; the mean over K draws has 1 / K^2 of the sum. */
static tf_pairing finish(double difference, double paired, double independent, size_t draws)
{
    const double k = (double)draws;

    return (tf_pairing){difference / k, sqrt(paired) / k, sqrt(independent) / k, paired > 0 ? independent / paired : (double)NAN};
}

bool tf_pairing_exists(const tf_layout *layout, const tf_sample *sample)
{
    for (size_t k = 0; k < tf_sample_size(sample); k++) {
        for (size_t s = 0; s < layout->n_strategies; s++) {
            if (tf_sample_at(sample, k)[s].variance != sample->zeros) {
                return true;
            }
        }
    }
    return false;
}

tf_pairing tf_pairing_of(const tf_layout *layout, ptrdiff_t persons, const tf_sample *sample, size_t strategy, size_t measure, int discounted)
{
    tf_estimand own = {.strategy = strategy, .measure = measure, .discounted = discounted, .per_person = true};
    tf_estimand other = own, change = own;
    double difference = 0, paired = 0, independent = 0;

    if (persons < 0 || strategy == layout->comparator) {
        return (tf_pairing){NAN, NAN, NAN, NAN};
    }
    other.strategy = layout->comparator;
    change.difference = true;
    for (size_t k = 0; k < tf_sample_size(sample); k++) {
        const tf_outcome *outcomes = tf_sample_at(sample, k);

        difference += tf_estimand_value(layout, persons, outcomes, &change);
        paired += tf_estimand_variance(layout, persons, outcomes, &change);
        independent += tf_estimand_variance(layout, persons, outcomes, &own) + tf_estimand_variance(layout, persons, outcomes, &other);
    }
    return finish(difference, paired, independent, tf_sample_size(sample));
}

tf_pairing tf_pairing_of_benefit(const tf_layout *layout, ptrdiff_t persons, const tf_sample *sample, size_t strategy, double threshold)
{
    const ptrdiff_t cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");
    double difference, paired = 0, independent = 0;

    if (persons < 0 || cost < 0 || qaly < 0 || strategy == layout->comparator) {
        return (tf_pairing){NAN, NAN, NAN, NAN};
    }
    for (size_t k = 0; k < tf_sample_size(sample); k++) {
        const tf_outcome *outcomes = tf_sample_at(sample, k);

        paired += tf_benefit_variance(layout, persons, outcomes, strategy, true, threshold);
        independent += tf_benefit_variance(layout, persons, outcomes, strategy, false, threshold) +
                       tf_benefit_variance(layout, persons, outcomes, layout->comparator, false, threshold);
    }
    difference = threshold * tf_pairing_of(layout, persons, sample, strategy, (size_t)qaly, TF_DISCOUNTED).difference -
                 tf_pairing_of(layout, persons, sample, strategy, (size_t)cost, TF_DISCOUNTED).difference;
    return finish(difference * (double)tf_sample_size(sample), paired, independent, tf_sample_size(sample));
}
