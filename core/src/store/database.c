/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 300 }; /* how long to wait for somebody else's lock */

static const char *cause(sqlite3 *handle)
{
    int number = sqlite3_system_errno(handle);

    return number != 0 ? strerror(number) : sqlite3_errmsg(handle);
}

trefoil_status tf_database_failed(trefoil_context *context, const tf_database *database, const char *doing)
{
    int code = sqlite3_errcode(database->handle) & 0xff;
    const char *path = database->path;
    const char *left = database->fresh ? "nothing of this run was finished yet" : "what was finished is kept";
    const char *again = database->fresh ? "run it again" : "go on with --resume";

    switch (code) {
    case SQLITE_NOMEM:
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory while %s", path, doing);
    case SQLITE_FULL:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: the disk is full (while %s); %s: free some space and %s", path, doing, left, again);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: locked by another program, perhaps a run that is still going (while %s); wait for it to end, or "
                       "choose another folder with --out",
                       path, doing);
    case SQLITE_CANTOPEN:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: cannot be opened (while %s): %s; check that the folder exists and may be written, or choose another "
                       "with --out",
                       path, doing, cause(database->handle));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: may not be written (while %s): %s; make the file and its folder writable, or choose another folder "
                       "with --out",
                       path, doing, cause(database->handle));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: damaged, or not a results store (while %s): %s; restore a copy, or run the scenario again", path, doing,
                       sqlite3_errmsg(database->handle));
    case SQLITE_IOERR:
        return tf_fail(context, TREFOIL_STORE_FAILED,
                       "%s: could not be read or written (while %s): %s; %s: check the disk and %s", path, doing, cause(database->handle), left,
                       again);
    default:
        return tf_fail(context, TREFOIL_STORE_FAILED, "%s: %s (while %s)", path, sqlite3_errmsg(database->handle), doing);
    }
}

trefoil_status tf_database_open(trefoil_context *context, tf_database *database, const char *path, int flags)
{
    trefoil_status status = TREFOIL_DONE;

    *database = (tf_database){.path = tf_strdup(path)};
    if (database->path == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to open it", path);
    }
    if (sqlite3_open_v2(path, &database->handle, flags, NULL) != SQLITE_OK) {
        status = database->handle != NULL ? tf_database_failed(context, database, "opening it")
                                          : tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to open it", path);
        tf_database_close(database);
        return status;
    }
    sqlite3_busy_timeout(database->handle, PATIENCE_MS);
    status = tf_database_run(context, database, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON");
    if (status != TREFOIL_DONE) {
        tf_database_close(database);
    }
    return status;
}

void tf_database_close(tf_database *database)
{
    for (int k = 0; k < TF_KEPT_STATEMENTS; k++) {
        sqlite3_finalize(database->kept[k]);
    }
    sqlite3_close(database->handle);
    tf_free(database->path);
    *database = (tf_database){0};
}

trefoil_status tf_database_run(trefoil_context *context, tf_database *database, const char *sql)
{
    char doing[80];

    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK) {
        return TREFOIL_DONE;
    }
    snprintf(doing, sizeof doing, "doing '%.*s'", (int)strcspn(sql, ";(\n"), sql);
    return tf_database_failed(context, database, doing);
}

static int bind_all(sqlite3_stmt *statement, const char *kinds, va_list values)
{
    int code = SQLITE_OK;

    for (int k = 1; kinds[k - 1] != '\0' && code == SQLITE_OK; k++) {
        switch (kinds[k - 1]) {
        case 't':
            code = sqlite3_bind_text(statement, k, va_arg(values, const char *), -1, SQLITE_STATIC);
            break;
        case 'i':
            code = sqlite3_bind_int64(statement, k, va_arg(values, int64_t));
            break;
        case 'r':
            code = sqlite3_bind_double(statement, k, va_arg(values, double));
            break;
        default: {
            const void *bytes = va_arg(values, const void *);
            size_t size = va_arg(values, size_t);

            code = sqlite3_bind_blob64(statement, k, size > 0 ? bytes : "", size, SQLITE_STATIC);
            break;
        }
        }
    }
    return code;
}

trefoil_status tf_database_write(trefoil_context *context, tf_database *database, const char *sql, const char *kinds, ...)
{
    trefoil_status status = TREFOIL_DONE;
    sqlite3_stmt *statement = NULL;
    va_list values;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        va_start(values, kinds);
        code = bind_all(statement, kinds, values);
        va_end(values);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        status = tf_database_failed(context, database, "writing results");
    }
    sqlite3_finalize(statement);
    return status;
}

static sqlite3_stmt *kept(tf_database *database, const char *sql, int *code)
{
    for (int k = 0; k < TF_KEPT_STATEMENTS; k++) {
        if (database->kept_sql[k] == sql) {
            return database->kept[k];
        }
        if (database->kept_sql[k] == NULL) {
            *code = sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &database->kept[k], NULL);
            database->kept_sql[k] = *code == SQLITE_OK ? sql : NULL;
            return *code == SQLITE_OK ? database->kept[k] : NULL;
        }
    }
    *code = SQLITE_MISUSE;
    return NULL;
}

trefoil_status tf_database_write_again(trefoil_context *context, tf_database *database, const char *sql, const char *kinds, ...)
{
    int code = SQLITE_OK;
    sqlite3_stmt *statement = kept(database, sql, &code);
    trefoil_status status = TREFOIL_DONE;
    va_list values;

    if (code == SQLITE_OK) {
        va_start(values, kinds);
        code = bind_all(statement, kinds, values);
        va_end(values);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        status = tf_database_failed(context, database, "writing results");
    }
    if (statement != NULL) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
    return status;
}

trefoil_status tf_database_pragma(trefoil_context *context, tf_database *database, const char *pragma, int64_t *number)
{
    trefoil_status status;
    tf_query query = {0};
    char sql[64];
    bool row;

    snprintf(sql, sizeof sql, "PRAGMA %s", pragma);
    TRY(tf_query_open(context, &query, database, sql));
    TRY(tf_query_next(context, &query, &row));
    *number = row ? sqlite3_column_int64(query.statement, 0) : 0;
out:
    tf_query_close(&query);
    return status;
}

trefoil_status tf_query_open(trefoil_context *context, tf_query *query, tf_database *database, const char *sql)
{
    *query = (tf_query){.database = database};
    if (sqlite3_prepare_v2(database->handle, sql, -1, &query->statement, NULL) != SQLITE_OK) {
        return tf_database_failed(context, database, "reading it");
    }
    return TREFOIL_DONE;
}

trefoil_status tf_query_next(trefoil_context *context, tf_query *query, bool *row)
{
    int code = sqlite3_step(query->statement);

    *row = code == SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return tf_database_failed(context, query->database, "reading it");
    }
    return TREFOIL_DONE;
}

void tf_query_close(tf_query *query)
{
    sqlite3_finalize(query->statement);
    query->statement = NULL;
}
