/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/parameter.h"

#include "base/memory.h"
#include "base/table.h"
#include "base/text.h"
#include "model/arrangement.h"
#include "model/expression.h"
#include "random/quantiles.h"
#include "random/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct parameter {
    tf_evidence row;       /* owns its texts, and its place's file */
    tf_expression formula; /* text NULL: a number */
    char *luck;            /* owner and name of its draws */
    bool held;             /* over `inner` draws */
    uint32_t purpose;
    tf_quantiles *quantiles; /* NULL: inverted each time */
} parameter;

struct tf_parameters {
    parameter **items; /* one by one, so that rows stay where they are */
    size_t count, capacity;
    tf_arrangement *arrangement; /* NULL: each on its own, at random */
    double *sample;       /* [row][column] of a file of joint draws, or NULL */
    ptrdiff_t *column_of; /* [parameter]: its column, or -1 */
    size_t n_rows, n_columns;
    size_t n_placed; /* parameters in column_of; plugins add more later */
    uint32_t inner;  /* draws for one of a parameter that is held; 0: none is */
};

static trefoil_status starve(trefoil_context *context, const char *name)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the parameter '%s'", name);
}

static void parameter_destroy(parameter *item)
{
    if (item == NULL) {
        return;
    }
    tf_free(item->row.name);
    tf_free(item->row.label);
    tf_free(item->row.unit);
    tf_free(item->row.price_year);
    tf_free(item->row.source);
    tf_free(item->row.note);
    tf_free(item->row.formula);
    tf_free(item->luck);
    tf_free((void *)(uintptr_t)item->row.place.file);
    tf_expression_free(&item->formula);
    tf_quantiles_destroy(item->quantiles);
    tf_free(item);
}

/* A copy of a text that may be NULL into `*to`; false if memory is exhausted. */
static bool copy(const char *from, char **to)
{
    *to = tf_strdup(from);
    return *to != NULL || from == NULL;
}

static parameter *parameter_create(const tf_evidence *row)
{
    parameter *item = TF_NEW(parameter, 1);
    char *file = NULL;
    bool whole;

    if (item == NULL) {
        return NULL;
    }
    whole = copy(row->name, &item->row.name) && copy(row->label, &item->row.label) &&
            copy(row->unit, &item->row.unit) && copy(row->price_year, &item->row.price_year) &&
            copy(row->source, &item->row.source) && copy(row->note, &item->row.note) &&
            copy(row->formula, &item->row.formula) && copy(row->place.file, &file) &&
            copy(row->luck ? row->luck : row->name, &item->luck);
    item->row.grade = row->grade;
    item->row.number = row->number;
    item->row.place = (tf_place){file, row->place.line};
    item->purpose = tf_purpose("parameter", item->luck ? item->luck : "");
    if (!whole) {
        parameter_destroy(item);
        return NULL;
    }
    return item;
}

ptrdiff_t tf_parameters_add(trefoil_context *context, tf_parameters *parameters, const tf_evidence *row)
{
    void *items = parameters->items;
    const char *luck = row->luck ? row->luck : row->name;
    uint32_t purpose = tf_purpose("parameter", luck);
    parameter *item;

    for (size_t i = 0; i < parameters->count; i++) {
        const tf_evidence *other = &parameters->items[i]->row;

        if (strcmp(other->name, row->name) == 0) {
            tf_mistake(context, row->place, "the parameter '%s' is there already", row->name);
            return -1;
        }
        if (parameters->items[i]->purpose == purpose && strcmp(parameters->items[i]->luck, luck) != 0) {
            tf_mistake(context, row->place,
                       "the parameters '%s' and '%s' would share random numbers; rename one of them", other->name,
                       row->name);
            return -1;
        }
    }
    item = parameter_create(row);
    if (item == NULL ||
        tf_reserve(&items, &parameters->capacity, parameters->count + 1, sizeof *parameters->items) != 0) {
        parameter_destroy(item);
        starve(context, row->name);
        return -1;
    }
    parameters->items = items;
    parameters->items[parameters->count] = item;
    return (ptrdiff_t)parameters->count++;
}

/* ---- overrides --------------------------------------------------------------- */

static trefoil_status unknown_override(trefoil_context *context, const tf_parameters *parameters,
                                       const tf_setting *setting)
{
    const char **names = TF_NEW(const char *, parameters->count);
    const char *near;
    trefoil_status status;

    if (names == NULL) {
        return starve(context, setting->key);
    }
    for (size_t i = 0; i < parameters->count; i++) {
        names[i] = parameters->items[i]->row.name;
    }
    near = tf_nearest(setting->key, names, parameters->count);
    status = tf_mistake(context, setting->place, "[parameters] %s: the model has no such parameter%s%s%s", setting->key,
                        near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    tf_free(names);
    return status;
}

static void replace(char **text, char *with)
{
    tf_free(*text);
    *text = with;
}

/*
 * Without a source of its own an override is an assumption of whoever wrote the scenario; the source of the number it
 * replaced moves to the note, so that no published source is named for a number that is not in it.
 */
static trefoil_status replace_source(trefoil_context *context, tf_evidence *row, const tf_setting *setting,
                                     const char *source)
{
    tf_text note = {0};
    char *own = tf_strdup(source), *file = tf_strdup(setting->place.file);

    tf_text_add(&note, "set in the scenario");
    if (row->source != NULL && *row->source != '\0') {
        tf_text_addf(&note, " in place of a value from: %s", row->source);
    }
    if (row->note != NULL && *row->note != '\0') {
        tf_text_addf(&note, "; %s", row->note);
    }
    if (own == NULL || note.failed || (file == NULL && setting->place.file != NULL)) {
        tf_free(own);
        tf_free(file);
        tf_text_free(&note);
        return starve(context, row->name);
    }
    replace(&row->source, own);
    replace(&row->note, note.chars);
    tf_free((void *)(uintptr_t)row->place.file);
    row->place = (tf_place){file, setting->place.line};
    if (*source == '\0') {
        row->grade = TF_ASSUMPTION;
    }
    return TREFOIL_DONE;
}

/* A free citation stands in quotes, which are not part of it. */
static void remove_quotes(char *source)
{
    size_t length = strlen(source);

    if (length >= 2 && source[0] == '"' && source[length - 1] == '"') {
        memmove(source, source + 1, length - 2);
        source[length - 2] = '\0';
    }
}

static trefoil_status override(trefoil_context *context, tf_parameters *parameters, const tf_setting *setting)
{
    ptrdiff_t found = tf_parameters_find(parameters, setting->key);
    tf_number number = {.distribution = tf_distribution_fixed(0)};
    const char *text = setting->text + strspn(setting->text, " \t");
    char why[TF_WHY] = "", *formula = NULL;
    tf_evidence *row;

    if (found < 0) {
        return unknown_override(context, parameters, setting);
    }
    row = &parameters->items[found]->row;
    if (*text == '=') {
        formula = tf_strdup(text + 1);
        if (formula == NULL) {
            return starve(context, row->name);
        }
    } else if (!tf_number_parse(text, &number, why)) {
        return tf_mistake(context, setting->place, "[parameters] %s = %s: %s", setting->key, setting->text, why);
    }
    remove_quotes(number.source);
    replace(&row->formula, formula);
    row->number = number;
    return replace_source(context, row, setting, number.source);
}

/* ---- creation ---------------------------------------------------------------- */

/* Go on after a mistake, stop at anything worse. */
#define GO_ON(expression)                                                                                              \
    do {                                                                                                               \
        trefoil_status one = (expression);                                                                             \
        if (one == TREFOIL_USER_MISTAKE) {                                                                             \
            wrong = true;                                                                                              \
        } else if (one != TREFOIL_DONE) {                                                                              \
            return one;                                                                                                \
        }                                                                                                              \
    } while (0)

static trefoil_status add_rows(trefoil_context *context, const tf_register *reg, tf_parameters *parameters)
{
    size_t mistakes = tf_mistakes(context);

    for (size_t i = 0; i < reg->n_rows; i++) {
        const tf_evidence *row = &reg->rows[i];

        if (tf_expression_reserves(row->name)) {
            tf_mistake(context, row->place, "the name '%s' has a meaning in formulas; choose another", row->name);
        }
        if (tf_parameters_add(context, parameters, row) < 0 && tf_mistakes(context) == mistakes) {
            return TREFOIL_NO_MEMORY;
        }
    }
    return tf_mistakes(context) == mistakes ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
}

static trefoil_status read_formulas(trefoil_context *context, tf_parameters *parameters)
{
    tf_machine *machine = tf_machine_create();
    bool wrong = false;

    if (machine == NULL) {
        return starve(context, "formulas");
    }
    for (size_t i = 0; i < parameters->count; i++) {
        parameter *item = parameters->items[i];
        tf_scope scope = {.parameters = parameters, .n_parameters = i};
        trefoil_status status = TREFOIL_DONE;

        if (item->row.formula != NULL) {
            status = tf_expression_read(context, machine, &scope, item->row.formula, item->row.name, item->row.place,
                                        &item->formula);
        }
        wrong = wrong || status == TREFOIL_USER_MISTAKE;
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            tf_machine_destroy(machine);
            return status;
        }
    }
    tf_machine_destroy(machine);
    return wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

static trefoil_status fill(trefoil_context *context, const tf_register *reg, const tf_scenario *scenario,
                           tf_parameters *parameters)
{
    bool wrong = false;

    GO_ON(add_rows(context, reg, parameters));
    for (size_t i = 0; i < scenario->n_parameters; i++) {
        GO_ON(override(context, parameters, &scenario->parameters[i]));
    }
    GO_ON(read_formulas(context, parameters));
    return wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

trefoil_status tf_parameters_create(trefoil_context *context, const tf_register *reg, const tf_scenario *scenario,
                                    tf_parameters **parameters)
{
    tf_parameters *made = TF_NEW(tf_parameters, 1);
    trefoil_status status;

    *parameters = NULL;
    if (made == NULL) {
        return starve(context, "all");
    }
    status = fill(context, reg, scenario, made);
    if (status != TREFOIL_DONE) {
        tf_parameters_destroy(made);
        return status;
    }
    *parameters = made;
    return TREFOIL_DONE;
}

void tf_parameters_destroy(tf_parameters *parameters)
{
    if (parameters == NULL) {
        return;
    }
    for (size_t i = 0; i < parameters->count; i++) {
        parameter_destroy(parameters->items[i]);
    }
    tf_free(parameters->items);
    tf_arrangement_destroy(parameters->arrangement);
    tf_free(parameters->sample);
    tf_free(parameters->column_of);
    tf_free(parameters);
}

size_t tf_parameters_count(const tf_parameters *parameters)
{
    return parameters->count;
}

const tf_evidence *tf_parameters_row(const tf_parameters *parameters, size_t i)
{
    return &parameters->items[i]->row;
}

ptrdiff_t tf_parameters_find(const tf_parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->items[i]->row.name, name) == 0) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

const char *tf_parameters_luck(const tf_parameters *parameters, size_t i)
{
    return parameters->items[i]->luck;
}

trefoil_status tf_parameters_arrange(trefoil_context *context, tf_parameters *parameters, const tf_scenario *scenario,
                                     const tf_joint_spec *joints, size_t n)
{
    tf_arrangement_destroy(parameters->arrangement);
    return tf_arrangement_create(context, parameters, scenario, joints, n, &parameters->arrangement);
}

const tf_arrangement *tf_parameters_arrangement(const tf_parameters *parameters)
{
    return parameters->arrangement;
}

/* ---- draws ------------------------------------------------------------------- */

const tf_expression *tf_parameters_formula(const tf_parameters *parameters, size_t i)
{
    return parameters->items[i]->row.formula != NULL ? &parameters->items[i]->formula : NULL;
}

trefoil_status tf_parameters_evaluate(trefoil_context *context, const tf_parameters *parameters, size_t i, uint32_t draw,
                                      tf_machine **machine, double *values)
{
    const parameter *item = parameters->items[i];
    const tf_expression *formula = &item->formula;
    tf_argument arguments[TF_MAX_ARGUMENTS];
    char why[TF_WHY] = "gives no finite number";
    size_t at = 0;
    trefoil_status status = TREFOIL_DONE;

    if (formula->code.bytes == NULL) {
        values[i] = formula->n_symbols > 0 ? values[formula->symbols[0].index] : formula->constant;
        return TREFOIL_DONE;
    }
    if (*machine == NULL && (*machine = tf_machine_create()) == NULL) {
        return starve(context, item->row.name);
    }
    for (size_t a = 0; a < formula->n_symbols; a++) {
        arguments[a] = (tf_argument){&values[formula->symbols[a].index], 0};
    }
    status = tf_machine_run(*machine, &formula->code, arguments, formula->n_symbols, 0, 1, &values[i], &at, why);
    if (status == TREFOIL_NO_MEMORY) {
        return starve(context, item->row.name);
    }
    if (status != TREFOIL_DONE || !isfinite(values[i])) {
        return tf_mistake(context, item->row.place, "%s = %s: %s in draw %u", item->row.name, formula->text, why,
                          (unsigned)draw);
    }
    return TREFOIL_DONE;
}

static double uniform_of(const tf_parameters *parameters, size_t i, uint64_t seed, uint32_t draw)
{
    draw = parameters->items[i]->held ? (draw - 1) / parameters->inner + 1 : draw;
    return parameters->arrangement != NULL ? tf_arrangement_uniform(parameters->arrangement, i, seed, draw)
                                           : tf_design_random(seed, parameters->items[i]->purpose, draw);
}

trefoil_status tf_parameters_nest(trefoil_context *context, tf_parameters *parameters, size_t i, uint32_t inner)
{
    if (tf_parameters_sampled(parameters, i) || (parameters->arrangement != NULL && tf_arrangement_joins(parameters->arrangement, i))) {
        return tf_mistake(context, parameters->items[i]->row.place, "%s: is drawn together with others, %s; given its value they are not known here",
                          parameters->items[i]->row.name, tf_parameters_sampled(parameters, i) ? "in the sample" : "in a [joint]");
    }
    for (size_t k = 0; k < parameters->count; k++) {
        parameters->items[k]->held = parameters->items[k]->held || parameters->items[k]->purpose == parameters->items[i]->purpose;
    }
    parameters->inner = inner;
    return TREFOIL_DONE;
}

trefoil_status tf_parameters_draw_with(trefoil_context *context, const tf_parameters *parameters, uint64_t seed, uint32_t draw,
                                       tf_machine **machine, double *values)
{
    trefoil_status status = TREFOIL_DONE;

    if (draw > 0 && parameters->arrangement != NULL) {
        tf_arrangement_draw(parameters->arrangement, seed, draw, values);
    }
    for (size_t i = 0; i < parameters->count; i++) {
        const parameter *item = parameters->items[i];
        const tf_distribution *distribution = &item->row.number.distribution;
        ptrdiff_t column = tf_parameters_sampled(parameters, i) ? parameters->column_of[i] : -1;

        if (item->row.formula != NULL) {
            TRY(tf_parameters_evaluate(context, parameters, i, draw, machine, values));
        } else if (draw == 0) {
            values[i] = distribution->mean;
        } else if (column >= 0) {
            values[i] = parameters->sample[(draw - 1) * parameters->n_columns + (size_t)column];
        } else if (parameters->arrangement == NULL || !tf_arrangement_joins(parameters->arrangement, i)) {
            double u = uniform_of(parameters, i, seed, draw);

            values[i] = item->quantiles != NULL ? tf_quantiles_at(item->quantiles, u) : tf_distribution_quantile(distribution, u);
        }
    }
out:
    return status;
}

trefoil_status tf_parameters_hasten(trefoil_context *context, tf_parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        parameter *item = parameters->items[i];
        bool drawn = item->row.formula == NULL && !tf_parameters_sampled(parameters, i);

        if (!drawn || (item->row.number.distribution.family != TF_BETA && item->row.number.distribution.family != TF_GAMMA)) {
            continue;
        }
        item->quantiles = tf_quantiles_create(&item->row.number.distribution);
        if (item->quantiles == NULL) {
            return starve(context, item->row.name);
        }
    }
    return TREFOIL_DONE;
}

trefoil_status tf_parameters_draw(trefoil_context *context, const tf_parameters *parameters, uint64_t seed,
                                  uint32_t draw, double *values)
{
    tf_machine *machine = NULL;
    trefoil_status status = tf_parameters_draw_with(context, parameters, seed, draw, &machine, values);

    tf_machine_destroy(machine);
    return status;
}

/* ---- joint draws from a file ------------------------------------------------- */

static void place_column(trefoil_context *context, tf_parameters *parameters, const tf_table *table, size_t column)
{
    const char *name = tf_table_column_name(table, column);
    ptrdiff_t found = tf_parameters_find(parameters, name);
    tf_place place = {tf_table_path(table), 1};
    const char *near;
    const char **names;

    if (found >= 0 && parameters->items[found]->row.formula != NULL) {
        tf_mistake(context, place, "the column '%s' names a parameter that is computed: %s = %s", name, name,
                   parameters->items[found]->row.formula);
    } else if (found >= 0) {
        parameters->column_of[found] = (ptrdiff_t)column;
    } else if ((names = TF_NEW(const char *, parameters->count)) != NULL) {
        for (size_t i = 0; i < parameters->count; i++) {
            names[i] = parameters->items[i]->row.name;
        }
        near = tf_nearest(name, names, parameters->count);
        tf_mistake(context, place, "the column '%s' names no parameter of the model%s%s%s", name, near != NULL ? "; did you mean '" : "",
                   near != NULL ? near : "", near != NULL ? "'?" : "");
        tf_free(names);
    }
}

bool tf_parameters_sampled(const tf_parameters *parameters, size_t i)
{
    return i < parameters->n_placed && parameters->column_of[i] >= 0;
}

trefoil_status tf_parameters_sample(trefoil_context *context, tf_parameters *parameters, const char *path, tf_place from,
                                    uint32_t *draws)
{
    enum { MOST_DRAWS = 1048575 };
    trefoil_status status;
    size_t mistakes = tf_mistakes(context);
    tf_table *table = NULL;

    *draws = 0;
    TRY(tf_table_read(context, path, from, &table));
    parameters->n_rows = tf_table_rows(table);
    parameters->n_columns = tf_table_columns(table);
    parameters->sample = TF_NEW(double, parameters->n_rows * parameters->n_columns);
    parameters->column_of = TF_NEW(ptrdiff_t, parameters->count);
    if (parameters->sample == NULL || parameters->column_of == NULL) {
        status = starve(context, "the sample");
        goto out;
    }
    parameters->n_placed = parameters->count;
    if (parameters->n_rows == 0 || parameters->n_rows > MOST_DRAWS) {
        tf_mistake(context, from, "%s: a sample has 1 to %d rows", path, (int)MOST_DRAWS);
    }
    for (size_t i = 0; i < parameters->count; i++) {
        parameters->column_of[i] = -1;
    }
    for (size_t c = 0; c < parameters->n_columns; c++) {
        place_column(context, parameters, table, c);
        for (size_t r = 0; r < parameters->n_rows; r++) {
            (void)tf_table_number(context, table, r, c, -1e300, 1e300, &parameters->sample[r * parameters->n_columns + c]);
        }
    }
    *draws = (uint32_t)parameters->n_rows;
    status = tf_mistakes(context) == mistakes ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
out:
    tf_table_destroy(table);
    return status;
}
