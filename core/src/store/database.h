/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQLite with reasons: every failure names the file, what was being done, and what the user can do about it. */
#ifndef TF_STORE_DATABASE_H
#define TF_STORE_DATABASE_H

#include "base/status.h"

#include <sqlite3.h>

enum { TF_KEPT_STATEMENTS = 1 };

typedef struct tf_database {
    sqlite3 *handle;
    char *path;
    bool fresh; /* nothing in it was committed under its final name: a failure leaves nothing */
    const char *kept_sql[TF_KEPT_STATEMENTS]; /* of tf_database_write_again, ready to be used again */
    sqlite3_stmt *kept[TF_KEPT_STATEMENTS];
} tf_database;

/* One statement being read. */
typedef struct tf_query {
    tf_database *database;
    sqlite3_stmt *statement;
} tf_query;

/* `flags` as for sqlite3_open_v2.  A failed open leaves nothing open. */
trefoil_status tf_database_open(trefoil_context *context, tf_database *database, const char *path, int flags) TF_MUST_USE;
void tf_database_close(tf_database *database);

/* Record the last failure of the connection; `doing` completes "while ...".  TREFOIL_STORE_FAILED, or TREFOIL_NO_MEMORY. */
trefoil_status tf_database_failed(trefoil_context *context, const tf_database *database, const char *doing);

/* Statements without parameters and results. */
trefoil_status tf_database_run(trefoil_context *context, tf_database *database, const char *sql) TF_MUST_USE;

/*
 * One statement whose parameters follow, one letter of `kinds` each: t `const char *` (NULL is stored as NULL), i int64_t, r double,
 * b `const void *` and size_t.  The texts and blobs must live during the call only.
 */
trefoil_status tf_database_write(trefoil_context *context, tf_database *database, const char *sql, const char *kinds, ...) TF_MUST_USE;

/* The same for a statement that comes again and again: it is prepared once.  `sql` is told by its address; TF_KEPT_STATEMENTS at most. */
trefoil_status tf_database_write_again(trefoil_context *context, tf_database *database, const char *sql, const char *kinds, ...)
    TF_MUST_USE;

/* A number the database states about itself: "user_version", "application_id". */
trefoil_status tf_database_pragma(trefoil_context *context, tf_database *database, const char *pragma, int64_t *number) TF_MUST_USE;

trefoil_status tf_query_open(trefoil_context *context, tf_query *query, tf_database *database, const char *sql) TF_MUST_USE;
/* Step to the next row; `*row` false at the end. */
trefoil_status tf_query_next(trefoil_context *context, tf_query *query, bool *row) TF_MUST_USE;
void tf_query_close(tf_query *query);

#endif
