/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

tf_array_sizes tf_store_sizes(const tf_layout *layout)
{
    const size_t totals = layout->n_groups * layout->n_measures * 2;

    return (tf_array_sizes){{totals, totals, totals, 2 * layout->n_groups, layout->n_year_groups * layout->n_years * layout->n_measures}};
}

size_t tf_store_draw_size(const tf_layout *layout)
{
    const tf_array_sizes sizes = tf_store_sizes(layout);
    size_t n = 0;

    for (int k = 0; k < TF_STORED_ARRAYS; k++) {
        n += sizes.of[k];
    }
    return (layout->n_parameters + n * layout->n_strategies) * sizeof(double);
}

double **tf_store_array(tf_outcome *outcome, int array)
{
    double **const arrays[TF_STORED_ARRAYS] = {&outcome->total, &outcome->variance, &outcome->difference_variance, &outcome->covariance,
                                               &outcome->by_year};

    return arrays[array];
}

static trefoil_status no_memory(trefoil_context *context, const tf_store *store)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to read it", store->path);
}

static trefoil_status damaged(trefoil_context *context, const tf_store *store, const char *what)
{
    return tf_fail(context, TREFOIL_STORE_FAILED, "%s: damaged (%s); restore a copy, or run the scenario again", store->path, what);
}

static trefoil_status check_whole(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, "PRAGMA integrity_check(1)"));
    TRY(tf_query_next(context, &query, &row));
    if (row && strcmp((const char *)sqlite3_column_text(query.statement, 0), "ok") != 0) {
        status = damaged(context, store, (const char *)sqlite3_column_text(query.statement, 0));
    }
out:
    tf_query_close(&query);
    return status;
}

trefoil_status tf_store_check(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    int64_t application, format;

    TRY(tf_database_pragma(context, &store->database, "application_id", &application));
    TRY(tf_database_pragma(context, &store->database, "user_version", &format));
    if (application != TF_STORE_APPLICATION) {
        return tf_fail(context, TREFOIL_STORE_FAILED, "%s: not a results store of trefoil; name the run.sqlite of a run", store->path);
    }
    if (format != TREFOIL_STORE_FORMAT) {
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: written by %s trefoil (store format %lld; this is trefoil %s, which reads format %d); read it with that "
                       "version, or run the scenario again",
                       store->path, format > TREFOIL_STORE_FORMAT ? "a newer" : "an older", (long long)format, TREFOIL_VERSION,
                       TREFOIL_STORE_FORMAT);
    }
    TRY(check_whole(context, store));
out:
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The column as a text the caller frees; "" for NULL. */
static char *take_text(const tf_query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);

    return tf_strdup(text != NULL ? (const char *)text : "");
}

typedef bool (*take_row)(tf_store *store, tf_query *query, size_t k);

/* How many rows `sql` gives, told to `make`, and each of them to `take`; both false when memory is exhausted. */
static trefoil_status read_rows(trefoil_context *context, tf_store *store, const char *table, const char *columns,
                                bool (*make)(tf_store *store, size_t n), take_row take)
{
    trefoil_status status;
    tf_query query = {0};
    tf_text sql = {0};
    bool row;
    size_t n, k = 0;

    tf_text_addf(&sql, "SELECT count(*) FROM %s", table);
    if (sql.failed) {
        status = no_memory(context, store);
        goto out;
    }
    TRY(tf_query_open(context, &query, &store->database, sql.chars));
    TRY(tf_query_next(context, &query, &row));
    n = (size_t)sqlite3_column_int64(query.statement, 0);
    tf_query_close(&query);
    tf_text_free(&sql);
    tf_text_addf(&sql, "SELECT %s FROM %s ORDER BY position", columns, table);
    if (sql.failed || !make(store, n)) {
        status = no_memory(context, store);
        goto out;
    }
    TRY(tf_query_open(context, &query, &store->database, sql.chars));
    for (;;) {
        TRY(tf_query_next(context, &query, &row));
        if (!row || k == n) {
            break;
        }
        if (sqlite3_column_int64(query.statement, 0) != (int64_t)k) {
            status = damaged(context, store, table);
            goto out;
        }
        if (!take(store, &query, k++)) {
            status = no_memory(context, store);
            goto out;
        }
    }
out:
    tf_query_close(&query);
    tf_text_free(&sql);
    return status;
}

static bool make_measures(tf_store *store, size_t n)
{
    store->layout.n_measures = n;
    return (store->layout.measures = TF_NEW(tf_measure, n)) != NULL;
}

static bool take_measure(tf_store *store, tf_query *query, size_t k)
{
    store->layout.measures[k] = (tf_measure){.name = take_text(query, 1), .unit = take_text(query, 2)};
    return store->layout.measures[k].name != NULL && store->layout.measures[k].unit != NULL;
}

static bool make_groups(tf_store *store, size_t n)
{
    store->layout.n_groups = n;
    return (store->layout.groups = TF_NEW(tf_group, n)) != NULL;
}

static bool take_group(tf_store *store, tf_query *query, size_t k)
{
    tf_group *group = &store->layout.groups[k];

    *group = (tf_group){.group_by = take_text(query, 1), .group = take_text(query, 2),
                        .year_index = sqlite3_column_int(query->statement, 3)};
    store->layout.n_year_groups += group->year_index >= 0;
    return group->group_by != NULL && group->group != NULL;
}

static bool make_strategies(tf_store *store, size_t n)
{
    store->layout.n_strategies = n;
    store->scenario.n_strategies = n;
    store->layout.strategies = TF_NEW(char *, n);
    store->layout.strategy_titles = TF_NEW(char *, n);
    store->scenario.strategies = TF_NEW(tf_strategy_spec, n);
    return store->layout.strategies != NULL && store->layout.strategy_titles != NULL && store->scenario.strategies != NULL;
}

static bool take_strategy(tf_store *store, tf_query *query, size_t k)
{
    tf_strategy_spec *spec = &store->scenario.strategies[k];

    spec->name = take_text(query, 1);
    spec->title = take_text(query, 2);
    store->layout.strategies[k] = take_text(query, 1);
    store->layout.strategy_titles[k] = take_text(query, 2);
    if (sqlite3_column_int(query->statement, 3) != 0) {
        store->layout.comparator = k;
        store->scenario.comparator = k;
    }
    return spec->name != NULL && spec->title != NULL && store->layout.strategies[k] != NULL && store->layout.strategy_titles[k] != NULL;
}

static bool make_interventions(tf_store *store, size_t n)
{
    store->scenario.n_interventions = n;
    return (store->scenario.interventions = TF_NEW(tf_intervention_spec, n)) != NULL;
}

static bool take_intervention(tf_store *store, tf_query *query, size_t k)
{
    tf_intervention_spec *spec = &store->scenario.interventions[k];

    *spec = (tf_intervention_spec){.name = take_text(query, 1), .title = take_text(query, 2), .plugin = take_text(query, 3)};
    return spec->name != NULL && spec->title != NULL && spec->plugin != NULL;
}

static bool make_thresholds(tf_store *store, size_t n)
{
    store->scenario.n_thresholds = n;
    return (store->scenario.thresholds = TF_NEW(double, n)) != NULL;
}

static bool take_threshold(tf_store *store, tf_query *query, size_t k)
{
    store->scenario.thresholds[k] = sqlite3_column_double(query->statement, 1);
    return true;
}

static bool make_groupings(tf_store *store, size_t n)
{
    store->scenario.n_groupings = n;
    return (store->scenario.groupings = TF_NEW(tf_grouping, n)) != NULL;
}

static bool take_grouping(tf_store *store, tf_query *query, size_t k)
{
    tf_grouping *grouping = &store->scenario.groupings[k];

    *grouping = (tf_grouping){.name = take_text(query, 1), .dimensions = (unsigned)sqlite3_column_int(query->statement, 2),
                              .by_year = sqlite3_column_int(query->statement, 3) != 0};
    return grouping->name != NULL;
}

static double take_number(const tf_query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(query->statement, column);
}

static bool make_background(tf_store *store, size_t n)
{
    store->layout.background = n > 0 ? TF_NEW(tf_background, store->layout.n_groups) : NULL;
    return n == 0 || store->layout.background != NULL;
}

static bool take_background(tf_store *store, tf_query *query, size_t k)
{
    tf_background *of;

    if (k >= store->layout.n_groups) {
        return true;
    }
    of = &store->layout.background[k];
    for (int q = 0; q < TF_FIFTHS; q++) {
        of->residents[q] = take_number(query, 1 + q);
    }
    of->life = take_number(query, 1 + TF_FIFTHS);
    of->quality = take_number(query, 2 + TF_FIFTHS);
    of->norm = take_number(query, 3 + TF_FIFTHS);
    return true;
}

static bool make_equity(tf_store *store, size_t n)
{
    (void)n;
    store->scenario.equity = (tf_equity_spec){0};
    return true;
}

static bool take_equity(tf_store *store, tf_query *query, size_t k)
{
    char *key = take_text(query, 1), *value = take_text(query, 2);
    bool fine = key != NULL && value != NULL && tf_equity_spec_take(&store->scenario.equity, key, value) == NULL;

    (void)k;
    tf_free(key);
    tf_free(value);
    return fine;
}

static bool make_parameters(tf_store *store, size_t n)
{
    store->layout.n_parameters = n;
    store->layout.parameters = TF_NEW(char *, n);
    store->parameters = TF_NEW(tf_stored_parameter, n);
    return store->layout.parameters != NULL && store->parameters != NULL;
}

static bool take_parameter(tf_store *store, tf_query *query, size_t k)
{
    tf_stored_parameter *p = &store->parameters[k];

    store->layout.parameters[k] = take_text(query, 1);
    *p = (tf_stored_parameter){.name = take_text(query, 1), .label = take_text(query, 2), .unit = take_text(query, 3),
                               .distribution = take_text(query, 4), .mean = take_number(query, 5), .sd = take_number(query, 6),
                               .price_year = take_text(query, 7), .source = take_text(query, 8), .grade = take_text(query, 9),
                               .note = take_text(query, 10), .overridden = sqlite3_column_int(query->statement, 11) != 0,
                               .place = take_text(query, 12)};
    return store->layout.parameters[k] != NULL && p->name != NULL && p->label != NULL && p->unit != NULL && p->distribution != NULL &&
           p->price_year != NULL && p->source != NULL && p->grade != NULL && p->note != NULL && p->place != NULL;
}

/* ---- facts ----------------------------------------------------------------------------------- */

static bool put(char **slot, tf_query *query)
{
    *slot = take_text(query, 1);
    return *slot != NULL;
}

/* A list of the staircase: "outcomes", or what a step makes equal. */
static bool take_staircase(tf_staircase_spec *spec, const char *key, const char *value)
{
    for (size_t k = 0; k < TF_STEPS; k++) {
        if (strcmp(key, tf_step_names[k]) == 0) {
            return tf_list_split(&spec->equal[k], value, ',') == 0;
        }
    }
    return strcmp(key, "outcomes") != 0 || tf_list_split(&spec->outcomes, value, ',') == 0;
}

/* A fact whose value is a text. */
static bool take_text_fact(tf_scenario *s, tf_query *query, const char *key)
{
    const struct {
        const char *key;
        char **slot;
    } texts[] = {{"path", &s->path},
                 {"name", &s->name},
                 {"title", &s->title},
                 {"question", &s->question},
                 {"model", &s->model},
                 {"perspective", &s->perspective},
                 {"currency", &s->currency},
                 {"price_year", &s->price_year}};
    const char *value = (const char *)sqlite3_column_text(query->statement, 1);

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        if (strcmp(key, texts[k].key) == 0) {
            return put(texts[k].slot, query);
        }
    }
    if (value == NULL) {
        return true;
    }
    if (strcmp(key, "digest") == 0) {
        strncpy(s->digest, value, sizeof s->digest - 1);
    } else if (strcmp(key, "seed") == 0) {
        s->seed = strtoull(value, NULL, 10);
    } else if (strcmp(key, "discounting") == 0) {
        for (int d = 0; tf_discounting_names[d] != NULL; d++) {
            s->discounting = strcmp(value, tf_discounting_names[d]) == 0 ? (tf_discounting)d : s->discounting;
        }
    } else if (strcmp(key, "areas") == 0) {
        return tf_list_split(&s->areas, value, '\n') == 0;
    } else if (strncmp(key, "staircase ", 10) == 0) {
        return take_staircase(&s->staircase, key + 10, value);
    }
    return true;
}

static void take_number_fact(tf_store *store, tf_query *query, const char *key)
{
    tf_scenario *s = &store->scenario;
    double value = sqlite3_column_double(query->statement, 1);
    int64_t whole = sqlite3_column_int64(query->statement, 1);
    const struct {
        const char *key;
        double *slot;
    } numbers[] = {{"start", &s->start}, {"horizon", &s->horizon}, {"cycle", &s->cycle},
                   {"discount_costs", &s->discount_costs}, {"discount_effects", &s->discount_effects}, {"mcse", &s->mcse}};
    const struct {
        const char *key;
        int *slot;
    } integers[] = {{"age_min", &s->age_min},     {"age_max", &s->age_max},       {"reference", &s->reference},
                    {"age_band", &s->age_band}, {"open_years", &s->open_years}};

    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        if (strcmp(key, numbers[k].key) == 0) {
            *numbers[k].slot = value;
        }
    }
    for (size_t k = 0; k < sizeof integers / sizeof *integers; k++) {
        if (strcmp(key, integers[k].key) == 0) {
            *integers[k].slot = (int)whole;
        }
    }
    if (strcmp(key, "everyone") == 0) {
        s->everyone = whole != 0;
    } else if (strcmp(key, "persons") == 0) {
        s->persons = whole;
    } else if (strcmp(key, "cohort") == 0) {
        s->cohort = whole;
    } else if (strcmp(key, "draws") == 0) {
        s->draws = (uint32_t)whole;
    } else if (strcmp(key, "staircase strategies") == 0) {
        s->staircase.n_extra = (size_t)whole;
        s->staircase.stated = true;
    } else if (strcmp(key, "staircase strategy") == 0) {
        s->staircase.strategy = (size_t)whole;
        s->staircase.takes_apart = true;
    } else if (strcmp(key, "staircase shapley") == 0) {
        s->staircase.shapley = whole != 0;
    } else if (strcmp(key, "staircase k") == 0 || strcmp(key, "staircase threshold") == 0) {
        s->staircase.k = value; /* `threshold` in stores of earlier versions */
    } else if (strcmp(key, "years") == 0) {
        store->layout.n_years = (size_t)whole;
    } else if (strcmp(key, "years astray") == 0) {
        store->layout.years_astray = whole != 0;
    }
}

static trefoil_status read_facts(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, "SELECT key, value FROM scenario"));
    for (;;) {
        const char *key;
        int type;

        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        key = (const char *)sqlite3_column_text(query.statement, 0);
        type = sqlite3_column_type(query.statement, 1);
        if (key == NULL) {
            status = no_memory(context, store);
            goto out;
        }
        if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
            take_number_fact(store, &query, key);
        } else if (!take_text_fact(&store->scenario, &query, key)) {
            status = no_memory(context, store);
            goto out;
        }
    }
out:
    tf_query_close(&query);
    return status;
}

static trefoil_status read_strategy_interventions(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database,
                      "SELECT strategy, intervention FROM strategy_intervention ORDER BY strategy, position"));
    for (;;) {
        tf_strategy_spec *spec;
        size_t s, i;

        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        s = (size_t)sqlite3_column_int64(query.statement, 0);
        i = (size_t)sqlite3_column_int64(query.statement, 1);
        if (s >= store->scenario.n_strategies || i >= store->scenario.n_interventions) {
            status = damaged(context, store, "strategy_intervention");
            goto out;
        }
        spec = &store->scenario.strategies[s];
        if (spec->interventions == NULL) {
            spec->interventions = TF_NEW(size_t, store->scenario.n_interventions);
        }
        if (spec->interventions == NULL) {
            status = no_memory(context, store);
            goto out;
        }
        if (spec->n_interventions < store->scenario.n_interventions) {
            spec->interventions[spec->n_interventions++] = i;
        }
    }
out:
    tf_query_close(&query);
    return status;
}

static int compare_facts(const void *a, const void *b)
{
    const tf_fact *left = a, *right = b;

    if (left->identity != right->identity) {
        return left->identity ? -1 : 1;
    }
    return strcmp(left->key, right->key);
}

trefoil_status tf_store_keep_fact(trefoil_context *context, tf_store *store, const char *key, const char *value, bool identity)
{
    char *copy = tf_strdup(value), *name;
    void *facts = store->facts;

    for (size_t k = 0; k < store->n_facts && copy != NULL; k++) {
        if (strcmp(store->facts[k].key, key) == 0) {
            tf_free(store->facts[k].value);
            store->facts[k].value = copy;
            return TREFOIL_DONE;
        }
    }
    name = tf_strdup(key);
    if (copy == NULL || name == NULL || tf_reserve(&facts, &store->facts_capacity, store->n_facts + 1, sizeof *store->facts) != 0) {
        tf_free(copy);
        tf_free(name);
        return no_memory(context, store);
    }
    store->facts = facts;
    store->facts[store->n_facts++] = (tf_fact){.key = name, .value = copy, .identity = identity};
    qsort(store->facts, store->n_facts, sizeof *store->facts, compare_facts);
    return TREFOIL_DONE;
}

static trefoil_status read_provenance(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, "SELECT key, value, identity FROM provenance"));
    for (;;) {
        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        TRY(tf_store_keep_fact(context, store, (const char *)sqlite3_column_text(query.statement, 0),
                               (const char *)sqlite3_column_text(query.statement, 1), sqlite3_column_int(query.statement, 2) != 0));
    }
out:
    tf_query_close(&query);
    return status;
}

trefoil_status tf_store_mark_finished(trefoil_context *context, tf_store *store, uint32_t draw)
{
    if (draw >= store->finished_size) {
        size_t size = draw < 1024 ? 1024 : 2 * (size_t)draw;
        bool *grown = tf_realloc(store->finished, size, sizeof *grown);

        if (grown == NULL) {
            return no_memory(context, store);
        }
        memset(grown + store->finished_size, 0, (size - store->finished_size) * sizeof *grown);
        store->finished = grown;
        store->finished_size = size;
    }
    store->finished[draw] = true;
    return TREFOIL_DONE;
}

static trefoil_status read_finished(trefoil_context *context, tf_store *store)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, "SELECT draw FROM draw"));
    for (;;) {
        int64_t draw;

        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        draw = sqlite3_column_int64(query.statement, 0);
        if (draw < 0 || draw >= (int64_t)1 << 24) {
            status = damaged(context, store, "draw");
            goto out;
        }
        TRY(tf_store_mark_finished(context, store, (uint32_t)draw));
    }
out:
    tf_query_close(&query);
    return status;
}

static trefoil_status check_layout(trefoil_context *context, const tf_store *store)
{
    const tf_layout *layout = &store->layout;

    for (size_t k = 0; k < layout->n_groups; k++) {
        if (layout->groups[k].year_index >= (int)(layout->joining > 0 ? layout->joining : layout->n_year_groups)) {
            return damaged(context, store, "people");
        }
    }
    return layout->n_groups > 0 && layout->n_strategies > 0 ? TREFOIL_DONE : damaged(context, store, "no people or no strategies");
}

static trefoil_status finish_equity(trefoil_context *context, tf_store *store)
{
    const tf_scenario *scenario = &store->scenario;
    const char *wrong = tf_equity_spec_finish(&store->scenario.equity, scenario->currency != NULL ? scenario->currency : "",
                                              scenario->n_thresholds > 0 ? scenario->thresholds[0] : 0);

    return wrong != NULL ? no_memory(context, store) : TREFOIL_DONE; /* what was written was right, and is as it was written */
}

/* Strategies of a staircase are not compared with the others. */
static trefoil_status show(trefoil_context *context, tf_store *store)
{
    size_t extra = store->scenario.staircase.n_extra;

    if (extra >= store->layout.n_strategies || store->layout.comparator >= store->layout.n_strategies - extra) {
        return damaged(context, store, "staircase");
    }
    store->shown = store->layout;
    store->shown.n_strategies -= extra;
    store->shown.n_extra = extra;
    store->shown_scenario = store->scenario;
    store->shown_scenario.n_strategies -= extra;
    return TREFOIL_DONE;
}

trefoil_status tf_store_read_header(trefoil_context *context, tf_store *store)
{
    trefoil_status status;

    TRY(read_rows(context, store, "measure", "position, name, unit", make_measures, take_measure));
    TRY(read_rows(context, store, "people", "position, group_by, label, year_index", make_groups, take_group));
    TRY(read_rows(context, store, "strategy", "position, name, title, comparator", make_strategies, take_strategy));
    TRY(read_rows(context, store, "intervention", "position, name, title, plugin", make_interventions, take_intervention));
    TRY(read_rows(context, store, "threshold", "position, value", make_thresholds, take_threshold));
    TRY(read_rows(context, store, "grouping", "position, name, dimensions, by_year", make_groupings, take_grouping));
    TRY(read_rows(context, store, "parameter",
                  "position, name, label, unit, distribution, mean, sd, price_year, source, grade, note, overridden, place",
                  make_parameters, take_parameter));
    TRY(read_rows(context, store, "background", "position, fifth_1, fifth_2, fifth_3, fifth_4, fifth_5, life, quality, norm",
                  make_background, take_background));
    TRY(read_rows(context, store, "equity", "position, key, value", make_equity, take_equity));
    TRY(read_facts(context, store));
    if (store->scenario.open_years > 0 && store->scenario.cohort == 0) { /* as tf_layout_create has it */
        store->layout.joining = store->layout.n_year_groups;
        store->layout.n_year_groups *= 2;
    }
    if (!store->writable || store->resumed) { /* not made here, a moment ago */
        TRY(tf_store_check_seals(context, store));
    }
    TRY(finish_equity(context, store));
    TRY(read_strategy_interventions(context, store));
    TRY(read_provenance(context, store));
    TRY(read_finished(context, store));
    TRY(tf_store_read_kept(context, store));
    TRY(check_layout(context, store));
    TRY(show(context, store));
out:
    return status;
}

static void free_scenario(tf_scenario *s)
{
    char *texts[] = {s->path, s->name, s->title, s->question, s->model, s->perspective, s->currency, s->price_year};

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        tf_free(texts[k]);
    }
    tf_list_free(&s->areas);
    tf_equity_spec_free(&s->equity);
    for (size_t k = 0; k < TF_STEPS; k++) {
        tf_list_free(&s->staircase.equal[k]);
    }
    tf_list_free(&s->staircase.outcomes);
    tf_free(s->thresholds);
    for (size_t k = 0; k < s->n_groupings && s->groupings != NULL; k++) {
        tf_free(s->groupings[k].name);
    }
    tf_free(s->groupings);
    for (size_t k = 0; k < s->n_interventions && s->interventions != NULL; k++) {
        tf_free(s->interventions[k].name);
        tf_free(s->interventions[k].title);
        tf_free(s->interventions[k].plugin);
    }
    tf_free(s->interventions);
    for (size_t k = 0; k < s->n_strategies && s->strategies != NULL; k++) {
        tf_free(s->strategies[k].name);
        tf_free(s->strategies[k].title);
        tf_free(s->strategies[k].interventions);
    }
    tf_free(s->strategies);
    *s = (tf_scenario){0};
}

static void free_layout(tf_layout *layout)
{
    for (size_t k = 0; k < layout->n_measures && layout->measures != NULL; k++) {
        tf_free(layout->measures[k].name);
        tf_free(layout->measures[k].unit);
    }
    tf_free(layout->measures);
    for (size_t k = 0; k < layout->n_groups && layout->groups != NULL; k++) {
        tf_free(layout->groups[k].group_by);
        tf_free(layout->groups[k].group);
    }
    tf_free(layout->groups);
    tf_free(layout->background);
    for (size_t k = 0; k < layout->n_strategies; k++) {
        tf_free(layout->strategies != NULL ? layout->strategies[k] : NULL);
        tf_free(layout->strategy_titles != NULL ? layout->strategy_titles[k] : NULL);
    }
    tf_free(layout->strategies);
    tf_free(layout->strategy_titles);
    for (size_t k = 0; k < layout->n_parameters && layout->parameters != NULL; k++) {
        tf_free(layout->parameters[k]);
    }
    tf_free(layout->parameters);
}

void tf_store_free_header(tf_store *store)
{
    for (size_t k = 0; k < store->layout.n_parameters && store->parameters != NULL; k++) {
        tf_stored_parameter *p = &store->parameters[k];
        char *texts[] = {p->name, p->label, p->unit, p->distribution, p->price_year, p->source, p->grade, p->note, p->place};

        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            tf_free(texts[t]);
        }
    }
    tf_free(store->parameters);
    free_layout(&store->layout);
    free_scenario(&store->scenario);
    for (size_t k = 0; k < store->n_facts; k++) {
        tf_free(store->facts[k].key);
        tf_free(store->facts[k].value);
    }
    tf_free(store->facts);
    tf_free(store->finished);
    tf_free(store->kept);
}

/* ---- the sample ------------------------------------------------------------------------------ */

/* A row: draw, parameters, the arrays, digest, seconds. */
static const char select_draws[] =
    "SELECT draw, parameters, total, variance, difference_variance, covariance, by_year, digest, seconds FROM draw ORDER BY draw";
enum { COLUMN_PARAMETERS = 1, COLUMN_ARRAYS = 2, COLUMN_DIGEST = COLUMN_ARRAYS + TF_STORED_ARRAYS, COLUMN_SECONDS };

/* The row's blobs; false if their sizes or the digest are wrong.  An empty blob stands for numbers that are all 0, but for the first array, the
 * totals. */
static bool take_pieces(const tf_store *store, const tf_query *query, tf_piece_of_bytes pieces[1 + TF_STORED_ARRAYS])
{
    const tf_layout *layout = &store->layout;
    const tf_array_sizes sizes = tf_store_sizes(layout);
    const unsigned char *stored;
    char digest[TF_DIGEST_SIZE];

    for (int k = 0; k <= TF_STORED_ARRAYS; k++) {
        const size_t whole = sizeof(double) * (k == 0 ? layout->n_parameters : layout->n_strategies * sizes.of[k - 1]);
        const void *blob = sqlite3_column_blob(query->statement, COLUMN_PARAMETERS + k);

        pieces[k] = (tf_piece_of_bytes){blob, (size_t)sqlite3_column_bytes(query->statement, COLUMN_PARAMETERS + k)};
        if (pieces[k].size != whole && (k < 2 || pieces[k].size != 0)) {
            return false;
        }
    }
    if (store->writable && !store->resumed) { /* it was made here, a moment ago */
        return true;
    }
    tf_store_digest_draw((uint32_t)sqlite3_column_int64(query->statement, 0), sqlite3_column_double(query->statement, COLUMN_SECONDS), pieces, digest);
    stored = sqlite3_column_text(query->statement, COLUMN_DIGEST);
    return stored != NULL && strcmp((const char *)stored, digest) == 0;
}

/* One piece of memory for the outcomes of a draw: the structs, then their numbers; arrays that are 0 throughout share `zeros`. */
static tf_outcome *make_outcomes(const tf_layout *layout, const tf_piece_of_bytes *arrays, double *zeros)
{
    const tf_array_sizes sizes = tf_store_sizes(layout);
    tf_outcome *outcomes;
    double *numbers;
    size_t bytes = 0;

    for (int k = 0; k < TF_STORED_ARRAYS; k++) {
        bytes += arrays[k].size;
    }
    outcomes = tf_alloc(layout->n_strategies * sizeof *outcomes + bytes, 1);
    if (outcomes == NULL) {
        return NULL;
    }
    numbers = (double *)(void *)(outcomes + layout->n_strategies);
    for (int k = 0; k < TF_STORED_ARRAYS; k++) {
        const size_t n = arrays[k].size / sizeof(double);

        tf_store_decode(arrays[k].bytes, n, numbers);
        for (size_t s = 0; s < layout->n_strategies; s++) {
            *tf_store_array(&outcomes[s], k) = n > 0 ? numbers + s * sizes.of[k] : zeros;
        }
        numbers += n;
    }
    return outcomes;
}

static trefoil_status take_draw(trefoil_context *context, tf_store *store, const tf_query *query, double **parameters, tf_outcome **outcomes,
                                double *zeros)
{
    tf_piece_of_bytes pieces[1 + TF_STORED_ARRAYS];

    if (!take_pieces(store, query, pieces)) {
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: damaged (the numbers of draw %lld do not match their digest); restore a copy, or run the scenario again",
                       store->path, (long long)sqlite3_column_int64(query->statement, 0));
    }
    *outcomes = make_outcomes(&store->layout, pieces + 1, zeros);
    if (parameters != NULL) {
        *parameters = TF_NEW(double, store->layout.n_parameters);
    }
    if (*outcomes == NULL || (parameters != NULL && *parameters == NULL)) {
        return no_memory(context, store);
    }
    if (parameters != NULL) {
        tf_store_decode(pieces[0].bytes, store->layout.n_parameters, *parameters);
    }
    return TREFOIL_DONE;
}

static trefoil_status read_sample(trefoil_context *context, tf_store *store, tf_sample *sample)
{
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, select_draws));
    for (size_t k = 0;;) {
        int64_t draw;

        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        draw = sqlite3_column_int64(query.statement, 0);
        if (draw == 0) {
            TRY(take_draw(context, store, &query, NULL, &sample->base, sample->zeros));
        } else if (k < sample->n_draws) {
            sample->draws[k] = (uint32_t)draw;
            TRY(take_draw(context, store, &query, &sample->parameters[k], &sample->outcomes[k], sample->zeros));
            k++;
        }
    }
out:
    tf_query_close(&query);
    return status;
}

static size_t most_of_an_array(const tf_layout *layout)
{
    const tf_array_sizes sizes = tf_store_sizes(layout);
    size_t most = 1;

    for (int k = 0; k < TF_STORED_ARRAYS; k++) {
        most = sizes.of[k] > most ? sizes.of[k] : most;
    }
    return most;
}

trefoil_status tf_store_sample(trefoil_context *context, tf_store *store, tf_sample **sample)
{
    trefoil_status status;
    tf_sample *made = TF_NEW(tf_sample, 1);
    size_t n = 0;

    *sample = NULL;
    for (size_t k = 1; k < store->finished_size; k++) {
        n += store->finished[k];
    }
    if (made != NULL) {
        made->n_draws = n;
        made->draws = TF_NEW(uint32_t, n);
        made->parameters = TF_NEW(double *, n);
        made->outcomes = TF_NEW(tf_outcome *, n);
        made->zeros = TF_NEW(double, most_of_an_array(&store->layout));
    }
    if (made == NULL || made->draws == NULL || made->parameters == NULL || made->outcomes == NULL || made->zeros == NULL) {
        status = no_memory(context, store);
        goto out;
    }
    TRY(tf_store_commit(context, store));
    TRY(read_sample(context, store, made));
    *sample = made;
    made = NULL;
out:
    tf_sample_destroy(made);
    return status;
}

void tf_sample_destroy(tf_sample *sample)
{
    if (sample == NULL) {
        return;
    }
    for (size_t k = 0; k < sample->n_draws; k++) {
        tf_free(sample->parameters != NULL ? sample->parameters[k] : NULL);
        tf_free(sample->outcomes != NULL ? sample->outcomes[k] : NULL);
    }
    tf_free(sample->draws);
    tf_free(sample->parameters);
    tf_free(sample->outcomes);
    tf_free(sample->base);
    tf_free(sample->zeros);
    tf_free(sample);
}
