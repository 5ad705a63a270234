/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A probabilistic sample as a decision sees it: for every strategy and draw a cost and an effect per person, and the uncertain parameters
 * of the draw.  Made from a store, or read from CSV files of any program.
 *
 * Long file:  a row per strategy and draw, columns in any order: `strategy`, `draw`, `cost`, `effect` (or `qaly`); `ly` is kept if it
 *             is there; every other column is a parameter and must not differ between the strategies of a draw.  A file without
 *             `draw` holds one draw: point estimates.  (The draws.csv of a run is such a file.)
 * Wide file:  a row per draw; `cost.NAME` and `effect.NAME` (or `qaly.NAME`) for every strategy; `draw` may be missing; every other column
 *             is a parameter.
 * Parameters: a row per draw; `draw` may be missing when the rows stand in the sample's order; the other columns are parameters.
 */
#ifndef TF_ANALYSIS_PSA_H
#define TF_ANALYSIS_PSA_H

#include "store/store.h"

typedef struct tf_psa {
    size_t n_strategies, n_draws, n_parameters, comparator; /* the first strategy of a file */
    char **strategies, **parameters;                        /* names */
    int64_t *draws;                                         /* labels, ascending */
    double *cost, *effect; /* [strategy * n_draws + draw], discounted, per person */
    double *ly;            /* the same, undiscounted; NULL when not known */
    double *values;        /* [parameter * n_draws + draw] */
    double people;         /* whom the decision is about; NAN when not known */
} tf_psa;

/* Read a sample; `parameters` is a second file, or NULL.  Mistakes (a draw that a strategy lacks, a row given twice, text for a number,
 * a missing column) are recorded with file and line, all of them. */
trefoil_status tf_psa_read(trefoil_context *context, const char *path, const char *parameters, tf_psa **psa) TF_MUST_USE;

/* Other rates than the run's; NAN: as the run had it. */
typedef struct tf_rates {
    double cost, effect; /* per year */
} tf_rates;

/* From the finished draws of a store, or its base case alone.  With other discount rates the totals are made again from the years of the
 * run, which is exact for annual discounting; a mistake says why not when they were not kept or discounting was continuous. */
trefoil_status tf_psa_take(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                           tf_rates rates, tf_psa **psa) TF_MUST_USE;
void tf_psa_destroy(tf_psa *psa);

/* -1: none of that name. */
ptrdiff_t tf_psa_strategy(const tf_psa *psa, const char *name);
ptrdiff_t tf_psa_parameter(const tf_psa *psa, const char *name);
/* The values of a strategy or parameter, n_draws of them. */
const double *tf_psa_cost(const tf_psa *psa, size_t strategy);
const double *tf_psa_effect(const tf_psa *psa, size_t strategy);
const double *tf_psa_value(const tf_psa *psa, size_t parameter);

/* Net monetary benefit: threshold x effect - cost. */
static inline double tf_psa_benefit(const tf_psa *psa, size_t strategy, size_t draw, double threshold)
{
    return threshold * psa->effect[strategy * psa->n_draws + draw] - psa->cost[strategy * psa->n_draws + draw];
}

#endif
