/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of differences with the same luck under every strategy, beside those that luck of their own would give. */
#include "report/sheets.h"

#include "analysis/pairing.h"

#include <math.h>
#include <stdio.h>

static void add_row(const char *what, const tf_pairing *pairing, int most, const char *before, tf_sheet *sheet)
{
    char text[TF_PRINTED_SIZE];

    tf_sheet_cell(sheet, "  %s", what);
    tf_print_digits(text, pairing->paired, tf_digits(2 * pairing->paired, most) + 1, before, false);
    tf_sheet_cell(sheet, "%s", text);
    tf_print_digits(text, pairing->independent, tf_digits(2 * pairing->independent, most) + 1, before, false);
    tf_sheet_cell(sheet, "%s", text);
    if (isnan(pairing->reduction)) {
        tf_sheet_cell(sheet, "–");
    } else {
        tf_print_digits(text, pairing->reduction, pairing->reduction < 10 ? 1 : 0, "", false);
        tf_sheet_cell(sheet, "%s", text);
    }
}

bool tf_sheet_pairing(const tf_findings *findings, tf_sheet *sheet)
{
    const size_t comparator = findings->layout->comparator;

    if (!tf_pairing_exists(findings->layout, findings->sample)) {
        return false;
    }
    tf_sheet_begin(sheet, 4, "Monte Carlo error of differences from %s, by the luck of people alone", tf_strategy_title(findings, comparator));
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Same luck under\nboth strategies");
    tf_sheet_cell(sheet, "Were people\nindependent");
    tf_sheet_cell(sheet, "Times as many\nwould be needed");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        tf_pairing cost, qaly;

        if (s == comparator) {
            continue;
        }
        cost = tf_pairing_of(findings->layout, findings->persons, findings->sample, s, (size_t)findings->cost, TF_DISCOUNTED);
        qaly = tf_pairing_of(findings->layout, findings->persons, findings->sample, s, (size_t)findings->qaly, TF_DISCOUNTED);
        tf_sheet_heading(sheet, tf_strategy_title(findings, s));
        add_row("Cost (discounted)", &cost, 2, findings->currency, sheet);
        add_row("QALYs (discounted)", &qaly, 5, "", sheet);
        if (findings->cea->n_thresholds > 0) {
            double threshold = findings->cea->thresholds[0];
            tf_pairing benefit = tf_pairing_of_benefit(findings->layout, findings->persons, findings->sample, s, threshold);
            char what[100], at[TF_PRINTED_SIZE];

            tf_print_digits(at, threshold, 0, findings->currency, false);
            snprintf(what, sizeof what, "Net benefit at %s", at);
            add_row(what, &benefit, 2, findings->currency, sheet);
        }
    }
    return true;
}
