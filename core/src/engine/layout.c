/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/layout.h"

#include "base/memory.h"
#include "engine/boundary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LAST_AGE = 110 }; /* a lifetime ends at the 111th birthday */

/* ---- measures ---------------------------------------------------------------- */

typedef struct builder {
    tf_layout *layout;
    size_t capacity;
    bool failed;
} builder;

static int add_measure(builder *to, const char *name, const char *unit)
{
    tf_layout *layout = to->layout;
    int known = tf_layout_measure(layout, name);
    tf_measure measure;

    if (known >= 0)
        return known;
    if (to->failed || tf_reserve((void **)&layout->measures, &to->capacity, layout->n_measures + 1, sizeof *layout->measures)) {
        to->failed = true;
        return -1;
    }
    measure.name = tf_strdup(name);
    measure.unit = tf_strdup(unit);
    if (!measure.name || !measure.unit)
        to->failed = true;
    layout->measures[layout->n_measures] = measure;
    return (int)layout->n_measures++;
}

static void state_name(const tf_model *model, int state, const char *prefix, char *name, size_t size)
{
    const tf_state *s = &model->states[state];
    snprintf(name, size, "%s.%s.%s", prefix, model->conditions[s->condition].name, s->name);
}

static void model_measures(builder *to, const tf_scenario *scenario, const tf_model *model, tf_places *places)
{
    char name[256];

    places->persons = add_measure(to, "persons", "1");
    places->ly = add_measure(to, "ly", "a");
    places->qaly = add_measure(to, "qaly", "QALY");
    places->cost = add_measure(to, "cost", scenario->currency);
    for (size_t c = 0; c < model->n_categories; ++c) {
        snprintf(name, sizeof name, "cost.%s", model->categories[c].name);
        places->cost_category[c] = add_measure(to, name, scenario->currency);
    }
    places->deaths = add_measure(to, "deaths", "1");
    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        snprintf(name, sizeof name, "event.%s.%s.%s", model->conditions[t->condition].name, model->states[t->from].name,
                 model->states[t->to].name);
        places->event[k] = add_measure(to, name, "1");
    }
    for (size_t s = 0; s < model->n_states; ++s) {
        state_name(model, (int)s, "years", name, sizeof name);
        places->years[s] = -1;
        if (!model->states[s].dead) /* time is counted while alive: the states of any condition sum to ly */
            places->years[s] = add_measure(to, name, "a");
    }
    for (size_t r = 0; r < model->n_resources; ++r) {
        snprintf(name, sizeof name, "use.%s", model->resources[r].name);
        places->use[r] = add_measure(to, name, model->resources[r].unit);
    }
    for (size_t p = 0; p < model->n_paths; ++p) {
        snprintf(name, sizeof name, "path.%s", model->paths[p].name);
        places->path[p] = add_measure(to, name, "1");
        snprintf(name, sizeof name, "path.%s.cost", model->paths[p].name);
        add_measure(to, name, scenario->currency);
        snprintf(name, sizeof name, "path.%s.qaly", model->paths[p].name);
        add_measure(to, name, "QALY");
    }
}

static void plugin_measures(builder *to, const tf_interventions *interventions)
{
    char name[256];

    for (size_t i = 0; interventions && i < interventions->n_items; ++i) {
        const tf_intervention *item = &interventions->items[i];
        for (size_t h = 0; h < item->n_hooks; ++h)
            for (size_t c = 0; c < item->hooks[h].n_columns; ++c) {
                const tf_hook_column_spec *column = &item->hooks[h].columns[c];
                if (strncmp(column->name, "measure.", 8) != 0)
                    continue;
                snprintf(name, sizeof name, "%s.%s", item->spec->name, column->name + 8);
                add_measure(to, name, column->unit);
            }
    }
}

int tf_layout_measure(const tf_layout *layout, const char *name)
{
    for (size_t m = 0; m < layout->n_measures; ++m)
        if (strcmp(layout->measures[m].name, name) == 0)
            return (int)m;
    return -1;
}

/* ---- groups ------------------------------------------------------------------ */

static const unsigned dimension_order[] = { TF_DIM_REGION, TF_DIM_ICB, TF_DIM_IMD, TF_DIM_SEX, TF_DIM_AGE, TF_DIM_SUBGROUP };
enum { DIMENSIONS = sizeof dimension_order / sizeof *dimension_order };

static int first_band(const tf_scenario *scenario)
{
    return scenario->age_min / scenario->age_band;
}

/* The first board of the region that `board` lies in. */
static size_t region_leader(const tf_selection *selection, size_t board)
{
    size_t b = 0;
    while (strcmp(selection->regions[b], selection->regions[board]) != 0)
        ++b;
    return b;
}

/* Regions are numbered in the order of their first boards. */
static size_t region_of(const tf_selection *selection, size_t board)
{
    size_t leader = region_leader(selection, board), n = 0;
    for (size_t b = 0; b < leader; ++b)
        n += region_leader(selection, b) == b;
    return n;
}

static const char *region_name(const tf_selection *selection, size_t region)
{
    size_t b = 0;
    while (region_of(selection, b) != region)
        ++b;
    return selection->regions[b];
}

static size_t dimension_size(const tf_scenario *scenario, const tf_selection *selection, unsigned dimension)
{
    switch (dimension) {
    case TF_DIM_REGION: {
        size_t n = 0;
        for (size_t b = 0; b < selection->n_boards; ++b)
            n += region_leader(selection, b) == b;
        return n;
    }
    case TF_DIM_ICB: return selection->n_boards;
    case TF_DIM_IMD: return TF_QUINTILES;
    case TF_DIM_SEX: return TF_SEXES;
    case TF_DIM_SUBGROUP: return scenario->n_subgroups;
    default: return (size_t)(scenario->age_max / scenario->age_band - first_band(scenario) + 1);
    }
}

static void dimension_label(const tf_scenario *scenario, const tf_selection *selection, unsigned dimension, size_t value,
                            tf_text *label)
{
    switch (dimension) {
    case TF_DIM_REGION: tf_text_add(label, region_name(selection, value)); break;
    case TF_DIM_ICB: tf_text_add(label, selection->boards[value]); break;
    case TF_DIM_IMD: tf_text_addf(label, "%zu", value + 1); break;
    case TF_DIM_SEX: tf_text_add(label, value == TF_MALE ? "male" : "female"); break;
    case TF_DIM_SUBGROUP: tf_text_add(label, scenario->subgroups[value].own.name); break;
    default: {
        int from = (first_band(scenario) + (int)value) * scenario->age_band, to = from + scenario->age_band - 1;
        from = from < scenario->age_min ? scenario->age_min : from;
        to = to > scenario->age_max ? scenario->age_max : to;
        tf_text_addf(label, "%d-%d", from, to);
    }
    }
}

static size_t dimension_value(const tf_scenario *scenario, const tf_selection *selection, unsigned dimension,
                              const tf_stratum *stratum)
{
    switch (dimension) {
    case TF_DIM_REGION: return region_of(selection, stratum->board);
    case TF_DIM_ICB: return stratum->board;
    case TF_DIM_IMD: return (size_t)stratum->imd;
    case TF_DIM_SEX: return (size_t)stratum->sex;
    case TF_DIM_SUBGROUP: return stratum->subgroup;
    default: return (size_t)(stratum->age / scenario->age_band - first_band(scenario));
    }
}

static size_t grouping_size(const tf_scenario *scenario, const tf_selection *selection, const tf_grouping *grouping)
{
    size_t n = 1;
    for (size_t d = 0; d < DIMENSIONS; ++d)
        if (grouping->dimensions & dimension_order[d])
            n *= dimension_size(scenario, selection, dimension_order[d]);
    return n;
}

static bool add_group(const tf_scenario *scenario, const tf_selection *selection, const tf_grouping *grouping, size_t index,
                      tf_layout *layout)
{
    tf_group *group = &layout->groups[layout->n_groups];
    tf_text label = { 0 };
    size_t rest = grouping_size(scenario, selection, grouping), at = index;

    for (size_t d = 0; d < DIMENSIONS; ++d) {
        if (!(grouping->dimensions & dimension_order[d]))
            continue;
        rest /= dimension_size(scenario, selection, dimension_order[d]);
        if (label.length)
            tf_text_add(&label, "*");
        dimension_label(scenario, selection, dimension_order[d], at / rest, &label);
        at %= rest;
    }
    group->group_by = tf_strdup(grouping->name);
    group->group = tf_strdup(label.length ? label.chars : "all");
    group->year_index = grouping->by_year ? (int)layout->n_year_groups++ : -1;
    tf_text_free(&label);
    layout->n_groups++;
    return group->group_by && group->group && !label.failed;
}

size_t tf_layout_groups_of(const tf_scenario *scenario, const tf_layout *layout, const tf_selection *selection,
                           const tf_stratum *stratum, int *groups)
{
    size_t n = 0, first = 0;

    for (size_t g = 0; g < scenario->n_groupings; ++g) {
        const tf_grouping *grouping = &scenario->groupings[g];
        size_t at = 0;
        for (size_t d = 0; d < DIMENSIONS; ++d)
            if (grouping->dimensions & dimension_order[d])
                at = at * dimension_size(scenario, selection, dimension_order[d]) +
                     dimension_value(scenario, selection, dimension_order[d], stratum);
        groups[n++] = (int)(first + at);
        first += grouping_size(scenario, selection, grouping);
    }
    (void)layout;
    return n;
}

/* ---- the whole --------------------------------------------------------------- */

static trefoil_status create_groups(trefoil_context *context, const tf_scenario *scenario, const tf_selection *selection,
                                    tf_layout *layout)
{
    size_t n = 0;

    for (size_t g = 0; g < scenario->n_groupings; ++g)
        n += grouping_size(scenario, selection, &scenario->groupings[g]);
    layout->groups = TF_NEW(tf_group, n);
    if (!layout->groups)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %zu groups", n);
    for (size_t g = 0; g < scenario->n_groupings; ++g) {
        size_t size = grouping_size(scenario, selection, &scenario->groupings[g]);
        for (size_t i = 0; i < size; ++i)
            if (!add_group(scenario, selection, &scenario->groupings[g], i, layout))
                return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %zu groups", n);
    }
    if (scenario->open_years > 0 && scenario->cohort == 0) {
        layout->joining = layout->n_year_groups;
        layout->n_year_groups *= 2;
    }
    return TREFOIL_DONE;
}

static trefoil_status create_names(trefoil_context *context, const tf_scenario *scenario, const tf_model *model, tf_layout *layout)
{
    size_t n = tf_parameters_count(model->parameters);
    bool failed = false;

    layout->n_strategies = scenario->n_strategies;
    layout->comparator = scenario->comparator;
    layout->strategies = TF_NEW(char *, scenario->n_strategies);
    layout->strategy_titles = TF_NEW(char *, scenario->n_strategies);
    layout->parameters = TF_NEW(char *, n);
    layout->n_parameters = layout->parameters ? n : 0;
    failed = !layout->strategies || !layout->strategy_titles || !layout->parameters;
    for (size_t s = 0; !failed && s < scenario->n_strategies; ++s) {
        const tf_strategy_spec *spec = &scenario->strategies[s];
        layout->strategies[s] = tf_strdup(spec->name);
        layout->strategy_titles[s] = tf_strdup(spec->title ? spec->title : spec->name);
        failed = !layout->strategies[s] || !layout->strategy_titles[s];
    }
    for (size_t p = 0; !failed && p < n; ++p) {
        layout->parameters[p] = tf_strdup(tf_parameters_row(model->parameters, p)->name);
        failed = !layout->parameters[p];
    }
    return failed ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of results") : TREFOIL_DONE;
}

/* Does what happens in a cycle keep the year in which the cycle begins when it is discounted? */
static bool keeps_year(tf_correction correction, tf_discount_moment moment, double cycle)
{
    switch (correction) {
    case TF_CORRECT_END:
    case TF_CORRECT_NONE:
    case TF_CORRECT_START:
    case TF_CORRECT_LIFE_TABLE:
        moment = tf_moment_of(correction, moment);
        return moment == TF_MOMENT_START || (moment == TF_MOMENT_MIDDLE && cycle <= 1.0);
    default:
        return false; /* the last boundary begins a year after the last */
    }
}

static bool years_astray(const tf_scenario *scenario, const tf_model *model)
{
    tf_discount_moment costs = scenario->moment_costs, effects = scenario->moment_effects;
    bool events = scenario->n_interventions > 0;

    if (model->n_paths || model->clock == TF_CONTINUOUS)
        return false;
    for (size_t k = 0; k < model->n_transitions; ++k)
        events = events || model->transitions[k].n_payoffs;
    if (events && (costs == TF_MOMENT_AS_COUNTED || effects == TF_MOMENT_AS_COUNTED))
        return true; /* events are counted at the ends of cycles */
    return !keeps_year(model->correction, costs, scenario->cycle) || !keeps_year(model->correction_effects, effects, scenario->cycle);
}

trefoil_status tf_layout_create(trefoil_context *context, const tf_scenario *scenario, const tf_model *model,
                                const tf_interventions *interventions, const tf_selection *selection, tf_layout *layout,
                                tf_places *places)
{
    trefoil_status status = TREFOIL_DONE;
    builder to = { .layout = layout };
    double lifetime = LAST_AGE + 1 - scenario->age_min;

    memset(layout, 0, sizeof *layout);
    memset(places, 0, sizeof *places);
    places->cost_category = TF_NEW(int, model->n_categories);
    places->use = TF_NEW(int, model->n_resources);
    places->years = TF_NEW(int, model->n_states);
    places->event = TF_NEW(int, model->n_transitions);
    places->path = TF_NEW(int, model->n_paths);
    if (!places->cost_category || !places->use || !places->years || !places->event || !places->path) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the layout of results");
        goto out;
    }
    model_measures(&to, scenario, model, places);
    plugin_measures(&to, interventions);
    if (to.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the layout of results");
        goto out;
    }
    if (model->course && isfinite(scenario->horizon))
        lifetime = scenario->horizon; /* a cohort is followed as long as its source followed it */
    layout->n_years = (size_t)ceil(fmin(scenario->horizon, lifetime) - 1e-9);
    layout->years_astray = years_astray(scenario, model);
    TRY(create_groups(context, scenario, selection, layout));
    TRY(create_names(context, scenario, model, layout));
out:
    if (status != TREFOIL_DONE) {
        tf_layout_free(layout);
        tf_places_free(places);
    }
    return status;
}

void tf_layout_free(tf_layout *layout)
{
    for (size_t m = 0; m < layout->n_measures; ++m) {
        tf_free(layout->measures[m].name);
        tf_free(layout->measures[m].unit);
    }
    for (size_t g = 0; g < layout->n_groups; ++g) {
        tf_free(layout->groups[g].group_by);
        tf_free(layout->groups[g].group);
    }
    for (size_t s = 0; s < layout->n_strategies; ++s) {
        if (layout->strategies)
            tf_free(layout->strategies[s]);
        if (layout->strategy_titles)
            tf_free(layout->strategy_titles[s]);
    }
    for (size_t p = 0; p < layout->n_parameters; ++p)
        tf_free(layout->parameters[p]);
    tf_free(layout->measures);
    tf_free(layout->groups);
    tf_free(layout->background);
    tf_free(layout->strategies);
    tf_free(layout->strategy_titles);
    tf_free(layout->parameters);
    memset(layout, 0, sizeof *layout);
}

void tf_places_free(tf_places *places)
{
    tf_free(places->cost_category);
    tf_free(places->use);
    tf_free(places->years);
    tf_free(places->event);
    tf_free(places->path);
    memset(places, 0, sizeof *places);
}
