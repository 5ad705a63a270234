/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of an intervention, read by its plugin's table. */
#include "plugin/private.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One setting to be read. */
typedef struct reading {
    trefoil_context *context;
    const tf_interventions *all;
    const tf_intervention *intervention;
    tf_model *model; /* NULL: only check */
    size_t index;    /* of the parameter */
    trefoil_param param;
    const tf_setting *setting; /* NULL: the plugin's default */
} reading;

static tf_place place_of(const reading *r)
{
    return r->setting != NULL ? r->setting->place : r->intervention->spec->place;
}

/* "file:line: [intervention x] key = text: <why>" */
static trefoil_status wrong(const reading *r, const char *why)
{
    return tf_mistake(r->context, place_of(r), "[intervention %s] %s = %s: %s", r->intervention->spec->name,
                      r->setting->key, r->setting->text, why);
}

static bool read_switch(const char *text, double *value)
{
    static const char *const no[] = {"no", "false", "off", "0"}, *const yes[] = {"yes", "true", "on", "1"};

    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (tf_same_text(text, no[i]) || tf_same_text(text, yes[i])) {
            *value = tf_same_text(text, yes[i]) ? 1 : 0;
            return true;
        }
    }
    return false;
}

/* "a number from 0 to 1", "a whole number of at least 0" */
static void say_expected(const trefoil_param *p, char *text, size_t size)
{
    const char *what = p->kind == TREFOIL_INTEGER ? "a whole number" : "a number";
    char min[TF_NUMBER_SIZE], max[TF_NUMBER_SIZE];

    tf_print_number(p->min, min);
    tf_print_number(p->max, max);
    if (isfinite(p->min) && isfinite(p->max)) {
        snprintf(text, size, "expected %s from %s to %s", what, min, max);
    } else if (isfinite(p->min)) {
        snprintf(text, size, "expected %s of at least %s", what, min);
    } else if (isfinite(p->max)) {
        snprintf(text, size, "expected %s of at most %s", what, max);
    } else {
        snprintf(text, size, "expected %s", what);
    }
}

static trefoil_status read_number(const reading *r, tf_number *number)
{
    char why[TF_WHY_SIZE] = "", expected[TF_WHY_SIZE];

    say_expected(&r->param, expected, sizeof expected);
    if (!tf_number_parse(r->setting->text, number, why)) {
        return wrong(r, why);
    }
    if (!(number->distribution.mean >= r->param.min && number->distribution.mean <= r->param.max)) {
        return wrong(r, expected);
    }
    if (r->param.kind == TREFOIL_INTEGER &&
        (number->distribution.family != TF_FIXED || number->distribution.mean != floor(number->distribution.mean))) {
        return wrong(r, expected);
    }
    number->distribution.min = r->param.min;
    number->distribution.max = r->param.max;
    return TREFOIL_DONE;
}

static trefoil_status read_setting(const reading *r, tf_number *number)
{
    double value;

    *number = (tf_number){0};
    if (r->param.kind == TREFOIL_SWITCH) {
        if (!read_switch(r->setting->text, &value)) {
            return wrong(r, "expected yes or no");
        }
        number->distribution = tf_distribution_fixed(value);
        return TREFOIL_DONE;
    }
    return read_number(r, number);
}

static trefoil_status read_default(const reading *r, tf_number *number)
{
    char why[TF_WHY_SIZE] = "";

    *number = (tf_number){0};
    if (!tf_param_distribution(&r->param, &number->distribution, why)) {
        return tf_bug(r->context, "parameter %s passed verification, but: %s", r->param.name, why);
    }
    return TREFOIL_DONE;
}

/* Where a number comes from: the register's row a scenario names, a citation, or nobody. */
static tf_grade grade_of(const reading *r, const tf_number *number, const char **source, const char **note)
{
    ptrdiff_t row =
        r->setting != NULL && number->source[0] != '\0' ? tf_register_find(&r->model->evidence, number->source) : -1;

    *note = r->setting != NULL ? "set by the scenario" : "the plugin's default";
    if (row >= 0) {
        *source = r->model->evidence.rows[row].source;
        return r->model->evidence.rows[row].grade;
    }
    *source = r->setting != NULL ? number->source : r->param.source;
    if (**source == '\0' || strncmp(*source, "assumption", 10) == 0) {
        *note = strncmp(*source, "assumption: ", 12) == 0 ? *source + 12 : *note;
        *source = "";
        return TF_ASSUMPTION;
    }
    return strncmp(*source, "derived", 7) == 0 ? TF_DERIVED : TF_PUBLISHED;
}

static char *parameter_name(const reading *r)
{
    tf_text name = {0};

    tf_text_addf(&name, "%s.%s", r->intervention->spec->name, r->param.name);
    if (name.failed) {
        tf_text_free(&name);
    }
    return name.chars;
}

static bool same_number(const tf_number *a, const tf_number *b)
{
    const tf_distribution *d = &a->distribution, *e = &b->distribution;

    return d->family == e->family && d->a == e->a && d->b == e->b && d->c == e->c && d->min == e->min &&
           d->max == e->max && strcmp(a->source, b->source) == 0;
}

/* Is the parameter drawn as this one would be? */
static bool same_luck(const reading *r, int parameter)
{
    const char *luck = tf_parameters_luck(r->model->parameters, (size_t)parameter);
    size_t length = strlen(r->intervention->stream);

    return strncmp(luck, r->intervention->stream, length) == 0 && luck[length] == ' ' && strcmp(luck + length + 1, r->param.name) == 0;
}

/* The parameter that an earlier intervention has for the same uncertain number: what is unknown is unknown once, and
 * must not be drawn afresh for every strategy that uses the plugin. */
static int known_parameter(const reading *r, const tf_number *number)
{
    if (number->distribution.family == TF_FIXED) {
        return TF_NONE;
    }
    for (const tf_intervention *earlier = r->all->items; earlier < r->intervention; earlier++) {
        int index = earlier->plugin == r->intervention->plugin ? earlier->parameters[r->index] : TF_NONE;

        if (index != TF_NONE && same_luck(r, index) &&
            same_number(number, &tf_parameters_row(r->model->parameters, (size_t)index)->number)) {
            return index;
        }
    }
    return TF_NONE;
}

/* Add the number to the model's parameters as "<intervention>.<param>". */
static trefoil_status add_parameter(const reading *r, const tf_number *number, int *index)
{
    const char *source, *note;
    tf_evidence row = {.number = *number, .place = place_of(r)};
    tf_text luck = {0}; /* of the plugin, not of the intervention's name: renaming changes no draw */
    trefoil_status status = TREFOIL_DONE;
    size_t before = tf_mistakes(r->context);
    ptrdiff_t at;

    row.grade = grade_of(r, number, &source, &note);
    row.name = parameter_name(r);
    row.label = tf_strdup(r->param.label);
    row.unit = tf_strdup(r->param.unit);
    row.price_year = tf_strdup("");
    row.source = tf_strdup(source);
    row.note = tf_strdup(note);
    tf_text_addf(&luck, "%s %s", r->intervention->stream, r->param.name);
    row.luck = luck.chars;
    if (luck.failed || row.name == NULL || row.label == NULL || row.unit == NULL || row.price_year == NULL || row.source == NULL ||
        row.note == NULL) {
        status = tf_fail(r->context, TREFOIL_NO_MEMORY, "settings: not enough memory");
        goto out;
    }
    at = tf_parameters_add(r->context, r->model->parameters, &row);
    if (at < 0) {
        status =
            tf_mistakes(r->context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_NO_MEMORY; /* with its reason recorded */
        goto out;
    }
    *index = (int)at;
out:
    tf_text_free(&luck);
    tf_free(row.name);
    tf_free(row.label);
    tf_free(row.unit);
    tf_free(row.price_year);
    tf_free(row.source);
    tf_free(row.note);
    return status;
}

static trefoil_status read_name(const reading *r, const char **text)
{
    *text = r->setting != NULL ? r->setting->text : r->param.text;
    if (**text != '\0' && !tf_is_model_name(*text)) {
        *text = r->param.text;
        return wrong(
            r, "expected the name of something in the model, its parts joined by dots, such as stroke.none.first");
    }
    return TREFOIL_DONE;
}

static trefoil_status read_param(const reading *r, const char **text, int *index)
{
    tf_number number;
    trefoil_status status;

    *text = NULL;
    *index = TF_NONE;
    if (r->param.kind == TREFOIL_NAME) {
        return read_name(r, text);
    }
    status = r->setting != NULL ? read_setting(r, &number) : read_default(r, &number);
    if (status == TREFOIL_DONE && r->model != NULL) {
        *index = known_parameter(r, &number);
    }
    return status == TREFOIL_DONE && r->model != NULL && *index == TF_NONE ? add_parameter(r, &number, index) : status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static trefoil_status unknown_setting(trefoil_context *context, const tf_intervention *intervention,
                                      const tf_setting *setting)
{
    const tf_plugin *plugin = intervention->plugin;
    size_t values = tf_plugin_params(plugin), n = values + tf_plugin_declared(plugin);
    const char **names = TF_NEW(const char *, n);
    const char *near;

    if (names == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "settings: not enough memory");
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = i < values ? tf_plugin_param(plugin, i).name : tf_plugin_declared_param(plugin, i - values).name;
    }
    near = tf_nearest(setting->key, names, n);
    tf_mistake(context, setting->place, "[intervention %s] %s: the plugin %s has no such setting%s%s%s",
               intervention->spec->name, setting->key, plugin->name, near != NULL ? "; did you mean '" : "",
               near != NULL ? near : "", near != NULL ? "'?" : "");
    tf_free(names);
    return TREFOIL_USER_MISTAKE;
}

static const tf_setting *find_setting(const tf_intervention_spec *spec, const char *key)
{
    for (size_t i = 0; i < spec->n_settings; i++) {
        if (strcmp(spec->settings[i].key, key) == 0) {
            return &spec->settings[i];
        }
    }
    return NULL;
}

static bool is_param(const tf_plugin *plugin, const char *key)
{
    trefoil_param family;

    for (size_t i = 0; i < tf_plugin_params(plugin); i++) {
        if (strcmp(tf_plugin_param(plugin, i).name, key) == 0 ||
            (tf_plugin_family(plugin, i, &family) && strcmp(family.name, key) == 0)) {
            return true;
        }
    }
    return false;
}

/* Is value `i` of a quintile that the scenario says nothing of? */
static bool is_common(const tf_intervention *intervention, size_t i)
{
    trefoil_param family;

    return tf_plugin_family(intervention->plugin, i, &family) &&
           find_setting(intervention->spec, tf_plugin_param(intervention->plugin, i).name) == NULL;
}

/* The quintile before `i` that has the same number, which is read once; `i` itself: there is none. */
static size_t first_alike(const tf_intervention *intervention, size_t i)
{
    const tf_value *values = intervention->plugin->values;

    for (size_t j = 0; j < i && is_common(intervention, i); j++) {
        if (values[j].declared == values[i].declared && is_common(intervention, j)) {
            return j;
        }
    }
    return i;
}

/* The setting of value `i`: its own, else that of all quintiles. */
static reading reading_of(trefoil_context *context, const tf_interventions *all, const tf_intervention *intervention, tf_model *model,
                          size_t i)
{
    reading r = {context, all, intervention, model, i, tf_plugin_param(intervention->plugin, i), NULL};

    if (is_common(intervention, i)) {
        tf_plugin_family(intervention->plugin, i, &r.param);
    }
    r.setting = find_setting(intervention->spec, r.param.name);
    return r;
}

trefoil_status tf_settings_read(trefoil_context *context, const tf_interventions *all, tf_intervention *intervention,
                                tf_model *model, const char **names)
{
    const tf_intervention_spec *spec = intervention->spec;
    trefoil_status result = TREFOIL_DONE;

    for (size_t i = 0; i < spec->n_settings; i++) {
        if (!is_param(intervention->plugin, spec->settings[i].key)) {
            result = unknown_setting(context, intervention, &spec->settings[i]);
        }
    }
    for (size_t i = 0; i < intervention->n_parameters; i++) {
        reading r = reading_of(context, all, intervention, model, i);
        size_t alike = first_alike(intervention, i);
        trefoil_status status;

        if (alike < i) {
            intervention->parameters[i] = intervention->parameters[alike];
            continue;
        }
        status = read_param(&r, &names[i], &intervention->parameters[i]);
        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            return status;
        }
        result = status != TREFOIL_DONE ? status : result;
    }
    return result;
}
