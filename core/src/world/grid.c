/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/grid.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

enum { NO_COLUMN = -1, OLDEST_WRITTEN = 150 };

static const char *const SEX_NAMES[TF_SEXES] = {"M", "F"};

/* A table being read into a grid. */
typedef struct reader {
    trefoil_context *context;
    const tf_table *table;
    tf_grid *grid;
    ptrdiff_t sex, age, age_from, age_to, imd; /* columns, or NO_COLUMN */
    size_t *column;                            /* of each value */
    int line[TF_CELLS];                        /* that gave the cell; 0 if none did */
    int youngest, oldest;
} reader;

/* An inclusive range of cells along one key. */
typedef struct range {
    int from, to;
} range;

static trefoil_status no_memory(trefoil_context *context, const char *path)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory for the table", path);
}

static tf_place whole_file(const reader *r)
{
    return (tf_place){tf_table_path(r->table), 0};
}

static trefoil_status find_keys(reader *r)
{
    r->sex = tf_table_find(r->table, "sex");
    r->age = tf_table_find(r->table, "age");
    r->age_from = tf_table_find(r->table, "age_from");
    r->age_to = tf_table_find(r->table, "age_to");
    r->imd = tf_table_find(r->table, "imd");
    if ((r->age_from == NO_COLUMN) != (r->age_to == NO_COLUMN)) {
        return tf_mistake(r->context, whole_file(r), "age_from and age_to go together; only %s is there",
                          r->age_from == NO_COLUMN ? "age_to" : "age_from");
    }
    if (r->age != NO_COLUMN && r->age_from != NO_COLUMN) {
        return tf_mistake(r->context, whole_file(r), "give ages by 'age' or by 'age_from' and 'age_to', not by both");
    }
    return TREFOIL_DONE;
}

static bool is_key(const reader *r, size_t column)
{
    ptrdiff_t k = (ptrdiff_t)column;

    return k == r->sex || k == r->age || k == r->age_from || k == r->age_to || k == r->imd;
}

static trefoil_status make_columns(reader *r)
{
    size_t n = tf_table_columns(r->table);
    tf_grid *grid = r->grid;

    r->column = TF_NEW(size_t, n);
    grid->columns = TF_NEW(char *, n);
    grid->values = TF_NEW(double *, n);
    if (r->column == NULL || grid->columns == NULL || grid->values == NULL) {
        return no_memory(r->context, grid->path);
    }
    for (size_t k = 0; k < n; k++) {
        if (is_key(r, k)) {
            continue;
        }
        r->column[grid->n_columns] = k;
        grid->columns[grid->n_columns] = tf_strdup(tf_table_column_name(r->table, k));
        grid->values[grid->n_columns] = TF_NEW(double, TF_CELLS);
        grid->n_columns++;
        if (grid->columns[grid->n_columns - 1] == NULL || grid->values[grid->n_columns - 1] == NULL) {
            return no_memory(r->context, grid->path);
        }
    }
    if (grid->n_columns == 0) {
        return tf_mistake(r->context, whole_file(r), "there is no value column beside sex, age and imd");
    }
    return TREFOIL_DONE;
}

static bool read_whole(const reader *r, size_t row, ptrdiff_t column, int min, int max, int *number)
{
    double value;

    if (tf_table_number(r->context, r->table, row, (size_t)column, min, max, &value) != TREFOIL_DONE) {
        return false;
    }
    if (value != floor(value)) {
        tf_mistake(r->context, tf_table_place(r->table, row), "%s = %s: expected a whole number",
                   tf_table_column_name(r->table, (size_t)column), tf_table_text(r->table, row, (size_t)column));
        return false;
    }
    *number = (int)value;
    return true;
}

static bool read_sex(const reader *r, size_t row, range *sex)
{
    const char *text;

    *sex = (range){0, TF_SEXES - 1};
    if (r->sex == NO_COLUMN) {
        return true;
    }
    text = tf_table_text(r->table, row, (size_t)r->sex);
    if (tf_same_text(text, "M") || tf_same_text(text, "male")) {
        *sex = (range){TF_MALE, TF_MALE};
    } else if (tf_same_text(text, "F") || tf_same_text(text, "female")) {
        *sex = (range){TF_FEMALE, TF_FEMALE};
    } else {
        tf_mistake(r->context, tf_table_place(r->table, row), "sex = '%s': expected M or F", text);
        return false;
    }
    return true;
}

static bool read_age(const reader *r, size_t row, range *age)
{
    *age = (range){0, TF_AGES - 1};
    if (r->age != NO_COLUMN) {
        bool good = read_whole(r, row, r->age, 0, TF_AGES - 1, &age->from);

        age->to = age->from;
        return good;
    }
    if (r->age_from == NO_COLUMN) {
        return true;
    }
    if (!read_whole(r, row, r->age_from, 0, TF_AGES - 1, &age->from) || !read_whole(r, row, r->age_to, 0, OLDEST_WRITTEN, &age->to)) {
        return false;
    }
    if (age->to < age->from) {
        tf_mistake(r->context, tf_table_place(r->table, row), "age_from %d is above age_to %d", age->from, age->to);
        return false;
    }
    age->to = age->to < TF_AGES ? age->to : TF_AGES - 1;
    return true;
}

static bool read_imd(const reader *r, size_t row, range *imd)
{
    int number;

    *imd = (range){0, TF_QUINTILES - 1};
    if (r->imd == NO_COLUMN) {
        return true;
    }
    if (!read_whole(r, row, r->imd, 1, TF_QUINTILES, &number)) {
        return false;
    }
    *imd = (range){number - 1, number - 1};
    return true;
}

static void fill_cell(reader *r, size_t row, int sex, int age, int imd, const double *values, bool *twice)
{
    int cell = tf_cell(sex, age, imd);

    if (r->line[cell] != 0) {
        if (!*twice) {
            tf_mistake(r->context, tf_table_place(r->table, row), "sex %s, age %d, imd %d was already given in line %d", SEX_NAMES[sex], age,
                       imd + 1, r->line[cell]);
        }
        *twice = true;
        return;
    }
    r->line[cell] = tf_table_place(r->table, row).line;
    for (size_t k = 0; k < r->grid->n_columns; k++) {
        r->grid->values[k][cell] = values[k];
    }
}

static void read_row(reader *r, size_t row, double *values)
{
    size_t before = tf_mistakes(r->context);
    range sex, age, imd;
    bool twice = false;

    for (size_t k = 0; k < r->grid->n_columns; k++) {
        (void)tf_table_number(r->context, r->table, row, r->column[k], -INFINITY, INFINITY, &values[k]);
    }
    /* All three, so that all mistakes of the row are told. */
    (void)read_sex(r, row, &sex);
    (void)read_age(r, row, &age);
    (void)read_imd(r, row, &imd);
    if (tf_mistakes(r->context) != before) {
        return;
    }
    r->youngest = age.from < r->youngest ? age.from : r->youngest;
    r->oldest = age.to > r->oldest ? age.to : r->oldest;
    for (int s = sex.from; s <= sex.to; s++) {
        for (int a = age.from; a <= age.to; a++) {
            for (int i = imd.from; i <= imd.to; i++) {
                fill_cell(r, row, s, a, i, values, &twice);
            }
        }
    }
}

static trefoil_status read_rows(reader *r)
{
    size_t before = tf_mistakes(r->context), rows = tf_table_rows(r->table);
    double *values = TF_NEW(double, r->grid->n_columns);

    if (values == NULL) {
        return no_memory(r->context, r->grid->path);
    }
    r->youngest = TF_AGES;
    r->oldest = -1;
    for (size_t row = 0; row < rows; row++) {
        read_row(r, row, values);
    }
    tf_free(values);
    if (rows == 0) {
        return tf_mistake(r->context, whole_file(r), "there are no rows under the header");
    }
    return tf_mistakes(r->context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
}

/* The row of the nearest younger age, else of the nearest older one; 0: there is neither. */
static int line_beside(const reader *r, int sex, int age, int quintile)
{
    for (int a = age - 1; a >= r->youngest; a--) {
        if (r->line[tf_cell(sex, a, quintile)] != 0) {
            return r->line[tf_cell(sex, a, quintile)];
        }
    }
    for (int a = age + 1; a <= r->oldest; a++) {
        if (r->line[tf_cell(sex, a, quintile)] != 0) {
            return r->line[tf_cell(sex, a, quintile)];
        }
    }
    return 0;
}

static trefoil_status check_holes(const reader *r)
{
    int holes = 0, first[3] = {0};

    for (int s = 0; s < TF_SEXES; s++) {
        for (int a = r->youngest; a <= r->oldest; a++) {
            for (int i = 0; i < TF_QUINTILES; i++) {
                if (r->line[tf_cell(s, a, i)] == 0 && holes++ == 0) {
                    memcpy(first, (int[]){s, a, i}, sizeof first);
                }
            }
        }
    }
    if (holes == 0) {
        return TREFOIL_DONE;
    }
    return tf_mistake(r->context, (tf_place){tf_table_path(r->table), line_beside(r, first[0], first[1], first[2])},
                      "there is no row for sex %s, age %d, imd %d (%d such cells are missing)", SEX_NAMES[first[0]], first[1], first[2] + 1, holes);
}

/* Ages below the first row, from the note "below"; ages above the last, from the last. */
static trefoil_status fill_ends(reader *r)
{
    const char *note = tf_table_note(r->table, "below");
    double below = 0;

    if (r->youngest > 0 && note == NULL) {
        return tf_mistake(r->context, whole_file(r),
                          "ages begin at %d; add rows for 0 to %d, or a line like '# below: 0' that gives their value", r->youngest,
                          r->youngest - 1);
    }
    if (note != NULL && !tf_parse_number(note, &below)) {
        return tf_mistake(r->context, whole_file(r), "'# below: %s': expected a number", note);
    }
    for (size_t k = 0; k < r->grid->n_columns; k++) {
        double *values = r->grid->values[k];

        for (int s = 0; s < TF_SEXES; s++) {
            for (int i = 0; i < TF_QUINTILES; i++) {
                for (int a = 0; a < r->youngest; a++) {
                    values[tf_cell(s, a, i)] = below;
                }
                for (int a = r->oldest + 1; a < TF_AGES; a++) {
                    values[tf_cell(s, a, i)] = values[tf_cell(s, r->oldest, i)];
                }
            }
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status keep_notes(reader *r)
{
    static const char *const keys[] = {"source", "unit", "value_set"};
    char **texts[] = {&r->grid->source, &r->grid->unit, &r->grid->value_set};

    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const char *note = tf_table_note(r->table, keys[k]);

        *texts[k] = tf_strdup(note);
        if (note != NULL && *texts[k] == NULL) {
            return no_memory(r->context, r->grid->path);
        }
    }
    memcpy(r->grid->digest, tf_table_digest(r->table), sizeof r->grid->digest);
    return TREFOIL_DONE;
}

trefoil_status tf_grid_read(trefoil_context *context, const char *path, tf_place from, tf_grid **grid)
{
    trefoil_status status;
    tf_table *table = NULL;
    tf_grid *made = TF_NEW(tf_grid, 1);
    reader *r = TF_NEW(reader, 1);

    *grid = NULL;
    if (made == NULL || r == NULL || (made->path = tf_strdup(path)) == NULL) {
        status = no_memory(context, path);
        goto out;
    }
    TRY(tf_table_read(context, path, from, &table));
    r->context = context;
    r->table = table;
    r->grid = made;
    TRY(find_keys(r));
    TRY(make_columns(r));
    TRY(read_rows(r));
    TRY(check_holes(r));
    TRY(fill_ends(r));
    TRY(keep_notes(r));
    *grid = made;
    made = NULL;
out:
    if (r != NULL) {
        tf_free(r->column);
    }
    tf_free(r);
    tf_table_destroy(table);
    tf_grid_destroy(made);
    return status;
}

void tf_grid_destroy(tf_grid *grid)
{
    if (grid == NULL) {
        return;
    }
    for (size_t k = 0; k < grid->n_columns; k++) {
        tf_free(grid->columns[k]);
        tf_free(grid->values[k]);
    }
    tf_free(grid->columns);
    tf_free(grid->values);
    tf_free(grid->path);
    tf_free(grid->source);
    tf_free(grid->unit);
    tf_free(grid->value_set);
    tf_free(grid);
}
