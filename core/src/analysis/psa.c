/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/psa.h"

#include "base/memory.h"
#include "engine/discount.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the sample");
}

/* Room for everything, zeroed; false when memory is exhausted. */
static bool furnish(tf_psa *psa, size_t n_strategies, size_t n_draws, size_t n_parameters, bool ly)
{
    psa->strategies = TF_NEW(char *, n_strategies);
    psa->n_strategies = psa->strategies != NULL ? n_strategies : 0;
    psa->parameters = TF_NEW(char *, n_parameters);
    psa->n_parameters = psa->parameters != NULL ? n_parameters : 0;
    psa->n_draws = n_draws;
    psa->draws = TF_NEW(int64_t, n_draws);
    psa->cost = TF_NEW(double, n_strategies * n_draws);
    psa->effect = TF_NEW(double, n_strategies * n_draws);
    psa->ly = ly ? TF_NEW(double, n_strategies * n_draws) : NULL;
    psa->values = TF_NEW(double, n_parameters * n_draws);
    psa->people = NAN;
    return psa->strategies != NULL && psa->parameters != NULL && psa->draws != NULL && psa->cost != NULL && psa->effect != NULL &&
           psa->values != NULL && (psa->ly != NULL || !ly);
}

void tf_psa_destroy(tf_psa *psa)
{
    if (psa == NULL) {
        return;
    }
    for (size_t k = 0; k < psa->n_strategies; k++) {
        tf_free(psa->strategies[k]);
    }
    for (size_t k = 0; k < psa->n_parameters; k++) {
        tf_free(psa->parameters[k]);
    }
    tf_free(psa->strategies);
    tf_free(psa->parameters);
    tf_free(psa->draws);
    tf_free(psa->cost);
    tf_free(psa->effect);
    tf_free(psa->ly);
    tf_free(psa->values);
    tf_free(psa);
}

static ptrdiff_t find(char *const *names, size_t n, const char *name)
{
    for (size_t k = 0; k < n; k++) {
        if (strcmp(names[k], name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

ptrdiff_t tf_psa_strategy(const tf_psa *psa, const char *name)
{
    return find(psa->strategies, psa->n_strategies, name);
}

ptrdiff_t tf_psa_parameter(const tf_psa *psa, const char *name)
{
    return find(psa->parameters, psa->n_parameters, name);
}

const double *tf_psa_cost(const tf_psa *psa, size_t strategy)
{
    return psa->cost + strategy * psa->n_draws;
}

const double *tf_psa_effect(const tf_psa *psa, size_t strategy)
{
    return psa->effect + strategy * psa->n_draws;
}

const double *tf_psa_value(const tf_psa *psa, size_t parameter)
{
    return psa->values + parameter * psa->n_draws;
}

/* ---- from a store ---------------------------------------------------------------------------- */

typedef struct taker {
    const tf_layout *layout;
    ptrdiff_t persons, cost, qaly, ly;
    tf_discount discount_cost, discount_effect;
    bool years_cost, years_effect; /* made again from the years */
    int total_cost, total_effect;  /* otherwise: of the totals */
} taker;

/* The grouping whose years are kept, "all" if it is one of them; NULL: none.  The groups of any grouping add up to all. */
static const char *yearly_grouping(const tf_layout *layout)
{
    for (size_t g = 0; g < layout->n_groups; g++) {
        if (layout->groups[g].year_index >= 0) {
            return layout->groups[g].group_by;
        }
    }
    return NULL;
}

/* The present value of a measure, added up from the years of one grouping. */
static double present_value(const taker *of, const tf_outcome *outcome, ptrdiff_t measure, tf_discount discount)
{
    const char *grouping = yearly_grouping(of->layout);
    double sum = 0;

    for (size_t g = 0; g < of->layout->n_groups; g++) {
        const tf_group *group = &of->layout->groups[g];

        for (size_t year = 0; year < of->layout->n_years && strcmp(group->group_by, grouping) == 0; year++) {
            sum += outcome->by_year[tf_at_year(of->layout, (size_t)group->year_index, year, (size_t)measure)] *
                   tf_discount_at(discount, (double)year);
        }
    }
    return sum;
}

static void take_draw(const taker *of, const tf_outcome *outcomes, tf_psa *psa, size_t draw)
{
    for (size_t s = 0; s < psa->n_strategies; s++) {
        const tf_outcome *outcome = &outcomes[s];
        double persons = outcome->total[tf_at(of->layout, 0, (size_t)of->persons, TF_UNDISCOUNTED)];
        double cost = of->years_cost ? present_value(of, outcome, of->cost, of->discount_cost)
                                     : outcome->total[tf_at(of->layout, 0, (size_t)of->cost, of->total_cost)];
        double effect = of->years_effect ? present_value(of, outcome, of->qaly, of->discount_effect)
                                         : outcome->total[tf_at(of->layout, 0, (size_t)of->qaly, of->total_effect)];

        psa->people = persons;
        psa->cost[s * psa->n_draws + draw] = cost / persons;
        psa->effect[s * psa->n_draws + draw] = effect / persons;
        if (psa->ly != NULL) {
            psa->ly[s * psa->n_draws + draw] = outcome->total[tf_at(of->layout, 0, (size_t)of->ly, TF_UNDISCOUNTED)] / persons;
        }
    }
}

/* Can the totals be made again from the years? */
static trefoil_status check_rates(trefoil_context *context, const taker *of, const tf_scenario *scenario)
{
    if (!of->years_cost && !of->years_effect) {
        return TREFOIL_DONE;
    }
    if (scenario->discounting != TF_DISCOUNT_ANNUAL) {
        return tf_mistake(context, (tf_place){0}, "the run discounted continuously; its years alone do not tell when in a year money was "
                                                  "spent, so other discount rates need a new run");
    }
    if (yearly_grouping(of->layout) == NULL || of->layout->n_years == 0) {
        return tf_mistake(context, (tf_place){0}, "the run kept no results by year ([output] by_year); other discount rates need a new run");
    }
    if (of->layout->years_astray) {
        return tf_mistake(context, (tf_place){0}, "the run discounts some amounts at the end of their cycle, as of the year after the one they are "
                                                  "counted in; its years do not tell which, so other discount rates need a new run");
    }
    return TREFOIL_DONE;
}

static trefoil_status take_names(trefoil_context *context, const tf_layout *layout, tf_psa *psa)
{
    for (size_t s = 0; s < psa->n_strategies; s++) {
        psa->strategies[s] = tf_strdup(layout->strategies[s]);
        if (psa->strategies[s] == NULL) {
            return no_memory(context);
        }
    }
    for (size_t p = 0; p < psa->n_parameters; p++) {
        psa->parameters[p] = tf_strdup(layout->parameters[p]);
        if (psa->parameters[p] == NULL) {
            return no_memory(context);
        }
    }
    return TREFOIL_DONE;
}

trefoil_status tf_psa_take(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                           tf_rates rates, tf_psa **psa)
{
    trefoil_status status;
    const taker of = {.layout = layout, .persons = tf_find_measure(layout, "persons"), .cost = tf_find_measure(layout, "cost"),
                      .qaly = tf_find_measure(layout, "qaly"), .ly = tf_find_measure(layout, "ly"),
                      .discount_cost = tf_discount_of(TF_DISCOUNT_ANNUAL, rates.cost),
                      .discount_effect = tf_discount_of(TF_DISCOUNT_ANNUAL, rates.effect),
                      .years_cost = rates.cost > 0, .years_effect = rates.effect > 0, /* neither NAN nor 0 */
                      .total_cost = rates.cost == 0 ? TF_UNDISCOUNTED : TF_DISCOUNTED,
                      .total_effect = rates.effect == 0 ? TF_UNDISCOUNTED : TF_DISCOUNTED};
    const bool probabilistic = sample->n_draws > 0;
    tf_psa *made = TF_NEW(tf_psa, 1);

    *psa = NULL;
    if (!probabilistic && sample->base == NULL) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "the store holds no finished draw; there is nothing to analyse");
        goto out;
    }
    if (of.persons < 0 || of.cost < 0 || of.qaly < 0) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "the store lacks one of the measures persons, cost and qaly");
        goto out;
    }
    TRY(check_rates(context, &of, scenario));
    if (made == NULL || !furnish(made, layout->n_strategies, probabilistic ? sample->n_draws : 1, probabilistic ? layout->n_parameters : 0,
                                 of.ly >= 0)) {
        status = no_memory(context);
        goto out;
    }
    made->comparator = layout->comparator;
    TRY(take_names(context, layout, made));
    for (size_t k = 0; k < made->n_draws; k++) {
        made->draws[k] = probabilistic ? (int64_t)sample->draws[k] : 0;
        take_draw(&of, probabilistic ? sample->outcomes[k] : sample->base, made, k);
        for (size_t p = 0; p < made->n_parameters; p++) {
            made->values[p * made->n_draws + k] = sample->parameters[k][p];
        }
    }
    *psa = made;
    made = NULL;
out:
    tf_psa_destroy(made);
    return status;
}
