/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number with its Monte Carlo error.  The value is the mean over the probabilistic draws, or the base case when there are none.  With
 * K >= 2 draws mcse = sd over draws / sqrt(K), which contains both kinds of error (luck of people, parameters), and lo and hi are the 2.5
 * and 97.5 percentiles over draws (type 7).  With fewer draws mcse is first order only, and lo and hi are not defined.
 * NAN means not defined.
 */
#ifndef TF_ANALYSIS_ESTIMATE_H
#define TF_ANALYSIS_ESTIMATE_H

#include "store/store.h"

typedef struct tf_estimate {
    double value, mcse, lo, hi;
} tf_estimate;

/* How many outcomes stand behind an estimate (draws, or 1 for the base case alone), and the k-th of them: [strategy]. */
size_t tf_sample_size(const tf_sample *sample);
const tf_outcome *tf_sample_at(const tf_sample *sample, size_t k);

/* From `n` >= 1 values, which may be reordered; `first_order` is the variance used when n is 1. */
tf_estimate tf_estimate_values(double *values, size_t n, double first_order);

/* What is estimated: the total of a measure in a group, or its difference from the comparator. */
typedef struct tf_estimand {
    size_t strategy, group, measure;
    int discounted;  /* TF_UNDISCOUNTED, TF_DISCOUNTED */
    bool difference; /* from the comparator, paired by person */
    bool per_person; /* divided by the persons of the group; not defined when it has none */
} tf_estimand;

/* Its value in one outcome.  `persons` is the measure of that name, or -1. */
double tf_estimand_value(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand);
/* Its first-order variance there. */
double tf_estimand_variance(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand);
/* A value under a strategy (a) and under the comparator (b), with their first-order variances. */
typedef struct tf_pair {
    double a, b;
    double variance_a, variance_b, covariance;
} tf_pair;
/* Of the estimand in one outcome; its `difference` is not looked at. */
tf_pair tf_estimand_pair(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, const tf_estimand *estimand);
/* The variance of x a + y b. */
double tf_pair_variance(const tf_pair *pair, double x, double y);
/* First-order variance of a strategy's net benefit per person of all, threshold x qaly - cost, both discounted; or of its paired difference from
 * the comparator's.  NAN when costs or QALYs are not counted. */
double tf_benefit_variance(const tf_layout *layout, ptrdiff_t persons, const tf_outcome *outcomes, size_t strategy, bool difference,
                           double threshold);

#endif
