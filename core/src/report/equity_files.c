/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/equity_views.h"

#include "report/views.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

static void add_estimate(tf_csv *csv, const tf_estimate *estimate)
{
    tf_csv_number(csv, estimate->value);
    tf_csv_number(csv, estimate->mcse);
    tf_csv_number(csv, estimate->lo);
    tf_csv_number(csv, estimate->hi);
}

/* ---- equity.csv ---------------------------------------------------------------- */

static void add_known(const tf_findings *findings, tf_csv *csv, const tf_group *group, const char *measure, const char *unit, double value)
{
    const tf_estimate known = {value, NAN, NAN, NAN};

    if (isnan(value)) {
        return;
    }
    tf_csv_text(csv, findings->layout->strategies[findings->layout->comparator]);
    tf_csv_text(csv, group->group_by);
    tf_csv_text(csv, group->group);
    tf_csv_number(csv, NAN);
    tf_csv_text(csv, "");
    tf_csv_text(csv, measure);
    tf_csv_number(csv, NAN);
    tf_csv_text(csv, unit);
    add_estimate(csv, &known);
    tf_csv_number(csv, NAN);
    tf_csv_end(csv);
}

/* What is known of each group before anything is done. */
static void add_background(const tf_findings *findings, tf_csv *csv)
{
    const tf_layout *layout = findings->layout;

    for (size_t g = 0; layout->background != NULL && g < layout->n_groups; g++) {
        const tf_background *of = &layout->background[g];
        const bool given = findings->dcea->spec->has_qale && strcmp(layout->groups[g].group_by, "imd") == 0;
        double residents = 0;

        for (int q = 0; q < TF_FIFTHS; q++) {
            residents += of->residents[q];
        }
        add_known(findings, csv, &layout->groups[g], "residents", "1", residents);
        if (strstr(layout->groups[g].group_by, "age") != NULL) {
            continue; /* people of all ages were born */
        }
        add_known(findings, csv, &layout->groups[g], "life_expectancy_birth", "a", of->life);
        add_known(findings, csv, &layout->groups[g], "qale_birth", "a",
                  given ? findings->dcea->spec->qale[layout->groups[g].group[0] - '1'] : of->quality);
    }
}

static trefoil_status write_numbers(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,group_by,group,k,gradient,measure,aversion,unit,value,mcse,lo,hi,p_above_0");
    add_background(findings, &csv);
    for (size_t i = 0; i < findings->dcea->n_rows; i++) {
        const tf_dcea_row *row = &findings->dcea->rows[i];

        tf_csv_text(&csv, findings->layout->strategies[row->strategy]);
        tf_csv_text(&csv, row->group_by);
        tf_csv_text(&csv, row->group);
        tf_csv_number(&csv, row->k);
        tf_csv_text(&csv, row->gradient != NULL ? row->gradient : "");
        tf_csv_text(&csv, row->measure);
        tf_csv_number(&csv, row->aversion);
        tf_csv_text(&csv, row->unit);
        add_estimate(&csv, &row->value);
        tf_csv_number(&csv, row->p_above_0);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "equity.csv", &csv);
}

/* ---- the others ----------------------------------------------------------------- */

static trefoil_status write_draws(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    const tf_dcea *dcea = findings->dcea;
    const bool known = dcea->unavailable == NULL && dcea->residents[0] > 0;
    tf_csv csv = {0};

    tf_csv_header(&csv, "draw,strategy,k,gradient,net,slope_narrows");
    for (size_t d = 0; known && d < findings->sample->n_draws; d++) {
        for (size_t s = 0; s < findings->layout->n_strategies; s++) {
            for (size_t w = 0; w < dcea->spec->gradients.count && s != findings->layout->comparator; w++) {
                const size_t at = (s * dcea->spec->gradients.count + w) * dcea->n_draws + d;

                tf_csv_integer(&csv, findings->sample->draws[d]);
                tf_csv_text(&csv, findings->layout->strategies[s]);
                tf_csv_number(&csv, dcea->spec->k[0]);
                tf_csv_text(&csv, dcea->spec->gradients.items[w]);
                tf_csv_number(&csv, dcea->net[at]);
                tf_csv_number(&csv, dcea->slope[at]);
                tf_csv_end(&csv);
            }
        }
    }
    return tf_export_csv(context, folder, "equity_draws.csv", &csv);
}

static trefoil_status write_dominance(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    const tf_dcea *dcea = findings->dcea;
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,against,k,gradient,criterion,verdict,p_dominates,p_dominated,aversion");
    for (size_t i = 0; i < dcea->n_dominances; i++) {
        const tf_dcea_dominance *of = &dcea->dominances[i];

        tf_csv_text(&csv, findings->layout->strategies[of->strategy]);
        tf_csv_text(&csv, findings->layout->strategies[of->against]);
        tf_csv_number(&csv, dcea->spec->k[0]);
        tf_csv_text(&csv, of->gradient);
        tf_csv_text(&csv, of->criterion);
        tf_csv_text(&csv, tf_dominance_name(of->verdict));
        tf_csv_number(&csv, of->p_dominates);
        tf_csv_number(&csv, of->p_dominated);
        tf_csv_number(&csv, NAN);
        tf_csv_end(&csv);
    }
    for (size_t i = 0; i < dcea->n_switches; i++) {
        const tf_dcea_switch *of = &dcea->switches[i];

        tf_csv_text(&csv, findings->layout->strategies[of->strategy]);
        tf_csv_text(&csv, findings->layout->strategies[of->against]);
        tf_csv_number(&csv, dcea->spec->k[0]);
        tf_csv_text(&csv, of->gradient);
        tf_csv_text(&csv, of->kind == TF_ATKINSON ? "atkinson_ede" : "kolm_ede");
        tf_csv_text(&csv, "");
        tf_csv_number(&csv, NAN);
        tf_csv_number(&csv, NAN);
        tf_csv_number(&csv, of->aversion);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "equity_dominance.csv", &csv);
}

static trefoil_status write_views(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    const tf_dcea *dcea = findings->dcea;
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,view,uptake,k,gradient,group,measure,unit,value,mcse,lo,hi,p_above_0");
    for (size_t i = 0; i < dcea->n_views; i++) {
        const tf_dcea_view *of = &dcea->views[i];
        const bool part = strcmp(of->view, "nice") != 0 && strcmp(of->view, "icb") != 0;

        tf_csv_text(&csv, findings->layout->strategies[of->strategy]);
        tf_csv_text(&csv, of->view);
        tf_csv_text(&csv, part ? "" : of->equal_uptake && strcmp(of->view, "nice") == 0 ? "equal" : "observed");
        tf_csv_number(&csv, dcea->spec->k[0]);
        tf_csv_text(&csv, of->gradient);
        tf_csv_text(&csv, of->group);
        tf_csv_text(&csv, of->measure);
        tf_csv_text(&csv, of->unit);
        add_estimate(&csv, &of->value);
        tf_csv_number(&csv, of->p_above_0);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "equity_views.csv", &csv);
}

static trefoil_status write_shortfalls(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,group_by,group,norm,remaining,absolute,mcse,lo,hi,proportional,proportional_lo,proportional_hi,weight,"
                        "p_weight_1_2,p_weight_1_7");
    for (size_t i = 0; i < findings->dcea->n_shortfalls; i++) {
        const tf_shortfall *of = &findings->dcea->shortfalls[i];

        tf_csv_text(&csv, findings->layout->strategies[of->strategy]);
        tf_csv_text(&csv, of->group_by);
        tf_csv_text(&csv, of->group);
        tf_csv_number(&csv, of->norm);
        tf_csv_number(&csv, of->remaining.value);
        add_estimate(&csv, &of->absolute);
        tf_csv_number(&csv, of->proportional.value);
        tf_csv_number(&csv, of->proportional.lo);
        tf_csv_number(&csv, of->proportional.hi);
        tf_csv_number(&csv, of->weight);
        tf_csv_number(&csv, of->p_higher);
        tf_csv_number(&csv, of->p_highest);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "shortfall.csv", &csv);
}

trefoil_status tf_equity_write(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    trefoil_status status;

    TRY(write_numbers(context, findings, folder));
    TRY(write_draws(context, findings, folder));
    TRY(write_dominance(context, findings, folder));
    TRY(write_views(context, findings, folder));
    TRY(write_shortfalls(context, findings, folder));
out:
    return status;
}

trefoil_status tf_equity_write_plots(trefoil_context *context, const tf_findings *findings, const char *folder)
{
    trefoil_status status;

    TRY(tf_view_plot(context, findings, folder, "equity_plane.svg", tf_plot_equity_plane));
    TRY(tf_view_plot(context, findings, folder, "equity_aversion.svg", tf_plot_aversion));
    TRY(tf_view_plot(context, findings, folder, "equity_fifths.svg", tf_plot_net));
out:
    return status;
}
