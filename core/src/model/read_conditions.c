/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions and their states. */
#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"

#include <string.h>

/* ---- names ------------------------------------------------------------------- */

static bool add_state(tf_reader *reader, size_t section, tf_condition *condition, const char *name)
{
    tf_model *model = reader->model;
    tf_state *state = &model->states[model->n_states];

    if (!tf_is_name(name) || strcmp(name, "relative") == 0) {
        tf_read_wrong(reader, section, "states", "'%s' cannot be the name of a state", name);
        return true;
    }
    for (int s = 0; s < condition->n_states; s++) {
        if (strcmp(model->states[condition->first_state + s].name, name) == 0) {
            tf_read_wrong(reader, section, "states", "'%s' is listed twice", name);
            return true;
        }
    }
    if (condition->n_states == TF_MAX_STATES) {
        tf_read_wrong(reader, section, "states", "a condition may have at most %d states", (int)TF_MAX_STATES);
        return false;
    }
    if (model->n_states == TF_MAX_ALL_STATES) {
        tf_read_wrong(reader, section, "states", "a model may have at most %d states", (int)TF_MAX_ALL_STATES);
        return false;
    }
    *state = (tf_state){.name = tf_read_copy(reader, name), .initial = TF_NONE, .utility = TF_NONE};
    state->condition = (int)(condition - model->conditions);
    if (state->name == NULL) {
        return false;
    }
    condition->n_states++;
    model->n_states++;
    return true;
}

static void read_states_of(tf_reader *reader, size_t section, tf_condition *condition)
{
    tf_list names = {0};

    if (!tf_config_require(reader->context, reader->config, section, "states",
                           "the states of the condition, the first being where people start")) {
        return;
    }
    tf_read_note(reader, tf_config_list(reader->context, reader->config, section, "states", &names));
    for (size_t k = 0;
         k < names.count && !tf_read_failed(reader) && add_state(reader, section, condition, names.items[k]); k++) {
    }
    if (names.count < 2) {
        tf_read_wrong(reader, section, "states", "a condition has at least two states");
    }
    tf_list_free(&names);
}

static void read_dead(tf_reader *reader, size_t section, int condition)
{
    tf_list names = {0};

    tf_read_note(reader, tf_config_list(reader->context, reader->config, section, "dead", &names));
    for (size_t k = 0; k < names.count && !tf_read_failed(reader); k++) {
        int state = tf_read_state_of(reader, section, "dead", condition, names.items[k]);

        reader->paths_unknown = reader->paths_unknown || state == TF_NONE;
        if (state == reader->model->conditions[condition].first_state) {
            tf_read_wrong(reader, section, "dead", "people start in '%s', the first state, and start alive",
                          names.items[k]);
        } else if (state != TF_NONE) {
            reader->model->states[state].dead = true;
        }
    }
    tf_list_free(&names);
}

static void read_condition(tf_reader *reader, size_t section, const char *name)
{
    tf_model *model = reader->model;
    tf_condition *condition = &model->conditions[model->n_conditions++];

    *condition = (tf_condition){.first_state = (int)model->n_states, .initial_relative = TF_NONE, .owner = TF_NONE};
    condition->name = tf_read_copy(reader, name);
    condition->title = tf_read_text(reader, section, "title", name);
    condition->stream_owner = tf_read_copy(reader, "model");
    if (tf_read_failed(reader)) {
        return;
    }
    tf_condition_purposes("model", condition);
    read_states_of(reader, section, condition);
    read_dead(reader, section, (int)model->n_conditions - 1);
}

void tf_read_conditions(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "condition");
    const char *name;

    model->conditions = tf_read_alloc(reader, TF_MAX_CONDITIONS, sizeof *model->conditions);
    model->states = tf_read_alloc(reader, TF_MAX_ALL_STATES, sizeof *model->states);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "condition", k, &name);

        if (model->n_conditions == TF_MAX_CONDITIONS) {
            tf_read_wrong_section(reader, section, "a model may have at most %d conditions", (int)TF_MAX_CONDITIONS);
            return;
        }
        if (tf_read_name(reader, section, name)) {
            read_condition(reader, section, name);
        }
    }
}

/* ---- where people start ------------------------------------------------------ */

static void read_share(tf_reader *reader, size_t section, const char *key, int condition, const char *name)
{
    tf_model *model = reader->model;
    int state = tf_read_state_of(reader, section, key, condition, name);
    int share = tf_read_formula(reader, section, key, 0, 1);

    if (state == TF_NONE) {
        return;
    }
    if (state == model->conditions[condition].first_state) {
        tf_read_wrong(reader, section, key, "'%s' is the first state: whoever is in no other is in it", name);
    } else if (model->states[state].dead) {
        tf_read_wrong(reader, section, key, "nobody starts dead");
    } else {
        model->states[state].initial = share;
    }
}

/* Where somebody starts can depend only on what is settled before. */
static void check_initial_relative(tf_reader *reader, size_t section, int condition)
{
    const tf_model *model = reader->model;
    const tf_relative *relative = &model->relatives[model->conditions[condition].initial_relative];

    for (size_t t = 0; t < relative->n_terms; t++) {
        int state = relative->terms[t].state;

        if (state == TF_NONE || model->states[state].condition < condition) {
            continue;
        }
        if (model->states[state].condition == condition) {
            tf_read_wrong(reader, section, "initial.relative", "the set names the state '%s' of this very condition",
                          model->states[state].name);
        } else {
            tf_read_wrong(reader, section, "initial.relative",
                          "the set names the state '%s.%s' of a condition further down; move [condition %s] above this "
                          "one",
                          model->conditions[model->states[state].condition].name, model->states[state].name,
                          model->conditions[model->states[state].condition].name);
        }
    }
}

static void read_initial(tf_reader *reader, size_t section, int condition)
{
    tf_model *model = reader->model;
    const char *relative = tf_config_text(reader->config, section, "initial.relative");
    const char *key, *name;

    for (size_t k = 0; (key = tf_read_prefixed(reader, section, "initial.", k, &name)) != NULL; k++) {
        if (strcmp(name, "relative") != 0) {
            read_share(reader, section, key, condition, name);
        }
    }
    if (relative == NULL) {
        return;
    }
    model->conditions[condition].initial_relative =
        tf_read_find(reader, section, "initial.relative", "set of relative risks", relative, model->relatives,
                     model->n_relatives, sizeof *model->relatives);
    if (model->conditions[condition].initial_relative != TF_NONE) {
        check_initial_relative(reader, section, condition);
    }
}

void tf_read_initial(tf_reader *reader)
{
    const char *name;
    ptrdiff_t section;

    for (size_t k = 0; !tf_read_failed(reader) && (section = tf_read_section(reader, "condition", k, &name)) >= 0;
         k++) {
        int condition = tf_model_condition(reader->model, name);

        if (condition != TF_NONE) {
            read_initial(reader, (size_t)section, condition);
        }
    }
}

/* ---- states ------------------------------------------------------------------ */

/* The effect of a state on risk factor `name`, added if it is new. */
static tf_risk_effect *effect_on(tf_reader *reader, size_t section, const char *key, const char *name, tf_state *state)
{
    const tf_model *model = reader->model;
    int risk =
        tf_read_find(reader, section, key, "risk factor", name, model->risks, model->n_risks, sizeof *model->risks);

    if (risk == TF_NONE) {
        return NULL;
    }
    for (size_t e = 0; e < state->n_effects; e++) {
        if (state->effects[e].risk == risk) {
            return &state->effects[e];
        }
    }
    state->effects[state->n_effects] = (tf_risk_effect){risk, TF_NONE, TF_NONE};
    return &state->effects[state->n_effects++];
}

static void read_effects(tf_reader *reader, size_t section, tf_state *state)
{
    const char *key, *name;
    tf_risk_effect *effect;

    state->effects = tf_read_alloc(reader, tf_config_keys(reader->config, section), sizeof *state->effects);
    for (size_t k = 0; !tf_read_failed(reader) && (key = tf_read_prefixed(reader, section, "scale.", k, &name)) != NULL;
         k++) {
        int formula = tf_read_formula(reader, section, key, 0, 1000);

        effect = effect_on(reader, section, key, name, state);
        if (effect != NULL) {
            effect->scale = formula;
        }
    }
    for (size_t k = 0; !tf_read_failed(reader) && (key = tf_read_prefixed(reader, section, "add.", k, &name)) != NULL;
         k++) {
        int formula = tf_read_formula(reader, section, key, -1e9, 1e9);

        effect = effect_on(reader, section, key, name, state);
        if (effect != NULL) {
            effect->add = formula;
        }
    }
}

static void read_state(tf_reader *reader, size_t section, tf_state *state)
{
    tf_free(state->title); /* a section may come twice */
    state->title = tf_read_text(reader, section, "title", state->name);
    tf_config_switch(reader->context, reader->config, section, "stays", false); /* tf_check_structure */
    state->utility = tf_read_formula(reader, section, "utility", 0, reader->model->norm == TF_NONE ? reader->model->utility_max : 2);
    state->tunnel = (int)tf_config_integer(reader->context, reader->config, section, "tunnel", 1, 10000, 0);
    state->tunnel_line = tf_config_place(reader->config, section, "tunnel").line;
    tf_read_payoffs(reader, section, false, &state->payoffs, &state->n_payoffs);
    if (!tf_read_failed(reader)) {
        read_effects(reader, section, state);
    }
    if (state->dead && (state->utility != TF_NONE || state->n_payoffs > 0 || state->n_effects > 0 || state->tunnel > 0)) {
        tf_read_wrong_section(reader, section, "people in this state are dead: it has a title and nothing else");
    }
}

void tf_read_states(tf_reader *reader)
{
    tf_model *model = reader->model;
    const char *name;
    ptrdiff_t section;

    for (size_t k = 0; !tf_read_failed(reader) && (section = tf_read_section(reader, "state", k, &name)) >= 0; k++) {
        int state = tf_read_state(reader, (size_t)section, NULL, name);

        if (state != TF_NONE) {
            read_state(reader, (size_t)section, &model->states[state]);
        } else {
            tf_config_know_section(reader->config, (size_t)section);
        }
    }
    for (size_t s = 0; s < model->n_states && !tf_read_failed(reader); s++) {
        if (model->states[s].title == NULL) {
            model->states[s].title = tf_read_copy(reader, model->states[s].name);
        }
    }
}
