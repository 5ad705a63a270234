/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be checked only when the whole model is read. */
#include "base/memory.h"
#include "model/read.h"
#include "random/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ends of paths ----------------------------------------------------------- */

static bool has_way_out(const tf_model *model, int state)
{
    for (size_t t = 0; t < model->n_transitions; t++) {
        if (model->transitions[t].from == state) {
            return true;
        }
    }
    return false;
}

/* Can every state of the condition come to `end`? */
static bool is_end_of_every_path(const tf_model *model, const tf_condition *condition, int end)
{
    bool reaches[TF_MAX_ALL_STATES] = {false};
    bool more = true;

    reaches[end] = true;
    while (more) {
        more = false;
        for (size_t t = 0; t < model->n_transitions; t++) {
            const tf_transition *transition = &model->transitions[t];

            if (reaches[transition->to] && !reaches[transition->from]) {
                reaches[transition->from] = more = true;
            }
        }
    }
    for (int s = 0; s < condition->n_states; s++) {
        if (!reaches[condition->first_state + s]) {
            return false;
        }
    }
    return true;
}

static bool has_transitions(const tf_model *model, int condition)
{
    for (size_t t = 0; t < model->n_transitions; t++) {
        if (model->transitions[t].condition == condition) {
            return true;
        }
    }
    return false;
}

/* Do people stay in this state on purpose? */
static bool may_stay(tf_reader *reader, const tf_condition *condition, const tf_state *state)
{
    char name[300];
    ptrdiff_t section;

    snprintf(name, sizeof name, "state %s.%s", condition->name, state->name);
    section = tf_config_find(reader->config, name);
    return section >= 0 && tf_config_switch(reader->context, reader->config, (size_t)section, "stays", false);
}

static void check_ends(tf_reader *reader, size_t section, int c)
{
    const tf_model *model = reader->model;
    const tf_condition *condition = &model->conditions[c];

    if (!has_transitions(model, c)) {
        return;
    }
    for (int s = condition->first_state; s < condition->first_state + condition->n_states; s++) {
        const tf_state *state = &model->states[s];
        bool stuck = !state->dead && !has_way_out(model, s) && !is_end_of_every_path(model, condition, s);

        if (stuck && !may_stay(reader, condition, state)) {
            tf_read_wrong(reader, section, "states",
                          "nobody can leave '%s', where people are not dead and not every path ends; add a transition "
                          "from it, or "
                          "'stays = yes' to [state %s.%s]",
                          state->name, condition->name, state->name);
        }
    }
}

void tf_check_structure(tf_reader *reader)
{
    const char *name;
    ptrdiff_t section;

    for (size_t k = 0; !reader->paths_unknown && (section = tf_read_section(reader, "condition", k, &name)) >= 0; k++) {
        int condition = tf_model_condition(reader->model, name);

        if (condition != TF_NONE) {
            check_ends(reader, (size_t)section, condition);
        }
    }
}

/* ---- the base case ----------------------------------------------------------- */

enum { WORDS = 64 };

static void describe(size_t cell, char words[WORDS])
{
    int imd = (int)cell % TF_QUINTILES + 1, age = (int)cell / TF_QUINTILES % TF_AGES,
        sex = (int)cell / (TF_QUINTILES * TF_AGES);

    snprintf(words, WORDS, "%s aged %d in quintile %d", sex == TF_MALE ? "men" : "women", age, imd);
}

/* The first cell of the model's ages in which the formulas (TF_NONE: 0) sum to more than 1; -1 if there is none. */
static ptrdiff_t cell_above_one(const tf_reader *reader, const tf_quantities *quantities, const int *formulas, size_t n,
                                double *sum)
{
    for (int cell = 0; cell < TF_CELLS; cell++) {
        if (cell / TF_QUINTILES % TF_AGES < reader->model->age_min) {
            continue;
        }
        *sum = 0;
        for (size_t i = 0; i < n; i++) {
            *sum += formulas[i] == TF_NONE ? 0 : tf_quantity(quantities, formulas[i], cell);
        }
        if (*sum > 1 + 1e-9) {
            return cell;
        }
    }
    return -1;
}

static void check_shares(tf_reader *reader, size_t section, const tf_condition *condition,
                         const tf_quantities *quantities)
{
    int formulas[TF_MAX_STATES];
    char words[WORDS];
    ptrdiff_t cell;
    double sum;

    for (int s = 0; s < condition->n_states; s++) {
        formulas[s] = reader->model->states[condition->first_state + s].initial;
    }
    cell = cell_above_one(reader, quantities, formulas, (size_t)condition->n_states, &sum);
    if (cell >= 0) {
        describe((size_t)cell, words);
        tf_read_wrong_section(reader, section,
                              "the initial shares of its states sum to %.6g, more than 1, for %s in the base case", sum,
                              words);
    }
}

static void check_probabilities(tf_reader *reader, size_t section, const tf_condition *condition,
                                const tf_quantities *quantities)
{
    const tf_model *model = reader->model;
    int formulas[TF_MAX_TRANSITIONS];
    char words[WORDS];
    ptrdiff_t cell;
    double sum;

    for (int s = condition->first_state; s < condition->first_state + condition->n_states; s++) {
        size_t n = 0;

        for (size_t t = 0; t < model->n_transitions; t++) {
            if (model->transitions[t].from == s && model->transitions[t].timing == TF_PROBABILITY) {
                formulas[n++] = model->transitions[t].amount;
            }
        }
        cell = cell_above_one(reader, quantities, formulas, n, &sum);
        if (cell >= 0) {
            describe((size_t)cell, words);
            tf_read_wrong_section(reader, section,
                                  "the probabilities of leaving '%s' sum to %.6g, more than 1, for %s in the base case",
                                  model->states[s].name, sum, words);
        }
    }
}

static void check_sums(tf_reader *reader, const tf_quantities *quantities)
{
    const char *name;
    ptrdiff_t section;

    for (size_t k = 0; (section = tf_read_section(reader, "condition", k, &name)) >= 0; k++) {
        int condition = tf_model_condition(reader->model, name);

        if (condition != TF_NONE) {
            check_shares(reader, (size_t)section, &reader->model->conditions[condition], quantities);
            check_probabilities(reader, (size_t)section, &reader->model->conditions[condition], quantities);
        }
    }
}

void tf_check_base_case(tf_reader *reader, const tf_scenario *scenario)
{
    const tf_model *model = reader->model;
    double *values = tf_read_alloc(reader, tf_parameters_count(model->parameters), sizeof *values);
    tf_quantities quantities = {0};
    trefoil_status status;

    if (values == NULL) {
        return;
    }
    TRY(tf_parameters_draw(reader->context, model->parameters, scenario->seed, 0, values));
    TRY(tf_formulas_evaluate(reader->context, model->formulas, values, 0, model->age_min, &quantities));
    check_sums(reader, &quantities);
out:
    tf_read_note(reader, status);
    tf_quantities_free(&quantities);
    tf_free(values);
}

/* ---- purposes ---------------------------------------------------------------- */

typedef struct purpose {
    uint32_t number;
    const char *owner;
    char name[TF_PURPOSE_NAME];
} purpose;

typedef struct purposes {
    purpose *items;
    size_t count;
} purposes;

static void add(purposes *all, uint32_t number, const char *owner, const char *prefix, const char *name)
{
    purpose *item = &all->items[all->count++];

    item->number = number;
    item->owner = owner;
    snprintf(item->name, sizeof item->name, "%s%s", prefix, name);
}

static void add_conditions(purposes *all, const tf_model *model)
{
    char name[TF_PURPOSE_NAME];

    for (size_t c = 0; c < model->n_conditions; c++) {
        const tf_condition *condition = &model->conditions[c];

        tf_condition_stream(condition, "initial", name);
        add(all, condition->purpose_initial, condition->stream_owner, "", name);
        tf_condition_stream(condition, "cycle", name);
        add(all, condition->purpose_cycle, condition->stream_owner, "", name);
    }
}

static void add_transitions(purposes *all, const tf_model *model)
{
    char name[TF_PURPOSE_NAME];

    for (size_t t = 0; t < model->n_transitions; t++) {
        const tf_transition *transition = &model->transitions[t];
        const char *owner = model->conditions[transition->condition].stream_owner;

        tf_transition_stream(model, transition, "clock", name);
        add(all, transition->purpose_clock, owner, "", name);
        tf_transition_stream(model, transition, "branch", name);
        add(all, transition->purpose_branch, owner, "", name);
    }
}

static int compare(const void *a, const void *b)
{
    const purpose *p = a, *q = b;
    int owners;

    if (p->number != q->number) {
        return p->number < q->number ? -1 : 1;
    }
    owners = strcmp(p->owner, q->owner);
    return owners != 0 ? owners : strcmp(p->name, q->name);
}

trefoil_status tf_check_purposes(trefoil_context *context, const tf_model *model, tf_place place)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n_parameters = tf_parameters_count(model->parameters);
    purposes all = {TF_NEW(purpose, 2 * model->n_conditions + 2 * model->n_transitions + model->n_risks + n_parameters),
                    0};

    if (all.items == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of random streams");
    }
    add_conditions(&all, model);
    add_transitions(&all, model);
    for (size_t r = 0; r < model->n_risks; r++) {
        add(&all, model->risks[r].purpose, "model", "risk ", model->risks[r].name);
    }
    for (size_t i = 0; i < n_parameters; i++) {
        const char *name = tf_parameters_row(model->parameters, i)->name;

        add(&all, tf_purpose("parameter", name), "parameter", "", name);
    }
    qsort(all.items, all.count, sizeof *all.items, compare);
    for (size_t i = 1; i < all.count; i++) {
        const purpose *p = &all.items[i - 1], *q = &all.items[i];

        if (p->number == q->number && (strcmp(p->owner, q->owner) != 0 || strcmp(p->name, q->name) != 0)) {
            status = tf_mistake(context, place,
                                "the random numbers of '%s/%s' and '%s/%s' would be the same; rename one of them",
                                p->owner, p->name, q->owner, q->name);
        }
    }
    tf_free(all.items);
    return status;
}
