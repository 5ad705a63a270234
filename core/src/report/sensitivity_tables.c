/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/sensitivity_views.h"

#include "base/memory.h"
#include "report/print.h"
#include "report/sheet.h"

#include <math.h>

enum { LARGEST = 10 };

typedef struct printer {
    const tf_sensitivity *of;
    char currency[TF_PRINTED_SIZE], threshold[TF_PRINTED_SIZE];
    tf_text *out;
} printer;

static const char *title_of(const printer *p, size_t strategy)
{
    const char *title = p->of->layout->strategy_titles[strategy];

    return title != NULL && *title != '\0' ? title : p->of->layout->strategies[strategy];
}

static void money(const printer *p, tf_sheet *sheet, double value)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, value, fabs(value) >= 100 ? 0 : 2, p->currency, false);
    tf_sheet_cell(sheet, "%s", text);
}

static void close_sheet(tf_sheet *sheet, tf_text *out)
{
    tf_sheet_text(sheet, out);
    out->failed = out->failed || sheet->failed;
    tf_sheet_free(sheet);
}

static void print_tornado(const printer *p, size_t strategy, const size_t *order)
{
    static const char *const columns[] = {"parameter", "low", "high", "benefit\nat low", "benefit\nat high", "swing"};
    const tf_sensitivity *of = p->of;
    char base[TF_PRINTED_SIZE], error[TF_PRINTED_SIZE];
    tf_sheet sheet;

    tf_print_digits(base, of->base[strategy], fabs(of->base[strategy]) >= 100 ? 0 : 2, p->currency, false);
    tf_print_digits(error, of->error[strategy], of->error[strategy] >= 100 ? 0 : 2, p->currency, false);
    tf_sheet_begin(&sheet, 6, "One parameter at a time: net benefit of %s over %s at %s per QALY, per person (base case %s)",
                   title_of(p, strategy), title_of(p, of->layout->comparator), p->threshold, base);
    for (size_t k = 0; k < 6; k++) {
        tf_sheet_cell(&sheet, "%s", columns[k]);
    }
    for (size_t k = 0; k < of->n_bars && k < LARGEST; k++) {
        const tf_bar *bar = &of->bars[order[k]];

        tf_sheet_cell(&sheet, "%s", bar->name);
        tf_sheet_cell(&sheet, "%.4g", bar->low);
        tf_sheet_cell(&sheet, "%.4g", bar->high);
        money(p, &sheet, bar->nmb_low[strategy]);
        money(p, &sheet, bar->nmb_high[strategy]);
        money(p, &sheet, tf_bar_swing(bar, of->base[strategy], strategy));
    }
    tf_text_addf(&sheet.note, "Low and high: 2.5 and 97.5 percentiles; everything else at the base case, with the same luck. ");
    if (of->n_bars > LARGEST) {
        tf_text_addf(&sheet.note, "The %d largest of %zu; all are in tornado.csv. ", (int)LARGEST, of->n_bars);
    }
    if (of->error[strategy] > 0) { /* a cohort trace has none */
        tf_text_addf(&sheet.note, "Monte Carlo error of the base case at most %s.", error);
    }
    close_sheet(&sheet, p->out);
}

static void print_tornados(const printer *p)
{
    size_t *order = TF_NEW(size_t, p->of->n_bars);

    if (order == NULL) {
        p->out->failed = true;
        return;
    }
    if (p->of->n_bars == 0) {
        tf_text_add(p->out, "No parameter of the scenario is uncertain: there is nothing to vary one at a time.\n");
    }
    for (size_t s = 0; s < p->of->layout->n_strategies && p->of->n_bars > 0; s++) {
        if (s != p->of->layout->comparator) {
            tf_tornado_order(p->of, s, order);
            print_tornado(p, s, order);
        }
    }
    tf_free(order);
}

static void print_grid(const printer *p, size_t strategy)
{
    const tf_two_way *grid = &p->of->grid;
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 1 + TF_TWO_WAY, "Two parameters: net benefit of %s over %s at %s per QALY, per person", title_of(p, strategy),
                   title_of(p, p->of->layout->comparator), p->threshold);
    tf_sheet_cell(&sheet, "%s down,\n%s across", grid->names[0], grid->names[1]);
    for (size_t j = 0; j < TF_TWO_WAY; j++) {
        tf_sheet_cell(&sheet, "%.4g", grid->values[1][j]);
    }
    for (size_t i = 0; i < TF_TWO_WAY; i++) {
        tf_sheet_cell(&sheet, "%.4g", grid->values[0][i]);
        for (size_t j = 0; j < TF_TWO_WAY; j++) {
            money(p, &sheet, grid->nmb[(i * TF_TWO_WAY + j) * p->of->layout->n_strategies + strategy]);
        }
    }
    close_sheet(&sheet, p->out);
}

static void print_crossings(const printer *p)
{
    const tf_sensitivity *of = p->of;

    tf_text_addf(p->out, "Threshold analysis of %s (base case %.6g): where the net benefit over %s at %s per QALY is 0\n", of->solved, of->solved_base, title_of(p, of->layout->comparator), p->threshold);
    for (size_t s = 0; s < of->layout->n_strategies; s++) {
        const tf_crossing *crossing = &of->crossings[s];

        if (s == of->layout->comparator) {
            continue;
        }
        if (crossing->found) {
            tf_text_addf(p->out, "  %s: %.6g\n", title_of(p, s), crossing->value);
        } else {
            tf_text_addf(p->out, "  %s: no such value from %.6g to %.6g; %s\n", title_of(p, s), crossing->lo, crossing->hi,
                         tf_crossing_words(crossing));
        }
    }
}

static void add_alternative(const printer *p, const tf_alternative *a, size_t s, tf_sheet *sheet)
{
    const bool first = a->standing[s] == TF_REFERENCE;
    const double cost = a->cost[s] - a->cost[a->previous[s]], qaly = a->qaly[s] - a->qaly[a->previous[s]];

    tf_sheet_cell(sheet, "%s", title_of(p, s));
    money(p, sheet, a->cost[s]);
    tf_sheet_cell(sheet, "%.4f", a->qaly[s]);
    if (first) {
        tf_sheet_cell(sheet, "-");
        tf_sheet_cell(sheet, "-");
    } else {
        money(p, sheet, cost);
        tf_sheet_cell(sheet, "%.4f", qaly);
    }
    if (a->standing[s] == TF_FRONTIER) {
        money(p, sheet, cost / qaly);
    } else {
        tf_sheet_cell(sheet, "%s", first ? "reference" : a->standing[s] == TF_DOMINATED ? "dominated" : "ext. dominated");
    }
    money(p, sheet, a->nmb[s]);
}

static void print_alternatives(const printer *p)
{
    static const char *const columns[] = {"strategy", "cost", "QALYs", "more\ncost", "more\nQALYs", "ICER", "net\nbenefit"};
    tf_sheet sheet;

    if (p->of->draws > 0) {
        tf_sheet_begin(&sheet, 7, "Scenario analyses: means of %u draw%s, per person", p->of->draws, p->of->draws == 1 ? "" : "s");
    } else {
        tf_sheet_begin(&sheet, 7, "Scenario analyses: base case, per person");
    }
    for (size_t k = 0; k < 7; k++) {
        tf_sheet_cell(&sheet, "%s", columns[k]);
    }
    for (size_t k = 0; k < p->of->n_alternatives; k++) {
        tf_sheet_heading(&sheet, p->of->alternatives[k].title);
        for (size_t s = 0; s < p->of->layout->n_strategies; s++) {
            add_alternative(p, &p->of->alternatives[k], s, &sheet);
        }
    }
    tf_text_addf(&sheet.note, "More: than the strategy before it on the frontier. Net benefit at %s per QALY.", p->threshold);
    close_sheet(&sheet, p->out);
}

void tf_sensitivity_print(const tf_sensitivity *sensitivity, const tf_scenario *scenario, tf_text *out)
{
    printer p = {.of = sensitivity, .out = out};

    tf_print_currency(p.currency, scenario->currency);
    tf_print_digits(p.threshold, sensitivity->threshold, 0, p.currency, false);
    if (sensitivity->one_way) {
        print_tornados(&p);
    }
    for (size_t s = 0; sensitivity->grid.nmb != NULL && s < sensitivity->layout->n_strategies; s++) {
        if (s != sensitivity->layout->comparator) {
            print_grid(&p, s);
        }
    }
    if (sensitivity->crossings != NULL) {
        print_crossings(&p);
    }
    if (sensitivity->n_alternatives > 0) {
        print_alternatives(&p);
    }
}
