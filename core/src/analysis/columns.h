/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Totals laid out by column: one measure over all draws.  A sample has them by draw, so that looking at one of them in every draw touches all
 * its memory; here eight neighbouring totals of a strategy are copied at once, and the last few such blocks are kept.
 */
#ifndef TF_ANALYSIS_COLUMNS_H
#define TF_ANALYSIS_COLUMNS_H

#include "analysis/estimate.h"

enum { TF_COLUMNS_KEPT = 12, TF_COLUMNS_WIDE = 8 };

typedef struct tf_columns {
    const tf_layout *layout;
    const tf_sample *sample;
    size_t n;          /* tf_sample_size */
    ptrdiff_t persons; /* the measure, or -1 */
    double *values;    /* [block][column][n] */
    struct tf_column_block {
        bool filled;
        size_t strategy, first;
        uint64_t used; /* when it was asked for last */
    } blocks[TF_COLUMNS_KEPT];
    uint64_t now;      /* calls so far */
    double *scratch;   /* n */
} tf_columns;

/* Of a sample that outlives it. */
trefoil_status tf_columns_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, tf_columns **columns) TF_MUST_USE;
void tf_columns_destroy(tf_columns *columns);

/* The totals at `at` (tf_at) of a strategy, `n` of them; good until TF_COLUMNS_KEPT - 1 more calls were made. */
const double *tf_column(tf_columns *columns, size_t strategy, size_t at);
/* The values of an estimand, n of them; false when one is not defined (NAN). */
bool tf_columns_values(tf_columns *columns, const tf_estimand *estimand, double *values);
/* Its estimate; all NAN when a value is not defined. */
tf_estimate tf_columns_estimate(tf_columns *columns, const tf_estimand *estimand);

#endif
