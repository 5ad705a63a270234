/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/variance.h"

#include "store/export.h"

#include <math.h>

typedef struct subject {
    const tf_layout *layout;
    ptrdiff_t persons;
    tf_estimand cost, qaly;
    double threshold;
} subject;

static double benefit(const subject *of, const tf_outcome *outcomes)
{
    return of->threshold * tf_estimand_value(of->layout, of->persons, outcomes, &of->qaly) -
           tf_estimand_value(of->layout, of->persons, outcomes, &of->cost);
}

typedef struct bounds {
    double most, least;
} bounds;

/* Of its first-order variance. */
static bounds first_order(const subject *of, const tf_outcome *outcomes)
{
    double cost = sqrt(tf_estimand_variance(of->layout, of->persons, outcomes, &of->cost));
    double qaly = of->threshold * sqrt(tf_estimand_variance(of->layout, of->persons, outcomes, &of->qaly));

    return (bounds){(cost + qaly) * (cost + qaly), (cost - qaly) * (cost - qaly)};
}

static void split(const subject *of, const tf_sample *sample, tf_variance *v)
{
    double sum = 0, squares = 0, most = 0, least = 0, first = benefit(of, sample->outcomes[0]), n = (double)sample->n_draws;

    for (size_t k = 0; k < sample->n_draws; k++) {
        double off = benefit(of, sample->outcomes[k]) - first; /* so that squares stay of the size of the variance */
        bounds luck = first_order(of, sample->outcomes[k]);

        sum += off;
        squares += off * off;
        most += luck.most;
        least += luck.least;
    }
    v->mean = first + sum / n;
    if (sample->n_draws < 2) {
        return;
    }
    v->total = fmax(0, (squares - sum * sum / n) / (n - 1));
    v->mcse = sqrt(v->total / n);
    v->first_order = fmin(most / n, v->total);
    v->first_order_least = fmin(least / n, v->total);
    v->parameter = v->total - v->first_order;
}

static void plan(double wanted, tf_variance *v)
{
    double n = (double)v->draws, allowed;

    v->wanted = wanted > 0 ? wanted : 0.01 * fabs(v->mean);
    if (!(v->wanted > 0)) {
        return;
    }
    allowed = n * v->wanted * v->wanted - v->parameter; /* for the luck of persons */
    v->draws_wanted = fmax(1, ceil(v->total / (v->wanted * v->wanted)));
    if (allowed > 0) {
        v->persons_wanted = fmax(1, ceil(v->persons * v->first_order / allowed));
    }
}

tf_variance tf_variance_of(const tf_layout *layout, const tf_sample *sample, size_t strategy, double threshold, double persons, double wanted)
{
    const ptrdiff_t cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");
    const tf_estimand estimand = {.strategy = strategy, .discounted = TF_DISCOUNTED, .difference = true, .per_person = true};
    subject of = {layout, tf_find_measure(layout, "persons"), estimand, estimand, threshold};
    tf_variance v = {sample->n_draws, persons, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (cost < 0 || qaly < 0 || of.persons < 0 || sample->n_draws == 0) {
        return v;
    }
    of.cost.measure = (size_t)cost;
    of.qaly.measure = (size_t)qaly;
    split(&of, sample, &v);
    if (sample->n_draws > 1) {
        plan(wanted, &v);
    }
    if (sample->n_draws > 1 && sample->base != NULL) {
        v.base = benefit(&of, sample->base);
        v.gap = v.mean - v.base;
        v.gap_mcse = sqrt(v.mcse * v.mcse + first_order(&of, sample->base).most);
    }
    return v;
}

tf_remedy tf_variance_remedy(const tf_variance *variance)
{
    if (!(variance->total > 0)) {
        return TF_REMEDY_NONE;
    }
    if (variance->first_order < 0.1 * variance->total) {
        return TF_REMEDY_DRAWS;
    }
    return variance->first_order_least > 0.9 * variance->total ? TF_REMEDY_EITHER : TF_REMEDY_BOTH;
}

bool tf_variance_bends(const tf_variance *variance)
{
    return fabs(variance->gap) > 2 * variance->gap_mcse && fabs(variance->gap) > 1e-9 * fabs(variance->base);
}
