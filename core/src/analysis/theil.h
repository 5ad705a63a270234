/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Theil's indices; r = h / mean.
 *   T  sum f r ln r, 0 .. ln(1 / f of the smallest group); h >= 0 (0 ln 0 = 0)
 *   L  sum f ln(1 / r), the mean log deviation; 0 and above; h > 0
 * Both are 0 when all are equal, and split without remainder between parts (boards, places) and within them:
 *   T = sum f_p r_p ln r_p + sum f_p r_p T_p;  L = sum f_p ln(1 / r_p) + sum f_p L_p.
 * Errors by linearisation from the groups' standard errors.
 * Sources: Theil, Economics and Information Theory, 1967; Shorrocks, Econometrica 1980; 48: 613-625.
 */
#ifndef TF_ANALYSIS_THEIL_H
#define TF_ANALYSIS_THEIL_H

#include "analysis/ranking.h"

tf_index tf_theil_t(const tf_ranking *d);
tf_index tf_theil_l(const tf_ranking *d);

typedef struct tf_theil_split {
    double total, between, within;
    const char *undefined;
} tf_theil_split;

/* `part` gives the part of each given row, 0 .. n_parts - 1.  Undefined as the indices are. */
tf_theil_split tf_theil_t_split(const tf_ranking *d, const size_t *part, size_t n_parts);
tf_theil_split tf_theil_l_split(const tf_ranking *d, const size_t *part, size_t n_parts);

#endif
