/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/plan.h"

#include "base/memory.h"
#include "engine/fixed.h"

#include <math.h>
#include <string.h>

enum { MAX_PROFILES = 4096 };

/* ---- units ------------------------------------------------------------------- */

static bool same_block(const tf_stratum *a, const tf_stratum *b)
{
    return a->sex == b->sex && a->age == b->age && a->subgroup == b->subgroup;
}

/* Those who join an open population come last, so that nothing depends on them. */
static size_t simulated_strata(const tf_plan *plan)
{
    return plan->population->n_strata + (plan->scenario->open_years > 0 ? plan->population->n_joining : 0);
}

/* Does a stratum begin a unit of its own?  Also where the last one is half full: people of one stratum are best simulated by themselves. */
static bool begins_unit(const tf_plan *plan, const tf_stratum *stratum, uint32_t first)
{
    const tf_unit *unit = plan->n_units ? &plan->units[plan->n_units - 1] : NULL;

    return !unit || unit->persons >= (first ? TF_UNIT_PERSONS : TF_UNIT_PERSONS / 2) ||
           !same_block(&plan->population->strata[plan->pieces[plan->n_pieces - 1].stratum], stratum);
}

/* Cut the strata into pieces and the pieces into units; a pure function of the population. */
static trefoil_status cut_units(trefoil_context *context, tf_plan *plan)
{
    const tf_population *population = plan->population;
    size_t piece_capacity = 0, unit_capacity = 0;
    uint64_t dealt = 0;

    for (size_t s = 0; s < simulated_strata(plan); ++s) {
        const tf_stratum *stratum = &population->strata[s];
        uint32_t first = 0;
        while (first < stratum->sample) {
            uint32_t room, count;
            tf_unit *unit;

            if (begins_unit(plan, stratum, first)) {
                if (tf_reserve((void **)&plan->units, &unit_capacity, plan->n_units + 1, sizeof *plan->units))
                    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the units of work");
                plan->units[plan->n_units++] = (tf_unit){ .first_piece = plan->n_pieces, .subgroup = stratum->subgroup };
            }
            unit = &plan->units[plan->n_units - 1];
            room = TF_UNIT_PERSONS - unit->persons;
            count = stratum->sample - first < room ? stratum->sample - first : room;
            if (tf_reserve((void **)&plan->pieces, &piece_capacity, plan->n_pieces + 1, sizeof *plan->pieces))
                return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the units of work");
            plan->pieces[plan->n_pieces++] = (tf_piece){ s, first, count, (uint32_t)(dealt % TF_LANES) };
            unit->n_pieces++;
            unit->persons += count;
            dealt += count;
            first += count;
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status place_strata(trefoil_context *context, tf_plan *plan)
{
    size_t per = plan->scenario->n_groupings;

    plan->groups = TF_NEW(int, simulated_strata(plan) * per);
    if (!plan->groups)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the groups of %zu strata", simulated_strata(plan));
    for (size_t s = 0; s < simulated_strata(plan); ++s) {
        tf_stratum stratum = plan->population->strata[s];
        stratum.age += (int)stratum.joins;
        tf_layout_groups_of(plan->scenario, plan->layout, plan->selection, &stratum, &plan->groups[s * per]);
    }
    return TREFOIL_DONE;
}

/* ---- flows ------------------------------------------------------------------- */

static bool resolve_flows(tf_plan *plan, const tf_payoff *payoffs, size_t n, tf_flows *flows)
{
    const tf_model *model = plan->model;

    flows->items = TF_NEW(tf_flow, n);
    if (!flows->items)
        return false;
    flows->count = n;
    for (size_t i = 0; i < n; ++i) {
        tf_flow *flow = &flows->items[i];
        *flow = (tf_flow){ payoffs[i].amount, TF_NONE, -1, -1, -1, plan->n_flows++ };
        if (payoffs[i].kind == TF_PAY_QALY)
            flow->qaly = plan->places.qaly;
        else if (payoffs[i].kind == TF_PAY_COST)
            flow->category = plan->places.cost_category[payoffs[i].target];
        else {
            const tf_resource *resource = &model->resources[payoffs[i].target];
            flow->use = plan->places.use[payoffs[i].target];
            flow->price = resource->price;
            if (resource->price != TF_NONE && resource->category != TF_NONE)
                flow->category = plan->places.cost_category[resource->category];
        }
    }
    return true;
}

static bool resolve_transitions(tf_plan *plan)
{
    const tf_model *model = plan->model;

    for (size_t s = 0; s < model->n_states; ++s) {
        tf_transition_list *list = &plan->out[s];
        list->items = TF_NEW(int, model->n_transitions);
        if (!list->items || !resolve_flows(plan, model->states[s].payoffs, model->states[s].n_payoffs, &plan->state_flows[s]))
            return false;
        plan->death_event[s] = -1;
        for (size_t k = 0; k < model->n_transitions; ++k)
            if (model->transitions[k].from == (int)s)
                list->items[list->count++] = (int)k;
    }
    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        if (!resolve_flows(plan, t->payoffs, t->n_payoffs, &plan->event_flows[k]))
            return false;
        if (model->states[t->to].dead && plan->death_event[t->to] < 0)
            plan->death_event[t->to] = plan->places.event[k];
    }
    for (size_t p = 0; p < model->n_paths; ++p)
        if (!resolve_flows(plan, model->paths[p].payoffs, model->paths[p].n_payoffs, &plan->path_flows[p]))
            return false;
    return resolve_flows(plan, model->start, model->n_start, &plan->start_flows);
}

/* ---- states ------------------------------------------------------------------ */

static trefoil_status find_profiles(trefoil_context *context, tf_plan *plan)
{
    const tf_model *model = plan->model;

    plan->n_profiles = 1;
    for (size_t c = 0; c < model->n_conditions; ++c) {
        const tf_condition *condition = &model->conditions[c];
        bool matters = false;
        for (int s = condition->first_state; s < condition->first_state + condition->n_states; ++s)
            matters = matters || model->states[s].utility != TF_NONE;
        if (!matters)
            continue;
        plan->in_profile[c] = true;
        plan->profile_condition[plan->n_profile_conditions] = (int)c;
        plan->profile_stride[plan->n_profile_conditions++] = plan->n_profiles;
        plan->n_profiles *= condition->n_states;
        if (plan->n_profiles > MAX_PROFILES)
            return tf_mistake(context, (tf_place){ model->path, 0 },
                              "the states that change utility combine in more than %d ways; state the utility in fewer conditions",
                              MAX_PROFILES);
    }
    return TREFOIL_DONE;
}

static bool place_terms(tf_plan *plan)
{
    const tf_model *model = plan->model;
    size_t n = 0;

    for (size_t r = 0; r < model->n_relatives; ++r)
        n += model->relatives[r].n_terms;
    plan->terms = TF_NEW(tf_term_place, n);
    n = 0;
    for (size_t r = 0; plan->terms && r < model->n_relatives; ++r)
        for (size_t t = 0; t < model->relatives[r].n_terms; ++t) {
            const tf_relative_term *term = &model->relatives[r].terms[t];
            tf_term_place *place = &plan->terms[n++];
            *place = (tf_term_place){ term->risk, TF_NONE, 0 };
            if (term->state == TF_NONE)
                continue;
            place->condition = model->states[term->state].condition;
            place->local = (uint8_t)(term->state - model->conditions[place->condition].first_state);
        }
    return plan->terms != NULL;
}

static bool place_factors(tf_plan *plan)
{
    const tf_model *model = plan->model;
    size_t n = 0;

    plan->n_slopes = TF_NEW(size_t, model->n_relatives);
    plan->first_factor = TF_NEW(size_t, model->n_relatives + 1);
    plan->factors = TF_NEW(tf_factor, plan->first_term[model->n_relatives]);
    if (!plan->n_slopes || !plan->first_factor || !plan->factors)
        return false;
    for (size_t r = 0; r < model->n_relatives; ++r) {
        plan->first_factor[r] = n;
        for (size_t t = plan->first_term[r]; t < plan->first_term[r + 1]; ++t) {
            int condition = plan->terms[t].condition;
            plan->n_slopes[r] += condition == TF_NONE;
            if (condition == TF_NONE || (n > plan->first_factor[r] && plan->factors[n - 1].condition == condition))
                continue;
            plan->factors[n++] = (tf_factor){ condition, plan->n_factor_states };
            plan->n_factor_states += (size_t)model->conditions[condition].n_states;
        }
    }
    plan->first_factor[model->n_relatives] = n;
    return true;
}

/* The largest number of effects that a state of a condition has on a risk factor. */
static size_t most_effects(const tf_model *model, const tf_condition *condition, size_t risk)
{
    size_t most = 0;

    for (int s = condition->first_state; s < condition->first_state + condition->n_states; ++s) {
        size_t n = 0;
        for (size_t e = 0; e < model->states[s].n_effects; ++e)
            n += model->states[s].effects[e].risk == (int)risk;
        most = n > most ? n : most;
    }
    return most;
}

static bool place_acts(tf_plan *plan)
{
    const tf_model *model = plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c)
        for (size_t r = 0; r < model->n_risks; ++r)
            for (size_t n = most_effects(model, &model->conditions[c], r); n > 0; --n) {
                tf_act *acts = tf_realloc(plan->acts, plan->n_acts + 1, sizeof *acts);
                if (!acts)
                    return false;
                plan->acts = acts;
                acts[plan->n_acts++] = (tf_act){ (int)c, (int)r, plan->n_act_states };
                plan->n_act_states += (size_t)model->conditions[c].n_states;
            }
    return true;
}

static bool find_affected(tf_plan *plan)
{
    const tf_model *model = plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c) {
        tf_transition_list *list = &plan->affected[c];
        list->items = TF_NEW(int, model->n_transitions);
        if (!list->items)
            return false;
        for (size_t k = 0; k < model->n_transitions; ++k) {
            const tf_transition *t = &model->transitions[k];
            if (t->condition != (int)c && t->relative != TF_NONE && plan->sets_of[c] >> t->relative & 1)
                list->items[list->count++] = (int)k;
        }
    }
    return true;
}

/* Do states of condition c have an effect on the risk factor? */
static bool acts_on(const tf_model *model, size_t c, int risk)
{
    const tf_condition *condition = &model->conditions[c];

    for (int s = condition->first_state; s < condition->first_state + condition->n_states; ++s)
        for (size_t e = 0; e < model->states[s].n_effects; ++e)
            if (model->states[s].effects[e].risk == risk)
                return true;
    return false;
}

static bool find_actors(tf_plan *plan)
{
    const tf_model *model = plan->model;

    for (size_t r = 0; r < model->n_risks; ++r) {
        plan->actors[r] = TF_NEW(int, model->n_states);
        if (!plan->actors[r])
            return false;
        for (size_t s = 0; s < model->n_states; ++s)
            for (size_t e = 0; e < model->states[s].n_effects; ++e)
                if (model->states[s].effects[e].risk == (int)r && (!plan->n_actors[r] || plan->actors[r][plan->n_actors[r] - 1] != (int)s))
                    plan->actors[r][plan->n_actors[r]++] = (int)s;
    }
    return true;
}

static bool set_uses(const tf_model *model, size_t relative, size_t c)
{
    for (size_t t = 0; t < model->relatives[relative].n_terms; ++t) {
        const tf_relative_term *term = &model->relatives[relative].terms[t];
        if (term->state != TF_NONE ? model->states[term->state].condition == (int)c : acts_on(model, c, term->risk))
            return true;
    }
    return false;
}

static void find_dependence(tf_plan *plan)
{
    const tf_model *model = plan->model;
    size_t terms = 0;

    for (size_t k = 0; k < model->n_transitions; ++k)
        if (model->transitions[k].relative != TF_NONE)
            plan->sets_of_life |= UINT64_C(1) << model->transitions[k].relative;
    for (size_t r = 0; r < model->n_relatives; ++r) {
        plan->first_term[r] = terms;
        terms += model->relatives[r].n_terms;
        for (size_t c = 0; c < model->n_conditions; ++c)
            if (plan->sets_of_life >> r & 1 && set_uses(model, r, c))
                plan->sets_of[c] |= UINT64_C(1) << r;
    }
    plan->first_term[model->n_relatives] = terms;
    for (size_t c = 0; c < model->n_conditions; ++c)
        for (size_t r = 0; r < model->n_risks; ++r)
            if (acts_on(model, c, (int)r))
                plan->acts_on[c] |= UINT64_C(1) << r;
    for (size_t c = 0; c < model->n_conditions; ++c) {
        int set = model->conditions[c].initial_relative;
        for (size_t before = 0; before < c && set != TF_NONE; ++before)
            if (set_uses(model, (size_t)set, before))
                plan->depends_on[c] |= UINT64_C(1) << before | plan->depends_on[before];
    }
}

static bool uses(const tf_strategy_spec *strategy, int intervention)
{
    for (size_t i = 0; i < strategy->n_interventions; ++i)
        if (strategy->interventions[i] == (size_t)intervention)
            return true;
    return false;
}

static void find_conditions(tf_plan *plan)
{
    size_t n = plan->model->n_conditions;

    for (size_t s = 0; s < plan->scenario->n_strategies; ++s)
        for (size_t c = 0; c < n; ++c) {
            int owner = plan->model->conditions[c].owner;
            plan->strategy_has[s * n + c] = owner == TF_NONE || uses(&plan->scenario->strategies[s], owner);
        }
}

/* Measures that exist only where an intervention's own condition does. */
static bool find_counted(tf_plan *plan)
{
    const tf_model *model = plan->model;

    plan->counted = TF_NEW(int, plan->layout->n_measures);
    if (!plan->counted)
        return false;
    for (size_t m = 0; m < plan->layout->n_measures; ++m)
        plan->counted[m] = TF_NONE;
    for (size_t s = 0; s < model->n_states; ++s)
        if (model->conditions[model->states[s].condition].owner != TF_NONE)
            plan->counted[plan->places.years[s]] = model->states[s].condition;
    for (size_t k = 0; k < model->n_transitions; ++k)
        if (model->conditions[model->transitions[k].condition].owner != TF_NONE)
            plan->counted[plan->places.event[k]] = model->transitions[k].condition;
    return true;
}

/* What strategies and subgroups change; all mistakes are found. */
static trefoil_status read_changes(trefoil_context *context, tf_plan *plan)
{
    trefoil_status status = TREFOIL_DONE;
    bool wrong = false;

    for (size_t s = 0; s < plan->scenario->n_strategies + plan->scenario->n_subgroups; ++s) {
        size_t g = s - plan->scenario->n_strategies; /* of a subgroup */
        status = s < plan->scenario->n_strategies
                     ? tf_changes_read(context, plan->model, "strategy", &plan->scenario->strategies[s], &plan->changes[s])
                     : tf_changes_read(context, plan->model, "subgroup", &plan->scenario->subgroups[g].own,
                                       &plan->subgroup_changes[g]);
        wrong = wrong || status == TREFOIL_USER_MISTAKE;
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE)
            return status;
    }
    return wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* ---- the whole --------------------------------------------------------------- */

trefoil_status tf_plan_create(trefoil_context *context, const tf_scenario *scenario, const tf_model *model,
                              const tf_interventions *interventions, const tf_population *population,
                              const tf_selection *selection, tf_layout *layout, tf_plan **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_plan *plan = TF_NEW(tf_plan, 1);

    *made = NULL;
    if (!plan)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the plan of the run");
    *plan = (tf_plan){ .scenario = scenario, .model = model, .interventions = interventions, .population = population,
                       .selection = selection, .layout = layout, .seed = scenario->seed, .cycle = scenario->cycle,
                       .horizon = scenario->horizon };
    plan->out = TF_NEW(tf_transition_list, model->n_states);
    plan->state_flows = TF_NEW(tf_flows, model->n_states);
    plan->event_flows = TF_NEW(tf_flows, model->n_transitions);
    plan->changes = TF_NEW(tf_changes *, scenario->n_strategies);
    plan->subgroup_changes = TF_NEW(tf_changes *, scenario->n_subgroups);
    plan->path_flows = TF_NEW(tf_flows, model->n_paths);
    plan->death_event = TF_NEW(int, model->n_states);
    plan->actors = TF_NEW(int *, model->n_risks);
    plan->n_actors = TF_NEW(size_t, model->n_risks);
    plan->first_term = TF_NEW(size_t, model->n_relatives + 1);
    plan->sets_of = TF_NEW(uint64_t, model->n_conditions);
    plan->affected = TF_NEW(tf_transition_list, model->n_conditions);
    plan->acts_on = TF_NEW(uint64_t, model->n_conditions);
    plan->depends_on = TF_NEW(uint64_t, model->n_conditions);
    plan->strategy_has = TF_NEW(bool, scenario->n_strategies * model->n_conditions);
    if (!plan->out || !plan->path_flows || !plan->changes || !plan->subgroup_changes || !plan->state_flows || !plan->event_flows || !plan->death_event || !plan->actors || !plan->n_actors || !plan->first_term || !plan->sets_of ||
        !plan->affected || !plan->acts_on || !plan->depends_on || !plan->strategy_has) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the plan of the run");
        goto out;
    }
    if (model->n_relatives > 64 || model->n_conditions > 64) {
        status = tf_mistake(context, (tf_place){ model->path, 0 }, "a model may have 64 relative sets and conditions, with those of plugins");
        goto out;
    }
    TRY(read_changes(context, plan));
    TRY(tf_layout_create(context, scenario, model, interventions, selection, layout, &plan->places));
    TRY(cut_units(context, plan));
    TRY(place_strata(context, plan));
    TRY(find_profiles(context, plan));
    if (!resolve_transitions(plan) || !find_actors(plan) || !find_counted(plan)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the plan of the run");
        goto out;
    }
    find_dependence(plan);
    if (!place_terms(plan) || !place_factors(plan) || !place_acts(plan) || !find_affected(plan)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the plan of the run");
        goto out;
    }
    find_conditions(plan);
    *made = plan;
    plan = NULL;
out:
    tf_plan_destroy(plan);
    return status;
}

static void free_flows(tf_flows *flows, size_t n)
{
    for (size_t i = 0; flows && i < n; ++i)
        tf_free(flows[i].items);
    tf_free(flows);
}

void tf_plan_destroy(tf_plan *plan)
{
    if (!plan)
        return;
    for (size_t s = 0; plan->out && s < plan->model->n_states; ++s)
        tf_free(plan->out[s].items);
    tf_free(plan->out);
    free_flows(plan->state_flows, plan->model->n_states);
    free_flows(plan->event_flows, plan->model->n_transitions);
    free_flows(plan->path_flows, plan->model->n_paths);
    tf_free(plan->start_flows.items);
    for (size_t s = 0; plan->changes && s < plan->scenario->n_strategies; ++s)
        tf_changes_destroy(plan->changes[s]);
    tf_free(plan->changes);
    for (size_t g = 0; plan->subgroup_changes && g < plan->scenario->n_subgroups; ++g)
        tf_changes_destroy(plan->subgroup_changes[g]);
    tf_free(plan->subgroup_changes);
    tf_free(plan->death_event);
    for (size_t r = 0; plan->actors && r < plan->model->n_risks; ++r)
        tf_free(plan->actors[r]);
    tf_free(plan->actors);
    tf_free(plan->n_actors);
    tf_free(plan->first_term);
    tf_free(plan->sets_of);
    for (size_t c = 0; plan->affected && c < plan->model->n_conditions; ++c)
        tf_free(plan->affected[c].items);
    tf_free(plan->affected);
    tf_free(plan->terms);
    tf_free(plan->n_slopes);
    tf_free(plan->first_factor);
    tf_free(plan->factors);
    tf_free(plan->acts);
    tf_free(plan->acts_on);
    tf_free(plan->depends_on);
    tf_free(plan->strategy_has);
    tf_free(plan->counted);
    tf_free(plan->pieces);
    tf_free(plan->units);
    tf_free(plan->groups);
    tf_places_free(&plan->places);
    for (size_t e = 0; plan->expected && e < plan->expected_names.count; ++e)
        tf_free(plan->expected[e]);
    tf_free(plan->expected);
    tf_list_free(&plan->expected_names);
    tf_free(plan);
}

static size_t edge(double at, size_t size)
{
    return !(at > 0.0) ? 0 : at >= (double)size ? size - 1 : (size_t)at;
}

double tf_plan_expected(const tf_plan *plan, int name, size_t board, double quintile, double year)
{
    size_t years = plan->layout->n_years, q = edge(quintile, TF_QUINTILES + 1);
    return plan->expected[name][(board * (TF_QUINTILES + 1) + q) * years + edge(year, years)];
}

bool tf_plan_has_times(const tf_plan *plan)
{
    for (size_t k = 0; k < plan->model->n_transitions; ++k)
        if (plan->model->transitions[k].timing == TF_TIME)
            return true;
    return false;
}

double tf_plan_time(const tf_plan *plan, uint32_t cycle)
{
    return tf_on_time_grid(fmin(cycle * plan->cycle, plan->horizon));
}

uint32_t tf_plan_cycles(const tf_plan *plan, int age)
{
    double years = fmin(plan->horizon, TF_LIFETIME_END - age);

    if (plan->scenario->cohort == 0 && age < plan->scenario->age_min) /* who joins is of interest while the population is open */
        years = fmin(years, plan->scenario->open_years);
    return (uint32_t)ceil(years / plan->cycle - 1e-9);
}
