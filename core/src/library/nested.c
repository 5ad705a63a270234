/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/nested.h"

#include "analysis/learning.h"
#include "analysis/nested.h"
#include "base/memory.h"
#include "engine/run.h"
#include "library/results.h"
#include "model/arrangement.h"
#include "report/print.h"
#include "report/sheet.h"
#include "store/export.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DRAWS = 1048575, USUAL_OUTER = 1000, USUAL_INNER = 200, REGRESSION_DRAWS = 5000 };

typedef struct subject {
    trefoil_context *context;
    const char *path;
    const trefoil_sensitivity_options *asked;
    uint32_t outer, inner;
    tf_list names;
    size_t *learned;       /* parameters */
    tf_run *run;
    double threshold, *thresholds; /* borrowed, or &threshold */
    size_t n_thresholds;
    double *cost, *effect; /* [strategy] of a draw */
    tf_nested *nested;
    tf_psa *psa;           /* of the draws of the regression */
    tf_worth *worths;      /* [threshold] */
} subject;

/* ---- draws ----------------------------------------------------------------------------------- */

/* Discounted cost and QALYs per person of every strategy. */
static void weigh(const subject *of, const tf_layout *layout, const tf_draw *draw)
{
    const ptrdiff_t persons = tf_find_measure(layout, "persons"), cost = tf_find_measure(layout, "cost"), qaly = tf_find_measure(layout, "qaly");

    for (size_t s = 0; s < layout->n_strategies; s++) {
        const double *total = draw->outcomes[s].total;
        const double people = total[tf_at(layout, 0, (size_t)persons, TF_UNDISCOUNTED)];

        of->cost[s] = total[tf_at(layout, 0, (size_t)cost, TF_DISCOUNTED)] / people;
        of->effect[s] = total[tf_at(layout, 0, (size_t)qaly, TF_DISCOUNTED)] / people;
    }
}

static trefoil_status take_nested(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    const subject *of = self;

    (void)context;
    if (draw->draw > 0) {
        weigh(of, layout, draw);
        tf_nested_add(of->nested, of->cost, of->effect);
    }
    return TREFOIL_DONE;
}

static trefoil_status take_plain(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    const subject *of = self;
    const size_t n = of->psa->n_draws, k = draw->draw - 1;

    (void)context;
    if (draw->draw == 0) {
        return TREFOIL_DONE;
    }
    weigh(of, layout, draw);
    for (size_t s = 0; s < layout->n_strategies; s++) {
        of->psa->cost[s * n + k] = of->cost[s];
        of->psa->effect[s * n + k] = of->effect[s];
    }
    for (size_t p = 0; p < of->names.count; p++) {
        of->psa->values[p * n + k] = draw->parameters[of->learned[p]];
    }
    return TREFOIL_DONE;
}

/* The scenario with so many independent draws. */
static trefoil_status open_run(subject *of, uint32_t draws)
{
    const size_t n = of->asked->n_sets;
    const char **sets = TF_NEW(const char *, n + 2);
    trefoil_status status;
    char text[48];

    if (!sets) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for assignments");
    }
    for (size_t i = 0; i < n; i++) {
        sets[i] = of->asked->sets[i];
    }
    snprintf(text, sizeof text, "uncertainty:draws=%" PRIu32, draws);
    sets[n] = text;
    sets[n + 1] = "uncertainty:design=random";
    tf_run_close(of->run);
    of->run = NULL;
    status = tf_run_open(of->context, of->path, sets, n + 2, of->asked->plugin_dir, &of->run);
    tf_free(sets);
    return status;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* The parameter of that name, which must be uncertain; -1 after a mistake. */
static ptrdiff_t find_parameter(subject *of, const char *name)
{
    const tf_parameters *parameters = of->run->model->parameters;
    const size_t n = tf_parameters_count(parameters);
    ptrdiff_t found = tf_parameters_find(parameters, name);
    const tf_evidence *row = found >= 0 ? tf_parameters_row(parameters, (size_t)found) : NULL;
    const char **names, *near;

    if (row && row->formula) {
        tf_mistake(of->context, (tf_place){0}, "--evppi-nested %s: a formula of other parameters (= %s); learn those", name, row->formula);
        return -1;
    }
    if (row) {
        return found;
    }
    names = TF_NEW(const char *, n);
    for (size_t i = 0; names && i < n; i++) {
        names[i] = tf_parameters_row(parameters, i)->name;
    }
    near = names ? tf_nearest(name, names, n) : NULL;
    tf_mistake(of->context, (tf_place){0}, "--evppi-nested %s: no such parameter%s%s%s", name, near ? "; did you mean '" : "", near ? near : "",
               near ? "'?" : "");
    tf_free(names);
    return -1;
}

static trefoil_status read_sizes(subject *of)
{
    of->outer = of->asked->outer > 0 ? (uint32_t)of->asked->outer : USUAL_OUTER;
    of->inner = of->asked->inner > 0 ? (uint32_t)of->asked->inner : USUAL_INNER;
    if (of->outer < 2 || of->inner < 2 || of->inner % 2) {
        return tf_mistake(of->context, (tf_place){0}, "--outer %" PRIu32 " --inner %" PRIu32 ": expected at least 2 of each, the inner ones an even number",
                          of->outer, of->inner);
    }
    if ((uint64_t)of->outer * of->inner > MOST_DRAWS) {
        return tf_mistake(of->context, (tf_place){0}, "--outer %" PRIu32 " --inner %" PRIu32 ": %" PRIu64 " draws; there may be %d", of->outer, of->inner,
                          (uint64_t)of->outer * of->inner, MOST_DRAWS);
    }
    return TREFOIL_DONE;
}

static trefoil_status read_thresholds(subject *of)
{
    of->thresholds = of->run->scenario->thresholds;
    of->n_thresholds = of->run->scenario->n_thresholds;
    if (of->asked->threshold) {
        if (!tf_parse_number(of->asked->threshold, &of->threshold) || of->threshold < 0) {
            return tf_mistake(of->context, (tf_place){0}, "--threshold %s: expected a number from 0", of->asked->threshold);
        }
        of->thresholds = &of->threshold;
        of->n_thresholds = 1;
    }
    return of->n_thresholds > 0 ? TREFOIL_DONE
                                : tf_mistake(of->context, (tf_place){of->run->scenario->path, 0}, "no threshold: state [economics] thresholds, or --threshold");
}

static trefoil_status read_questions(subject *of)
{
    const size_t before = tf_mistakes(of->context);
    tf_parameters *parameters = of->run->model->parameters;
    trefoil_status status = TREFOIL_DONE;

    (void)read_thresholds(of);
    if (of->run->layout.n_strategies < 2) {
        tf_mistake(of->context, (tf_place){of->run->scenario->path, 0}, "the value of learning is that of choosing better, and there is one strategy only");
    }
    of->learned = TF_NEW(size_t, of->names.count);
    of->cost = TF_NEW(double, of->run->layout.n_strategies);
    of->effect = TF_NEW(double, of->run->layout.n_strategies);
    if (!of->learned || !of->cost || !of->effect) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for nested draws");
    }
    for (size_t k = 0; k < of->names.count; k++) {
        ptrdiff_t found = find_parameter(of, of->names.items[k]);

        of->learned[k] = found >= 0 ? (size_t)found : 0;
        if (found >= 0 && tf_parameters_row(parameters, (size_t)found)->number.distribution.family == TF_FIXED &&
            !tf_arrangement_joins(tf_parameters_arrangement(parameters), (size_t)found)) {
            tf_mistake(of->context, (tf_place){0}, "--evppi-nested %s: a fixed number, of which nothing is to be learned", of->names.items[k]);
        } else if (found >= 0) {
            status = tf_parameters_nest(of->context, parameters, (size_t)found, of->inner);
        }
    }
    return tf_mistakes(of->context) > before ? TREFOIL_USER_MISTAKE : status;
}

/* ---- the check ------------------------------------------------------------------------------- */

static trefoil_status make_psa(subject *of, size_t n)
{
    const size_t strategies = of->run->layout.n_strategies;
    tf_psa *psa = of->psa = TF_NEW(tf_psa, 1);
    bool whole = psa != NULL;

    if (whole) {
        *psa = (tf_psa){.n_strategies = strategies, .n_draws = n, .n_parameters = of->names.count, .comparator = of->run->layout.comparator,
                        .strategies = TF_NEW(char *, strategies), .parameters = TF_NEW(char *, of->names.count), .draws = TF_NEW(int64_t, n),
                        .cost = TF_NEW(double, strategies * n), .effect = TF_NEW(double, strategies * n), .values = TF_NEW(double, of->names.count * n),
                        .people = NAN};
        whole = psa->strategies && psa->parameters && psa->draws && psa->cost && psa->effect && psa->values;
    }
    for (size_t s = 0; whole && s < strategies; s++) {
        whole = (psa->strategies[s] = tf_strdup(of->run->layout.strategies[s])) != NULL;
    }
    for (size_t p = 0; whole && p < of->names.count; p++) {
        whole = (psa->parameters[p] = tf_strdup(of->names.items[p])) != NULL;
    }
    for (size_t k = 0; whole && k < n; k++) {
        psa->draws[k] = (int64_t)k + 1;
    }
    return whole ? TREFOIL_DONE : tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for the draws of a regression");
}

static trefoil_status regress(subject *of)
{
    trefoil_status status;
    tf_surface *surface = NULL;
    size_t *columns = TF_NEW(size_t, of->names.count);

    of->worths = TF_NEW(tf_worth, of->n_thresholds);
    if (!columns || !of->worths) {
        status = tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a regression");
        goto out;
    }
    for (size_t p = 0; p < of->names.count; p++) {
        columns[p] = p;
    }
    TRY(tf_surface_of_parameters(of->context, of->psa, columns, of->names.count, &surface));
    for (size_t t = 0; t < of->n_thresholds; t++) {
        TRY(tf_worth_of(of->context, of->psa, surface, of->thresholds[t], 1, NULL, 0, &of->worths[t]));
    }
out:
    tf_surface_destroy(surface);
    tf_free(columns);
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

static trefoil_status write_file(subject *of, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "parameters,threshold,evppi,se,raw,outer,inner,evppi_regression,se_regression,draws_regression");
    for (size_t t = 0; t < of->n_thresholds; t++) {
        tf_nested_worth worth = tf_nested_at(of->nested, t);

        tf_csv_text(&csv, of->asked->evppi_nested);
        tf_csv_number(&csv, of->thresholds[t]);
        tf_csv_number(&csv, worth.evppi);
        tf_csv_number(&csv, worth.se);
        tf_csv_number(&csv, worth.raw);
        tf_csv_integer(&csv, of->outer);
        tf_csv_integer(&csv, of->inner);
        tf_csv_number(&csv, of->worths[t].value);
        tf_csv_number(&csv, of->worths[t].se);
        tf_csv_integer(&csv, (int64_t)of->psa->n_draws);
        tf_csv_end(&csv);
    }
    return tf_export_csv(of->context, folder, "evppi_nested.csv", &csv);
}

static void print(const subject *of, tf_text *text)
{
    char currency[TF_PRINTED_SIZE], number[TF_PRINTED_SIZE];
    tf_sheet sheet = {0};

    tf_print_currency(currency, of->run->scenario->currency);
    tf_sheet_begin(&sheet, 6, "The value of learning %s, per person", of->asked->evppi_nested);
    tf_sheet_cell(&sheet, "Threshold");
    tf_sheet_cell(&sheet, "Nested\nsimulation");
    tf_sheet_cell(&sheet, "Standard\nerror");
    tf_sheet_cell(&sheet, "Regression");
    tf_sheet_cell(&sheet, "Standard\nerror");
    tf_sheet_cell(&sheet, "Difference in\nstandard errors");
    for (size_t t = 0; t < of->n_thresholds; t++) {
        const tf_nested_worth nested = tf_nested_at(of->nested, t);
        const tf_worth *other = &of->worths[t];
        const double values[] = {nested.evppi, nested.se, other->value, other->se}, error = hypot(nested.se, other->se);
        int digits = tf_digits(fmax(nested.se, other->se), 2);

        tf_print_digits(number, of->thresholds[t], 0, currency, false);
        tf_sheet_cell(&sheet, "%s", number);
        for (int k = 0; k < 4; k++) {
            tf_print_digits(number, values[k], digits, currency, false);
            tf_sheet_cell(&sheet, "%s", number);
        }
        tf_sheet_cell(&sheet, "%+.1f", error > 0 ? (nested.evppi - other->value) / error : 0);
    }
    tf_text_addf(&sheet.note, "Nested: %" PRIu32 " values of what is learned, %" PRIu32 " draws of all else for each. Regression: %zu draws.", of->outer,
                 of->inner, of->psa->n_draws);
    tf_sheet_text(&sheet, text);
    tf_sheet_free(&sheet);
}

static trefoil_status report(subject *of)
{
    tf_text folder = {0}, text = {0};
    trefoil_status status;

    print(of, &text);
    TRY(tf_results_folder(of->context, of->run, of->asked->out, &folder));
    TRY(write_file(of, folder.chars));
    tf_text_addf(&text, "\nThe figures are in %s/evppi_nested.csv ; results/README.md tells its columns.\n", folder.chars);
    if (text.failed) {
        status = tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for the tables");
        goto out;
    }
    TRY(tf_result(of->context, text.chars));
out:
    tf_text_free(&folder);
    tf_text_free(&text);
    return status;
}

trefoil_status tf_evppi_nested(trefoil_context *context, const char *path, const trefoil_sensitivity_options *asked)
{
    const tf_run_options how = {asked->threads, 0};
    subject of = {.context = context, .path = path, .asked = asked};
    trefoil_status status;
    uint32_t draws;

    TRY(read_sizes(&of));
    if (tf_list_split(&of.names, asked->evppi_nested, ',') != 0) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of parameters");
        goto out;
    }
    draws = of.outer * of.inner;
    TRY(open_run(&of, draws));
    TRY(read_questions(&of));
    TRY(tf_nested_create(context, of.run->layout.n_strategies, of.thresholds, of.n_thresholds, of.outer, of.inner, &of.nested));
    TRY(tf_run_go(context, of.run, how, (tf_sink){.take = take_nested, .self = &of}));
    draws = draws < REGRESSION_DRAWS ? draws : REGRESSION_DRAWS;
    draws = draws < TF_LEAST_DRAWS ? TF_LEAST_DRAWS : draws;
    TRY(open_run(&of, draws));
    TRY(read_thresholds(&of));
    of.nested->thresholds = of.thresholds;
    TRY(make_psa(&of, draws));
    TRY(tf_run_go(context, of.run, how, (tf_sink){.take = take_plain, .self = &of}));
    TRY(regress(&of));
    TRY(report(&of));
out:
    if (status == TREFOIL_INTERRUPTED) {
        status = tf_fail(context, status, "a nested simulation that is not finished writes nothing");
    }
    tf_nested_destroy(of.nested);
    tf_psa_destroy(of.psa);
    tf_free(of.worths);
    tf_free(of.learned);
    tf_free(of.cost);
    tf_free(of.effect);
    tf_list_free(&of.names);
    tf_run_close(of.run);
    return status;
}
