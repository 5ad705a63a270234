/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of interventions, whose luck is whose, and what two of them may not share. */
#include "plugin/private.h"

#include "base/memory.h"
#include "random/stream.h"

#include <stdio.h>
#include <string.h>

/* ---- order and streams ------------------------------------------------------------------------------------------ */

static bool in_strategy(const tf_strategy_spec *strategy, size_t intervention)
{
    for (size_t k = 0; k < strategy->n_interventions; k++) {
        if (strategy->interventions[k] == intervention) {
            return true;
        }
    }
    return false;
}

static bool share_strategy(const tf_scenario *scenario, size_t a, size_t b)
{
    for (size_t s = 0; s < scenario->n_strategies; s++) {
        if (in_strategy(&scenario->strategies[s], a) && in_strategy(&scenario->strategies[s], b)) {
            return true;
        }
    }
    return false;
}

/* The smallest k that no earlier use of the plugin beside intervention `i` has. */
static int use_number(const tf_creation *c, const int *used, size_t i)
{
    const tf_intervention *items = c->all->items;

    for (int k = 0;; k++) {
        bool taken = false;

        for (size_t j = 0; j < i && !taken; j++) {
            taken = items[j].plugin == items[i].plugin && used[j] == k && share_strategy(c->scenario, i, j);
        }
        if (!taken) {
            return k;
        }
    }
}

trefoil_status tf_name_streams(tf_creation *c)
{
    int *used = TF_NEW(int, c->all->n_items);

    if (used == NULL) {
        return tf_interventions_starve(c->context);
    }
    for (size_t i = 0; i < c->all->n_items; i++) {
        tf_intervention *item = &c->all->items[i];
        tf_text stream = {0};

        if (item->plugin == NULL) {
            continue;
        }
        used[i] = use_number(c, used, i);
        tf_text_addf(&stream, "%s#%d", tf_plugin_id(item->plugin), used[i]);
        item->stream = stream.chars;
        if (stream.failed) {
            tf_free(used);
            return tf_interventions_starve(c->context);
        }
    }
    tf_free(used);
    return TREFOIL_DONE;
}

void tf_set_ordinals(tf_interventions *all)
{
    for (size_t i = 0; i < all->n_items; i++) {
        for (size_t j = 0; j < all->n_items; j++) {
            const tf_intervention *a = &all->items[i], *b = &all->items[j];
            int order =
                a->plugin == NULL || b->plugin == NULL ? 0 : strcmp(tf_plugin_id(b->plugin), tf_plugin_id(a->plugin));

            if (order < 0 || (order == 0 && j < i)) {
                all->items[i].ordinal++;
            }
        }
    }
}

/* ---- luck ------------------------------------------------------------------------------------------------------- */

enum { PURPOSE_NAME = 160 };

static bool is_process(const tf_model *model, int condition)
{
    return model->conditions[condition].owner != TF_NONE;
}

static uint32_t move_purpose(const tf_model *model, const tf_transition *t, const char *kind)
{
    char name[PURPOSE_NAME];

    snprintf(name, sizeof name, "%s %s.%s", kind, model->states[t->from].name, model->states[t->to].name);
    return tf_purpose(model->conditions[t->condition].stream_owner, name);
}

/* Is it the same move of the same use of the same plugin? */
static bool same_move(const tf_model *model, const tf_transition *t, const tf_transition *u)
{
    return strcmp(model->conditions[t->condition].stream_owner, model->conditions[u->condition].stream_owner) == 0 &&
           strcmp(model->states[t->from].name, model->states[u->from].name) == 0 &&
           strcmp(model->states[t->to].name, model->states[u->to].name) == 0;
}

static void check_moves(const tf_creation *c)
{
    const tf_model *model = c->model;

    for (size_t i = 0; i < model->n_transitions; i++) {
        for (size_t j = 0; j < model->n_transitions; j++) {
            const tf_transition *t = &model->transitions[i], *u = &model->transitions[j];
            bool both = is_process(model, u->condition);

            if (i != j && is_process(model, t->condition) && (!both || j < i) &&
                (t->purpose_clock == u->purpose_clock || t->purpose_clock == u->purpose_branch) &&
                !(both && same_move(model, t, u))) {
                tf_mistake(c->context, (tf_place){0},
                           "the random numbers of '%s' in %s and '%s' in %s would be the same; rename a state",
                           t->title, model->conditions[t->condition].name, u->title,
                           model->conditions[u->condition].name);
            }
        }
    }
}

/* Processes draw by the plugin's use and not by the intervention's name, so that people have the same luck in
 * strategies that use one plugin under two names. */
void tf_share_luck(const tf_creation *c)
{
    tf_model *model = c->model;

    for (size_t i = 0; i < model->n_conditions; i++) {
        tf_condition *condition = &model->conditions[i];

        if (condition->owner != TF_NONE) {
            condition->purpose_initial = tf_purpose(condition->stream_owner, "initial");
            condition->purpose_cycle = tf_purpose(condition->stream_owner, "cycle");
        }
    }
    for (size_t i = 0; i < model->n_transitions; i++) {
        tf_transition *t = &model->transitions[i];

        if (is_process(model, t->condition)) {
            t->purpose_clock = move_purpose(model, t, "clock");
            t->purpose_branch = move_purpose(model, t, "branch");
        }
    }
    check_moves(c);
}

/* ---- what two interventions may not share ----------------------------------------------------------------------- */

/* Every column of every intervention, called in order. */
typedef void (*visit)(const tf_creation *c, size_t item, const tf_hook_spec *hook, const tf_hook_column_spec *column,
                      const void *more);

static void each_column(const tf_creation *c, visit visitor, const void *more)
{
    for (size_t i = 0; i < c->all->n_items; i++) {
        const tf_intervention *item = &c->all->items[i];

        for (size_t h = 0; h < item->n_hooks; h++) {
            for (size_t k = 0; k < item->hooks[h].n_columns; k++) {
                visitor(c, i, &item->hooks[h], &item->hooks[h].columns[k], more);
            }
        }
    }
}

/* One column among all, to compare others with. */
typedef struct claim {
    size_t item;
    const tf_hook_spec *hook;
    const tf_hook_column_spec *column;
} claim;

static void compare_claims(const tf_creation *c, size_t i, const tf_hook_spec *hook, const tf_hook_column_spec *column,
                           const void *more)
{
    const claim *first = more;
    const tf_intervention *a = &c->all->items[first->item], *b = &c->all->items[i];

    if (column->access == TREFOIL_SET && first->column->access == TREFOIL_SET && column != first->column &&
        hook->stage == first->hook->stage && i >= first->item && strcmp(column->name, first->column->name) == 0 &&
        (i == first->item ? hook > first->hook : share_strategy(c->scenario, i, first->item))) {
        tf_mistake(c->context, b->spec->place,
                   "[intervention %s] and [intervention %s] both set %s; one per stage may, in a strategy",
                   a->spec->name, b->spec->name, column->name);
    }
    if (column->purpose != 0 && column->purpose == first->column->purpose && i >= first->item &&
        strcmp(a->stream, b->stream) != 0) {
        tf_mistake(c->context, b->spec->place,
                   "the random numbers of %s in %s and %s in %s collide; rename one of the columns",
                   first->column->name, a->plugin->name, column->name, b->plugin->name);
    }
}

static bool is_purpose_of_model(const tf_model *model, uint32_t purpose)
{
    bool found = false;

    for (size_t i = 0; i < model->n_risks; i++) {
        found = found || model->risks[i].purpose == purpose;
    }
    for (size_t i = 0; i < model->n_conditions; i++) {
        found =
            found || model->conditions[i].purpose_initial == purpose || model->conditions[i].purpose_cycle == purpose;
    }
    for (size_t i = 0; i < model->n_transitions; i++) {
        found =
            found || model->transitions[i].purpose_clock == purpose || model->transitions[i].purpose_branch == purpose;
    }
    return found;
}

static void check_column(const tf_creation *c, size_t i, const tf_hook_spec *hook, const tf_hook_column_spec *column,
                         const void *more)
{
    claim first = {i, hook, column};
    bool draws = column->access == TREFOIL_DRAW || column->access == TREFOIL_STREAM;

    (void)more;
    if (draws && is_purpose_of_model(c->model, column->purpose)) {
        tf_mistake(c->context, c->all->items[i].spec->place,
                   "the random numbers of %s in %s collide with the model's; rename the column", column->name,
                   c->all->items[i].plugin->name);
    }
    if (draws || column->access == TREFOIL_SET) {
        each_column(c, compare_claims, &first);
    }
}

void tf_check_sharing(const tf_creation *c)
{
    each_column(c, check_column, NULL);
}
