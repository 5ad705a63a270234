/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small table on its way to a terminal or a page: the first column words, the others numbers. */
#ifndef TF_REPORT_SHEET_H
#define TF_REPORT_SHEET_H

#include "base/text.h"

enum { TF_LINE = 110 /* columns of a terminal's line */ };

typedef struct tf_sheet {
    tf_text title, note;
    size_t n_columns;
    tf_list cells; /* row by row; the first row is the header, whose cells may hold one line break */
    bool failed;
} tf_sheet;

void tf_sheet_begin(tf_sheet *sheet, size_t n_columns, const char *format, ...) __attribute__((format(printf, 3, 4)));
void tf_sheet_cell(tf_sheet *sheet, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A row that is a heading over those below it. */
void tf_sheet_heading(tf_sheet *sheet, const char *text);
void tf_sheet_free(tf_sheet *sheet);

/* Lines of at most TF_LINE columns: long words are cut, and columns that do not fit stand below. */
void tf_sheet_text(const tf_sheet *sheet, tf_text *out);
void tf_sheet_html(const tf_sheet *sheet, tf_text *out);

/* Text with what HTML takes for itself escaped. */
void tf_html_add(tf_text *out, const char *text);
/* Words in lines of at most TF_LINE columns. */
void tf_wrap(tf_text *out, const char *text, size_t indent);
/* How many columns a UTF-8 text takes. */
size_t tf_width(const char *text);

#endif
