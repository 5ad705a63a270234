/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far groups lie from their mean, or from the best, whatever their order.
 *   between-group variance       sum f (h - mean)^2; its error after Ahn et al. 2018, from the groups' standard errors
 *   coefficient of variation     sqrt(variance) / mean, a fraction (the WHO's tools print it in per cent)
 *   index of disparity           mean over groups of |h - mean|, over the mean; unweighted (1/n) or weighted (f); a fraction
 *   population attributable risk reference - mean, and fraction (reference - mean) / mean: what would change if all fared as the reference,
 *                                the last rank, or, without ranks, the best group (highest of a good, lowest of a bad).  Not cut off at 0.
 * All but the last are 0 and above.  Undefined for a mean of 0 or below where it divides.
 * Sources: Schlotheuber and Hosseinpoor, Int J Environ Res Public Health 2022; 19: 3697; Ahn et al., JCO Clin Cancer Inform 2018; 2: 1-19;
 * Pearcy and Keppel, Public Health Rep 2002; 117: 273-280.
 */
#ifndef TF_ANALYSIS_DISPERSION_H
#define TF_ANALYSIS_DISPERSION_H

#include "analysis/ranking.h"

tf_index tf_between_group_variance(const tf_ranking *d);
tf_index tf_between_group_deviation(const tf_ranking *d);
tf_index tf_coefficient_of_variation(const tf_ranking *d);
tf_index tf_index_of_disparity(const tf_ranking *d, bool weighted);
tf_index tf_attributable_risk(const tf_ranking *d, bool good);
tf_index tf_attributable_fraction(const tf_ranking *d, bool good);

#endif
