/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gaps between the ends of the social order (all who have the last rank, all who have the first), and between the extremes of an
 * unordered distribution.  Sources: Mackenbach and Kunst, Soc Sci Med 1997; 44: 757-771; WHO Handbook on health inequality monitoring,
 * 2013, section 3.
 */
#ifndef TF_ANALYSIS_GAP_H
#define TF_ANALYSIS_GAP_H

#include "analysis/ranking.h"

/* What a gap is made of, in a distribution or elsewhere: last - first, in the unit of health; without bounds. */
double tf_gap_absolute(double first, double last);
/* last / first; above 0.  Meant for values above 0 only. */
double tf_gap_relative(double first, double last);

/* last - first.  Undefined without ranks or when all have one rank. */
tf_index tf_absolute_gap(const tf_ranking *d);
/* last / first; undefined also unless both are above 0.  1: no gap.  Error by linearisation. */
tf_index tf_relative_gap(const tf_ranking *d);
/* Largest - smallest value, and largest / smallest: no ranks needed; errors are not known (the groups are chosen by their values). */
tf_index tf_range(const tf_ranking *d);
tf_index tf_range_ratio(const tf_ranking *d);
/* sum n (x - x_last), for a bad; sum n (x_last - x), for a good: the cases or life-years that would not be lost if all fared as those of
 * the last rank.  Below 0 when these fare worse than the mean. */
tf_index tf_excess_burden(const tf_ranking *d, bool good);

#endif
