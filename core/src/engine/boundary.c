/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/boundary.h"

#include "base/memory.h"
#include "base/table.h"

#include <math.h>

static const double any_weight = 1e6;

static double worth(const tf_plan *plan, double rate, double t)
{
    double cycle = plan->cycle;

    switch (plan->scenario->discounting) {
    case TF_DISCOUNT_EXPONENTIAL: return exp(-rate * t);
    case TF_DISCOUNT_PER_CYCLE: return pow(1.0 + rate * cycle, -t / cycle);
    case TF_DISCOUNT_ANNUAL: return pow(1.0 + rate, -floor(t + 1e-9));
    default: return pow(1.0 + rate, -t);
    }
}

tf_discount_moment tf_moment_of(tf_correction correction, tf_discount_moment moment)
{
    if (moment != TF_MOMENT_AS_COUNTED)
        return moment;
    return correction == TF_CORRECT_END ? TF_MOMENT_END : correction == TF_CORRECT_LIFE_TABLE ? TF_MOMENT_MIDDLE : TF_MOMENT_START;
}

/* When what belongs to cycle c is discounted. */
static double moment_of(tf_correction correction, tf_discount_moment moment, double cycle, size_t c)
{
    double start = (double)(c - 1) * cycle, end = (double)c * cycle;

    moment = tf_moment_of(correction, moment);
    return moment == TF_MOMENT_START ? start : moment == TF_MOMENT_END ? end : 0.5 * (start + end);
}

static bool by_cycle(tf_correction correction)
{
    return correction == TF_CORRECT_NONE || correction == TF_CORRECT_START || correction == TF_CORRECT_END ||
           correction == TF_CORRECT_LIFE_TABLE;
}

static double boundary_weight(tf_correction correction, size_t t, size_t n)
{
    bool edge = t == 0 || t == n;

    switch (correction) {
    case TF_CORRECT_HALF: return edge ? 0.5 : 1.0;
    case TF_CORRECT_SIMPSON: return edge ? 1.0 / 3.0 : t % 2 ? 4.0 / 3.0 : 2.0 / 3.0;
    case TF_CORRECT_DARTH: return edge ? 1.0 / 3.0 : t % 2 ? 2.0 / 3.0 : 4.0 / 3.0;
    default: return 1.0;
    }
}

static trefoil_status read_weights(trefoil_context *context, const tf_plan *plan, size_t n, double *weights)
{
    trefoil_status status;
    const tf_model *model = plan->model;
    size_t mistakes = tf_mistakes(context);
    tf_table *table = NULL;
    ptrdiff_t column;

    TRY(tf_table_read(context, model->weights, model->weights_place, &table));
    column = tf_table_find(table, "weight");
    if (column < 0)
        tf_mistake(context, (tf_place){ tf_table_path(table), 1 }, "weights are in a column 'weight'");
    else if (tf_table_rows(table) != n + 1)
        tf_mistake(context, (tf_place){ tf_table_path(table), 0 },
                   "%zu weights, but %zu cycles have %zu boundaries (the start of each and the end of the last)", tf_table_rows(table), n, n + 1);
    else
        for (size_t t = 0; t <= n; ++t)
            (void)tf_table_number(context, table, t, (size_t)column, -any_weight, any_weight, &weights[t]);
    status = tf_mistakes(context) == mistakes ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
out:
    tf_table_destroy(table);
    return status;
}

/* Payoffs seen at boundaries, cycle by cycle: at its start, its end, or half at either. */
static void fill_by_cycle(const tf_plan *plan, tf_correction correction, tf_discount_moment moment, double rate, size_t n, tf_weight *weights)
{
    double start = correction == TF_CORRECT_END ? 0.0 : correction == TF_CORRECT_LIFE_TABLE ? 0.5 : 1.0;

    for (size_t c = 1; c <= n; ++c) {
        double d = worth(plan, rate, moment_of(correction, moment, plan->cycle, c)), cycle = plan->cycle;
        weights[c - 1].here[TF_PLAIN] = start * cycle;
        weights[c - 1].here[TF_WORTH] = start * cycle * d;
        weights[c].before[TF_PLAIN] = (1.0 - start) * cycle;
        weights[c].before[TF_WORTH] = (1.0 - start) * cycle * d;
    }
}

static void fill_events(const tf_plan *plan, tf_discount_moment moment, double rate, size_t n, tf_weight *weights)
{
    bool weighted = plan->model->weigh_events;

    for (size_t c = 1; c <= n; ++c) {
        double at = moment == TF_MOMENT_AS_COUNTED ? (double)c * plan->cycle : moment_of(TF_CORRECT_NONE, moment, plan->cycle, c);
        double weight = weighted ? (weights[c].here[TF_PLAIN] + weights[c].before[TF_PLAIN]) / plan->cycle : 1.0;
        weights[c].event[TF_PLAIN] = weight;
        weights[c].event[TF_WORTH] = weight * worth(plan, rate, at);
    }
}

static trefoil_status fill(trefoil_context *context, const tf_plan *plan, tf_correction correction, tf_discount_moment moment, double rate,
                           size_t n, tf_weight *weights)
{
    trefoil_status status = TREFOIL_DONE;
    double *stated = NULL;

    if (correction == TF_CORRECT_SIMPSON && n % 2)
        return tf_mistake(context, (tf_place){ plan->scenario->path, 0 },
                          "Simpson's rule needs an even number of cycles, but there are %zu; half-cycle has no such need (and 'darth' is what the DARTH "
                          "tutorials do)", n);
    if (!by_cycle(correction) && moment != TF_MOMENT_AS_COUNTED)
        return tf_mistake(context, (tf_place){ plan->scenario->path, 0 },
                          "[economics] discount_costs_at, discount_effects_at: correction = %s counts boundaries of cycles and discounts them there; "
                          "start, middle and end need none, start, end or life-table", tf_correction_names[correction - 1]);
    if (by_cycle(correction)) {
        fill_by_cycle(plan, correction, moment, rate, n, weights);
    } else {
        stated = TF_NEW(double, n + 1);
        if (!stated)
            return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the weights of cycles");
        if (correction == TF_CORRECT_WEIGHTS)
            TRY(read_weights(context, plan, n, stated));
        for (size_t t = 0; t <= n; ++t) {
            double weight = correction == TF_CORRECT_WEIGHTS ? stated[t] : boundary_weight(correction, t, n);
            weights[t].here[TF_PLAIN] = weight * plan->cycle;
            weights[t].here[TF_WORTH] = weight * plan->cycle * worth(plan, rate, (double)t * plan->cycle);
        }
    }
    fill_events(plan, moment, rate, n, weights);
out:
    tf_free(stated);
    return status;
}

static void fill_both(tf_boundaries *boundaries)
{
    for (size_t t = 0; t <= boundaries->n_cycles; ++t)
        for (size_t effects = 0; effects < 2; ++effects) {
            const tf_weight *w = &(effects ? boundaries->effects : boundaries->costs)[t];
            for (size_t d = 0; d < 2; ++d) {
                boundaries->both[t][2 * effects + d] = w->here[d] + w->before[d];
                boundaries->both[t][4 + 2 * effects + d] = t < boundaries->n_cycles ? w[1].event[d] : 0.0;
            }
        }
}

static void fill_years(const tf_plan *plan, tf_boundaries *boundaries)
{
    size_t last = plan->layout->n_years ? plan->layout->n_years - 1 : 0;

    for (size_t t = 0; t <= boundaries->n_cycles; ++t) {
        size_t here = (size_t)((double)t * plan->cycle + 1e-9), before = t ? (size_t)((double)(t - 1) * plan->cycle + 1e-9) : 0;
        boundaries->year_here[t] = here < last ? here : last;
        boundaries->year_before[t] = before < last ? before : last;
    }
}

trefoil_status tf_boundaries_create(trefoil_context *context, const tf_plan *plan, size_t n_cycles, tf_boundaries *boundaries)
{
    trefoil_status status = TREFOIL_DONE, effects;
    const tf_scenario *scenario = plan->scenario;
    size_t n = n_cycles + 1;

    *boundaries = (tf_boundaries){ n_cycles, TF_NEW(tf_weight, n), TF_NEW(tf_weight, n), (double(*)[TF_BOTH])tf_alloc(n, sizeof(double[TF_BOTH])), TF_NEW(size_t, n), TF_NEW(size_t, n) };
    if (!boundaries->costs || !boundaries->effects || !boundaries->both || !boundaries->year_here || !boundaries->year_before) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the weights of cycles");
        goto out;
    }
    status = fill(context, plan, plan->model->correction, scenario->moment_costs, scenario->discount_costs, n_cycles, boundaries->costs);
    effects = fill(context, plan, plan->model->correction_effects, scenario->moment_effects, scenario->discount_effects, n_cycles,
                   boundaries->effects);
    status = status == TREFOIL_DONE ? effects : status;
    fill_both(boundaries);
    fill_years(plan, boundaries);
out:
    if (status != TREFOIL_DONE)
        tf_boundaries_free(boundaries);
    return status;
}

void tf_boundaries_free(tf_boundaries *boundaries)
{
    tf_free(boundaries->costs);
    tf_free(boundaries->effects);
    tf_free(boundaries->both);
    tf_free(boundaries->year_here);
    tf_free(boundaries->year_before);
    *boundaries = (tf_boundaries){ 0 };
}
