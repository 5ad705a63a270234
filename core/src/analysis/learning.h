/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value of learning something before choosing, per person, by regression (Strong, Oakley and Brennan 2014): the net benefit of every
 * strategy against the best one is regressed on what is learned; the value is the mean of the highest fitted net benefit minus the highest
 * mean.  With parameters as columns this is EVPPI, with summaries of simulated studies EVSI (Strong et al. 2015).
 *
 * The standard error has two parts, added as variances: the sampling of the draws, and the uncertainty of the regression, by simulating its
 * coefficients 200 times from their posterior, correlated between strategies as the residuals are.
 */
#ifndef TF_ANALYSIS_LEARNING_H
#define TF_ANALYSIS_LEARNING_H

#include "analysis/choice.h"
#include "analysis/surface.h"

enum { TF_LEAST_DRAWS = 50 }; /* a regression on fewer is refused */

typedef enum tf_guard {
    TF_HOLDS,
    TF_CLIPPED, /* outside the bound by no more than its error, and set to the bound */
    TF_VIOLATED /* outside by more: left as it is, and an error */
} tf_guard;
const char *tf_guard_words(tf_guard guard); /* "", "clipped to the bound, within its error", ... */

typedef struct tf_worth {
    double value, se;
    double se_regression; /* the second part of se */
    double freedom;       /* most effective degrees of freedom of the strategies' regressions */
    double raw;           /* the estimate, before a bound clipped it */
    tf_guard guard;
} tf_worth;

/* The value of learning `surface`'s columns at a threshold.  `share` (0..1] shrinks the fitted values to their mean: 1 learns the columns
 * exactly; sqrt(m / (m + m0)) is the Gaussian approximation to data of size m with a prior worth m0 (Jalal and Alarid-Escudero 2018).
 * `through` is NULL, or the regression on the parameters that data tell about: as data say nothing else of the net benefit, what is regressed
 * on the data is the net benefit fitted to those parameters, without the noise of all others; the first regression's error,
 * `through_error`, is then a third part of the standard error. */
trefoil_status tf_worth_of(trefoil_context *context, const tf_psa *psa, const tf_surface *surface, double threshold, double share,
                           const tf_surface *through, double through_error, tf_worth *worth) TF_MUST_USE;

/* Hold `worth` under `most`, the value of knowing more, whose error is `most_se`; three standard errors of the difference are allowed. */
void tf_worth_bound(tf_worth *worth, double most, double most_se);

/* The regression on parameters (indices). */
trefoil_status tf_surface_of_parameters(trefoil_context *context, const tf_psa *psa, const size_t *parameters, size_t n,
                                        tf_surface **surface) TF_MUST_USE;

#endif
