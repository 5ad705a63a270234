/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The staircase of inequality as a table and in sentences. */
#include "report/sheets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 3 * TF_PRINTED_SIZE };

const char *tf_staircase_outcome(const tf_findings *findings, size_t k)
{
    const tf_staircase *staircase = findings->staircase;
    const char *last = NULL;

    for (size_t i = 0; staircase != NULL && i < staircase->n_items; i++) {
        const char *outcome = staircase->items[i].outcome;

        if (last == NULL || strcmp(last, outcome) != 0) {
            if (k-- == 0) {
                return outcome;
            }
            last = outcome;
        }
    }
    return NULL;
}

/* "+0.41"; a plain 0 for what is exactly nothing. */
static void print_value(char text[TF_PRINTED_SIZE], const tf_estimate *e)
{
    tf_print_digits(text, TF_TOLD * e->value, tf_effect_digits(TF_TOLD * e->value, TF_TOLD * e->mcse), "", true);
}

/* "-0.10 to +0.92"; without draws the error; "–" where that is not known either. */
static void print_interval(char text[TEXT], const tf_estimate *e)
{
    const int digits = tf_effect_digits(TF_TOLD * e->value, TF_TOLD * e->mcse);
    char lo[TF_PRINTED_SIZE], hi[TF_PRINTED_SIZE];

    if (isnan(e->lo)) {
        snprintf(text, TEXT, "–");
        if (e->mcse > 0) {
            tf_print_digits(text, TF_TOLD * e->mcse, tf_effect_digits(TF_TOLD * e->mcse, NAN), "", false);
        }
        return;
    }
    tf_print_digits(lo, TF_TOLD * e->lo, digits, "", true);
    tf_print_digits(hi, TF_TOLD * e->hi, digits, "", true);
    snprintf(text, TEXT, "%s to %s", lo, hi);
}

/* "QALYs", "net QALYs", or the measure's title. */
static void outcome_title(const tf_findings *findings, const char *outcome, char *title, size_t size)
{
    static const char *const known[][2] = {{"qaly", "QALYs"}, {"net_qaly", "net QALYs"}, {"ly", "life-years"}, {"deaths", "deaths"},
                                           {"cost", "costs"}};

    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcmp(outcome, known[k][0]) == 0) {
            snprintf(title, size, "%s", known[k][1]);
            return;
        }
    }
    for (size_t m = 0; m < findings->layout->n_measures; m++) {
        if (strcmp(findings->layout->measures[m].name, outcome) == 0) {
            tf_measure_title(findings, m, title, size);
        }
    }
}

/* People are those simulated; what is displaced falls on all residents. */
static const char *of_whom(const char *outcome)
{
    return strcmp(outcome, "net_qaly") == 0 ? "residents" : "people";
}

/* Opportunity cost and its like in words. */
static void step_title(int step, char *title, size_t size)
{
    snprintf(title, size, "%s", tf_stair_name(step));
    for (char *c = strchr(title, '_'); c != NULL; c = strchr(c, '_')) {
        *c = ' ';
    }
}

static void add_row(const tf_findings *findings, const char *outcome, int step, tf_sheet *sheet)
{
    const bool shapley = findings->scenario->staircase.shapley;
    const tf_stair *sequential = tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, false, step);
    const tf_stair *mean = tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, true, step), *best = shapley ? mean : sequential;
    const tf_stair *total = tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, shapley, TF_STAIR_TOTAL);
    char text[TEXT], title[64];

    if (best == NULL) {
        return;
    }
    step_title(step, title, sizeof title);
    tf_sheet_cell(sheet, "%s", step == TF_STAIR_REST ? "what is left" : step == TF_STAIR_TOTAL ? "change in the gap" : title);
    print_value(text, &sequential->value);
    tf_sheet_cell(sheet, "%s", text);
    if (shapley) {
        print_value(text, &mean->value);
        tf_sheet_cell(sheet, "%s", text);
    }
    print_interval(text, &best->value);
    tf_sheet_cell(sheet, "%s", text);
    if (isnan(best->share) || !(fabs(total->value.value) >= 2 * total->value.mcse)) { /* of what may be nothing there are no shares */
        tf_sheet_cell(sheet, "–");
    } else {
        tf_sheet_cell(sheet, "%.0f%%", round(100 * best->share) + 0.0); /* never -0% */
    }
}

void tf_sheet_staircase(const tf_findings *findings, const char *outcome, tf_sheet *sheet)
{
    const bool shapley = findings->scenario->staircase.shapley;
    char title[200] = "";

    outcome_title(findings, outcome, title, sizeof title);
    tf_sheet_begin(sheet, shapley ? 5 : 4, "Where the change in the gap in %s comes from, per 1,000 %s: %s", title,
                   of_whom(outcome), tf_strategy_title(findings, findings->staircase->strategy));
    tf_sheet_cell(sheet, "Step");
    tf_sheet_cell(sheet, "In sequence");
    if (shapley) {
        tf_sheet_cell(sheet, "Mean over orders\n(Shapley)");
    }
    tf_sheet_cell(sheet, "%s", findings->sample->n_draws > 1 ? "95% interval" : "Monte Carlo\nerror");
    tf_sheet_cell(sheet, "Share");
    for (int step = 0; step <= TF_STAIR_TOTAL; step++) {
        add_row(findings, outcome, step, sheet);
    }
    tf_text_add(&sheet->note, "The gap is that between the least and the most deprived fifth. A step's number is what making it equal between the "
                              "fifths takes away; above 0 it favours the least deprived. What is left is due to what no step names, "
                              "such as ages, and to luck. There are no shares of a change that is within two Monte Carlo errors of 0. "
                              "Cells are rounded each by its own error, so that what is printed need not sum; staircase.csv sums.");
    if (findings->sample->n_draws < 2) {
        tf_text_add(&sheet->note, " Errors of single steps need two draws or more.");
    }
}

/* ---- sentences --------------------------------------------------------------------------------- */

/* "narrows it by 0.41 (0.10 to 0.92)"; `towards` is the sign of a change that narrows. */
static void add_effect(const tf_stair *stair, double towards, const char *it, tf_text *text)
{
    const tf_estimate e = stair->value;
    const tf_estimate narrowing = {towards * e.value, e.mcse, towards * (towards < 0 ? e.hi : e.lo), towards * (towards < 0 ? e.lo : e.hi)};

    tf_say_narrowing(text, narrowing, TF_TOLD, it, "");
}

/* The sign of a change that brings the fifths nearer to each other, by what the gap is under the comparator. */
static double towards_equality(const tf_findings *findings, const char *outcome)
{
    for (size_t m = 0; m < findings->layout->n_measures; m++) {
        const tf_gap *gap = strcmp(findings->layout->measures[m].name, strcmp(outcome, "net_qaly") == 0 ? "qaly" : outcome) == 0
                                ? tf_inequality_find(findings->inequality, findings->layout->comparator, m, false)
                                : NULL;

        if (gap != NULL && gap->undefined == NULL) {
            return gap->value.value < 0 ? 1 : -1;
        }
    }
    return -1;
}

static void say_outcome(const tf_findings *findings, const char *outcome, tf_list *out)
{
    const bool shapley = findings->scenario->staircase.shapley;
    double towards = towards_equality(findings, outcome);
    const tf_stair *total = tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, shapley, TF_STAIR_TOTAL), *stair;
    tf_text text = {0};
    char title[200] = "";
    const char *before = ": ";

    outcome_title(findings, outcome, title, sizeof title);
    tf_text_addf(&text, "%s: per 1,000 %s, the gap in %s ", tf_strategy_title(findings, findings->staircase->strategy), of_whom(outcome), title);
    if (isnan(total->value.value)) {
        tf_text_add(&text, "is not defined, as a fifth has no people");
    } else {
        add_effect(total, towards, "", &text);
        for (int step = 0; step < TF_STEPS; step++) {
            if ((stair = tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, shapley, step)) != NULL) {
                char name[64];

                step_title(step, name, sizeof name);
                tf_text_addf(&text, "%s%s ", before, name);
                add_effect(stair, towards, " it", &text);
                before = ", ";
            }
        }
        tf_text_add(&text, "; with all of these equal the strategy ");
        add_effect(tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, shapley, TF_STAIR_REST), towards, " it", &text);
    }
    tf_text_add(&text, ".");
    if (text.failed || tf_list_add(out, text.chars) != 0) {
        tf_list_free(out);
    }
    tf_text_free(&text);
}

void tf_say_staircase(const tf_findings *findings, tf_list *out)
{
    const char *outcome;

    for (size_t k = 0; (outcome = tf_staircase_outcome(findings, k)) != NULL; k++) {
        say_outcome(findings, outcome, out);
    }
}
