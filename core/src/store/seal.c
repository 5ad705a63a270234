/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of the tables that hold what a run is: of all their values, row by row.  Draws and portions have their own, row by row. */
#include "store/inside.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char *const tables[] = {"provenance", "scenario", "threshold", "grouping", "intervention", "strategy", "strategy_intervention",
                                     "measure", "people", "background", "equity", "parameter", "expected"};
enum { TABLES = sizeof tables / sizeof tables[0] };

static void add_number(tf_text *bytes, double number)
{
    unsigned char eight[sizeof number];

    tf_store_encode(&number, 1, eight);
    tf_text_add_bytes(bytes, (const char *)eight, sizeof eight);
}

/* Its kind, and its bytes with their number. */
static void add_value(tf_text *bytes, sqlite3_stmt *row, int column)
{
    const char kind = (char)sqlite3_column_type(row, column);

    tf_text_add_bytes(bytes, &kind, 1);
    if (kind == SQLITE_INTEGER || kind == SQLITE_FLOAT) { /* no integer is above 2^53, but for seeds, which are texts */
        add_number(bytes, sqlite3_column_double(row, column));
    } else if (kind != SQLITE_NULL) {
        const void *blob = sqlite3_column_blob(row, column);
        const int n = sqlite3_column_bytes(row, column);

        add_number(bytes, n);
        if (n > 0) {
            tf_text_add_bytes(bytes, blob, (size_t)n);
        }
    }
}

static trefoil_status digest_table(trefoil_context *context, tf_store *store, const char *table, char digest[TF_DIGEST_SIZE])
{
    trefoil_status status;
    tf_query query = {0};
    tf_text bytes = {0};
    char sql[80];
    bool row;

    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY rowid", table);
    TRY(tf_query_open(context, &query, &store->database, sql));
    for (;;) {
        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        for (int column = 0; column < sqlite3_column_count(query.statement); column++) {
            add_value(&bytes, query.statement, column);
        }
    }
    if (bytes.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory for the digest of %s", store->path, table);
        goto out;
    }
    tf_digest_bytes(bytes.chars, bytes.length, digest);
out:
    tf_query_close(&query);
    tf_text_free(&bytes);
    return status;
}

trefoil_status tf_store_seal_table(trefoil_context *context, tf_store *store, const char *table)
{
    char digest[TF_DIGEST_SIZE];
    trefoil_status status = digest_table(context, store, table, digest);

    return status != TREFOIL_DONE ? status
                                  : tf_database_write(context, &store->database, "INSERT OR REPLACE INTO seal VALUES (?, ?)", "tt", table, digest);
}

trefoil_status tf_store_seal(trefoil_context *context, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;

    for (int t = 0; t < TABLES; t++) {
        TRY(tf_store_seal_table(context, store, tables[t]));
    }
out:
    return status;
}

/* The seal as it is stored. */
static trefoil_status read_seal(trefoil_context *context, tf_store *store, const char *table, char stored[TF_DIGEST_SIZE])
{
    trefoil_status status;
    tf_query query = {0};
    char sql[96];
    bool row;

    stored[0] = '\0';
    snprintf(sql, sizeof sql, "SELECT sha256 FROM seal WHERE name = '%s'", table);
    TRY(tf_query_open(context, &query, &store->database, sql));
    TRY(tf_query_next(context, &query, &row));
    if (row && sqlite3_column_bytes(query.statement, 0) == TF_DIGEST_SIZE - 1) {
        memcpy(stored, sqlite3_column_text(query.statement, 0), TF_DIGEST_SIZE);
    }
out:
    tf_query_close(&query);
    return status;
}

trefoil_status tf_store_check_seals(trefoil_context *context, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;

    for (int t = 0; t < TABLES; t++) {
        char is[TF_DIGEST_SIZE], was[TF_DIGEST_SIZE];

        TRY(read_seal(context, store, tables[t], was));
        TRY(digest_table(context, store, tables[t], is));
        if (strcmp(is, was) != 0) {
            status = tf_fail(context, TREFOIL_STORE_FAILED,
                             "%s: damaged (table %s does not match its digest in table seal); restore a copy, or run the scenario again", store->path,
                             tables[t]);
            goto out;
        }
    }
out:
    return status;
}
