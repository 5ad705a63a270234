/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Studies that could be done before choosing, stated in an INI file:
 *
 *   [study trial]
 *   n = 50, 100, 200, 500            people observed for each outcome; of a trial, in each arm
 *   outcome = normal(mean = effect, sd = 40)
 *   outcome_2 = binomial(p = p_stroke)        up to nine: outcome, outcome_2 ... outcome_9
 *   outcome_3 = poisson(rate = falls, years = 2)
 *   cost_fixed = 250000              money, all optional
 *   cost_per_person = 900            for everybody in the study
 *   arms = 2                         1: people are only observed (default); more: one arm has the strategy that is best by now, the others the
 *                                    comparator
 *   recruits_per_year = 400          who join the study in a year; NAN: all at once
 *   people_per_year = 12000          whom the decision is about
 *   horizon = 10                     years for which the decision matters
 *   reports_after = 3                years from the last recruit until the result can be used: follow-up, analysis, decision
 *   until_report = comparator        what people outside the study get until then: best (default), the strategy that is best by now, or comparator
 *   implementation = 0.7             share of people who get what is decided
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
    double cost_fixed, cost_per_person, people_per_year, horizon, reports_after, recruits_per_year, implementation, discount;
    int64_t arms;
    bool waits;  /* until_report = comparator */
    bool priced; /* people_per_year and horizon are given, so a net benefit of sampling is known */
} tf_study;

/* Read one section.  Mistakes are recorded with file and line: unknown parameters, a probability outside [0, 1] in a draw ... */
trefoil_status tf_study_read(trefoil_context *context, tf_config *config, size_t section, const tf_psa *psa, tf_study *study) TF_MUST_USE;
void tf_study_free(tf_study *study);

/* What is learned from n people, as a regression; and the share of tf_worth_of (1 unless prior_size is given). */
trefoil_status tf_study_surface(trefoil_context *context, const tf_study *study, const tf_psa *psa, int64_t n, tf_surface **surface,
                                double *share) TF_MUST_USE;

/*
 * The expected net benefit of a study of n people (an arm), against deciding now and doing none:
 *
 *     ENBS = EVSI x people - cost - gain x delayed
 *
 * `people` decide after the study reports, at T(n) = arms n / recruits_per_year + reports_after years, and before the horizon; those of year t
 * (0, 1, ...) are discounted by (1 + discount)^-t, in parts of years, and `implementation` is the share of them who get what is decided.
 * `gain` is what the strategy that is best by now gains over the comparator, per person, and `delayed` who go without it because of the study:
 *
 *     until_report = best:        the study's own arms but one, when arms > 1
 *     until_report = comparator:  people of the years until T(n), x implementation, less those in the one arm, when arms > 1
 *
 * discounted likewise, those in the study evenly over the years of recruitment.  Eckermann and Willan 2007, Health Econ 16:195, and 2008, Value Health 11:522
 * (the cost of delay; whoever is in the study is not of those who gain from its result, as they come before).
 */
double tf_study_people(const tf_study *study, int64_t n);
double tf_study_delayed(const tf_study *study, int64_t n); /* not below 0; NAN unless priced, and so is tf_study_people */
double tf_study_cost(const tf_study *study, int64_t n);
/* T(n), years. */
double tf_study_time(const tf_study *study, int64_t n);

#endif
