/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/run.h"

#include "base/memory.h"
#include "deal/terms.h"
#include "library/deal.h"
#include "library/identity.h"
#include "library/variant.h"
#include "report/terminal.h"
#include "report/views.h"
#include "store/export.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char *folder_of(const tf_run *run, const trefoil_options *options)
{
    tf_text folder = { 0 };

    if (options->out)
        tf_text_add(&folder, options->out);
    else
        tf_text_addf(&folder, "results/%s", run->scenario->name);
    if (folder.failed) {
        tf_text_free(&folder);
        return NULL;
    }
    return folder.chars;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static trefoil_status note(trefoil_context *context, tf_store *store, const char *key, const char *format, ...) TF_PRINTF(4, 5);

static trefoil_status note(trefoil_context *context, tf_store *store, const char *key, const char *format, ...)
{
    char value[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    return tf_store_note(context, store, key, value);
}

/* Facts beside the results: they may differ between runs whose results are the same bytes. */
static trefoil_status note_run(trefoil_context *context, const tf_run *run, const trefoil_options *options, double seconds, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;
    char host[256] = "", when[64] = "";
    struct rusage usage;
    time_t now = time(NULL);
    struct tm utc;

    gethostname(host, sizeof host - 1);
    getrusage(RUSAGE_SELF, &usage);
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    TRY(note(context, store, "finished", "%s", when));
    TRY(note(context, store, "host", "%s", host));
    TRY(note(context, store, "threads", "%d", options->threads));
    TRY(note(context, store, "seconds", "%.3f", seconds));
    TRY(note(context, store, "peak_memory_bytes", "%ld", usage.ru_maxrss * 1024L));
    TRY(note(context, store, "people", "%" PRIu64, run->population->people));
    TRY(note(context, store, "persons_simulated_per_draw", "%" PRIu64, run->population->persons));
out:
    return status;
}

static trefoil_status note_events(trefoil_context *context, const tf_run *run, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text list = { 0 };

    for (size_t e = 0; e < run->scenario->events.count; ++e)
        tf_text_addf(&list, "%s%s", e ? "," : "", run->scenario->events.items[e]);
    if (list.failed)
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of events");
    else if (list.chars)
        status = tf_store_note(context, store, "events", list.chars);
    tf_text_free(&list);
    return status;
}

static trefoil_status write_store(trefoil_context *context, tf_run *run, const trefoil_options *options, const char *path)
{
    trefoil_status status = TREFOIL_DONE, closed;
    tf_identity identity = { 0 };
    tf_store *store = NULL;
    double began = seconds_now();

    TRY(tf_identity_create(context, run, &identity));
    TRY(tf_store_create(context, path, options->resume, &run->layout, run->scenario, run->model->parameters, identity.entries,
                        identity.count, &store));
    TRY(note_events(context, run, store));
    if (run->trace)
        tf_store_together(store);
    status = tf_run_go(context, run, (tf_run_options){ options->threads, (uint32_t)options->block }, tf_store_sink(store));
    if (status == TREFOIL_DONE)
        status = note_run(context, run, options, seconds_now() - began, store);
out:
    closed = store ? tf_store_close(context, store) : TREFOIL_DONE;
    tf_identity_free(&identity);
    return status == TREFOIL_DONE ? closed : status;
}

static trefoil_status write_report(trefoil_context *context, const char *path, const char *folder)
{
    trefoil_status status = TREFOIL_DONE, closed;
    tf_store *store = NULL;
    tf_text text = { 0 };

    TRY(tf_store_open(context, path, &store));
    TRY(tf_write_views(context, store, folder));
    TRY(tf_terminal_report(context, store, &text));
    tf_text_addf(&text, "\nEverything is in %s/ : start with report.html; what each file holds is in results/README.md.\n", folder);
    TRY(tf_result(context, text.chars));
out:
    tf_text_free(&text);
    closed = store ? tf_store_close(context, store) : TREFOIL_DONE;
    return status == TREFOIL_DONE ? closed : status;
}

trefoil_status trefoil_run(trefoil_context *context, const char *path, const trefoil_options *options)
{
    trefoil_status status = TREFOIL_DONE;
    tf_run *run = NULL;
    char *folder = NULL, *store = NULL;
    tf_text name = { 0 };

    tf_result(context, NULL);
    TRY(tf_run_open(context, path, options->sets, options->n_sets, options->plugin_dir, &run));
    folder = folder_of(run, options);
    if (folder)
        tf_text_addf(&name, "%s/run.sqlite", folder);
    store = name.chars;
    if (!folder || name.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the name of the results");
        goto out;
    }
    TRY(tf_export_folder(context, folder));
    TRY(write_store(context, run, options, store));
    TRY(write_report(context, store, folder));
out:
    tf_text_free(&name);
    tf_free(folder);
    tf_run_close(run);
    return status;
}

trefoil_status trefoil_check(trefoil_context *context, const char *path, const trefoil_options *options)
{
    tf_run *run = NULL;
    trefoil_status status;

    tf_result(context, NULL);
    if (tf_is_deal(path))
        return tf_deal_check(context, path);
    status = tf_run_open(context, path, options->sets, options->n_sets, options->plugin_dir, &run);
    if (status == TREFOIL_DONE) {
        tf_variants variants = { .context = context, .path = path, .sets = options->sets, .n_sets = options->n_sets,
                                 .plugin_dir = options->plugin_dir };
        status = tf_variants_check(&variants, run->scenario);
    }
    tf_run_close(run);
    return status;
}
