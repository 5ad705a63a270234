/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/divide.h"

#include "base/memory.h"
#include "engine/background.h"
#include "engine/binding.h"
#include "engine/simulate.h"
#include "engine/staircase.h"

#include <math.h>
#include <string.h>

/* ---- opening ----------------------------------------------------------------- */

static trefoil_status read_people(trefoil_context *context, tf_run *run)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_scenario *scenario = run->scenario;

    if (scenario->cohort > 0)
        return tf_population_alike(context, scenario, &run->selection, &run->population);
    TRY(tf_geography_read(context, scenario->geography, scenario->geography_place, &run->geography));
    TRY(tf_geography_select(context, run->geography, &scenario->areas, scenario->areas_place, &run->selection));
    if (!scenario->persons_place.file) /* missing, and said so */
        return TREFOIL_USER_MISTAKE;
    TRY(tf_population_read(context, scenario->geography, run->geography, &run->selection, scenario->age_min, scenario->age_max,
                           scenario->everyone, scenario->persons, scenario->persons_place, &run->population));
    if (scenario->open_years > 1)
        TRY(tf_population_open(context, scenario->geography, run->geography, &run->selection, scenario->age_min, scenario->open_years,
                               scenario->everyone, scenario->persons_place, run->population));
out:
    return status;
}

static trefoil_status read_model(trefoil_context *context, tf_run *run, const char *plugin_folder)
{
    trefoil_status status = TREFOIL_DONE;

    TRY(tf_model_read(context, run->scenario, &run->model));
    if (run->scenario->sample)
        TRY(tf_parameters_sample(context, run->model->parameters, run->scenario->sample, run->scenario->sample_place, &run->scenario->draws));
    if (run->scenario->expected && run->scenario->draws > 0)
        TRY(tf_parameters_hasten(context, run->model->parameters));
    if (tf_scenario_youngest(run->scenario) < run->model->age_min)
        tf_mistake(context, run->scenario->areas_place, "[population] %s at %d, but the model covers %d to %d (%s)",
                   tf_scenario_youngest(run->scenario) < run->scenario->age_min ? "open: those who join start" : "ages start",
                   tf_scenario_youngest(run->scenario), run->model->age_min, run->model->age_max, run->model->path);
    if (run->model->clock == TF_CONTINUOUS && run->scenario->cycle > 1.0)
        tf_mistake(context, run->scenario->model_place,
                   "[time] cycle is %g years, but this model runs on a continuous clock, whose cycles are at most a year (ages and "
                   "discount factors change every year)", run->scenario->cycle);
    TRY(tf_interventions_create(context, run->scenario, run->model, plugin_folder, &run->interventions));
    TRY(tf_parameters_arrange(context, run->model->parameters, run->scenario, run->model->joints, run->model->n_joints));
out:
    return status;
}

/* Events a scenario wants in its reports must be events of its model. */
static trefoil_status check_events(trefoil_context *context, const tf_run *run)
{
    const tf_layout *layout = &run->layout;
    trefoil_status status = TREFOIL_DONE;
    const char **names = TF_NEW(const char *, layout->n_measures);
    size_t n = 0;

    if (!names)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of events");
    for (size_t m = 0; m < layout->n_measures; ++m)
        if (strncmp(layout->measures[m].name, "event.", 6) == 0)
            names[n++] = layout->measures[m].name + 6;
    for (size_t e = 0; e < run->scenario->events.count; ++e) {
        const char *wanted = run->scenario->events.items[e], *near = tf_nearest(wanted, names, n);
        bool known = false;
        for (size_t i = 0; i < n && !known; ++i)
            known = strcmp(names[i], wanted) == 0;
        if (!known)
            status = tf_mistake(context, run->scenario->events_place, "[output] events: the model has no event '%s'%s%s%s", wanted,
                                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    tf_free(names);
    return status;
}

/* So must the outcomes of a staircase be measures. */
static trefoil_status check_outcomes(trefoil_context *context, const tf_run *run)
{
    const tf_staircase_spec *spec = &run->scenario->staircase;
    const tf_layout *layout = &run->layout;
    trefoil_status status = TREFOIL_DONE;
    const char **names = TF_NEW(const char *, layout->n_measures);

    if (!names)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of measures");
    for (size_t m = 0; m < layout->n_measures; ++m)
        names[m] = layout->measures[m].name;
    for (size_t o = 0; o < spec->outcomes.count; ++o) {
        const char *wanted = spec->outcomes.items[o], *near = tf_nearest(wanted, names, layout->n_measures);
        if (tf_layout_measure(layout, wanted) < 0)
            status = tf_mistake(context, spec->outcomes_place, "[staircase] outcomes: the model has no measure '%s'%s%s%s", wanted,
                                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    tf_free(names);
    return status;
}

/* Tables of what usual care is expected to use are made under the comparator, which must not need them itself. */
static trefoil_status check_comparator(trefoil_context *context, const tf_run *run)
{
    const tf_strategy_spec *comparator = &run->scenario->strategies[run->scenario->comparator];
    trefoil_status status = TREFOIL_DONE;

    for (size_t i = 0; i < comparator->n_interventions; ++i) {
        const tf_intervention *item = &run->interventions->items[comparator->interventions[i]];
        bool expects = false;
        for (size_t h = 0; h < item->n_hooks; ++h)
            for (size_t c = 0; c < item->hooks[h].n_columns; ++c)
                expects = expects || item->hooks[h].columns[c].ref.kind == TF_COLUMN_EXPECTED;
        if (expects)
            status = tf_mistake(context, item->spec->place,
                                "[intervention %s] asks what usual care is expected to use, so it cannot be part of the comparator '%s'; "
                                "name another under [economics] comparator",
                                item->spec->name, comparator->name);
    }
    return status;
}

/* Simpson's rule takes an even number of cycles, for everybody. */
static trefoil_status check_simpson(trefoil_context *context, const tf_run *run)
{
    if (run->model->course || run->model->clock != TF_DISCRETE || run->model->correction != TF_CORRECT_SIMPSON ||
        !isfinite(run->scenario->horizon)) /* an expected run says so itself; a lifetime ends with nobody left to count */
        return TREFOIL_DONE;
    for (size_t s = 0; s < run->population->n_strata; ++s)
        if (tf_plan_cycles(run->plan, run->population->strata[s].age) % 2)
            return tf_mistake(context, run->scenario->model_place,
                              "Simpson's rule needs an even number of cycles, but there are %u for people aged %d; half-cycle has no such need",
                              tf_plan_cycles(run->plan, run->population->strata[s].age), run->population->strata[s].age);
    return TREFOIL_DONE;
}

/* A pass goes on after mistakes, so that all are found; any other failure stops. */
static bool gave_up(trefoil_status status)
{
    return status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE;
}

static trefoil_status open_run(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets,
                               const char *plugin_folder, bool staircase, tf_run **made)
{
    trefoil_status status = TREFOIL_DONE, people;
    tf_run *run = TF_NEW(tf_run, 1);

    *made = NULL;
    if (!run)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a run");
    TRY(tf_scenario_read(context, path, sets, n_sets, &run->scenario));
    people = read_people(context, run);
    status = gave_up(people) ? people : read_model(context, run, plugin_folder);
    if (gave_up(status))
        goto out;
    if (staircase && run->population && run->model && run->interventions) {
        status = tf_staircase_expand(context, run->scenario, run->model, run->interventions, run->population);
        if (gave_up(status))
            goto out;
    }
    if (tf_mistakes(context)) {
        status = TREFOIL_USER_MISTAKE;
        goto out;
    }
    TRY(tf_plan_create(context, run->scenario, run->model, run->interventions, run->population, &run->selection, &run->layout,
                       &run->plan));
    TRY(check_events(context, run));
    TRY(check_outcomes(context, run));
    TRY(check_comparator(context, run));
    TRY(check_simpson(context, run));
    TRY(tf_background_check(context, &run->layout, &run->scenario->equity));
    TRY(tf_background_find(context, run));
    TRY(tf_expected_names(context, run->interventions, &run->plan->expected_names));
    if (run->model->course)
        TRY(tf_cohort_create(context, run->plan, &run->cohort));
    else
        TRY(tf_simulate_check(context, run->plan));
    *made = run;
    run = NULL;
out:
    tf_run_close(run);
    return status;
}

trefoil_status tf_run_open(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets, const char *plugin_folder,
                           tf_run **run)
{
    return open_run(context, path, sets, n_sets, plugin_folder, true, run);
}

trefoil_status tf_run_open_compared(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets,
                                    const char *plugin_folder, tf_run **run)
{
    return open_run(context, path, sets, n_sets, plugin_folder, false, run);
}

void tf_run_close(tf_run *run)
{
    if (!run)
        return;
    tf_cohort_destroy(run->cohort);
    tf_plan_destroy(run->plan);
    tf_layout_free(&run->layout);
    tf_interventions_destroy(run->interventions);
    tf_model_destroy(run->model);
    tf_population_destroy(run->population);
    tf_selection_free(&run->selection);
    tf_geography_destroy(run->geography);
    tf_scenario_destroy(run->scenario);
    tf_free(run);
}

trefoil_status tf_run_isolate(trefoil_context *context, tf_run *run, double seconds)
{
    if (run->cohort)
        return tf_mistake(context, (tf_place){ 0 }, "--isolate: a cohort is followed in one process; leave it out, or simulate people in blocks");
    run->plan->hook_limit = seconds;
    return TREFOIL_DONE;
}

/* ---- what usual care is expected to use -------------------------------------- */

static size_t expected_size(const tf_plan *plan)
{
    return plan->selection->n_boards * (TF_QUINTILES + 1) * plan->layout->n_years;
}

/* Room for the tables that are not there yet. */
static trefoil_status make_expected(trefoil_context *context, tf_plan *plan)
{
    bool fine = true;

    if (!plan->expected)
        plan->expected = TF_NEW(double *, plan->expected_names.count);
    for (size_t e = 0; plan->expected && fine && e < plan->expected_names.count; ++e) {
        if (!plan->expected[e])
            plan->expected[e] = TF_NEW(double, expected_size(plan));
        fine = plan->expected[e] != NULL;
    }
    return plan->expected && fine ? TREFOIL_DONE : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for what usual care is expected to use");
}

typedef struct pilot {
    tf_plan *plan; /* whose expected tables are filled */
} pilot;

/* Groups of the pilot are "all", then board by quintile, kept by year. */
static trefoil_status take_expected(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    tf_plan *plan = ((pilot *)self)->plan;
    size_t boards = plan->selection->n_boards, years = plan->layout->n_years;

    (void)context;
    for (size_t e = 0; e < plan->expected_names.count; ++e) {
        int measure = tf_layout_measure(layout, plan->expected_names.items[e]);
        double *table = plan->expected[e];
        memset(table, 0, expected_size(plan) * sizeof *table);
        for (size_t b = 0; b < boards; ++b)
            for (size_t q = 0; q < TF_QUINTILES; ++q)
                for (size_t y = 0; y < years; ++y) {
                    double value = draw->outcomes[0].by_year[tf_at_year(layout, b * TF_QUINTILES + q, y, (size_t)measure)];
                    table[(b * (TF_QUINTILES + 1) + q + 1) * years + y] = value;
                    table[b * (TF_QUINTILES + 1) * years + y] += value;
                }
    }
    return TREFOIL_DONE;
}

/* The comparator alone, base case, by board, quintile and year. */
static trefoil_status run_pilot(trefoil_context *context, tf_run *run, tf_run_options options, const tf_division *division)
{
    trefoil_status status = TREFOIL_DONE;
    char all[] = "all", crossed[] = "icb*imd";
    tf_grouping groupings[] = { { all, 0, false }, { crossed, TF_DIM_ICB | TF_DIM_IMD, true } };
    tf_scenario scenario = *run->scenario;
    tf_layout layout = { 0 };
    tf_plan *plan = NULL;
    pilot self = { run->plan };
    tf_sink sink = { .take = take_expected, .self = &self };

    TRY(make_expected(context, run->plan));
    scenario.strategies = &run->scenario->strategies[scenario.comparator];
    scenario.n_strategies = 1;
    scenario.comparator = 0;
    scenario.groupings = groupings;
    scenario.n_groupings = 2;
    scenario.draws = 0;
    scenario.open_years = 0;
    TRY(tf_plan_create(context, &scenario, run->model, run->interventions, run->population, &run->selection, &layout, &plan));
    plan->hook_limit = run->plan->hook_limit;
    TRY(tf_divide(context, plan, options, &(tf_division){ .persons = division->persons, .ranks = division->ranks }, sink));
out:
    tf_plan_destroy(plan);
    tf_layout_free(&layout);
    return status;
}

static void forget_expected(tf_plan *plan)
{
    for (size_t e = 0; plan->expected && e < plan->expected_names.count; ++e)
        tf_free(plan->expected[e]);
    tf_free(plan->expected);
    plan->expected = NULL;
}

static trefoil_status recall_expected(trefoil_context *context, tf_plan *plan, const tf_memo *memo, bool *there)
{
    trefoil_status status = TREFOIL_DONE;

    *there = memo->recall != NULL;
    if (*there)
        TRY(make_expected(context, plan));
    for (size_t e = 0; *there && e < plan->expected_names.count; ++e)
        TRY(memo->recall(memo->self, context, plan->expected_names.items[e], plan->expected[e], expected_size(plan), there));
out:
    return status;
}

static trefoil_status remember_expected(trefoil_context *context, const tf_plan *plan, const tf_memo *memo)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t e = 0; memo->remember && e < plan->expected_names.count; ++e)
        TRY(memo->remember(memo->self, context, plan->expected_names.items[e], plan->expected[e], expected_size(plan)));
out:
    return status;
}

/* What rank 0 expects, at all ranks. */
static trefoil_status spread_expected(trefoil_context *context, tf_plan *plan, const trefoil_ranks *ranks, trefoil_status status)
{
    if (status == TREFOIL_DONE)
        status = make_expected(context, plan);
    if (ranks->least(ranks->self, status == TREFOIL_DONE) != 1)
        return status == TREFOIL_DONE ? TREFOIL_INTERRUPTED : status;
    for (size_t e = 0; e < plan->expected_names.count; ++e)
        ranks->spread(ranks->self, plan->expected[e], expected_size(plan) * sizeof(double));
    return TREFOIL_DONE;
}

/* Recalled, or else simulated by all ranks. */
static trefoil_status find_expected(trefoil_context *context, tf_run *run, tf_run_options options, const tf_division *division)
{
    bool there;
    trefoil_status status = recall_expected(context, run->plan, &division->memo, &there);
    bool simulate = status == TREFOIL_DONE && !there;

    if (division->ranks)
        division->ranks->spread(division->ranks->self, &simulate, sizeof simulate);
    if (simulate && status == TREFOIL_DONE) {
        status = run_pilot(context, run, options, division);
        if (status == TREFOIL_DONE)
            status = remember_expected(context, run->plan, &division->memo);
    }
    if (division->ranks)
        status = spread_expected(context, run->plan, division->ranks, status);
    if (status != TREFOIL_DONE)
        forget_expected(run->plan);
    return status;
}

trefoil_status tf_run_divided(trefoil_context *context, tf_run *run, tf_run_options options, const tf_division *division, tf_sink sink)
{
    trefoil_status status = TREFOIL_DONE;

    if (run->cohort)
        return division->ranks && division->ranks->rank > 0 ? TREFOIL_DONE : tf_cohort_run(context, run->cohort, options.threads, sink);
    if (run->plan->expected_names.count && !run->plan->expected)
        TRY(find_expected(context, run, options, division));
    TRY(tf_divide(context, run->plan, options, division, sink));
out:
    return status;
}

trefoil_status tf_run_go(trefoil_context *context, tf_run *run, tf_run_options options, tf_sink sink)
{
    return tf_run_divided(context, run, options, &(tf_division){ 0 }, sink);
}
