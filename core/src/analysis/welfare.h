/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Social welfare functions: the equally distributed equivalent (EDE) is the health that, had everybody the same, would be as good as the
 * distribution there is, for a stated aversion to inequality.
 *   Atkinson (relative)       EDE = (sum f h^(1-e))^(1/(1-e)); e = 1: exp(sum f ln h);   index 1 - EDE / mean;  h > 0 (h >= 0 for e < 1)
 *   Kolm-Pollak (absolute)    EDE = -1/k ln sum f e^(-k h); k = 0: the mean;             index mean - EDE, in the unit of health
 * Aversion 0 gives the mean; the EDE never rises with aversion and tends to the least health; below 0 inequality is liked.  The Atkinson
 * index does not change when all health is multiplied, Kolm's when the same is added to all.  Sums are taken in logarithms, so that
 * large aversion neither overflows nor vanishes.  Errors by linearisation from the groups' standard errors.
 *
 * For England Robson et al. (Health Econ 2017; 26: 1328-1334) found e = 10.95 and k = 0.15 in the median; no value is a standard.
 * Sources: Atkinson, J Econ Theory 1970; 2: 244-263; Kolm, J Econ Theory 1976; 12: 416-442; Cookson et al. (eds), Distributional
 * Cost-Effectiveness Analysis, Oxford 2020.
 */
#ifndef TF_ANALYSIS_WELFARE_H
#define TF_ANALYSIS_WELFARE_H

#include "analysis/ranking.h"

typedef enum tf_welfare { TF_ATKINSON, TF_KOLM } tf_welfare;

tf_index tf_ede(const tf_ranking *d, tf_welfare kind, double aversion);
/* Atkinson's or Kolm's index of inequality. */
tf_index tf_aversion_index(const tf_ranking *d, tf_welfare kind, double aversion);

/* What health for a person of the first rank counts for against health for one of the last: (h_last / h_first)^e, or e^(k (h_last - h_first)). */
tf_index tf_priority_weight(const tf_ranking *d, tf_welfare kind, double aversion);
/* The same for a gain (or, below 0, a loss) that is not small: x / increment, where giving `increment` to each person of the first rank is as
 * good as x to each of the last, by people.  Undefined when no x is enough. */
tf_index tf_priority_weight_of(const tf_ranking *d, tf_welfare kind, double aversion, double increment);

/* The change of the EDE when each person of group k (in the order of the ranking) gains `change[k]`: nothing cancels, however small the changes.
 * Undefined when the EDE is, before or after. */
tf_index tf_ede_change(const tf_ranking *d, const double *change, tf_welfare kind, double aversion);

/* The aversions in [lo, hi] at which two distributions have the same EDE, ascending; at most `most` are kept in `at`.  Returns how
 * many there are.  Looked for on a grid of 400 steps; an aversion of 0 at which both means agree counts. */
size_t tf_switch_points(const tf_ranking *a, const tf_ranking *b, tf_welfare kind, double lo, double hi, double *at,
                        size_t most);

#endif
