/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deterministic sensitivity: what becomes of the incremental net monetary benefit (threshold x QALYs - cost, against the comparator, per
 * person) when one or two parameters leave the base case, where it is 0, and what variants of the scenario give.  Never of the ICER, whose
 * size has no order across quadrants.
 */
#ifndef TF_ANALYSIS_TORNADO_H
#define TF_ANALYSIS_TORNADO_H

#include "analysis/cea.h"
#include "analysis/crossing.h"

/* One parameter at both ends of its 95% interval, all others at the base case. */
typedef struct tf_bar {
    const char *name, *label, *unit;
    double low, high;            /* its 2.5 and 97.5 percentiles */
    double *nmb_low, *nmb_high;  /* [strategy] */
} tf_bar;

enum { TF_TWO_WAY = 5 };

/* Two parameters together: values at equal distances from the 2.5 to the 97.5 percentile. */
typedef struct tf_two_way {
    const char *names[2];
    double values[2][TF_TWO_WAY];
    double *nmb; /* [(i * TF_TWO_WAY + j) * n_strategies + strategy]; NULL: not asked */
} tf_two_way;

/* A scenario analysis, or the base. */
typedef struct tf_alternative {
    const char *name, *title;
    double *cost, *qaly; /* [strategy], discounted, per person */
    double *nmb;         /* [strategy], not incremental */
    tf_standing *standing;
    size_t *previous;
} tf_alternative;

typedef struct tf_sensitivity {
    const tf_layout *layout;
    double threshold;
    double *base;  /* [strategy]: incremental net benefit of the base case */
    double *error; /* [strategy]: upper bound of its first-order Monte Carlo error */
    tf_bar *bars;
    size_t n_bars;
    bool one_way;  /* asked for */
    tf_two_way grid;
    const char *solved, *solved_label, *solved_unit; /* NULL: not asked */
    double solved_base;
    tf_crossing *crossings; /* [strategy] */
    tf_alternative *alternatives;
    size_t n_alternatives;  /* 0, or the base and the scenario's */
    uint32_t draws;         /* behind the alternatives */
} tf_sensitivity;

/* threshold x (more QALYs) - (more cost) than the comparator: cost and qaly by strategy. */
double tf_more_nmb(double threshold, const double *cost, const double *qaly, size_t strategy, size_t comparator);

/* The width of the range of net benefit over both ends of a bar and the base: with a net benefit that rises or falls throughout, the
 * distance of the ends; NAN when one is not defined. */
double tf_bar_swing(const tf_bar *bar, double base, size_t strategy);

/* order[0..n_bars-1]: bars by their swing under a strategy, widest first; equal ones by name, undefined ones last. */
void tf_tornado_order(const tf_sensitivity *of, size_t strategy, size_t *order);

/* The k-th of n >= 2 values at equal distances; the ends are exact. */
double tf_two_way_value(double low, double high, size_t k, size_t n);

#endif
