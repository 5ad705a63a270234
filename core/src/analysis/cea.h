/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cost-effectiveness: the fully incremental analysis of all strategies, each strategy against the comparator, and net monetary benefit.
 * Costs and QALYs are discounted and per person of the whole population; life-years are undiscounted unless said otherwise.
 */
#ifndef TF_ANALYSIS_CEA_H
#define TF_ANALYSIS_CEA_H

#include "analysis/estimate.h"

/* Where a strategy stands in the fully incremental analysis. */
typedef enum tf_standing {
    TF_REFERENCE,            /* the least costly strategy that is not dominated: the frontier begins here */
    TF_FRONTIER,             /* the best choice at some threshold */
    TF_DOMINATED,            /* another costs no more and gives no less; of two alike the later is (the comparator stays) */
    TF_EXTENDEDLY_DOMINATED, /* a mixture of two others costs less for the same effect */
} tf_standing;
const char *tf_standing_name(tf_standing standing); /* as in cea.csv */

/* Where a difference from the comparator lies. */
typedef enum tf_quadrant {
    TF_NO_DIFFERENCE,    /* neither cost nor effect differs                */
    TF_MORE_FOR_MORE,    /* more effect, more cost: an ICER                */
    TF_MORE_FOR_LESS,    /* more effect at no more cost, or as much for less */
    TF_LESS_FOR_LESS,    /* less effect, less cost: money saved per QALY lost */
    TF_LESS_FOR_MORE     /* less effect at no less cost, or as much for more */
} tf_quadrant;
tf_quadrant tf_quadrant_of(double cost, double effect);
const char *tf_quadrant_words(tf_quadrant quadrant); /* "more effective and more costly" */

typedef struct tf_option {
    size_t strategy;
    tf_estimate cost, qaly, ly, ly_discounted;
    /* against the comparator */
    tf_estimate more_cost, more_qaly, more_ly;
    tf_quadrant quadrant;
    double ratio; /* more_cost / more_qaly of the means, where the quadrant makes it meaningful (more for more, less for less); else NAN */
    double ratio_mcse;
    /* fully incremental: against the costliest strategy of the frontier that costs less (`previous`); NAN for the reference */
    tf_standing standing;
    size_t previous;
    double step_cost, step_qaly;
    double icer; /* of the frontier's strategies; NAN for others */
    double icer_mcse; /* linearised; NAN when not known (fewer than two draws, and not against the comparator) */
    /* at each threshold */
    tf_estimate *nmb;      /* threshold x qaly - cost */
    tf_estimate *more_nmb; /* against the comparator */
    double *p_best;        /* share of draws in which nmb is highest, ties shared; NAN with fewer than two draws */
} tf_option;

typedef struct tf_cea {
    tf_option *options; /* one per strategy, in the scenario's order */
    size_t n_options, comparator, n_draws;
    double *thresholds;
    size_t n_thresholds;
    double *cost, *qaly; /* [strategy][n]: discounted, per person, in each draw (or in the base case) */
    size_t n;            /* draws, or 1 for the base case alone */
} tf_cea;

/*
 * The frontier of n strategies by their mean cost and effect.  `previous` as in tf_option (itself for the reference).
 */
trefoil_status tf_frontier(trefoil_context *context, const double *cost, const double *effect, size_t n, size_t comparator,
                           tf_standing *standing, size_t *previous) TF_MUST_USE;

/* With a single draw or the base case alone the mcse of a net benefit is first order, with the covariance of costs and QALYs between people. */
trefoil_status tf_cea_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, const double *thresholds,
                             size_t n_thresholds, tf_cea **cea) TF_MUST_USE;
void tf_cea_destroy(tf_cea *cea);

/* p_best of every strategy at one threshold, 0s without draws: a point of the acceptability curve. */
void tf_cea_best(const tf_cea *cea, double threshold, double *p_best);

#endif
