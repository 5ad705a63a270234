/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/spread.h"

#include "report/print.h"
#include "report/sheet.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SHEETS = 20, MOST_DECIMALS = 6, SIGNIFICANT = 6 };
static const double normal = 1.959963984540054; /* the 97.5 percentile */

/* ---- files -------------------------------------------------------------------- */

static trefoil_status write_measures(trefoil_context *context, const tf_spread *spread, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "distribution,measure,parameter,increment,value,se,lo,hi,undefined");
    for (size_t i = 0; i < spread->count; i++) {
        const tf_spread_item *item = &spread->items[i];

        for (size_t k = 0; k < item->measures.count; k++) {
            const tf_measured *m = &item->measures.items[k];

            tf_csv_text(&csv, item->rows.label);
            tf_csv_text(&csv, m->name);
            tf_csv_number(&csv, m->parameter);
            tf_csv_number(&csv, m->increment);
            tf_csv_number(&csv, m->index.value);
            tf_csv_number(&csv, m->index.error);
            tf_csv_number(&csv, m->index.value - normal * m->index.error);
            tf_csv_number(&csv, m->index.value + normal * m->index.error);
            tf_csv_text(&csv, m->index.undefined ? m->index.undefined : "");
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "inequality.csv", &csv);
}

static trefoil_status write_dominance(trefoil_context *context, const tf_spread *spread, const char *folder)
{
    static const char *const kinds[] = {"pareto", "lorenz", "generalised_lorenz", "concentration", "generalised_concentration"};
    tf_csv csv = {0};

    tf_csv_header(&csv, "distribution,against,criterion,verdict,aversion");
    for (size_t i = 0; i < spread->count; i++) {
        const tf_comparison *c = &spread->items[i].comparison;
        const tf_dominance verdicts[] = {c->pareto, c->lorenz, c->generalised_lorenz, c->concentration, c->generalised_concentration};

        for (size_t k = 0; spread->items[i].compared && k < sizeof verdicts / sizeof *verdicts; k++) {
            tf_csv_text(&csv, spread->items[i].rows.label);
            tf_csv_text(&csv, spread->items[spread->against].rows.label);
            tf_csv_text(&csv, kinds[k]);
            tf_csv_text(&csv, tf_dominance_name(verdicts[k]));
            tf_csv_text(&csv, "");
            tf_csv_end(&csv);
        }
        for (int kind = TF_ATKINSON; spread->items[i].compared && kind <= TF_KOLM; kind++) {
            for (size_t k = 0; k < c->n_switches[kind] && k < TF_MOST_SWITCHES; k++) {
                tf_csv_text(&csv, spread->items[i].rows.label);
                tf_csv_text(&csv, spread->items[spread->against].rows.label);
                tf_csv_text(&csv, kind == TF_ATKINSON ? "atkinson_ede" : "kolm_ede");
                tf_csv_text(&csv, "same");
                tf_csv_number(&csv, c->switches[kind][k]);
                tf_csv_end(&csv);
            }
        }
    }
    return tf_export_csv(context, folder, "dominance.csv", &csv);
}

static trefoil_status write_parts(trefoil_context *context, const tf_spread *spread, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "distribution,measure,total,between,within,undefined");
    for (size_t i = 0; i < spread->count; i++) {
        for (int l = 0; l < 2; l++) {
            const tf_theil_split *split = l ? &spread->items[i].theil_l : &spread->items[i].theil_t;

            tf_csv_text(&csv, spread->items[i].rows.label);
            tf_csv_text(&csv, l ? "theil_l" : "theil_t");
            tf_csv_number(&csv, split->total);
            tf_csv_number(&csv, split->between);
            tf_csv_number(&csv, split->within);
            tf_csv_text(&csv, split->undefined ? split->undefined : "");
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "parts.csv", &csv);
}

static trefoil_status write_equity(trefoil_context *context, const tf_spread *spread, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "distribution,rank,people,before,gain,opportunity_cost,net,after");
    for (size_t i = 0; i < spread->count; i++) {
        const tf_equity *e = spread->items[i].equity;

        for (size_t g = 0; e && g < e->before->n; g++) {
            const double cells[] = {e->before->rank[g], e->before->people[g], e->before->health[g], e->gain[g],
                                    e->lost[g],         e->net[g],            e->before->health[g] + e->change[g]};

            tf_csv_text(&csv, spread->items[i].rows.label);
            for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
                tf_csv_number(&csv, cells[c]);
            }
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "equity.csv", &csv);
}

static trefoil_status write_files(trefoil_context *context, const tf_spread *spread, const char *folder)
{
    trefoil_status status;

    TRY(tf_export_folder(context, folder));
    TRY(write_measures(context, spread, folder));
    if (spread->against >= 0) {
        TRY(write_dominance(context, spread, folder));
    }
    if (spread->has_parts) {
        TRY(write_parts(context, spread, folder));
    }
    if (spread->items[0].equity) {
        TRY(write_equity(context, spread, folder));
    }
out:
    return status;
}

/* ---- for people ---------------------------------------------------------------- */

/* As far as its error allows; without one six significant digits and at most six decimals, the same number alike in every table. */
static void show_number(tf_sheet *sheet, double value, double error)
{
    char text[TF_PRINTED_SIZE];
    double most;

    if (isnan(value)) {
        tf_sheet_cell(sheet, "%s", "");
        return;
    }
    if (fabs(value) > 0 && fabs(value) < 1e-4 && !(error > 0)) {
        tf_sheet_cell(sheet, "%.4g", value);
        return;
    }
    most = error > 0 ? MOST_DECIMALS : value == 0 ? 0 : fmax(0, fmin(MOST_DECIMALS, SIGNIFICANT - 1 - floor(log10(fabs(value)))));
    tf_print_limited(text, value, error, (int)most);
    tf_sheet_cell(sheet, "%s", text);
}

/* The measures that are not defined for the reason of the k-th, if that is the first of them. */
static void add_undefined(const tf_measures *measures, size_t k, tf_text *note)
{
    const char *why = measures->items[k].index.undefined;
    char name[TF_MEASURE_SIZE];
    bool first = true;

    for (size_t i = 0; i < measures->count; i++) {
        const char *other = measures->items[i].index.undefined;

        if (other == NULL || strcmp(other, why) != 0) {
            continue;
        }
        if (i < k) {
            return;
        }
        tf_measure_name(&measures->items[i], name);
        if (first) {
            tf_text_addf(note, "%s (%s): ", note->length > 0 ? ". Nor" : "Not defined", why);
        }
        tf_text_addf(note, "%s%s", first ? "" : ", ", name);
        first = false;
    }
}

static void show_item(const tf_spread *spread, const tf_spread_item *item, tf_text *out)
{
    static const char *const header[] = {"measure", "value", "standard\nerror", "95% from", "to"};
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 5, "Inequality of %s: %zu %s, %.10g people, %s%s", item->rows.label, item->distribution->n,
                   item->distribution->individual ? "individuals" : "groups", item->distribution->population,
                   spread->rank ? "social rank: " : "no social rank", spread->rank ? spread->rank : "");
    for (size_t k = 0; k < 5; k++) {
        tf_sheet_cell(&sheet, "%s", header[k]);
    }
    for (size_t k = 0; k < item->measures.count; k++) {
        const tf_measured *m = &item->measures.items[k];
        char name[TF_MEASURE_SIZE];

        tf_measure_name(m, name);
        if (m->index.undefined) {
            add_undefined(&item->measures, k, &sheet.note);
            continue;
        }
        tf_sheet_cell(&sheet, "%s", name);
        show_number(&sheet, m->index.value, m->index.error);
        show_number(&sheet, m->index.error, m->index.error);
        show_number(&sheet, m->index.value - normal * m->index.error, m->index.error);
        show_number(&sheet, m->index.value + normal * m->index.error, m->index.error);
    }
    tf_sheet_text(&sheet, out);
    out->failed = out->failed || sheet.failed;
    tf_sheet_free(&sheet);
}

static void show_equity(const tf_spread_item *item, tf_text *out)
{
    static const char *const header[] = {"rank", "people", "health gain", "opportunity\ncost", "net health\nbenefit", "per 100,000\npeople"};
    const tf_equity *e = item->equity;
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 6, "Net health benefit by group, in QALYs");
    for (size_t k = 0; k < 6; k++) {
        tf_sheet_cell(&sheet, "%s", header[k]);
    }
    for (size_t g = 0; g < e->before->n; g++) {
        tf_sheet_cell(&sheet, "%g", e->before->rank[g]);
        tf_sheet_cell(&sheet, "%.10g", e->before->people[g]);
        show_number(&sheet, e->gain[g], NAN);
        show_number(&sheet, e->lost[g], NAN);
        show_number(&sheet, e->net[g], NAN);
        show_number(&sheet, 1e5 * e->change[g], NAN);
    }
    tf_sheet_cell(&sheet, "%s", "all");
    tf_sheet_cell(&sheet, "%.10g", e->before->population);
    show_number(&sheet, e->total_gain, NAN);
    show_number(&sheet, e->opportunity_cost, NAN);
    show_number(&sheet, e->total_net, NAN);
    show_number(&sheet, 1e5 * e->total_net / e->before->population, NAN);
    tf_sheet_text(&sheet, out);
    out->failed = out->failed || sheet.failed;
    tf_sheet_free(&sheet);
}

static void show_parts(const tf_spread *spread, tf_text *out)
{
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 4, "Between and within %zu parts", spread->parts.count);
    tf_sheet_cell(&sheet, "%s", "index");
    tf_sheet_cell(&sheet, "%s", "total");
    tf_sheet_cell(&sheet, "%s", "between");
    tf_sheet_cell(&sheet, "%s", "within");
    for (size_t i = 0; i < spread->count && i < MOST_SHEETS; i++) {
        const tf_theil_split *splits[] = {&spread->items[i].theil_t, &spread->items[i].theil_l};

        for (size_t k = 0; k < 2; k++) {
            tf_sheet_cell(&sheet, "%s Theil %s", spread->items[i].rows.label, k ? "L" : "T");
            show_number(&sheet, splits[k]->total, NAN);
            show_number(&sheet, splits[k]->between, NAN);
            show_number(&sheet, splits[k]->within, NAN);
        }
    }
    tf_sheet_text(&sheet, out);
    out->failed = out->failed || sheet.failed;
    tf_sheet_free(&sheet);
}

static void show_switches(tf_sheet *sheet, const tf_comparison *c, int kind)
{
    char cell[128] = "none";
    size_t at = 0;

    for (size_t k = 0; k < c->n_switches[kind] && k < TF_MOST_SWITCHES && at < sizeof cell; k++) {
        at += (size_t)snprintf(cell + at, sizeof cell - at, "%s%.5g", k > 0 ? ", " : "", c->switches[kind][k]);
    }
    tf_sheet_cell(sheet, "%s", cell);
}

static void show_dominance(const tf_spread *spread, tf_text *out)
{
    static const char *const header[] = {"distribution", "Pareto", "Lorenz", "generalised\nLorenz", "concentration", "generalised\nconcentration",
                                         "Atkinson\nswitch", "Kolm\nswitch"};
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 8, "Against %s: dominance, and the aversions at which both are as good",
                   spread->items[spread->against].rows.label);
    for (size_t k = 0; k < 8; k++) {
        tf_sheet_cell(&sheet, "%s", header[k]);
    }
    for (size_t i = 0; i < spread->count; i++) {
        const tf_comparison *c = &spread->items[i].comparison;

        if (spread->items[i].compared) {
            tf_sheet_cell(&sheet, "%s", spread->items[i].rows.label);
            tf_sheet_cell(&sheet, "%s", tf_dominance_name(c->pareto));
            tf_sheet_cell(&sheet, "%s", tf_dominance_name(c->lorenz));
            tf_sheet_cell(&sheet, "%s", tf_dominance_name(c->generalised_lorenz));
            tf_sheet_cell(&sheet, "%s", tf_dominance_name(c->concentration));
            tf_sheet_cell(&sheet, "%s", tf_dominance_name(c->generalised_concentration));
            show_switches(&sheet, c, TF_ATKINSON);
            show_switches(&sheet, c, TF_KOLM);
        }
    }
    tf_sheet_text(&sheet, out);
    out->failed = out->failed || sheet.failed;
    tf_sheet_free(&sheet);
}

trefoil_status trefoil_inequality(trefoil_context *context, const char *path, const trefoil_inequality_options *options)
{
    trefoil_status status = TREFOIL_DONE;
    tf_spread *spread = NULL;
    tf_text out = {0};

    tf_result(context, NULL);
    TRY(tf_spread_create(context, path, options, &spread));
    for (size_t k = 0; k < spread->count && k < MOST_SHEETS; k++) {
        show_item(spread, &spread->items[k], &out);
        if (spread->items[k].equity) {
            show_equity(&spread->items[k], &out);
        }
    }
    if (spread->count > MOST_SHEETS) {
        tf_text_addf(&out, "%zu more distributions%s\n", spread->count - MOST_SHEETS,
                     options->out ? " are in inequality.csv" : ": write them all with --out");
    }
    if (spread->has_parts) {
        show_parts(spread, &out);
    }
    if (spread->against >= 0) {
        show_dominance(spread, &out);
    }
    if (options->out) {
        TRY(write_files(context, spread, options->out));
        tf_text_addf(&out, "Written to %s/inequality.csv%s%s%s\n", options->out, spread->against >= 0 ? ", dominance.csv" : "",
                     spread->has_parts ? ", parts.csv" : "", options->gain ? ", equity.csv" : "");
    }
    if (out.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the table of measures");
        goto out;
    }
    TRY(tf_result(context, out.chars));
out:
    tf_text_free(&out);
    tf_spread_destroy(spread);
    return status;
}
