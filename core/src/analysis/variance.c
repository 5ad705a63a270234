/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/variance.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>

typedef struct subject {
    tf_columns *columns;
    tf_estimand cost, qaly;
    double threshold;
} subject;

/* Its value in every draw, into the columns' scratch. */
static void benefits(const subject *of, double *health)
{
    tf_columns *columns = of->columns;

    (void)tf_columns_values(columns, &of->qaly, health);
    (void)tf_columns_values(columns, &of->cost, columns->scratch);
    for (size_t k = 0; k < columns->n; k++) {
        columns->scratch[k] = of->threshold * health[k] - columns->scratch[k];
    }
}

static double base_benefit(const subject *of)
{
    const tf_columns *columns = of->columns;
    const tf_outcome *base = columns->sample->base;

    return of->threshold * tf_estimand_value(columns->layout, columns->persons, base, &of->qaly) -
           tf_estimand_value(columns->layout, columns->persons, base, &of->cost);
}

static double first_order(const subject *of, const tf_outcome *outcomes)
{
    const tf_columns *columns = of->columns;
    const tf_outcome *outcome = &outcomes[of->cost.strategy];

    if (outcome->covariance == columns->sample->zeros && outcome->difference_variance == columns->sample->zeros) {
        return 0; /* a cohort */
    }
    return tf_benefit_variance(columns->layout, columns->persons, outcomes, of->cost.strategy, true, of->threshold);
}

static void split(const subject *of, const double *values, tf_variance *v)
{
    const tf_sample *sample = of->columns->sample;
    double sum = 0, squares = 0, luck = 0, n = (double)sample->n_draws;

    for (size_t k = 0; k < sample->n_draws; k++) {
        double off = values[k] - values[0]; /* so that squares stay of the size of the variance */

        sum += off;
        squares += off * off;
        luck += first_order(of, sample->outcomes[k]);
    }
    v->mean = values[0] + sum / n;
    if (sample->n_draws < 2) {
        return;
    }
    v->total = fmax(0, (squares - sum * sum / n) / (n - 1));
    v->mcse = sqrt(v->total / n);
    v->first_order = luck / n;
    v->parameter = fmax(0, v->total - v->first_order);
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

tf_variance tf_variance_of(tf_columns *columns, size_t strategy, double threshold, double persons, double wanted)
{
    const tf_layout *layout = columns->layout;
    const tf_sample *sample = columns->sample;
    const ptrdiff_t cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");
    const tf_estimand estimand = {.strategy = strategy, .discounted = TF_DISCOUNTED, .difference = true, .per_person = true};
    subject of = {columns, estimand, estimand, threshold};
    tf_variance v = {sample->n_draws, persons, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double *health = TF_NEW(double, columns->n);

    if (cost >= 0 && qaly >= 0 && columns->persons >= 0 && sample->n_draws > 0 && health != NULL) {
        of.cost.measure = (size_t)cost;
        of.qaly.measure = (size_t)qaly;
        benefits(&of, health);
        split(&of, columns->scratch, &v);
    }
    tf_free(health);
    if (isnan(v.total)) {
        return v;
    }
    plan(wanted, &v);
    if (sample->base != NULL) {
        v.base = base_benefit(&of);
        v.gap = v.mean - v.base;
        v.gap_mcse = sqrt(v.mcse * v.mcse + first_order(&of, sample->base));
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
    return variance->first_order > 0.9 * variance->total ? TF_REMEDY_EITHER : TF_REMEDY_BOTH;
}

bool tf_variance_bends(const tf_variance *variance)
{
    return fabs(variance->gap) > 2 * variance->gap_mcse && fabs(variance->gap) > 1e-9 * fabs(variance->base);
}
