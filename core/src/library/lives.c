/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/lives.h"

#include "base/memory.h"
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A way of making life tables, by the name of those who use it. */
typedef struct way {
    const char *name;
    double infant;
    tf_closing closing;
    double quantile; /* OHID's intervals take 1.96 */
} way;

static const way ways[] = {
    {"ons", 0.5, TF_CLOSE_BY_RATE, 1.959963984540054},
    {"ohid", 0.1, TF_CLOSE_BY_RATE, 1.96},
    {"york", 0.5, TF_CLOSE_BY_DEATH, 1.959963984540054},
    {"sullivan", 0.5, TF_CLOSE_BY_END, 1.959963984540054},
};
enum { WAYS = sizeof ways / sizeof *ways };

enum { AGE, AGE_TO, RATE, DEATHS, PEOPLE, RISK, ALIVE, DYING, UTILITY, SEX, COLUMNS };

typedef struct columns {
    ptrdiff_t at[COLUMNS]; /* -1: not there */
    size_t *by;
    size_t n_by;
    bool norms; /* utilities are those of Ara and Brazier */
} columns;

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the life tables of a file");
}

/* ---- columns ------------------------------------------------------------------ */

static void find_column(trefoil_context *context, const tf_table *table, const char *option, const char *name, const char *usual,
                        ptrdiff_t *at)
{
    *at = tf_table_find(table, name ? name : usual);
    if (name && *at < 0) {
        tf_mistake(context, tf_table_header(table), "--%s: no column '%s'", option, name);
    }
}

static trefoil_status find_by(trefoil_context *context, const tf_table *table, const char *by, columns *to)
{
    tf_list names = {0};
    trefoil_status status = TREFOIL_DONE;

    if (tf_list_split(&names, by ? by : "", ',') != 0 || (to->by = TF_NEW(size_t, names.count)) == NULL) {
        status = no_memory(context);
        goto out;
    }
    to->n_by = names.count;
    for (size_t k = 0; k < names.count; k++) {
        ptrdiff_t at;

        find_column(context, table, "by", names.items[k], NULL, &at);
        to->by[k] = at < 0 ? 0 : (size_t)at;
    }
out:
    tf_list_free(&names);
    return status;
}

static trefoil_status find_columns(trefoil_context *context, const tf_table *table, const trefoil_lifetable_options *o, columns *to)
{
    const size_t before = tf_mistakes(context);
    ptrdiff_t *at = to->at;

    to->norms = o->utility && strcmp(o->utility, "ara-brazier") == 0;
    find_column(context, table, "age", o->age, "age", &at[AGE]);
    if (at[AGE] < 0 && !o->age) {
        at[AGE] = tf_table_find(table, "age_from");
    }
    find_column(context, table, "age-to", o->age_to, "age_to", &at[AGE_TO]);
    find_column(context, table, "rate", o->rate, "mx", &at[RATE]);
    find_column(context, table, "deaths", o->deaths, "deaths", &at[DEATHS]);
    find_column(context, table, "people", o->people, "population", &at[PEOPLE]);
    find_column(context, table, "risk", o->risk, "qx", &at[RISK]);
    find_column(context, table, "alive", o->alive, "lx", &at[ALIVE]);
    find_column(context, table, "dying", o->dying, "dx", &at[DYING]);
    find_column(context, table, "utility", to->norms ? NULL : o->utility, "utility", &at[UTILITY]);
    find_column(context, table, "sex", NULL, "sex", &at[SEX]);
    if (at[AGE] < 0) {
        tf_mistake(context, tf_table_header(table), "no column 'age' or 'age_from'; name it with --age");
    }
    if (to->norms && at[SEX] < 0) {
        tf_mistake(context, tf_table_header(table), "--utility ara-brazier needs the column 'sex'");
    }
    if (at[RATE] < 0 && (at[DEATHS] < 0 || at[PEOPLE] < 0) && at[RISK] < 0 && (at[ALIVE] < 0 || at[DYING] < 0)) {
        tf_mistake(context, tf_table_header(table),
                   "no death rate: expected the column mx, deaths and population, qx, or lx and dx");
    }
    return tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* What a table is made from: the first of these that its columns allow.  Other columns of a published table are left alone. */
static void choose_source(const trefoil_lifetable_options *o, columns *to)
{
    ptrdiff_t *at = to->at;
    const bool named_rate = o->rate != NULL, named_risk = o->risk != NULL;

    if (!named_rate && !named_risk && at[ALIVE] >= 0 && at[DYING] >= 0 && (o->alive || (at[RATE] < 0 && at[RISK] < 0))) {
        at[RATE] = at[RISK] = at[DEATHS] = -1;
        return;
    }
    at[ALIVE] = at[DYING] = -1;
    if (at[RATE] >= 0 && !named_risk) {
        at[RISK] = -1;
    } else if (at[RISK] >= 0) {
        at[RATE] = -1;
    }
}

/* ---- rows --------------------------------------------------------------------- */

static trefoil_status find_life(trefoil_context *context, const tf_table *table, size_t row, const columns *from, tf_lives *made,
                                tf_life **life)
{
    tf_text label = {0};
    void *items = made->items;
    trefoil_status status = TREFOIL_DONE;

    tf_text_add(&label, from->n_by > 0 ? "" : "all");
    for (size_t k = 0; k < from->n_by; k++) {
        tf_text_addf(&label, "%s%s", k > 0 ? "/" : "", tf_table_text(table, row, from->by[k]));
    }
    if (label.failed) {
        status = no_memory(context);
        goto out;
    }
    for (size_t k = made->count; k-- > 0;) {
        if (strcmp(made->items[k].label, label.chars) == 0) {
            *life = &made->items[k];
            goto out;
        }
    }
    if (tf_reserve(&items, &made->capacity, made->count + 1, sizeof *made->items) != 0) {
        status = no_memory(context);
        goto out;
    }
    made->items = items;
    *life = &made->items[made->count++];
    **life = (tf_life){.label = tf_strdup(label.chars), .people = from->at[PEOPLE] >= 0 ? 0 : (double)NAN};
    status = (*life)->label ? TREFOIL_DONE : no_memory(context);
out:
    tf_text_free(&label);
    return status;
}

/* The number of a column, NAN when the table does not have it. */
static double number_in(trefoil_context *context, const tf_table *table, size_t row, const columns *from, int column, double min, double max)
{
    double number = NAN;

    if (from->at[column] >= 0 &&
        tf_table_number(context, table, row, (size_t)from->at[column], min, max, &number) != TREFOIL_DONE) {
        return NAN;
    }
    return number;
}

/* The utility of Ara and Brazier at the beginning of the band. */
static double norm_in(trefoil_context *context, const tf_table *table, size_t row, const columns *from, double age)
{
    const char *sex = tf_table_text(table, row, (size_t)from->at[SEX]);
    const bool male = tf_same_text(sex, "male") || tf_same_text(sex, "m");

    if (!male && !tf_same_text(sex, "female") && !tf_same_text(sex, "f")) {
        tf_mistake(context, tf_table_place(table, row), "sex = '%s': expected male or female", sex);
    }
    return tf_norm_ara_brazier(male, age);
}

static tf_lifeband read_band(trefoil_context *context, const tf_table *table, size_t row, const columns *from)
{
    tf_lifeband band = {.a = NAN, .total = NAN, .years = NAN, .expectancy = NAN, .error = NAN, .quality = NAN};
    double to = number_in(context, table, row, from, AGE_TO, 0, 200);

    band.age = number_in(context, table, row, from, AGE, 0, 200);
    band.width = to - band.age + 1;
    band.m = number_in(context, table, row, from, RATE, 0, INFINITY);
    band.deaths = number_in(context, table, row, from, DEATHS, 0, INFINITY);
    band.population = number_in(context, table, row, from, PEOPLE, 0, INFINITY);
    band.q = number_in(context, table, row, from, RISK, 0, 1);
    band.l = number_in(context, table, row, from, ALIVE, 0, INFINITY);
    band.d = number_in(context, table, row, from, DYING, 0, INFINITY);
    band.utility = from->norms ? norm_in(context, table, row, from, band.age) : number_in(context, table, row, from, UTILITY, -1, 1);
    return band;
}

/* Rows of one age in one table: deaths add, rates and utilities are averaged by population. */
static bool merge(tf_lifeband *into, const tf_lifeband *more)
{
    double people = into->population + more->population;

    if (!(people > 0) || !isnan(into->q) || !isnan(into->l)) {
        return false;
    }
    into->m = (into->population * into->m + more->population * more->m) / people;
    into->utility = (into->population * into->utility + more->population * more->utility) / people;
    into->deaths += more->deaths;
    into->population = people;
    return true;
}

static trefoil_status add_band(trefoil_context *context, const tf_table *table, size_t row, const tf_lifeband *band, tf_life *life)
{
    void *bands = life->bands;

    life->people += band->population;
    for (size_t k = 0; k < life->count; k++) {
        if (!(life->bands[k].age < band->age) && !(life->bands[k].age > band->age)) {
            if (!merge(&life->bands[k], band)) {
                tf_mistake(context, tf_table_place(table, row),
                           "age %g of table %s is there twice, and without rates and population the two cannot be merged", band->age,
                           life->label);
            }
            return TREFOIL_DONE;
        }
    }
    if (tf_reserve(&bands, &life->capacity, life->count + 1, sizeof *life->bands) != 0) {
        return no_memory(context);
    }
    life->bands = bands;
    life->bands[life->count++] = *band;
    return TREFOIL_DONE;
}

static trefoil_status read_rows(trefoil_context *context, const tf_table *table, const columns *from, tf_lives *made)
{
    const size_t before = tf_mistakes(context);
    trefoil_status status = TREFOIL_DONE;

    for (size_t row = 0; row < tf_table_rows(table); row++) {
        const size_t own = tf_mistakes(context);
        tf_lifeband band = read_band(context, table, row, from);
        tf_life *life = NULL;

        if (tf_mistakes(context) > own) {
            continue;
        }
        TRY(find_life(context, table, row, from, made, &life));
        TRY(add_band(context, table, row, &band, life));
        life->has_utility = from->norms || from->at[UTILITY] >= 0;
    }
    if (tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    } else if (made->count == 0) {
        status = tf_mistake(context, tf_table_header(table), "the table has no rows");
    }
out:
    return status;
}

/* ---- making ------------------------------------------------------------------- */

static trefoil_status find_method(trefoil_context *context, const trefoil_lifetable_options *o, bool deaths, tf_lifetable_method *method,
                                  tf_lives *made)
{
    const char *names[WAYS], *wanted = o->method ? o->method : deaths ? "ohid" : "ons";
    const size_t before = tf_mistakes(context);
    size_t k = 0;

    for (size_t w = 0; w < WAYS; w++) {
        names[w] = ways[w].name;
    }
    while (k < WAYS && strcmp(ways[k].name, wanted) != 0) {
        k++;
    }
    if (k == WAYS) {
        const char *near = tf_nearest(wanted, names, WAYS);

        return tf_mistake(context, (tf_place){0}, "--method %s: expected ons, ohid, york or sullivan%s%s%s", wanted,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    made->method = ways[k].name;
    made->quantile = ways[k].quantile;
    *method = (tf_lifetable_method){.infant = ways[k].infant, .closing = ways[k].closing, .radix = 100000};
    if (o->last) {
        method->closing = TF_CLOSE_BY_EXPECTANCY;
        if (!tf_parse_number(o->last, &method->last) || !(method->last > 0)) {
            tf_mistake(context, (tf_place){0}, "--last %s: expected a number above 0", o->last);
        }
    }
    if (o->discount && (!tf_parse_number(o->discount, &method->discount) || method->discount < 0 || method->discount > 1)) {
        tf_mistake(context, (tf_place){0}, "--discount %s: expected a number from 0 to 1", o->discount);
    }
    return tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

static int by_age(const void *a, const void *b)
{
    const tf_lifeband *left = a, *right = b;

    return (left->age > right->age) - (left->age < right->age);
}

static trefoil_status make_tables(trefoil_context *context, const char *path, const tf_lifetable_method *method, tf_lives *made)
{
    const bool open = method->closing == TF_CLOSE_BY_RATE || method->closing == TF_CLOSE_BY_EXPECTANCY;
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < made->count; k++) {
        tf_life *life = &made->items[k];

        qsort(life->bands, life->count, sizeof *life->bands, by_age);
        if (!open && isnan(life->bands[life->count - 1].width)) {
            return tf_mistake(context, (tf_place){path, 0},
                              "the method '%s' needs the width of the last band: a column age_to, or --age-to", made->method);
        }
        TRY(tf_lifetable_make(context, life->bands, life->count, method));
    }
out:
    return status;
}

trefoil_status tf_lives_create(trefoil_context *context, const char *path, const trefoil_lifetable_options *options, tf_lives **lives)
{
    trefoil_status status;
    tf_lives *made = TF_NEW(tf_lives, 1);
    tf_table *table = NULL;
    columns from = {0};
    tf_lifetable_method method;

    *lives = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    TRY(tf_table_read(context, path, (tf_place){0}, &table));
    TRY(find_by(context, table, options->by, &from));
    TRY(find_columns(context, table, options, &from));
    choose_source(options, &from);
    TRY(find_method(context, options, from.at[DEATHS] >= 0, &method, made));
    TRY(read_rows(context, table, &from, made));
    TRY(make_tables(context, path, &method, made));
    *lives = made;
    made = NULL;
out:
    tf_free(from.by);
    tf_table_destroy(table);
    tf_lives_destroy(made);
    return status;
}

void tf_lives_destroy(tf_lives *lives)
{
    if (lives == NULL) {
        return;
    }
    for (size_t k = 0; k < lives->count; k++) {
        tf_free(lives->items[k].label);
        tf_free(lives->items[k].bands);
    }
    tf_free(lives->items);
    tf_free(lives);
}

const tf_life *tf_lives_find(const tf_lives *lives, const char *label)
{
    for (size_t k = 0; k < lives->count; k++) {
        if (tf_same_text(lives->items[k].label, label)) {
            return &lives->items[k];
        }
    }
    return NULL;
}
