/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Gini index: the concentration index with people ranked by their own health, not by social rank.  Population (n) version.
 *   gini               0 (equal) .. 1; undefined for a mean of 0 or below, or values below 0
 *   extended EDE       sum h [(1 - F before)^eta - (1 - F after)^eta], health ascending, eta >= 1: eta = 1 the mean, eta = 2 mean (1 - Gini),
 *                      towards the least health as eta grows
 * Sources: Donaldson and Weymark, J Econ Theory 1980; 22: 67-86; Yitzhaki, Int Econ Rev 1983; 24: 617-628.
 * Both take a distribution ordered by health (tf_ranking_by_health).
 */
#ifndef TF_ANALYSIS_GINI_H
#define TF_ANALYSIS_GINI_H

#include "analysis/ranking.h"

tf_index tf_gini(const tf_ranking *by_health);
tf_index tf_gini_ede(const tf_ranking *by_health, double eta);

#endif
