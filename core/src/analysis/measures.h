/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every measure of inequality of one distribution, by name: what `trefoil inequality` prints and writes. */
#ifndef TF_ANALYSIS_MEASURES_H
#define TF_ANALYSIS_MEASURES_H

#include "analysis/concentration.h"
#include "analysis/equity.h"

typedef struct tf_numbers {
    const double *items;
    size_t count;
} tf_numbers;

typedef struct tf_measure_settings {
    bool good;            /* more of the outcome is better */
    bool bounded;         /* it has theoretical bounds */
    double lo, hi;
    tf_numbers atkinson, kolm; /* aversions */
    tf_numbers extended;       /* nu of the extended concentration index and eta of the extended Gini EDE */
    tf_numbers increments;     /* gains of health for priority weights, beside the marginal ones */
    const tf_survey *survey;   /* NULL: none */
} tf_measure_settings;

/* A measure of a distribution.  `absolute` is in the unit of the outcome (or its square); others have none. */
typedef struct tf_measured {
    const char *name;
    double parameter; /* aversion, nu or eta; NAN: none */
    double increment; /* NAN: none */
    bool absolute;
    tf_index index;
} tf_measured;

typedef struct tf_measures {
    tf_measured *items;
    size_t count, capacity;
} tf_measures;

/* All measures, the undefined with their reasons.  Freed with tf_measures_free also on failure. */
trefoil_status tf_measures_find(trefoil_context *context, const tf_ranking *d, const tf_measure_settings *settings,
                                tf_measures *measures) TF_MUST_USE;
/* Append what a distribution has over another of the same groups: "gain" (of all people together), and with inequality weighed in, for each
 * aversion, "weighted_gain_..." = people x change of the EDE and "equity_impact_..." = that less the gain.  Undefined when the groups differ. */
trefoil_status tf_measures_compare(trefoil_context *context, const tf_ranking *before, const tf_ranking *after,
                                   const tf_measure_settings *settings, tf_measures *measures) TF_MUST_USE;
/* Append what a programme does: "health_gain", "opportunity_cost", "net_health_benefit", "slope_narrows" (the slope index of net benefit per
 * person times the people of a group of mean size, above 0 when it favours the end that has less: minus the index when the last rank has more health
 * than the first), and as above, of net benefit, "net_weighted_..." and "net_equity_impact_...". */
trefoil_status tf_measures_equity(trefoil_context *context, const tf_equity *equity, const tf_measure_settings *settings,
                                  tf_measures *measures) TF_MUST_USE;
void tf_measures_free(tf_measures *measures);

/* "sii", "atkinson(10.95)", "priority_weight_kolm(0.15 -1)". */
enum { TF_MEASURE_SIZE = 96 };
void tf_measure_name(const tf_measured *measured, char name[TF_MEASURE_SIZE]);

#endif
