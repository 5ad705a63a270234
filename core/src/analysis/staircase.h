/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The staircase of inequality: what each step from need to opportunity cost contributes to what a strategy does to inequality between fifths.
 * v(S) is an index of the change per person in each fifth (strategy minus comparator) with the steps S made equal; the index is linear in the
 * changes, so that what all gain alike counts for nothing.  In each draw, for steps 1 .. n,
 *
 *   sequential   c_i = v({1 .. i-1}) - v({1 .. i})
 *   shapley      c_i = sum over S without i of |S|! (n - |S| - 1)! / n! x (v(S) - v(S + i)): the mean over all orders of the steps
 *   rest         v({1 .. n}): what is left when every step is equal
 *   total        v({}) = rest + sum of c_i
 *
 * Sources: Tugwell, de Savigny, Hawker and Robinson 2006, BMJ 332:358 (the equity effectiveness loop); Cookson, Griffin, Norheim and Culyer
 * (eds), Distributional Cost-Effectiveness Analysis, Oxford 2020 (the staircase); Shapley 1953, Contributions to the Theory of Games 2:307;
 * Shorrocks 2013, J Econ Inequal 11:99 (decomposition by Shapley values).
 */
#ifndef TF_ANALYSIS_STAIRCASE_H
#define TF_ANALYSIS_STAIRCASE_H

#include "analysis/dcea.h"

typedef enum tf_stair_index { TF_STAIR_GAP, TF_STAIR_SII, TF_STAIR_INDICES } tf_stair_index;
extern const char *const tf_stair_index_names[]; /* absolute_gap (least minus most deprived fifth), sii */

enum { TF_STAIR_REST = TF_STEPS, TF_STAIR_TOTAL };

/* A contribution.  Outcomes are those of the scenario, per person simulated, and, where opportunity cost is a step, "net_qaly": QALYs gained
 * less those that the money would have bought elsewhere, per resident as in analysis/dcea.h, whose opportunity cost falls by the gradient stated or,
 * made equal, on all alike.  Its totals are minus qale_gap_narrows and qale_sii_narrows of the same k and gradient. */
typedef struct tf_stair {
    const char *outcome; /* lives as long as the store, or for ever */
    tf_stair_index index;
    bool shapley;
    int step;           /* tf_step, TF_STAIR_REST or TF_STAIR_TOTAL */
    tf_estimate value;  /* mcse with fewer than two draws: first order, and NAN but for rest and total */
    double share;       /* of the total; NAN when that is 0 */
} tf_stair;

typedef struct tf_staircase {
    size_t strategy;
    tf_stair *items; /* by outcome, index, method (sequential first), step */
    size_t n_items;
} tf_staircase;

/* NULL in *staircase when the run had none.  The layout and scenario are those of the store; `dcea` has the residents, and the k and gradient of
 * [equity]: without fifths of residents there is no net_qaly. */
trefoil_status tf_staircase_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                                   const tf_dcea *dcea, tf_staircase **staircase) TF_MUST_USE;
void tf_staircase_destroy(tf_staircase *staircase);
/* NULL if there is none. */
const tf_stair *tf_staircase_find(const tf_staircase *staircase, const char *outcome, tf_stair_index index, bool shapley, int step);
/* What opportunity cost is reckoned with. */
double tf_staircase_k(const tf_scenario *scenario, const tf_equity_spec *spec);
const char *tf_staircase_gradient(const tf_scenario *scenario, const tf_equity_spec *spec);
/* "uptake", "rest", "total" */
const char *tf_stair_name(int step);

/* c[0 .. n-1] of a game: v[S], S of n <= 16 bits, is its value with the steps S made equal.  Sums to v[0] - v[2^n - 1]. */
void tf_shapley(const double *v, size_t n, double *c);

#endif
