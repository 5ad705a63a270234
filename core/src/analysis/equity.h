/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The arithmetic of distributional cost-effectiveness.  A programme gives health to its recipients and costs money; the money, at k pounds per
 * QALY, would have bought health elsewhere, and that health is lost to the whole population, never to the recipients alone:
 *
 *   health opportunity cost  H = net cost / k, spread by shares w_g with sum 1;  a programme that saves money gives by the same shares
 *   net health benefit       N_g = gain_g - w_g H
 *   after the policy         h'_g = h_g + N_g / people_g
 *   equity impact            people (EDE' - EDE) - sum N_g, for a stated aversion: QALYs' worth of greater equality; 0 at aversion 0
 *
 * Sources: Asaria, Griffin and Cookson, Med Decis Making 2016; 36: 8-19; Love-Koh et al., Value Health 2019; 22: 518-526 (gradients);
 * Cookson et al. (eds), Distributional Cost-Effectiveness Analysis, Oxford 2020.
 */
#ifndef TF_ANALYSIS_EQUITY_H
#define TF_ANALYSIS_EQUITY_H

#include "analysis/welfare.h"

/* How the opportunity cost falls on groups in social order. */
typedef enum tf_gradient { TF_FLAT, TF_MODERATE, TF_STEEP } tf_gradient;

/* What a person of each fifth, most deprived first, bears against the mean of fifths of equal size: 1 each, or five times York's shares. */
enum { TF_GRADED = 5 };
void tf_gradient_burdens(tf_gradient gradient, double each[TF_GRADED]);

/* The shares w_g, written to `shares` (d->n, in the order of the distribution).  Flat: by people.  Moderate and steep are York's for fifths of
 * the population, .23 .21 .21 .18 .17 and .26 .22 .22 .16 .14, most deprived first; for five groups that are not fifths each is the
 * share of people times what a person of that rank bears, made to sum to 1.  False: a gradient, and not five ranked groups. */
bool tf_opportunity_shares(const tf_ranking *d, tf_gradient gradient, double *shares) TF_MUST_USE;

typedef struct tf_equity {
    const tf_ranking *before;
    tf_ranking *after;
    double *gain, *lost, *net; /* QALYs by group, in the order of `before`; net = gain - lost */
    double *change;            /* net per person */
    double total_gain, opportunity_cost, total_net;
} tf_equity;

/* `gain` (QALYs, all of the group together) and `shares` (not below 0, sum 1 to within 1e-9) are in the order of `before`, which must outlive the
 * result; `net_cost` in pounds, `k` > 0 in pounds per QALY.  Refused as TREFOIL_NUMBER_FAILED otherwise. */
trefoil_status tf_equity_create(trefoil_context *context, const tf_ranking *before, const double *gain, double net_cost, double k,
                                const double *shares, tf_equity **equity) TF_MUST_USE;
void tf_equity_destroy(tf_equity *equity);

/* The changes per person as a distribution over the same groups. */
trefoil_status tf_equity_changes(trefoil_context *context, const tf_equity *equity, tf_ranking **changes) TF_MUST_USE;

/* people x (EDE' - EDE): net health benefit with equity weighed in, in QALYs. */
tf_index tf_equity_weighted(const tf_equity *equity, tf_welfare kind, double aversion);
/* What of it is equity: the above less the sum of net health benefits. */
tf_index tf_equity_impact(const tf_equity *equity, tf_welfare kind, double aversion);

#endif
