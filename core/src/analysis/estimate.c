/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/estimate.h"

#include "store/export.h"

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

/* ---- both tails of many values --------------------------------------------------------------- */

enum { FEW = 1000, MANY = 100000, FEW_PROBES = 400, FEW_FOR = 40000, PROBES = 1500, TAIL = 4096, STEP = 64 };

/* Smallest values first found in a sample of them: what lies beyond a threshold that few values pass is copied, and selected from there. */
typedef struct tail {
    double values[TAIL + STEP];
    double threshold;
    size_t n;
} tail;

static double probe(const double *values, size_t n, double share, double sign)
{
    double probes[PROBES];
    size_t count = n < FEW_FOR ? FEW_PROBES : PROBES;
    double rank = share * (double)count + 3.5 * sqrt(share * (1 - share) * (double)count) + 1;

    for (size_t k = 0; k < count; k++) {
        probes[k] = sign * values[k * n / count];
    }
    select_smallest(probes, count, (size_t)rank);
    return probes[(size_t)rank];
}

/* Those of sign * values that are not above its threshold; false when there are too many. */
static bool collect(const double *values, size_t n, double sign, tail *to)
{
    to->n = 0;
    for (size_t k = 0; k < n; k += STEP) {
        const size_t end = k + STEP < n ? k + STEP : n;

        if (to->n > TAIL) {
            return false;
        }
        for (size_t i = k; i < end; i++) {
            double value = sign * values[i];

            to->values[to->n] = value;
            to->n += value <= to->threshold;
        }
    }
    return to->n <= TAIL;
}

/* The k-th and the next of the sorted tail; false when it does not reach as far. */
static bool neighbours(tail *of, size_t k, double *at, double *next)
{
    if (of->n < k + 2) {
        return false;
    }
    select_smallest(of->values, of->n, k);
    *at = of->values[k];
    *next = of->values[k + 1];
    for (size_t i = k + 2; i < of->n; i++) {
        *next = of->values[i] < *next ? of->values[i] : *next;
    }
    return true;
}

/* The `share` and 1 - share quantiles, as quantile() has them; false when that must be asked. */
static bool tails(const double *values, size_t n, double share, double *lo, double *hi)
{
    const double low = share * (double)(n - 1), high = (1 - share) * (double)(n - 1);
    const size_t k = (size_t)low, top = n - 1 - (size_t)high; /* the high one's place from above */
    double at, next;
    tail of;

    if (n < FEW || n > MANY || top == 0) {
        return false;
    }
    of.threshold = probe(values, n, share, 1);
    if (!collect(values, n, 1, &of) || !neighbours(&of, k, &at, &next)) {
        return false;
    }
    *lo = (1 - (low - (double)k)) * at + (low - (double)k) * next;
    of.threshold = probe(values, n, share, -1);
    if (!collect(values, n, -1, &of) || !neighbours(&of, top - 1, &next, &at)) {
        return false;
    }
    *hi = (1 - (high - floor(high))) * -at + (high - floor(high)) * -next;
    return true;
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
    if (!tails(values, n, 0.025, &estimate.lo, &estimate.hi)) {
        estimate.lo = quantile(values, n, 0.025);
        estimate.hi = quantile(values, n, 0.975);
    }
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

double tf_benefit_variance(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, size_t strategy, bool difference,
                           double threshold)
{
    const ptrdiff_t cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");
    const tf_outcome *outcome = &outcomes[strategy];
    tf_estimand estimand = {.strategy = strategy, .discounted = TF_DISCOUNTED, .difference = difference, .per_person = true};
    double people = people_of(layout, persons, outcome, &estimand), money, health;

    if (cost < 0 || qaly < 0) {
        return NAN;
    }
    estimand.measure = (size_t)cost;
    money = tf_estimand_variance(layout, persons, outcomes, &estimand);
    estimand.measure = (size_t)qaly;
    health = tf_estimand_variance(layout, persons, outcomes, &estimand);
    return fmax(0, threshold * threshold * health + money -
                       2 * threshold * outcome->covariance[tf_at_covariance(0, difference)] / (people * people));
}
