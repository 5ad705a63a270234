/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/divide.h"

#include "base/memory.h"
#include "deal/terms.h"
#include "library/deal.h"
#include "library/identity.h"
#include "library/precision.h"
#include "library/results.h"
#include "library/variant.h"
#include "report/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

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

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- ranks ----------------------------------------------------------------------------------- */

static bool leads(const trefoil_options *options)
{
    return !options->ranks || options->ranks->rank == 0;
}

/* Can all go on?  A rank that cannot says why, but for what rank 0 says already. */
static trefoil_status agree(trefoil_context *context, const trefoil_options *options, trefoil_status status)
{
    const trefoil_ranks *ranks = options->ranks;
    int first = status;

    if (!ranks)
        return status;
    ranks->spread(ranks->self, &first, sizeof first);
    if (ranks->least(ranks->self, status == TREFOIL_DONE) == 1 || (ranks->rank == 0 && status != TREFOIL_DONE))
        return status;
    if (ranks->rank == 0)
        return tf_fail(context, TREFOIL_FILE_FAILED, "another rank failed, and says why");
    if (first != TREFOIL_DONE)
        tf_forget(context);
    return status == TREFOIL_DONE ? TREFOIL_INTERRUPTED : status;
}

/* Rank 0's number. */
static int64_t same_for_all(const trefoil_options *options, int64_t number)
{
    if (options->ranks)
        options->ranks->spread(options->ranks->self, &number, sizeof number);
    return number;
}

/* ---- the store ------------------------------------------------------------------------------- */

/* How the run is divided, and stays so when it is resumed: what was kept has the size it had. */
static trefoil_status divide(trefoil_context *context, const tf_run *run, const trefoil_options *options, tf_store *store, tf_division *division)
{
    const char *before = store ? tf_store_noted(store, "portion") : NULL;
    trefoil_status status = TREFOIL_DONE;
    int64_t persons = options->portion > 0 ? options->portion : TF_PORTION_PERSONS;
    char text[48];

    if (before && !tf_parse_integer(before, &persons))
        return tf_fail(context, TREFOIL_STORE_FAILED, "%s: damaged (portion); restore a copy, or run the scenario again", tf_store_path(store));
    *division = (tf_division){ .persons = (uint64_t)persons, .ranks = options->ranks, .shards = (uint32_t)options->shards };
    division->shard = options->shards ? (uint32_t)options->shard - 1 : 0;
    if (!store)
        return TREFOIL_DONE;
    /* The base case alone until an error is met is begun again and again: only the last leaves anything. */
    if (run->scenario->mcse <= 0 || run->scenario->draws > 0)
        division->keeper = tf_store_keeper(store);
    division->memo = tf_store_memo(store);
    snprintf(text, sizeof text, "%" PRId64, persons);
    TRY(tf_store_note(context, store, "portion", text));
    snprintf(text, sizeof text, "%d/%d", options->shard, options->shards);
    if (options->shards)
        TRY(tf_store_note(context, store, "shard", text));
out:
    return status;
}

static trefoil_status open_store(trefoil_context *context, const tf_run *run, const trefoil_options *options, const char *path, tf_store **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_identity identity = { 0 };
    tf_store *store = NULL;

    TRY(tf_identity_create(context, run, &identity));
    TRY(tf_store_create(context, path, options->resume, &run->layout, run->scenario, run->model->parameters, identity.entries,
                        identity.count, &store));
    TRY(tf_results_note_events(context, run, store));
    if (run->scenario->expected)
        tf_store_together(store);
out:
    tf_identity_free(&identity);
    *made = store;
    return status;
}

/* Simulate until the error asked for is met. */
static trefoil_status go_to_precision(trefoil_context *context, tf_run *run, tf_run_options options, const tf_division *division, tf_store *store,
                                      bool last, tf_precision **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_precision *precision = NULL;
    tf_text text = { 0 };

    TRY(tf_precision_create(context, run, tf_store_sink(store), &precision));
    precision->last = last;
    precision->division = division;
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

/* The store, complete and still open, so that views are made without reading the file again; NULL after a failure before it was made, and in all
 * ranks but the first.  `precision` when [run] mcse asks for it, `last` if no more people can be had; `ready`: how what comes before this ended. */
static trefoil_status write_store(trefoil_context *context, tf_run *run, const trefoil_options *options, const char *path, bool last,
                                  trefoil_status ready, tf_precision **precision, tf_store **made)
{
    trefoil_status status = ready;
    const tf_run_options how = { options->threads, (uint32_t)options->block };
    tf_division division = { 0 };
    tf_store *store = NULL;
    double began = seconds_now();

    if (status == TREFOIL_DONE && leads(options))
        status = open_store(context, run, options, path, &store);
    if (status == TREFOIL_DONE)
        status = divide(context, run, options, store, &division);
    TRY(agree(context, options, status));
    division.persons = (uint64_t)same_for_all(options, (int64_t)division.persons);
    if (!leads(options)) {
        status = tf_run_divided(context, run, how, &division, (tf_sink){ 0 });
        status = status == TREFOIL_INTERRUPTED ? TREFOIL_DONE : status; /* rank 0 knows why */
    } else if (run->scenario->mcse > 0) {
        status = go_to_precision(context, run, how, &division, store, last, precision);
    } else {
        status = tf_run_divided(context, run, how, &division, tf_store_sink(store));
    }
    if (status == TREFOIL_DONE && store && !options->shards)
        status = tf_store_forget_portions(context, store);
    if (status == TREFOIL_DONE && store)
        status = tf_results_note(context, run, options, seconds_now() - began, store);
out:
    *made = store;
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
        status = tf_precision_choose(context, path, options->sets, options->n_sets, options->plugin_dir, how, *run, &persons);
    do {
        if (status == TREFOIL_DONE && (persons < most || (*run)->population->persons < (uint64_t)most))
            status = reopen(context, path, options, persons < most ? persons : 0, run);
        status = write_store(context, *run, options, name, persons == most, status, &precision, store);
        TRY(agree(context, options, status));
        again = precision && precision->again;
        if (again) {
            persons = tf_precision_more(precision, most);
            status = tf_store_close(context, *store);
            *store = NULL;
        }
        again = same_for_all(options, again) != 0;
        persons = same_for_all(options, persons);
        tf_precision_destroy(precision);
        precision = NULL;
    } while (again);
out:
    tf_precision_destroy(precision);
    return status;
}

/* ---- the run --------------------------------------------------------------------------------- */

static trefoil_status tell_shard(trefoil_context *context, const char *path, const tf_run *run, const trefoil_options *options, tf_store *store)
{
    char there[TF_PRINTED_SIZE], all[TF_PRINTED_SIZE];
    trefoil_status status;
    tf_portions portions = { 0 };
    tf_division division;
    tf_text text = { 0 };

    TRY(divide(context, run, options, store, &division));
    TRY(tf_store_settle(context, store));
    TRY(tf_portions_create(context, run->plan, division.persons, &portions));
    tf_print_digits(there, (double)tf_store_portions(store), 0, "", false);
    tf_print_digits(all, (double)portions.count * (run->scenario->draws + 1.0), 0, "", false);
    tf_text_addf(&text, "Shard %d of %d: %s of %s portions are in %s.\n", options->shard, options->shards, there, all, tf_store_path(store));
    tf_text_addf(&text, "When all shards are done, merge them: trefoil merge %s STORES --out DIR, with the options this shard had.\n", path);
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory to tell of the shard") : tf_result(context, text.chars);
out:
    tf_portions_free(&portions);
    tf_text_free(&text);
    return status;
}

static trefoil_status check_shard(trefoil_context *context, const tf_run *run, const trefoil_options *options)
{
    const tf_place none = { 0 };

    if (options->shards && options->ranks)
        tf_mistake(context, none, "--shard: ranks divide a run among themselves; start each shard without mpirun");
    if (options->shards && run->scenario->mcse > 0)
        tf_mistake(context, none, "--shard: with [run] mcse a run ends when its error is met, which a shard cannot know; set draws and persons instead");
    if (options->shards && run->cohort)
        tf_mistake(context, none, "--shard: a cohort of people who are all alike is not divided; it takes little time: run without --shard");
    return tf_mistakes(context) ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

trefoil_status trefoil_run(trefoil_context *context, const char *path, const trefoil_options *options)
{
    trefoil_status status = TREFOIL_DONE, closed;
    tf_run *run = NULL;
    tf_store *store = NULL;
    tf_results results = { 0 };

    tf_result(context, NULL);
    status = open_run(context, path, options->sets, options->n_sets, options, &run);
    if (status == TREFOIL_DONE)
        status = check_shard(context, run, options);
    if (status == TREFOIL_DONE)
        status = tf_results_begin(context, run, options, leads(options), &results);
    TRY(agree(context, options, status));
    TRY(write_runs_store(context, path, options, &run, results.store, &store));
    if (leads(options))
        TRY(options->shards ? tell_shard(context, path, run, options, store) : tf_results_report(context, store, results.folder));
out:
    closed = store ? tf_store_close(context, store) : TREFOIL_DONE;
    tf_results_end(&results);
    tf_run_close(run);
    if (!leads(options) && (status == TREFOIL_INTERRUPTED || trefoil_context_reasons(context) == 0))
        return TREFOIL_DONE;
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
