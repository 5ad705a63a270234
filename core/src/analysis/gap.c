/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/gap.h"

#include <math.h>

static const char no_ranks[] = "the groups have no social rank";
static const char one_rank[] = "all have the same rank";

double tf_gap_absolute(double first, double last)
{
    return last - first;
}

double tf_gap_relative(double first, double last)
{
    return last / first;
}

static const char *obstacle(const tf_ranking *d)
{
    return !d->ranked ? no_ranks : d->rank[d->n - 1] > d->rank[0] ? NULL : one_rank;
}

tf_index tf_absolute_gap(const tf_ranking *d)
{
    tf_index first = tf_ranking_first(d), last = tf_ranking_last(d);

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    return tf_index_of(tf_gap_absolute(first.value, last.value), hypot(first.error, last.error));
}

tf_index tf_relative_gap(const tf_ranking *d)
{
    tf_index first = tf_ranking_first(d), last = tf_ranking_last(d);
    double ratio;

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    if (!(first.value > 0 && last.value > 0)) {
        return tf_index_undefined("a value is 0 or below");
    }
    ratio = tf_gap_relative(first.value, last.value);
    return tf_index_of(ratio, ratio * hypot(first.error / first.value, last.error / last.value));
}

tf_index tf_range(const tf_ranking *d)
{
    return tf_index_of(tf_ranking_max(d) - tf_ranking_min(d), NAN);
}

tf_index tf_range_ratio(const tf_ranking *d)
{
    if (!(tf_ranking_min(d) > 0)) {
        return tf_index_undefined("a value is 0 or below");
    }
    return tf_index_of(tf_ranking_max(d) / tf_ranking_min(d), NAN);
}

tf_index tf_excess_burden(const tf_ranking *d, bool good)
{
    tf_index last = tf_ranking_last(d);

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    return tf_index_of(d->population * (good ? last.value - d->mean : d->mean - last.value), NAN);
}
