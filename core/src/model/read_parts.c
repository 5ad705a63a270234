/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables, cost categories, resources, risk factors, relative risks and the utility norm. */
#include "base/memory.h"
#include "base/text.h"
#include "model/expression.h"
#include "model/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ------------------------------------------------------------------ */

/* Do the tables that state a value set state the same, and the model's? */
static void check_value_set(tf_reader *reader, size_t section, size_t table)
{
    const tf_model *model = reader->model;
    const char *mine = model->tables.grids[table]->value_set, *tag = model->value_set;

    if (mine == NULL) {
        return;
    }
    if (tag != NULL && strncmp(mine, tag, strlen(tag)) != 0) {
        tf_read_wrong_section(reader, section,
                              "the table is in the value set '%s', the model in '%s'; utilities of two value sets must "
                              "not mix",
                              mine, tag);
        return;
    }
    for (size_t t = 0; t < table; t++) {
        const tf_grid *other = model->tables.grids[t];

        if (other != NULL && other->value_set != NULL && strcmp(other->value_set, mine) != 0) {
            tf_read_wrong_section(reader, section,
                                  "the table is in the value set '%s', table '%s' in '%s'; utilities of two value sets "
                                  "must not mix",
                                  mine, model->tables.names[t], other->value_set);
            return;
        }
    }
}

static void read_table(tf_reader *reader, size_t section, const char *name)
{
    tf_tables *tables = &reader->model->tables;
    char *path = NULL;

    if (!tf_read_name(reader, section, name)) {
        return;
    }
    if (tf_expression_reserves(name)) {
        tf_read_wrong_section(reader, section, "the name '%s' has a meaning in formulas; choose another", name);
    }
    tables->names[tables->count] = tf_strdup(name);
    if (tables->names[tables->count] == NULL) {
        tf_read_starve(reader);
        return;
    }
    tables->count++;
    if (tf_config_require(reader->context, reader->config, section, "file", "the CSV file of the table")) {
        path = tf_config_file(reader->context, reader->config, section, "file");
        if (path == NULL) {
            tf_read_starve(reader);
            return;
        }
        tf_read_note(reader, tf_grid_read(reader->context, path, tf_config_place(reader->config, section, "file"),
                                          &tables->grids[tables->count - 1]));
    }
    if (tables->grids[tables->count - 1] != NULL) {
        check_value_set(reader, section, tables->count - 1);
    }
    tf_free(path);
}

void tf_read_tables(tf_reader *reader)
{
    tf_tables *tables = &reader->model->tables;
    size_t n = tf_read_count(reader, "table");
    const char *name;
    ptrdiff_t section;

    tables->names = tf_read_alloc(reader, n, sizeof *tables->names);
    tables->grids = tf_read_alloc(reader, n, sizeof *tables->grids);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        section = tf_read_section(reader, "table", k, &name);
        read_table(reader, (size_t)section, name);
    }
}

/* ---- cost categories and resources ------------------------------------------- */

void tf_read_categories(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "cost");
    const char *name;

    model->categories = tf_read_alloc(reader, n, sizeof *model->categories);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "cost", k, &name);
        tf_category *category = &model->categories[model->n_categories];

        if (tf_read_name(reader, section, name)) {
            model->n_categories++;
            category->name = tf_read_copy(reader, name);
            category->title = tf_read_text(reader, section, "title", name);
            category->party = tf_read_text(reader, section, "party", "nhs");
        }
    }
}

static void read_resource(tf_reader *reader, size_t section, const char *name, tf_resource *resource)
{
    const tf_model *model = reader->model;
    const char *category = tf_config_text(reader->config, section, "category");

    resource->name = tf_read_copy(reader, name);
    resource->title = tf_read_text(reader, section, "title", name);
    resource->unit = tf_read_text(reader, section, "unit", "1");
    resource->price = tf_read_formula(reader, section, "price", 0, 1e9);
    resource->category = TF_NONE;
    if (category != NULL) {
        resource->category = tf_read_find(reader, section, "category", "cost category", category, model->categories,
                                          model->n_categories, sizeof *model->categories);
    }
    if (category != NULL && !tf_read_has(reader, section, "price")) {
        tf_read_wrong(reader, section, "category",
                      "a resource without a price costs nothing; state its price or leave the category out");
    }
    if (category == NULL && tf_read_has(reader, section, "price")) {
        tf_read_wrong(reader, section, "price", "state the category of cost it falls into, as in category = hospital");
    }
}

void tf_read_resources(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "resource");
    const char *name;

    model->resources = tf_read_alloc(reader, n, sizeof *model->resources);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "resource", k, &name);

        if (tf_read_name(reader, section, name)) {
            read_resource(reader, section, name, &model->resources[model->n_resources++]);
        }
    }
}

/* ---- risk factors ------------------------------------------------------------ */

static void read_bernoulli(tf_reader *reader, size_t section, tf_risk *risk)
{
    static const char *const keys[] = {"sd", "min", "max"};

    risk->mean = tf_read_formula(reader, section, "mean", 0, 1);
    risk->min = 0;
    risk->max = 1;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (tf_read_has(reader, section, keys[i])) {
            tf_read_wrong(reader, section, keys[i],
                          "a bernoulli risk factor is 0 or 1 and has only a mean, the probability of 1");
        }
    }
}

static void read_continuous(tf_reader *reader, size_t section, tf_risk *risk)
{
    bool positive = risk->family == TF_RISK_LOGNORMAL;

    risk->mean = tf_read_formula(reader, section, "mean", positive ? 1e-9 : -1e9, 1e9);
    risk->sd = tf_read_formula(reader, section, "sd", 0, 1e9);
    risk->min =
        tf_config_number(reader->context, reader->config, section, "min", -1e9, 1e9, positive ? 0 : (double)-INFINITY);
    risk->max = tf_config_number(reader->context, reader->config, section, "max", -1e9, 1e9, (double)INFINITY);
    tf_config_require(reader->context, reader->config, section, "sd",
                      "the standard deviation of the risk factor between people");
    if (risk->min >= risk->max) {
        tf_read_wrong(reader, section, tf_read_has(reader, section, "max") ? "max" : "min", "min must be below max");
    }
}

static void read_risk(tf_reader *reader, size_t section, const char *name, tf_risk *risk)
{
    static const char *const families[] = {"normal", "lognormal", "bernoulli", NULL};

    risk->name = tf_read_copy(reader, name);
    risk->title = tf_read_text(reader, section, "title", name);
    risk->unit = tf_read_text(reader, section, "unit", "1");
    risk->sd = TF_NONE;
    risk->mean = TF_NONE;
    tf_config_require(reader->context, reader->config, section, "mean", "the mean of the risk factor");
    if (!tf_config_require(reader->context, reader->config, section, "family", "normal, lognormal or bernoulli")) {
        return;
    }
    risk->family = (tf_risk_family)tf_config_choice(reader->context, reader->config, section, "family", families, 0);
    if (risk->family == TF_RISK_BERNOULLI) {
        read_bernoulli(reader, section, risk);
    } else {
        read_continuous(reader, section, risk);
    }
}

void tf_read_risks(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "risk");
    const char *name;

    model->risks = tf_read_alloc(reader, TF_MAX_RISKS, sizeof *model->risks);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "risk", k, &name);

        if (k == TF_MAX_RISKS) {
            tf_read_wrong_section(reader, section, "a model may have at most %d risk factors", (int)TF_MAX_RISKS);
            return;
        }
        if (tf_read_name(reader, section, name)) {
            read_risk(reader, section, name, &model->risks[model->n_risks++]);
        }
    }
}

/* ---- relative risks ---------------------------------------------------------- */

/* Is `key` a risk factor or a state?  A mistake naming the nearest of both otherwise. */
static bool find_term(tf_reader *reader, size_t section, const char *key, tf_relative_term *term)
{
    const tf_model *model = reader->model;

    *term = (tf_relative_term){TF_NONE, TF_NONE, TF_NONE};
    if (strchr(key, '.') == NULL) {
        term->risk =
            tf_read_find(reader, section, key, "risk factor", key, model->risks, model->n_risks, sizeof *model->risks);
    } else {
        term->state = tf_read_state(reader, section, key, key);
    }
    return term->risk != TF_NONE || term->state != TF_NONE;
}

/* Risks first, in the order of the model, then states. */
static int compare_terms(const void *a, const void *b)
{
    const tf_relative_term *s = a, *t = b;

    if ((s->risk == TF_NONE) != (t->risk == TF_NONE)) {
        return s->risk == TF_NONE ? 1 : -1;
    }
    return s->risk != t->risk ? s->risk - t->risk : s->state - t->state;
}

static void read_relative(tf_reader *reader, size_t section, const char *name, tf_relative *relative)
{
    size_t n = tf_config_keys(reader->config, section);
    tf_relative_term term;

    relative->name = tf_read_copy(reader, name);
    relative->terms = tf_read_alloc(reader, n, sizeof *relative->terms);
    if (n == 0) {
        tf_read_wrong_section(reader, section, "the set states no relative risk");
    }
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        const char *key = tf_config_key(reader->config, section, k);
        bool found = find_term(reader, section, key, &term);

        /* A ratio per unit must be positive to have powers; a ratio of a state may be 0. */
        term.ratio = tf_read_formula(reader, section, key, term.state != TF_NONE ? 0 : 1e-9, 1000);
        if (found) {
            relative->terms[relative->n_terms++] = term;
        }
    }
    if (!tf_read_failed(reader) && relative->n_terms > 1) {
        qsort(relative->terms, relative->n_terms, sizeof *relative->terms, compare_terms);
    }
}

void tf_read_relatives(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "relative");
    const char *name;

    model->relatives = tf_read_alloc(reader, n, sizeof *model->relatives);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "relative", k, &name);

        if (tf_read_name(reader, section, name)) {
            read_relative(reader, section, name, &model->relatives[model->n_relatives++]);
        }
    }
}

/* ---- utility ----------------------------------------------------------------- */

void tf_read_utility(tf_reader *reader)
{
    tf_model *model = reader->model;
    ptrdiff_t section = tf_config_find(reader->config, "utility");

    model->norm = TF_NONE;
    model->utility_max = 1;
    if (section >= 0) {
        model->norm = tf_read_formula(reader, (size_t)section, "norm", -1, 1);
        model->utility_max = tf_config_number(reader->context, reader->config, (size_t)section, "max", 0, 1, 1);
    }
}
