/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deal reads of a run: yearly totals of a measure, strategy and group in every draw, as columns.  Columns are made once and shared by
 * all deals on the same source. */
#ifndef TF_DEAL_SOURCE_H
#define TF_DEAL_SOURCE_H

#include "random/distribution.h"
#include "store/store.h"

/* A window over the years of the deal: this year, all years to date, or the last n. */
enum { TF_WINDOW_YEAR = 1, TF_WINDOW_TO_DATE = 0 };

typedef struct tf_source tf_source;

/* Both must outlive the source.  A run without draws has its base case as its only draw. */
trefoil_status tf_source_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                                tf_source **source) TF_MUST_USE;
void tf_source_destroy(tf_source *source);
/* It destroys the sample with itself. */
void tf_source_keep(tf_source *source, tf_sample *sample);
const tf_layout *tf_source_layout(const tf_source *source);
const tf_scenario *tf_source_scenario(const tf_source *source);
const tf_sample *tf_source_sample(const tf_source *source);
size_t tf_source_draws(const tf_source *source);
/* The outcomes of a draw, [strategy]. */
const tf_outcome *tf_source_outcomes(const tf_source *source, size_t draw);
/* The uniforms of a stream, [draw]: one draw in each of as many equal strata as there are draws, and the middle of a single one.  And the quantiles of
 * a distribution at them; of a single draw its mean.  They live until the source is destroyed; NULL when memory is exhausted. */
const double *tf_source_luck(tf_source *source, uint32_t purpose);
const double *tf_source_drawn(tf_source *source, uint32_t purpose, const tf_distribution *distribution);

typedef struct tf_yearly {
    size_t strategy, measure, group;
    size_t from, years; /* years of the run: from 0 */
    int window;
    bool open; /* with those who join the run's population */
} tf_yearly;

/* Sum the yearly numbers in values[draw * years + year] over the window, in place. */
void tf_window_sum(double *values, size_t draws, size_t years, int window);

/* values[draw * years + year]; lives until the source is destroyed.  The group must be kept by year.  NULL when memory is exhausted. */
const double *tf_source_column(tf_source *source, tf_yearly column);

/* How far behind a number of by_year that of those who join the same people stands; 0: the run's population is closed, or a cohort. */
size_t tf_source_joining(const tf_source *source);

#endif
