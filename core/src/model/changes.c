/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/changes.h"

#include "base/memory.h"
#include "base/text.h"
#include "model/expression.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct change {
    size_t parameter;
    tf_expression formula;
    const tf_setting *setting;
} change;

struct tf_changes {
    const tf_parameters *parameters;
    char *section;
    change *items;
    size_t count;
    bool *touched;
    size_t *followers; /* parameters computed from changed ones, in order */
    size_t n_followers;
    const tf_fifths *means; /* the strategy's */
    size_t n_means;
    int *levelled; /* formulas */
    size_t n_levelled;
    bool settings_only; /* of the parameters it touches all are settings of plugins */
    double shares[TF_QUINTILES];
};

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for what strategies change");
}

void tf_changes_destroy(tf_changes *changes)
{
    if (changes == NULL) {
        return;
    }
    for (size_t i = 0; i < changes->count; i++) {
        tf_expression_free(&changes->items[i].formula);
    }
    tf_free(changes->items);
    tf_free(changes->section);
    tf_free(changes->touched);
    tf_free(changes->followers);
    tf_free(changes->levelled);
    tf_free(changes);
}

static trefoil_status unknown(trefoil_context *context, const tf_changes *changes, const tf_setting *setting)
{
    size_t n = tf_parameters_count(changes->parameters);
    const char **names = TF_NEW(const char *, n);
    const char *near;
    trefoil_status status;

    if (names == NULL) {
        return starve(context);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = tf_parameters_row(changes->parameters, i)->name;
    }
    near = tf_nearest(setting->key, names, n);
    status = tf_mistake(context, setting->place, "[%s] parameters.%s: the model has no such parameter%s%s%s", changes->section,
                        setting->key, near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    tf_free(names);
    return status;
}

static trefoil_status read_change(trefoil_context *context, tf_changes *changes, tf_machine *machine, const tf_setting *setting)
{
    const char *text = setting->text + strspn(setting->text, " \t");
    tf_scope scope = {.parameters = changes->parameters, .n_parameters = tf_parameters_count(changes->parameters)};
    ptrdiff_t parameter = tf_parameters_find(changes->parameters, setting->key);
    change *item = &changes->items[changes->count];
    trefoil_status status;
    char what[300];

    if (parameter < 0) {
        return unknown(context, changes, setting);
    }
    snprintf(what, sizeof what, "[%s] parameters.%s", changes->section, setting->key);
    text += *text == '=' && text[1] != '=';
    status = tf_expression_read(context, machine, &scope, text, what, setting->place, &item->formula);
    if (status == TREFOIL_DONE) {
        item->parameter = (size_t)parameter;
        item->setting = setting;
        changes->touched[parameter] = true;
        changes->count++;
    }
    return status;
}

static bool uses_touched(const tf_changes *changes, const tf_expression *formula)
{
    for (size_t i = 0; i < formula->n_symbols; i++) {
        if (changes->touched[formula->symbols[i].index]) {
            return true;
        }
    }
    return false;
}

/* A parameter sees those above it only, so one pass finds all that follow. */
static void find_followers(tf_changes *changes)
{
    for (size_t i = 0; i < tf_parameters_count(changes->parameters); i++) {
        const tf_expression *formula = tf_parameters_formula(changes->parameters, i);

        if (formula != NULL && !changes->touched[i] && uses_touched(changes, formula)) {
            changes->touched[i] = true;
            changes->followers[changes->n_followers++] = i;
        }
    }
}

/* A setting's luck is the plugin's; that of any other parameter is its name. */
static bool touches_settings_only(const tf_changes *changes)
{
    for (size_t i = 0; i < tf_parameters_count(changes->parameters); i++) {
        if (changes->touched[i] &&
            strcmp(tf_parameters_luck(changes->parameters, i), tf_parameters_row(changes->parameters, i)->name) == 0) {
            return false;
        }
    }
    return true;
}

bool tf_changes_alike(const tf_changes *a, const tf_changes *b)
{
    size_t in_a = a != NULL ? a->n_levelled : 0, in_b = b != NULL ? b->n_levelled : 0;

    return (a == NULL || a->settings_only) && (b == NULL || b->settings_only) && in_a == in_b &&
           (in_a == 0 || (memcmp(a->levelled, b->levelled, in_a * sizeof *a->levelled) == 0 &&
                          memcmp(a->shares, b->shares, sizeof a->shares) == 0));
}

/* ---- levelling --------------------------------------------------------------- */

static void level(tf_changes *changes, int formula)
{
    if (formula != TF_NONE) {
        changes->levelled[changes->n_levelled++] = formula;
    }
}

static void level_condition(tf_changes *changes, const tf_model *model, int condition)
{
    for (size_t s = 0; s < model->n_states; s++) {
        if (model->states[s].condition == condition) {
            level(changes, model->states[s].initial);
        }
    }
    for (size_t k = 0; k < model->n_transitions; k++) {
        if (model->transitions[k].condition == condition) {
            level(changes, model->transitions[k].amount);
            level(changes, model->transitions[k].fatality);
        }
    }
}

static trefoil_status find_levelled(trefoil_context *context, const tf_model *model, const tf_strategy_spec *strategy, tf_changes *changes)
{
    changes->levelled = TF_NEW(int, model->n_states + 2 * model->n_transitions + 2 * model->n_risks + 1);
    if (changes->levelled == NULL) {
        return starve(context);
    }
    memcpy(changes->shares, strategy->shares, sizeof changes->shares);
    for (size_t i = 0; i < strategy->levelled.count; i++) {
        const char *name = strategy->levelled.items[i];
        int condition = tf_model_condition(model, name), risk = tf_model_risk(model, name);

        if (condition != TF_NONE) {
            level_condition(changes, model, condition);
        } else if (risk != TF_NONE) {
            level(changes, model->risks[risk].mean);
            level(changes, model->risks[risk].sd);
        } else if (strcmp(name, "utility") == 0) {
            level(changes, model->norm);
        } else {
            return tf_bug(context, "[%s] levels '%s', which the model does not have", changes->section, name);
        }
    }
    return TREFOIL_DONE;
}

void tf_changes_level(const tf_changes *changes, tf_quantities *quantities)
{
    for (size_t f = 0; f < changes->n_levelled; f++) {
        double *cells = quantities->cells[changes->levelled[f]];

        for (int row = 0; cells != NULL && row < TF_CELLS / TF_QUINTILES; row++) {
            double first = cells[tf_cell(row / TF_AGES, row % TF_AGES, 0)], mean = first;

            for (int q = 1; q < TF_QUINTILES; q++) {
                mean += changes->shares[q] * (cells[tf_cell(row / TF_AGES, row % TF_AGES, q)] - first);
            }
            for (int q = 0; q < TF_QUINTILES; q++) {
                cells[tf_cell(row / TF_AGES, row % TF_AGES, q)] = mean;
            }
        }
    }
}

/* ---- reading ----------------------------------------------------------------- */

trefoil_status tf_changes_read(trefoil_context *context, const tf_model *model, const char *kind, const tf_strategy_spec *strategy,
                               tf_changes **made)
{
    const tf_parameters *parameters = model->parameters;
    trefoil_status status = TREFOIL_DONE;
    tf_changes *changes = NULL;
    tf_machine *machine = NULL;
    size_t n = tf_parameters_count(parameters);
    bool wrong = false;
    char section[200];

    *made = NULL;
    if (strategy->n_changes == 0 && strategy->n_means == 0 && strategy->levelled.count == 0) {
        return TREFOIL_DONE;
    }
    snprintf(section, sizeof section, "%s %s", kind, strategy->name);
    changes = TF_NEW(tf_changes, 1);
    machine = tf_machine_create();
    if (changes != NULL) {
        changes->parameters = parameters;
        changes->section = tf_strdup(section);
        changes->items = TF_NEW(change, strategy->n_changes);
        changes->touched = TF_NEW(bool, n);
        changes->followers = TF_NEW(size_t, n);
    }
    if (changes == NULL || machine == NULL || changes->section == NULL || changes->items == NULL || changes->touched == NULL ||
        changes->followers == NULL) {
        status = starve(context);
        goto out;
    }
    for (size_t i = 0; i < strategy->n_changes; i++) {
        status = read_change(context, changes, machine, &strategy->changes[i]);
        wrong = wrong || status == TREFOIL_USER_MISTAKE;
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            goto out;
        }
    }
    changes->means = strategy->means;
    changes->n_means = strategy->n_means;
    for (size_t i = 0; i < strategy->n_means; i++) {
        for (int q = 0; q < TF_QUINTILES; q++) {
            changes->touched[strategy->means[i].parameters[q]] = true;
        }
    }
    TRY(find_levelled(context, model, strategy, changes));
    status = wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
    if (!wrong) {
        find_followers(changes);
        changes->settings_only = touches_settings_only(changes);
        *made = changes;
        changes = NULL;
    }
out:
    tf_machine_destroy(machine);
    tf_changes_destroy(changes);
    return status;
}

bool tf_changes_touch(const tf_changes *changes, size_t parameter)
{
    return changes->touched[parameter];
}

static trefoil_status evaluate(trefoil_context *context, const tf_changes *changes, const change *item, uint32_t draw,
                               tf_machine **machine, const double *base, double *value)
{
    const tf_expression *formula = &item->formula;
    tf_argument arguments[TF_MAX_ARGUMENTS];
    char why[TF_WHY] = "gives no finite number";
    trefoil_status status = TREFOIL_DONE;
    size_t at;

    if (formula->code.bytes == NULL) {
        *value = formula->n_symbols > 0 ? base[formula->symbols[0].index] : formula->constant;
        return TREFOIL_DONE;
    }
    if (*machine == NULL && (*machine = tf_machine_create()) == NULL) {
        return starve(context);
    }
    for (size_t a = 0; a < formula->n_symbols; a++) {
        arguments[a] = (tf_argument){&base[formula->symbols[a].index], 0};
    }
    status = tf_machine_run(*machine, &formula->code, arguments, formula->n_symbols, 0, 1, value, &at, why);
    if (status == TREFOIL_NO_MEMORY) {
        return starve(context);
    }
    if (status != TREFOIL_DONE || !isfinite(*value)) {
        return tf_mistake(context, item->setting->place, "[%s] parameters.%s = %s: %s in draw %u", changes->section, item->setting->key,
                          formula->text, why, (unsigned)draw);
    }
    return TREFOIL_DONE;
}

/* Give each of the five the mean of all; where they are alike nothing changes, to the bit. */
static void average(const tf_changes *changes, const size_t parameters[TF_QUINTILES], double *values)
{
    double first = values[parameters[0]], mean = first;

    for (int q = 1; q < TF_QUINTILES; q++) {
        mean += changes->shares[q] * (values[parameters[q]] - first);
    }
    for (int q = 0; q < TF_QUINTILES; q++) {
        values[parameters[q]] = mean;
    }
}

trefoil_status tf_changes_apply(trefoil_context *context, const tf_changes *changes, uint32_t draw, tf_machine **machine,
                                const double *base, double *values)
{
    trefoil_status status = TREFOIL_DONE;

    memcpy(values, base, tf_parameters_count(changes->parameters) * sizeof *values);
    for (size_t i = 0; i < changes->count; i++) {
        TRY(evaluate(context, changes, &changes->items[i], draw, machine, base, &values[changes->items[i].parameter]));
    }
    for (size_t i = 0; i < changes->n_means; i++) {
        average(changes, changes->means[i].parameters, values);
    }
    for (size_t i = 0; i < changes->n_followers; i++) {
        TRY(tf_parameters_evaluate(context, changes->parameters, changes->followers[i], draw, machine, values));
    }
out:
    return status;
}
