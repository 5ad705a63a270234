/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the Monte Carlo error of a mean over draws comes from.  The draws of a run are the classes of a nested analysis of variance
 * (O'Hagan, Stevenson and Madan 2007): with K draws of n persons
 *
 *     Var(mean) = parameter / K + individual / (K n)
 *
 * `total`, the variance over draws, is parameter + individual / n; `first_order` is individual / n, the luck of the persons simulated.
 * The latter is known for costs and for QALYs but not for their sum, as their covariance between persons is not kept: it is bounded by
 * (sqrt(Vc) +- threshold sqrt(Vq))^2, whatever the covariance.  Both bounds are given, and never more than the total.
 *
 * More draws lower both terms, more persons the second only.  Draws are taken to be independent: under a Latin or Sobol design the
 * error is usually smaller than said here.
 */
#ifndef TF_ANALYSIS_VARIANCE_H
#define TF_ANALYSIS_VARIANCE_H

#include "analysis/estimate.h"

/* Of one strategy's incremental net monetary benefit per person at one threshold, discounted, against the comparator. */
typedef struct tf_variance {
    size_t draws;                        /* K */
    double persons;                      /* n: simulated in each draw */
    double mean, mcse;                   /* over draws */
    double total;                        /* variance over draws; NAN with fewer than two draws, and so is all that follows */
    double first_order, first_order_least; /* mean over draws of the upper and the lower bound */
    double parameter;                    /* total - first_order, at least 0: what parameters contribute at the least */
    double wanted;                       /* standard error: 1% of |mean|, or as asked */
    double draws_wanted;                 /* draws of n persons that would have it; NAN when wanted is 0 */
    double persons_wanted;               /* persons in each of K draws that would, at the least; NAN when no number would */
    double base, gap, gap_mcse;          /* base case; mean - base; sqrt(mcse^2 + first-order bound of the base case).  NAN without it */
} tf_variance;

/* `wanted`: the standard error asked for, or 0 for 1% of the mean.  Layouts without costs, QALYs or persons give NANs. */
tf_variance tf_variance_of(const tf_layout *layout, const tf_sample *sample, size_t strategy, double threshold, double persons, double wanted);

/* What would lower the error. */
typedef enum tf_remedy {
    TF_REMEDY_NONE,   /* no error, or fewer than two draws */
    TF_REMEDY_DRAWS,  /* the luck of persons is under a tenth of the variance, even at its upper bound */
    TF_REMEDY_EITHER, /* it is over nine tenths, even at its lower bound */
    TF_REMEDY_BOTH    /* in between, or not known */
} tf_remedy;
tf_remedy tf_variance_remedy(const tf_variance *variance);

/* Is the gap between mean and base case more than two standard errors, and more than rounding? */
bool tf_variance_bends(const tf_variance *variance);

#endif
