/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/model.h"

#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"
#include "random/stream.h"

#include <stdio.h>
#include <string.h>

/* ---- purposes ---------------------------------------------------------------- */

void tf_condition_stream(const tf_condition *condition, const char *kind, char name[TF_PURPOSE_NAME])
{
    bool process = condition->owner != TF_NONE;

    snprintf(name, TF_PURPOSE_NAME, "%s%s%s", kind, process ? "" : " ", process ? "" : condition->name);
}

void tf_transition_stream(const tf_model *model, const tf_transition *transition, const char *kind,
                          char name[TF_PURPOSE_NAME])
{
    const tf_condition *condition = &model->conditions[transition->condition];
    bool process = condition->owner != TF_NONE;

    snprintf(name, TF_PURPOSE_NAME, "%s %s%s%s.%s", kind, process ? "" : condition->name, process ? "" : ".",
             model->states[transition->from].name, model->states[transition->to].name);
}

void tf_condition_purposes(const char *owner, tf_condition *condition)
{
    char name[TF_PURPOSE_NAME];

    tf_condition_stream(condition, "initial", name);
    condition->purpose_initial = tf_purpose(owner, name);
    tf_condition_stream(condition, "cycle", name);
    condition->purpose_cycle = tf_purpose(owner, name);
}

void tf_transition_purposes(const char *owner, const tf_model *model, tf_transition *transition)
{
    char name[TF_PURPOSE_NAME];

    tf_transition_stream(model, transition, "clock", name);
    transition->purpose_clock = tf_purpose(owner, name);
    tf_transition_stream(model, transition, "branch", name);
    transition->purpose_branch = tf_purpose(owner, name);
}

/* ---- reading ----------------------------------------------------------------- */

/* "30-100" */
static void read_ages(tf_reader *reader, size_t section)
{
    tf_model *model = reader->model;
    const char *text = tf_config_text(reader->config, section, "ages");
    tf_list ends = {0};
    int64_t from, to;

    if (text == NULL) {
        return;
    }
    if (tf_list_split(&ends, text, '-') != 0) {
        tf_read_starve(reader);
    } else if (ends.count != 2 || !tf_parse_integer(ends.items[0], &from) || !tf_parse_integer(ends.items[1], &to) ||
               from < 0 || from >= to || to >= TF_AGES) {
        tf_read_wrong(reader, section, "ages", "expected two whole ages from 0 to 100, as in 30-100");
    } else {
        model->age_min = (int)from;
        model->age_max = (int)to;
    }
    tf_list_free(&ends);
}

/* How time between two boundaries of cycles counts: the scenario's word, or the model's. */
static void read_correction(tf_reader *reader, size_t section)
{
    tf_model *model = reader->model;
    const tf_scenario *scenario = reader->scenario;
    bool ours = scenario->correction == TF_CORRECT_UNSTATED;

    model->correction = (tf_correction)(1 + tf_config_choice(reader->context, reader->config, section, "correction",
                                                             tf_correction_names, 0));
    model->weights = tf_config_file(reader->context, reader->config, section, "weights");
    model->weights_place = (tf_place){model->path, tf_config_place(reader->config, section, "weights").line};
    if (scenario->weights != NULL) {
        tf_free(model->weights);
        model->weights = tf_read_copy(reader, scenario->weights);
        model->weights_place = scenario->weights_place;
    }
    if (scenario->clock == TF_CLOCK_CONTINUOUS && ours) {
        model->correction = TF_CORRECT_NONE; /* what the model says is for its own clock */
    }
    model->correction = ours ? model->correction : scenario->correction;
    model->correction_effects = scenario->correction_effects == TF_CORRECT_UNSTATED ? model->correction : scenario->correction_effects;
}

/* Conventions of cycles, where there are none or where they would not be kept. */
static void check_conventions(tf_reader *reader, size_t section)
{
    const tf_model *model = reader->model;
    const tf_scenario *scenario = reader->scenario;
    bool continuous = model->clock == TF_CONTINUOUS, ours = scenario->clock != TF_CLOCK_CONTINUOUS;
    const char *why = continuous ? "amounts are discounted at the very moment they fall due under the continuous clock" : tf_alike_needs;
    const char *needs = continuous ? "" : "this needs people who are all alike: ";
    bool weighted = model->correction == TF_CORRECT_WEIGHTS || model->correction_effects == TF_CORRECT_WEIGHTS;

    if (continuous && (model->correction != TF_CORRECT_NONE || scenario->correction_effects != TF_CORRECT_UNSTATED)) {
        tf_read_wrong(reader, section, "correction", "times are exact under the continuous clock: there is nothing to correct");
    } else if (!continuous && !model->course && (model->correction > TF_CORRECT_START || scenario->correction_effects != TF_CORRECT_UNSTATED)) {
        tf_read_wrong(reader, section, "correction", "'%s' needs people who are all alike: %s", tf_correction_names[model->correction - 1],
                      tf_alike_needs);
    } else if (weighted && model->weights == NULL) {
        tf_read_wrong(reader, section, "weights", "correction = weights needs a file of them, as in weights = weights.csv");
    }
    if ((continuous ? ours : !model->course) && (model->conversion != TF_CONVERT_SEPARATE || model->weigh_events)) {
        tf_read_wrong(reader, section, model->weigh_events ? "events" : "conversion", "%s%s",
                      continuous ? "under the continuous clock rates are hazards and events count in full" : "this needs people who are all alike: ",
                      continuous ? "" : tf_alike_needs);
    }
    if (model->course && !continuous) {
        return;
    }
    if (scenario->discounting == TF_DISCOUNT_PER_CYCLE) {
        tf_mistake(reader->context, scenario->discounting_place, "[economics] discounting = per-cycle: %s%s", needs, why);
    }
    if (scenario->moment_costs != TF_MOMENT_AS_COUNTED) {
        tf_mistake(reader->context, scenario->moment_costs_place, "[economics] discount_costs_at: %s%s", needs, why);
    }
    if (scenario->moment_effects != TF_MOMENT_AS_COUNTED) {
        tf_mistake(reader->context, scenario->moment_effects_place, "[economics] discount_effects_at: %s%s", needs, why);
    }
}

/* Is it a decision tree, a table of paths? */
static bool is_tree(const tf_reader *reader)
{
    ptrdiff_t head = tf_config_find(reader->config, "model");
    const char *kind = head >= 0 ? tf_config_text(reader->config, (size_t)head, "kind") : NULL;

    return kind != NULL && strcmp(kind, "paths") == 0;
}

/* Are people all alike, so that they are followed along one course?  In expected mode they must be (check_course). */
static bool is_course(const tf_reader *reader, bool tree)
{
    const tf_scenario *scenario = reader->scenario;
    bool plugins = false;

    for (size_t s = 0; s < scenario->n_strategies; s++) {
        plugins = plugins || scenario->strategies[s].n_interventions > 0;
    }
    return scenario->expected ||
           (scenario->cohort > 0 && !plugins &&
            (tree || (reader->model->clock == TF_DISCRETE && tf_read_count(reader, "condition") == 1 && tf_read_count(reader, "risk") == 0 &&
                      tf_read_count(reader, "relative") == 0)));
}

static void check_tunnels(tf_reader *reader)
{
    const tf_model *model = reader->model;

    for (size_t s = 0; s < model->n_states; s++) {
        const tf_state *state = &model->states[s];

        if (state->tunnel > 0) {
            tf_mistake(reader->context, (tf_place){model->path, state->tunnel_line}, "[state %s.%s] tunnel = %d: %s%s",
                       model->conditions[state->condition].name, state->name, state->tunnel,
                       model->clock == TF_CONTINUOUS ? "under the continuous clock time in a state is exact and known throughout"
                                                     : "time in a state is followed for people who are all alike: ",
                       model->clock == TF_CONTINUOUS ? "" : tf_alike_needs);
        }
    }
}

/* Expected mode on the continuous clock: hazards do not depend on how long people have been in a state. */
static void check_flow(tf_reader *reader)
{
    const tf_model *model = reader->model;

    for (size_t k = 0; k < model->n_transitions; k++) {
        const tf_transition *t = &model->transitions[k];

        if (t->timing >= TF_AFTER) {
            tf_mistake(reader->context, (tf_place){model->path, 0},
                       "[transition %s.%s.%s] %s: expected mode on the continuous clock follows rates; take clock = discrete%s, or simulate people",
                       model->conditions[t->condition].name, model->states[t->from].name, model->states[t->to].name,
                       t->timing == TF_AFTER ? "after" : "time", t->timing == TF_AFTER ? " with a probability" : "");
        }
    }
}

static void check_course(tf_reader *reader)
{
    const tf_model *model = reader->model;
    tf_place place = {model->path, 0};

    if (!model->course) {
        if (model->n_paths > 0) {
            tf_mistake(reader->context, place, "a decision tree (kind = paths) needs a [population] cohort, and strategies without interventions");
        }
        check_tunnels(reader);
        return;
    }
    if (model->n_paths == 0 && model->clock == TF_CONTINUOUS) {
        check_tunnels(reader);
        check_flow(reader);
    }
    if (model->n_paths == 0 && model->n_conditions != 1) {
        tf_mistake(reader->context, place, "expected mode follows a cohort through one condition; this model has %zu",
                   model->n_conditions);
    }
    if (model->n_risks > 0 || model->n_relatives > 0) {
        tf_mistake(reader->context, place, "people of a cohort are all alike: expected mode has no risk factors and relative risks");
    }
}

static void read_head(tf_reader *reader, size_t section)
{
    static const char *const clocks[] = {"continuous", "discrete", NULL};
    static const char *const kinds[] = {"states", "paths", NULL};
    static const char *const conversions[] = {"separate", "competing", "death-first", NULL};
    static const char *const events[] = {"counted", "weighted", NULL};
    tf_model *model = reader->model;

    model->title = tf_read_text(reader, section, "title", tf_config_path(reader->config));
    model->value_set = tf_read_text(reader, section, "value_set", NULL);
    model->clock = (tf_clock)tf_config_choice(reader->context, reader->config, section, "clock", clocks, TF_CONTINUOUS);
    if (reader->scenario->clock != TF_CLOCK_UNSTATED) {
        model->clock = reader->scenario->clock == TF_CLOCK_CONTINUOUS ? TF_CONTINUOUS : TF_DISCRETE;
    }
    (void)tf_config_choice(reader->context, reader->config, section, "kind", kinds, 0); /* is_tree() */
    model->conversion =
        (tf_conversion)tf_config_choice(reader->context, reader->config, section, "conversion", conversions, TF_CONVERT_SEPARATE);
    model->weigh_events = tf_config_choice(reader->context, reader->config, section, "events", events, 0) == 1;
    model->course = is_course(reader, is_tree(reader));
    read_correction(reader, section);
    check_conventions(reader, section);
    read_ages(reader, section);
}

static void check_ages(tf_reader *reader, const tf_scenario *scenario)
{
    const tf_model *model = reader->model;

    if (scenario->age_min < model->age_min || scenario->age_max > model->age_max) {
        tf_mistake(reader->context, scenario->model_place,
                   "the scenario starts with people aged %d to %d, but the model %s covers ages %d to %d",
                   scenario->age_min, scenario->age_max, tf_config_path(reader->config), model->age_min,
                   model->age_max);
    }
}

/* The registers, and the parameters made of them; none if anything is wrong with them. */
static void read_evidence(tf_reader *reader, size_t section, const tf_scenario *scenario)
{
    tf_model *model = reader->model;
    tf_list files = {0};
    bool wrong = false;

    tf_read_note(reader, tf_config_list(reader->context, reader->config, section, "evidence", &files));
    for (size_t k = 0; k < files.count && !tf_read_failed(reader); k++) {
        char *path = tf_path_beside(tf_config_path(reader->config), files.items[k]);
        trefoil_status status = TREFOIL_NO_MEMORY;

        if (path != NULL) {
            status = tf_register_read(reader->context, path, tf_config_place(reader->config, section, "evidence"),
                                      &model->evidence);
        } else {
            tf_read_starve(reader);
        }
        wrong = wrong || status == TREFOIL_USER_MISTAKE;
        tf_read_note(reader, status);
        tf_free(path);
    }
    tf_list_free(&files);
    if (!wrong && !tf_read_failed(reader)) {
        tf_read_note(reader, tf_parameters_create(reader->context, &model->evidence, scenario, &model->parameters));
    }
}

static void set_purposes_of_risks(tf_model *model)
{
    char name[TF_PURPOSE_NAME];

    for (size_t r = 0; r < model->n_risks; r++) {
        snprintf(name, sizeof name, "risk %s", model->risks[r].name);
        model->risks[r].purpose = tf_purpose("model", name);
    }
}

/* The keys nobody asked for.  A reason that is no mistake is want of memory. */
static void report_unknown(tf_reader *reader)
{
    size_t reasons = trefoil_context_reasons(reader->context), mistakes = tf_mistakes(reader->context);

    tf_config_finish(reader->context, reader->config);
    if (trefoil_context_reasons(reader->context) != reasons && tf_mistakes(reader->context) == mistakes) {
        tf_read_note(reader, TREFOIL_NO_MEMORY);
    }
}

static void read_all(tf_reader *reader, const tf_scenario *scenario)
{
    static void (*const parts_of_tree[])(tf_reader *) = {tf_read_categories, tf_read_resources, tf_read_start, tf_read_paths};
    static void (*const parts_of_states[])(tf_reader *) = {
        tf_read_categories, tf_read_resources, tf_read_risks,  tf_read_utility,     tf_read_conditions,
        tf_read_relatives,  tf_read_initial,   tf_read_states, tf_read_transitions, tf_read_start,
    };
    bool tree = is_tree(reader);
    void (*const *parts)(tf_reader *) = tree ? parts_of_tree : parts_of_states;
    size_t n_parts = tree ? sizeof parts_of_tree / sizeof parts_of_tree[0] : sizeof parts_of_states / sizeof parts_of_states[0];
    tf_model *model = reader->model;
    ptrdiff_t head = tf_config_find(reader->config, "model");

    if (head < 0) {
        tf_mistake(reader->context, (tf_place){tf_config_path(reader->config), 0}, "[model]: the section is missing");
    } else {
        read_head(reader, (size_t)head);
        read_evidence(reader, (size_t)head, scenario);
    }
    if (!tf_read_failed(reader)) {
        tf_read_note(reader, tf_joints_read(reader->context, reader->config, model->path, &model->joints, &model->n_joints));
    }
    if (!tf_read_failed(reader)) {
        tf_read_tables(reader);
    }
    if (!tf_read_failed(reader)) {
        tf_read_note(reader, tf_formulas_create(reader->context, &model->tables, model->parameters, &model->formulas));
    }
    if (model->formulas != NULL && model->course && (tree || model->clock == TF_DISCRETE)) {
        tf_formulas_set_course(model->formulas);
    }
    for (size_t p = 0; p < n_parts && !tf_read_failed(reader); p++) {
        parts[p](reader);
    }
    if (tf_read_failed(reader)) {
        return;
    }
    set_purposes_of_risks(model);
    check_ages(reader, scenario);
    check_course(reader);
    tf_check_structure(reader);
    report_unknown(reader);
    if (tf_mistakes(reader->context) == reader->mistakes) {
        tf_read_note(reader, tf_check_purposes(reader->context, model, (tf_place){model->path, 0}));
        if (!model->course) { /* a course is checked when it is run through */
            tf_check_base_case(reader, scenario);
        }
    }
}

static tf_model *create(const tf_config *config)
{
    tf_model *model = TF_NEW(tf_model, 1);

    if (model == NULL) {
        return NULL;
    }
    model->age_max = TF_AGES - 1;
    model->norm = TF_NONE;
    model->utility_max = 1;
    memcpy(model->digest, tf_config_digest(config), sizeof model->digest);
    model->path = tf_strdup(tf_config_path(config));
    if (model->path == NULL) {
        tf_free(model);
        return NULL;
    }
    return model;
}

trefoil_status tf_model_read(trefoil_context *context, const tf_scenario *scenario, tf_model **model)
{
    tf_reader reader = {.context = context, .scenario = scenario, .mistakes = tf_mistakes(context)};
    trefoil_status status;

    *model = NULL;
    if (scenario->model == NULL) {
        return TREFOIL_USER_MISTAKE; /* told when the scenario was read */
    }
    TRY(tf_config_read(context, scenario->model, scenario->model_place, &reader.config));
    reader.model = create(reader.config);
    if (reader.model == NULL) {
        tf_read_starve(&reader);
    } else {
        read_all(&reader, scenario);
    }
    status = reader.status;
    if (status == TREFOIL_DONE && tf_mistakes(context) != reader.mistakes) {
        status = TREFOIL_USER_MISTAKE;
    }
    if (status == TREFOIL_DONE) {
        *model = reader.model;
        reader.model = NULL;
    }
out:
    tf_model_destroy(reader.model);
    tf_config_destroy(reader.config);
    return status;
}

/* ---- destruction ------------------------------------------------------------- */

static void free_parts(tf_model *model)
{
    for (size_t i = 0; i < model->n_risks; i++) {
        tf_free(model->risks[i].name);
        tf_free(model->risks[i].title);
        tf_free(model->risks[i].unit);
    }
    for (size_t i = 0; i < model->n_relatives; i++) {
        tf_free(model->relatives[i].name);
        tf_free(model->relatives[i].terms);
    }
    for (size_t i = 0; i < model->n_resources; i++) {
        tf_free(model->resources[i].name);
        tf_free(model->resources[i].title);
        tf_free(model->resources[i].unit);
    }
    for (size_t i = 0; i < model->n_categories; i++) {
        tf_free(model->categories[i].name);
        tf_free(model->categories[i].title);
        tf_free(model->categories[i].party);
    }
    for (size_t i = 0; i < model->tables.count; i++) {
        tf_free(model->tables.names[i]);
        tf_grid_destroy(model->tables.grids[i]);
    }
}

static void free_paths(tf_model *model)
{
    for (size_t i = 0; i < model->n_paths; i++) {
        tf_free(model->paths[i].name);
        tf_free(model->paths[i].title);
        tf_free(model->paths[i].taken);
        tf_free(model->paths[i].payoffs);
    }
    tf_free(model->paths);
    tf_free(model->start);
    tf_free(model->weights);
}

static void free_processes(tf_model *model)
{
    for (size_t i = 0; i < model->n_conditions; i++) {
        tf_free(model->conditions[i].name);
        tf_free(model->conditions[i].title);
        tf_free(model->conditions[i].stream_owner);
    }
    for (size_t i = 0; i < model->n_states; i++) {
        tf_free(model->states[i].name);
        tf_free(model->states[i].title);
        tf_free(model->states[i].payoffs);
        tf_free(model->states[i].effects);
    }
    for (size_t i = 0; i < model->n_transitions; i++) {
        tf_free(model->transitions[i].title);
        tf_free(model->transitions[i].payoffs);
    }
}

void tf_model_destroy(tf_model *model)
{
    if (model == NULL) {
        return;
    }
    free_parts(model);
    free_paths(model);
    free_processes(model);
    tf_formulas_destroy(model->formulas);
    tf_parameters_destroy(model->parameters);
    tf_joints_free(model->joints, model->n_joints);
    tf_register_free(&model->evidence);
    tf_free(model->risks);
    tf_free(model->relatives);
    tf_free(model->resources);
    tf_free(model->categories);
    tf_free(model->tables.names);
    tf_free(model->tables.grids);
    tf_free(model->conditions);
    tf_free(model->states);
    tf_free(model->transitions);
    tf_free(model->path);
    tf_free(model->title);
    tf_free(model->value_set);
    tf_free(model);
}

/* ---- finding ----------------------------------------------------------------- */

/* What follows "<name>." in `dotted`, or NULL if it does not begin so. */
static const char *after(const char *dotted, const char *name)
{
    size_t length = strlen(name);

    return strncmp(dotted, name, length) == 0 && dotted[length] == '.' ? dotted + length + 1 : NULL;
}

int tf_model_state(const tf_model *model, const char *dotted)
{
    for (size_t s = 0; s < model->n_states; s++) {
        const char *rest = after(dotted, model->conditions[model->states[s].condition].name);

        if (rest != NULL && strcmp(rest, model->states[s].name) == 0) {
            return (int)s;
        }
    }
    return TF_NONE;
}

int tf_model_transition(const tf_model *model, const char *dotted)
{
    for (size_t t = 0; t < model->n_transitions; t++) {
        const tf_transition *transition = &model->transitions[t];
        const char *rest = after(dotted, model->conditions[transition->condition].name);

        rest = rest != NULL ? after(rest, model->states[transition->from].name) : NULL;
        if (rest != NULL && strcmp(rest, model->states[transition->to].name) == 0) {
            return (int)t;
        }
    }
    return TF_NONE;
}

/* The index of the struct whose first member, a name, is `name`. */
static int find(const char *name, const void *items, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(*(char *const *)(const void *)((const char *)items + i * size), name) == 0) {
            return (int)i;
        }
    }
    return TF_NONE;
}

int tf_model_condition(const tf_model *model, const char *name)
{
    return find(name, model->conditions, model->n_conditions, sizeof *model->conditions);
}

int tf_model_risk(const tf_model *model, const char *name)
{
    return find(name, model->risks, model->n_risks, sizeof *model->risks);
}

int tf_model_resource(const tf_model *model, const char *name)
{
    return find(name, model->resources, model->n_resources, sizeof *model->resources);
}

int tf_model_category(const tf_model *model, const char *name)
{
    return find(name, model->categories, model->n_categories, sizeof *model->categories);
}
