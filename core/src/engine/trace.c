/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/trace_inside.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>
#include <time.h>

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to follow a cohort");
}

/* ---- making ------------------------------------------------------------------ */

/* How many cycles the cohort is followed, and whether the horizon is whole cycles. */
static trefoil_status count_cycles(trefoil_context *context, tf_trace *trace)
{
    const tf_plan *plan = trace->plan;
    double years = isfinite(plan->horizon) ? plan->horizon : TF_LIFETIME_END - plan->scenario->age_min;
    double cycles = years / plan->cycle;

    if (plan->model->n_paths)
        return TREFOIL_DONE;
    trace->n_cycles = (size_t)(cycles + 0.5);
    if (fabs(cycles - (double)trace->n_cycles) > 1e-6)
        return tf_mistake(context, (tf_place){ plan->scenario->path, 0 },
                          "[time] horizon: %g years are %g cycles; expected mode needs a whole number of them", years, cycles);
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
    bool by_stay = stays(trace, state->utility) || flows_stay(trace, &plan->state_flows[s]);

    *moves = (tf_moves){ .constant = true, .items = plan->out[s].items, .count = plan->out[s].count, .first = *chances };
    *chances += moves->count;
    for (size_t i = 0; i < moves->count; ++i) {
        const tf_transition *t = &model->transitions[moves->items[i]];
        moves->constant = moves->constant && !varies(trace, t->amount);
        moves->by_stay = moves->by_stay || stays(trace, t->amount);
        by_stay = by_stay || stays(trace, t->fatality) || flows_stay(trace, &plan->event_flows[moves->items[i]]);
    }
    by_stay = by_stay || moves->by_stay;
    trace->plain_state[s] = !varies(trace, state->utility) && !varies(trace, model->norm) && !flows_vary(trace, &plan->state_flows[s]);
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
        trace->plain_event[k] = !flows_vary(trace, &trace->plan->event_flows[k]);
        trace->steady = trace->steady && trace->plain_event[k] && model->transitions[k].fatality == TF_NONE;
    }
    for (size_t s = 0; s < model->n_states; ++s)
        trace->steady = trace->steady && trace->plain_state[s] && trace->moves[s].constant && trace->stays[s] == 1;
    return status;
}

static bool allocate_state(tf_trace *trace)
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

static bool allocate_outcomes(tf_trace *trace)
{
    const tf_layout *layout = trace->plan->layout;
    size_t n = layout->n_groups * layout->n_measures * 2, years = layout->n_year_groups * layout->n_years * layout->n_measures;

    trace->outcomes = TF_NEW(tf_outcome, layout->n_strategies);
    for (size_t s = 0; trace->outcomes && s < layout->n_strategies; ++s) {
        trace->outcomes[s] = (tf_outcome){ TF_NEW(double, n), TF_NEW(double, n), TF_NEW(double, n), TF_NEW(double, years),
                                             TF_NEW(double, 2 * layout->n_groups) };
        if (!trace->outcomes[s].total || !trace->outcomes[s].variance || !trace->outcomes[s].difference_variance || !trace->outcomes[s].by_year ||
            !trace->outcomes[s].covariance)
            return false;
    }
    return trace->outcomes != NULL;
}

/* What each strategy changes, and room for its numbers. */
static trefoil_status read_strategies(trefoil_context *context, tf_trace *trace)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = trace->plan->scenario;
    size_t n = scenario->n_strategies, parameters = tf_parameters_count(trace->plan->model->parameters);
    bool wrong = false;

    trace->series = TF_NEW(tf_series_set, n + 1);
    trace->parameters = TF_NEW(double *, n + 1);
    if (!trace->series || !trace->parameters)
        return starve(context);
    TRY(tf_series_create(context, trace->course, NULL, NULL, &trace->series[0]));
    for (size_t s = 0; s < n; ++s) {
        if (scenario->strategies[s].n_interventions) {
            tf_mistake(context, scenario->strategies[s].place,
                       "[strategy %s] interventions: expected mode runs without plugins; state what the strategy changes as parameters.<name> = ...",
                       scenario->strategies[s].name);
            wrong = true;
        }
        TRY(tf_series_create(context, trace->course, &trace->series[0], trace->plan->changes[s], &trace->series[s + 1]));
    }
    for (size_t s = 0; s <= n; ++s) {
        trace->parameters[s] = TF_NEW(double, parameters);
        if (!trace->parameters[s])
            return starve(context);
    }
    status = wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    return status;
}

static trefoil_status follow_all(trefoil_context *context, tf_trace *trace, uint32_t draw);

trefoil_status tf_trace_create(trefoil_context *context, const tf_plan *plan, tf_trace **made)
{
    trefoil_status status;
    const tf_scenario *scenario = plan->scenario;
    tf_trace *trace = TF_NEW(tf_trace, 1);

    *made = NULL;
    if (!trace)
        return starve(context);
    trace->plan = plan;
    trace->machine = tf_machine_create();
    if (!trace->machine) {
        status = starve(context);
        goto out;
    }
    TRY(count_cycles(context, trace));
    TRY(tf_course_create(context, plan->model->formulas,
                         (tf_course_spec){ scenario->sex, scenario->age_min, scenario->imd, plan->cycle, trace->n_cycles + 1,
                                           trace->n_cycles ? trace->n_cycles : 1 }, &trace->course));
    if (!plan->model->n_paths)
        TRY(tf_boundaries_create(context, plan, trace->n_cycles, &trace->boundaries));
    TRY(place_states(context, trace));
    TRY(read_strategies(context, trace));
    if (!allocate_state(trace) || !allocate_outcomes(trace)) {
        status = starve(context);
        goto out;
    }
    TRY(follow_all(context, trace, 0));
    *made = trace;
    trace = NULL;
out:
    tf_trace_destroy(trace);
    return status;
}

static void free_outcomes(tf_trace *trace)
{
    for (size_t s = 0; trace->outcomes && s < trace->plan->layout->n_strategies; ++s) {
        tf_free(trace->outcomes[s].total);
        tf_free(trace->outcomes[s].variance);
        tf_free(trace->outcomes[s].difference_variance);
        tf_free(trace->outcomes[s].by_year);
        tf_free(trace->outcomes[s].covariance);
    }
    tf_free(trace->outcomes);
}

void tf_trace_destroy(tf_trace *trace)
{
    size_t n;

    if (!trace)
        return;
    n = trace->plan->scenario->n_strategies;
    for (size_t s = 0; s <= n; ++s) {
        if (trace->series)
            tf_series_free(&trace->series[s]);
        if (trace->parameters)
            tf_free(trace->parameters[s]);
    }
    free_outcomes(trace);
    tf_free(trace->series);
    tf_free(trace->parameters);
    tf_free(trace->slot);
    tf_free(trace->stays);
    tf_free(trace->moves);
    tf_free(trace->plain_state);
    tf_free(trace->plain_event);
    tf_free(trace->state.now);
    tf_free(trace->state.next);
    tf_free(trace->state.chances);
    tf_free(trace->state.states);
    tf_free(trace->state.events);
    tf_free(trace->state.fatal);
    tf_free(trace->state.totals);
    tf_free(trace->state.years);
    tf_boundaries_free(&trace->boundaries);
    tf_course_destroy(trace->course);
    tf_machine_destroy(trace->machine);
    tf_free(trace);
}

/* ---- a draw ------------------------------------------------------------------ */

/* Per-person sums to population totals, in every group of the cohort (all its strata are alike). */
static void write_outcome(tf_trace *trace, size_t strategy)
{
    const tf_plan *plan = trace->plan;
    const tf_layout *layout = plan->layout;
    tf_outcome *outcome = &trace->outcomes[strategy];
    double people = (double)plan->population->people;

    for (size_t g = 0; g < plan->scenario->n_groupings; ++g) {
        size_t group = (size_t)plan->groups[g];
        int year_group = layout->groups[group].year_index;
        for (size_t m = 0; m < 2 * layout->n_measures; ++m)
            outcome->total[2 * group * layout->n_measures + m] = people * trace->state.totals[m];
        for (size_t y = 0; year_group >= 0 && y < layout->n_years; ++y)
            for (size_t m = 0; m < layout->n_measures; ++m)
                outcome->by_year[tf_at_year(layout, (size_t)year_group, y, m)] = people * trace->state.years[m * layout->n_years + y];
    }
}

static trefoil_status follow_strategy(trefoil_context *context, tf_trace *trace, size_t s, uint32_t draw)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_plan *plan = trace->plan;
    const tf_layout *layout = plan->layout;
    tf_series_set *series = &trace->series[s + 1];

    if (trace->plan->changes[s]) {
        TRY(tf_changes_apply(context, trace->plan->changes[s], draw, &trace->machine, trace->parameters[0], trace->parameters[s + 1]));
        TRY(tf_course_evaluate(context, trace->course, trace->machine, trace->parameters[s + 1], draw, series));
    }
    memset(trace->state.totals, 0, 2 * layout->n_measures * sizeof(double));
    if (trace->state.years)
        memset(trace->state.years, 0, layout->n_measures * layout->n_years * sizeof(double));
    tf_trace_add(trace, plan->places.persons, 1.0, 1.0);
    status = plan->model->n_paths ? tf_trace_paths(context, trace, series, s, draw) : tf_trace_follow(context, trace, series, s, draw);
    if (status == TREFOIL_DONE)
        write_outcome(trace, s);
out:
    return status;
}

static trefoil_status follow_all(trefoil_context *context, tf_trace *trace, uint32_t draw)
{
    trefoil_status status;
    const tf_plan *plan = trace->plan;

    TRY(tf_parameters_draw_with(context, plan->model->parameters, plan->seed, draw, &trace->machine, trace->parameters[0]));
    TRY(tf_course_evaluate(context, trace->course, trace->machine, trace->parameters[0], draw, &trace->series[0]));
    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        TRY(follow_strategy(context, trace, s, draw));
out:
    return status;
}

/* ---- the draws --------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

trefoil_status tf_trace_run(trefoil_context *context, tf_trace *trace, tf_sink sink)
{
    trefoil_status status = TREFOIL_DONE;
    uint32_t last = trace->plan->scenario->draws;

    for (uint32_t d = 0; d <= last; ++d) {
        double began = seconds_now();
        if (sink.has && sink.has(sink.self, d))
            continue;
        if (tf_interrupted(context))
            return TREFOIL_INTERRUPTED;
        TRY(follow_all(context, trace, d));
        tf_draw draw = { d, trace->parameters[0], trace->outcomes, seconds_now() - began };
        TRY(sink.take(sink.self, context, trace->plan->layout, &draw));
        if (d % 256 == 0)
            tf_progress(context, "following cohorts", d, last);
    }
    tf_progress(context, "following cohorts", 1, 1);
out:
    return status;
}
