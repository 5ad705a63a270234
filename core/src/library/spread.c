/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/spread.h"

#include "base/memory.h"
#include "base/table.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* The columns of the table; -1: not there. */
typedef struct columns {
    ptrdiff_t rank, people, error, gain, part, cluster, stratum;
    size_t *outcome, *by;
    size_t n_outcome, n_by;
} columns;

/* The options as numbers. */
typedef struct numbers {
    double *atkinson, *kolm, *extended, *increments, *bounds, *switches;
    size_t n_atkinson, n_kolm, n_extended, n_increments, n_bounds, n_switches;
    double cost, threshold;
} numbers;

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the distributions of a table");
}

/* ---- options ------------------------------------------------------------------ */

trefoil_status tf_spread_numbers(trefoil_context *context, const char *option, const char *text, double **list, size_t *count)
{
    tf_list pieces = {0};
    trefoil_status status = TREFOIL_DONE;

    if (tf_list_split(&pieces, text, ',') != 0 || (*list = TF_NEW(double, pieces.count)) == NULL) {
        tf_list_free(&pieces);
        return no_memory(context);
    }
    for (size_t k = 0; k < pieces.count; k++) {
        if (!tf_parse_number(pieces.items[k], &(*list)[k])) {
            status = tf_mistake(context, (tf_place){0}, "--%s %s: '%s': expected a number", option, text, pieces.items[k]);
        }
    }
    *count = pieces.count;
    tf_list_free(&pieces);
    return status;
}

/* Parameters of an index, from `least` on. */
static trefoil_status read_parameters(trefoil_context *context, const char *option, const char *text, const char *usual, double least,
                                      double **list, size_t *count)
{
    trefoil_status status = tf_spread_numbers(context, option, text ? text : usual, list, count);

    for (size_t k = 0; status == TREFOIL_DONE && k < *count; k++) {
        if (!((*list)[k] >= least)) {
            return tf_mistake(context, (tf_place){0}, "--%s %s: expected numbers from %g", option, text, least);
        }
    }
    return status;
}

/* "a,b" with a < b. */
static trefoil_status read_pair(trefoil_context *context, const char *option, const char *text, double **list, size_t *count)
{
    trefoil_status status = tf_spread_numbers(context, option, text, list, count);

    if (status == TREFOIL_DONE && (*count != 2 || !((*list)[0] < (*list)[1]))) {
        return tf_mistake(context, (tf_place){0}, "--%s %s: expected two numbers, the smaller first", option, text);
    }
    return status;
}

static trefoil_status read_number(trefoil_context *context, const char *option, const char *text, double *number)
{
    return !text || tf_parse_number(text, number) ? TREFOIL_DONE
                                                  : tf_mistake(context, (tf_place){0}, "--%s %s: expected a number", option, text);
}

static trefoil_status read_numbers(trefoil_context *context, const trefoil_inequality_options *options, numbers *n)
{
    trefoil_status status = TREFOIL_DONE;

    TRY(read_parameters(context, "aversion", options->aversion, "1, 3.5, 7, 10.95", 0, &n->atkinson, &n->n_atkinson));
    TRY(read_parameters(context, "kolm", options->kolm, "0.05, 0.15", 0, &n->kolm, &n->n_kolm));
    TRY(read_parameters(context, "extended", options->extended, "3", 1, &n->extended, &n->n_extended));
    TRY(tf_spread_numbers(context, "increment", options->increment ? options->increment : "", &n->increments, &n->n_increments));
    if (options->bounds) {
        TRY(read_pair(context, "bounds", options->bounds, &n->bounds, &n->n_bounds));
    }
    TRY(read_pair(context, "switch", options->switches ? options->switches : "0, 20", &n->switches, &n->n_switches));
    TRY(read_number(context, "cost", options->cost, &n->cost));
    TRY(read_number(context, "threshold", options->threshold, &n->threshold));
    if (n->cost != 0 && !(n->threshold > 0)) {
        status = tf_mistake(context, (tf_place){0}, "--cost: --threshold is missing: pounds per QALY displaced, above 0");
    }
out:
    return status;
}

static void free_numbers(numbers *n)
{
    tf_free(n->atkinson);
    tf_free(n->kolm);
    tf_free(n->extended);
    tf_free(n->increments);
    tf_free(n->bounds);
    tf_free(n->switches);
}

/* ---- columns ------------------------------------------------------------------ */

/* A column that is asked for: -1 and a mistake if it is not there. */
static ptrdiff_t need_column(trefoil_context *context, const tf_table *table, const char *option, const char *name)
{
    ptrdiff_t at = tf_table_find(table, name);
    const char *near = NULL;
    tf_text there = {0};
    size_t best = 0;

    if (at >= 0) {
        return at;
    }
    for (size_t k = 0; k < tf_table_columns(table) && !near; k++) {
        const char *candidate = tf_table_column_name(table, k);

        near = tf_nearest(name, &candidate, 1);
        best = k;
    }
    for (size_t k = 0; k < tf_table_columns(table) && !near; k++) {
        tf_text_addf(&there, "%s%s", k > 0 ? ", " : "; the table has: ", tf_table_column_name(table, k));
    }
    tf_mistake(context, tf_table_header(table), "--%s: no column '%s'%s%s%s%s", option, name, near ? "; did you mean '" : "",
               near ? tf_table_column_name(table, best) : "", near ? "'?" : "", there.length > 0 ? there.chars : "");
    tf_text_free(&there);
    return -1;
}

/* A column that may be named by an option, else by one of two usual names. */
static ptrdiff_t find_column(trefoil_context *context, const tf_table *table, const char *option, const char *name, const char *usual,
                             const char *other)
{
    ptrdiff_t at;

    if (name) {
        return need_column(context, table, option, name);
    }
    at = usual ? tf_table_find(table, usual) : -1;
    return at < 0 && other ? tf_table_find(table, other) : at;
}

static trefoil_status find_list(trefoil_context *context, const tf_table *table, const char *option, const char *names, tf_list *list,
                                size_t **at, size_t *count)
{
    tf_list own = {0};
    tf_list *pieces = list ? list : &own;

    if (tf_list_split(pieces, names, ',') != 0 || (*at = TF_NEW(size_t, pieces->count)) == NULL) {
        tf_list_free(&own);
        return no_memory(context);
    }
    for (size_t k = 0; k < pieces->count; k++) {
        ptrdiff_t found = need_column(context, table, option, pieces->items[k]);

        (*at)[k] = found >= 0 ? (size_t)found : 0;
    }
    *count = pieces->count;
    tf_list_free(&own);
    return TREFOIL_DONE;
}

static trefoil_status find_columns(trefoil_context *context, const tf_table *table, const trefoil_inequality_options *options,
                                   tf_spread *made, columns *at)
{
    trefoil_status status = TREFOIL_DONE;
    const char *outcome = options->outcome;
    size_t before = tf_mistakes(context);

    if (!outcome) {
        outcome = tf_table_find(table, "outcome") >= 0 || tf_table_find(table, "health") < 0 ? "outcome" : "health";
    }
    TRY(find_list(context, table, "outcome", outcome, &made->outcomes, &at->outcome, &at->n_outcome));
    TRY(find_list(context, table, "by", options->by ? options->by : "", NULL, &at->by, &at->n_by));
    at->rank = find_column(context, table, "rank", options->rank, "rank", NULL);
    at->people = find_column(context, table, "people", options->people, "people", "population");
    at->error = find_column(context, table, "se", options->error, NULL, NULL);
    at->gain = find_column(context, table, "gain", options->gain, NULL, NULL);
    at->part = find_column(context, table, "part", options->part, NULL, NULL);
    at->cluster = find_column(context, table, "cluster", options->cluster, NULL, NULL);
    at->stratum = find_column(context, table, "stratum", options->stratum, NULL, NULL);
    made->rank = at->rank >= 0 ? tf_strdup(tf_table_column_name(table, (size_t)at->rank)) : NULL;
    made->people = at->people >= 0 ? tf_strdup(tf_table_column_name(table, (size_t)at->people)) : NULL;
    made->has_parts = at->part >= 0;
    if ((at->rank >= 0 && !made->rank) || (at->people >= 0 && !made->people)) {
        status = no_memory(context);
    } else if (tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    } else if (at->n_outcome == 0 || tf_table_rows(table) == 0) {
        status = tf_mistake(context, tf_table_header(table), "%s", at->n_outcome == 0 ? "no outcome is named" : "the table has no rows below its header");
    }
out:
    return status;
}

/* ---- rows --------------------------------------------------------------------- */

static void free_rows(tf_rows *rows)
{
    tf_free(rows->label);
    tf_free(rows->people);
    tf_free(rows->outcome);
    tf_free(rows->error);
    tf_free(rows->rank);
    tf_free(rows->gain);
    tf_free(rows->part);
    tf_free(rows->cluster);
    tf_free(rows->stratum);
}

static trefoil_status make_rows(trefoil_context *context, const columns *at, size_t n, tf_rows *rows)
{
    rows->outcome = TF_NEW(double, n);
    rows->people = at->people >= 0 ? TF_NEW(double, n) : NULL;
    rows->error = at->error >= 0 ? TF_NEW(double, n) : NULL;
    rows->rank = at->rank >= 0 ? TF_NEW(double, n) : NULL;
    rows->gain = at->gain >= 0 ? TF_NEW(double, n) : NULL;
    rows->part = at->part >= 0 ? TF_NEW(size_t, n) : NULL;
    rows->cluster = at->cluster >= 0 ? TF_NEW(size_t, n) : NULL;
    rows->stratum = at->stratum >= 0 ? TF_NEW(size_t, n) : NULL;
    if (!rows->outcome || (at->people >= 0 && !rows->people) || (at->error >= 0 && !rows->error) ||
        (at->rank >= 0 && !rows->rank) || (at->gain >= 0 && !rows->gain) || (at->part >= 0 && !rows->part) ||
        (at->cluster >= 0 && !rows->cluster) || (at->stratum >= 0 && !rows->stratum)) {
        return no_memory(context);
    }
    return TREFOIL_DONE;
}

/* The number of a name in a list, which grows by it if it is new. */
static trefoil_status number_of(trefoil_context *context, tf_list *list, const char *name, size_t *number)
{
    for (size_t k = list->count; k-- > 0;) {
        if (strcmp(list->items[k], name) == 0) {
            *number = k;
            return TREFOIL_DONE;
        }
    }
    *number = list->count;
    return tf_list_add(list, name) == 0 ? TREFOIL_DONE : no_memory(context);
}

/* A cluster is known by its stratum and its own name. */
static trefoil_status read_design(trefoil_context *context, const tf_table *table, size_t row, const columns *at, tf_spread *made,
                                  tf_rows *rows)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text name = {0};
    const size_t k = rows->count;

    if (at->part >= 0) {
        TRY(number_of(context, &made->parts, tf_table_text(table, row, (size_t)at->part), &rows->part[k]));
    }
    if (at->stratum >= 0) {
        TRY(number_of(context, &made->strata, tf_table_text(table, row, (size_t)at->stratum), &rows->stratum[k]));
    }
    if (at->cluster >= 0) {
        tf_text_addf(&name, "%s/%s", at->stratum >= 0 ? tf_table_text(table, row, (size_t)at->stratum) : "",
                     tf_table_text(table, row, (size_t)at->cluster));
        status = name.failed ? no_memory(context) : number_of(context, &made->clusters, name.chars, &rows->cluster[k]);
    }
out:
    tf_text_free(&name);
    return status;
}

/* A word that tells rows apart must be there. */
static void need_word(trefoil_context *context, const tf_table *table, size_t row, ptrdiff_t column)
{
    if (column >= 0 && tf_table_text(table, row, (size_t)column)[0] == '\0') {
        tf_mistake(context, tf_table_place(table, row), "%s is empty", tf_table_column_name(table, (size_t)column));
    }
}

/* Rows of one rank are one group, which is what was meant of a group in pieces and not of tables of several years in one: a word on the first. */
static void note_ties(trefoil_context *context, const tf_table *table, size_t row, const columns *at, tf_spread_item *item)
{
    const tf_rows *rows = &item->rows;

    for (size_t k = 0; rows->rank && rows->people && at->cluster < 0 && at->stratum < 0 && k < rows->count && !item->tied; k++) {
        if (!(rows->rank[k] < rows->rank[rows->count]) && !(rows->rank[k] > rows->rank[rows->count])) {
            item->tied = true;
            tf_say(context, TREFOIL_LOG_WARNING, "%s:%d: %s %g is there twice in '%s': rows of one rank count as one group; if they are of several "
                   "years or places, name that column with --by", tf_table_path(table), tf_table_place(table, row).line,
                   tf_table_column_name(table, (size_t)at->rank), rows->rank[k], rows->label);
        }
    }
}

static trefoil_status read_row(trefoil_context *context, const tf_table *table, size_t row, const columns *at, size_t outcome,
                               tf_spread *made, tf_spread_item *item)
{
    tf_rows *rows = &item->rows;
    const size_t k = rows->count;
    size_t before = tf_mistakes(context);

    need_word(context, table, row, at->part);
    need_word(context, table, row, at->cluster);
    need_word(context, table, row, at->stratum);
    for (size_t b = 0; b < at->n_by; b++) {
        need_word(context, table, row, (ptrdiff_t)at->by[b]);
    }

    if (tf_table_number(context, table, row, at->outcome[outcome], -INFINITY, INFINITY, &rows->outcome[k]) != TREFOIL_DONE) {
        rows->outcome[k] = 0;
    }
    if (rows->people && tf_table_number(context, table, row, (size_t)at->people, 0, INFINITY, &rows->people[k]) == TREFOIL_DONE &&
        rows->people[k] == 0) {
        tf_mistake(context, tf_table_place(table, row), "%s = 0: a group without people has no outcome; leave it out", made->people);
    }
    if (rows->error) {
        (void)tf_table_number(context, table, row, (size_t)at->error, 0, INFINITY, &rows->error[k]);
    }
    if (rows->rank) {
        (void)tf_table_number(context, table, row, (size_t)at->rank, -INFINITY, INFINITY, &rows->rank[k]);
    }
    if (rows->gain) {
        (void)tf_table_number(context, table, row, (size_t)at->gain, -INFINITY, INFINITY, &rows->gain[k]);
    }
    if (tf_mistakes(context) == before) {
        trefoil_status status;

        note_ties(context, table, row, at, item);
        status = read_design(context, table, row, at, made, rows);

        if (status != TREFOIL_DONE) {
            return status;
        }
    }
    rows->count++;
    return TREFOIL_DONE;
}

/* "North/1", with the outcome behind it when there are several. */
static trefoil_status label_of(trefoil_context *context, const tf_table *table, size_t row, const columns *at, const tf_spread *made,
                               size_t outcome, tf_text *label)
{
    *label = (tf_text){0};
    tf_text_add(label, "");
    for (size_t k = 0; k < at->n_by; k++) {
        tf_text_addf(label, "%s%s", k > 0 ? "/" : "", tf_table_text(table, row, at->by[k]));
    }
    if (at->n_outcome > 1 || at->n_by == 0) {
        tf_text_addf(label, "%s%s", at->n_by > 0 ? "/" : "", made->outcomes.items[outcome]);
    }
    return label->failed ? no_memory(context) : TREFOIL_DONE;
}

/* The item of a label, made if it is new. */
static trefoil_status item_of(trefoil_context *context, tf_spread *made, size_t *capacity, const char *label, tf_spread_item **item)
{
    void *items = made->items;

    for (size_t k = made->count; k-- > 0;) {
        if (strcmp(made->items[k].rows.label, label) == 0) {
            *item = &made->items[k];
            return TREFOIL_DONE;
        }
    }
    if (tf_reserve(&items, capacity, made->count + 1, sizeof *made->items) != 0) {
        return no_memory(context);
    }
    made->items = items;
    *item = &made->items[made->count++];
    **item = (tf_spread_item){.rows.label = tf_strdup(label)};
    return (*item)->rows.label ? TREFOIL_DONE : no_memory(context);
}

/* Go through all rows: to count those of each distribution, and then to read them. */
static trefoil_status visit(trefoil_context *context, const tf_table *table, const columns *at, bool reading, size_t *capacity,
                            tf_spread *made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text label = {0};

    for (size_t outcome = 0; outcome < at->n_outcome; outcome++) {
        for (size_t row = 0; row < tf_table_rows(table); row++) {
            tf_spread_item *item = NULL;

            tf_text_free(&label);
            TRY(label_of(context, table, row, at, made, outcome, &label));
            TRY(item_of(context, made, capacity, label.chars, &item));
            if (reading) {
                TRY(read_row(context, table, row, at, outcome, made, item));
            } else {
                item->rows.count++;
            }
        }
    }
out:
    tf_text_free(&label);
    return status;
}

static trefoil_status read_items(trefoil_context *context, const tf_table *table, const columns *at, tf_spread *made)
{
    trefoil_status status = TREFOIL_DONE;
    size_t before = tf_mistakes(context), capacity = 0;

    TRY(visit(context, table, at, false, &capacity, made));
    for (size_t k = 0; k < made->count; k++) {
        TRY(make_rows(context, at, made->items[k].rows.count, &made->items[k].rows));
        made->items[k].rows.count = 0;
    }
    TRY(visit(context, table, at, true, &capacity, made));
    if (tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    }
out:
    return status;
}

/* ---- measuring ---------------------------------------------------------------- */

/* `survey` is filled for the settings to point at, and outlives them. */
static tf_measure_settings settings_of(const tf_spread *made, const numbers *n, bool bad, const tf_rows *rows, tf_survey *survey)
{
    *survey = (tf_survey){rows->cluster, rows->stratum, made->strata.count};
    return (tf_measure_settings){
        .good = !bad,
        .bounded = n->n_bounds == 2,
        .lo = n->n_bounds == 2 ? n->bounds[0] : 0,
        .hi = n->n_bounds == 2 ? n->bounds[1] : 0,
        .atkinson = {n->atkinson, n->n_atkinson},
        .kolm = {n->kolm, n->n_kolm},
        .extended = {n->extended, n->n_extended},
        .increments = {n->increments, n->n_increments},
        .survey = rows->cluster || rows->stratum ? survey : NULL,
    };
}

/* The shares of the opportunity cost by group in the order of the ranking. */
static trefoil_status read_shares(trefoil_context *context, const char *gradient, const tf_ranking *d, double **shares)
{
    static const char *const names[] = {"flat", "moderate", "steep"};
    trefoil_status status;
    size_t count = 0;
    double sum = 0;

    for (int k = TF_FLAT; k <= TF_STEEP; k++) {
        if (strcmp(gradient ? gradient : "flat", names[k]) == 0) {
            *shares = TF_NEW(double, d->n);
            if (*shares == NULL) {
                return no_memory(context);
            }
            return tf_opportunity_shares(d, (tf_gradient)k, *shares)
                       ? TREFOIL_DONE
                       : tf_mistake(context, (tf_place){0}, "--gradient %s: is for five ranked groups; give the shares of these %zu", gradient, d->n);
        }
    }
    status = tf_spread_numbers(context, "gradient", gradient, shares, &count);
    for (size_t k = 0; k < count; k++) {
        sum += (*shares)[k];
    }
    if (status == TREFOIL_DONE && (count != d->n || fabs(sum - 1) > 1e-9)) {
        status = tf_mistake(context, (tf_place){0}, "--gradient %s: expected flat, moderate, steep or %zu shares that sum to 1", gradient, d->n);
    }
    return status;
}

static trefoil_status find_equity(trefoil_context *context, const trefoil_inequality_options *options, const numbers *n, tf_spread_item *item)
{
    const tf_ranking *d = item->distribution;
    double *gain = TF_NEW(double, d->n), *shares = NULL;
    trefoil_status status;

    if (gain == NULL) {
        return no_memory(context);
    }
    for (size_t k = 0; k < d->n; k++) {
        gain[k] = item->rows.gain[d->row[k]];
    }
    TRY(read_shares(context, options->gradient, d, &shares));
    TRY(tf_equity_create(context, d, gain, n->cost, n->cost != 0 ? n->threshold : 1, shares, &item->equity));
out:
    tf_free(gain);
    tf_free(shares);
    return status;
}

static trefoil_status measure(trefoil_context *context, const tf_spread *made, const trefoil_inequality_options *options, const numbers *n,
                              tf_spread_item *item)
{
    const tf_rows *rows = &item->rows;
    tf_survey survey;
    const tf_measure_settings settings = settings_of(made, n, options->bad, rows, &survey);
    trefoil_status status = TREFOIL_DONE;

    TRY(tf_ranking_create(context, rows->count, rows->people, rows->outcome, rows->error, rows->rank, &item->distribution));
    TRY(tf_ranking_by_health(context, item->distribution, &item->by_health));
    TRY(tf_measures_find(context, item->distribution, &settings, &item->measures));
    if (rows->gain) {
        TRY(find_equity(context, options, n, item));
        TRY(tf_measures_equity(context, item->equity, &settings, &item->measures));
    }
    if (rows->part) {
        item->theil_t = tf_theil_t_split(item->distribution, rows->part, made->parts.count);
        item->theil_l = tf_theil_l_split(item->distribution, rows->part, made->parts.count);
    }
out:
    return status;
}

/* Kolm's aversion is per unit of the outcome: the same range, divided by its mean. */
static void compare(const tf_spread_item *with, const numbers *n, tf_spread_item *item)
{
    const tf_ranking *a = item->distribution, *b = with->distribution;
    tf_comparison *made = &item->comparison;
    double unit = fabs(b->mean) > 0 ? fabs(b->mean) : 1;

    item->compared = true;
    made->pareto = tf_pareto(a, b);
    made->lorenz = tf_curve_dominance(item->by_health, with->by_health, false);
    made->generalised_lorenz = tf_curve_dominance(item->by_health, with->by_health, true);
    made->concentration = a->ranked && b->ranked ? tf_curve_dominance(a, b, false) : TF_NOT_COMPARABLE;
    made->generalised_concentration = a->ranked && b->ranked ? tf_curve_dominance(a, b, true) : TF_NOT_COMPARABLE;
    made->n_switches[TF_ATKINSON] =
        tf_switch_points(a, b, TF_ATKINSON, n->switches[0], n->switches[1], made->switches[TF_ATKINSON], TF_MOST_SWITCHES);
    made->n_switches[TF_KOLM] =
        tf_switch_points(a, b, TF_KOLM, n->switches[0] / unit, n->switches[1] / unit, made->switches[TF_KOLM], TF_MOST_SWITCHES);
}

static trefoil_status measure_all(trefoil_context *context, const trefoil_inequality_options *options, const numbers *n, tf_spread *made)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < made->count; k++) {
        TRY(measure(context, made, options, n, &made->items[k]));
    }
    made->against = -1;
    for (size_t k = 0; options->against && k < made->count; k++) {
        if (strcmp(made->items[k].rows.label, options->against) == 0) {
            made->against = (ptrdiff_t)k;
        }
    }
    if (options->against && made->against < 0) {
        status = tf_mistake(context, (tf_place){0}, "--against %s: no such distribution", options->against);
        goto out;
    }
    for (size_t k = 0; made->against >= 0 && k < made->count; k++) {
        if (k != (size_t)made->against) {
            tf_survey survey;
            const tf_measure_settings settings = settings_of(made, n, options->bad, &made->items[k].rows, &survey);

            compare(&made->items[made->against], n, &made->items[k]);
            TRY(tf_measures_compare(context, made->items[made->against].distribution, made->items[k].distribution, &settings,
                                    &made->items[k].measures));
        }
    }
out:
    return status;
}

trefoil_status tf_spread_create(trefoil_context *context, const char *path, const trefoil_inequality_options *options, tf_spread **spread)
{
    trefoil_status status;
    tf_table *table = NULL;
    tf_spread *made = TF_NEW(tf_spread, 1);
    columns at = {0};
    numbers n = {0};

    *spread = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    TRY(read_numbers(context, options, &n));
    TRY(tf_table_read(context, path, (tf_place){0}, &table));
    TRY(find_columns(context, table, options, made, &at));
    TRY(read_items(context, table, &at, made));
    TRY(measure_all(context, options, &n, made));
    *spread = made;
    made = NULL;
out:
    free_numbers(&n);
    tf_free(at.outcome);
    tf_free(at.by);
    tf_table_destroy(table);
    tf_spread_destroy(made);
    return status;
}

static double *copy(const double *from, size_t n)
{
    double *made = from ? TF_NEW(double, n) : NULL;

    if (made) {
        memcpy(made, from, n * sizeof *made);
    }
    return made;
}

trefoil_status tf_spread_create_rows(trefoil_context *context, const tf_rows *rows, const trefoil_inequality_options *options,
                                     tf_spread **spread)
{
    trefoil_status status;
    tf_spread *made = TF_NEW(tf_spread, 1);
    numbers n = {0};

    *spread = NULL;
    if (made == NULL || (made->items = TF_NEW(tf_spread_item, 1)) == NULL) {
        tf_free(made);
        return no_memory(context);
    }
    made->count = 1;
    made->items[0].rows = (tf_rows){.label = tf_strdup(rows->label), .count = rows->count, .people = copy(rows->people, rows->count),
                                    .outcome = copy(rows->outcome, rows->count), .error = copy(rows->error, rows->count),
                                    .rank = copy(rows->rank, rows->count)};
    if (!made->items[0].rows.label || !made->items[0].rows.outcome || (rows->people && !made->items[0].rows.people) ||
        (rows->error && !made->items[0].rows.error) || (rows->rank && !made->items[0].rows.rank)) {
        status = no_memory(context);
        goto out;
    }
    TRY(read_numbers(context, options, &n));
    TRY(measure_all(context, options, &n, made));
    *spread = made;
    made = NULL;
out:
    free_numbers(&n);
    tf_spread_destroy(made);
    return status;
}

void tf_spread_destroy(tf_spread *spread)
{
    if (spread == NULL) {
        return;
    }
    for (size_t k = 0; k < spread->count; k++) {
        free_rows(&spread->items[k].rows);
        tf_equity_destroy(spread->items[k].equity);
        tf_ranking_destroy(spread->items[k].distribution);
        tf_ranking_destroy(spread->items[k].by_health);
        tf_measures_free(&spread->items[k].measures);
    }
    tf_free(spread->items);
    tf_list_free(&spread->outcomes);
    tf_list_free(&spread->parts);
    tf_list_free(&spread->clusters);
    tf_list_free(&spread->strata);
    tf_free(spread->rank);
    tf_free(spread->people);
    tf_free(spread);
}

const tf_spread_item *tf_spread_find(const tf_spread *spread, const char *label)
{
    for (size_t k = 0; k < spread->count; k++) {
        if (tf_same_text(spread->items[k].rows.label, label)) {
            return &spread->items[k];
        }
    }
    return NULL;
}

const tf_measured *tf_spread_measure(const tf_spread_item *item, const char *name)
{
    char own[TF_MEASURE_SIZE];

    for (size_t k = 0; k < item->measures.count; k++) {
        tf_measure_name(&item->measures.items[k], own);
        if (tf_same_text(own, name)) {
            return &item->measures.items[k];
        }
    }
    return NULL;
}
