/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/sheet.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 2, WIDEST_WORDS = 42, LONGEST_CELL = 1024 };

void tf_sheet_begin(tf_sheet *sheet, size_t n_columns, const char *format, ...)
{
    char title[LONGEST_CELL];
    va_list arguments;

    *sheet = (tf_sheet){.n_columns = n_columns};
    va_start(arguments, format);
    vsnprintf(title, sizeof title, format, arguments);
    va_end(arguments);
    tf_text_add(&sheet->title, title);
}

void tf_sheet_cell(tf_sheet *sheet, const char *format, ...)
{
    char cell[LONGEST_CELL];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    sheet->failed = tf_list_add(&sheet->cells, cell) != 0 || sheet->failed;
}

void tf_sheet_heading(tf_sheet *sheet, const char *text)
{
    tf_sheet_cell(sheet, "%s", text);
    for (size_t k = 1; k < sheet->n_columns; k++) {
        tf_sheet_cell(sheet, "%s", "");
    }
}

void tf_sheet_free(tf_sheet *sheet)
{
    tf_text_free(&sheet->title);
    tf_text_free(&sheet->note);
    tf_list_free(&sheet->cells);
}

size_t tf_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void add_spaces(tf_text *out, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        tf_text_add(out, " ");
    }
}

/* The first `width` columns; an ellipsis stands for the rest. */
static void add_cut(tf_text *out, const char *text, size_t width)
{
    size_t columns = 0;
    const char *end = text;

    if (tf_width(text) <= width) {
        tf_text_add(out, text);
        add_spaces(out, width - tf_width(text));
        return;
    }
    for (; *end != '\0'; end++) {
        columns += ((unsigned char)*end & 0xc0) != 0x80;
        if (columns == width) {
            break;
        }
    }
    tf_text_addf(out, "%.*s…", (int)(end - text), text);
}

static const char *cell(const tf_sheet *sheet, size_t row, size_t column)
{
    return sheet->cells.items[row * sheet->n_columns + column];
}

/* One of the two lines of a header cell: the last words stand on the lower line. */
static void header_line(const char *text, int line, char *part, size_t size)
{
    const char *broken = strchr(text, '\n');

    if (broken == NULL) {
        snprintf(part, size, "%s", line == 1 ? text : "");
    } else if (line == 0) {
        snprintf(part, size, "%.*s", (int)(broken - text), text);
    } else {
        snprintf(part, size, "%s", broken + 1);
    }
}

static size_t column_width(const tf_sheet *sheet, size_t column)
{
    size_t rows = sheet->cells.count / sheet->n_columns, widest = 0;
    char part[LONGEST_CELL];

    for (int line = 0; line < 2; line++) {
        header_line(cell(sheet, 0, column), line, part, sizeof part);
        widest = tf_width(part) > widest ? tf_width(part) : widest;
    }
    for (size_t row = 1; row < rows; row++) {
        bool heading = sheet->n_columns > 1 && column == 0 && cell(sheet, row, 1)[0] == '\0';
        size_t width = tf_width(cell(sheet, row, column));

        widest = !heading && width > widest ? width : widest;
    }
    return widest;
}

static void add_line(tf_text *out, const tf_sheet *sheet, size_t row, int line, const size_t *widths, size_t from, size_t to)
{
    char part[LONGEST_CELL];
    size_t start = out->length;

    if (row > 0 && sheet->n_columns > 1 && cell(sheet, row, 1)[0] == '\0') {
        add_cut(out, cell(sheet, row, 0), tf_width(cell(sheet, row, 0)) < TF_LINE ? tf_width(cell(sheet, row, 0)) : TF_LINE);
        tf_text_add(out, "\n");
        return;
    }
    for (size_t k = 0; k < to; k = k == 0 ? from : k + 1) {
        if (row == 0) {
            header_line(cell(sheet, 0, k), line, part, sizeof part);
        } else {
            snprintf(part, sizeof part, "%s", cell(sheet, row, k));
        }
        if (k == 0) {
            add_cut(out, part, widths[0]);
        } else {
            add_spaces(out, GAP + (widths[k] > tf_width(part) ? widths[k] - tf_width(part) : 0));
            tf_text_add(out, part);
        }
    }
    while (!out->failed && out->length > start && out->chars[out->length - 1] == ' ') {
        out->chars[--out->length] = '\0';
    }
    tf_text_add(out, "\n");
}

static bool has_two_lines(const tf_sheet *sheet, size_t from, size_t to)
{
    for (size_t k = 0; k < to; k = k == 0 ? from : k + 1) {
        if (strchr(cell(sheet, 0, k), '\n') != NULL) {
            return true;
        }
    }
    return false;
}

static void add_block(tf_text *out, const tf_sheet *sheet, const size_t *widths, size_t from, size_t to)
{
    size_t rows = sheet->cells.count / sheet->n_columns;

    if (has_two_lines(sheet, from, to)) {
        add_line(out, sheet, 0, 0, widths, from, to);
    }
    add_line(out, sheet, 0, 1, widths, from, to);
    for (size_t row = 1; row < rows; row++) {
        add_line(out, sheet, row, 1, widths, from, to);
    }
}

void tf_sheet_text(const tf_sheet *sheet, tf_text *out)
{
    size_t *widths = TF_NEW(size_t, sheet->n_columns);

    if (widths == NULL || sheet->failed || sheet->title.failed || sheet->note.failed) {
        out->failed = true;
        tf_free(widths);
        return;
    }
    for (size_t k = 0; k < sheet->n_columns; k++) {
        widths[k] = column_width(sheet, k);
    }
    widths[0] = widths[0] > WIDEST_WORDS ? WIDEST_WORDS : widths[0];
    tf_wrap(out, sheet->title.chars, 0);
    for (size_t from = 1, to; from < sheet->n_columns; from = to) {
        size_t width = widths[0];

        for (to = from; to < sheet->n_columns && (to == from || width + GAP + widths[to] <= TF_LINE); to++) {
            width += GAP + widths[to];
        }
        if (from > 1) {
            tf_text_add(out, "\n");
        }
        add_block(out, sheet, widths, from, to);
    }
    if (sheet->note.length > 0) {
        tf_wrap(out, sheet->note.chars, 0);
    }
    tf_text_add(out, "\n");
    tf_free(widths);
}

void tf_wrap(tf_text *out, const char *text, size_t indent)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t bytes = strcspn(text, " \n");
        char word[LONGEST_CELL];
        size_t width;

        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        width = tf_width(word);
        if (column > 0 && column + 1 + width > TF_LINE) {
            tf_text_add(out, "\n");
            column = 0;
        }
        if (column == 0) {
            add_spaces(out, indent);
            column = indent;
        } else {
            tf_text_add(out, " ");
            column++;
        }
        tf_text_add(out, word);
        column += width;
        text += bytes;
        text += strspn(text, " \n");
    }
    tf_text_add(out, "\n");
}

/* ---- HTML ------------------------------------------------------------------------------------ */

void tf_html_add(tf_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            tf_text_add(out, "&amp;");
            break;
        case '<':
            tf_text_add(out, "&lt;");
            break;
        case '>':
            tf_text_add(out, "&gt;");
            break;
        case '"':
            tf_text_add(out, "&quot;");
            break;
        case '\n':
            tf_text_add(out, "<br>");
            break;
        default:
            tf_text_addf(out, "%c", *text);
        }
    }
}

static void add_row(tf_text *out, const tf_sheet *sheet, size_t row)
{
    tf_text_add(out, "<tr>");
    if (row > 0 && sheet->n_columns > 1 && cell(sheet, row, 1)[0] == '\0') {
        tf_text_addf(out, "<th class=\"heading\" colspan=\"%zu\" scope=\"rowgroup\">", sheet->n_columns);
        tf_html_add(out, cell(sheet, row, 0));
        tf_text_add(out, "</th></tr>\n");
        return;
    }
    for (size_t k = 0; k < sheet->n_columns; k++) {
        const char *text = cell(sheet, row, k);
        const char *tag = row == 0 || k == 0 ? "th" : "td";

        tf_text_addf(out, "<%s%s%s>", tag, row == 0 ? " scope=\"col\"" : k == 0 ? " scope=\"row\"" : "",
                     row == 0 && strchr(text, '\n') != NULL ? " class=\"lines\"" : "");
        tf_html_add(out, text + strspn(text, " "));
        tf_text_addf(out, "</%s>", tag);
    }
    tf_text_add(out, "</tr>\n");
}

void tf_sheet_html(const tf_sheet *sheet, tf_text *out)
{
    size_t rows = sheet->cells.count / sheet->n_columns;

    if (sheet->failed || sheet->title.failed || sheet->note.failed) {
        out->failed = true;
        return;
    }
    tf_text_add(out, "<div class=\"sheet\"><table>\n<caption>");
    tf_html_add(out, sheet->title.chars);
    tf_text_add(out, "</caption>\n<thead>\n");
    for (size_t row = 0; row < rows; row++) {
        add_row(out, sheet, row);
        if (row == 0) {
            tf_text_add(out, "</thead>\n<tbody>\n");
        }
    }
    tf_text_add(out, "</tbody></table>\n");
    if (sheet->note.length > 0) {
        tf_text_add(out, "<p class=\"note\">");
        tf_html_add(out, sheet->note.chars);
        tf_text_add(out, "</p>\n");
    }
    tf_text_add(out, "</div>\n");
}
