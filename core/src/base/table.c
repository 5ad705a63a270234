/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/table.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_ROW = 1 << 20 };

typedef struct note {
    size_t key, value; /* offsets into `chars` */
} note;

struct tf_table {
    char *path;
    char digest[TF_DIGEST_SIZE];
    char *chars; /* every cell, NUL-terminated, one after another */
    size_t used, chars_capacity;
    size_t *cells; /* offsets into `chars`: the header, then row after row */
    size_t cell_count, cell_capacity;
    int header, *lines; /* lines of the header and of rows */
    size_t rows, line_capacity;
    size_t columns;
    note *notes;
    size_t note_count, note_capacity;
};

/* What reading needs and a table does not. */
typedef struct reader {
    trefoil_context *context;
    tf_table *table;
    struct csv_parser parser;
    int line;       /* now being read                        */
    int first_line; /* of the row being read                 */
    size_t begun;   /* bytes of the row that was not ended   */
    size_t fields;  /* cells of the row so far               */
    bool no_memory;
} reader;

static tf_place here(const reader *r, int line)
{
    return (tf_place){r->table->path, line};
}

/* Keep `length` bytes as a text; its offset, or SIZE_MAX if memory is exhausted. */
static size_t keep_text(tf_table *table, const char *bytes, size_t length)
{
    void *chars = table->chars;
    size_t at = table->used;

    if (tf_reserve(&chars, &table->chars_capacity, at + length + 1, 1) != 0) {
        return SIZE_MAX;
    }
    table->chars = chars;
    memcpy(table->chars + at, bytes, length);
    table->chars[at + length] = '\0';
    table->used += length + 1;
    return at;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t keep_trimmed(tf_table *table, const char *bytes, size_t length)
{
    while (length > 0 && is_space(bytes[0])) {
        bytes++;
        length--;
    }
    while (length > 0 && is_space(bytes[length - 1])) {
        length--;
    }
    return keep_text(table, bytes, length);
}

static void end_of_cell(void *bytes, size_t length, void *self)
{
    reader *r = self;
    tf_table *table = r->table;
    void *cells = table->cells;
    size_t at;

    if (r->no_memory) {
        return;
    }
    at = keep_trimmed(table, bytes != NULL ? bytes : "", length);
    if (at == SIZE_MAX || tf_reserve(&cells, &table->cell_capacity, table->cell_count + 1, sizeof *table->cells) != 0) {
        r->no_memory = true;
        return;
    }
    table->cells = cells;
    table->cells[table->cell_count++] = at;
    r->fields++;
}

static void check_header(reader *r)
{
    const tf_table *table = r->table;

    for (size_t k = 0; k < table->columns; k++) {
        const char *name = tf_table_column_name(table, k);
        ptrdiff_t first = tf_table_find(table, name);

        if (*name == '\0') {
            tf_mistake(r->context, here(r, r->first_line), "column %zu has no name", k + 1);
        } else if (first != (ptrdiff_t)k) {
            tf_mistake(r->context, here(r, r->first_line), "column '%s' is named twice, as columns %zu and %zu", name,
                       (size_t)first + 1, k + 1);
        }
    }
}

static void end_of_row(int end, void *self)
{
    reader *r = self;
    tf_table *table = r->table;
    void *lines = table->lines;
    size_t fields = r->fields;

    (void)end;
    r->fields = 0;
    r->begun = 0;
    if (r->no_memory) {
        return;
    }
    if (table->columns == 0) {
        table->columns = fields;
        table->header = r->first_line;
        check_header(r);
        return;
    }
    if (fields != table->columns) {
        tf_mistake(r->context, here(r, r->first_line), "%zu cells, but the header names %zu columns", fields, table->columns);
        table->cell_count -= fields;
        return;
    }
    if (tf_reserve(&lines, &table->line_capacity, table->rows + 1, sizeof *table->lines) != 0) {
        r->no_memory = true;
        return;
    }
    table->lines = lines;
    table->lines[table->rows++] = r->first_line;
}

/* "# key: value": a note if it is of that form, else a remark. */
static void read_comment(reader *r, const char *line, size_t length)
{
    tf_table *table = r->table;
    void *notes = table->notes;
    const char *colon;
    note found;

    while (length > 0 && *line == '#') {
        line++;
        length--;
    }
    colon = memchr(line, ':', length);
    if (colon == NULL) {
        return;
    }
    found.key = keep_trimmed(table, line, (size_t)(colon - line));
    found.value = keep_trimmed(table, colon + 1, length - (size_t)(colon - line) - 1);
    if (found.key == SIZE_MAX || found.value == SIZE_MAX ||
        tf_reserve(&notes, &table->note_capacity, table->note_count + 1, sizeof *table->notes) != 0) {
        r->no_memory = true;
        return;
    }
    table->notes = notes;
    table->notes[table->note_count++] = found;
}

static void *grow(void *old, size_t bytes)
{
    return tf_realloc(old, bytes, 1);
}

/* Begin a row afresh, after a mistake in the last one. */
static void restart(reader *r)
{
    csv_free(&r->parser);
    csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&r->parser, grow);
    csv_set_free_func(&r->parser, tf_free);
    r->table->cell_count -= r->fields;
    r->fields = 0;
    r->begun = 0;
}

/* The first byte that is not part of UTF-8 text, or NULL.  (Encoded surrogates and overlong forms are not.) */
static const char *not_text(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;

    while (at < end) {
        const unsigned char *start = at;
        unsigned c = *at++;
        unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        unsigned code = more == 3 ? c & 7u : more == 2 ? c & 15u : c & 31u;

        if (c == 0 || (c >= 0x80 && c < 0xc2) || c > 0xf4) {
            return (const char *)start;
        }
        for (unsigned k = 0; k < more; k++, at++) {
            if (at == end || (*at & 0xc0) != 0x80) {
                return (const char *)start;
            }
            code = code << 6 | (*at & 63u);
        }
        if ((more == 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
            (more == 3 && (code < 0x10000 || code > 0x10ffff))) {
            return (const char *)start;
        }
    }
    return NULL;
}

/* One line of the file, with its newline.  False: there is no reading on. */
static bool read_line(reader *r, const char *line, size_t length)
{
    const char *wrong = not_text(line, length);
    size_t parsed;

    if (wrong != NULL) {
        tf_mistake(r->context, here(r, r->line), "byte 0x%02x is not UTF-8 text; save the table as UTF-8",
                   (unsigned)(unsigned char)*wrong);
        restart(r);
        return r->table->columns > 0;
    }
    if (r->begun == 0) {
        size_t blank = 0;

        while (blank < length && is_space(line[blank])) {
            blank++;
        }
        if (blank == length) {
            return true;
        }
        if (line[0] == '#') {
            read_comment(r, line, length);
            return !r->no_memory;
        }
        r->first_line = r->line;
    }
    r->begun += length;
    if (r->begun > LONGEST_ROW) {
        tf_mistake(r->context, here(r, r->first_line), "a row longer than 1 MiB; is a quote not closed?");
        restart(r);
        return false;
    }
    parsed = csv_parse(&r->parser, line, length, end_of_cell, end_of_row, r);
    if (parsed != length && csv_error(&r->parser) == CSV_EPARSE) {
        tf_mistake(r->context, here(r, r->line), "a quote inside a cell; quote the whole cell and write \"\" for each quote in it");
        restart(r);
        return r->table->columns > 0;
    }
    r->no_memory = r->no_memory || parsed != length;
    return !r->no_memory;
}

/* The last row, if it does not end in a newline. */
static void read_end(reader *r)
{
    if (r->begun == 0) {
        return;
    }
    if (csv_fini(&r->parser, end_of_cell, end_of_row, r) != 0) {
        if (csv_error(&r->parser) == CSV_EPARSE) {
            tf_mistake(r->context, here(r, r->first_line), "a quoted cell is not closed before the end of the file");
        } else {
            r->no_memory = true;
        }
        restart(r);
    }
}

static trefoil_status read_rows(trefoil_context *context, tf_table *table, const char *bytes, size_t n)
{
    reader r = {.context = context, .table = table};
    size_t mistakes = tf_mistakes(context);
    bool going = true;

    restart(&r);
    for (size_t at = 0; at < n && going;) {
        const char *newline = memchr(bytes + at, '\n', n - at);
        size_t length = newline != NULL ? (size_t)(newline - bytes) - at + 1 : n - at;

        r.line++;
        going = read_line(&r, bytes + at, length);
        at += length;
    }
    if (going) {
        read_end(&r);
    }
    csv_free(&r.parser);
    if (r.no_memory) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to read the table", table->path);
    }
    if (tf_mistakes(context) != mistakes) {
        return TREFOIL_USER_MISTAKE;
    }
    if (table->columns == 0) {
        return tf_mistake(context, here(&r, r.line + 1), "no header: the first line that is not a comment must name the columns");
    }
    return TREFOIL_DONE;
}

enum { LARGEST = 1 << 30 }; /* bytes; a pipe has no size to ask for */

/* A device, such as /dev/zero, need not end. */
static bool is_endless(FILE *file)
{
    struct stat facts;

    return fstat(fileno(file), &facts) == 0 && (S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode));
}

/* The bytes of a file.  Freed by the caller. */
static trefoil_status read_bytes(trefoil_context *context, const char *path, tf_place from, char **bytes, size_t *n)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 0, got;
    void *grown = NULL;
    int failed = 0;

    *n = 0;
    if (file == NULL && from.file != NULL) {
        return tf_mistake(context, from, "the table %s cannot be opened: %s", path, strerror(errno));
    }
    if (file == NULL) {
        return tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be opened: %s", path, strerror(errno));
    }
    if (is_endless(file)) {
        failed = EINVAL;
    }
    while (failed == 0) {
        if (*n > LARGEST) {
            failed = EFBIG;
            break;
        }
        if (tf_reserve(&grown, &capacity, *n + 65536, 1) != 0) {
            tf_free(grown);
            fclose(file);
            return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to read the table", path);
        }
        got = fread((char *)grown + *n, 1, capacity - *n, file);
        *n += got;
        if (got == 0) {
            failed = !ferror(file) ? 0 : errno != 0 ? errno : EIO;
            break;
        }
    }
    fclose(file);
    *bytes = grown;
    if (failed == 0) {
        return TREFOIL_DONE;
    }
    return from.file != NULL ? tf_mistake(context, from, "the table %s cannot be read: %s", path, strerror(failed))
                             : tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be read: %s", path, strerror(failed));
}

static trefoil_status create(trefoil_context *context, const char *path, tf_table **made)
{
    tf_table *table = TF_NEW(tf_table, 1);

    if (table != NULL) {
        table->path = tf_strdup(path);
    }
    if (table == NULL || table->path == NULL) {
        tf_table_destroy(table);
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to read the table", path);
    }
    *made = table;
    return TREFOIL_DONE;
}

trefoil_status tf_table_read(trefoil_context *context, const char *path, tf_place from, tf_table **table)
{
    trefoil_status status;
    tf_table *made = NULL;
    char *bytes = NULL;
    size_t n;

    *table = NULL;
    TRY(create(context, path, &made));
    TRY(read_bytes(context, path, from, &bytes, &n));
    tf_digest_bytes(bytes, n, made->digest);
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        status = tf_mistake(context, (tf_place){path, 1},
                            "the file begins with a byte-order mark; save it as UTF-8 without one (not \"CSV UTF-8\")");
        goto out;
    }
    TRY(read_rows(context, made, bytes, n));
    *table = made;
    made = NULL;
out:
    tf_free(bytes);
    tf_table_destroy(made);
    return status;
}

void tf_table_destroy(tf_table *table)
{
    if (table == NULL) {
        return;
    }
    tf_free(table->path);
    tf_free(table->chars);
    tf_free(table->cells);
    tf_free(table->lines);
    tf_free(table->notes);
    tf_free(table);
}

const char *tf_table_path(const tf_table *table)
{
    return table->path;
}

size_t tf_table_rows(const tf_table *table)
{
    return table->rows;
}

size_t tf_table_columns(const tf_table *table)
{
    return table->columns;
}

const char *tf_table_column_name(const tf_table *table, size_t column)
{
    return table->chars + table->cells[column];
}

ptrdiff_t tf_table_find(const tf_table *table, const char *column)
{
    for (size_t k = 0; k < table->columns; k++) {
        if (strcmp(tf_table_column_name(table, k), column) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

const char *tf_table_text(const tf_table *table, size_t row, size_t column)
{
    return table->chars + table->cells[(row + 1) * table->columns + column];
}

tf_place tf_table_header(const tf_table *table)
{
    return (tf_place){table->path, table->header};
}

tf_place tf_table_place(const tf_table *table, size_t row)
{
    return (tf_place){table->path, table->lines[row]};
}

trefoil_status tf_table_number(trefoil_context *context, const tf_table *table, size_t row, size_t column, double min, double max,
                               double *number)
{
    const char *text = tf_table_text(table, row, column), *name = tf_table_column_name(table, column);
    tf_place place = tf_table_place(table, row);
    char low[TF_NUMBER_SIZE], high[TF_NUMBER_SIZE];
    double value;

    if (*text == '\0') {
        return tf_mistake(context, place, "%s is empty; expected a number", name);
    }
    if (!tf_parse_number(text, &value)) {
        return tf_mistake(context, place, "%s = '%s': expected a number", name, text);
    }
    if (value < min || value > max) {
        bool below = value < min;

        tf_print_number(min, low);
        tf_print_number(max, high);
        if (isfinite(min) && isfinite(max)) {
            return tf_mistake(context, place, "%s = %s: expected a number from %s to %s", name, text, low, high);
        }
        return tf_mistake(context, place, "%s = %s: expected a number of %s %s", name, text, below ? "at least" : "at most",
                          below ? low : high);
    }
    *number = value;
    return TREFOIL_DONE;
}

const char *tf_table_note(const tf_table *table, const char *key)
{
    for (size_t k = 0; k < table->note_count; k++) {
        if (tf_same_text(table->chars + table->notes[k].key, key)) {
            return table->chars + table->notes[k].value;
        }
    }
    return NULL;
}

const char *tf_table_digest(const tf_table *table)
{
    return table->digest;
}
