/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/run.h"

#include "base/memory.h"
#include "deal/terms.h"
#include "library/deal.h"
#include "library/identity.h"
#include "library/precision.h"
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

enum { HOOK_SECONDS = 10 };

/* The scenario read, with its plugins where they are to run. */
static trefoil_status open_run(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets, const trefoil_options *options,
                               tf_run **run)
{
    trefoil_status status = tf_run_open(context, path, sets, n_sets, options->plugin_dir, run);

    if (status == TREFOIL_DONE && options->isolate)
        status = tf_run_isolate(context, *run, options->hook_timeout > 0 ? options->hook_timeout : HOOK_SECONDS);
    return status;
}

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
    for (size_t i = 0; i < run->interventions->n_plugins; ++i) {
        char key[128];
        snprintf(key, sizeof key, "plugin file %s", run->interventions->plugins[i]->name);
        TRY(tf_store_note(context, store, key, run->interventions->plugins[i]->path));
    }
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

/* Simulate until the error asked for is met. */
static trefoil_status go_to_precision(trefoil_context *context, tf_run *run, tf_run_options options, tf_store *store, bool last, tf_precision **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_precision *precision = NULL;
    tf_text text = { 0 };

    TRY(tf_precision_create(context, run, tf_store_sink(store), &precision));
    precision->last = last;
    TRY(tf_precision_resume(context, precision, store));
    TRY(tf_precision_go(context, run, options, precision));
    tf_precision_tell(precision, &text);
    if (text.failed)
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory to tell the error of a run");
    else if (!precision->again)
        status = tf_store_note(context, store, "mcse", text.chars);
out:
    tf_text_free(&text);
    *made = precision;
    return status;
}

/* The store, complete and still open, so that views are made without reading the file again; NULL after a failure before it was made.  `precision`
 * when [run] mcse asks for it, `last` if no more people can be had. */
static trefoil_status write_store(trefoil_context *context, tf_run *run, const trefoil_options *options, const char *path, bool last,
                                  tf_precision **precision, tf_store **made)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_run_options how = { options->threads, (uint32_t)options->block };
    tf_identity identity = { 0 };
    tf_store *store = NULL;
    double began = seconds_now();

    TRY(tf_identity_create(context, run, &identity));
    TRY(tf_store_create(context, path, options->resume, &run->layout, run->scenario, run->model->parameters, identity.entries,
                        identity.count, &store));
    TRY(note_events(context, run, store));
    if (run->scenario->expected)
        tf_store_together(store);
    status = run->scenario->mcse > 0 ? go_to_precision(context, run, how, store, last, precision)
                                     : tf_run_go(context, run, how, tf_store_sink(store));
    if (status == TREFOIL_DONE)
        status = note_run(context, run, options, seconds_now() - began, store);
out:
    tf_identity_free(&identity);
    *made = store;
    return status;
}

static trefoil_status write_report(trefoil_context *context, tf_store *store, const char *folder)
{
    trefoil_status status = TREFOIL_DONE;
    tf_findings *findings = NULL;
    tf_text text = { 0 };

    TRY(tf_findings_create(context, store, &findings));
    TRY(tf_views_write(context, findings, folder));
    TRY(tf_terminal_write(context, findings, &text));
    tf_text_addf(&text, "\nEverything is in %s/ : start with report.html; what each file holds is in results/README.md.\n", folder);
    TRY(tf_result(context, text.chars));
out:
    tf_text_free(&text);
    tf_findings_destroy(findings);
    return status;
}

/* The scenario again, with another number of people; 0: its own. */
static trefoil_status reopen(trefoil_context *context, const char *path, const trefoil_options *options, int64_t persons, tf_run **run)
{
    const char **sets = TF_NEW(const char *, options->n_sets + 1);
    trefoil_status status;
    char text[64];

    if (!sets)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for assignments");
    for (size_t i = 0; i < options->n_sets; ++i)
        sets[i] = options->sets[i];
    snprintf(text, sizeof text, "population:persons=%" PRId64, persons);
    sets[options->n_sets] = text;
    tf_run_close(*run);
    *run = NULL;
    status = open_run(context, path, sets, options->n_sets + (persons > 0), options, run);
    tf_free(sets);
    return status;
}

/* [run] mcse: people are chosen by a trial; for the base case alone, whose error no draws can lower, chosen again until it is met. */
static trefoil_status write_runs_store(trefoil_context *context, const char *path, const trefoil_options *options, tf_run **run,
                                          const char *name, tf_store **store)
{
    const tf_run_options how = { options->threads, (uint32_t)options->block };
    const int64_t most = (int64_t)(*run)->population->persons;
    int64_t persons = most;
    tf_precision *precision = NULL;
    trefoil_status status = TREFOIL_DONE;
    bool again;

    if ((*run)->scenario->mcse > 0)
        TRY(tf_precision_choose(context, path, options->sets, options->n_sets, options->plugin_dir, how, *run, &persons));
    do {
        if (persons < most || (*run)->population->persons < (uint64_t)most)
            TRY(reopen(context, path, options, persons < most ? persons : 0, run));
        TRY(write_store(context, *run, options, name, persons == most, &precision, store));
        again = precision && precision->again;
        if (again) {
            persons = tf_precision_more(precision, most);
            status = tf_store_close(context, *store);
            *store = NULL;
        }
        tf_precision_destroy(precision);
        precision = NULL;
    } while (again && status == TREFOIL_DONE);
out:
    tf_precision_destroy(precision);
    return status;
}

trefoil_status trefoil_run(trefoil_context *context, const char *path, const trefoil_options *options)
{
    trefoil_status status = TREFOIL_DONE, closed;
    tf_run *run = NULL;
    tf_store *store = NULL;
    char *folder = NULL;
    tf_text name = { 0 };

    tf_result(context, NULL);
    TRY(open_run(context, path, options->sets, options->n_sets, options, &run));
    folder = folder_of(run, options);
    if (folder)
        tf_text_addf(&name, "%s/run.sqlite", folder);
    if (!folder || name.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the name of the results");
        goto out;
    }
    TRY(tf_export_folder(context, folder));
    TRY(write_runs_store(context, path, options, &run, name.chars, &store));
    TRY(write_report(context, store, folder));
out:
    closed = store ? tf_store_close(context, store) : TREFOIL_DONE;
    tf_text_free(&name);
    tf_free(folder);
    tf_run_close(run);
    return status == TREFOIL_DONE ? closed : status;
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
