/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the Monte Carlo error of a mean over draws comes from.  The draws of a run are the classes of a nested analysis of variance
 * (O'Hagan, Stevenson and Madan 2007, Health Econ 16:1009): with K draws of n persons
 *
 *     Var(mean) = parameter / K + individual / (K n)
 *
 * `total`, the variance over draws, is parameter + individual / n; `first_order` is individual / n, the luck of the persons simulated: the
 * mean over draws of the variances within them, Vc + threshold^2 Vq - 2 threshold Cov, from the spread between 16 batches of persons.  Both
 * are estimates: first_order may exceed total when draws are few; parameter is then 0.
 *
 * More draws lower both terms, more persons the second only.  Draws are taken to be independent: under a Latin or Sobol design the
 * error is usually smaller than said here.
 */
#ifndef TF_ANALYSIS_VARIANCE_H
#define TF_ANALYSIS_VARIANCE_H

#include "analysis/columns.h"

/* Of one strategy's incremental net monetary benefit per person at one threshold, discounted, against the comparator. */
typedef struct tf_variance {
    size_t draws;                        /* K */
    double persons;                      /* n: simulated in each draw */
    double mean, mcse;                   /* over draws */
    double total;                        /* variance over draws; NAN with fewer than two draws, and so is all that follows */
    double first_order;                  /* mean over draws */
    double parameter;                    /* total - first_order, at least 0 */
    double wanted;                       /* standard error: 1% of |mean|, or as asked */
    double draws_wanted;                 /* draws of n persons that would have it; NAN when wanted is 0 */
    double persons_wanted;               /* persons in each of K draws that would; NAN when no number would */
    double base, gap, gap_mcse;          /* base case; mean - base; sqrt(mcse^2 + first-order variance of the base case).  NAN without it */
} tf_variance;

/* `wanted`: the standard error asked for, or 0 for 1% of the mean.  Layouts without costs, QALYs or persons give NANs.
 * The columns' scratch is used. */
tf_variance tf_variance_of(tf_columns *columns, size_t strategy, double threshold, double persons, double wanted);

/* What would lower the error. */
typedef enum tf_remedy {
    TF_REMEDY_NONE,   /* no error, or fewer than two draws */
    TF_REMEDY_DRAWS,  /* the luck of persons is under a tenth of the variance */
    TF_REMEDY_EITHER, /* it is over nine tenths */
    TF_REMEDY_BOTH    /* in between, or not known */
} tf_remedy;
tf_remedy tf_variance_remedy(const tf_variance *variance);

/* Is the gap between mean and base case more than two standard errors, and more than rounding? */
bool tf_variance_bends(const tf_variance *variance);

#endif
