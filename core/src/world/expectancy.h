/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Life expectancy and quality-adjusted life expectancy of residents by sex, age and deprivation fifth: period life tables on the folder of
 * facts' mortality.csv (column all_cause, central death rates; the last age open), utilities from its utility_imd.csv (column norm).
 * The norm is what somebody of a sex and age may expect whatever their fifth: the mean over the survivors to that age of five birth
 * cohorts of equal size, a fifth each.
 */
#ifndef TF_WORLD_EXPECTANCY_H
#define TF_WORLD_EXPECTANCY_H

#include "world/grid.h"

typedef struct tf_expectancy {
    double life[TF_SEXES][TF_AGES][TF_QUINTILES];    /* years left */
    double quality[TF_SEXES][TF_AGES][TF_QUINTILES]; /* QALYs left, not discounted */
    double norm[TF_SEXES][TF_AGES];                  /* QALYs left, discounted */
} tf_expectancy;

/* `discount` of the norm, per year.  *expectancy is NULL when either file is missing, which is no mistake. */
trefoil_status tf_expectancy_read(trefoil_context *context, const char *folder, double discount, tf_place from,
                                  tf_expectancy **expectancy) TF_MUST_USE;

#endif
