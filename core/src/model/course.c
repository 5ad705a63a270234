/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/course.h"

#include "base/memory.h"
#include "model/formula_inside.h"

#include <math.h>
#include <stdio.h>

typedef struct binding {
    double **arguments; /* [symbol]: its values at every moment and stay the formula is evaluated at; NULL for a parameter */
    bool moment, stay;
    size_t n; /* values */
} binding;

struct tf_course {
    const tf_formulas *formulas;
    tf_course_spec spec;
    binding *bindings; /* [formula] */
};

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the formulas along a cohort's course");
}

static double age_at(const tf_course_spec *spec, size_t moment)
{
    return spec->age + floor((double)moment * spec->cycle + 1e-9);
}

static double fact_at(const tf_course_spec *spec, size_t fact, size_t moment, size_t stay)
{
    switch (fact) {
    case TF_FACT_MALE: return spec->sex == TF_MALE;
    case TF_FACT_FEMALE: return spec->sex == TF_FEMALE;
    case TF_FACT_AGE: return age_at(spec, moment);
    case TF_FACT_IMD: return spec->imd + 1;
    case TF_FACT_CYCLE: return (double)moment + 1;
    case TF_FACT_TIME: return (double)moment * spec->cycle;
    default: return (double)stay * spec->cycle;
    }
}

static double symbol_at(const tf_course *course, const tf_symbol *symbol, size_t moment, size_t stay)
{
    const tf_course_spec *spec = &course->spec;

    if (symbol->kind == TF_SYMBOL_FACT) {
        return fact_at(spec, symbol->index, moment, stay);
    }
    return course->formulas->tables->grids[symbol->index]->values[symbol->column][tf_cell(spec->sex, (int)age_at(spec, moment), spec->imd)];
}

static bool bind(const tf_course *course, const tf_stated *item, binding *to)
{
    size_t n = item->expression.n_symbols, moments, stays;

    for (size_t s = 0; s < n; s++) {
        const tf_symbol *symbol = &item->expression.symbols[s];
        bool fixed = symbol->kind == TF_SYMBOL_FACT &&
                     (symbol->index == TF_FACT_MALE || symbol->index == TF_FACT_FEMALE || symbol->index == TF_FACT_IMD);
        bool stay = symbol->kind == TF_SYMBOL_FACT && symbol->index == TF_FACT_YEARS_IN_STATE;

        to->stay = to->stay || stay;
        to->moment = to->moment || (symbol->kind != TF_SYMBOL_PARAMETER && !stay && !fixed);
    }
    moments = to->moment ? course->spec.n_moments : 1;
    stays = to->stay ? course->spec.n_stays : 1;
    to->n = moments * stays;
    to->arguments = TF_NEW(double *, n);
    for (size_t s = 0; to->arguments != NULL && s < n; s++) {
        if (item->expression.symbols[s].kind == TF_SYMBOL_PARAMETER) {
            continue;
        }
        to->arguments[s] = TF_NEW(double, to->n);
        if (to->arguments[s] == NULL) {
            return false;
        }
        for (size_t i = 0; i < to->n; i++) {
            to->arguments[s][i] = symbol_at(course, &item->expression.symbols[s], i / stays, i % stays);
        }
    }
    return to->arguments != NULL;
}

trefoil_status tf_course_create(trefoil_context *context, const tf_formulas *formulas, tf_course_spec spec, tf_course **made)
{
    tf_course *course = TF_NEW(tf_course, 1);

    *made = NULL;
    if (course == NULL) {
        return starve(context);
    }
    course->formulas = formulas;
    course->spec = spec;
    course->bindings = TF_NEW(binding, formulas->count);
    for (size_t i = 0; i < formulas->count; i++) {
        if (course->bindings == NULL || !bind(course, &formulas->items[i], &course->bindings[i])) {
            tf_course_destroy(course);
            return starve(context);
        }
    }
    *made = course;
    return TREFOIL_DONE;
}

void tf_course_destroy(tf_course *course)
{
    if (course == NULL) {
        return;
    }
    for (size_t i = 0; course->bindings != NULL && i < course->formulas->count; i++) {
        binding *b = &course->bindings[i];

        for (size_t s = 0; b->arguments != NULL && s < course->formulas->items[i].expression.n_symbols; s++) {
            tf_free(b->arguments[s]);
        }
        tf_free(b->arguments);
    }
    tf_free(course->bindings);
    tf_free(course);
}

bool tf_course_uses_stay(const tf_course *course, int formula)
{
    return course->bindings[formula].stay;
}

bool tf_course_uses_moment(const tf_course *course, int formula)
{
    return course->bindings[formula].moment;
}

/* ---- values ------------------------------------------------------------------ */

static bool touched(const tf_changes *changes, const tf_expression *expression)
{
    for (size_t s = 0; s < expression->n_symbols; s++) {
        if (expression->symbols[s].kind == TF_SYMBOL_PARAMETER && tf_changes_touch(changes, expression->symbols[s].index)) {
            return true;
        }
    }
    return false;
}

trefoil_status tf_series_create(trefoil_context *context, const tf_course *course, const tf_series_set *base, const tf_changes *changes,
                                tf_series_set *set)
{
    size_t n = course->formulas->count;

    *set = (tf_series_set){TF_NEW(tf_series, n), TF_NEW(double *, n), n};
    for (size_t i = 0; i < n; i++) {
        const binding *b = &course->bindings[i];

        if (set->series == NULL || set->own == NULL) {
            break;
        }
        if (base != NULL && (changes == NULL || !touched(changes, &course->formulas->items[i].expression))) {
            set->series[i] = base->series[i];
            continue;
        }
        set->own[i] = TF_NEW(double, b->n);
        if (set->own[i] == NULL) {
            tf_series_free(set);
            break;
        }
        set->series[i] = (tf_series){set->own[i], b->moment ? (b->stay ? course->spec.n_stays : 1) : 0, b->stay ? 1 : 0};
    }
    if (set->series == NULL || set->own == NULL) {
        tf_series_free(set);
        return starve(context);
    }
    return TREFOIL_DONE;
}

void tf_series_free(tf_series_set *set)
{
    for (size_t i = 0; set->own != NULL && i < set->count; i++) {
        tf_free(set->own[i]);
    }
    tf_free(set->own);
    tf_free(set->series);
    *set = (tf_series_set){0};
}

static void describe(const tf_course *course, const binding *b, size_t i, char where[64])
{
    size_t stays = b->stay ? course->spec.n_stays : 1;
    int n = 0;

    where[0] = '\0';
    if (b->moment) {
        n = snprintf(where, 64, " in cycle %zu", i / stays + 1);
    }
    if (b->stay) {
        snprintf(where + n, 64 - (size_t)n, " after %g years in the state", (double)(i % stays) * course->spec.cycle);
    }
}

static trefoil_status evaluate(trefoil_context *context, const tf_course *course, tf_machine *machine, const double *parameters,
                               uint32_t draw, size_t f, double *values)
{
    const tf_stated *item = &course->formulas->items[f];
    const tf_expression *expression = &item->expression;
    const binding *b = &course->bindings[f];
    tf_argument arguments[TF_MAX_ARGUMENTS];
    char why[TF_WHY], where[64];
    size_t at;

    for (size_t s = 0; s < expression->n_symbols; s++) {
        arguments[s] = b->arguments[s] != NULL ? (tf_argument){b->arguments[s], 1}
                                               : (tf_argument){&parameters[expression->symbols[s].index], 0};
    }
    if (expression->code.bytes == NULL) {
        for (size_t i = 0; i < b->n; i++) {
            values[i] = expression->n_symbols > 0 ? arguments[0].values[i * arguments[0].stride] : expression->constant;
        }
    } else {
        trefoil_status status =
            tf_machine_run(machine, &expression->code, arguments, expression->n_symbols, 0, b->n, values, &at, why);

        if (status == TREFOIL_NO_MEMORY) {
            return starve(context);
        }
        if (status != TREFOIL_DONE) {
            describe(course, b, at, where);
            return tf_mistake(context, (tf_place){item->file, item->line}, "%s = %s: %s%s in draw %u", item->what, expression->text, why,
                              where, (unsigned)draw);
        }
    }
    for (size_t i = 0; i < b->n; i++) {
        if (!tf_stated_within(item, values[i])) {
            describe(course, b, i, where);
            return tf_stated_outside(context, item, where, draw, values[i]);
        }
    }
    return TREFOIL_DONE;
}

trefoil_status tf_course_evaluate(trefoil_context *context, const tf_course *course, tf_machine *machine, const double *parameters,
                                  uint32_t draw, tf_series_set *set)
{
    bool wrong = false;

    for (size_t i = 0; i < set->count; i++) {
        trefoil_status status = set->own[i] == NULL ? TREFOIL_DONE
                                                    : evaluate(context, course, machine, parameters, draw, i, set->own[i]);

        wrong = wrong || status == TREFOIL_USER_MISTAKE;
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            return status;
        }
    }
    return wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}
