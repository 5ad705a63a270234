/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/prepare.h"

#include "base/memory.h"
#include "engine/binding.h"
#include "engine/reference.h"
#include "engine/utility.h"
#include "random/maths.h"

#include <math.h>
#include <string.h>

/* Slopes are logarithms to base 2. */
static void fill_ratios(const tf_plan *plan, tf_prepared *prepared)
{
    const tf_model *model = plan->model;

    for (size_t r = 0; r < model->n_relatives; ++r)
        for (size_t t = 0; t < model->relatives[r].n_terms; ++t) {
            const tf_relative_term *term = &model->relatives[r].terms[t];
            for (int cell = 0; cell < TF_CELLS; ++cell) {
                double ratio = tf_quantity(&prepared->quantities, term->ratio, cell);
                size_t at = tf_term_at(plan, cell, plan->first_term[r] + t);
                prepared->ratio[at] = ratio;
                prepared->slope[at] = ratio > 0.0 ? tf_log(ratio) / TF_LN2 : 0.0;
            }
        }
}

static void fill_factors(const tf_plan *plan, tf_prepared *prepared)
{
    for (size_t at = 0; at < plan->n_factor_states * TF_CELLS; ++at)
        prepared->factor[at] = 1.0;
    for (size_t r = 0; r < plan->model->n_relatives; ++r)
        for (size_t t = plan->first_term[r] + plan->n_slopes[r], f = plan->first_factor[r]; t < plan->first_term[r + 1]; ++t) {
            f += plan->terms[t].condition != plan->factors[f].condition;
            for (int cell = 0; cell < TF_CELLS; ++cell) {
                double ratio = prepared->ratio[tf_term_at(plan, cell, t)];
                prepared->factor[(size_t)cell * plan->n_factor_states + plan->factors[f].first + plan->terms[t].local] = ratio;
                if (ratio == 0.0 && plan->n_slopes[r])
                    prepared->sets_spare[cell] |= UINT64_C(1) << r;
            }
        }
}

/* The `nth` effect of a state on a risk factor, or NULL. */
static const tf_risk_effect *nth_effect(const tf_state *state, int risk, size_t nth)
{
    for (size_t e = 0; e < state->n_effects; ++e)
        if (state->effects[e].risk == risk && nth-- == 0)
            return &state->effects[e];
    return NULL;
}

static void fill_act(const tf_plan *plan, tf_prepared *prepared, const tf_act *act, size_t nth)
{
    const tf_condition *condition = &plan->model->conditions[act->condition];

    for (int s = 0; s < condition->n_states; ++s) {
        const tf_risk_effect *effect = nth_effect(&plan->model->states[condition->first_state + s], act->risk, nth);
        for (int cell = 0; cell < TF_CELLS; ++cell) {
            size_t at = tf_act_at(plan, cell, act) + (size_t)s;
            prepared->act_scale[at] = effect && effect->scale != TF_NONE ? tf_quantity(&prepared->quantities, effect->scale, cell) : 1.0;
            prepared->act_add[at] = effect && effect->add != TF_NONE ? tf_quantity(&prepared->quantities, effect->add, cell) : 0.0;
        }
    }
}

static void fill_acts(const tf_plan *plan, tf_prepared *prepared)
{
    size_t nth = 0;

    for (size_t a = 0; a < plan->n_acts; ++a) {
        const tf_act *act = &plan->acts[a];
        nth = a && act[-1].condition == act->condition && act[-1].risk == act->risk ? nth + 1 : 0;
        fill_act(plan, prepared, act, nth);
    }
}

static void fill_rates(const tf_plan *plan, tf_prepared *prepared)
{
    const tf_model *model = plan->model;

    for (size_t k = 0; k < model->n_transitions; ++k)
        for (int cell = 0; cell < TF_CELLS; ++cell) {
            const tf_transition *t = &model->transitions[k];
            *tf_rate(plan, prepared, cell, k) =
                t->amount == TF_NONE || t->timing >= TF_AFTER ? 1.0 : tf_quantity(&prepared->quantities, t->amount, cell);
        }
}

/* A lognormal of mean m and sd s has log-variance log(1 + s^2/m^2) and log-mean log(m) - half of it; kept to base 2. */
static void fill_risks(const tf_plan *plan, tf_prepared *prepared)
{
    const tf_model *model = plan->model;

    for (size_t r = 0; r < model->n_risks; ++r)
        for (int cell = 0; cell < TF_CELLS; ++cell) {
            const tf_risk *risk = &model->risks[r];
            size_t at = (size_t)cell * model->n_risks + r;
            double mean = tf_quantity(&prepared->quantities, risk->mean, cell);
            double sd = risk->sd == TF_NONE ? 0.0 : tf_quantity(&prepared->quantities, risk->sd, cell);
            bool logs = risk->family == TF_RISK_LOGNORMAL && mean > 0.0;
            double variance = logs ? tf_log(1.0 + (sd * sd) / (mean * mean)) : 0.0;
            double unit = risk->family == TF_RISK_LOGNORMAL ? TF_LN2 : 1.0;
            prepared->location[at] = (logs ? tf_log(mean) - 0.5 * variance : mean) / unit;
            prepared->scale[at] = (logs ? sqrt(variance) : sd) / unit;
        }
}

/* Where a person at the mean of all risk factors but those that people have or have not is at a relative risk of 1. */
static void fill_bases(const tf_plan *plan, tf_prepared *prepared)
{
    const tf_model *model = plan->model;

    for (size_t r = 0; r < model->n_relatives; ++r)
        for (int cell = 0; cell < TF_CELLS; ++cell) {
            double *base = tf_base(plan, prepared, cell, (int)r);
            *base = 0.0;
            for (size_t t = plan->first_term[r]; t < plan->first_term[r] + plan->n_slopes[r]; ++t) {
                const tf_risk *risk = &model->risks[plan->terms[t].risk];
                if (risk->family != TF_RISK_BERNOULLI)
                    *base -= prepared->slope[tf_term_at(plan, cell, t)] * tf_quantity(&prepared->quantities, risk->mean, cell);
            }
        }
}

static void fill_flows(const tf_plan *plan, tf_prepared *prepared, const tf_flows *flows)
{
    for (size_t f = 0; f < flows->count; ++f)
        for (int cell = 0; cell < TF_CELLS; ++cell) {
            const tf_flow *flow = &flows->items[f];
            size_t at = (size_t)cell * plan->n_flows + flow->index;
            double price = flow->price == TF_NONE ? 1.0 : tf_quantity(&prepared->quantities, flow->price, cell);
            prepared->amount[at] = tf_quantity(&prepared->quantities, flow->amount, cell);
            prepared->money[at] = prepared->amount[at] * price;
        }
}

static void fill_all_flows(const tf_plan *plan, tf_prepared *prepared)
{
    for (size_t s = 0; s < plan->model->n_states; ++s)
        fill_flows(plan, prepared, &plan->state_flows[s]);
    for (size_t k = 0; k < plan->model->n_transitions; ++k)
        fill_flows(plan, prepared, &plan->event_flows[k]);
    fill_flows(plan, prepared, &plan->start_flows);
}

static void fill_utilities(const tf_plan *plan, tf_prepared *prepared)
{
    for (int cell = 0; cell < TF_CELLS; ++cell)
        for (int profile = 0; profile < plan->n_profiles; ++profile)
            prepared->utility[(size_t)cell * (size_t)plan->n_profiles + (size_t)profile] =
                tf_utility_formula(plan, &prepared->quantities, cell, profile);
}

static bool same(const tf_prepared *prepared, int formula, int cell, int younger)
{
    return formula == TF_NONE ||
           tf_quantity(&prepared->quantities, formula, cell) == tf_quantity(&prepared->quantities, formula, younger);
}

static uint64_t risks_that_change(const tf_plan *plan, const tf_prepared *prepared, int cell, int younger)
{
    const tf_model *model = plan->model;
    uint64_t changed = 0;

    for (size_t r = 0; r < model->n_risks; ++r) {
        bool differs = !same(prepared, model->risks[r].mean, cell, younger) || !same(prepared, model->risks[r].sd, cell, younger);
        for (size_t a = 0; a < plan->n_actors[r] && !differs; ++a) {
            const tf_state *state = &model->states[plan->actors[r][a]];
            for (size_t e = 0; e < state->n_effects; ++e)
                differs = differs || !same(prepared, state->effects[e].scale, cell, younger) ||
                          !same(prepared, state->effects[e].add, cell, younger);
        }
        if (differs)
            changed |= UINT64_C(1) << r;
    }
    return changed;
}

static uint64_t sets_that_change(const tf_plan *plan, const tf_prepared *prepared, int cell, int younger, uint64_t risks)
{
    uint64_t changed = 0;

    for (size_t r = 0; r < plan->model->n_relatives; ++r)
        for (size_t t = plan->first_term[r]; t < plan->first_term[r + 1]; ++t) {
            int risk = plan->terms[t].risk;
            if (prepared->ratio[tf_term_at(plan, cell, t)] != prepared->ratio[tf_term_at(plan, younger, t)] ||
                (risk != TF_NONE && risks >> risk & 1))
                changed |= UINT64_C(1) << r;
        }
    return changed & plan->sets_of_life;
}

static void find_changes(const tf_plan *plan, tf_prepared *prepared)
{
    for (int sex = 0; sex < TF_SEXES; ++sex)
        for (int age = 1; age < TF_AGES; ++age)
            for (int imd = 0; imd < TF_QUINTILES; ++imd) {
                int cell = tf_cell(sex, age, imd), younger = tf_cell(sex, age - 1, imd);
                prepared->risks_change[cell] = risks_that_change(plan, prepared, cell, younger);
                prepared->sets_change[cell] = sets_that_change(plan, prepared, cell, younger, prepared->risks_change[cell]);
            }
}

static bool allocate(const tf_plan *plan, tf_prepared *prepared)
{
    const tf_model *model = plan->model;
    size_t terms = plan->first_term[model->n_relatives];

    prepared->parameters = TF_NEW(double, tf_parameters_count(model->parameters));
    prepared->rate = TF_NEW(double, model->n_transitions * TF_CELLS);
    prepared->onset = TF_NEW(double, model->n_conditions * TF_CELLS);
    prepared->location = TF_NEW(double, model->n_risks * TF_CELLS);
    prepared->scale = TF_NEW(double, model->n_risks * TF_CELLS);
    prepared->base = TF_NEW(double, model->n_relatives * TF_CELLS);
    prepared->amount = TF_NEW(double, plan->n_flows * TF_CELLS);
    prepared->money = TF_NEW(double, plan->n_flows * TF_CELLS);
    prepared->utility = TF_NEW(double, (size_t)plan->n_profiles * TF_CELLS);
    prepared->slope = TF_NEW(double, terms * TF_CELLS);
    prepared->ratio = TF_NEW(double, terms * TF_CELLS);
    prepared->factor = TF_NEW(double, plan->n_factor_states * TF_CELLS);
    prepared->act_scale = TF_NEW(double, plan->n_act_states * TF_CELLS);
    prepared->act_add = TF_NEW(double, plan->n_act_states * TF_CELLS);
    prepared->risks_change = TF_NEW(uint64_t, TF_CELLS);
    prepared->sets_change = TF_NEW(uint64_t, TF_CELLS);
    prepared->sets_spare = TF_NEW(uint64_t, TF_CELLS);
    prepared->plans = TF_NEW(void *, plan->interventions->n_items);
    return prepared->base && prepared->amount && prepared->money && prepared->location && prepared->scale && prepared->utility && prepared->parameters && prepared->rate && prepared->onset && prepared->slope && prepared->ratio && prepared->factor && prepared->act_scale && prepared->act_add && prepared->risks_change && prepared->sets_change && prepared->sets_spare &&
           prepared->plans;
}

/* The parameters of the draw as a strategy has them. */
static trefoil_status change(trefoil_context *context, const tf_changes *changes, size_t n, tf_prepared *prepared)
{
    double *base = TF_NEW(double, n);
    tf_machine *machine = NULL;
    trefoil_status status;

    if (!base)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to prepare a draw");
    memcpy(base, prepared->parameters, n * sizeof *base);
    status = tf_changes_apply(context, changes, prepared->draw, &machine, base, prepared->parameters);
    tf_machine_destroy(machine);
    tf_free(base);
    return status;
}

trefoil_status tf_prepare(trefoil_context *context, const tf_plan *plan, uint32_t draw, const tf_changes *subgroup, const tf_changes *strategy,
                          tf_prepared **made)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = plan->scenario;
    tf_prepared *prepared = TF_NEW(tf_prepared, 1);

    *made = NULL;
    if (!prepared || !allocate(plan, prepared)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory to prepare a draw");
        goto out;
    }
    prepared->draw = draw;
    prepared->costs = tf_discount_of(scenario->discounting, scenario->discount_costs);
    prepared->effects = tf_discount_of(scenario->discounting, scenario->discount_effects);
    TRY(tf_parameters_draw(context, plan->model->parameters, plan->seed, draw, prepared->parameters));
    if (subgroup)
        TRY(change(context, subgroup, tf_parameters_count(plan->model->parameters), prepared));
    if (strategy)
        TRY(change(context, strategy, tf_parameters_count(plan->model->parameters), prepared));
    TRY(tf_formulas_evaluate(context, plan->model->formulas, prepared->parameters, draw, tf_scenario_youngest(scenario), &prepared->quantities));
    if (strategy)
        tf_changes_level(strategy, &prepared->quantities);
    fill_ratios(plan, prepared);
    fill_factors(plan, prepared);
    fill_acts(plan, prepared);
    fill_rates(plan, prepared);
    fill_risks(plan, prepared);
    fill_bases(plan, prepared);
    fill_utilities(plan, prepared);
    fill_all_flows(plan, prepared);
    TRY(tf_reference_apply(context, plan, prepared));
    find_changes(plan, prepared);
    TRY(tf_bound_prepare(context, plan, prepared));
    *made = prepared;
    prepared = NULL;
out:
    tf_prepared_destroy(plan, prepared);
    return status;
}

trefoil_status tf_prepare_like(trefoil_context *context, const tf_plan *plan, const tf_prepared *like, const tf_changes *subgroup,
                               const tf_changes *strategy, tf_prepared **made)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = tf_parameters_count(plan->model->parameters);
    tf_prepared *prepared = TF_NEW(tf_prepared, 1);

    *made = NULL;
    if (prepared) {
        *prepared = *like;
        prepared->like = like;
        prepared->parameters = TF_NEW(double, n);
        prepared->plans = TF_NEW(void *, plan->interventions->n_items);
    }
    if (!prepared || !prepared->parameters || !prepared->plans) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory to prepare a draw");
        goto out;
    }
    TRY(tf_parameters_draw(context, plan->model->parameters, plan->seed, like->draw, prepared->parameters));
    if (subgroup)
        TRY(change(context, subgroup, n, prepared));
    TRY(change(context, strategy, n, prepared));
    TRY(tf_bound_prepare(context, plan, prepared));
    *made = prepared;
    prepared = NULL;
out:
    tf_prepared_destroy(plan, prepared);
    return status;
}

/* What the model says. */
static void free_model(tf_prepared *prepared)
{
    tf_quantities_free(&prepared->quantities);
    tf_free(prepared->rate);
    tf_free(prepared->onset);
    tf_free(prepared->location);
    tf_free(prepared->scale);
    tf_free(prepared->base);
    tf_free(prepared->amount);
    tf_free(prepared->money);
    tf_free(prepared->utility);
    tf_free(prepared->slope);
    tf_free(prepared->ratio);
    tf_free(prepared->factor);
    tf_free(prepared->act_scale);
    tf_free(prepared->act_add);
    tf_free(prepared->risks_change);
    tf_free(prepared->sets_change);
    tf_free(prepared->sets_spare);
}

void tf_prepared_destroy(const tf_plan *plan, tf_prepared *prepared)
{
    if (!prepared)
        return;
    for (size_t i = 0; prepared->plans && i < plan->interventions->n_items; ++i) {
        trefoil_plugin table = tf_plugin_table(plan->interventions->items[i].plugin); /* by the plugin's own size */
        if (prepared->plans[i] && table.discard)
            table.discard(prepared->plans[i]);
    }
    tf_free(prepared->plans);
    tf_free(prepared->parameters);
    if (!prepared->like)
        free_model(prepared);
    tf_free(prepared);
}
