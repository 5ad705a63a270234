/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins add to a model: processes and cost categories. */
#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

TF_PRINTF(2, 3)
static int refuse(trefoil_context *context, const char *format, ...)
{
    char reason[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tf_fail(context, TREFOIL_PLUGIN_FAILED, "%s", reason);
    return TF_NONE;
}

static int starve(trefoil_context *context)
{
    tf_fail(context, TREFOIL_NO_MEMORY, "no memory for what a plugin adds to the model");
    return TF_NONE;
}

static bool check_condition(trefoil_context *context, const tf_model *model, const char *name,
                            const char *const *states, size_t n_states)
{
    bool good = true;

    if (!tf_is_name(name) || strlen(name) > 120) {
        refuse(context, "'%s' cannot be the name of a process", name);
        return false;
    }
    if (tf_model_condition(model, name) != TF_NONE) {
        refuse(context, "the process '%s' cannot be added: the model has a condition of that name already", name);
        return false;
    }
    if (n_states < 2 || n_states > TF_MAX_STATES || model->n_states + n_states > TF_MAX_ALL_STATES ||
        model->n_conditions == TF_MAX_CONDITIONS) {
        refuse(context,
               "the process '%s' with %zu states cannot be added: a condition has 2 to %d states, a model at most %d "
               "states and %d conditions",
               name, n_states, (int)TF_MAX_STATES, (int)TF_MAX_ALL_STATES, (int)TF_MAX_CONDITIONS);
        return false;
    }
    for (size_t s = 0; s < n_states && good; s++) {
        good = tf_is_name(states[s]);
        for (size_t t = 0; t < s && good; t++) {
            good = strcmp(states[s], states[t]) != 0;
        }
        if (!good) {
            refuse(context, "the process '%s' cannot have a state '%s': it is no name, or there twice", name,
                   states[s]);
        }
    }
    return good;
}

static void forget_condition(tf_model *model)
{
    tf_condition *condition = &model->conditions[--model->n_conditions];

    while (model->n_states > (size_t)condition->first_state) {
        tf_state *state = &model->states[--model->n_states];

        tf_free(state->name);
        tf_free(state->title);
        *state = (tf_state){0};
    }
    tf_free(condition->name);
    tf_free(condition->title);
    tf_free(condition->stream_owner);
    *condition = (tf_condition){0};
}

int tf_model_add_condition(trefoil_context *context, tf_model *model, const char *name, const char *title,
                           const char *const *states, size_t n_states, int owner, const char *stream_owner)
{
    int index = (int)model->n_conditions;
    tf_condition *condition = &model->conditions[index];
    bool whole;

    if (!check_condition(context, model, name, states, n_states)) {
        return TF_NONE;
    }
    *condition = (tf_condition){
        .first_state = (int)model->n_states, .n_states = (int)n_states, .initial_relative = TF_NONE, .owner = owner};
    condition->name = tf_strdup(name);
    condition->title = tf_strdup(title != NULL ? title : name);
    condition->stream_owner = tf_strdup(stream_owner);
    whole = condition->name != NULL && condition->title != NULL && condition->stream_owner != NULL;
    model->n_conditions++;
    for (size_t s = 0; s < n_states; s++) {
        tf_state *state = &model->states[model->n_states++];

        *state = (tf_state){.name = tf_strdup(states[s]), .title = tf_strdup(states[s]), .condition = index};
        state->initial = state->utility = TF_NONE;
        whole = whole && state->name != NULL && state->title != NULL;
    }
    if (!whole) {
        forget_condition(model);
        return starve(context);
    }
    tf_condition_purposes(stream_owner, condition);
    if (tf_check_purposes(context, model, (tf_place){0}) != TREFOIL_DONE) {
        forget_condition(model);
        return TF_NONE;
    }
    return index;
}

/* The state of a condition, or TF_NONE. */
static int state_of(const tf_model *model, const tf_condition *condition, const char *name)
{
    for (int s = condition->first_state; s < condition->first_state + condition->n_states; s++) {
        if (strcmp(model->states[s].name, name) == 0) {
            return s;
        }
    }
    return TF_NONE;
}

int tf_model_add_transition(trefoil_context *context, tf_model *model, int condition, const char *from, const char *to,
                            const char *stream_owner)
{
    const tf_condition *c = &model->conditions[condition];
    tf_transition added = {
        .condition = condition, .from = state_of(model, c, from), .to = state_of(model, c, to), .timing = TF_RATE};
    tf_text title = {0};

    if (added.from == TF_NONE || added.to == TF_NONE || added.from == added.to) {
        return refuse(context,
                      "the process '%s' cannot have a transition from '%s' to '%s': it leads from one of its states to "
                      "another",
                      c->name, from, to);
    }
    for (size_t t = 0; t < model->n_transitions; t++) {
        if (model->transitions[t].from == added.from && model->transitions[t].to == added.to) {
            return refuse(context, "the process '%s' has the transition from '%s' to '%s' twice", c->name, from, to);
        }
    }
    if (model->n_transitions == TF_MAX_TRANSITIONS) {
        return refuse(context,
                      "the process '%s' cannot have a transition from '%s' to '%s': a model has at most %d transitions",
                      c->name, from, to, (int)TF_MAX_TRANSITIONS);
    }
    added.amount = added.relative = added.fatality = added.fatal = TF_NONE;
    tf_text_addf(&title, "%s to %s", from, to);
    added.title = title.chars;
    if (title.failed) {
        tf_text_free(&title);
        return starve(context);
    }
    tf_transition_purposes(stream_owner, model, &added);
    model->transitions[model->n_transitions++] = added;
    if (tf_check_purposes(context, model, (tf_place){0}) != TREFOIL_DONE) {
        tf_free(model->transitions[--model->n_transitions].title);
        return TF_NONE;
    }
    return (int)model->n_transitions - 1;
}

int tf_model_add_category(trefoil_context *context, tf_model *model, const char *name, const char *title,
                          const char *party)
{
    int known = tf_model_category(model, name);
    tf_category category, *grown;

    if (known != TF_NONE) {
        return known;
    }
    if (!tf_is_name(name)) {
        return refuse(context, "'%s' cannot be the name of a cost category", name);
    }
    category = (tf_category){tf_strdup(name), tf_strdup(title != NULL ? title : name),
                             tf_strdup(party != NULL ? party : "nhs")};
    grown = category.name != NULL && category.title != NULL && category.party != NULL
                ? tf_realloc(model->categories, model->n_categories + 1, sizeof *grown)
                : NULL;
    if (grown == NULL) {
        tf_free(category.name);
        tf_free(category.title);
        tf_free(category.party);
        return starve(context);
    }
    model->categories = grown;
    model->categories[model->n_categories] = category;
    return (int)model->n_categories++;
}
