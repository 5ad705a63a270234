/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/linked.h"

#include "base/memory.h"
#include "engine/run.h"
#include "library/variant.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- settings ------------------------------------------------------------------------------ */

/* "intervention programme:offer_rate" is the parameter programme.offer_rate, "parameters:loss" the parameter loss. */
static bool is_parameter(const char *setting, const char *name)
{
    static const char intervention[] = "intervention ", parameters[] = "parameters:";
    const char *colon = strchr(setting, ':');

    if (strncmp(setting, parameters, strlen(parameters)) == 0) {
        return strcmp(setting + strlen(parameters), name) == 0;
    }
    if (strncmp(setting, intervention, strlen(intervention)) == 0 && colon != NULL) {
        const char *of = setting + strlen(intervention);
        const size_t length = (size_t)(colon - of);

        return strncmp(name, of, length) == 0 && name[length] == '.' && strcmp(name + length + 1, colon + 1) == 0;
    }
    return false;
}

bool tf_link_changes(const tf_store *store, const tf_deal *deal, const tf_link *link)
{
    const double value = tf_deal_plain(deal, &link->value, (double)NAN);

    for (size_t p = 0; p < tf_store_layout(store)->n_parameters; p++) {
        const tf_stored_parameter *parameter = &tf_store_parameters(store)[p];

        if (is_parameter(link->setting, parameter->name)) {
            return !(fabs(parameter->mean - value) <= 1e-9 * fabs(value));
        }
    }
    return true;
}

trefoil_status tf_link_sets(trefoil_context *context, const tf_deal *deal, const double *levers, tf_list *sets)
{
    for (size_t l = 0; l < deal->n_links; l++) {
        char value[TF_NUMBER_SIZE];
        tf_text set = {0};
        bool failed;

        tf_print_number(tf_deal_plain_at(deal, &deal->links[l].value, levers, (double)NAN), value);
        tf_text_addf(&set, "%s=%s", deal->links[l].setting, value);
        failed = set.failed || tf_list_add(sets, set.chars) != 0;
        tf_text_free(&set);
        if (failed) {
            return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the runs of a deal");
        }
    }
    return TREFOIL_DONE;
}

trefoil_status tf_link_draws(trefoil_context *context, const tf_sample *sample, tf_list *sets)
{
    char draws[48];

    snprintf(draws, sizeof draws, "uncertainty:draws=%zu", sample->n_draws);
    return tf_list_add(sets, draws) != 0 ? tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the runs of a deal") : TREFOIL_DONE;
}

/* ---- the scenario of the store? ------------------------------------------------------------ */

static void unlike(trefoil_context *context, const trefoil_deal_options *options, const char *what, const char *had, const char *has)
{
    tf_mistake(context, (tf_place){options->scenario, 0},
               "%s: %s here and %s in the run of the store: runs with links must differ from it by the links alone; --set makes them alike", what, has,
               had);
}

static void compare_numbers(trefoil_context *context, const trefoil_deal_options *options, const char *what, double had, double has)
{
    char before[TF_NUMBER_SIZE], now[TF_NUMBER_SIZE];

    if (had != has && !(isnan(had) && isnan(has))) {
        tf_print_number(had, before);
        tf_print_number(has, now);
        unlike(context, options, what, before, now);
    }
}

static void compare_people(trefoil_context *context, const trefoil_deal_options *options, const tf_scenario *had, const tf_scenario *has)
{
    const struct {
        const char *what;
        double had, has;
    } numbers[] = {{"[population] ages, from", had->age_min, has->age_min}, {"[population] ages, to", had->age_max, has->age_max},
                   {"[population] open", had->open_years, has->open_years}, {"[population] cohort", (double)had->cohort, (double)has->cohort},
                   {"[time] start", had->start, has->start}, {"[time] horizon", had->horizon, has->horizon}, {"[time] cycle", had->cycle, has->cycle},
                   {"[economics] discount_costs", had->discount_costs, has->discount_costs},
                   {"[economics] discount_effects", had->discount_effects, has->discount_effects}};
    bool areas = had->areas.count == has->areas.count;

    for (size_t k = 0; k < had->areas.count && areas; k++) {
        areas = strcmp(had->areas.items[k], has->areas.items[k]) == 0;
    }
    if (!areas) {
        unlike(context, options, "[population] areas", "others", "not the same");
    }
    if (had->everyone != has->everyone) {
        unlike(context, options, "[population] persons", had->everyone ? "all" : "a sample", has->everyone ? "all" : "a sample");
    } else if (!had->everyone) {
        compare_numbers(context, options, "[population] persons", (double)had->persons, (double)has->persons);
    }
    if (had->seed != has->seed) {
        char before[24], now[24];

        snprintf(before, sizeof before, "%" PRIu64, (uint64_t)had->seed);
        snprintf(now, sizeof now, "%" PRIu64, (uint64_t)has->seed);
        unlike(context, options, "[uncertainty] seed", before, now);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        compare_numbers(context, options, numbers[k].what, numbers[k].had, numbers[k].has);
    }
}

trefoil_status tf_link_alike(trefoil_context *context, const trefoil_deal_options *options, const tf_store *store)
{
    const size_t before = tf_mistakes(context);
    tf_run *run = NULL;
    trefoil_status status;

    TRY(tf_run_open_compared(context, options->scenario, options->sets, options->n_sets, options->plugin_dir, &run));
    compare_people(context, options, tf_store_scenario(store), run->scenario);
    for (size_t p = 0; p < tf_store_layout(store)->n_parameters; p++) {
        const tf_stored_parameter *had = &tf_store_parameters(store)[p];
        const ptrdiff_t at = tf_parameters_find(run->model->parameters, had->name);
        const tf_evidence *has = at >= 0 ? tf_parameters_row(run->model->parameters, (size_t)at) : NULL;

        if (has != NULL && has->formula == NULL && isfinite(had->mean)) {
            compare_numbers(context, options, had->name, had->mean, has->number.distribution.mean);
        }
    }
    status = tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    tf_run_close(run);
    return status;
}

/* ---- runs ---------------------------------------------------------------------------------- */

typedef struct maker {
    trefoil_context *context, *child; /* the child keeps what a refused run says */
    const trefoil_deal_options *options;
    const tf_deal *deal;
    const tf_source *source;
    tf_sample *sample;
    size_t done, planned;
} maker;

static void hear(void *self, const char *what, double done, double total)
{
    const maker *of = self;

    (void)what;
    if (tf_interrupted(of->context)) {
        trefoil_context_interrupt(of->child);
    }
    tf_progress(of->context, "simulating what links change", (double)of->done + (total > 0 ? fmin(done / total, 1) : 0), (double)of->planned);
}

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    const maker *of = self;
    const tf_layout *expected = tf_source_layout(of->source);
    const size_t total = layout->n_groups * layout->n_measures * 2, by_year = layout->n_year_groups * layout->n_years * layout->n_measures;
    tf_outcome *to = of->sample->n_draws == 0 ? of->sample->base : draw->draw > 0 ? of->sample->outcomes[draw->draw - 1] : NULL;

    if (layout->n_strategies != expected->n_strategies || layout->n_groups != expected->n_groups || layout->n_measures != expected->n_measures ||
        layout->n_year_groups != expected->n_year_groups || layout->n_years != expected->n_years) {
        return tf_mistake(context, (tf_place){of->options->scenario, 0},
                          "it is not the scenario of the store: its run has other strategies, groups, measures or years");
    }
    for (size_t s = 0; to != NULL && s < layout->n_strategies; s++) {
        memcpy(to[s].total, draw->outcomes[s].total, total * sizeof(double));
        memcpy(to[s].by_year, draw->outcomes[s].by_year, by_year * sizeof(double));
    }
    return TREFOIL_DONE;
}

static trefoil_status run_once(maker *of, const char *const *sets, size_t n)
{
    tf_run *run = NULL;
    trefoil_status status;

    TRY(tf_run_open_compared(of->child, of->options->scenario, sets, n, of->options->plugin_dir, &run));
    TRY(tf_run_go(of->child, run, (tf_run_options){.threads = of->options->threads}, (tf_sink){.take = take, .self = of}));
out:
    tf_run_close(run);
    return status;
}

/* All assignments of a run: the user's, those of links, the number of draws. */
static trefoil_status all_sets(const maker *of, const double *levers, tf_list *sets)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < of->options->n_sets; k++) {
        if (tf_list_add(sets, of->options->sets[k]) != 0) {
            return tf_fail(of->context, TREFOIL_NO_MEMORY, "not enough memory for the runs of a deal");
        }
    }
    TRY(tf_link_sets(of->context, of->deal, levers, sets));
    status = tf_link_draws(of->context, tf_source_sample(of->source), sets);
out:
    return status;
}

/* The k-th run of a grid; what the scenario refuses is left out. */
static trefoil_status make_run(maker *of, tf_linked_grid *grid, size_t k)
{
    const trefoil_listener listener = {.progress = hear, .self = of};
    double *levers = TF_NEW(double, of->deal->n_levers);
    tf_list sets = {0};
    trefoil_status status = TREFOIL_DONE;

    of->child = trefoil_context_create(&listener);
    of->sample = tf_linked_sample(tf_source_layout(of->source), tf_source_sample(of->source)->n_draws);
    if (levers == NULL || of->child == NULL || of->sample == NULL) {
        status = tf_fail(of->context, TREFOIL_NO_MEMORY, "not enough memory for the runs of a deal");
        goto out;
    }
    if (tf_interrupted(of->context)) {
        status = TREFOIL_INTERRUPTED;
        goto out;
    }
    tf_linked_levers(of->deal, grid, k, levers);
    TRY(all_sets(of, levers, &sets));
    status = run_once(of, (const char *const *)sets.items, sets.count);
    if (status == TREFOIL_DONE) {
        grid->samples[k] = of->sample;
        of->sample = NULL;
    } else if (tf_variant_refused(status)) {
        tf_say(of->context, TREFOIL_LOG_INFO, "%s: no run with %s = %g: %s", of->deal->path, of->deal->levers[grid->axes[0].lever].name,
               levers[grid->axes[0].lever], trefoil_context_reasons(of->child) ? trefoil_context_reason(of->child, 0) : "");
        status = TREFOIL_DONE;
    } else if (status != TREFOIL_INTERRUPTED) {
        status = tf_fail(of->context, status, "%s",
                         trefoil_context_reasons(of->child) ? trefoil_context_reason(of->child, 0) : trefoil_status_text(status));
    }
out:
    tf_sample_destroy(of->sample);
    trefoil_context_destroy(of->child);
    tf_list_free(&sets);
    tf_free(levers);
    of->done++;
    return status;
}

trefoil_status tf_linked_make(trefoil_context *context, const trefoil_deal_options *options, const tf_deal *deal, const tf_source *source,
                              tf_linked *linked)
{
    maker of = {.context = context, .options = options, .deal = deal, .source = source};
    trefoil_status status;

    TRY(tf_linked_plan(context, deal, linked));
    for (size_t g = 0; g < linked->n_grids; g++) {
        of.planned += tf_linked_runs(&linked->grids[g]);
    }
    for (size_t g = 0; g < linked->n_grids; g++) {
        for (size_t k = 0; k < tf_linked_runs(&linked->grids[g]); k++) {
            TRY(make_run(&of, &linked->grids[g], k));
        }
    }
out:
    if (of.planned > 0) {
        tf_progress(context, "simulating what links change", 1, 1);
    }
    return status;
}
