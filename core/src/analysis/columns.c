/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/columns.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>

trefoil_status tf_columns_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, tf_columns **columns)
{
    tf_columns *made = TF_NEW(tf_columns, 1);

    *columns = NULL;
    if (made != NULL) {
        made->layout = layout;
        made->sample = sample;
        made->n = tf_sample_size(sample);
        made->persons = tf_find_measure(layout, "persons");
        made->values = TF_NEW(double, TF_COLUMNS_KEPT * TF_COLUMNS_WIDE * made->n);
        made->scratch = TF_NEW(double, made->n);
    }
    if (made == NULL || made->values == NULL || made->scratch == NULL) {
        tf_columns_destroy(made);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to analyse %zu draws", tf_sample_size(sample));
    }
    *columns = made;
    return TREFOIL_DONE;
}

void tf_columns_destroy(tf_columns *columns)
{
    if (columns == NULL) {
        return;
    }
    tf_free(columns->values);
    tf_free(columns->scratch);
    tf_free(columns);
}

enum { AHEAD = 24 };

static void fill(const tf_columns *columns, const struct tf_column_block *block, double *to)
{
    const size_t all = columns->layout->n_groups * columns->layout->n_measures * 2, n = columns->n;
    const size_t wide = all - block->first < TF_COLUMNS_WIDE ? all - block->first : TF_COLUMNS_WIDE;

    for (size_t k = 0; k < n; k++) {
        const double *from = &tf_sample_at(columns->sample, k)[block->strategy].total[block->first];

        if (k + AHEAD < n) { /* draws are far apart in memory */
            __builtin_prefetch(&tf_sample_at(columns->sample, k + AHEAD)[block->strategy]);
            __builtin_prefetch(&tf_sample_at(columns->sample, k + AHEAD / 2)[block->strategy].total[block->first]);
        }

        for (size_t c = 0; c < wide; c++) {
            to[c * n + k] = from[c];
        }
    }
}

/* The block, or the one that was not asked for the longest. */
static struct tf_column_block *block_of(tf_columns *columns, size_t strategy, size_t first)
{
    struct tf_column_block *oldest = columns->blocks;

    for (struct tf_column_block *block = columns->blocks; block < columns->blocks + TF_COLUMNS_KEPT; block++) {
        if (block->filled && block->strategy == strategy && block->first == first) {
            return block;
        }
        oldest = block->used < oldest->used ? block : oldest;
    }
    oldest->filled = false;
    return oldest;
}

const double *tf_column(tf_columns *columns, size_t strategy, size_t at)
{
    const size_t column = at % TF_COLUMNS_WIDE, first = at - column;
    struct tf_column_block *block = block_of(columns, strategy, first);
    double *values = &columns->values[(size_t)(block - columns->blocks) * TF_COLUMNS_WIDE * columns->n];

    if (!block->filled) {
        *block = (struct tf_column_block){.filled = true, .strategy = strategy, .first = first};
        fill(columns, block, values);
    }
    block->used = ++columns->now;
    return &values[column * columns->n];
}

/* What totals of the group are divided by; NULL: by 1. */
static const double *people_of(tf_columns *columns, size_t strategy, const tf_estimand *estimand)
{
    return estimand->per_person ? tf_column(columns, strategy, tf_at(columns->layout, estimand->group, (size_t)columns->persons, TF_UNDISCOUNTED))
                                : NULL;
}

bool tf_columns_values(tf_columns *columns, const tf_estimand *estimand, double *values)
{
    const size_t n = columns->n, comparator = columns->layout->comparator;
    const size_t at = tf_at(columns->layout, estimand->group, estimand->measure, estimand->discounted);
    const double *mine, *people, *other, *others;
    bool whole = true;

    if (estimand->per_person && columns->persons < 0) {
        return false;
    }
    mine = tf_column(columns, estimand->strategy, at);
    people = people_of(columns, estimand->strategy, estimand);
    for (size_t k = 0; k < n; k++) {
        values[k] = people == NULL ? mine[k] : mine[k] / (people[k] > 0 ? people[k] : (double)NAN);
    }
    if (estimand->difference) {
        other = tf_column(columns, comparator, at);
        others = people_of(columns, comparator, estimand);
        for (size_t k = 0; k < n; k++) {
            values[k] -= others == NULL ? other[k] : other[k] / (others[k] > 0 ? others[k] : (double)NAN);
        }
    }
    for (size_t k = 0; k < n; k++) {
        whole = whole && !isnan(values[k]);
    }
    return whole;
}

tf_estimate tf_columns_estimate(tf_columns *columns, const tf_estimand *estimand)
{
    if (!tf_columns_values(columns, estimand, columns->scratch)) {
        return (tf_estimate){NAN, NAN, NAN, NAN};
    }
    return tf_estimate_values(columns->scratch, columns->n,
                              tf_estimand_variance(columns->layout, columns->persons, tf_sample_at(columns->sample, 0), estimand));
}
