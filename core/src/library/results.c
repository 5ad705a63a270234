/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/results.h"

#include "base/memory.h"
#include "report/terminal.h"
#include "report/views.h"
#include "store/export.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

trefoil_status tf_results_begin(trefoil_context *context, const tf_run *run, const trefoil_options *options, bool make, tf_results *results)
{
    tf_text folder = { 0 }, store = { 0 };
    trefoil_status status = TREFOIL_DONE;

    if (options->out)
        tf_text_add(&folder, options->out);
    else if (options->shards)
        tf_text_addf(&folder, "results/%s/shard-%d-of-%d", run->scenario->name, options->shard, options->shards);
    else
        tf_text_addf(&folder, "results/%s", run->scenario->name);
    tf_text_addf(&store, "%s/run.sqlite", folder.chars ? folder.chars : "");
    *results = (tf_results){ folder.chars, store.chars };
    if (folder.failed || store.failed)
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the name of the results");
    else if (make)
        status = tf_export_folder(context, folder.chars);
    return status;
}

trefoil_status tf_results_folder(trefoil_context *context, const tf_run *run, const char *out, tf_text *folder)
{
    tf_text_addf(folder, "%s%s", out ? "" : "results/", out ? out : run->scenario->name);
    return folder->failed ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the name of the results") : tf_export_folder(context, folder->chars);
}

void tf_results_end(tf_results *results)
{
    tf_free(results->folder);
    tf_free(results->store);
    *results = (tf_results){ 0 };
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

trefoil_status tf_results_note(trefoil_context *context, const tf_run *run, const trefoil_options *options, double seconds, tf_store *store)
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
    if (options->ranks)
        TRY(note(context, store, "ranks", "%zu", options->ranks->size));
    TRY(note(context, store, "seconds", "%.3f", seconds));
    TRY(note(context, store, "peak_memory_bytes", "%ld", usage.ru_maxrss * 1024L));
    for (size_t i = 0; i < run->interventions->n_plugins; ++i) {
        char key[128];
        snprintf(key, sizeof key, "plugin file %s", run->interventions->plugins[i]->name);
        TRY(tf_store_note(context, store, key, run->interventions->plugins[i]->path));
    }
    TRY(note(context, store, "people", "%" PRIu64, run->population->people));
    TRY(note(context, store, "persons_simulated_per_draw", "%" PRIu64, run->population->persons));
    if (run->population->n_joining) {
        TRY(note(context, store, "people_joining", "%" PRIu64, run->population->people_joining));
        TRY(note(context, store, "persons_joining_simulated_per_draw", "%" PRIu64, run->population->persons_joining));
    }
out:
    return status;
}

double tf_results_seconds(tf_store *const *stores, size_t n)
{
    double sum = 0.0, seconds;

    for (size_t k = 0; k < n; ++k) {
        const char *text = tf_store_noted(stores[k], "seconds");
        sum += text && tf_parse_number(text, &seconds) ? seconds : 0.0;
    }
    return sum;
}

trefoil_status tf_results_note_events(trefoil_context *context, const tf_run *run, tf_store *store)
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

trefoil_status tf_results_report(trefoil_context *context, tf_store *store, const char *folder)
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
