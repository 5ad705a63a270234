/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/estimate.h"

#include <math.h>

size_t tf_sample_size(const tf_sample *sample)
{
    return sample->n_draws > 0 ? sample->n_draws : sample->base != NULL;
}

const tf_outcome *tf_sample_at(const tf_sample *sample, size_t k)
{
    return sample->n_draws > 0 ? sample->outcomes[k] : sample->base;
}

/* Reorder so that values[k] is the k-th smallest, smaller ones before it and larger ones behind: Hoare's selection, on the median of three. */
static void select_smallest(double *values, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        double a = values[low], b = values[low + (high - low) / 2], c = values[high];
        double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        size_t i = low - 1, j = high + 1; /* wraps below 0 and back */

        for (;;) {
            do {
                i++;
            } while (values[i] < pivot);
            do {
                j--;
            } while (values[j] > pivot);
            if (i >= j) {
                break;
            }
            double swap = values[i];
            values[i] = values[j];
            values[j] = swap;
        }
        if (k <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
}

/* The quantile of unsorted values, between neighbours as R's type 7; they are reordered. */
static double quantile(double *values, size_t n, double share)
{
    double at = share * (double)(n - 1), next;
    size_t k = (size_t)at;

    select_smallest(values, n, k);
    if (k + 1 == n) {
        return values[k];
    }
    next = values[k + 1];
    for (size_t i = k + 2; i < n; i++) {
        next = values[i] < next ? values[i] : next;
    }
    return (1 - (at - (double)k)) * values[k] + (at - (double)k) * next;
}

tf_estimate tf_estimate_values(double *values, size_t n, double first_order)
{
    tf_estimate estimate = {NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;

    for (size_t k = 0; k < n; k++) {
        sum += values[k] - values[0];
    }
    estimate.value = values[0] + sum / (double)n;
    if (n < 2) {
        estimate.mcse = sqrt(first_order);
        return estimate;
    }
    for (size_t k = 0; k < n; k++) {
        squares += (values[k] - estimate.value) * (values[k] - estimate.value);
    }
    estimate.mcse = sqrt(squares / (double)(n - 1) / (double)n);
    estimate.lo = quantile(values, n, 0.025);
    estimate.hi = quantile(values, n, 0.975);
    return estimate;
}

/* What a total is divided by: 1, or the persons of the group; NAN when there are none. */
static double people_of(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcome, const tf_estimand *estimand)
{
    double people;

    if (!estimand->per_person) {
        return 1;
    }
    people = persons < 0 ? 0 : outcome->total[tf_at(layout, estimand->group, (size_t)persons, TF_UNDISCOUNTED)];
    return people > 0 ? people : (double)NAN;
}

static double value_of(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcome, const tf_estimand *estimand)
{
    return outcome->total[tf_at(layout, estimand->group, estimand->measure, estimand->discounted)] /
           people_of(layout, persons, outcome, estimand);
}

double tf_estimand_value(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand)
{
    double value = value_of(layout, persons, &outcomes[estimand->strategy], estimand);

    return estimand->difference ? value - value_of(layout, persons, &outcomes[layout->comparator], estimand) : value;
}

double tf_estimand_variance(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand)
{
    const tf_outcome *outcome = &outcomes[estimand->strategy];
    const double *variance = estimand->difference ? outcome->difference_variance : outcome->variance;
    double people = people_of(layout, persons, outcome, estimand);

    return variance[tf_at(layout, estimand->group, estimand->measure, estimand->discounted)] / (people * people);
}

tf_pair tf_estimand_pair(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand)
{
    tf_estimand of = *estimand;
    tf_pair pair;
    double difference;

    of.difference = false;
    pair.a = tf_estimand_value(layout, persons, outcomes, &of);
    pair.variance_a = tf_estimand_variance(layout, persons, outcomes, &of);
    of.difference = true;
    difference = tf_estimand_variance(layout, persons, outcomes, &of);
    of.difference = false;
    of.strategy = layout->comparator;
    pair.b = tf_estimand_value(layout, persons, outcomes, &of);
    pair.variance_b = tf_estimand_variance(layout, persons, outcomes, &of);
    pair.covariance = (pair.variance_a + pair.variance_b - difference) / 2;
    return pair;
}

double tf_pair_variance(const tf_pair *pair, double x, double y)
{
    return fmax(0, x * x * pair->variance_a + y * y * pair->variance_b + 2 * x * y * pair->covariance);
}

tf_estimate tf_estimand_estimate(const tf_layout *layout, ptrdiff_t persons, const tf_sample *sample, const tf_estimand *estimand,
                                 double *scratch)
{
    size_t n = tf_sample_size(sample);

    for (size_t k = 0; k < n; k++) {
        scratch[k] = tf_estimand_value(layout, persons, tf_sample_at(sample, k), estimand);
        if (isnan(scratch[k])) {
            return (tf_estimate){NAN, NAN, NAN, NAN};
        }
    }
    return tf_estimate_values(scratch, n, tf_estimand_variance(layout, persons, tf_sample_at(sample, 0), estimand));
}
