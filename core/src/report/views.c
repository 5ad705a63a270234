/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/views.h"

#include "analysis/pairing.h"
#include "analysis/variance.h"
#include "base/memory.h"
#include "report/equity_views.h"
#include "report/page.h"
#include "report/plot.h"
#include "store/export.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add_estimate(tf_csv *csv, const tf_estimate *estimate)
{
    tf_csv_number(csv, estimate->value);
    tf_csv_number(csv, estimate->mcse);
    tf_csv_number(csv, estimate->lo);
    tf_csv_number(csv, estimate->hi);
}

/* A file of an earlier run that this one does not have. */
static trefoil_status remove_old(trefoil_context *context, const char *folder, const char *name)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text path = {0};

    tf_text_addf(&path, "%s/%s", folder, name);
    if (!path.failed && unlink(path.chars) != 0 && errno != ENOENT) {
        status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: an old file cannot be removed: %s", path.chars, strerror(errno));
    }
    tf_text_free(&path);
    return status;
}

/* ---- summary and difference ------------------------------------------------------------------ */

/* Discounted totals are of use for what is valued; counts of events and time in states are written as they happen. */
static bool is_discounted(const char *name)
{
    static const char *const counts[] = {"persons", "deaths", "event.", "years.", "use."};

    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        if (strncmp(name, counts[k], strlen(counts[k])) == 0) {
            return false;
        }
    }
    return true;
}

/* A group of the run, or of a cut of its own such as core20. */
typedef struct split {
    const char *group_by;
    const tf_cut_group *group;
} split;

static void add_summary_row(const tf_findings *findings, tf_csv *csv, const tf_estimand *estimand, const split *of)
{
    const tf_layout *layout = findings->layout;
    tf_estimate estimate = of != NULL ? tf_cut_estimate(layout, of->group, findings->sample, estimand, findings->columns->scratch)
                                      : tf_finding(findings, estimand);

    tf_csv_text(csv, layout->strategies[estimand->strategy]);
    tf_csv_text(csv, of != NULL ? of->group_by : layout->groups[estimand->group].group_by);
    tf_csv_text(csv, of != NULL ? of->group->label : layout->groups[estimand->group].group);
    tf_csv_text(csv, layout->measures[estimand->measure].name);
    tf_csv_text(csv, layout->measures[estimand->measure].unit);
    tf_csv_integer(csv, estimand->discounted);
    tf_csv_text(csv, estimand->per_person ? "per_person" : "population");
    add_estimate(csv, &estimate);
    tf_csv_end(csv);
}

static void add_summary_rows(const tf_findings *findings, tf_csv *csv, tf_estimand *estimand, const split *of)
{
    const tf_layout *layout = findings->layout;

    for (estimand->measure = 0; estimand->measure < layout->n_measures; estimand->measure++) {
        const bool persons = (ptrdiff_t)estimand->measure == findings->persons;
        const int views = is_discounted(layout->measures[estimand->measure].name) ? 2 : 1;

        for (estimand->discounted = 0; estimand->discounted < views; estimand->discounted++) {
            estimand->per_person = false;
            add_summary_row(findings, csv, estimand, of);
            estimand->per_person = true;
            if (!persons) {
                add_summary_row(findings, csv, estimand, of);
            }
        }
    }
}

/* Core20 and PLUS groups. */
static void add_splits(const tf_findings *findings, tf_csv *csv, size_t strategy, bool difference)
{
    const tf_cuts *cuts = &findings->dcea->cuts;

    for (size_t c = 0; c < cuts->count; c++) {
        const tf_cut *cut = &cuts->items[c];

        for (size_t g = 0; g < cut->n && (strcmp(cut->name, "core20") == 0 || strncmp(cut->name, "plus.", 5) == 0); g++) {
            const split of = {cut->name, &cut->groups[g]};
            tf_estimand estimand = {.strategy = strategy, .difference = difference};

            add_summary_rows(findings, csv, &estimand, &of);
        }
    }
}

static trefoil_status write_summary(trefoil_context *context, const tf_findings *findings, const char *folder, const char *name,
                                    bool difference)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,group_by,group,measure,unit,discounted,basis,mean,mcse,lo,hi");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t g = 0; g < findings->layout->n_groups; g++) {
            tf_estimand estimand = {.strategy = s, .group = g, .difference = difference};

            if (!difference || s != findings->layout->comparator) {
                add_summary_rows(findings, &csv, &estimand, NULL);
            }
        }
        if (!difference || s != findings->layout->comparator) {
            add_splits(findings, &csv, s, difference);
        }
    }
    return tf_export_csv(context, folder, name, &csv);
}

/* ---- by year --------------------------------------------------------------------------------- */

/* Of those who join an open population; of a cohort, of the cohorts after it, each of which has the year that the first had so long ago. */
static double joining_in(const tf_findings *findings, const double *by_year, size_t year_group, size_t year, size_t measure)
{
    const tf_layout *layout = findings->layout;
    double sum = 0;

    if (layout->joining > 0) {
        return by_year[tf_at_year(layout, year_group + layout->joining, year, measure)];
    }
    for (size_t earlier = 0; earlier < year; earlier++) {
        sum += by_year[tf_at_year(layout, year_group, earlier, measure)];
    }
    return sum;
}

static tf_estimate estimate_year(const tf_findings *findings, size_t strategy, size_t year_group, size_t year, size_t measure, bool joining)
{
    const size_t n = tf_sample_size(findings->sample);
    tf_estimate estimate;

    for (size_t k = 0; k < n; k++) {
        const double *by_year = tf_sample_at(findings->sample, k)[strategy].by_year;

        findings->columns->scratch[k] = joining ? joining_in(findings, by_year, year_group, year, measure)
                                                : by_year[tf_at_year(findings->layout, year_group, year, measure)];
    }
    estimate = tf_estimate_values(findings->columns->scratch, n, 0);
    if (n < 2) {
        estimate.mcse = NAN; /* its first-order variance is not kept by year */
    }
    return estimate;
}

static void add_years(const tf_findings *findings, tf_csv *csv, size_t strategy, const tf_group *group)
{
    const tf_layout *layout = findings->layout;

    for (size_t year = 0; year < layout->n_years; year++) {
        for (size_t m = 0; m < layout->n_measures; m++) {
            tf_estimate estimate;

            if ((ptrdiff_t)m == findings->persons) {
                continue;
            }
            estimate = estimate_year(findings, strategy, (size_t)group->year_index, year, m, false);
            tf_csv_text(csv, layout->strategies[strategy]);
            tf_csv_text(csv, group->group_by);
            tf_csv_text(csv, group->group);
            tf_csv_integer(csv, (int64_t)year + 1);
            tf_csv_number(csv, findings->scenario->start + (double)year);
            tf_csv_text(csv, layout->measures[m].name);
            tf_csv_text(csv, layout->measures[m].unit);
            add_estimate(csv, &estimate);
            if (findings->scenario->open_years > 0 && year < (size_t)findings->scenario->open_years) {
                estimate = estimate_year(findings, strategy, (size_t)group->year_index, year, m, true);
                tf_csv_number(csv, estimate.value);
                tf_csv_number(csv, estimate.lo);
                tf_csv_number(csv, estimate.hi);
            } else if (findings->scenario->open_years > 0) {
                tf_csv_text(csv, "");
                tf_csv_text(csv, "");
                tf_csv_text(csv, "");
            }
            tf_csv_end(csv);
        }
    }
}

static trefoil_status write_years(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, findings->scenario->open_years > 0
                            ? "strategy,group_by,group,year,from,measure,unit,mean,mcse,lo,hi,joining,joining_lo,joining_hi"
                            : "strategy,group_by,group,year,from,measure,unit,mean,mcse,lo,hi");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t g = 0; g < findings->layout->n_groups; g++) {
            if (findings->layout->groups[g].year_index >= 0) {
                add_years(findings, &csv, s, &findings->layout->groups[g]);
            }
        }
    }
    return tf_export_csv(context, folder, "by_year.csv", &csv);
}

/* ---- analyses -------------------------------------------------------------------------------- */

static void add_option(const tf_findings *findings, tf_csv *csv, const tf_option *option, size_t threshold)
{
    tf_csv_text(csv, findings->layout->strategies[option->strategy]);
    tf_csv_number(csv, option->cost.value);
    tf_csv_number(csv, option->qaly.value);
    tf_csv_number(csv, option->ly.value);
    tf_csv_number(csv, option->step_cost);
    tf_csv_number(csv, option->step_qaly);
    tf_csv_number(csv, option->icer);
    tf_csv_text(csv, tf_standing_name(option->standing));
    tf_csv_number(csv, findings->cea->thresholds[threshold]);
    tf_csv_number(csv, option->nmb[threshold].value);
    tf_csv_number(csv, option->nmb[threshold].mcse);
    tf_csv_number(csv, option->p_best[threshold]);
    tf_csv_end(csv);
}

static trefoil_status write_cea(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,cost,qaly,ly,inc_cost,inc_qaly,icer,status,threshold,nmb,nmb_mcse,p_best");
    for (size_t s = 0; s < findings->cea->n_options; s++) {
        for (size_t t = 0; t < findings->cea->n_thresholds; t++) {
            add_option(findings, &csv, &findings->cea->options[s], t);
        }
    }
    return tf_export_csv(context, folder, "cea.csv", &csv);
}

static void add_variance(tf_csv *csv, const char *strategy, double threshold, const tf_variance *v)
{
    tf_csv_text(csv, strategy);
    tf_csv_number(csv, threshold);
    tf_csv_integer(csv, (int64_t)v->draws);
    tf_csv_number(csv, v->persons);
    tf_csv_number(csv, v->mean);
    tf_csv_number(csv, v->mcse);
    tf_csv_number(csv, v->total);
    tf_csv_number(csv, v->first_order);
    tf_csv_number(csv, v->parameter);
    tf_csv_number(csv, v->wanted);
    tf_csv_number(csv, v->draws_wanted);
    tf_csv_number(csv, v->persons_wanted);
    tf_csv_number(csv, v->base);
    tf_csv_number(csv, v->gap);
    tf_csv_number(csv, v->gap_mcse);
    tf_csv_end(csv);
}

static trefoil_status write_variance(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,threshold,draws,persons,inc_nmb,mcse,total,first_order,parameter,wanted_mcse,"
                        "wanted_draws,wanted_persons,base_case,gap,gap_mcse");
    for (size_t s = 0; s < findings->layout->n_strategies && findings->sample->n_draws > 1; s++) {
        for (size_t t = 0; t < findings->cea->n_thresholds && s != findings->layout->comparator; t++) {
            tf_variance v = tf_variance_of(findings->columns, s, findings->cea->thresholds[t], tf_people_simulated(findings), 0);

            add_variance(&csv, findings->layout->strategies[s], findings->cea->thresholds[t], &v);
        }
    }
    return tf_export_csv(context, folder, "variance.csv", &csv);
}

static void add_pairing(tf_csv *csv, const char *strategy, const char *outcome, int discounted, double threshold, tf_pairing pairing)
{
    tf_csv_text(csv, strategy);
    tf_csv_text(csv, outcome);
    tf_csv_integer(csv, discounted);
    tf_csv_number(csv, threshold);
    tf_csv_number(csv, pairing.difference);
    tf_csv_number(csv, pairing.paired);
    tf_csv_number(csv, pairing.independent);
    tf_csv_number(csv, pairing.reduction);
    tf_csv_end(csv);
}

static trefoil_status write_pairing(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,outcome,discounted,threshold,difference,paired_mcse,independent_mcse,reduction");
    for (size_t s = 0; s < findings->layout->n_strategies && tf_pairing_exists(findings->layout, findings->sample); s++) {
        if (s == findings->layout->comparator) {
            continue;
        }
        const ptrdiff_t measures[] = {findings->cost, findings->qaly, findings->ly};

        for (int m = 0; m < 3; m++) {
            int discounted = measures[m] != findings->ly;

            add_pairing(&csv, findings->layout->strategies[s], findings->layout->measures[measures[m]].name, discounted, NAN,
                        tf_pairing_of(findings->layout, findings->persons, findings->sample, s, (size_t)measures[m], discounted));
        }
        for (size_t t = 0; t < findings->cea->n_thresholds; t++) {
            double threshold = findings->cea->thresholds[t];

            add_pairing(&csv, findings->layout->strategies[s], "nmb", 1, threshold,
                        tf_pairing_of_benefit(findings->layout, findings->persons, findings->sample, s, threshold));
        }
    }
    return tf_export_csv(context, folder, "pairing.csv", &csv);
}

static trefoil_status write_inequality(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,measure,outcome,group_by,value,mcse,lo,hi,change,change_mcse,change_lo,change_hi,p_narrower");
    for (size_t k = 0; k < findings->inequality->n_gaps; k++) {
        const tf_gap *gap = &findings->inequality->gaps[k];

        tf_csv_text(&csv, findings->layout->strategies[gap->strategy]);
        tf_csv_text(&csv, gap->relative ? "relative_gap" : "absolute_gap");
        tf_csv_text(&csv, findings->layout->measures[gap->measure].name);
        tf_csv_text(&csv, "imd");
        add_estimate(&csv, &gap->value);
        add_estimate(&csv, &gap->change);
        tf_csv_number(&csv, gap->p_narrower);
        tf_csv_end(&csv);
    }
    for (size_t k = 0; k < findings->inequality->n_indices; k++) {
        const tf_run_index *index = &findings->inequality->indices[k];

        tf_csv_text(&csv, findings->layout->strategies[index->strategy]);
        tf_csv_text(&csv, index->name);
        tf_csv_text(&csv, findings->layout->measures[index->measure].name);
        tf_csv_text(&csv, index->group_by);
        add_estimate(&csv, &index->value);
        add_estimate(&csv, &index->change);
        tf_csv_number(&csv, index->p_narrower);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "inequality.csv", &csv);
}

static void add_stair(const tf_findings *findings, tf_csv *csv, const tf_stair *stair)
{
    tf_csv_text(csv, findings->layout->strategies[findings->staircase->strategy]);
    tf_csv_text(csv, stair->outcome);
    tf_csv_text(csv, tf_stair_index_names[stair->index]);
    tf_csv_text(csv, stair->shapley ? "shapley" : "sequential");
    tf_csv_text(csv, tf_stair_name(stair->step));
    add_estimate(csv, &stair->value);
    tf_csv_number(csv, stair->share);
    tf_csv_end(csv);
}

trefoil_status tf_staircase_write(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    trefoil_status status;
    tf_csv csv = {0};

    if (findings->staircase == NULL) {
        status = remove_old(context, folder, "staircase.csv");
        return status != TREFOIL_DONE ? status : remove_old(context, folder, "staircase.svg");
    }
    tf_csv_header(&csv, "strategy,outcome,measure,method,step,value,mcse,lo,hi,share");
    for (size_t k = 0; k < findings->staircase->n_items; k++) {
        add_stair(findings, &csv, &findings->staircase->items[k]);
    }
    status = tf_export_csv(context, folder, "staircase.csv", &csv);
    return status != TREFOIL_DONE ? status : tf_view_plot(context, findings, folder, "staircase.svg", tf_plot_staircase);
}

/* ---- plots and page -------------------------------------------------------------------------- */

trefoil_status tf_view_plot(trefoil_context *context, const tf_findings *findings, const char *folder, const char *name,
                            void (*plot)(const tf_findings *, tf_text *))
{
    trefoil_status status;
    tf_text text = {0};

    plot(findings, &text);
    status = text.length > 0 || text.failed ? tf_export_text(context, folder, name, &text) : remove_old(context, folder, name);
    tf_text_free(&text);
    return status;
}

static trefoil_status write_page(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    trefoil_status status;
    tf_text page = {0};

    tf_page_write(findings, &page);
    status = tf_export_text(context, folder, "report.html", &page);
    tf_text_free(&page);
    return status;
}

trefoil_status tf_views_write(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    trefoil_status status;

    TRY(tf_export_folder(context, folder));
    TRY(write_summary(context, findings, folder, "summary.csv", false));
    TRY(write_summary(context, findings, folder, "difference.csv", true));
    TRY(write_years(context, findings, folder));
    TRY(write_cea(context, findings, folder));
    TRY(write_pairing(context, findings, folder));
    TRY(write_variance(context, findings, folder));
    TRY(write_inequality(context, findings, folder));
    TRY(tf_equity_write(context, findings, folder));
    TRY(tf_staircase_write(context, findings, folder));
    TRY(tf_export_draws(context, findings->store, findings->sample, folder));
    TRY(tf_export_parameters(context, findings->store, folder));
    TRY(tf_export_provenance(context, findings->store, folder));
    TRY(tf_view_plot(context, findings, folder, "plane.svg", tf_plot_plane));
    TRY(tf_view_plot(context, findings, folder, "acceptability.svg", tf_plot_acceptability));
    TRY(tf_view_plot(context, findings, folder, "fifths.svg", tf_plot_fifths));
    TRY(tf_equity_write_plots(context, findings, folder));
    TRY(write_page(context, findings, folder));
out:
    return status;
}

trefoil_status tf_write_views(trefoil_context *context, tf_store *store, const char *folder)
{
    tf_findings *findings = NULL;
    trefoil_status status;

    TRY(tf_findings_create(context, store, &findings));
    TRY(tf_views_write(context, findings, folder));
out:
    tf_findings_destroy(findings);
    return status;
}
