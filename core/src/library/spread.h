/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distributions in a plain table, measured: what stands behind trefoil_inequality. */
#ifndef TF_LIBRARY_SPREAD_H
#define TF_LIBRARY_SPREAD_H

#include "analysis/dominance.h"
#include "analysis/equity.h"
#include "analysis/measures.h"
#include "analysis/theil.h"
#include "base/text.h"

enum { TF_MOST_SWITCHES = 4 };

/* How one distribution stands to another: dominance first, then the aversions at which their EDE are the same. */
typedef struct tf_comparison {
    tf_dominance pareto, lorenz, generalised_lorenz, concentration, generalised_concentration;
    double switches[2][TF_MOST_SWITCHES]; /* by tf_welfare */
    size_t n_switches[2];                 /* found; the first TF_MOST_SWITCHES are kept */
} tf_comparison;

/* The rows of one distribution as they were read. */
typedef struct tf_rows {
    char *label;
    size_t count;
    double *people, *outcome, *error, *rank; /* NULL: not given */
    double *gain;                            /* NULL: not given */
    size_t *part, *cluster, *stratum;        /* NULL: not given */
} tf_rows;

typedef struct tf_spread_item {
    tf_rows rows;
    bool tied;                         /* several rows of groups have one rank */
    tf_ranking *distribution, *by_health;
    tf_measures measures;
    tf_theil_split theil_t, theil_l; /* when there are parts */
    tf_equity *equity;                 /* NULL: no programme */
    bool compared;
    tf_comparison comparison;
} tf_spread_item;

typedef struct tf_spread {
    tf_spread_item *items;
    size_t count;
    bool has_parts;
    ptrdiff_t against;           /* -1: nothing is compared */
    tf_list outcomes;            /* columns */
    tf_list parts, clusters, strata; /* names */
    char *rank, *people;         /* columns, or NULL */
} tf_spread;

/* Read and measure.  Mistakes in the table are recorded with file and line, in the options with "--option". */
trefoil_status tf_spread_create(trefoil_context *context, const char *path, const trefoil_inequality_options *options,
                                tf_spread **spread) TF_MUST_USE;
/* The same of one distribution in memory, which is copied; and has neither parts nor a survey's design.  Columns among the options
 * are not looked at. */
trefoil_status tf_spread_create_rows(trefoil_context *context, const tf_rows *rows, const trefoil_inequality_options *options,
                                     tf_spread **spread) TF_MUST_USE;
void tf_spread_destroy(tf_spread *spread);

/* The item of that label, or NULL; and its measure by written name ("sii", "atkinson(7)"), or NULL. */
const tf_spread_item *tf_spread_find(const tf_spread *spread, const char *label);
const tf_measured *tf_spread_measure(const tf_spread_item *item, const char *name);

/* A list of numbers "1, 3.5"; a mistake names the option.  Appended to `list` (freed by the caller), whose length is counted. */
trefoil_status tf_spread_numbers(trefoil_context *context, const char *option, const char *text, double **list, size_t *count) TF_MUST_USE;

#endif
