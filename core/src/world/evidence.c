/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/evidence.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static const char *const GRADES[] = {"published", "derived", "assumption"};
enum { N_GRADES = sizeof GRADES / sizeof *GRADES };

static const char *const COLUMNS[] = {"name", "label", "value", "unit", "price_year", "source", "grade", "note"};
enum { NAME, LABEL, VALUE, UNIT, PRICE_YEAR, SOURCE, GRADE, NOTE, N_COLUMNS };

const char *tf_grade_name(tf_grade grade)
{
    return GRADES[grade];
}

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the evidence register");
}

ptrdiff_t tf_register_find(const tf_register *reg, const char *name)
{
    for (size_t k = 0; k < reg->n_rows; k++) {
        if (strcmp(reg->rows[k].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

/* Append an owned copy of a text to a list of them; NULL if memory is exhausted. */
static const char *keep_text(char ***texts, size_t *count, size_t *capacity, const char *text)
{
    void *grown = *texts;
    char *copy = tf_strdup(text);

    if (copy == NULL || tf_reserve(&grown, capacity, *count + 1, sizeof **texts) != 0) {
        tf_free(copy);
        return NULL;
    }
    *texts = grown;
    (*texts)[(*count)++] = copy;
    return copy;
}

/* The register's own copy of a path, so that places outlive the tables they come from. */
static const char *keep_path(tf_register *reg, const char *path)
{
    for (size_t k = 0; k < reg->n_paths; k++) {
        if (strcmp(reg->paths[k], path) == 0) {
            return reg->paths[k];
        }
    }
    return keep_text(&reg->paths, &reg->n_paths, &reg->path_capacity, path);
}

static void free_row(tf_evidence *row)
{
    tf_free(row->name);
    tf_free(row->label);
    tf_free(row->unit);
    tf_free(row->price_year);
    tf_free(row->source);
    tf_free(row->note);
    tf_free(row->formula);
}

static trefoil_status copy_row(trefoil_context *context, tf_register *reg, const tf_evidence *row, tf_evidence *copy)
{
    const char *from[] = {row->name, row->label, row->unit, row->price_year, row->source, row->note};
    char **to[] = {&copy->name, &copy->label, &copy->unit, &copy->price_year, &copy->source, &copy->note};

    *copy = *row;
    copy->formula = NULL;
    for (size_t k = 0; k < sizeof to / sizeof *to; k++) {
        *to[k] = NULL;
    }
    for (size_t k = 0; k < sizeof to / sizeof *to; k++) {
        *to[k] = tf_strdup(from[k] != NULL ? from[k] : "");
        if (*to[k] == NULL) {
            return no_memory(context);
        }
    }
    copy->formula = tf_strdup(row->formula);
    copy->place.file = row->place.file != NULL ? keep_path(reg, row->place.file) : NULL;
    if ((row->formula != NULL && copy->formula == NULL) || (row->place.file != NULL && copy->place.file == NULL)) {
        return no_memory(context);
    }
    return TREFOIL_DONE;
}

trefoil_status tf_register_add(trefoil_context *context, tf_register *reg, const tf_evidence *row)
{
    ptrdiff_t first = tf_register_find(reg, row->name);
    void *rows = reg->rows;
    trefoil_status status;

    if (first >= 0) {
        const tf_place *place = &reg->rows[first].place;

        return place->file != NULL ? tf_mistake(context, row->place, "%s is already in the register, at %s:%d", row->name, place->file, place->line)
                                   : tf_mistake(context, row->place, "%s is already in the register", row->name);
    }
    if (tf_reserve(&rows, &reg->row_capacity, reg->n_rows + 1, sizeof *reg->rows) != 0) {
        return no_memory(context);
    }
    reg->rows = rows;
    status = copy_row(context, reg, row, &reg->rows[reg->n_rows]);
    if (status == TREFOIL_DONE) {
        reg->n_rows++;
    } else {
        free_row(&reg->rows[reg->n_rows]);
    }
    return status;
}

static trefoil_status find_columns(trefoil_context *context, const tf_table *table, size_t at[N_COLUMNS])
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < N_COLUMNS; k++) {
        ptrdiff_t found = tf_table_find(table, COLUMNS[k]);

        if (found < 0) {
            status = tf_mistake(context, (tf_place){tf_table_path(table), 0}, "there is no column '%s'", COLUMNS[k]);
        }
        at[k] = found < 0 ? 0 : (size_t)found;
    }
    return status;
}

static void read_grade(trefoil_context *context, tf_place place, const char *text, tf_evidence *row)
{
    const char *near;

    for (int k = 0; k < N_GRADES; k++) {
        if (strcmp(text, GRADES[k]) == 0) {
            row->grade = (tf_grade)k;
            return;
        }
    }
    near = tf_nearest(text, GRADES, N_GRADES);
    tf_mistake(context, place, "grade = '%s': expected published, derived or assumption%s%s%s", text, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
}

/* A number, or a formula after '='; the formula is owned by `row`. */
static trefoil_status read_value(trefoil_context *context, tf_place place, const char *text, tf_evidence *row)
{
    char why[160] = "";

    if (*text != '=') {
        if (!tf_number_parse(text, &row->number, why)) {
            tf_mistake(context, place, "%s: value = '%s': %s", row->name, text, why);
        }
        return TREFOIL_DONE;
    }
    row->formula = tf_strdup(text + 1);
    if (row->formula == NULL) {
        return no_memory(context);
    }
    memmove(row->formula, tf_trim(row->formula), strlen(tf_trim(row->formula)) + 1);
    if (*row->formula == '\0') {
        tf_mistake(context, place, "%s: there is no formula after '='", row->name);
    }
    return TREFOIL_DONE;
}

/* The texts of `row` belong to the table, its formula to the caller. */
static trefoil_status read_row(trefoil_context *context, const tf_table *table, size_t r, const size_t at[N_COLUMNS], tf_evidence *row)
{
    const char *text[N_COLUMNS];
    tf_place place = tf_table_place(table, r);
    size_t before = tf_mistakes(context);

    for (size_t k = 0; k < N_COLUMNS; k++) {
        text[k] = tf_table_text(table, r, at[k]);
    }
    *row = (tf_evidence){.name = (char *)(uintptr_t)text[NAME],
                         .label = (char *)(uintptr_t)text[LABEL],
                         .unit = (char *)(uintptr_t)text[UNIT],
                         .price_year = (char *)(uintptr_t)text[PRICE_YEAR],
                         .source = (char *)(uintptr_t)text[SOURCE],
                         .note = (char *)(uintptr_t)text[NOTE],
                         .place = place,
                         .number.distribution = tf_distribution_fixed(0)};
    if (!tf_is_name(text[NAME])) {
        tf_mistake(context, place, "name = '%s': expected a name of lower-case letters, digits and '_' that begins with a letter", text[NAME]);
    }
    read_grade(context, place, text[GRADE], row);
    if (*text[SOURCE] == '\0' && row->grade != TF_ASSUMPTION) {
        tf_mistake(context, place, "%s has no source; cite one, or grade it 'assumption'", text[NAME]);
    }
    if (read_value(context, place, text[VALUE], row) != TREFOIL_DONE) {
        return TREFOIL_NO_MEMORY;
    }
    return tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
}

static trefoil_status keep_digest(trefoil_context *context, tf_register *reg, const tf_table *table)
{
    tf_text line = {0};
    const char *kept = NULL;

    tf_text_addf(&line, "%s %s", tf_table_path(table), tf_table_digest(table));
    if (!line.failed) {
        kept = keep_text(&reg->digests, &reg->n_digests, &reg->digest_capacity, line.chars);
    }
    tf_text_free(&line);
    return kept != NULL ? TREFOIL_DONE : no_memory(context);
}

trefoil_status tf_register_read(trefoil_context *context, const char *path, tf_place from, tf_register *reg)
{
    trefoil_status status;
    tf_table *table = NULL;
    size_t at[N_COLUMNS], before = tf_mistakes(context);

    TRY(tf_table_read(context, path, from, &table));
    TRY(find_columns(context, table, at));
    for (size_t r = 0; r < tf_table_rows(table); r++) {
        tf_evidence row;

        status = read_row(context, table, r, at, &row);
        /* A faulty row is added too, so that a second row of its name is told. */
        if (status != TREFOIL_NO_MEMORY && *row.name != '\0') {
            status = tf_register_add(context, reg, &row);
        }
        tf_free(row.formula);
        if (status == TREFOIL_NO_MEMORY) {
            goto out;
        }
    }
    TRY(keep_digest(context, reg, table));
    status = tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
out:
    tf_table_destroy(table);
    return status;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        tf_free(texts[k]);
    }
    tf_free(texts);
}

void tf_register_free(tf_register *reg)
{
    for (size_t k = 0; k < reg->n_rows; k++) {
        free_row(&reg->rows[k]);
    }
    tf_free(reg->rows);
    free_texts(reg->digests, reg->n_digests);
    free_texts(reg->paths, reg->n_paths);
    *reg = (tf_register){0};
}
