/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/deal.h"

#include "base/memory.h"
#include "library/linked.h"
#include "library/named_store.h"
#include "report/deal_views.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

/* One deal, settled and answered. */
typedef struct settled {
    tf_deal *deal;
    tf_settlement *settlement;
    tf_answers *answers;
    tf_list warnings;
    /* The run of its own that a deal with links is settled on. */
    tf_store *store;
    tf_sample *sample;
    tf_source *source;
    tf_linked linked; /* and those along its numbers */
} settled;

typedef struct table {
    tf_store *store;
    tf_sample *sample;
    tf_source *source;
    settled *deals;
    tf_told *told;
    size_t n;
    char *folder;
} table;

/* The run a deal is settled on: that of the store, or its own. */
static tf_source *source_of(const table *of, const settled *d)
{
    return d->source != NULL ? d->source : of->source;
}

static trefoil_status open_store(trefoil_context *context, const char *path, table *of)
{
    trefoil_status status;

    TRY(tf_store_open(context, path, &of->store));
    TRY(tf_store_sample(context, of->store, &of->sample));
    TRY(tf_source_create(context, tf_store_layout(of->store), tf_store_scenario(of->store), of->sample, &of->source));
out:
    return status;
}

/* Read all, so that all mistakes are told. */
static trefoil_status read_deals(trefoil_context *context, const char *const *paths, table *of)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < of->n; k++) {
        trefoil_status read = tf_deal_read(context, paths[k], of->source, &of->deals[k].deal);

        if (read != TREFOIL_DONE && read != TREFOIL_USER_MISTAKE) {
            return read;
        }
        status = read != TREFOIL_DONE ? read : status;
    }
    for (size_t k = 0; k < of->n && status == TREFOIL_DONE; k++) {
        for (size_t j = 0; j < k; j++) {
            if (strcmp(of->deals[j].deal->name, of->deals[k].deal->name) == 0) {
                status = tf_mistake(context, (tf_place){paths[k], 0},
                                    "a deal called '%s' was given before: %s; the files' names tell deals apart",
                                    of->deals[k].deal->name, paths[j]);
            }
        }
    }
    return status;
}

/* Run the scenario as the deal's links change it, and read the deal again on that run. */
static trefoil_status run_linked(trefoil_context *context, const trefoil_deal_options *options, const table *of, settled *d)
{
    tf_list sets = {0};
    tf_text folder = {0}, path = {0}, file = {0};
    trefoil_status status = TREFOIL_DONE;

    tf_text_addf(&folder, "%s/%s", of->folder, d->deal->name);
    tf_text_addf(&path, "%s/%s/run.sqlite", of->folder, d->deal->name);
    tf_text_add(&file, d->deal->path);
    for (size_t k = 0; k < options->n_sets; k++) {
        folder.failed = folder.failed || tf_list_add(&sets, options->sets[k]) != 0;
    }
    if (folder.failed || path.failed || file.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the run of a deal");
        goto out;
    }
    TRY(tf_link_sets(context, d->deal, NULL, &sets));
    TRY(tf_link_draws(context, of->sample, &sets));
    TRY(trefoil_run(
        context, options->scenario,
        &(trefoil_options){
            .sets = (const char *const *)sets.items, .n_sets = sets.count, .out = folder.chars, .threads = options->threads,
            .plugin_dir = options->plugin_dir}));
    TRY(tf_store_open(context, path.chars, &d->store));
    TRY(tf_store_sample(context, d->store, &d->sample));
    TRY(tf_source_create(context, tf_store_layout(d->store), tf_store_scenario(d->store), d->sample, &d->source));
    tf_deal_destroy(d->deal);
    d->deal = NULL;
    TRY(tf_deal_read(context, file.chars, d->source, &d->deal));
out:
    tf_text_free(&folder);
    tf_text_free(&path);
    tf_text_free(&file);
    tf_list_free(&sets);
    return status;
}

static trefoil_status warn(trefoil_context *context, settled *d, tf_text *note)
{
    const bool failed = note->failed || (note->length > 0 && tf_list_add(&d->warnings, note->chars) != 0);

    tf_text_free(note);
    return failed ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for warnings") : TREFOIL_DONE;
}

/* What a reader must know of links that are not followed. */
static trefoil_status warn_links(trefoil_context *context, const trefoil_deal_options *options, const bool *changes, settled *d)
{
    tf_text note = {0};
    trefoil_status status = TREFOIL_DONE;

    for (size_t l = 0; l < d->deal->n_links; l++) {
        const tf_link *link = &d->deal->links[l];

        if (changes[l]) {
            tf_text_addf(&note, "%s: link '%s' sets %s to %g: %s", d->deal->path, link->name, link->setting,
                         tf_deal_plain(d->deal, &link->value, (double)NAN),
                         d->source != NULL ? "the deal is settled on a run with it"
                                           : "NOT APPLIED: this is the run as it was simulated; --scenario SCENARIO.ini "
                                             "simulates it with the link");
            TRY(warn(context, d, &note));
        }
    }
    for (size_t lever = 0; lever < d->deal->n_levers && options->scenario == NULL; lever++) {
        const char *name = d->deal->levers[lever].name;

        if (tf_link_follows(d->deal, lever) && (tf_list_find(&d->deal->solve, name) >= 0 || tf_list_find(&d->deal->zone, name) >= 0)) {
            tf_text_addf(&note,
                         "%s: break-even values and zone vary '%s' as if nobody responded to it; --scenario SCENARIO.ini simulates what the "
                         "deal's links say",
                         d->deal->path, name);
            TRY(warn(context, d, &note));
        }
    }
out:
    return status;
}

static trefoil_status follow_links(trefoil_context *context, const trefoil_deal_options *options, table *of)
{
    trefoil_status status = TREFOIL_DONE;
    bool *changes = NULL, compared = false;

    for (size_t k = 0; k < of->n; k++) {
        settled *d = &of->deals[k];
        bool any = false;

        if (d->deal->n_links == 0) {
            continue;
        }
        if (options->scenario != NULL && !compared) {
            compared = true;
            TRY(tf_link_alike(context, options, of->store));
        }
        tf_free(changes);
        changes = TF_NEW(bool, d->deal->n_links);
        if (changes == NULL) {
            return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the links of a deal");
        }
        for (size_t l = 0; l < d->deal->n_links; l++) {
            changes[l] = tf_link_changes(of->store, d->deal, &d->deal->links[l]);
            any = any || changes[l];
        }
        if (any && options->scenario != NULL) {
            TRY(run_linked(context, options, of, d));
        }
        if (options->scenario != NULL) {
            TRY(tf_linked_make(context, options, d->deal, source_of(of, d), &d->linked));
            d->deal->linked = d->linked.n_grids > 0 ? &d->linked : NULL;
        }
        TRY(warn_links(context, options, changes, d));
    }
out:
    tf_free(changes);
    return status;
}

static trefoil_status settle(trefoil_context *context, table *of)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < of->n; k++) {
        settled *d = &of->deals[k];

        TRY(tf_settle(context, d->deal, source_of(of, d), NULL, 0, true, &d->settlement));
    }
out:
    return status;
}

static trefoil_status answer(trefoil_context *context, table *of)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < of->n; k++) {
        settled *d = &of->deals[k];
        tf_source *source = source_of(of, d);

        tf_progress(context, "settling deals", (double)k, (double)of->n);
        TRY(tf_answers_create(context, d->settlement, source, &d->answers));
        TRY(tf_deal_warnings(context, d->deal, &d->warnings));
        of->told[k] = (tf_told){source, d->deal, d->settlement, d->answers, &d->warnings};
    }
out:
    return status;
}

/* Deals that are agreed together must not be paid for the same effect: they share it, before they are settled, or it is a mistake, after. */
static trefoil_status weigh_claims(trefoil_context *context, const table *of, bool after)
{
    const tf_source **sources = TF_NEW(const tf_source *, of->n);
    const tf_settlement **settlements = TF_NEW(const tf_settlement *, of->n);
    tf_deal **deals = TF_NEW(tf_deal *, of->n);
    trefoil_status status;

    if (sources == NULL || settlements == NULL || deals == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for %zu deals", of->n);
        goto out;
    }
    for (size_t k = 0; k < of->n; k++) {
        sources[k] = source_of(of, &of->deals[k]);
        settlements[k] = of->deals[k].settlement;
        deals[k] = of->deals[k].deal;
    }
    status = after ? tf_claims_check(context, settlements, sources, of->n) : tf_claims_share(context, deals, sources, of->n);
out:
    tf_free(sources);
    tf_free(settlements);
    tf_free(deals);
    return status;
}

static trefoil_status choose_folder(trefoil_context *context, const char *store, const char *out, table *of)
{
    const char *slash = strrchr(store, '/');
    tf_text folder = {0};

    if (out != NULL) {
        tf_text_add(&folder, out);
    } else {
        tf_text_addf(&folder, "%.*s/deals", slash != NULL ? (int)(slash - store) : 1, slash != NULL ? store : ".");
    }
    if (folder.failed) {
        tf_text_free(&folder);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the name of a folder");
    }
    of->folder = folder.chars;
    return TREFOIL_DONE;
}

static trefoil_status tell(trefoil_context *context, const table *of, bool entries)
{
    tf_deals deals = {.source = of->source, .deals = of->told, .n = of->n};
    tf_text text = {0};
    trefoil_status status;

    tf_print_currency(deals.currency, tf_source_scenario(of->source)->currency);
    TRY(tf_deals_write(context, &deals, entries, of->folder));
    tf_deals_print(&deals, &text);
    tf_text_addf(&text, "The files are in %s/ : start with deals.html; what each holds is in results/README.md.\n", of->folder);
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the tables") : tf_result(context, text.chars);
out:
    tf_text_free(&text);
    return status;
}

static trefoil_status close_stores(trefoil_context *context, table *of, trefoil_status status)
{
    for (size_t k = 0; of->deals != NULL && k <= of->n; k++) {
        tf_store *store = k < of->n ? of->deals[k].store : of->store;
        trefoil_status closed = store != NULL ? tf_store_close(context, store) : TREFOIL_DONE;

        status = status == TREFOIL_DONE ? closed : status;
    }
    return status;
}

static void free_table(table *of)
{
    for (size_t k = 0; of->deals != NULL && k < of->n; k++) {
        tf_answers_destroy(of->deals[k].answers);
        tf_settlement_destroy(of->deals[k].settlement);
        tf_deal_destroy(of->deals[k].deal);
        tf_list_free(&of->deals[k].warnings);
        tf_linked_free(&of->deals[k].linked);
        tf_source_destroy(of->deals[k].source);
        tf_sample_destroy(of->deals[k].sample);
    }
    tf_free(of->deals);
    tf_free(of->told);
    tf_free(of->folder);
    tf_source_destroy(of->source);
    tf_sample_destroy(of->sample);
}

trefoil_status trefoil_deal(trefoil_context *context, const char *store, const char *const *deals, size_t n,
                            const trefoil_deal_options *options)
{
    static const trefoil_deal_options nothing_asked = {0};
    table of = {.n = n, .deals = TF_NEW(settled, n), .told = TF_NEW(tf_told, n)};
    trefoil_status status;
    char *path = NULL;

    options = options != NULL ? options : &nothing_asked;
    tf_result(context, NULL);
    if (of.deals == NULL || of.told == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for %zu deals", n);
        goto out;
    }
    TRY(tf_named_store(context, store, &path));
    TRY(open_store(context, path, &of));
    TRY(read_deals(context, deals, &of));
    TRY(choose_folder(context, path, options->out, &of));
    TRY(follow_links(context, options, &of));
    TRY(weigh_claims(context, &of, false));
    TRY(settle(context, &of));
    TRY(weigh_claims(context, &of, true));
    TRY(answer(context, &of));
    TRY(tell(context, &of, options->entries));
out:
    tf_progress(context, "settling deals", 1, 1);
    status = close_stores(context, &of, status);
    free_table(&of);
    tf_free(path);
    return status;
}

trefoil_status tf_deal_check(trefoil_context *context, const char *path)
{
    tf_list warnings = {0};
    tf_deal *deal = NULL;
    trefoil_status status;

    TRY(tf_deal_read(context, path, NULL, &deal));
    TRY(tf_deal_warnings(context, deal, &warnings));
    for (size_t k = 0; k < warnings.count; k++) {
        tf_say(context, TREFOIL_LOG_WARNING, "%s", warnings.items[k]);
    }
out:
    tf_list_free(&warnings);
    tf_deal_destroy(deal);
    return status;
}
