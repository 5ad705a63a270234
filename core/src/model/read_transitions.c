/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transitions. */
#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"

#include <stdio.h>
#include <string.h>

/* "chd.none.mi1": condition and states; a mistake for each part that is unknown. */
static bool find_ends(tf_reader *reader, size_t section, const char *name, tf_transition *transition)
{
    const tf_model *model = reader->model;
    tf_list parts = {0};
    bool found = false;

    if (tf_list_split(&parts, name, '.') != 0) {
        tf_read_starve(reader);
    } else if (parts.count != 3) {
        tf_read_wrong_section(reader, section, "expected condition.from.to, as in [transition chd.none.mi1]");
    } else {
        transition->condition = tf_read_find(reader, section, NULL, "condition", parts.items[0], model->conditions,
                                             model->n_conditions, sizeof *model->conditions);
        if (transition->condition != TF_NONE) {
            transition->from = tf_read_state_of(reader, section, NULL, transition->condition, parts.items[1]);
            transition->to = tf_read_state_of(reader, section, NULL, transition->condition, parts.items[2]);
            found = transition->from != TF_NONE && transition->to != TF_NONE;
        }
    }
    tf_list_free(&parts);
    return found;
}

static void check_ends(tf_reader *reader, size_t section, const tf_transition *transition)
{
    const tf_model *model = reader->model;

    if (transition->from == transition->to) {
        tf_read_wrong_section(reader, section, "a transition leads to another state");
    }
    if (model->states[transition->from].dead) {
        tf_read_wrong_section(reader, section, "nobody leaves '%s': people in it are dead",
                              model->states[transition->from].name);
    }
}

static bool is_rest(const tf_reader *reader, size_t section)
{
    const char *text = tf_config_text(reader->config, section, "probability");

    return text != NULL && strcmp(text, "rest") == 0;
}

/* "1 - (the others)", for `probability = rest`. */
static void read_rest(tf_reader *reader, size_t section, const char *name, tf_transition *rest)
{
    const tf_model *model = reader->model;
    tf_text formula = {0};
    char what[300];

    tf_text_add(&formula, "max(0, 1");
    for (size_t t = 0; t < model->n_transitions; t++) {
        const tf_transition *other = &model->transitions[t];

        if (other == rest || other->from != rest->from) {
            continue;
        }
        if (other->timing != TF_PROBABILITY || other->amount == TF_NONE) {
            tf_read_wrong(reader, section, "probability", "the others from this state must be stated as probabilities, and none as rest");
            tf_text_free(&formula);
            return;
        }
        tf_text_addf(&formula, " - (%s)", tf_formulas_text(model->formulas, other->amount));
    }
    tf_text_add(&formula, ")");
    snprintf(what, sizeof what, "[transition %s] probability", name);
    if (formula.failed) {
        tf_read_starve(reader);
    } else {
        tf_read_note(reader, tf_formulas_read(reader->context, model->formulas, formula.chars, what,
                                              tf_config_place(reader->config, section, "probability"), 0, 1, &rest->amount));
    }
    tf_text_free(&formula);
}

static void read_rests(tf_reader *reader)
{
    size_t mistakes = tf_mistakes(reader->context);
    const char *name;
    ptrdiff_t section;

    for (size_t k = 0; !tf_read_failed(reader) && (section = tf_read_section(reader, "transition", k, &name)) >= 0; k++) {
        int transition = is_rest(reader, (size_t)section) ? tf_model_transition(reader->model, name) : TF_NONE;

        if (transition != TF_NONE && mistakes == reader->mistakes) {
            read_rest(reader, (size_t)section, name, &reader->model->transitions[transition]);
        }
    }
}

static void read_amount(tf_reader *reader, size_t section, tf_transition *transition)
{
    static const char *const keys[] = {[TF_RATE] = "rate", [TF_PROBABILITY] = "probability", [TF_AFTER] = "after"};
    static const double least[] = {[TF_RATE] = 0, [TF_PROBABILITY] = 0, [TF_AFTER] = 1e-4};
    static const double most[] = {[TF_RATE] = 1e6, [TF_PROBABILITY] = 1, [TF_AFTER] = 1000};
    bool discrete = reader->model->clock == TF_DISCRETE;
    int given = 0;

    for (int timing = TF_RATE; timing <= TF_AFTER; timing++) {
        if (!tf_read_has(reader, section, keys[timing])) {
            continue;
        }
        transition->timing = (tf_timing)timing;
        if (timing == TF_PROBABILITY && is_rest(reader, section)) {
            ++given; /* made of the others when all are read */
            continue;
        }
        transition->amount = tf_read_formula(reader, section, keys[timing], least[timing], most[timing]);
        if (++given > 1) {
            tf_read_wrong(reader, section, keys[timing], "a transition has one of rate, probability, after and time");
        }
        if (timing == TF_PROBABILITY && !discrete) {
            tf_read_wrong(reader, section, keys[timing],
                          "a probability per cycle needs clock = discrete in [model]; under the continuous clock state "
                          "a rate per person-year");
        }
        if (timing == TF_AFTER && discrete) {
            tf_read_wrong(reader, section, keys[timing],
                          "an exact time in a state needs clock = continuous in [model]");
        }
    }
    if (tf_read_has(reader, section, "time")) {
        if (++given > 1) {
            tf_read_wrong(reader, section, "time", "a transition has one of rate, probability, after and time");
        } else {
            tf_read_time(reader, section, transition);
        }
    } else if (tf_read_has(reader, section, "clock")) {
        tf_read_wrong(reader, section, "clock", "it says from when `time` counts, but there is none");
    }
    if (given == 0) {
        tf_read_wrong_section(reader, section,
                              discrete ? "state its rate (per person-year), probability (per cycle) or time (a survival family)"
                                       : "state its rate (per person-year), after (years in the state) or time (a survival family)");
    }
}

static void read_relative_of(tf_reader *reader, size_t section, tf_transition *transition)
{
    const tf_model *model = reader->model;
    const char *name = tf_config_text(reader->config, section, "relative");

    transition->normalise = tf_config_switch(reader->context, reader->config, section, "normalise", true);
    if (name == NULL) {
        if (tf_read_has(reader, section, "normalise")) {
            tf_read_wrong(reader, section, "normalise",
                          "there is nothing to normalise without relative = (a set of relative risks)");
        }
        return;
    }
    transition->relative = tf_read_find(reader, section, "relative", "set of relative risks", name, model->relatives,
                                        model->n_relatives, sizeof *model->relatives);
    if (tf_read_has(reader, section, "after")) {
        tf_read_wrong(reader, section, "relative", "relative risks have no meaning for an exact time in a state");
    }
    for (size_t t = 0; transition->relative != TF_NONE && t < model->relatives[transition->relative].n_terms; t++) {
        int state = model->relatives[transition->relative].terms[t].state;

        if (state != TF_NONE && model->states[state].condition == transition->condition) {
            tf_read_wrong(reader, section, "relative",
                          "the set has a relative risk of '%s.%s', a state of the transition's own condition; give "
                          "each from-state its rate",
                          model->conditions[transition->condition].name, model->states[state].name);
        }
    }
}

static void read_fatality(tf_reader *reader, size_t section, tf_transition *transition)
{
    const char *fatal = tf_config_text(reader->config, section, "fatal");

    transition->fatality = tf_read_formula(reader, section, "fatality", 0, 1);
    if (fatal == NULL) {
        if (tf_read_has(reader, section, "fatality")) {
            tf_read_wrong(reader, section, "fatality", "state where people then go, as in fatal = death.chd");
        }
        return;
    }
    if (!tf_read_has(reader, section, "fatality")) {
        tf_read_wrong(reader, section, "fatal", "state with which probability, as in fatality = 0.1");
    }
    transition->fatal = tf_read_state(reader, section, "fatal", fatal);
    if (transition->fatal != TF_NONE && !reader->model->states[transition->fatal].dead && !reader->paths_unknown) {
        tf_read_wrong(reader, section, "fatal",
                      "people in this state are not dead; list it under dead = in its [condition]");
    }
}

static void read_title(tf_reader *reader, size_t section, tf_transition *transition)
{
    const tf_model *model = reader->model;
    tf_text title = {0};

    tf_text_addf(&title, "%s to %s", model->states[transition->from].title, model->states[transition->to].title);
    if (title.failed) {
        tf_read_starve(reader);
    } else {
        transition->title = tf_read_text(reader, section, "title", title.chars);
    }
    tf_text_free(&title);
}

static void read_transition(tf_reader *reader, size_t section, const char *name)
{
    tf_model *model = reader->model;
    tf_transition *transition = &model->transitions[model->n_transitions];

    *transition = (tf_transition){.amount = TF_NONE, .relative = TF_NONE, .fatality = TF_NONE, .fatal = TF_NONE};
    if (!find_ends(reader, section, name, transition)) {
        reader->paths_unknown = true;
        tf_config_know_section(reader->config, section);
        return;
    }
    model->n_transitions++;
    read_title(reader, section, transition);
    tf_transition_purposes("model", model, transition);
    check_ends(reader, section, transition);
    read_amount(reader, section, transition);
    read_relative_of(reader, section, transition);
    read_fatality(reader, section, transition);
    tf_read_payoffs(reader, section, true, &transition->payoffs, &transition->n_payoffs);
}

void tf_read_transitions(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "transition");
    ptrdiff_t head = tf_config_find(reader->config, "model");
    const char *name;

    model->transitions = tf_read_alloc(reader, TF_MAX_TRANSITIONS, sizeof *model->transitions);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "transition", k, &name);

        if (model->n_transitions == TF_MAX_TRANSITIONS) {
            tf_read_wrong_section(reader, section, "a model may have at most %d transitions", (int)TF_MAX_TRANSITIONS);
            return;
        }
        read_transition(reader, section, name);
    }
    read_rests(reader);
    if (n == 0) {
        tf_mistake(
            reader->context,
            tf_config_section_place(reader->config, head >= 0 ? (size_t)head : tf_config_sections(reader->config)),
            "the model has no transition: in it nothing would ever happen");
    }
}
