/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/gather.h"

#include "base/memory.h"
#include "library/identity.h"
#include "library/results.h"
#include "report/print.h"
#include "store/export.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- finding stores -------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Adds folder/run.sqlite if it is there.  -1: no memory. */
static int add_store(const char *folder, tf_list *stores)
{
    tf_text name = { 0 };
    int added = 0;

    tf_text_addf(&name, "%s/run.sqlite", folder);
    if (name.failed)
        added = -1;
    else if (access(name.chars, F_OK) == 0)
        added = tf_list_add(stores, name.chars);
    tf_text_free(&name);
    return added;
}

/* Stores in the folders of a folder, in the order of names. */
static int add_stores_below(const char *folder, tf_list *stores)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort), added = 0;

    for (int k = 0; k < n; ++k) {
        tf_text name = { 0 };
        tf_text_addf(&name, "%s/%s", folder, names[k]->d_name);
        if (name.failed)
            added = -1;
        else if (added == 0 && names[k]->d_name[0] != '.' && is_folder(name.chars))
            added = add_store(name.chars, stores);
        tf_text_free(&name);
        free(names[k]);
    }
    free(names);
    return added;
}

/* A store by its name; a folder that holds one; a folder of such folders. */
static trefoil_status find_stores(trefoil_context *context, const char *path, tf_list *stores)
{
    size_t before = stores->count;
    int added = 0;

    if (!is_folder(path))
        added = tf_list_add(stores, path);
    else if ((added = add_stores_below(path, stores)) == 0 && stores->count == before)
        added = add_store(path, stores);
    if (added != 0)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of stores");
    return stores->count > before ? TREFOIL_DONE : tf_mistake(context, (tf_place){ 0 }, "%s: no run.sqlite in it or in the folders in it", path);
}

/* ---- opening them ---------------------------------------------------------------------------- */

typedef struct shards {
    tf_store **stores;
    tf_keeper *keepers;
    size_t n;
    int64_t persons; /* of a portion */
    long of;         /* into how many shards the run was divided, as the first of them says */
} shards;

static void close_shards(trefoil_context *context, shards *self)
{
    for (size_t k = 0; k < self->n; ++k)
        (void)tf_store_close(context, self->stores[k]);
    tf_free(self->stores);
    tf_free(self->keepers);
    *self = (shards){ 0 };
}

/* One that is open; what is wrong with it is a mistake. */
static void check_store(trefoil_context *context, const tf_run *run, const tf_identity *identity, shards *self, tf_store *store)
{
    const char *shard = tf_store_noted(store, "shard"), *portion = tf_store_noted(store, "portion");
    const char *of = shard ? strchr(shard, '/') : NULL;
    int64_t persons;

    if (tf_store_compare(context, store, &run->layout, identity->entries, identity->count) != TREFOIL_DONE)
        return;
    if (!of || !portion || !tf_parse_integer(portion, &persons)) {
        tf_mistake(context, (tf_place){ 0 }, "%s: not the store of a shard: it was written without --shard", tf_store_path(store));
        return;
    }
    if (self->persons && self->persons != persons)
        tf_mistake(context, (tf_place){ 0 }, "%s: its portions are of %" PRId64 " people, those of %s of %" PRId64 "; run it again with --portion %" PRId64,
                   tf_store_path(store), persons, tf_store_path(self->stores[0]), self->persons, self->persons);
    if (!self->persons) {
        self->persons = persons;
        self->of = strtol(of + 1, NULL, 10);
    }
}

static trefoil_status open_shards(trefoil_context *context, const tf_run *run, const tf_list *paths, shards *self)
{
    trefoil_status status = TREFOIL_DONE;
    tf_identity identity = { 0 };

    TRY(tf_identity_create(context, run, &identity));
    self->stores = TF_NEW(tf_store *, paths->count);
    self->keepers = TF_NEW(tf_keeper, paths->count);
    if (!self->stores || !self->keepers) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %zu stores", paths->count);
        goto out;
    }
    for (size_t k = 0; k < paths->count; ++k) {
        tf_store *store;
        TRY(tf_store_open(context, paths->items[k], &store));
        self->stores[self->n] = store;
        self->keepers[self->n++] = tf_store_keeper(store);
        check_store(context, run, &identity, self, store);
    }
    status = tf_mistakes(context) ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    tf_identity_free(&identity);
    return status;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* Portions that are nowhere are a mistake for each shard that should have them. */
static trefoil_status check_complete(trefoil_context *context, const char *path, const tf_run *run, const tf_portions *portions,
                                     const tf_gather *gather, const shards *self)
{
    size_t all = (run->scenario->draws + (size_t)1) * portions->count, of = self->of > 0 ? (size_t)self->of : 1;
    size_t *missing = TF_NEW(size_t, of);

    if (!missing)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the list of shards");
    for (size_t i = 0; i < all; ++i)
        missing[i % of] += !tf_gather_has(gather, (tf_item){ (uint32_t)(i / portions->count), i % portions->count });
    for (size_t k = 0; k < of; ++k) {
        char number[TF_PRINTED_SIZE];
        tf_print_digits(number, (double)missing[k], 0, "", false);
        if (missing[k])
            tf_mistake(context, (tf_place){ 0 }, "%s portion%s of shard %zu of %zu missing; run it: trefoil run %s --shard %zu/%zu, "
                       "with the options of the others (and --resume if it was begun)", number, missing[k] == 1 ? "" : "s", k + 1, of, path, k + 1, of);
    }
    tf_free(missing);
    return tf_mistakes(context) ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* Is the store to be written one of those that are read? */
static trefoil_status check_place(trefoil_context *context, const tf_list *paths, const char *path)
{
    struct stat there, here;

    if (stat(path, &there) != 0)
        return TREFOIL_DONE;
    for (size_t k = 0; k < paths->count; ++k)
        if (stat(paths->items[k], &here) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino)
            return tf_mistake(context, (tf_place){ 0 }, "%s: one of the shards, which the merged results would replace; choose another --out", path);
    return TREFOIL_DONE;
}

static trefoil_status write_merged(trefoil_context *context, const char *path, const tf_run *run, const trefoil_options *options,
                                   const tf_results *results, const shards *self)
{
    trefoil_status status, closed;
    tf_identity identity = { 0 };
    tf_portions portions = { 0 };
    tf_gather *gather = NULL;
    tf_store *store = NULL;
    char text[32];

    TRY(tf_portions_create(context, run->plan, (uint64_t)self->persons, &portions));
    TRY(tf_gather_create(context, run->plan, &portions, self->keepers, self->n, (tf_sink){ 0 }, &gather));
    TRY(check_complete(context, path, run, &portions, gather, self));
    tf_gather_destroy(gather);
    gather = NULL;
    TRY(tf_export_folder(context, results->folder));
    TRY(tf_identity_create(context, run, &identity));
    TRY(tf_store_create(context, results->store, false, &run->layout, run->scenario, run->model->parameters, identity.entries, identity.count,
                        &store));
    TRY(tf_results_note_events(context, run, store));
    snprintf(text, sizeof text, "%" PRId64, self->persons);
    TRY(tf_store_note(context, store, "portion", text));
    TRY(tf_gather_create(context, run->plan, &portions, self->keepers, self->n, tf_store_sink(store), &gather));
    TRY(tf_gather_take(context, gather, NULL, 0));
    TRY(tf_results_note(context, run, options, tf_results_seconds(self->stores, self->n), store));
    TRY(tf_results_report(context, store, results->folder));
out:
    tf_gather_destroy(gather);
    tf_portions_free(&portions);
    tf_identity_free(&identity);
    closed = store ? tf_store_close(context, store) : TREFOIL_DONE;
    return status == TREFOIL_DONE ? closed : status;
}

trefoil_status trefoil_merge(trefoil_context *context, const char *path, const char *const *stores, size_t n_stores,
                             const trefoil_options *options)
{
    trefoil_status status = TREFOIL_DONE;
    tf_results results = { 0 };
    tf_list paths = { 0 };
    tf_run *run = NULL;
    shards parts = { 0 };

    tf_result(context, NULL);
    for (size_t k = 0; k < n_stores; ++k)
        TRY(find_stores(context, stores[k], &paths));
    TRY(tf_run_open(context, path, options->sets, options->n_sets, options->plugin_dir, &run));
    TRY(tf_results_begin(context, run, options, false, &results));
    TRY(check_place(context, &paths, results.store));
    TRY(open_shards(context, run, &paths, &parts));
    TRY(write_merged(context, path, run, options, &results, &parts));
out:
    close_shards(context, &parts);
    tf_results_end(&results);
    tf_run_close(run);
    tf_list_free(&paths);
    return status;
}
