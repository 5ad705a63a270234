/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CSV table in memory: a header line that names columns, rows, and `#` lines before the header for source,
 * licence and price year.  Read with libcsv (RFC 4180 quoting); UTF-8, a byte-order mark is refused with a clear message.
 */
#ifndef TF_BASE_TABLE_H
#define TF_BASE_TABLE_H

#include "base/status.h"

typedef struct tf_table tf_table;

/* Read `path`.  Mistakes (ragged rows, duplicate or empty column names, no header, a row longer than 1 MiB) are recorded with
 * file and line, all of them.  A file that cannot be opened is a mistake at `from` when from.file is set, else TREFOIL_FILE_FAILED. */
trefoil_status tf_table_read(trefoil_context *context, const char *path, tf_place from, tf_table **table) TF_MUST_USE;
void tf_table_destroy(tf_table *table);

const char *tf_table_path(const tf_table *table);
size_t tf_table_rows(const tf_table *table);
size_t tf_table_columns(const tf_table *table);
const char *tf_table_column_name(const tf_table *table, size_t column);
/* -1 if there is none. */
ptrdiff_t tf_table_find(const tf_table *table, const char *column);
/* The cell as text, trimmed; "" for an empty cell. */
const char *tf_table_text(const tf_table *table, size_t row, size_t column);
/* Where the header stands in its file, and a row. */
tf_place tf_table_header(const tf_table *table);
tf_place tf_table_place(const tf_table *table, size_t row);
/* The cell as a number; a mistake naming file, line, column and text otherwise, or when outside [min, max]. */
trefoil_status tf_table_number(trefoil_context *context, const tf_table *table, size_t row, size_t column, double min, double max,
                               double *number);
/* The `key` of a "# key: value" comment line ("source", "licence", "unit", "price_year"), or NULL. */
const char *tf_table_note(const tf_table *table, const char *key);
/* SHA-256 of the file's bytes, 64 hexadecimal digits. */
const char *tf_table_digest(const tf_table *table);

#endif
