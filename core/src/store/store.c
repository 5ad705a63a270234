/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- opening --------------------------------------------------------------------------------- */

static char *joined(const char *path, const char *end)
{
    size_t length = strlen(path), more = strlen(end);
    char *text = tf_alloc(length + more + 1, 1);

    if (text != NULL) {
        memcpy(text, path, length);
        memcpy(text + length, end, more + 1);
    }
    return text;
}

static tf_store *make_store(trefoil_context *context, const char *path, bool writable)
{
    tf_store *store = TF_NEW(tf_store, 1);

    if (store != NULL) {
        store->writable = writable;
        store->path = tf_strdup(path);
    }
    if (store == NULL || store->path == NULL) {
        tf_free(store);
        (void)tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to open it", path);
        return NULL;
    }
    return store;
}

static void destroy(tf_store *store)
{
    tf_database_close(&store->database);
    tf_store_free_header(store);
    tf_free(store->bytes);
    tf_free(store->working);
    tf_free(store->path);
    tf_free(store);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Remove what an earlier writer that was killed left beside `path`; what is not there is no failure. */
static trefoil_status remove_remains(trefoil_context *context, const char *path, const char *end)
{
    char *remains = joined(path, end);
    trefoil_status status = TREFOIL_DONE;

    if (remains == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", path);
    }
    if (unlink(remains) != 0 && errno != ENOENT) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "%s: cannot be removed: %s", remains, strerror(errno));
    }
    tf_free(remains);
    return status;
}

/* A writer keeps the lock as long as it has the store open: a second run into the same folder is told so.  What has not its final name yet need not reach the
 * disk at each step: publish() sees to that. */
static trefoil_status hold(trefoil_context *context, tf_database *database, bool published)
{
    trefoil_status status;

    TRY(tf_database_run(context, database, "PRAGMA locking_mode = EXCLUSIVE"));
    TRY(tf_database_run(context, database, "PRAGMA journal_mode = DELETE; PRAGMA cache_size = -65536"));
    TRY(tf_database_run(context, database, published ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = OFF"));
    TRY(tf_database_run(context, database, "BEGIN EXCLUSIVE; COMMIT"));
out:
    return status;
}

/* May the file at `path`, if there is one, be replaced: it is not in use, and it is a store (or nothing anybody can read)?  Rolls back
 * what a killed writer left unfinished, so that no journal of the old file is taken for one of the new. */
static trefoil_status check_replaceable(trefoil_context *context, const char *path)
{
    trefoil_status status = TREFOIL_DONE;
    tf_database database = {0};
    sqlite3_stmt *statement = NULL;
    int code;

    if (!exists(path)) {
        return remove_remains(context, path, "-journal");
    }
    TRY(tf_database_open(context, &database, path, SQLITE_OPEN_READWRITE));
    code = sqlite3_exec(database.handle, "BEGIN EXCLUSIVE; COMMIT", NULL, NULL, NULL) & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
        goto out;
    }
    if (code != SQLITE_OK) {
        status = tf_database_failed(context, &database, "making room for a new run");
        goto out;
    }
    if (sqlite3_prepare_v2(database.handle, "SELECT (SELECT application_id FROM pragma_application_id), count(*) FROM sqlite_schema", -1,
                           &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int64(statement, 0) != TF_STORE_APPLICATION &&
        sqlite3_column_int64(statement, 1) > 0) {
        status = tf_fail(context, TREFOIL_STORE_FAILED,
                         "%s: a database of another program, which is not overwritten; move it, or choose another folder with --out", path);
    }
out:
    sqlite3_finalize(statement);
    tf_database_close(&database);
    return status;
}

static trefoil_status begin_new(trefoil_context *context, tf_store *store, const tf_layout *layout, const tf_scenario *scenario,
                                const tf_parameters *parameters, const tf_provenance_entry *identity, size_t n_identity)
{
    trefoil_status status;

    TRY(check_replaceable(context, store->path));
    store->working = joined(store->path, ".new");
    if (store->working == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", store->path);
    }
    TRY(check_replaceable(context, store->working));
    TRY(remove_remains(context, store->path, ".new"));
    TRY(remove_remains(context, store->working, "-journal"));
    TRY(tf_database_open(context, &store->database, store->working, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    store->database.fresh = true;
    TRY(tf_database_run(context, &store->database, "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL"));
    TRY(hold(context, &store->database, false));
    TRY(tf_store_write_header(context, store, layout, scenario, parameters, identity, n_identity));
    TRY(tf_store_read_header(context, store));
out:
    return status;
}

/* ---- resuming -------------------------------------------------------------------------------- */

static trefoil_status refuse(trefoil_context *context, const tf_store *store, const char *what, const char *before, const char *now)
{
    if (!store->writable) {
        return tf_mistake(context, (tf_place){0}, "%s: not a part of this run: %s is '%s' there and '%s' in the scenario", store->path, what, before, now);
    }
    return tf_mistake(context, (tf_place){0},
                      "%s: cannot go on with this run: %s was '%s' when it began and is '%s' now; restore it, or run without --resume to "
                      "begin anew",
                      store->path, what, before, now);
}

static void compare_identity(trefoil_context *context, const tf_store *store, const tf_provenance_entry *identity, size_t n)
{
    for (size_t k = 0; k < store->n_facts; k++) {
        const tf_fact *fact = &store->facts[k];
        const char *now = NULL;

        for (size_t j = 0; j < n; j++) {
            now = strcmp(identity[j].key, fact->key) == 0 ? identity[j].value : now;
        }
        if (fact->identity && (now == NULL || strcmp(now, fact->value) != 0)) {
            (void)refuse(context, store, fact->key, fact->value, now != NULL ? now : "(absent)");
        }
    }
    for (size_t j = 0; j < n; j++) {
        const char *before = tf_store_noted(store, identity[j].key);

        if (before == NULL) {
            (void)refuse(context, store, identity[j].key, "(absent)", identity[j].value);
        }
    }
}

static void compare_count(trefoil_context *context, const tf_store *store, const char *what, size_t before, size_t now)
{
    char texts[2][24];

    snprintf(texts[0], sizeof texts[0], "%zu", before);
    snprintf(texts[1], sizeof texts[1], "%zu", now);
    if (before != now) {
        (void)refuse(context, store, what, texts[0], texts[1]);
    }
}

static void compare_names(trefoil_context *context, const tf_store *store, const char *what, const char *before, const char *now)
{
    if (strcmp(before, now) != 0) {
        (void)refuse(context, store, what, before, now);
    }
}

static void compare_layout(trefoil_context *context, const tf_store *store, const tf_layout *now)
{
    const tf_layout *before = &store->layout;

    compare_count(context, store, "the number of measures", before->n_measures, now->n_measures);
    compare_count(context, store, "the number of groups", before->n_groups, now->n_groups);
    compare_count(context, store, "the number of groups kept by year", before->n_year_groups, now->n_year_groups);
    compare_count(context, store, "the number of years", before->n_years, now->n_years);
    compare_count(context, store, "the number of strategies", before->n_strategies, now->n_strategies);
    compare_count(context, store, "the number of parameters", before->n_parameters, now->n_parameters);
    for (size_t k = 0; k < before->n_measures && k < now->n_measures; k++) {
        compare_names(context, store, "a measure", before->measures[k].name, now->measures[k].name);
    }
    for (size_t k = 0; k < before->n_groups && k < now->n_groups; k++) {
        compare_names(context, store, "a group", before->groups[k].group, now->groups[k].group);
    }
    for (size_t k = 0; k < before->n_strategies && k < now->n_strategies; k++) {
        compare_names(context, store, "a strategy", before->strategies[k], now->strategies[k]);
    }
    for (size_t k = 0; k < before->n_parameters && k < now->n_parameters; k++) {
        compare_names(context, store, "a parameter", before->parameters[k], now->parameters[k]);
    }
    if (before->n_strategies == now->n_strategies) {
        compare_names(context, store, "the comparator", before->strategies[before->comparator], now->strategies[now->comparator]);
    }
}

trefoil_status tf_store_compare(trefoil_context *context, const tf_store *store, const tf_layout *layout,
                                const tf_provenance_entry *identity, size_t n_identity)
{
    size_t mistakes = tf_mistakes(context);

    compare_identity(context, store, identity, n_identity);
    if (tf_mistakes(context) == mistakes) {
        compare_layout(context, store, layout);
    }
    return tf_mistakes(context) > mistakes ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

static trefoil_status go_on(trefoil_context *context, tf_store *store, const tf_layout *layout, const tf_provenance_entry *identity,
                            size_t n_identity)
{
    trefoil_status status;

    TRY(tf_database_open(context, &store->database, store->path, SQLITE_OPEN_READWRITE));
    TRY(tf_store_check(context, store));
    TRY(tf_store_read_header(context, store));
    TRY(tf_store_compare(context, store, layout, identity, n_identity));
    TRY(hold(context, &store->database, true));
out:
    return status;
}

trefoil_status tf_store_create(trefoil_context *context, const char *path, bool resume, const tf_layout *layout,
                               const tf_scenario *scenario, const tf_parameters *parameters, const tf_provenance_entry *identity,
                               size_t n_identity, tf_store **store)
{
    trefoil_status status;
    tf_store *made = make_store(context, path, true);

    *store = NULL;
    if (made == NULL) {
        return TREFOIL_NO_MEMORY;
    }
    if (resume && exists(path)) {
        made->resumed = true;
        TRY(go_on(context, made, layout, identity, n_identity));
    } else {
        TRY(begin_new(context, made, layout, scenario, parameters, identity, n_identity));
    }
    *store = made;
    made = NULL;
out:
    if (made != NULL) {
        bool mine = made->database.handle != NULL && made->working != NULL;

        tf_database_close(&made->database);
        if (mine) {
            unlink(made->working);
        }
        destroy(made);
    }
    return status;
}

trefoil_status tf_store_open(trefoil_context *context, const char *path, tf_store **store)
{
    trefoil_status status;
    tf_store *made = make_store(context, path, false);

    *store = NULL;
    if (made == NULL) {
        return TREFOIL_NO_MEMORY;
    }
    if (!exists(path)) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "%s: there is no such store; name the run.sqlite of a run", path);
        goto out;
    }
    /* For reading and writing where that is allowed: what a killed run left unfinished is rolled back. */
    TRY(tf_database_open(context, &made->database, path, SQLITE_OPEN_READWRITE));
    TRY(tf_store_check(context, made));
    TRY(tf_store_read_header(context, made));
    *store = made;
    made = NULL;
out:
    if (made != NULL) {
        destroy(made);
    }
    return status;
}

/* ---- taking draws ---------------------------------------------------------------------------- */

/* A file or folder reaches the disk; a file system that cannot do that is no failure. */
static bool settle(const char *path)
{
    int file = open(path, O_RDONLY);
    bool done = file >= 0 && (fsync(file) == 0 || errno == EINVAL || errno == EROFS);

    if (file >= 0) {
        close(file);
    }
    return done;
}

static void settle_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? tf_strdup(".") : tf_strdup(path);

    if (folder == NULL) {
        return;
    }
    if (slash != NULL) {
        folder[slash == path ? 1 : slash - path] = '\0';
    }
    (void)settle(folder);
    tf_free(folder);
}

/* Give the new store its final name.  The connection is closed meanwhile: SQLite looks for its journal under the name it opened. */
static trefoil_status publish(trefoil_context *context, tf_store *store)
{
    trefoil_status status;

    TRY(check_replaceable(context, store->path));
    TRY(remove_remains(context, store->path, "-journal"));
    tf_database_close(&store->database);
    if (!settle(store->working) || rename(store->working, store->path) != 0) {
        status = tf_fail(context, TREFOIL_STORE_FAILED, "%s: cannot be renamed to %s: %s; the results so far are in the former",
                         store->working, store->path, strerror(errno));
        tf_free(store->working);
        store->working = NULL;
        return status;
    }
    settle_folder(store->path);
    tf_free(store->working);
    store->working = NULL;
    TRY(tf_database_open(context, &store->database, store->path, SQLITE_OPEN_READWRITE));
    TRY(hold(context, &store->database, true));
out:
    return status;
}

trefoil_status tf_store_settle(trefoil_context *context, tf_store *store)
{
    trefoil_status status = tf_store_commit(context, store);

    return status == TREFOIL_DONE && store->working != NULL ? publish(context, store) : status;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static trefoil_status commit_if_due(trefoil_context *context, tf_store *store)
{
    const double longest = 0.25;
    double now = store->together ? seconds_now() : 0;

    if (store->together && now - store->committed < longest) {
        return TREFOIL_DONE;
    }
    store->committed = now;
    return tf_store_commit(context, store);
}

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    trefoil_status status;
    tf_store *store = self;
    const tf_array_sizes theirs = tf_store_sizes(layout), ours = tf_store_sizes(&store->layout);

    if (!store->writable || store->database.handle == NULL) {
        return tf_bug(context, "a draw was handed to a store that is not open for writing");
    }
    if (memcmp(&theirs, &ours, sizeof ours) != 0 || layout->n_strategies != store->layout.n_strategies ||
        layout->n_parameters != store->layout.n_parameters) {
        return tf_bug(context, "draw %u has another layout than the store", draw->draw);
    }
    TRY(tf_store_write_draw(context, store, draw));
    TRY(tf_store_let_go(context, store, draw->draw));
    TRY(tf_store_mark_finished(context, store, draw->draw));
    TRY(store->working != NULL ? tf_store_settle(context, store) : commit_if_due(context, store));
out:
    return status;
}

static bool has(void *self, uint32_t draw)
{
    const tf_store *store = self;

    return draw < store->finished_size && store->finished[draw];
}

tf_sink tf_store_sink(tf_store *store)
{
    return (tf_sink){.take = take, .has = has, .self = store};
}

/* ---- keeping portions ------------------------------------------------------------------------ */

static trefoil_status keep(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    trefoil_status status = TREFOIL_DONE;
    tf_store *store = self;

    if (!store->writable || store->database.handle == NULL) {
        return tf_bug(context, "a portion was handed to a store that is not open for writing");
    }
    for (size_t k = 0; k < n; k++) {
        TRY(tf_store_write_portion(context, store, &portions[k]));
    }
    TRY(tf_store_settle(context, store));
out:
    return status;
}

static bool has_portion(void *self, uint32_t draw, size_t first, size_t units)
{
    return tf_store_has_portion(self, draw, first, units);
}

static trefoil_status add(void *self, trefoil_context *context, uint32_t draw, size_t first, struct tf_draw_tally *tally, double *parameters,
                          double *seconds)
{
    return tf_store_add_portion(context, self, draw, first, tally, parameters, seconds);
}

tf_keeper tf_store_keeper(tf_store *store)
{
    return (tf_keeper){.keep = keep, .has = has_portion, .add = add, .self = store};
}

trefoil_status tf_store_forget_portions(trefoil_context *context, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;

    while (store->n_kept > 0 && status == TREFOIL_DONE) {
        status = tf_store_begin(context, store);
        if (status == TREFOIL_DONE) {
            status = tf_store_let_go(context, store, tf_store_last_kept(store));
        }
    }
    return status;
}

size_t tf_store_portions(const tf_store *store)
{
    return store->n_kept;
}

/* ---- what usual care is expected to use ------------------------------------------------------ */

static trefoil_status recall(void *self, trefoil_context *context, const char *name, double *numbers, size_t n, bool *there)
{
    trefoil_status status;
    tf_store *store = self;
    tf_query query = {0};
    bool row;

    *there = false;
    TRY(tf_query_open(context, &query, &store->database, "SELECT name, numbers FROM expected"));
    for (;;) {
        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        if (strcmp((const char *)sqlite3_column_text(query.statement, 0), name) == 0 &&
            (size_t)sqlite3_column_bytes(query.statement, 1) == n * sizeof *numbers) {
            tf_store_decode(sqlite3_column_blob(query.statement, 1), n, numbers);
            *there = true;
        }
    }
out:
    tf_query_close(&query);
    return status;
}

static trefoil_status remember(void *self, trefoil_context *context, const char *name, const double *numbers, size_t n)
{
    trefoil_status status;
    tf_store *store = self;
    unsigned char *bytes = tf_alloc(n * sizeof *numbers + 1, 1);

    if (bytes == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to write what usual care is expected to use", store->path);
    }
    tf_store_encode(numbers, n, bytes);
    TRY(tf_store_begin(context, store));
    TRY(tf_database_write(context, &store->database, "INSERT OR REPLACE INTO expected VALUES (?, ?)", "tb", name, bytes, n * sizeof *numbers));
    TRY(tf_store_seal_table(context, store, "expected"));
out:
    if (status != TREFOIL_DONE) { /* not a table without its seal */
        tf_store_roll_back(store);
    }
    tf_free(bytes);
    return status;
}

tf_memo tf_store_memo(tf_store *store)
{
    return (tf_memo){.recall = recall, .remember = remember, .self = store};
}

void tf_store_together(tf_store *store)
{
    store->together = true;
}

trefoil_status tf_store_close(trefoil_context *context, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;

    if (store == NULL) {
        return TREFOIL_DONE;
    }
    status = store->writable && store->database.handle != NULL ? tf_store_commit(context, store) : TREFOIL_DONE;
    if (status == TREFOIL_DONE && store->let_go && store->database.handle != NULL) {
        status = tf_database_run(context, &store->database, "PRAGMA incremental_vacuum");
    }
    tf_database_close(&store->database);
    if (store->working != NULL && status == TREFOIL_DONE) {
        /* No draw was finished: what was there before stays. */
        status = remove_remains(context, store->path, ".new");
    }
    destroy(store);
    return status;
}

/* ---- facts ----------------------------------------------------------------------------------- */

const char *tf_store_path(const tf_store *store)
{
    return store->path;
}

trefoil_status tf_store_note(trefoil_context *context, tf_store *store, const char *key, const char *value)
{
    trefoil_status status;

    if (!store->writable || store->database.handle == NULL) {
        return tf_bug(context, "'%s' was noted in a store that is not open for writing", key);
    }
    for (size_t k = 0; k < store->n_facts; k++) {
        if (store->facts[k].identity && strcmp(store->facts[k].key, key) == 0) {
            return tf_bug(context, "'%s' is part of the run's identity and cannot be noted", key);
        }
    }
    TRY(tf_store_begin(context, store));
    TRY(tf_database_write(context, &store->database, "INSERT OR REPLACE INTO provenance VALUES (?, ?, 0)", "tt", key, value));
    store->noted = true;
    TRY(tf_store_keep_fact(context, store, key, value, false));
out:
    return status;
}

const char *tf_store_noted(const tf_store *store, const char *key)
{
    for (size_t k = 0; k < store->n_facts; k++) {
        if (strcmp(store->facts[k].key, key) == 0) {
            return store->facts[k].value;
        }
    }
    return NULL;
}

const tf_provenance_entry *tf_store_fact(const tf_store *store, size_t k, tf_provenance_entry *entry, bool *identity)
{
    if (k >= store->n_facts) {
        return NULL;
    }
    *entry = (tf_provenance_entry){.key = store->facts[k].key, .value = store->facts[k].value};
    *identity = store->facts[k].identity;
    return entry;
}

const tf_layout *tf_store_layout(const tf_store *store)
{
    return &store->shown;
}

const tf_scenario *tf_store_scenario(const tf_store *store)
{
    return &store->shown_scenario;
}

const tf_stored_parameter *tf_store_parameters(const tf_store *store)
{
    return store->parameters;
}
