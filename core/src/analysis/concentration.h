/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The concentration index: how health is concentrated along the social order.  Population covariances (divided by n, not n - 1).
 *
 *   concentration_index  C = 2 cov(h, R) / mean = 2/mean sum f h R - 1; -1 < C < 1 for h >= 0; above 0: concentrated among the better off
 *   generalised          mean C (the WHO's absolute concentration index)
 *   extended             C(nu) = 1 - 1/mean sum h [(1 - F before)^nu - (1 - F after)^nu], nu > 1; nu = 2 is C; larger: more weight on the worst off
 *   wagstaff             mean C (b - a) / ((b - mean)(mean - a)), -1 .. 1
 *   erreygers            4 mean C / (b - a), -1 .. 1
 * a and b are the theoretical bounds of the outcome, never the least and largest value seen.
 *
 * Sources: Kakwani, Wagstaff and van Doorslaer, J Econometrics 1997; 77: 87-103; Pereira, World Dev 1998 (integral form of the extended index for
 * grouped data); Wagstaff, Health Econ 2005; 14: 429-432; Erreygers, J Health Econ 2009; 28: 504-515.
 *
 * Errors: from the groups' standard errors if known; of individuals by Kakwani et al. (with the sampling of mean and ranks); of a survey with
 * clusters and strata by linearisation of the convenient regression; else of that regression over groups, as the WHO's tools do.  All but
 * Kakwani's take the mean and the ranks as known.
 */
#ifndef TF_ANALYSIS_CONCENTRATION_H
#define TF_ANALYSIS_CONCENTRATION_H

#include "analysis/ranking.h"

/* Clusters and strata of a survey, numbered from 0, by given row. */
typedef struct tf_survey {
    const size_t *cluster, *stratum; /* NULL: each row is a cluster; all are one stratum */
    size_t n_strata;
} tf_survey;

tf_index tf_concentration(const tf_ranking *d);
tf_index tf_concentration_generalised(const tf_ranking *d);
tf_index tf_concentration_extended(const tf_ranking *d, double nu);
tf_index tf_concentration_wagstaff(const tf_ranking *d, double a, double b);
tf_index tf_concentration_erreygers(const tf_ranking *d, double a, double b);

/* What the step to rank k (0: the first) adds to C along the concentration curve: p_before L_k - p_k L_before, with the shares p of people and L of
 * health up to there (O'Donnell et al., Analyzing Health Equity Using Household Survey Data, 2008, table 8.1).  They sum to C. */
tf_index tf_concentration_step(const tf_ranking *d, size_t k);

/* The design-based standard error of the generalised index.  A stratum with one cluster is compared with the mean of all.  NAN without
 * memory or with one cluster in all. */
double tf_concentration_survey_error(const tf_ranking *d, const tf_survey *survey);

#endif
