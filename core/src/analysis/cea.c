/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/cea.h"

#include "analysis/columns.h"
#include "base/memory.h"
#include "base/fast.h"
#include "store/export.h"

#include <math.h>

const char *tf_standing_name(tf_standing standing)
{
    switch (standing) {
    case TF_REFERENCE:
        return "reference";
    case TF_FRONTIER:
        return "frontier";
    case TF_DOMINATED:
        return "dominated";
    case TF_EXTENDEDLY_DOMINATED:
        break;
    }
    return "extendedly_dominated";
}

tf_quadrant tf_quadrant_of(double cost, double effect)
{
    if (cost == 0 && effect == 0) {
        return TF_NO_DIFFERENCE;
    }
    if (effect > 0) {
        return cost > 0 ? TF_MORE_FOR_MORE : TF_MORE_FOR_LESS;
    }
    if (effect < 0) {
        return cost < 0 ? TF_LESS_FOR_LESS : TF_LESS_FOR_MORE;
    }
    return cost < 0 ? TF_MORE_FOR_LESS : TF_LESS_FOR_MORE;
}

const char *tf_quadrant_words(tf_quadrant quadrant)
{
    switch (quadrant) {
    case TF_NO_DIFFERENCE:
        return "no difference in cost or effect";
    case TF_MORE_FOR_MORE:
        return "more effective and more costly";
    case TF_MORE_FOR_LESS:
        return "dominant: more effective and less costly";
    case TF_LESS_FOR_LESS:
        return "less effective and less costly";
    case TF_LESS_FOR_MORE:
        break;
    }
    return "dominated: less effective and more costly";
}

/* ---- the frontier ---------------------------------------------------------------------------- */

typedef struct points {
    const double *cost, *effect;
    size_t comparator;
} points;

/* Does a come before b: cheaper, then more effective, then the comparator, then the earlier? */
static bool comes_before(const points *p, size_t a, size_t b)
{
    if (p->cost[a] != p->cost[b]) {
        return p->cost[a] < p->cost[b];
    }
    if (p->effect[a] != p->effect[b]) {
        return p->effect[a] > p->effect[b];
    }
    if ((a == p->comparator) != (b == p->comparator)) {
        return a == p->comparator;
    }
    return a < b;
}

static double slope(const points *p, size_t from, size_t to)
{
    return (p->cost[to] - p->cost[from]) / (p->effect[to] - p->effect[from]);
}

trefoil_status tf_frontier(trefoil_context *context, const double *cost, const double *effect, size_t n, size_t comparator,
                           tf_standing *standing, size_t *previous)
{
    const points p = {cost, effect, comparator};
    size_t *order = TF_NEW(size_t, n), *hull = TF_NEW(size_t, n), height = 0, last = 0;
    trefoil_status status = TREFOIL_DONE;

    if (order == NULL || hull == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to compare strategies");
        goto out;
    }
    for (size_t k = 0; k < n; k++) {
        size_t at = k;

        for (; at > 0 && comes_before(&p, k, order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = k;
    }
    for (size_t k = 0; k < n; k++) {
        size_t s = order[k];

        if (height > 0 && effect[s] <= effect[hull[height - 1]]) {
            standing[s] = TF_DOMINATED;
            continue;
        }
        while (height > 1 && slope(&p, hull[height - 2], hull[height - 1]) > slope(&p, hull[height - 1], s)) {
            standing[hull[--height]] = TF_EXTENDEDLY_DOMINATED;
        }
        standing[s] = height == 0 ? TF_REFERENCE : TF_FRONTIER;
        hull[height++] = s;
    }
    for (size_t k = 0; k < n; k++) {
        size_t s = order[k];

        previous[s] = k == 0 ? s : last;
        if (standing[s] == TF_REFERENCE || standing[s] == TF_FRONTIER) {
            last = s;
        }
    }
out:
    tf_free(order);
    tf_free(hull);
    return status;
}

/* ---- the analysis ---------------------------------------------------------------------------- */

typedef struct subject {
    tf_columns *columns;
    ptrdiff_t cost, qaly, ly;
    const tf_cea *cea;
} subject;

static tf_estimate estimate(const subject *of, size_t strategy, ptrdiff_t measure, int discounted, bool difference)
{
    const tf_estimand estimand = {.strategy = strategy, .measure = (size_t)measure, .discounted = discounted, .difference = difference,
                                  .per_person = true};

    return tf_columns_estimate(of->columns, &estimand);
}

/* Discounted cost and QALYs per person of every strategy in every draw. */
static void gather(const subject *of, tf_cea *cea)
{
    for (size_t s = 0; s < cea->n_options; s++) {
        tf_estimand estimand = {.strategy = s, .measure = (size_t)of->cost, .discounted = TF_DISCOUNTED, .per_person = true};

        (void)tf_columns_values(of->columns, &estimand, &cea->cost[s * cea->n]);
        estimand.measure = (size_t)of->qaly;
        (void)tf_columns_values(of->columns, &estimand, &cea->qaly[s * cea->n]);
    }
}

static double benefit_variance(const subject *of, size_t strategy, bool difference, double threshold)
{
    return tf_benefit_variance(of->columns->layout, of->columns->persons, tf_sample_at(of->columns->sample, 0), strategy, difference, threshold);
}

static tf_estimate estimate_net_benefit(const subject *of, const tf_option *option, double threshold, bool difference)
{
    const tf_cea *cea = of->cea;
    const double *cost = &cea->cost[option->strategy * cea->n], *qaly = &cea->qaly[option->strategy * cea->n];
    const double *other_cost = &cea->cost[cea->comparator * cea->n], *other_qaly = &cea->qaly[cea->comparator * cea->n];
    double *values = of->columns->scratch;

    for (size_t k = 0; k < cea->n; k++) {
        values[k] = difference ? threshold * (qaly[k] - other_qaly[k]) - (cost[k] - other_cost[k]) : threshold * qaly[k] - cost[k];
    }
    return tf_estimate_values(values, cea->n, cea->n < 2 ? benefit_variance(of, option->strategy, difference, threshold) : 0);
}

/* The Monte Carlo error of a ratio of mean differences between two strategies, linearised: the error of the net benefit at that
 * threshold over the mean difference in QALYs. */
static double ratio_error(const subject *of, const tf_option *option, size_t against, double ratio, double more_qaly)
{
    const tf_cea *cea = of->cea;
    const double *cost = &cea->cost[option->strategy * cea->n], *qaly = &cea->qaly[option->strategy * cea->n];
    const double *other_cost = &cea->cost[against * cea->n], *other_qaly = &cea->qaly[against * cea->n];
    double *values = of->columns->scratch;

    if (isnan(ratio) || (cea->n < 2 && against != cea->comparator)) {
        return NAN;
    }
    if (cea->n < 2) {
        return sqrt(benefit_variance(of, option->strategy, true, ratio)) / fabs(more_qaly);
    }
    for (size_t k = 0; k < cea->n; k++) {
        values[k] = (ratio * qaly[k] - cost[k]) - (ratio * other_qaly[k] - other_cost[k]);
    }
    return tf_estimate_values(values, cea->n, 0).mcse / fabs(more_qaly);
}

/* ---- the best choice ------------------------------------------------------------------------- */

enum { CHUNK = 256 };

/* The highest net benefit of some draws, and how many strategies have it; false: one alone, in all of them. */
TF_FAST static bool find_best(const tf_cea *cea, double threshold, size_t first, size_t n, double *best, double *alike)
{
    double most = 1;

    for (size_t k = 0; k < n; k++) {
        best[k] = threshold * cea->qaly[first + k] - cea->cost[first + k];
        alike[k] = 1;
    }
    for (size_t s = 1; s < cea->n_options; s++) {
        const double *cost = &cea->cost[s * cea->n + first], *qaly = &cea->qaly[s * cea->n + first];

        for (size_t k = 0; k < n; k++) {
            double nmb = threshold * qaly[k] - cost[k];

            alike[k] = nmb > best[k] ? 1 : nmb == best[k] ? alike[k] + 1 : alike[k];
            best[k] = nmb > best[k] ? nmb : best[k];
        }
    }
    for (size_t k = 0; k < n; k++) {
        most = alike[k] > most ? alike[k] : most;
    }
    return most > 1;
}

TF_FAST static void add_best(const tf_cea *cea, double threshold, size_t first, size_t n, const double *best, const double *alike, bool shared, double *p_best)
{
    for (size_t s = 0; s < cea->n_options; s++) {
        const double *cost = &cea->cost[s * cea->n + first], *qaly = &cea->qaly[s * cea->n + first];
        int wins = 0;

        if (!shared) {
            for (size_t k = 0; k < n; k++) {
                wins += threshold * qaly[k] - cost[k] == best[k];
            }
            p_best[s] += wins;
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            p_best[s] += threshold * qaly[k] - cost[k] == best[k] ? 1 / alike[k] : 0;
        }
    }
}

void tf_cea_best(const tf_cea *cea, double threshold, double *p_best)
{
    double best[CHUNK], alike[CHUNK];

    for (size_t s = 0; s < cea->n_options; s++) {
        p_best[s] = 0;
    }
    for (size_t first = 0; first < cea->n_draws; first += CHUNK) {
        const size_t n = cea->n_draws - first < CHUNK ? cea->n_draws - first : CHUNK;
        bool shared = find_best(cea, threshold, first, n, best, alike);

        add_best(cea, threshold, first, n, best, alike, shared, p_best);
    }
    for (size_t s = 0; s < cea->n_options && cea->n_draws > 0; s++) {
        p_best[s] /= (double)cea->n_draws;
    }
}

static void describe(const subject *of, size_t strategy, tf_option *option)
{
    option->strategy = strategy;
    option->cost = estimate(of, strategy, of->cost, TF_DISCOUNTED, false);
    option->qaly = estimate(of, strategy, of->qaly, TF_DISCOUNTED, false);
    option->ly = estimate(of, strategy, of->ly, TF_UNDISCOUNTED, false);
    option->ly_discounted = estimate(of, strategy, of->ly, TF_DISCOUNTED, false);
    option->more_cost = estimate(of, strategy, of->cost, TF_DISCOUNTED, true);
    option->more_qaly = estimate(of, strategy, of->qaly, TF_DISCOUNTED, true);
    option->more_ly = estimate(of, strategy, of->ly, TF_UNDISCOUNTED, true);
    option->quadrant = tf_quadrant_of(option->more_cost.value, option->more_qaly.value);
    option->ratio = option->quadrant == TF_MORE_FOR_MORE || option->quadrant == TF_LESS_FOR_LESS
                        ? option->more_cost.value / option->more_qaly.value
                        : (double)NAN;
    option->ratio_mcse = ratio_error(of, option, of->cea->comparator, option->ratio, option->more_qaly.value);
}

static trefoil_status stand(trefoil_context *context, const subject *of, tf_cea *cea)
{
    trefoil_status status;
    const size_t n = cea->n_options;
    double *cost = TF_NEW(double, n), *qaly = TF_NEW(double, n);
    tf_standing *standing = TF_NEW(tf_standing, n);
    size_t *previous = TF_NEW(size_t, n);

    if (cost == NULL || qaly == NULL || standing == NULL || previous == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to compare strategies");
        goto out;
    }
    for (size_t s = 0; s < n; s++) {
        cost[s] = cea->options[s].cost.value;
        qaly[s] = cea->options[s].qaly.value;
    }
    TRY(tf_frontier(context, cost, qaly, n, cea->comparator, standing, previous));
    for (size_t s = 0; s < n; s++) {
        tf_option *option = &cea->options[s];
        bool reference = standing[s] == TF_REFERENCE;

        option->standing = standing[s];
        option->previous = previous[s];
        option->step_cost = reference ? (double)NAN : cost[s] - cost[previous[s]];
        option->step_qaly = reference ? (double)NAN : qaly[s] - qaly[previous[s]];
        option->icer = standing[s] == TF_FRONTIER ? option->step_cost / option->step_qaly : (double)NAN;
        option->icer_mcse = ratio_error(of, option, previous[s], option->icer, option->step_qaly);
    }
out:
    tf_free(cost);
    tf_free(qaly);
    tf_free(standing);
    tf_free(previous);
    return status;
}

static trefoil_status weigh(trefoil_context *context, const subject *of, tf_cea *cea)
{
    double *p_best = TF_NEW(double, cea->n_options);

    if (p_best == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to compare strategies");
    }
    for (size_t t = 0; t < cea->n_thresholds; t++) {
        tf_cea_best(cea, cea->thresholds[t], p_best);
        for (size_t s = 0; s < cea->n_options; s++) {
            tf_option *option = &cea->options[s];

            option->nmb[t] = estimate_net_benefit(of, option, cea->thresholds[t], false);
            option->more_nmb[t] = estimate_net_benefit(of, option, cea->thresholds[t], true);
            option->p_best[t] = cea->n_draws > 1 ? p_best[s] : (double)NAN;
        }
    }
    tf_free(p_best);
    return TREFOIL_DONE;
}

/* Room for everything; false when memory is exhausted. */
static bool furnish(tf_cea *cea, size_t n, size_t n_options, size_t n_thresholds)
{
    bool whole;

    cea->options = TF_NEW(tf_option, n_options);
    cea->thresholds = TF_NEW(double, n_thresholds);
    cea->cost = TF_NEW(double, n * n_options);
    cea->qaly = TF_NEW(double, n * n_options);
    if (cea->options == NULL || cea->thresholds == NULL || cea->cost == NULL || cea->qaly == NULL) {
        return false;
    }
    cea->n = n;
    cea->n_options = n_options;
    cea->n_thresholds = n_thresholds;
    whole = true;
    for (size_t s = 0; s < n_options; s++) {
        tf_option *option = &cea->options[s];

        option->nmb = TF_NEW(tf_estimate, n_thresholds);
        option->more_nmb = TF_NEW(tf_estimate, n_thresholds);
        option->p_best = TF_NEW(double, n_thresholds);
        whole = whole && option->nmb != NULL && option->more_nmb != NULL && option->p_best != NULL;
    }
    return whole;
}

trefoil_status tf_cea_create(trefoil_context *context, const tf_layout *layout, const tf_sample *sample, const double *thresholds,
                             size_t n_thresholds, tf_cea **cea)
{
    trefoil_status status;
    const size_t n = tf_sample_size(sample);
    tf_cea *made = TF_NEW(tf_cea, 1);
    subject of = {.cost = tf_find_measure(layout, "cost"), .qaly = tf_find_measure(layout, "qaly"), .ly = tf_find_measure(layout, "ly"),
                  .cea = made};

    *cea = NULL;
    if (made == NULL || !furnish(made, n, layout->n_strategies, n_thresholds)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the cost-effectiveness analysis");
        goto out;
    }
    if (n == 0) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "the store holds no finished draw; there is nothing to analyse");
        goto out;
    }
    if (tf_find_measure(layout, "persons") < 0 || of.cost < 0 || of.qaly < 0 || of.ly < 0) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "the store lacks one of the measures persons, cost, qaly and ly");
        goto out;
    }
    made->comparator = layout->comparator;
    made->n_draws = sample->n_draws;
    for (size_t t = 0; t < n_thresholds; t++) {
        made->thresholds[t] = thresholds[t];
    }
    TRY(tf_columns_create(context, layout, sample, &of.columns));
    gather(&of, made);
    for (size_t s = 0; s < layout->n_strategies; s++) {
        describe(&of, s, &made->options[s]);
    }
    TRY(stand(context, &of, made));
    TRY(weigh(context, &of, made));
    *cea = made;
    made = NULL;
out:
    tf_columns_destroy(of.columns);
    tf_cea_destroy(made);
    return status;
}

void tf_cea_destroy(tf_cea *cea)
{
    if (cea == NULL) {
        return;
    }
    for (size_t s = 0; s < cea->n_options; s++) {
        tf_free(cea->options[s].nmb);
        tf_free(cea->options[s].more_nmb);
        tf_free(cea->options[s].p_best);
    }
    tf_free(cea->options);
    tf_free(cea->thresholds);
    tf_free(cea->cost);
    tf_free(cea->qaly);
    tf_free(cea);
}
