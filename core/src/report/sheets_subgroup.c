/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What strategies do for the subgroups of a cohort. */
#include "report/sheets.h"

#include <math.h>
#include <string.h>

static tf_estimate differs(const tf_findings *findings, size_t strategy, size_t group, ptrdiff_t measure)
{
    const tf_estimand estimand = {.strategy = strategy, .group = group, .measure = (size_t)measure, .discounted = TF_DISCOUNTED,
                                  .difference = true, .per_person = true};

    return tf_finding(findings, &estimand);
}

static void add_number(double value, int digits, const char *before, tf_sheet *sheet)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, value, digits, before, true);
    tf_sheet_cell(sheet, "%s", text);
}

static void add_subgroup(const tf_findings *findings, size_t strategy, size_t group, tf_sheet *sheet)
{
    const tf_estimand persons = {.strategy = strategy, .group = group, .measure = (size_t)findings->persons};
    tf_estimate cost = differs(findings, strategy, group, findings->cost), qaly = differs(findings, strategy, group, findings->qaly);
    tf_quadrant quadrant = tf_quadrant_of(cost.value, qaly.value);
    char text[TF_PRINTED_SIZE];

    tf_sheet_cell(sheet, "  %s", findings->layout->groups[group].group);
    tf_print_digits(text, 100 * tf_finding(findings, &persons).value / findings->people, 1, "", false);
    tf_sheet_cell(sheet, "%s%%", text);
    add_number(cost.value, tf_digits(cost.mcse, 2), findings->currency, sheet);
    add_number(qaly.value, tf_digits(qaly.mcse, 5), "", sheet);
    if (quadrant == TF_MORE_FOR_MORE || quadrant == TF_LESS_FOR_LESS) {
        tf_print_digits(text, cost.value / qaly.value, tf_digits((cost.mcse + fabs(cost.value / qaly.value) * qaly.mcse) / fabs(qaly.value), 0),
                        findings->currency, false);
        tf_sheet_cell(sheet, "%s%s", text, quadrant == TF_LESS_FOR_LESS ? " saved" : "");
    } else {
        tf_sheet_cell(sheet, "%s", quadrant == TF_MORE_FOR_LESS ? "dominant" : quadrant == TF_LESS_FOR_MORE ? "dominated" : "–");
    }
}

bool tf_sheet_subgroups(const tf_findings *findings, tf_sheet *sheet)
{
    const tf_layout *layout = findings->layout;
    bool any = false;

    for (size_t g = 0; g < layout->n_groups; g++) {
        any = any || strcmp(layout->groups[g].group_by, "subgroup") == 0;
    }
    if (!any || layout->n_strategies < 2) {
        return false;
    }
    tf_sheet_begin(sheet, 5, "By subgroup: difference from %s, per person", tf_strategy_title(findings, layout->comparator));
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Share of people");
    tf_sheet_cell(sheet, "Cost");
    tf_sheet_cell(sheet, "QALYs");
    tf_sheet_cell(sheet, "Cost per QALY");
    for (size_t s = 0; s < layout->n_strategies; s++) {
        if (s == layout->comparator) {
            continue;
        }
        tf_sheet_heading(sheet, tf_strategy_title(findings, s));
        for (size_t g = 0; g < layout->n_groups; g++) {
            if (strcmp(layout->groups[g].group_by, "subgroup") == 0) {
                add_subgroup(findings, s, g, sheet);
            }
        }
    }
    return true;
}
