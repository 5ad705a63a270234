/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run hands on: for every draw, strategy, group and measure a population total, its first-order (Monte Carlo) variance, and
 * the variance of its paired difference from the comparator.
 */
#ifndef TF_ENGINE_RESULTS_H
#define TF_ENGINE_RESULTS_H

#include "model/model.h"

/* A thing counted.  Names as in design: ly, qaly, cost, cost.<category>, deaths, event.<condition>.<from>.<to>,
 * years.<condition>.<state>, use.<resource>, <intervention>.<measure>; and `persons`, the people at the start. */
typedef struct tf_measure {
    char *name, *unit;
} tf_measure;

/* One group of people: of grouping `group_by` ("all", "imd", "imd*sex"), labelled `group` ("all", "1", "1*female", "40-49", the name of a
 * board).  imd groups are "1".."5", 1 = most deprived. */
typedef struct tf_group {
    char *group_by, *group;
    int year_index; /* its place in by_year below, or -1 if its grouping is not kept by year */
} tf_group;

/* Whom a group is part of: residents of all ages of the run's areas, by deprivation fifth (most deprived first), who bear what a strategy
 * displaces; life expectancy and quality-adjusted life expectancy at birth of people with the group's mix of sex and fifth, in years (NAN: not
 * known); and the QALYs (discounted) that people of the ages and sexes of those simulated may expect whatever their fifth (NAN: not known). */
typedef struct tf_background {
    double residents[TF_FIFTHS];
    double life, quality, norm;
} tf_background;

typedef struct tf_layout {
    tf_measure *measures;
    size_t n_measures;
    tf_group *groups; /* group 0 is all/all */
    size_t n_groups;
    tf_background *background; /* by group; NULL: people from nowhere in particular */
    size_t n_year_groups;
    size_t joining; /* an open population: those who join a group are the year group year_index + joining of by_year, in the first open_years years of
                       the run (0 afterwards); 0: the population is closed */
    size_t n_years;      /* whole years of the run, the last may be partial */
    bool years_astray;   /* annual discounting takes some amounts as of another year than by_year has them in */
    char **strategies;   /* names */
    char **strategy_titles;
    size_t n_strategies;
    size_t n_extra;      /* in a layout read from a store: strategies of a staircase, after n_strategies in every list and in outcomes */
    size_t comparator;
    char **parameters;   /* names, in the order of tf_draw.parameters */
    size_t n_parameters;
} tf_layout;

/* Index of discounting in the arrays below. */
enum { TF_UNDISCOUNTED = 0, TF_DISCOUNTED = 1 };

/* The outcome of one strategy in one draw.  Arrays are [group][measure][2] (tf_at) and [year group][year][measure] (undiscounted); of
 * covariances [group][2] (tf_at_covariance). */
typedef struct tf_outcome {
    double *total;
    double *variance;           /* of total, first order */
    double *difference_variance; /* of (total - comparator's total), paired by person; 0 for the comparator */
    double *by_year;
    double *covariance;         /* of the totals of cost and qaly, discounted, first order: with their variances that of any net benefit */
} tf_outcome;

typedef struct tf_draw {
    uint32_t draw; /* 0: base case */
    const double *parameters;
    const tf_outcome *outcomes; /* per strategy */
    double seconds;             /* of computing, all threads added */
} tf_draw;

static inline size_t tf_at(const tf_layout *layout, size_t group, size_t measure, int discounted)
{
    return (group * layout->n_measures + measure) * 2 + (size_t)discounted;
}

/* Of a strategy's own totals, or of their paired differences from the comparator's. */
static inline size_t tf_at_covariance(size_t group, bool difference)
{
    return 2 * group + difference;
}

static inline size_t tf_at_year(const tf_layout *layout, size_t year_group, size_t year, size_t measure)
{
    return (year_group * layout->n_years + year) * layout->n_measures + measure;
}

/* Who takes the draws as they are finished (the store).  Called by one thread at a time, in ascending order of draws; those that lost a unit
 * of work (--isolate) are left out unless `in_order`, and come with --resume.  Another status than TREFOIL_DONE from `take` ends the run, which returns it. */
typedef struct tf_sink {
    trefoil_status (*take)(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw);
    /* Is this draw already there (a resumed run)? */
    bool (*has)(void *self, uint32_t draw);
    void *self;
    bool in_order; /* it is to have every draw before the next */
} tf_sink;

#endif
