/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of distributional cost-effectiveness share while it is worked out. */
#ifndef TF_ANALYSIS_DCEA_INSIDE_H
#define TF_ANALYSIS_DCEA_INSIDE_H

#include "analysis/dcea.h"
#include "analysis/slope.h"

/* Places in tf_dcea.room. */
enum { TF_ROWS, TF_DOMINANCES, TF_SWITCHES, TF_VIEWS, TF_SHORTFALLS };
/* What is linear in what each fifth gains: by how much the slope (QALYs) and the gap (years) narrow. */
enum { TF_SLOPE, TF_GAP, TF_LINEAR_END };

typedef struct tf_weighing {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_sample *sample;
    const tf_equity_spec *spec;
    tf_dcea *made;
    size_t n; /* outcomes: draws, or the base case alone */
    size_t qaly, cost;
    double *values;                            /* [n], reordered by estimates */
    double *gain, *gain_variance;              /* [strategy][n][fifth], [strategy][fifth] */
    double *spent;                             /* net cost, [strategy][n] */
    double *shares;                            /* of one cut, [n][group + 1] */
} tf_weighing;

extern const tf_slope tf_dcea_line;

trefoil_status tf_dcea_starved(const tf_weighing *at) TF_MUST_USE;
/* Strategies with those of a staircase. */
size_t tf_dcea_strategies(const tf_layout *layout);
/* Share of `at->values` above 0. */
double tf_dcea_above(const tf_weighing *at);
/* Add a row of the estimate of `at->values`, which are reordered; `first_order` is its variance when there is one outcome. */
trefoil_status tf_dcea_add(tf_weighing *at, const tf_dcea_row *row, double first_order) TF_MUST_USE;

/* The discounted difference from the comparator of a group in draw d; the first-order variance of it in the first. */
double tf_dcea_total(const tf_weighing *at, const tf_cut_group *group, size_t d, size_t strategy, size_t measure);
double tf_dcea_variance(const tf_weighing *at, const tf_cut_group *group, size_t strategy, size_t measure);
/* And that of the difference in cost with the difference in QALYs. */
double tf_dcea_covariance(const tf_weighing *at, const tf_cut_group *group, size_t strategy);
/* First-order variance of a number that rises by by_gain[g] for each QALY that fifth g of `imd` gains under a strategy and by by_cost for each unit
 * of money everybody costs; NAN when there are draws, whose spread tells. */
double tf_dcea_first_order(const tf_weighing *at, const tf_cut *imd, size_t strategy, const double by_gain[TF_FIFTHS], double by_cost);
/* Everybody, as a group whose only member is `zero`. */
tf_cut_group tf_dcea_everybody(size_t *zero);
/* Residents of group g of a cut; cut->n: outside of it; beyond: all. */
double tf_dcea_residents(const tf_cut *cut, size_t g);

/* Fifths whose health, or what they gain, is `health` per resident. */
trefoil_status tf_dcea_rank(const tf_weighing *at, const double *health, tf_ranking **ranking) TF_MUST_USE;
/* How much inequality becomes less when the residents of each fifth gain `change`: in QALYs by the slope, in years by the gap. */
trefoil_status tf_dcea_narrow(const tf_weighing *at, const double *change, double narrows[TF_LINEAR_END]) TF_MUST_USE;

/* Summaries, dominance and switch points of the fifths; views of one strategy; shortfalls of all. */
trefoil_status tf_dcea_fifths(tf_weighing *at, const tf_cut *imd) TF_MUST_USE;
trefoil_status tf_dcea_views(tf_weighing *at, const tf_cut *imd, size_t s) TF_MUST_USE;
trefoil_status tf_dcea_shortfalls(tf_weighing *at, const tf_scenario *scenario) TF_MUST_USE;

#endif
