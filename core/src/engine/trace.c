/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/trace_inside.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to follow a cohort");
}

/* ---- making ------------------------------------------------------------------ */

/* How many cycles the cohort is followed, and whether the horizon is whole cycles. */
static trefoil_status count_cycles(trefoil_context *context, tf_trace *trace)
{
    const tf_plan *plan = trace->plan;
    double years = isfinite(plan->horizon) ? plan->horizon : TF_LIFETIME_END - trace->subgroup->age;
    double cycles = years / plan->cycle;

    if (plan->model->n_paths)
        return TREFOIL_DONE;
    trace->n_cycles = (size_t)(cycles + 0.5);
    if (fabs(cycles - (double)trace->n_cycles) > 1e-6)
        return tf_mistake(context, (tf_place){ plan->scenario->path, 0 },
                          "[time] horizon: %g years are %g cycles; a cohort needs a whole number of them", years, cycles);
    return TREFOIL_DONE;
}

static bool flows_vary(const tf_trace *trace, const tf_flows *flows)
{
    for (size_t f = 0; f < flows->count; ++f) {
        int formulas[] = { flows->items[f].amount, flows->items[f].price };
        for (size_t i = 0; i < 2; ++i)
            if (formulas[i] != TF_NONE && (tf_course_uses_moment(trace->course, formulas[i]) || tf_course_uses_stay(trace->course, formulas[i])))
                return true;
    }
    return false;
}

static bool varies(const tf_trace *trace, int formula)
{
    return formula != TF_NONE && (tf_course_uses_moment(trace->course, formula) || tf_course_uses_stay(trace->course, formula));
}

static bool stays(const tf_trace *trace, int formula)
{
    return formula != TF_NONE && tf_course_uses_stay(trace->course, formula);
}

static bool flows_stay(const tf_trace *trace, const tf_flows *flows)
{
    for (size_t f = 0; f < flows->count; ++f)
        if (stays(trace, flows->items[f].amount) || stays(trace, flows->items[f].price))
            return true;
    return false;
}

/* Transitions out of a state; how many times in it are told apart. */
static trefoil_status place_state(trefoil_context *context, tf_trace *trace, size_t s, size_t *chances)
{
    const tf_plan *plan = trace->plan;
    const tf_model *model = plan->model;
    const tf_state *state = &model->states[s];
    tf_moves *moves = &trace->moves[s];
    bool plugins = tf_effects_any(plan), followed = plugins && tf_effects_by_stay(plan);
    bool by_stay = followed || stays(trace, state->utility) || flows_stay(trace, &plan->state_flows[s]);

    *moves = (tf_moves){ .constant = !plugins, .by_stay = followed, .items = plan->out[s].items, .count = plan->out[s].count, .first = *chances };
    *chances += moves->count;
    for (size_t i = 0; i < moves->count; ++i) {
        const tf_transition *t = &model->transitions[moves->items[i]];
        moves->constant = moves->constant && !varies(trace, t->amount);
        moves->by_stay = moves->by_stay || stays(trace, t->amount);
        by_stay = by_stay || stays(trace, t->fatality) || flows_stay(trace, &plan->event_flows[moves->items[i]]);
    }
    by_stay = by_stay || moves->by_stay;
    trace->plain_state[s] = !plugins && !varies(trace, state->utility) && !varies(trace, model->norm) && !flows_vary(trace, &plan->state_flows[s]);
    trace->stays[s] = !by_stay ? 1 : state->tunnel ? (size_t)state->tunnel : trace->n_cycles;
    trace->slot[s] = trace->n_slots;
    trace->n_slots += trace->stays[s];
    if (state->tunnel && !by_stay)
        return tf_mistake(context, (tf_place){ model->path, state->tunnel_line },
                          "[state %s.%s] tunnel = %d: nothing in or out of the state uses years_in_state", model->conditions[0].name,
                          state->name, state->tunnel);
    if ((size_t)state->tunnel > trace->n_cycles)
        return tf_mistake(context, (tf_place){ model->path, state->tunnel_line },
                          "[state %s.%s] tunnel = %d: longer than the horizon, which is %zu cycles", model->conditions[0].name, state->name,
                          state->tunnel, trace->n_cycles);
    return TREFOIL_DONE;
}

static trefoil_status place_states(trefoil_context *context, tf_trace *trace)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_model *model = trace->plan->model;
    size_t chances = 0;

    trace->slot = TF_NEW(size_t, model->n_states);
    trace->stays = TF_NEW(size_t, model->n_states);
    trace->moves = TF_NEW(tf_moves, model->n_states);
    trace->plain_state = TF_NEW(bool, model->n_states);
    trace->plain_event = TF_NEW(bool, model->n_transitions);
    if (!trace->slot || !trace->stays || !trace->moves || !trace->plain_state || !trace->plain_event)
        return starve(context);
    for (size_t s = 0; s < model->n_states; ++s)
        if (place_state(context, trace, s, &chances) != TREFOIL_DONE)
            status = TREFOIL_USER_MISTAKE;
    trace->steady = !trace->plan->layout->n_year_groups;
    for (size_t k = 0; k < model->n_transitions; ++k) {
        trace->plain_event[k] = !tf_effects_any(trace->plan) && !flows_vary(trace, &trace->plan->event_flows[k]);
        trace->steady = trace->steady && trace->plain_event[k] && model->transitions[k].fatality == TF_NONE;
    }
    for (size_t s = 0; s < model->n_states; ++s)
        trace->steady = trace->steady && trace->plain_state[s] && trace->moves[s].constant && trace->stays[s] == 1;
    return status;
}

bool tf_trace_allocate(tf_trace *trace)
{
    const tf_model *model = trace->plan->model;
    const tf_layout *layout = trace->plan->layout;
    tf_course_state *state = &trace->state;

    *state = (tf_course_state){ .now = TF_NEW(double, trace->n_slots), .next = TF_NEW(double, trace->n_slots),
                                .chances = TF_NEW(double, model->n_transitions), .states = TF_NEW(tf_sum, model->n_states),
                                .events = TF_NEW(tf_sum, model->n_transitions), .fatal = TF_NEW(double, 2 * model->n_transitions),
                                .totals = TF_NEW(double, 2 * layout->n_measures) };
    if (layout->n_year_groups)
        state->years = TF_NEW(double, layout->n_measures * layout->n_years);
    return state->now && state->next && state->chances && state->states && state->events && state->fatal && state->totals &&
           (state->years || !layout->n_year_groups);
}

/* What each strategy changes, and room for its numbers. */
static trefoil_status read_strategies(trefoil_context *context, tf_trace *trace)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = trace->plan->scenario;
    size_t n = scenario->n_strategies, parameters = tf_parameters_count(trace->plan->model->parameters);
    const tf_effects_rows rows = { trace->subgroup->sex, trace->subgroup->age, trace->subgroup->imd, trace->n_cycles, trace->n_slots,
                                   trace->plan->model->n_states, trace->slot, trace->stays };

    trace->series = TF_NEW(tf_series_set, n + 1);
    trace->parameters = TF_NEW(double *, n + 1);
    trace->effects = TF_NEW(tf_effects *, n);
    if (!trace->series || !trace->parameters || !trace->effects)
        return starve(context);
    TRY(tf_series_create(context, trace->course, NULL, NULL, &trace->series[0]));
    for (size_t s = 0; s < n; ++s) {
        TRY(tf_series_create(context, trace->course, &trace->series[0], trace->plan->changes[s], &trace->series[s + 1]));
        if (trace->n_cycles)
            TRY(tf_effects_create(context, trace->plan, s, rows, &trace->effects[s]));
    }
    for (size_t s = 0; s <= n; ++s) {
        trace->parameters[s] = TF_NEW(double, parameters);
        if (!trace->parameters[s])
            return starve(context);
    }
out:
    return status;
}

trefoil_status tf_trace_create(trefoil_context *context, const tf_plan *plan, size_t subgroup, tf_trace **made)
{
    trefoil_status status;
    tf_trace *trace = TF_NEW(tf_trace, 1);

    *made = NULL;
    if (!trace)
        return starve(context);
    trace->plan = plan;
    trace->subgroup = &plan->scenario->subgroups[subgroup];
    trace->subgroup_changes = plan->subgroup_changes[subgroup];
    trace->machine = tf_machine_create();
    if (!trace->machine) {
        status = starve(context);
        goto out;
    }
    TRY(count_cycles(context, trace));
    TRY(tf_course_create(context, plan->model->formulas,
                         (tf_course_spec){ trace->subgroup->sex, trace->subgroup->age, trace->subgroup->imd, plan->cycle, trace->n_cycles + 1,
                                           trace->n_cycles ? trace->n_cycles : 1 }, &trace->course));
    if (!plan->model->n_paths && plan->model->clock == TF_DISCRETE)
        TRY(tf_boundaries_create(context, plan, trace->n_cycles, &trace->boundaries));
    TRY(place_states(context, trace));
    TRY(read_strategies(context, trace));
    if (!tf_trace_allocate(trace)) {
        status = starve(context);
        goto out;
    }
    *made = trace;
    trace = NULL;
out:
    tf_trace_destroy(trace);
    return status;
}

void tf_trace_release(tf_course_state *state)
{
    tf_free(state->now);
    tf_free(state->next);
    tf_free(state->chances);
    tf_free(state->states);
    tf_free(state->events);
    tf_free(state->fatal);
    tf_free(state->totals);
    tf_free(state->years);
    *state = (tf_course_state){ 0 };
}

void tf_trace_destroy(tf_trace *trace)
{
    size_t n;

    if (!trace)
        return;
    n = trace->plan->scenario->n_strategies;
    for (size_t s = 0; trace->effects && s < n; ++s)
        tf_effects_destroy(trace->effects[s]);
    tf_free(trace->effects);
    for (size_t s = 0; s <= n; ++s) {
        if (trace->series)
            tf_series_free(&trace->series[s]);
        if (trace->parameters)
            tf_free(trace->parameters[s]);
    }
    tf_free(trace->series);
    tf_free(trace->parameters);
    tf_free(trace->slot);
    tf_free(trace->stays);
    tf_free(trace->moves);
    tf_free(trace->plain_state);
    tf_free(trace->plain_event);
    tf_trace_release(&trace->state);
    tf_boundaries_free(&trace->boundaries);
    tf_course_destroy(trace->course);
    tf_machine_destroy(trace->machine);
    tf_free(trace);
}

/* ---- a draw ------------------------------------------------------------------ */

trefoil_status tf_trace_evaluate(trefoil_context *context, tf_trace *trace, const double *drawn, uint32_t draw)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = tf_parameters_count(trace->plan->model->parameters);

    memcpy(trace->parameters[0], drawn, n * sizeof *drawn);
    if (trace->subgroup_changes)
        TRY(tf_changes_apply(context, trace->subgroup_changes, draw, &trace->machine, drawn, trace->parameters[0]));
    TRY(tf_course_evaluate(context, trace->course, trace->machine, trace->parameters[0], draw, &trace->series[0]));
    for (size_t s = 0; s < trace->plan->layout->n_strategies; ++s) {
        if (trace->effects[s] && !trace->plan->changes[s])
            TRY(tf_effects_evaluate(context, trace->effects[s], trace->parameters[0], draw));
        if (!trace->plan->changes[s])
            continue;
        TRY(tf_changes_apply(context, trace->plan->changes[s], draw, &trace->machine, trace->parameters[0], trace->parameters[s + 1]));
        TRY(tf_course_evaluate(context, trace->course, trace->machine, trace->parameters[s + 1], draw, &trace->series[s + 1]));
        if (trace->effects[s])
            TRY(tf_effects_evaluate(context, trace->effects[s], trace->parameters[s + 1], draw));
    }
out:
    return status;
}

void tf_trace_begin(tf_trace *trace, const tf_series_set *series, double people)
{
    const tf_plan *plan = trace->plan;
    const tf_layout *layout = plan->layout;
    const tf_sum once = { { people, people }, { people, people } };
    tf_course_state *state = &trace->state;

    memset(state->totals, 0, 2 * layout->n_measures * sizeof *state->totals);
    if (state->years)
        memset(state->years, 0, layout->n_measures * layout->n_years * sizeof *state->years);
    memset(state->states, 0, plan->model->n_states * sizeof *state->states);
    memset(state->events, 0, plan->model->n_transitions * sizeof *state->events);
    memset(state->fatal, 0, 2 * plan->model->n_transitions * sizeof *state->fatal);
    tf_trace_add(trace, plan->places.persons, people, people);
    for (size_t f = 0; f < plan->start_flows.count; ++f)
        tf_trace_pay(trace, series, &plan->start_flows.items[f], 0, 0, &once, 0);
}

trefoil_status tf_trace_expect(trefoil_context *context, tf_trace *trace, size_t strategy, uint32_t draw)
{
    const tf_series_set *series = &trace->series[strategy + 1];

    trace->acting = trace->effects[strategy];
    tf_trace_begin(trace, series, 1.0);
    if (trace->plan->model->n_paths)
        return tf_trace_paths(context, trace, series, strategy, draw);
    return trace->plan->model->clock == TF_CONTINUOUS ? tf_trace_flow(context, trace, series, strategy, draw)
                                                      : tf_trace_follow(context, trace, series, strategy, draw);
}
