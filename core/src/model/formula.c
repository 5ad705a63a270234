/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/formula.h"

#include "base/memory.h"
#include "base/text.h"
#include "model/formula_inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the formulas of the model");
}

static bool make_facts(tf_formulas *formulas)
{
    for (int f = 0; f < TF_CELL_FACTS; f++) {
        formulas->facts[f] = TF_NEW(double, TF_CELLS);
        if (formulas->facts[f] == NULL) {
            return false;
        }
    }
    for (int sex = 0; sex < TF_SEXES; sex++) {
        for (int age = 0; age < TF_AGES; age++) {
            for (int imd = 0; imd < TF_QUINTILES; imd++) {
                int cell = tf_cell(sex, age, imd);

                formulas->facts[TF_FACT_MALE][cell] = sex == TF_MALE;
                formulas->facts[TF_FACT_FEMALE][cell] = sex == TF_FEMALE;
                formulas->facts[TF_FACT_AGE][cell] = age;
                formulas->facts[TF_FACT_IMD][cell] = imd + 1;
            }
        }
    }
    return true;
}

trefoil_status tf_formulas_create(trefoil_context *context, const tf_tables *tables, const tf_parameters *parameters,
                                  tf_formulas **formulas)
{
    tf_formulas *made = TF_NEW(tf_formulas, 1);

    *formulas = NULL;
    if (made == NULL) {
        return starve(context);
    }
    made->tables = tables;
    made->parameters = parameters;
    made->machine = tf_machine_create();
    if (made->machine == NULL || !make_facts(made)) {
        tf_formulas_destroy(made);
        return starve(context);
    }
    *formulas = made;
    return TREFOIL_DONE;
}

void tf_formulas_set_course(tf_formulas *formulas)
{
    formulas->course = true;
}

tf_place tf_formulas_place(const tf_formulas *formulas, int formula)
{
    return (tf_place){formulas->items[formula].file, formulas->items[formula].line};
}

static void stated_clear(tf_stated *item)
{
    tf_expression_free(&item->expression);
    tf_free(item->what);
    tf_free(item->file);
}

void tf_formulas_destroy(tf_formulas *formulas)
{
    if (formulas == NULL) {
        return;
    }
    for (size_t i = 0; i < formulas->count; i++) {
        stated_clear(&formulas->items[i]);
    }
    for (int f = 0; f < TF_CELL_FACTS; f++) {
        tf_free(formulas->facts[f]);
    }
    tf_free(formulas->items);
    tf_machine_destroy(formulas->machine);
    tf_free(formulas);
}

/* ---- limits ------------------------------------------------------------------ */

static void describe_limits(const tf_stated *item, char words[120])
{
    char low[TF_NUMBER_SIZE], high[TF_NUMBER_SIZE];

    tf_print_number(item->min, low);
    tf_print_number(item->max, high);
    if (isfinite(item->min) && isfinite(item->max)) {
        snprintf(words, 120, "a number from %s to %s", low, high);
    } else if (isfinite(item->min)) {
        snprintf(words, 120, "a number of at least %s", low);
    } else {
        snprintf(words, 120, isfinite(item->max) ? "a number of at most %s" : "a finite number", high);
    }
}

bool tf_stated_within(const tf_stated *item, double value)
{
    return isfinite(value) && value >= item->min && value <= item->max;
}

/* "women aged 45 in quintile 3", or nothing if the formula is the same for all. */
static void describe_cell(const tf_stated *item, size_t cell, char words[64])
{
    int imd = (int)cell % TF_QUINTILES + 1, age = (int)cell / TF_QUINTILES % TF_AGES,
        sex = (int)cell / (TF_QUINTILES * TF_AGES);

    words[0] = '\0';
    if (item->varies) {
        snprintf(words, 64, " for %s aged %d in quintile %d", sex == TF_MALE ? "men" : "women", age, imd);
    }
}

trefoil_status tf_stated_outside(trefoil_context *context, const tf_stated *item, const char *where, uint32_t draw, double value)
{
    char number[TF_NUMBER_SIZE], limits[120];

    if (isfinite(value)) {
        snprintf(number, sizeof number, "%.12g", value);
    } else {
        snprintf(number, sizeof number, "%s",
                 isnan(value) ? "not a number"
                 : value > 0  ? "infinity"
                              : "minus infinity");
    }
    describe_limits(item, limits);
    return tf_mistake(context, (tf_place){item->file, item->line}, "%s = %s: gives %s%s in draw %u; expected %s",
                      item->what, item->expression.text, number, where, (unsigned)draw, limits);
}

/* ---- adding ------------------------------------------------------------------ */

static trefoil_status read_item(trefoil_context *context, tf_formulas *formulas, const char *text, tf_place place,
                                tf_stated *item)
{
    tf_scope scope = {.parameters = formulas->parameters, .tables = formulas->tables, .course = formulas->course};
    trefoil_status status;
    char limits[120];

    if (scope.parameters != NULL) {
        scope.n_parameters = tf_parameters_count(scope.parameters);
    }
    if (item->what == NULL || (item->file == NULL && place.file != NULL)) {
        return starve(context);
    }
    status = tf_expression_read(context, formulas->machine, &scope, text, item->what, place, &item->expression);
    if (status != TREFOIL_DONE) {
        return status;
    }
    item->varies = tf_expression_varies(&item->expression);
    if (item->expression.n_symbols == 0 && item->expression.code.bytes == NULL &&
        !tf_stated_within(item, item->expression.constant)) {
        describe_limits(item, limits);
        return tf_mistake(context, place, "%s = %s: expected %s", item->what, text, limits);
    }
    return TREFOIL_DONE;
}

trefoil_status tf_formulas_read(trefoil_context *context, tf_formulas *formulas, const char *text, const char *what,
                                tf_place place, double min, double max, int *formula)
{
    void *items = formulas->items;
    tf_stated item = {.what = tf_strdup(what), .file = tf_strdup(place.file), .line = place.line, .min = min, .max = max};
    trefoil_status status = read_item(context, formulas, text, place, &item);

    if (status == TREFOIL_DONE &&
        tf_reserve(&items, &formulas->capacity, formulas->count + 1, sizeof *formulas->items) != 0) {
        status = starve(context);
    }
    if (status != TREFOIL_DONE) {
        stated_clear(&item);
        return status;
    }
    formulas->items = items;
    formulas->items[formulas->count] = item;
    *formula = (int)formulas->count++;
    return TREFOIL_DONE;
}

int tf_formulas_add(trefoil_context *context, tf_formulas *formulas, const char *text, const char *what, tf_place place,
                    double min, double max)
{
    int formula = -1;

    return tf_formulas_read(context, formulas, text, what, place, min, max, &formula) == TREFOIL_DONE ? formula : -1;
}

size_t tf_formulas_count(const tf_formulas *formulas)
{
    return formulas->count;
}

const char *tf_formulas_text(const tf_formulas *formulas, int formula)
{
    return formulas->items[formula].expression.text;
}

bool tf_formulas_varies(const tf_formulas *formulas, int formula)
{
    return formulas->items[formula].varies;
}

/* ---- evaluation -------------------------------------------------------------- */

void tf_quantities_free(tf_quantities *quantities)
{
    for (size_t i = 0; i < quantities->count; i++) {
        tf_free(quantities->cells[i]);
    }
    tf_free(quantities->cells);
    tf_free(quantities->scalar);
    *quantities = (tf_quantities){0};
}

/* Room for every formula; what was there for another set of formulas goes. */
static trefoil_status make_room(trefoil_context *context, const tf_formulas *formulas, tf_quantities *quantities)
{
    if (quantities->count != formulas->count || quantities->cells == NULL) {
        tf_quantities_free(quantities);
        quantities->cells = TF_NEW(double *, formulas->count);
        quantities->scalar = TF_NEW(double, formulas->count);
        if (quantities->cells == NULL || quantities->scalar == NULL) {
            tf_quantities_free(quantities);
            return starve(context);
        }
        quantities->count = formulas->count;
    }
    for (size_t i = 0; i < formulas->count; i++) {
        if (!formulas->items[i].varies) {
            tf_free(quantities->cells[i]);
            quantities->cells[i] = NULL;
        } else if (quantities->cells[i] == NULL && (quantities->cells[i] = TF_NEW(double, TF_CELLS)) == NULL) {
            return starve(context);
        }
    }
    return TREFOIL_DONE;
}

typedef struct evaluation {
    trefoil_context *context;
    const tf_formulas *formulas;
    const double *parameters;
    uint32_t draw;
    tf_machine *machine; /* made when first needed */
} evaluation;

static tf_argument argument_of(const evaluation *self, const tf_symbol *symbol)
{
    switch (symbol->kind) {
    case TF_SYMBOL_COLUMN:
        return (tf_argument){self->formulas->tables->grids[symbol->index]->values[symbol->column], 1};
    case TF_SYMBOL_FACT:
        return (tf_argument){self->formulas->facts[symbol->index], 1};
    case TF_SYMBOL_PARAMETER:
        break;
    }
    return (tf_argument){&self->parameters[symbol->index], 0};
}

static trefoil_status run_code(evaluation *self, const tf_stated *item, const tf_argument *arguments, size_t from,
                               size_t to, double *values)
{
    const tf_expression *expression = &item->expression;
    char why[TF_WHY], where[64];
    trefoil_status status;
    size_t at;

    if (self->machine == NULL && (self->machine = tf_machine_create()) == NULL) {
        return starve(self->context);
    }
    status =
        tf_machine_run(self->machine, &expression->code, arguments, expression->n_symbols, from, to, values, &at, why);
    if (status == TREFOIL_NO_MEMORY) {
        return starve(self->context);
    }
    if (status != TREFOIL_DONE) {
        describe_cell(item, at, where);
        return tf_mistake(self->context, (tf_place){item->file, item->line}, "%s = %s: %s%s in draw %u", item->what,
                          expression->text, why, where, (unsigned)self->draw);
    }
    return TREFOIL_DONE;
}

/* values[from..to-1] of a formula. */
static trefoil_status evaluate_range(evaluation *self, const tf_stated *item, size_t from, size_t to, double *values)
{
    const tf_expression *expression = &item->expression;
    tf_argument arguments[TF_MAX_ARGUMENTS];

    for (size_t a = 0; a < expression->n_symbols; a++) {
        arguments[a] = argument_of(self, &expression->symbols[a]);
    }
    if (expression->code.bytes != NULL) {
        trefoil_status status = run_code(self, item, arguments, from, to, values);

        if (status != TREFOIL_DONE) {
            return status;
        }
    } else {
        for (size_t k = from; k < to; k++) {
            values[k] = expression->n_symbols > 0 ? arguments[0].values[k * arguments[0].stride] : expression->constant;
        }
    }
    for (size_t k = from; k < to; k++) {
        if (!tf_stated_within(item, values[k])) {
            char where[64];

            describe_cell(item, k, where);
            return tf_stated_outside(self->context, item, where, self->draw, values[k]);
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status evaluate(evaluation *self, size_t i, int age_min, tf_quantities *quantities)
{
    const tf_stated *item = &self->formulas->items[i];
    trefoil_status status = TREFOIL_DONE;

    if (!item->varies) {
        return evaluate_range(self, item, 0, 1, &quantities->scalar[i]);
    }
    for (int sex = 0; sex < TF_SEXES && status == TREFOIL_DONE; sex++) {
        status = evaluate_range(self, item, (size_t)tf_cell(sex, age_min, 0),
                                (size_t)tf_cell(sex, TF_AGES - 1, TF_QUINTILES - 1) + 1, quantities->cells[i]);
    }
    return status;
}

trefoil_status tf_formulas_evaluate(trefoil_context *context, const tf_formulas *formulas, const double *parameters,
                                    uint32_t draw, int age_min, tf_quantities *quantities)
{
    evaluation self = {.context = context, .formulas = formulas, .parameters = parameters, .draw = draw};
    trefoil_status status;
    bool wrong = false;

    TRY(make_room(context, formulas, quantities));
    for (size_t i = 0; i < formulas->count; i++) {
        status = evaluate(&self, i, age_min, quantities);
        if (status == TREFOIL_USER_MISTAKE) {
            wrong = true;
        } else if (status != TREFOIL_DONE) {
            goto out;
        }
    }
    status = wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    tf_machine_destroy(self.machine);
    return status;
}
