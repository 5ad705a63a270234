/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/terminal.h"

#include "report/equity_views.h"
#include "report/sheets.h"

typedef void (*fill_sheet)(const tf_findings *findings, tf_sheet *sheet);
typedef void (*fill_list)(const tf_findings *findings, tf_list *out);

static void add_sheet(const tf_findings *findings, fill_sheet fill, tf_text *out)
{
    tf_sheet sheet = {0};

    fill(findings, &sheet);
    tf_sheet_text(&sheet, out);
    tf_sheet_free(&sheet);
}

static void add_sentences(const tf_findings *findings, fill_list fill, tf_text *out)
{
    tf_list sentences = {0};

    fill(findings, &sentences);
    for (size_t k = 0; k < sentences.count; k++) {
        tf_wrap(out, sentences.items[k], 0);
    }
    tf_text_add(out, "\n");
    tf_list_free(&sentences);
}

/* A sheet that there may not be. */
static void add_if_any(const tf_findings *findings, bool (*fill)(const tf_findings *findings, tf_sheet *sheet), tf_text *out)
{
    tf_sheet sheet = {0};

    if (fill(findings, &sheet)) {
        tf_sheet_text(&sheet, out);
    }
    tf_sheet_free(&sheet);
}

static void add_gaps(const tf_findings *findings, tf_text *out)
{
    tf_sheet sheet = {0};

    if (findings->inequality->unavailable == NULL) {
        tf_sheet_gaps(findings, (size_t)findings->qaly, &sheet);
        tf_sheet_text(&sheet, out);
        tf_sheet_free(&sheet);
    }
    add_sentences(findings, tf_say_gaps, out);
}

void tf_staircase_print(const tf_findings *findings, tf_text *out)
{
    tf_sheet sheet = {0};

    if (findings->staircase == NULL || tf_staircase_outcome(findings, 0) == NULL) {
        return;
    }
    tf_sheet_staircase(findings, tf_staircase_outcome(findings, 0), &sheet);
    tf_sheet_text(&sheet, out);
    tf_sheet_free(&sheet);
    add_sentences(findings, tf_say_staircase, out);
}

trefoil_status tf_terminal_write(trefoil_context *context, const tf_findings *findings, tf_text *out)
{
    const tf_scenario *scenario = findings->scenario;

    tf_wrap(out, scenario->title[0] != '\0' ? scenario->title : scenario->name, 0);
    add_sentences(findings, tf_say_setting, out);
    add_sheet(findings, tf_sheet_outcomes, out);
    add_sheet(findings, tf_sheet_events, out);
    if (findings->cea->n_options > 1) {
        add_sheet(findings, tf_sheet_differences, out);
        add_sentences(findings, tf_say_verdicts, out);
        add_if_any(findings, tf_sheet_subgroups, out);
        add_if_any(findings, tf_sheet_pairing, out);
    }
    if (findings->cea->n_options > 2) {
        add_sheet(findings, tf_sheet_frontier, out);
    }
    if (findings->cea->n_options > 1 && findings->cea->n_thresholds > 0) {
        add_sheet(findings, tf_sheet_benefit, out);
    }
    add_gaps(findings, out);
    if (findings->cea->n_options > 1) {
        tf_equity_print(findings, out);
    }
    tf_staircase_print(findings, out);
    if (findings->sample->n_draws > 1 && findings->cea->n_options > 1) {
        add_sentences(findings, tf_say_errors, out);
    }
    add_sentences(findings, tf_say_cautions, out);
    return out->failed ? tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the report") : TREFOIL_DONE;
}

trefoil_status tf_terminal_report(trefoil_context *context, tf_store *store, tf_text *out)
{
    tf_findings *findings = NULL;
    trefoil_status status;

    TRY(tf_findings_create(context, store, &findings));
    TRY(tf_terminal_write(context, findings, out));
out:
    tf_findings_destroy(findings);
    return status;
}
