/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything asked of a sample at once: the incremental analysis, the choice at each threshold, EVPPI of sets of parameters and EVSI of
 * studies, with their laws held against each other: EVPI >= EVPPI >= EVSI >= 0, a set of parameters is worth no less than a part of it, a
 * larger study no less than a smaller one.  A law broken by no more than three standard errors sets the number to its bound and says so; one
 * broken by more is counted and told, and the number stays.
 */
#ifndef TF_ANALYSIS_INQUIRY_H
#define TF_ANALYSIS_INQUIRY_H

#include "analysis/study.h"

typedef struct tf_set {
    char *label; /* "a,b" */
    size_t *parameters, n_parameters;
    tf_worth *worths; /* [threshold]: EVPPI */
} tf_set;

typedef struct tf_trial {
    tf_study study;
    tf_worth *evppi; /* [threshold]: of all parameters it tells about */
    tf_worth *evsi;  /* [size * n_thresholds + threshold] */
} tf_trial;

typedef struct tf_inquiry {
    const tf_psa *psa;
    const double *thresholds;
    size_t n_thresholds;
    tf_place_held *places;
    tf_choice **choices; /* [threshold] */
    tf_set *sets;
    size_t n_sets;
    tf_trial *trials;
    size_t n_trials;
    tf_list broken; /* laws broken beyond their errors, in words */
} tf_inquiry;

typedef struct tf_questions {
    const double *thresholds;
    size_t n_thresholds;
    const char *const *sets; /* "a", "a,b", or "each": every parameter that varies, one by one */
    size_t n_sets;
    const char *studies; /* an INI file, or NULL */
} tf_questions;

/* The sample and the thresholds must outlive the inquiry. */
trefoil_status tf_inquiry_create(trefoil_context *context, const tf_psa *psa, const tf_questions *questions, tf_inquiry **inquiry) TF_MUST_USE;
void tf_inquiry_destroy(tf_inquiry *inquiry);

/* Expected net benefit of sampling of a size at a threshold, in money; NAN when the study has no people_per_year. */
double tf_trial_benefit(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold);
/* The cost of delay in it, and its standard error (that of EVSI and that of the gain of the strategy that is best by now, as if independent). */
double tf_trial_delay(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold);
double tf_trial_error(const tf_inquiry *inquiry, const tf_trial *trial, size_t size, size_t threshold);
/* The size with the highest, or n_sizes when none is above 0. */
size_t tf_trial_best(const tf_inquiry *inquiry, const tf_trial *trial, size_t threshold);

/* "20000,30000" or "from:to:step" (at most 1,001 numbers, ascending, none negative) appended to `*thresholds`, which the caller frees.
 * A mistake names the option. */
trefoil_status tf_thresholds_parse(trefoil_context *context, const char *text, double **thresholds, size_t *n) TF_MUST_USE;

#endif
