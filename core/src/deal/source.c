/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/source.h"

#include "analysis/estimate.h"
#include "base/memory.h"
#include "random/design.h"

typedef struct kept {
    tf_yearly column;
    double *values;
} kept;

/* Numbers by draw, of a stream: uniforms, or a distribution's quantiles at them. */
typedef struct stream {
    uint32_t purpose;
    bool uniform;
    tf_distribution distribution;
    double *values;
} stream;

struct tf_source {
    const tf_layout *layout;
    const tf_scenario *scenario;
    const tf_sample *sample;
    tf_sample *own; /* the same, or NULL */
    kept *kept;
    size_t n_kept, capacity;
    stream *streams;
    size_t n_streams, streams_capacity;
};

trefoil_status tf_source_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                                tf_source **source)
{
    *source = NULL;
    if (tf_sample_size(sample) == 0) {
        return tf_fail(context, TREFOIL_STORE_FAILED, "the store has no finished draw");
    }
    *source = TF_NEW(tf_source, 1);
    if (*source == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for deals");
    }
    **source = (tf_source){.layout = layout, .scenario = scenario, .sample = sample};
    return TREFOIL_DONE;
}

void tf_source_destroy(tf_source *source)
{
    if (source == NULL) {
        return;
    }
    for (size_t k = 0; k < source->n_kept; k++) {
        tf_free(source->kept[k].values);
    }
    for (size_t k = 0; k < source->n_streams; k++) {
        tf_free(source->streams[k].values);
    }
    tf_free(source->streams);
    tf_free(source->kept);
    tf_sample_destroy(source->own);
    tf_free(source);
}

void tf_source_keep(tf_source *source, tf_sample *sample)
{
    source->own = sample;
}

const tf_layout *tf_source_layout(const tf_source *source)
{
    return source->layout;
}

const tf_scenario *tf_source_scenario(const tf_source *source)
{
    return source->scenario;
}

const tf_sample *tf_source_sample(const tf_source *source)
{
    return source->sample;
}

size_t tf_source_draws(const tf_source *source)
{
    return tf_sample_size(source->sample);
}

const tf_outcome *tf_source_outcomes(const tf_source *source, size_t draw)
{
    return tf_sample_at(source->sample, draw);
}

static bool same_distribution(const tf_distribution *a, const tf_distribution *b)
{
    return a->family == b->family && a->a == b->a && a->b == b->b && a->c == b->c && a->min == b->min && a->max == b->max &&
           a->mean == b->mean;
}

static const double *add_stream(tf_source *source, stream made)
{
    void *items = source->streams;

    if (made.values == NULL || tf_reserve(&items, &source->streams_capacity, source->n_streams + 1, sizeof *source->streams) != 0) {
        tf_free(made.values);
        return NULL;
    }
    source->streams = items;
    source->streams[source->n_streams++] = made;
    return made.values;
}

const double *tf_source_luck(tf_source *source, uint32_t purpose)
{
    const size_t n = tf_source_draws(source);
    double *values;

    for (size_t k = 0; k < source->n_streams; k++) {
        if (source->streams[k].uniform && source->streams[k].purpose == purpose) {
            return source->streams[k].values;
        }
    }
    values = TF_NEW(double, n);
    for (size_t d = 0; values != NULL && d < n; d++) {
        values[d] = n == 1 ? 0.5 : tf_design_latin(source->scenario->seed, purpose, (uint32_t)n, (uint32_t)d + 1);
    }
    return add_stream(source, (stream){.purpose = purpose, .uniform = true, .values = values});
}

const double *tf_source_drawn(tf_source *source, uint32_t purpose, const tf_distribution *distribution)
{
    const size_t n = tf_source_draws(source);
    const double *luck;
    double *values;

    for (size_t k = 0; k < source->n_streams; k++) {
        const stream *known = &source->streams[k];

        if (!known->uniform && known->purpose == purpose && same_distribution(&known->distribution, distribution)) {
            return known->values;
        }
    }
    luck = tf_source_luck(source, purpose);
    values = luck != NULL ? TF_NEW(double, n) : NULL;
    for (size_t d = 0; values != NULL && d < n; d++) {
        values[d] = n == 1 ? distribution->mean : tf_distribution_quantile(distribution, luck[d]);
    }
    return add_stream(source, (stream){.purpose = purpose, .distribution = *distribution, .values = values});
}

void tf_window_sum(double *values, size_t draws, size_t years, int window)
{
    if (window == TF_WINDOW_YEAR) {
        return;
    }
    for (size_t d = 0; d < draws; d++) {
        double *of = &values[d * years];

        for (size_t t = years; t-- > 0;) { /* from the last, as earlier years are still needed */
            size_t first = window == TF_WINDOW_TO_DATE || (size_t)window > t ? 0 : t + 1 - (size_t)window;
            double sum = 0;

            for (size_t s = first; s <= t; s++) {
                sum += of[s];
            }
            of[t] = sum;
        }
    }
}

size_t tf_source_joining(const tf_source *source)
{
    return source->layout->joining * source->layout->n_years * source->layout->n_measures;
}

static bool same(const tf_yearly *a, const tf_yearly *b)
{
    return a->strategy == b->strategy && a->measure == b->measure && a->group == b->group && a->from == b->from && a->years == b->years &&
           a->window == b->window && a->open == b->open;
}

const double *tf_source_column(tf_source *source, tf_yearly column)
{
    const tf_layout *layout = source->layout;
    const size_t year_group = (size_t)layout->groups[column.group].year_index, draws = tf_source_draws(source);
    void *items = source->kept;
    double *values;

    for (size_t k = 0; k < source->n_kept; k++) {
        if (same(&source->kept[k].column, &column)) {
            return source->kept[k].values;
        }
    }
    values = TF_NEW(double, draws * column.years);
    if (values == NULL || tf_reserve(&items, &source->capacity, source->n_kept + 1, sizeof *source->kept) != 0) {
        tf_free(values);
        return NULL;
    }
    source->kept = items;
    for (size_t d = 0; d < draws; d++) {
        const tf_outcome *outcome = &tf_source_outcomes(source, d)[column.strategy];

        for (size_t t = 0; t < column.years; t++) {
            const double *of = &outcome->by_year[tf_at_year(layout, year_group, column.from + t, column.measure)];

            values[d * column.years + t] = *of + (column.open ? of[tf_source_joining(source)] : 0);
        }
    }
    tf_window_sum(values, draws, column.years, column.window);
    source->kept[source->n_kept++] = (kept){column, values};
    return values;
}
