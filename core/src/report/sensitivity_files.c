/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/sensitivity_views.h"

#include "base/memory.h"
#include "report/plot.h"
#include "store/export.h"

#include <math.h>

const char *tf_crossing_words(const tf_crossing *crossing)
{
    return crossing->found ? "" : crossing->flat ? "the net benefit does not depend on it" : "the net benefit has the same sign throughout";
}

static void add_bar(const tf_sensitivity *of, size_t strategy, const tf_bar *bar, tf_csv *csv)
{
    tf_csv_text(csv, of->layout->strategies[strategy]);
    tf_csv_text(csv, bar->name);
    tf_csv_text(csv, bar->label ? bar->label : "");
    tf_csv_number(csv, bar->low);
    tf_csv_number(csv, bar->high);
    tf_csv_number(csv, bar->nmb_low[strategy]);
    tf_csv_number(csv, bar->nmb_high[strategy]);
    tf_csv_number(csv, of->base[strategy]);
    tf_csv_number(csv, tf_bar_swing(bar, of->base[strategy], strategy));
    tf_csv_text(csv, bar->unit ? bar->unit : "");
    tf_csv_number(csv, of->threshold);
    tf_csv_end(csv);
}

static trefoil_status write_tornado(trefoil_context *context, const tf_sensitivity *of, const char *folder)
{
    size_t *order = TF_NEW(size_t, of->n_bars);
    tf_csv csv = {0};

    if (order == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for tornado.csv");
    }
    tf_csv_header(&csv, "strategy,parameter,label,low,high,nmb_low,nmb_high,nmb_base,swing,unit,threshold");
    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        tf_tornado_order(of, s, order);
        for (size_t k = 0; s != of->layout->comparator && k < of->n_bars; k++) {
            add_bar(of, s, &of->bars[order[k]], &csv);
        }
    }
    tf_free(order);
    return tf_export_csv(context, folder, "tornado.csv", &csv);
}

static trefoil_status write_plot(trefoil_context *context, const tf_sensitivity *of, const tf_scenario *scenario, const char *folder)
{
    tf_text text = {0};
    trefoil_status status;

    tf_plot_tornado(of, scenario->currency, &text);
    status = text.length > 0 || text.failed ? tf_export_text(context, folder, "tornado.svg", &text) : TREFOIL_DONE;
    tf_text_free(&text);
    return status;
}

static trefoil_status write_grid(trefoil_context *context, const tf_sensitivity *of, const char *folder)
{
    const tf_two_way *grid = &of->grid;
    const size_t n = of->layout->n_strategies;
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,parameter_1,value_1,parameter_2,value_2,nmb,threshold");
    for (size_t s = 0; s < n; s++) {
        for (size_t k = 0; s != of->layout->comparator && k < TF_TWO_WAY * TF_TWO_WAY; k++) {
            tf_csv_text(&csv, of->layout->strategies[s]);
            tf_csv_text(&csv, grid->names[0]);
            tf_csv_number(&csv, grid->values[0][k / TF_TWO_WAY]);
            tf_csv_text(&csv, grid->names[1]);
            tf_csv_number(&csv, grid->values[1][k % TF_TWO_WAY]);
            tf_csv_number(&csv, grid->nmb[k * n + s]);
            tf_csv_number(&csv, of->threshold);
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "two_way.csv", &csv);
}

static trefoil_status write_crossings(trefoil_context *context, const tf_sensitivity *of, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "strategy,parameter,label,base,value,searched_from,searched_to,nmb_base,unit,threshold,note");
    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        const tf_crossing *crossing = &of->crossings[s];

        if (s == of->layout->comparator) {
            continue;
        }
        tf_csv_text(&csv, of->layout->strategies[s]);
        tf_csv_text(&csv, of->solved);
        tf_csv_text(&csv, of->solved_label ? of->solved_label : "");
        tf_csv_number(&csv, of->solved_base);
        tf_csv_number(&csv, crossing->value);
        tf_csv_number(&csv, crossing->lo);
        tf_csv_number(&csv, crossing->hi);
        tf_csv_number(&csv, of->base[s]);
        tf_csv_text(&csv, of->solved_unit ? of->solved_unit : "");
        tf_csv_number(&csv, of->threshold);
        tf_csv_text(&csv, tf_crossing_words(crossing));
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "solve.csv", &csv);
}

static void add_alternative(const tf_sensitivity *of, const tf_alternative *a, size_t s, tf_csv *csv)
{
    const bool stands = a->standing[s] == TF_FRONTIER, first = a->standing[s] == TF_REFERENCE;
    const double cost = a->cost[s] - a->cost[a->previous[s]], qaly = a->qaly[s] - a->qaly[a->previous[s]];

    tf_csv_text(csv, a->name);
    tf_csv_text(csv, of->layout->strategies[s]);
    tf_csv_number(csv, a->cost[s]);
    tf_csv_number(csv, a->qaly[s]);
    tf_csv_number(csv, first ? (double)NAN : cost);
    tf_csv_number(csv, first ? (double)NAN : qaly);
    tf_csv_number(csv, stands ? cost / qaly : (double)NAN);
    tf_csv_text(csv, tf_standing_name(a->standing[s]));
    tf_csv_number(csv, a->nmb[s]);
    tf_csv_number(csv, of->threshold);
    tf_csv_end(csv);
}

static trefoil_status write_alternatives(trefoil_context *context, const tf_sensitivity *of, const char *folder)
{
    tf_csv csv = {0};

    tf_csv_header(&csv, "analysis,strategy,cost,qaly,inc_cost,inc_qaly,icer,status,nmb,threshold");
    for (size_t k = 0; k < of->n_alternatives; k++) {
        for (size_t s = 0; s < of->layout->n_strategies; s++) {
            add_alternative(of, &of->alternatives[k], s, &csv);
        }
    }
    return tf_export_csv(context, folder, "scenarios.csv", &csv);
}

trefoil_status tf_sensitivity_write(trefoil_context *context, const tf_sensitivity *sensitivity, const tf_scenario *scenario, const char *folder)
{
    trefoil_status status = TREFOIL_DONE;

    if (sensitivity->one_way) {
        TRY(write_tornado(context, sensitivity, folder));
        TRY(write_plot(context, sensitivity, scenario, folder));
    }
    if (sensitivity->grid.nmb != NULL) {
        TRY(write_grid(context, sensitivity, folder));
    }
    if (sensitivity->crossings != NULL) {
        TRY(write_crossings(context, sensitivity, folder));
    }
    if (sensitivity->n_alternatives > 0) {
        TRY(write_alternatives(context, sensitivity, folder));
    }
out:
    return status;
}
