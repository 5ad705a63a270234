/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/geography.h"

#include "base/digest.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AREAS = 256, LONGEST_NAME = 160 };

static const char *const AREA_COLUMNS[] = {"index", "code", "ods", "name", "region"};
static const char *const BOARD_COLUMNS[] = {"set", "from", "to", "code", "name", "area_code", "share_from", "share_to"};
enum { INDEX, CODE, ODS, NAME, REGION, N_AREA_COLUMNS };
enum { BOARD_SET, BOARD_FROM, BOARD_TO, BOARD_CODE, BOARD_NAME, BOARD_AREA, BOARD_SHARE_FROM, BOARD_SHARE_TO, N_BOARD_COLUMNS };

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the geography");
}

/* Where the named columns stand; all that are absent are mistakes. */
static trefoil_status find_columns(trefoil_context *context, const tf_table *table, const char *const *names, size_t n, size_t *at)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n; k++) {
        ptrdiff_t found = tf_table_find(table, names[k]);

        if (found < 0) {
            status = tf_mistake(context, (tf_place){tf_table_path(table), 0}, "there is no column '%s'", names[k]);
        }
        at[k] = found < 0 ? 0 : (size_t)found;
    }
    return status;
}

static ptrdiff_t area_of_code(const tf_geography *geography, const char *code)
{
    for (size_t k = 0; k < geography->n_areas; k++) {
        if (strcmp(geography->areas[k].code, code) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

static trefoil_status read_area(trefoil_context *context, tf_geography *geography, const tf_table *table, size_t row, const size_t *at)
{
    tf_area *area = &geography->areas[geography->n_areas];
    char **texts[] = {&area->code, &area->ods, &area->name, &area->region};
    const char *code = tf_table_text(table, row, at[CODE]);
    double index;

    if (tf_table_number(context, table, row, at[INDEX], 0, MOST_AREAS - 1, &index) == TREFOIL_DONE && index != (double)row) {
        tf_mistake(context, tf_table_place(table, row), "index %g: indices must run from 0 in the order of the rows; expected %zu",
                   index, row);
    }
    if (area_of_code(geography, code) >= 0) {
        tf_mistake(context, tf_table_place(table, row), "area %s stands here twice", code);
    }
    area->index = (int)row;
    geography->n_areas++;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        const char *text = tf_table_text(table, row, at[CODE + k]);

        if (*text == '\0') {
            tf_mistake(context, tf_table_place(table, row), "%s is empty", AREA_COLUMNS[CODE + k]);
        }
        *texts[k] = tf_strdup(text);
        if (*texts[k] == NULL) {
            return no_memory(context);
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status read_areas(trefoil_context *context, tf_geography *geography, const tf_table *table)
{
    size_t at[N_AREA_COLUMNS], rows = tf_table_rows(table);
    trefoil_status status;

    TRY(find_columns(context, table, AREA_COLUMNS, N_AREA_COLUMNS, at));
    if (rows == 0 || rows > MOST_AREAS) {
        status = tf_mistake(context, (tf_place){tf_table_path(table), 0}, "%zu areas: expected 1 to %d", rows, MOST_AREAS);
        goto out;
    }
    geography->areas = TF_NEW(tf_area, rows);
    if (geography->areas == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t row = 0; row < rows; row++) {
        TRY(read_area(context, geography, table, row, at));
    }
out:
    return status;
}

/* A date of the form 2026-04-01. */
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";

    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t k = 0; form[k] != '\0'; k++) {
        if (form[k] == 'd' ? text[k] < '0' || text[k] > '9' : text[k] != form[k]) {
            return false;
        }
    }
    return true;
}

/* A row of boards.csv, read. */
typedef struct board_row {
    const char *set, *code, *name, *ods;
    size_t area;
    double from, to;
    size_t row;
} board_row;

static trefoil_status read_board_row(trefoil_context *context, const tf_geography *geography, size_t row, const size_t *at,
                                     board_row *board)
{
    const tf_table *table = geography->boards;
    tf_place place = tf_table_place(table, row);
    const char *area_code = tf_table_text(table, row, at[BOARD_AREA]), *codes[MOST_AREAS], *near;
    const char *from = tf_table_text(table, row, at[BOARD_FROM]), *to = tf_table_text(table, row, at[BOARD_TO]);
    ptrdiff_t area = area_of_code(geography, area_code), ods = tf_table_find(table, "ods");
    size_t before = tf_mistakes(context);

    *board = (board_row){.set = tf_table_text(table, row, at[BOARD_SET]),
                         .code = tf_table_text(table, row, at[BOARD_CODE]),
                         .name = tf_table_text(table, row, at[BOARD_NAME]),
                         .ods = ods < 0 ? "" : tf_table_text(table, row, (size_t)ods),
                         .area = area < 0 ? 0 : (size_t)area,
                         .row = row};
    if (area < 0) {
        for (size_t k = 0; k < geography->n_areas; k++) {
            codes[k] = geography->areas[k].code;
        }
        near = tf_nearest(area_code, codes, geography->n_areas);
        tf_mistake(context, place, "area_code '%s': no such area%s%s%s", area_code, near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
    }
    if (!is_date(from)) {
        tf_mistake(context, place, "from = '%s': expected a date like 2026-04-01", from);
    }
    if (*to != '\0' && (!is_date(to) || strcmp(from, to) > 0)) {
        tf_mistake(context, place, "to = '%s': expected a date like 2026-04-01, not before %s, or nothing", to, from);
    }
    if (*board->set == '\0' || *board->code == '\0' || *board->name == '\0') {
        tf_mistake(context, place, "set, code and name must not be empty");
    }
    if (tf_table_number(context, table, row, at[BOARD_SHARE_FROM], 0, 1, &board->from) == TREFOIL_DONE &&
        tf_table_number(context, table, row, at[BOARD_SHARE_TO], 0, 1, &board->to) == TREFOIL_DONE && board->from >= board->to) {
        tf_mistake(context, place, "share_from %g is not below share_to %g", board->from, board->to);
    }
    return tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
}

/* All rows of boards.csv; freed by the caller. */
static trefoil_status read_board_rows(trefoil_context *context, const tf_geography *geography, board_row **boards)
{
    size_t at[N_BOARD_COLUMNS], rows = tf_table_rows(geography->boards), before = tf_mistakes(context);
    trefoil_status status;

    *boards = NULL;
    TRY(find_columns(context, geography->boards, BOARD_COLUMNS, N_BOARD_COLUMNS, at));
    *boards = TF_NEW(board_row, rows);
    if (*boards == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t row = 0; row < rows; row++) {
        (void)read_board_row(context, geography, row, at, &(*boards)[row]);
    }
    if (tf_mistakes(context) != before) {
        status = TREFOIL_USER_MISTAKE;
    }
out:
    return status;
}

static int by_set_area_share(const void *a, const void *b)
{
    const board_row *x = a, *y = b;
    int order = strcmp(x->set, y->set);

    if (order != 0) {
        return order;
    }
    if (x->area != y->area) {
        return x->area < y->area ? -1 : 1;
    }
    return (x->from > y->from) - (x->from < y->from);
}

/* In each set of boards, each area is covered from 0 to 1 exactly once. */
static trefoil_status check_cover(trefoil_context *context, const tf_geography *geography, board_row *boards, size_t n)
{
    size_t before = tf_mistakes(context), area = 0;

    qsort(boards, n, sizeof *boards, by_set_area_share);
    for (size_t k = 0; k < n; k++) {
        bool first = k == 0 || strcmp(boards[k].set, boards[k - 1].set) != 0;
        bool next = first || boards[k].area != boards[k - 1].area;
        bool last = k + 1 == n || strcmp(boards[k].set, boards[k + 1].set) != 0 || boards[k].area != boards[k + 1].area;
        double reached = next ? 0 : boards[k - 1].to;
        tf_place place = tf_table_place(geography->boards, boards[k].row);

        area = first ? 0 : area + (next ? 1 : 0);
        if (next && boards[k].area != area) {
            tf_mistake(context, place, "set %s has no board for area %s", boards[k].set, geography->areas[area].code);
            area = boards[k].area;
        }
        if (boards[k].from != reached || (last && boards[k].to != 1)) {
            tf_mistake(context, place, "set %s: the shares of area %s must run from 0 to 1 without gap or overlap", boards[k].set,
                       geography->areas[boards[k].area].code);
        }
        if (last && (k + 1 == n || strcmp(boards[k].set, boards[k + 1].set) != 0) && area + 1 != geography->n_areas) {
            tf_mistake(context, place, "set %s has no board for area %s", boards[k].set, geography->areas[area + 1].code);
        }
    }
    return tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
}

static trefoil_status read_table(trefoil_context *context, const char *folder, const char *name, tf_place from, tf_table **table)
{
    tf_text path = {0};
    trefoil_status status;

    tf_text_addf(&path, "%s/%s", folder, name);
    status = path.failed ? no_memory(context) : tf_table_read(context, path.chars, from, table);
    tf_text_free(&path);
    return status;
}

trefoil_status tf_geography_read(trefoil_context *context, const char *folder, tf_place from, tf_geography **geography)
{
    trefoil_status status;
    tf_geography *made = TF_NEW(tf_geography, 1);
    tf_table *areas = NULL;
    board_row *boards = NULL;
    size_t before = tf_mistakes(context);
    char digests[2 * TF_DIGEST_SIZE];

    *geography = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    TRY(read_table(context, folder, "areas.csv", from, &areas));
    TRY(read_areas(context, made, areas));
    TRY(read_table(context, folder, "boards.csv", from, &made->boards));
    TRY(read_board_rows(context, made, &boards));
    TRY(check_cover(context, made, boards, tf_table_rows(made->boards)));
    if (tf_mistakes(context) != before) {
        status = TREFOIL_USER_MISTAKE;
        goto out;
    }
    snprintf(digests, sizeof digests, "%s %s", tf_table_digest(areas), tf_table_digest(made->boards));
    tf_digest_bytes(digests, strlen(digests), made->digest);
    *geography = made;
    made = NULL;
out:
    tf_free(boards);
    tf_table_destroy(areas);
    tf_geography_destroy(made);
    return status;
}

void tf_geography_destroy(tf_geography *geography)
{
    if (geography == NULL) {
        return;
    }
    for (size_t k = 0; k < geography->n_areas; k++) {
        tf_free(geography->areas[k].code);
        tf_free(geography->areas[k].ods);
        tf_free(geography->areas[k].name);
        tf_free(geography->areas[k].region);
    }
    tf_free(geography->areas);
    tf_table_destroy(geography->boards);
    tf_free(geography);
}

/* ---- selection ---- */

typedef struct picker {
    trefoil_context *context;
    const tf_geography *geography;
    const board_row *rows;
    size_t n_rows;
    tf_place place;
    tf_selection *selection;
    size_t board_capacity, region_capacity, part_capacity;
} picker;

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && tf_same_text(text + n - m, end);
}

/* A board's name without "NHS " before and " ICB" or " Integrated Care Board" after it. */
static void bare_name(const char *name, char bare[LONGEST_NAME])
{
    static const char *const tails[] = {" ICB", " Integrated Care Board"};
    char head[5];

    snprintf(head, sizeof head, "%.4s", name);
    snprintf(bare, LONGEST_NAME, "%s", name + (tf_same_text(head, "NHS ") ? 4 : 0));
    for (size_t k = 0; k < sizeof tails / sizeof *tails; k++) {
        if (ends_with(bare, tails[k])) {
            bare[strlen(bare) - strlen(tails[k])] = '\0';
        }
    }
}

static bool same_board(const board_row *a, const board_row *b)
{
    return strcmp(a->set, b->set) == 0 && strcmp(a->code, b->code) == 0;
}

/* Is it the first row of its board? */
static bool is_first(const picker *p, size_t row)
{
    for (size_t k = 0; k < row; k++) {
        if (same_board(&p->rows[k], &p->rows[row])) {
            return false;
        }
    }
    return true;
}

static bool is_called(const board_row *board, const char *wanted)
{
    char name[LONGEST_NAME], asked[LONGEST_NAME];

    bare_name(board->name, name);
    bare_name(wanted, asked);
    return tf_same_text(name, asked) || tf_same_text(board->code, wanted) || (*board->ods != '\0' && tf_same_text(board->ods, wanted));
}

/* Do two boards hold the same people? */
static bool same_extent(const picker *p, const board_row *a, const board_row *b)
{
    size_t only = 0;

    for (size_t k = 0; k < p->n_rows; k++) {
        const board_row *row = &p->rows[k];
        const board_row *other = same_board(row, a) ? b : same_board(row, b) ? a : NULL;
        bool matched = other == NULL;

        for (size_t j = 0; j < p->n_rows && !matched; j++) {
            matched = same_board(&p->rows[j], other) && p->rows[j].area == row->area && p->rows[j].from == row->from &&
                      p->rows[j].to == row->to;
        }
        only += matched ? 0 : 1;
    }
    return only == 0;
}

static trefoil_status add_part(picker *p, const board_row *row, size_t group)
{
    tf_selection *selection = p->selection;
    void *parts = selection->parts;

    for (size_t k = 0; k < selection->n_parts; k++) {
        const tf_area_part *part = &selection->parts[k];

        if (part->area == row->area && row->from < part->to && part->from < row->to) {
            return tf_mistake(p->context, p->place, "people of %s are picked twice, with %s and with %s",
                              p->geography->areas[row->area].name, selection->boards[part->group], row->name);
        }
    }
    if (tf_reserve(&parts, &p->part_capacity, selection->n_parts + 1, sizeof *selection->parts) != 0) {
        return no_memory(p->context);
    }
    selection->parts = parts;
    selection->parts[selection->n_parts++] = (tf_area_part){row->area, row->from, row->to, group};
    return TREFOIL_DONE;
}

static trefoil_status add_board(picker *p, const board_row *board)
{
    tf_selection *selection = p->selection;
    void *boards = selection->boards, *regions = selection->regions;
    size_t group = selection->n_boards;
    trefoil_status status;

    if (tf_reserve(&boards, &p->board_capacity, group + 1, sizeof *selection->boards) != 0) {
        return no_memory(p->context);
    }
    selection->boards = boards;
    if (tf_reserve(&regions, &p->region_capacity, group + 1, sizeof *selection->regions) != 0) {
        return no_memory(p->context);
    }
    selection->regions = regions;
    selection->boards[group] = tf_strdup(board->name);
    selection->regions[group] = tf_strdup(p->geography->areas[board->area].region);
    selection->n_boards++;
    if (selection->boards[group] == NULL || selection->regions[group] == NULL) {
        return no_memory(p->context);
    }
    status = TREFOIL_DONE;
    for (size_t k = 0; k < p->n_rows; k++) {
        if (same_board(&p->rows[k], board)) {
            TRY(add_part(p, &p->rows[k], group));
        }
    }
out:
    return status;
}

/* All boards of a set, or of one region of it, in the order of areas. */
static trefoil_status add_set(picker *p, const char *set, const char *region, size_t *picked)
{
    trefoil_status status = TREFOIL_DONE;

    *picked = 0;
    for (size_t k = 0; k < p->n_rows; k++) {
        const board_row *row = &p->rows[k];

        if (tf_same_text(row->set, set) && is_first(p, k) &&
            (region == NULL || tf_same_text(p->geography->areas[row->area].region, region))) {
            ++*picked;
            TRY(add_board(p, row));
        }
    }
out:
    return status;
}

static const char *nearest_name(const picker *p, const char *wanted)
{
    const char **names = TF_NEW(const char *, 3 * p->n_rows + p->geography->n_areas + 1), *near = NULL;
    char asked[LONGEST_NAME];
    size_t n = 0;

    if (names == NULL) {
        return NULL;
    }
    bare_name(wanted, asked);
    names[n++] = "england";
    for (size_t k = 0; k < p->n_rows; k++) {
        const char *name = p->rows[k].name;

        names[n++] = strncmp(name, "NHS ", 4) == 0 ? name + 4 : name;
        names[n++] = p->rows[k].code;
        names[n++] = p->rows[k].set;
    }
    for (size_t k = 0; k < p->geography->n_areas; k++) {
        names[n++] = p->geography->areas[k].region;
    }
    near = tf_nearest(asked, names, n);
    tf_free(names);
    return near;
}

/* The board of that name, code or ODS code; NULL if there is none.  Of two with the same people the earlier set wins; two with
 * different people are a mistake. */
static trefoil_status find_board(const picker *p, const char *wanted, const board_row **found)
{
    trefoil_status status = TREFOIL_DONE;

    *found = NULL;
    for (size_t k = 0; k < p->n_rows; k++) {
        const board_row *row = &p->rows[k];

        if (!is_first(p, k) || !is_called(row, wanted)) {
            continue;
        }
        if (*found == NULL) {
            *found = row;
        } else if (!same_extent(p, *found, row)) {
            status = tf_mistake(p->context, p->place, "'%s' is %s of %s or %s of %s, with different people; give the code", wanted,
                                (*found)->code, (*found)->set, row->code, row->set);
        }
    }
    return status;
}

static trefoil_status pick(picker *p, const char *wanted)
{
    const char *first_set = p->rows[0].set, *near;
    const board_row *board;
    size_t picked;
    trefoil_status status;

    TRY(find_board(p, wanted, &board));
    if (board != NULL) {
        return add_board(p, board);
    }
    TRY(add_set(p, tf_same_text(wanted, "england") ? first_set : wanted, NULL, &picked));
    if (picked == 0) {
        TRY(add_set(p, first_set, wanted, &picked));
    }
    if (picked == 0) {
        near = nearest_name(p, wanted);
        status = tf_mistake(p->context, p->place, "'%s': no such board, code, NHS region or set of boards%s%s%s", wanted,
                            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
out:
    return status;
}

trefoil_status tf_geography_select(trefoil_context *context, const tf_geography *geography, const tf_list *wanted, tf_place place,
                                   tf_selection *selection)
{
    picker p = {.context = context, .geography = geography, .place = place, .selection = selection};
    board_row *rows = NULL;
    trefoil_status status, last = TREFOIL_DONE;

    *selection = (tf_selection){0};
    TRY(read_board_rows(context, geography, &rows));
    p.rows = rows;
    p.n_rows = tf_table_rows(geography->boards);
    if (wanted->count == 0) {
        last = tf_mistake(context, place, "no area is named; expected boards, codes, NHS regions or 'england'");
    }
    for (size_t k = 0; k < wanted->count; k++) {
        status = pick(&p, wanted->items[k]);
        if (status == TREFOIL_USER_MISTAKE) {
            last = status;
            continue;
        }
        TRY(status);
    }
    status = last;
out:
    tf_free(rows);
    if (status != TREFOIL_DONE) {
        tf_selection_free(selection);
    }
    return status;
}

void tf_selection_free(tf_selection *selection)
{
    for (size_t k = 0; k < selection->n_boards; k++) {
        tf_free(selection->boards[k]);
        tf_free(selection->regions[k]);
    }
    tf_free(selection->boards);
    tf_free(selection->regions);
    tf_free(selection->parts);
    *selection = (tf_selection){0};
}
