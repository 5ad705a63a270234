/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The slope index of inequality (SII): health at the top of the social order less health at its bottom, by a line through all groups at
 * their ridits R; and the relative index (RII), of which two are in use under one name.
 *
 *   linear    h = a + b R by least squares, weighted by people (OHID, WHO) or not (York's DCEA tool);  SII = b
 *   log       ln h = a + b R, weighted least squares; h > 0;                           SII = e^(a+b) - e^a, ratio e^b
 *   logit     logit((h - lo) / (hi - lo)) = a + b R by maximum likelihood, each person counted once, between theoretical bounds lo <= h <= hi;
 *             SII = predicted(1) - predicted(0)
 *   rii_mean  SII / mean (York): 0 when there is no inequality
 *   rii_ratio predicted(1) / predicted(0) (OHID, WHO, Mackenbach and Kunst 1997): 1 when there is no inequality
 *
 * Errors: from the standard errors of the groups when they are known, else (linear and log) those of the regression, with n - 2 degrees of
 * freedom; for ratios by linearisation, and rii_mean takes the mean as known.  Undefined without ranks, with one rank only, for values a
 * transformation does not take, for end points at or below 0 (ratios), for a mean of 0 (rii_mean).
 */
#ifndef TF_ANALYSIS_SLOPE_H
#define TF_ANALYSIS_SLOPE_H

#include "analysis/ranking.h"

typedef enum tf_link { TF_LINEAR, TF_LOG, TF_LOGIT } tf_link;

typedef struct tf_slope {
    tf_link link;
    bool weighted;
    double lo, hi; /* theoretical bounds, for the logit */
} tf_slope;

tf_index tf_sii(const tf_ranking *d, const tf_slope *slope);
tf_index tf_rii_mean(const tf_ranking *d, const tf_slope *slope);
tf_index tf_rii_ratio(const tf_ranking *d, const tf_slope *slope);

#endif
