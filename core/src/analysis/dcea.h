/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributional cost-effectiveness of a run, draw by draw, against its comparator (analysis/equity.h has the arithmetic):
 *
 *   gain_g       QALYs (discounted) that the people simulated in group g gain
 *   displaced_g  w_g x net cost (discounted, of everybody) / k: health lost by the residents of all ages of the run's areas, simulated or not
 *   net_g        gain_g - displaced_g
 *
 * A gradient says how what is displaced falls on residents: flat, by people; moderate and steep, York's by deprivation fifth; own, shares of
 * the fifths as stated; or the name of a measure, on those who use that service under the comparator.  Within a fifth all residents bear the same,
 * so that shares of any other grouping follow from the fifths of its residents.
 *
 * Of the fifths also what becomes of quality-adjusted life expectancy (QALE) when net_g is spread over the residents of a fifth.  As in
 * York's calculator, discounted gains are added to undiscounted expectancy.  What "narrows" is above 0 when inequality becomes less:
 *   slope_narrows      QALYs: minus the slope index of net benefit per resident, times the residents of a fifth of mean size (plus, like the gap,
 *                      if expectancy before is lower in the least deprived fifth)
 *   qale_gap_narrows   years: of the least deprived fifth less that of the most deprived
 *   qale_ratio_narrows the least deprived over the most deprived
 *   qale_sii_narrows   years: slope index
 *   weighted_atkinson, weighted_kolm  residents x change of the equally distributed equivalent, for an aversion; less sum of net: impact_...
 */
#ifndef TF_ANALYSIS_DCEA_H
#define TF_ANALYSIS_DCEA_H

#include "analysis/cut.h"
#include "analysis/dominance.h"
#include "analysis/welfare.h"

/* A number of one strategy.  Of a group of a cut; `group` is "outside" for residents of other ages, "all" for all residents. */
typedef struct tf_dcea_row {
    size_t strategy;
    const char *group_by, *group;
    double k;             /* NAN: it does not depend on it; and so below */
    const char *gradient; /* NULL */
    const char *measure, *unit;
    double aversion;      /* NAN: the measure has none */
    tf_estimate value;
    double p_above_0;     /* share of draws above 0, ties counted half; NAN with fewer than two */
} tf_dcea_row;

/* How the QALE of the fifths after a strategy stands to that after another, or before (against: the comparator), at the first k. */
typedef struct tf_dcea_dominance {
    size_t strategy, against;
    const char *gradient, *criterion; /* pareto, lorenz, generalised_lorenz, concentration, generalised_concentration */
    tf_dominance verdict;             /* of the means over draws */
    double p_dominates, p_dominated;  /* shares of draws; NAN with fewer than two */
} tf_dcea_dominance;

/* An aversion at which both are equally good; NAN: there is none from 0 to 20. */
typedef struct tf_dcea_switch {
    size_t strategy, against;
    const char *gradient;
    tf_welfare kind;
    double aversion;
} tf_dcea_switch;

/* What a strategy does seen by NICE (every fifth takes it up alike where the store has that strategy, flat opportunity cost) and by a board
 * (uptake as observed, the first gradient that is not flat); and the parts of the board's: need, uptake, opportunity_cost. */
typedef struct tf_dcea_view {
    size_t strategy;
    const char *view, *gradient, *measure, *unit;
    bool equal_uptake; /* from the run's strategy "<strategy>:equal uptake" */
    const char *group; /* a fifth, or "all" */
    tf_estimate value;
    double p_above_0;
} tf_dcea_view;

/* QALYs that people lose against others of their age and sex (NICE's severity modifier). */
typedef struct tf_shortfall {
    size_t strategy;
    const char *group_by, *group;
    double norm;                    /* QALYs, discounted */
    tf_estimate remaining, absolute, proportional;
    double weight;                  /* 1, 1.2 or 1.7, of the means */
    double p_higher, p_highest;     /* shares of draws with 1.2 and with 1.7; NAN with fewer than two */
} tf_shortfall;

typedef struct tf_dcea {
    const char *unavailable; /* NULL, or why there is nothing */
    const char *no_qale;     /* NULL, or why there is nothing on QALE */
    const tf_equity_spec *spec;
    tf_cuts cuts;
    tf_dcea_row *rows;
    tf_dcea_dominance *dominances;
    tf_dcea_switch *switches;
    tf_dcea_view *views;
    tf_shortfall *shortfalls;
    size_t n_rows, n_dominances, n_switches, n_views, n_shortfalls;
    size_t room[5]; /* of these lists */
    double qale[TF_FIFTHS], residents[TF_FIFTHS]; /* of the fifths, before */
    double *net, *slope; /* of all residents, by draw: [strategy][gradient][draw], at the first k: the equity-efficiency plane */
    size_t n_draws;
} tf_dcea;

/* `spec` must outlive the result. */
trefoil_status tf_dcea_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                              const tf_equity_spec *spec, tf_dcea **dcea) TF_MUST_USE;
void tf_dcea_destroy(tf_dcea *dcea);

/* The number, or NULL.  `gradient` NULL and `k` or `aversion` NAN ask for a number that has none. */
const tf_dcea_row *tf_dcea_find(const tf_dcea *dcea, size_t strategy, const char *group_by, const char *group, double k,
                                const char *gradient, const char *measure, double aversion);
const tf_dcea_view *tf_dcea_find_view(const tf_dcea *dcea, size_t strategy, const char *view, const char *group, const char *measure);

/* The gradient of a board's own view. */
const char *tf_dcea_local(const tf_equity_spec *spec);
/* Is it one of the strategies that level a step of another's ("support:equal uptake")? */
bool tf_dcea_is_equalised(const char *strategy);

/* NICE's severity weight: 1.7 from an absolute shortfall of 18 QALYs or a proportional one of 0.95, 1.2 from 12 or 0.85, else 1.  NICE health
 * technology evaluations: the manual (PMG36), 2022, section 6.2.17. */
double tf_severity_weight(double absolute, double proportional);

/* Aversions of the curves, 0 to 20 for Atkinson's and 0 to 0.3 for Kolm's, TF_AVERSIONS of each; the k-th. */
enum { TF_AVERSIONS = 21 };
double tf_dcea_aversion(tf_welfare kind, size_t k);

/* The shares w of what is displaced that fall on each group of a cut, and outside of it (shares[cut->n]); they sum to 1.  NULL, or why the
 * gradient cannot be had. */
const char *tf_dcea_shares(const tf_layout *layout, const tf_equity_spec *spec, const tf_cut *cut, const tf_outcome *comparator,
                           const char *gradient, double *shares);

#endif
