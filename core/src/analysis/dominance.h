/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dominance of one distribution of health (a good) over another: what holds for any aversion to inequality, before any index.
 *   Pareto               no group has less, some have more (the same groups are compared)
 *   Lorenz               the share of health of the worst-off fraction p is nowhere less and somewhere more
 *   generalised Lorenz   the same of the health of the worst-off, per person of all; then every inequality-averse welfare function agrees
 *   concentration        the share of health of the fraction p of lowest social rank
 *   generalised concentration   the same per person
 * Curves are compared at every corner of both; differences below 1e-12 of the largest ordinate are none.
 * Sources: Shorrocks, Economica 1983; 50: 3-17; Atkinson 1970; Bleichrodt and van Doorslaer, J Health Econ 2006; 25: 945-957.
 */
#ifndef TF_ANALYSIS_DOMINANCE_H
#define TF_ANALYSIS_DOMINANCE_H

#include "analysis/ranking.h"

typedef enum tf_dominance { TF_DOMINATES, TF_IS_DOMINATED, TF_SAME, TF_NO_DOMINANCE, TF_NOT_COMPARABLE } tf_dominance;
const char *tf_dominance_name(tf_dominance dominance); /* "dominates", "dominated", "same", "none", "not comparable" */

/* Rows are the same groups in both; not comparable when they, or their people, differ. */
tf_dominance tf_pareto(const tf_ranking *a, const tf_ranking *b);
/* Of the curves of both in the order they have: by health for Lorenz, by social rank for concentration curves.  `generalised`: per person,
 * not as a share of the total; a share is not comparable when a mean is 0 or below. */
tf_dominance tf_curve_dominance(const tf_ranking *a, const tf_ranking *b, bool generalised);

#endif
