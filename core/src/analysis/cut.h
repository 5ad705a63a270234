/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cut parts the people of a run into groups that share nobody and leave nobody out: a grouping of its results ("imd", "icb*imd"), "core20"
 * (the most deprived national fifth, and the rest), or "plus.NAME" (people whom [equity] names, and the rest).  A cut by deprivation is
 * ranked, 1 the most deprived; a grouping crossed with it has several groups of one rank.  Groups without simulated people are left out, but
 * for the fifths themselves.
 */
#ifndef TF_ANALYSIS_CUT_H
#define TF_ANALYSIS_CUT_H

#include "analysis/estimate.h"

typedef struct tf_cut_group {
    char *label;
    size_t *members; /* groups of the layout */
    size_t n_members;
    double rank;                 /* NAN: the cut is not ranked */
    double residents[TF_FIFTHS]; /* of all ages, by fifth; 0 when they are not known */
} tf_cut_group;

/* A dimension of a crossed cut: the part of each group along it, for what lies between parts and what within them. */
typedef struct tf_cut_side {
    char *dimension;
    size_t *part; /* by group */
    size_t n_parts;
} tf_cut_side;

typedef struct tf_cut {
    char *name;
    bool ranked;
    tf_cut_group *groups;
    size_t n;
    double outside[TF_FIFTHS]; /* residents in none of the groups: those of other ages */
    tf_cut_side *sides;        /* of a cut of several dimensions; else none */
    size_t n_sides;
} tf_cut;

typedef struct tf_cuts {
    tf_cut *items;
    size_t count;
} tf_cuts;

/* The cuts of a run, by grouping; with `extra` core20 and the PLUS groups of the scenario too.  `outcome` tells who was simulated.  Freed with
 * tf_cuts_free. */
trefoil_status tf_cuts_create(trefoil_context *context, const tf_layout *layout, const tf_equity_spec *spec, const tf_outcome *outcome,
                              bool extra, tf_cuts *cuts) TF_MUST_USE;
void tf_cuts_free(tf_cuts *cuts);
/* NULL if there is none. */
const tf_cut *tf_cuts_find(const tf_cuts *cuts, const char *name);

/* The total of a measure in a group; its persons; per person of the group, NAN when it has none. */
double tf_cut_total(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcome, size_t measure, int discounted);
/* The same sum over first-order variances of its members (`outcome->variance` or `difference_variance`), who are different people. */
double tf_cut_variance(const tf_layout *layout, const tf_cut_group *group, const double *variance, size_t measure, int discounted);
/* A group of the cut per person in a strategy (a) and under the comparator (b), with first-order variances, as tf_estimand_pair. */
tf_pair tf_cut_pair(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcomes, size_t strategy, size_t measure,
                    int discounted);
/* Its estimate over the draws: of the total or per person, of the strategy or of the difference from the comparator; `scratch` has room for
 * tf_sample_size doubles. */
tf_estimate tf_cut_estimate(const tf_layout *layout, const tf_cut_group *group, const tf_sample *sample, const tf_estimand *estimand,
                            double *scratch);

#endif
