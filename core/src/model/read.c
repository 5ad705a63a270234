/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/read.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool tf_read_failed(const tf_reader *reader)
{
    return reader->status != TREFOIL_DONE;
}

void tf_read_note(tf_reader *reader, trefoil_status status)
{
    if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE && reader->status == TREFOIL_DONE) {
        reader->status = status;
    }
}

void tf_read_starve(tf_reader *reader)
{
    tf_read_note(reader, tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the model %s",
                                 tf_config_path(reader->config)));
}

void *tf_read_alloc(tf_reader *reader, size_t n, size_t size)
{
    void *memory = tf_alloc(n, size);

    if (memory == NULL) {
        tf_read_starve(reader);
    }
    return memory;
}

ptrdiff_t tf_read_section(const tf_reader *reader, const char *kind, size_t k, const char **name)
{
    size_t seen = 0;

    for (size_t i = 0; i < tf_config_sections(reader->config); i++) {
        if (tf_config_section_is(reader->config, i, kind, name) && seen++ == k) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

size_t tf_read_count(const tf_reader *reader, const char *kind)
{
    const char *name;
    size_t n = 0;

    while (tf_read_section(reader, kind, n, &name) >= 0) {
        n++;
    }
    return n;
}

void tf_read_wrong(tf_reader *reader, size_t section, const char *key, const char *format, ...)
{
    const char *text = tf_config_text(reader->config, section, key);
    tf_place place = tf_config_place(reader->config, section, key);
    char reason[600];
    va_list arguments;

    if (tf_read_failed(reader)) {
        return; /* what looks wrong may only be what could not be read */
    }
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tf_mistake(reader->context, place, "[%s] %s%s%s: %s", tf_config_section(reader->config, section), key,
               text != NULL ? " = " : "", text != NULL ? text : "", reason);
}

void tf_read_wrong_section(tf_reader *reader, size_t section, const char *format, ...)
{
    char reason[600];
    va_list arguments;

    if (tf_read_failed(reader)) {
        return; /* what looks wrong may only be what could not be read */
    }
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tf_mistake(reader->context, tf_config_section_place(reader->config, section), "[%s]: %s",
               tf_config_section(reader->config, section), reason);
}

bool tf_read_name(tf_reader *reader, size_t section, const char *name)
{
    if (tf_is_name(name)) {
        return true;
    }
    if (*name == '\0') {
        tf_read_wrong_section(reader, section, "the section needs a name, as in [%s example]",
                              tf_config_section(reader->config, section));
    } else {
        tf_read_wrong_section(reader, section,
                              "'%s' is not a name: lower-case letters, digits and underscores, a letter first", name);
    }
    tf_config_know_section(reader->config, section);
    return false;
}

char *tf_read_copy(tf_reader *reader, const char *text)
{
    char *copy = tf_strdup(text);

    if (copy == NULL && text != NULL) {
        tf_read_starve(reader);
    }
    return copy;
}

char *tf_read_text(tf_reader *reader, size_t section, const char *key, const char *fallback)
{
    const char *text = tf_config_text(reader->config, section, key);

    return tf_read_copy(reader, text != NULL ? text : fallback);
}

bool tf_read_has(const tf_reader *reader, size_t section, const char *key)
{
    return tf_config_text(reader->config, section, key) != NULL;
}

int tf_read_formula(tf_reader *reader, size_t section, const char *key, double min, double max)
{
    const char *text = tf_config_text(reader->config, section, key);
    char what[300];
    int formula = TF_NONE;

    if (text == NULL || tf_read_failed(reader)) {
        return TF_NONE;
    }
    snprintf(what, sizeof what, "[%s] %s", tf_config_section(reader->config, section), key);
    tf_read_note(reader, tf_formulas_read(reader->context, reader->model->formulas, text, what,
                                          tf_config_place(reader->config, section, key), min, max, &formula));
    return formula;
}

const char *tf_read_prefixed(const tf_reader *reader, size_t section, const char *prefix, size_t k, const char **rest)
{
    size_t length = strlen(prefix), seen = 0;

    for (size_t i = 0; i < tf_config_keys(reader->config, section); i++) {
        const char *key = tf_config_key(reader->config, section, i);

        if (strncmp(key, prefix, length) == 0 && seen++ == k) {
            *rest = key + length;
            return key;
        }
    }
    return NULL;
}

/* ---- references -------------------------------------------------------------- */

static void wrong_at(tf_reader *reader, size_t section, const char *key, const char *reason)
{
    if (key != NULL) {
        tf_read_wrong(reader, section, key, "%s", reason);
    } else {
        tf_read_wrong_section(reader, section, "%s", reason);
    }
}

/* There is no `noun` called `name`. */
static void none_such(tf_reader *reader, size_t section, const char *key, const char *noun, const char *name,
                      const char *const *candidates, size_t n)
{
    const char *near = tf_nearest(name, candidates, n);
    char reason[500];

    snprintf(reason, sizeof reason, "there is no %s '%s'%s%s%s", noun, name, near != NULL ? "; did you mean '" : "",
             near != NULL ? near : "", near != NULL ? "'?" : "");
    wrong_at(reader, section, key, reason);
}

int tf_read_find(tf_reader *reader, size_t section, const char *key, const char *noun, const char *name,
                 const void *items, size_t n, size_t size)
{
    const char **names = tf_read_alloc(reader, n, sizeof *names);
    int found = TF_NONE;

    if (names == NULL) {
        return TF_NONE;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = *(char *const *)(const void *)((const char *)items + i * size);
        if (strcmp(names[i], name) == 0) {
            found = (int)i;
        }
    }
    if (found == TF_NONE) {
        none_such(reader, section, key, noun, name, names, n);
    }
    tf_free(names);
    return found;
}

int tf_read_state_of(tf_reader *reader, size_t section, const char *key, int condition, const char *name)
{
    const tf_condition *c = &reader->model->conditions[condition];
    char noun[200];
    int found;

    snprintf(noun, sizeof noun, "state of condition '%s' called", c->name);
    found = tf_read_find(reader, section, key, noun, name, &reader->model->states[c->first_state], (size_t)c->n_states,
                         sizeof *reader->model->states);
    return found == TF_NONE ? TF_NONE : c->first_state + found;
}

int tf_read_state(tf_reader *reader, size_t section, const char *key, const char *dotted)
{
    const char *dot = strrchr(dotted, '.');
    const tf_model *model = reader->model;
    char name[128];
    int condition;

    if (dot == NULL || dot == dotted || dot[1] == '\0' || (size_t)(dot - dotted) >= sizeof name) {
        char reason[300];

        snprintf(reason, sizeof reason, "'%.100s' is not a state: expected condition.state, as in chd.mi1", dotted);
        wrong_at(reader, section, key, reason);
        return TF_NONE;
    }
    memcpy(name, dotted, (size_t)(dot - dotted));
    name[dot - dotted] = '\0';
    condition = tf_read_find(reader, section, key, "condition", name, model->conditions, model->n_conditions,
                             sizeof *model->conditions);
    return condition == TF_NONE ? TF_NONE : tf_read_state_of(reader, section, key, condition, dot + 1);
}

/* ---- payoffs ----------------------------------------------------------------- */

static void read_payoff(tf_reader *reader, size_t section, const char *key, tf_payoff_kind kind, int target,
                        tf_payoff *payoffs, size_t *n)
{
    static const double least[] = {[TF_PAY_COST] = -1e12, [TF_PAY_USE] = 0, [TF_PAY_QALY] = -100};
    static const double most[] = {[TF_PAY_COST] = 1e12, [TF_PAY_USE] = 1e9, [TF_PAY_QALY] = 100};

    payoffs[*n] = (tf_payoff){kind, target, tf_read_formula(reader, section, key, least[kind], most[kind])};
    ++*n;
}

void tf_read_payoffs(tf_reader *reader, size_t section, bool event, tf_payoff **payoffs, size_t *n)
{
    const tf_model *model = reader->model;
    const char *key, *name;
    int target;

    *n = 0;
    *payoffs = tf_read_alloc(reader, tf_config_keys(reader->config, section), sizeof **payoffs);
    if (*payoffs == NULL) {
        return;
    }
    for (size_t k = 0; (key = tf_read_prefixed(reader, section, "cost.", k, &name)) != NULL; k++) {
        target = tf_read_find(reader, section, key, "cost category", name, model->categories, model->n_categories,
                              sizeof *model->categories);
        read_payoff(reader, section, key, TF_PAY_COST, target, *payoffs, n);
    }
    for (size_t k = 0; (key = tf_read_prefixed(reader, section, "use.", k, &name)) != NULL; k++) {
        target = tf_read_find(reader, section, key, "resource", name, model->resources, model->n_resources,
                              sizeof *model->resources);
        read_payoff(reader, section, key, TF_PAY_USE, target, *payoffs, n);
    }
    if (event && tf_read_has(reader, section, "qaly")) {
        read_payoff(reader, section, "qaly", TF_PAY_QALY, TF_NONE, *payoffs, n);
    }
}
