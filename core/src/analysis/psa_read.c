/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples from CSV files. */
#include "analysis/psa.h"

#include "base/memory.h"
#include "base/table.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    trefoil_context *context;
    const tf_table *table;
    tf_psa *psa;
    ptrdiff_t strategy, draw, cost, effect, ly; /* columns, -1: none */
    size_t *parameter_columns, n_parameters;
    int *seen; /* line at which [strategy * n_draws + draw] was given; 0: not yet */
} reader;

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the sample");
}

static tf_place header_of(const tf_table *table)
{
    tf_place place = {tf_table_path(table), 0};

    return place;
}

static double number(const reader *r, size_t row, ptrdiff_t column)
{
    double value = NAN;

    (void)tf_table_number(r->context, r->table, row, (size_t)column, -1e100, 1e100, &value);
    return value;
}

/* ---- labels of draws ------------------------------------------------------------------------- */

static int compare_labels(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static ptrdiff_t find_draw(const tf_psa *psa, int64_t label)
{
    const int64_t *found = psa->n_draws > 0 ? bsearch(&label, psa->draws, psa->n_draws, sizeof label, compare_labels) : NULL;

    return found != NULL ? found - psa->draws : -1;
}

static bool label_at(const tf_table *table, size_t row, ptrdiff_t column, int64_t *label)
{
    *label = 1;
    return column < 0 || tf_parse_integer(tf_table_text(table, row, (size_t)column), label);
}

/* The label of every row; mistakes where there is none. */
static trefoil_status read_labels(const reader *r, int64_t *labels)
{
    const size_t rows = tf_table_rows(r->table);
    size_t wrong = 0;

    for (size_t row = 0; row < rows; row++) {
        if (!label_at(r->table, row, r->draw, &labels[row])) {
            tf_mistake(r->context, tf_table_place(r->table, row), "draw '%s': expected a whole number",
                       tf_table_text(r->table, row, (size_t)r->draw));
            wrong++;
        }
    }
    return wrong > 0 ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* ---- making room ----------------------------------------------------------------------------- */

static bool furnish(tf_psa *psa, size_t n_strategies, size_t n_draws, size_t n_parameters, bool ly)
{
    size_t cells = n_strategies * n_draws;

    psa->n_draws = n_draws;
    psa->cost = TF_NEW(double, cells);
    psa->effect = TF_NEW(double, cells);
    psa->ly = ly ? TF_NEW(double, cells) : NULL;
    psa->values = TF_NEW(double, n_parameters * n_draws);
    psa->parameters = TF_NEW(char *, n_parameters);
    psa->n_parameters = psa->parameters != NULL ? n_parameters : 0;
    psa->people = NAN;
    return psa->cost != NULL && psa->effect != NULL && psa->values != NULL && psa->parameters != NULL && (psa->ly != NULL || !ly);
}

static bool name_parameters(const reader *r)
{
    for (size_t p = 0; p < r->n_parameters; p++) {
        r->psa->parameters[p] = tf_strdup(tf_table_column_name(r->table, r->parameter_columns[p]));
        if (r->psa->parameters[p] == NULL) {
            return false;
        }
    }
    return true;
}

static bool add_strategy(tf_psa *psa, size_t *capacity, const char *name)
{
    void *names = psa->strategies;

    if (tf_reserve(&names, capacity, psa->n_strategies + 1, sizeof *psa->strategies) != 0) {
        return false;
    }
    psa->strategies = names;
    psa->strategies[psa->n_strategies] = tf_strdup(name);
    return psa->strategies[psa->n_strategies++] != NULL;
}

/* ---- long ------------------------------------------------------------------------------------ */

static trefoil_status find_strategies(const reader *r)
{
    size_t capacity = 0, wrong = 0;

    for (size_t row = 0; row < tf_table_rows(r->table); row++) {
        const char *name = tf_table_text(r->table, row, (size_t)r->strategy);

        if (*name == '\0') {
            tf_mistake(r->context, tf_table_place(r->table, row), "the strategy has no name");
            wrong++;
        } else if (tf_psa_strategy(r->psa, name) < 0 && !add_strategy(r->psa, &capacity, name)) {
            return no_memory(r->context);
        }
    }
    return wrong > 0 ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

static void take_parameters(const reader *r, size_t row, size_t draw, int earlier)
{
    for (size_t p = 0; p < r->n_parameters; p++) {
        double value = number(r, row, (ptrdiff_t)r->parameter_columns[p]), *at = &r->psa->values[p * r->psa->n_draws + draw];

        if (earlier == 0) {
            *at = value;
        } else if (!isnan(value) && !isnan(*at) && value != *at) {
            tf_mistake(r->context, tf_table_place(r->table, row),
                       "%s: differs from line %d, the same draw; a parameter belongs to a draw, not to a strategy",
                       r->psa->parameters[p], earlier);
        }
    }
}

static void take_row(const reader *r, size_t row, int64_t label, int *first)
{
    const tf_place place = tf_table_place(r->table, row);
    const char *name = tf_table_text(r->table, row, (size_t)r->strategy);
    size_t s = (size_t)tf_psa_strategy(r->psa, name), draw = (size_t)find_draw(r->psa, label), at = s * r->psa->n_draws + draw;

    if (r->seen[at] != 0) {
        tf_mistake(r->context, place, "strategy '%s' in draw %lld was given already, at line %d", name, (long long)label, r->seen[at]);
        return;
    }
    r->seen[at] = place.line;
    r->psa->cost[at] = number(r, row, r->cost);
    r->psa->effect[at] = number(r, row, r->effect);
    if (r->psa->ly != NULL) {
        r->psa->ly[at] = number(r, row, r->ly);
    }
    take_parameters(r, row, draw, first[draw]);
    first[draw] = first[draw] == 0 ? place.line : first[draw];
}

/* One mistake a strategy, for the first draw it lacks. */
static void check_complete(const reader *r, const int *first)
{
    for (size_t s = 0; s < r->psa->n_strategies; s++) {
        size_t lacking = 0, which = 0;

        for (size_t k = r->psa->n_draws; k-- > 0;) {
            if (r->seen[s * r->psa->n_draws + k] == 0) {
                lacking++;
                which = k;
            }
        }
        if (lacking > 0) {
            tf_mistake(r->context, (tf_place){tf_table_path(r->table), first[which]},
                       "draw %lld is missing for strategy '%s' (%zu of %zu draws are)", (long long)r->psa->draws[which],
                       r->psa->strategies[s], lacking, r->psa->n_draws);
        }
    }
}

static trefoil_status read_long(reader *r)
{
    trefoil_status status;
    const size_t rows = tf_table_rows(r->table);
    int64_t *labels = TF_NEW(int64_t, rows);
    int *first = NULL;
    size_t n = 0;

    r->psa->draws = TF_NEW(int64_t, rows);
    if (labels == NULL || r->psa->draws == NULL) {
        status = no_memory(r->context);
        goto out;
    }
    TRY(find_strategies(r));
    TRY(read_labels(r, labels));
    memcpy(r->psa->draws, labels, rows * sizeof *labels);
    qsort(r->psa->draws, rows, sizeof *labels, compare_labels);
    for (size_t k = 0; k < rows; k++) {
        if (n == 0 || r->psa->draws[k] != r->psa->draws[n - 1]) {
            r->psa->draws[n++] = r->psa->draws[k];
        }
    }
    r->seen = TF_NEW(int, r->psa->n_strategies * n);
    first = TF_NEW(int, n);
    if (!furnish(r->psa, r->psa->n_strategies, n, r->n_parameters, r->ly >= 0) || !name_parameters(r) || r->seen == NULL ||
        first == NULL) {
        status = no_memory(r->context);
        goto out;
    }
    for (size_t row = 0; row < rows; row++) {
        take_row(r, row, labels[row], first);
    }
    check_complete(r, first);
out:
    tf_free(labels);
    tf_free(first);
    tf_free(r->seen);
    return status;
}

/* ---- wide ------------------------------------------------------------------------------------ */

static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static ptrdiff_t effect_column(const tf_table *table, const char *strategy)
{
    static const char *const prefixes[] = {"effect.", "qaly."};
    ptrdiff_t found = -1;

    for (size_t k = 0; k < 2 && found < 0; k++) {
        tf_text name = {0};

        tf_text_addf(&name, "%s%s", prefixes[k], strategy);
        found = name.failed ? -1 : tf_table_find(table, name.chars);
        tf_text_free(&name);
    }
    return found;
}

static bool belongs_to_strategy(const char *column)
{
    return after(column, "cost.") != NULL || after(column, "effect.") != NULL || after(column, "qaly.") != NULL;
}

/* An effect without a cost would be dropped silently. */
static bool has_cost(const tf_table *table, const char *column)
{
    const char *name = after(column, "effect.") != NULL ? after(column, "effect.") : after(column, "qaly.");
    tf_text cost = {0};
    bool has;

    if (name == NULL) {
        return true;
    }
    tf_text_addf(&cost, "cost.%s", name);
    has = !cost.failed && tf_table_find(table, cost.chars) >= 0;
    tf_text_free(&cost);
    return has;
}

static trefoil_status find_wide_strategies(const reader *r)
{
    size_t capacity = 0, wrong = 0;

    for (size_t c = 0; c < tf_table_columns(r->table); c++) {
        const char *column = tf_table_column_name(r->table, c), *name = after(column, "cost.");

        if (name != NULL && effect_column(r->table, name) < 0) {
            tf_mistake(r->context, header_of(r->table), "'%s' has no column 'effect.%s' beside it", column, name);
            wrong++;
        } else if (name != NULL && !add_strategy(r->psa, &capacity, name)) {
            return no_memory(r->context);
        }
        if (!has_cost(r->table, column)) {
            tf_mistake(r->context, header_of(r->table), "'%s' has no column of costs beside it", column);
            wrong++;
        }
    }
    return wrong > 0 ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* The rows of a table as draws in ascending order of labels (its own order when it has none); `order[k]` is the row of draw k. */
static trefoil_status order_rows(const reader *r, size_t *order)
{
    const size_t rows = tf_table_rows(r->table);
    int64_t *labels = TF_NEW(int64_t, rows);
    trefoil_status status;

    if (labels == NULL) {
        return no_memory(r->context);
    }
    TRY(read_labels(r, labels));
    for (size_t k = 0; k < rows; k++) {
        labels[k] = r->draw < 0 ? (int64_t)k + 1 : labels[k];
        r->psa->draws[k] = labels[k];
        order[k] = SIZE_MAX;
    }
    r->psa->n_draws = rows;
    qsort(r->psa->draws, rows, sizeof *labels, compare_labels);
    for (size_t k = 0; k < rows; k++) {
        size_t at = (size_t)find_draw(r->psa, labels[k]);

        if (order[at] != SIZE_MAX) {
            status = tf_mistake(r->context, tf_table_place(r->table, k), "draw %lld was given already, at line %d", (long long)labels[k],
                                tf_table_place(r->table, order[at]).line);
        }
        order[at] = k;
    }
out:
    tf_free(labels);
    return status;
}

static void take_wide(const reader *r, const size_t *order)
{
    const size_t n = r->psa->n_draws;

    for (size_t s = 0; s < r->psa->n_strategies; s++) {
        tf_text cost = {0};
        ptrdiff_t column, effect = effect_column(r->table, r->psa->strategies[s]);

        tf_text_addf(&cost, "cost.%s", r->psa->strategies[s]);
        column = cost.failed ? -1 : tf_table_find(r->table, cost.chars);
        for (size_t k = 0; k < n && column >= 0; k++) {
            r->psa->cost[s * n + k] = number(r, order[k], column);
            r->psa->effect[s * n + k] = number(r, order[k], effect);
        }
        tf_text_free(&cost);
    }
    for (size_t k = 0; k < n; k++) {
        take_parameters(r, order[k], k, 0);
    }
}

static trefoil_status read_wide(reader *r)
{
    trefoil_status status;
    const size_t rows = tf_table_rows(r->table);
    size_t *order = TF_NEW(size_t, rows);

    r->psa->draws = TF_NEW(int64_t, rows);
    if (order == NULL || r->psa->draws == NULL) {
        status = no_memory(r->context);
        goto out;
    }
    TRY(find_wide_strategies(r));
    TRY(order_rows(r, order));
    if (!furnish(r->psa, r->psa->n_strategies, rows, r->n_parameters, false) || !name_parameters(r)) {
        status = no_memory(r->context);
        goto out;
    }
    take_wide(r, order);
out:
    tf_free(order);
    return status;
}

/* ---- either ---------------------------------------------------------------------------------- */

/* Which columns are which; a mistake names what is missing. */
static trefoil_status find_columns(reader *r, bool *wide)
{
    const tf_table *table = r->table;
    size_t n = tf_table_columns(table), wide_columns = 0;

    r->strategy = tf_table_find(table, "strategy");
    r->draw = tf_table_find(table, "draw");
    r->cost = tf_table_find(table, "cost");
    r->effect = tf_table_find(table, "effect") >= 0 ? tf_table_find(table, "effect") : tf_table_find(table, "qaly");
    r->ly = r->strategy >= 0 ? tf_table_find(table, "ly") : -1;
    for (size_t c = 0; c < n; c++) {
        wide_columns += after(tf_table_column_name(table, c), "cost.") != NULL;
    }
    *wide = r->strategy < 0 && wide_columns > 0;
    if (!*wide && (r->strategy < 0 || r->cost < 0 || r->effect < 0)) {
        return tf_mistake(r->context, header_of(table),
                          "expected the columns strategy, draw, cost and effect (or qaly); or, with a row per draw, cost.NAME and "
                          "effect.NAME for every strategy");
    }
    for (size_t c = 0; c < n; c++) {
        ptrdiff_t at = (ptrdiff_t)c;
        bool own = at == r->draw || (*wide ? belongs_to_strategy(tf_table_column_name(table, c))
                                           : at == r->strategy || at == r->cost || at == r->effect || at == r->ly);

        if (!own) {
            r->parameter_columns[r->n_parameters++] = c;
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status read_sample(trefoil_context *context, const tf_table *table, tf_psa *psa)
{
    trefoil_status status;
    reader r = {.context = context, .table = table, .psa = psa, .parameter_columns = TF_NEW(size_t, tf_table_columns(table))};
    size_t before = tf_mistakes(context);
    bool wide;

    if (r.parameter_columns == NULL) {
        return no_memory(context);
    }
    if (tf_table_rows(table) == 0) {
        status = tf_mistake(context, header_of(table), "the sample has no rows");
        goto out;
    }
    TRY(find_columns(&r, &wide));
    TRY(wide ? read_wide(&r) : read_long(&r));
    if (tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    }
out:
    tf_free(r.parameter_columns);
    return status;
}

/* ---- parameters in a file of their own ------------------------------------------------------- */

/* The row of every draw of the sample. */
static trefoil_status match_rows(const reader *r, tf_psa *psa, size_t *row_of)
{
    const size_t rows = tf_table_rows(r->table);
    int64_t label;

    if (r->draw < 0 && rows != psa->n_draws) {
        return tf_mistake(r->context, header_of(r->table), "%zu rows for %zu draws; a column 'draw' would tell which is which", rows,
                          psa->n_draws);
    }
    for (size_t k = 0; k < psa->n_draws; k++) {
        row_of[k] = r->draw < 0 ? k : SIZE_MAX;
    }
    for (size_t row = 0; row < rows && r->draw >= 0; row++) {
        ptrdiff_t at;

        if (!label_at(r->table, row, r->draw, &label)) {
            tf_mistake(r->context, tf_table_place(r->table, row), "draw '%s': expected a whole number",
                       tf_table_text(r->table, row, (size_t)r->draw));
        } else if ((at = find_draw(psa, label)) < 0) {
            tf_mistake(r->context, tf_table_place(r->table, row), "draw %lld is not in the sample", (long long)label);
        } else if (row_of[at] != SIZE_MAX) {
            tf_mistake(r->context, tf_table_place(r->table, row), "draw %lld was given already, at line %d", (long long)label,
                       tf_table_place(r->table, row_of[at]).line);
        } else {
            row_of[at] = row;
        }
    }
    for (size_t k = 0; k < psa->n_draws; k++) {
        if (row_of[k] == SIZE_MAX) {
            return tf_mistake(r->context, header_of(r->table), "draw %lld of the sample is missing", (long long)psa->draws[k]);
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status append_parameters(const reader *r, const size_t *row_of)
{
    tf_psa *psa = r->psa;
    size_t before = psa->n_parameters, added = 0;
    void *values = tf_realloc(psa->values, (before + tf_table_columns(r->table)) * psa->n_draws, sizeof *psa->values), *names;

    if (values == NULL) {
        return no_memory(r->context);
    }
    psa->values = values;
    names = tf_realloc(psa->parameters, before + tf_table_columns(r->table), sizeof *psa->parameters);
    if (names == NULL) {
        return no_memory(r->context);
    }
    psa->parameters = names;
    for (size_t c = 0; c < tf_table_columns(r->table); c++) {
        const char *name = tf_table_column_name(r->table, c);

        if ((ptrdiff_t)c == r->draw) {
            continue;
        }
        if (tf_psa_parameter(psa, name) >= 0) {
            tf_mistake(r->context, header_of(r->table), "the sample has a parameter '%s' already", name);
            continue;
        }
        psa->parameters[before + added] = tf_strdup(name);
        if (psa->parameters[before + added] == NULL) {
            return no_memory(r->context);
        }
        for (size_t k = 0; k < psa->n_draws; k++) {
            psa->values[(before + added) * psa->n_draws + k] = number(r, row_of[k], (ptrdiff_t)c);
        }
        psa->n_parameters = before + ++added;
    }
    return TREFOIL_DONE;
}

static trefoil_status read_parameters(trefoil_context *context, const char *path, tf_psa *psa)
{
    trefoil_status status;
    tf_table *table = NULL;
    size_t *row_of = TF_NEW(size_t, psa->n_draws), before = tf_mistakes(context);
    reader r = {.context = context, .psa = psa};

    if (row_of == NULL) {
        return no_memory(context);
    }
    TRY(tf_table_read(context, path, (tf_place){0}, &table));
    r.table = table;
    r.draw = tf_table_find(table, "draw");
    TRY(match_rows(&r, psa, row_of));
    if (tf_mistakes(context) == before) {
        TRY(append_parameters(&r, row_of));
    }
    if (tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    }
out:
    tf_table_destroy(table);
    tf_free(row_of);
    return status;
}

trefoil_status tf_psa_read(trefoil_context *context, const char *path, const char *parameters, tf_psa **psa)
{
    trefoil_status status;
    tf_table *table = NULL;
    tf_psa *made = TF_NEW(tf_psa, 1);

    *psa = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    TRY(tf_table_read(context, path, (tf_place){0}, &table));
    TRY(read_sample(context, table, made));
    if (parameters != NULL) {
        TRY(read_parameters(context, parameters, made));
    }
    *psa = made;
    made = NULL;
out:
    tf_table_destroy(table);
    tf_psa_destroy(made);
    return status;
}
