/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Studies that could be done before choosing, stated in an INI file:
 *
 *   [study trial]
 *   n = 50, 100, 200, 500            people observed for each outcome
 *   outcome = normal(mean = effect, sd = 40)
 *   outcome_2 = binomial(p = p_stroke)        up to nine: outcome, outcome_2 ... outcome_9
 *   outcome_3 = poisson(rate = falls, years = 2)
 *   cost_fixed = 250000              money, all optional
 *   cost_per_person = 900            for each of n
 *   people_per_year = 12000          whom the decision is about
 *   horizon = 10                     years for which the decision matters
 *   reports_after = 3                years until the result can be used
 *   implementation = 0.7             share of people who get what the result says
 *   discount = 0.035
 *
 * An argument is a number or the name of a parameter.  Instead of outcomes a study may say `learns = a, b` and `prior_size = 50`: the
 * Gaussian approximation of Jalal and Alarid-Escudero (2018), in which n people tell about these parameters as much as n + prior_size
 * people do about a mean whose prior is worth prior_size.
 *
 * EVSI by regression on simulated data: every draw makes one data set, from the draw's own parameters; its summaries (mean, share,
 * events per person-year) are the columns of the regression.  The same luck is used for every n.
 */
#ifndef TF_ANALYSIS_STUDY_H
#define TF_ANALYSIS_STUDY_H

#include "analysis/learning.h"
#include "scenario/config.h"

enum { TF_OUTCOMES = 9, TF_SIZES = 64, TF_LEARNED = 32 };

typedef enum tf_outcome_kind { TF_OUTCOME_NORMAL, TF_OUTCOME_BINOMIAL, TF_OUTCOME_POISSON } tf_outcome_kind;

typedef struct tf_argument {
    double value;        /* when parameter is -1 */
    ptrdiff_t parameter; /* index in the sample */
} tf_argument;

typedef struct tf_study_outcome {
    tf_outcome_kind kind;
    tf_argument arguments[2]; /* mean, sd; p; rate, years */
} tf_study_outcome;

typedef struct tf_study {
    char *name;
    int64_t sizes[TF_SIZES];
    size_t n_sizes;
    tf_study_outcome outcomes[TF_OUTCOMES];
    size_t n_outcomes;
    size_t learned[TF_LEARNED]; /* parameters that the study tells about */
    size_t n_learned;
    double prior_size; /* NAN: data are simulated */
    double cost_fixed, cost_per_person, people_per_year, horizon, reports_after, implementation, discount;
    bool priced; /* people_per_year and horizon are given, so a net benefit of sampling is known */
} tf_study;

/* Read one section.  Mistakes are recorded with file and line: unknown parameters, a probability outside [0, 1] in a draw ... */
trefoil_status tf_study_read(trefoil_context *context, tf_config *config, size_t section, const tf_psa *psa, tf_study *study) TF_MUST_USE;
void tf_study_free(tf_study *study);

/* What is learned from n people, as a regression; and the share of tf_worth_of (1 unless prior_size is given). */
trefoil_status tf_study_surface(trefoil_context *context, const tf_study *study, const tf_psa *psa, int64_t n, tf_surface **surface,
                                double *share) TF_MUST_USE;

/* Money: EVSI of all people who decide after the study reports; the study's cost; their difference is the expected net benefit of sampling.
 * People of year t (0, 1, ...) count from reports_after up to the horizon, in parts of years, discounted by (1 + discount)^-t. */
double tf_study_people(const tf_study *study);
double tf_study_cost(const tf_study *study, int64_t n);

#endif
