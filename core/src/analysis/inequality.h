/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gap between the least and the most deprived fifth of the population (groups 5 and 1 of grouping imd), per person: absolute
 * (least - most) and relative (least / most).  Changes are against the comparator, from the paired changes of each group.
 * Relative gaps are defined only while both values are above 0 in every draw: a draw is never left out.
 */
#ifndef TF_ANALYSIS_INEQUALITY_H
#define TF_ANALYSIS_INEQUALITY_H

#include "analysis/cut.h"

typedef struct tf_gap {
    size_t strategy, measure;
    int discounted; /* QALYs and costs are, other outcomes are not */
    bool relative;
    const char *undefined;  /* NULL, or why there is no value */
    tf_estimate value;      /* NANs when undefined */
    tf_estimate change;     /* from the comparator; NANs for the comparator itself */
    double p_narrower;      /* share of draws in which |least - most|, or |log(least / most)|, is smaller than under the comparator, ties
                               counted half; NAN with fewer than two draws and for the comparator */
} tf_gap;

/* An index over all groups of a cut (the five fifths of imd, boards, boards by fifth), as tf_measures_find has them; named "sii",
 * "atkinson(10.95)"; Theil's indices between and within the parts of a crossed cut "theil_t_between(icb)".  Its change is taken within each draw:
 * for measures linear in the outcome from the changes of each group, so that what all gain alike changes nothing. */
typedef struct tf_run_index {
    size_t strategy, measure;
    int discounted;
    const char *group_by; /* name of the cut */
    const char *name;
    const char *undefined; /* NULL, or why there is no value; then as for gaps */
    tf_estimate value, change;
    double p_narrower; /* share of draws in which the index is nearer to equality than under the comparator */
} tf_run_index;

typedef struct tf_inequality {
    const char *unavailable; /* NULL, or why there are no gaps */
    size_t most, least;      /* groups */
    tf_gap *gaps; /* by strategy, outcome (ly, qaly, cost, deaths, events), absolute before relative */
    size_t n_gaps;
    tf_cuts cuts;          /* groupings of the run */
    tf_run_index *indices; /* by cut, strategy, outcome; none of imd when a fifth is missing, and of other cuts for lives, costs and deaths */
    size_t n_indices;
} tf_inequality;

trefoil_status tf_inequality_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample,
                                    tf_inequality **inequality) TF_MUST_USE;
void tf_inequality_destroy(tf_inequality *inequality);
/* NULL if there is none. */
const tf_gap *tf_inequality_find(const tf_inequality *inequality, size_t strategy, size_t measure, bool relative);

/* Fill the indices.  Called by tf_inequality_create. */
trefoil_status tf_inequality_indices(trefoil_context *context, const tf_layout *layout, const tf_sample *sample,
                                     tf_inequality *inequality) TF_MUST_USE;
/* Of the fifths; NULL if there is none. */
const tf_run_index *tf_inequality_index(const tf_inequality *inequality, size_t strategy, size_t measure, const char *name);

/* Is a measure one whose spread is reported?  Are its totals discounted there? */
bool tf_is_outcome(const char *name);
int tf_outcome_discounting(const char *name);

#endif
