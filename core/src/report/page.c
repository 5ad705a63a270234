/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page.h"

#include "report/equity_views.h"
#include "report/plot.h"
#include "report/sheets.h"
#include "store/export.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char tf_page_style[] =
    ":root { color-scheme: light; }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0; background: #f4f5f6; color: #1d2329; font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }\n"
    "main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 3rem 4rem; background: #fff; }\n"
    "h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }\n"
    "h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .5rem; border-top: 2px solid #1d2329; }\n"
    ".question { font-size: 1.1rem; color: #49525b; margin: 0 0 1rem; }\n"
    ".setting { color: #49525b; margin: 0; }\n"
    ".answer { margin: 1.4rem 0; padding: .9rem 1.2rem; background: #eef4f8; border-left: 5px solid #0072b2; }\n"
    ".answer p, .caution p { margin: .4rem 0; }\n"
    ".caution { margin: 1.4rem 0; padding: .6rem 1.2rem; background: #fdf4e3; border-left: 5px solid #e69f00; }\n"
    ".sheet { overflow-x: auto; margin: 1rem 0 1.6rem; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }\n"
    "th, td { padding: .32rem .6rem; text-align: right; vertical-align: top; border-bottom: 1px solid #dfe3e6; font-weight: 400; }\n"
    "th:first-child, td:first-child { text-align: left; padding-left: 0; }\n"
    "td:last-child, th:last-child { padding-right: 0; }\n"
    "thead th { font-weight: 600; border-bottom: 2px solid #98a2ab; vertical-align: bottom; }\n"
    "thead th.lines { white-space: nowrap; }\n"
    "tbody th.heading { font-weight: 600; padding-top: .8rem; }\n"
    ".note { color: #49525b; font-size: .88rem; }\n"
    ".words td, .words th { text-align: left; }\n"
    ".words { table-layout: auto; font-size: .84rem; }\n"
    ".words code, .facts code { font-size: .95em; overflow-wrap: anywhere; }\n"
    ".register { table-layout: fixed; } .register td, .register th { overflow-wrap: anywhere; }\n"
    ".register col:nth-child(1) { width: 24%; } .register col:nth-child(2) { width: 20%; } .register col:nth-child(3) { width: 11%; }\n"
    ".register col:nth-child(4) { width: 9%; } .register col:nth-child(5) { width: 15%; }\n"
    ".assumption { background: #fdf4e3; }\n"
    "figure { margin: 1.4rem 0; }\n"
    "figure svg { width: 100%; max-width: 46rem; height: auto; display: block; }\n"
    "@media (max-width: 46rem) { main { padding: 1.2rem; } }\n"
    "@media print { body { background: #fff; font-size: 10pt; } main { max-width: none; padding: 0; }\n"
    "  figure, .sheet:not(.long), .answer, .caution, tr { break-inside: avoid; } h2 { break-after: avoid; } .sheet { overflow: visible; } }\n";

typedef void (*fill_sheet)(const tf_findings *findings, tf_sheet *sheet);
typedef void (*fill_list)(const tf_findings *findings, tf_list *out);
typedef void (*add_plot)(const tf_findings *findings, tf_text *out);

static void add_sheet(const tf_findings *findings, fill_sheet fill, tf_text *out)
{
    tf_sheet sheet = {0};

    fill(findings, &sheet);
    tf_sheet_html(&sheet, out);
    tf_sheet_free(&sheet);
}

/* A sheet that there may not be. */
static void add_if_any(const tf_findings *findings, bool (*fill)(const tf_findings *findings, tf_sheet *sheet), tf_text *out)
{
    tf_sheet sheet = {0};

    if (fill(findings, &sheet)) {
        tf_sheet_html(&sheet, out);
    }
    tf_sheet_free(&sheet);
}

static void add_sentences(const tf_findings *findings, fill_list fill, const char *kind, tf_text *out)
{
    tf_list sentences = {0};

    fill(findings, &sentences);
    for (size_t k = 0; k < sentences.count; k++) {
        tf_text_addf(out, "<p%s>", kind);
        tf_html_add(out, sentences.items[k]);
        tf_text_add(out, "</p>\n");
    }
    tf_list_free(&sentences);
}

static void add_figure(const tf_findings *findings, add_plot plot, tf_text *out)
{
    size_t before;

    tf_text_add(out, "<figure>\n");
    before = out->length;
    plot(findings, out);
    if (out->length == before && !out->failed) {
        out->length -= strlen("<figure>\n");
        out->chars[out->length] = '\0';
        return;
    }
    tf_text_add(out, "</figure>\n");
}

static void add_front(const tf_findings *findings, tf_text *out)
{
    const tf_scenario *scenario = findings->scenario;

    tf_text_add(out, "<h1>");
    tf_html_add(out, scenario->title[0] != '\0' ? scenario->title : scenario->name);
    tf_text_add(out, "</h1>\n");
    if (scenario->question[0] != '\0') {
        tf_text_add(out, "<p class=\"question\">");
        tf_html_add(out, scenario->question);
        tf_text_add(out, "</p>\n");
    }
    add_sentences(findings, tf_say_setting, " class=\"setting\"", out);
    tf_text_add(out, "<div class=\"answer\">\n");
    add_sentences(findings, tf_say_verdicts, "", out);
    add_sentences(findings, tf_say_gaps, "", out);
    tf_text_add(out, "</div>\n<div class=\"caution\">\n");
    add_sentences(findings, tf_say_errors, "", out);
    add_sentences(findings, tf_say_cautions, "", out);
    tf_text_add(out, "</div>\n");
}

static void add_gaps(const tf_findings *findings, size_t measure, tf_text *out)
{
    tf_sheet sheet = {0};

    tf_sheet_gaps(findings, measure, &sheet);
    tf_sheet_html(&sheet, out);
    tf_sheet_free(&sheet);
}

static void add_inequality(const tf_findings *findings, tf_text *out)
{
    tf_text_add(out, "<h2>Inequality</h2>\n");
    if (findings->inequality->unavailable == NULL) {
        add_gaps(findings, (size_t)findings->qaly, out);
        add_gaps(findings, (size_t)findings->ly, out);
        if (findings->deaths >= 0) {
            add_gaps(findings, (size_t)findings->deaths, out);
        }
        for (size_t k = 0; k < findings->n_events; k++) {
            add_gaps(findings, findings->events[k], out);
        }
    }
    add_sentences(findings, tf_say_gaps, "", out);
    add_figure(findings, tf_plot_fifths, out);
}

static void add_staircase(const tf_findings *findings, tf_text *out)
{
    const char *outcome;

    if (findings->staircase == NULL) {
        return;
    }
    tf_text_add(out, "<h2>Where inequality enters</h2>\n");
    add_sentences(findings, tf_say_staircase, "", out);
    for (size_t k = 0; (outcome = tf_staircase_outcome(findings, k)) != NULL; k++) {
        tf_sheet sheet = {0};

        tf_sheet_staircase(findings, outcome, &sheet);
        tf_sheet_html(&sheet, out);
        tf_sheet_free(&sheet);
    }
    add_figure(findings, tf_plot_staircase, out);
}

/* A distribution as people read it: long numbers to four digits (parameters.csv has them all). */
static void add_rounded(const char *text, tf_text *out)
{
    enum { LONG = 7, DIGITS = 4 };
    char before = ' ';

    while (*text != '\0') {
        char piece[TF_NUMBER_SIZE] = {*text, '\0'};
        size_t length = isdigit((unsigned char)*text) ? strspn(text, "0123456789.") : 0;
        double number;

        if (length > LONG && length < sizeof piece && !isalnum((unsigned char)before) && before != '_' && before != '.') {
            char *end;

            number = strtod(text, &end);
            length = (size_t)(end - text);
            snprintf(piece, sizeof piece, "%.*g", DIGITS, number);
        } else {
            length = 1;
        }
        tf_html_add(out, piece);
        before = text[length - 1];
        text += length;
    }
}

static void add_parameter(const tf_stored_parameter *p, tf_text *out)
{
    const char *const cells[] = {p->unit, p->price_year};

    tf_text_addf(out, "<tr%s><th scope=\"row\"><code>", strcmp(p->grade, "assumption") == 0 ? " class=\"assumption\"" : "");
    tf_html_add(out, p->name);
    tf_text_add(out, "</code><br>");
    tf_html_add(out, p->label);
    tf_text_add(out, "</th><td>");
    add_rounded(p->distribution, out);
    tf_text_add(out, "</td>");
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        tf_text_add(out, "<td>");
        tf_html_add(out, cells[k]);
        tf_text_add(out, "</td>");
    }
    tf_text_add(out, "<td>");
    tf_html_add(out, p->grade);
    tf_text_addf(out, "%s</td><td>", p->overridden ? "<br>(replaced by the scenario)" : "");
    tf_html_add(out, p->source);
    if (p->note[0] != '\0') {
        tf_text_add(out, p->source[0] != '\0' ? "<br>" : "");
        tf_html_add(out, p->note);
    }
    tf_text_add(out, "</td></tr>\n");
}

static void add_register(const tf_findings *findings, tf_text *out)
{
    static const char *const order[] = {"assumption", "derived", "published", ""};

    tf_text_add(out, "<h2>Evidence register</h2>\n<p>Every number of this run, assumptions first. A value may be followed by its "
                     "distribution over draws.</p>\n<div class=\"sheet long\"><table class=\"words register\">\n"
                     "<colgroup><col><col><col><col><col><col></colgroup>\n<thead><tr><th>Parameter</th>"
                     "<th>Value</th><th>Unit</th><th>Prices</th><th>Grade</th><th>Source and note</th></tr></thead>\n<tbody>\n");
    for (size_t g = 0; g < sizeof order / sizeof *order; g++) {
        for (size_t k = 0; k < findings->layout->n_parameters; k++) {
            if (strcmp(findings->parameters[k].grade, order[g]) == 0) {
                add_parameter(&findings->parameters[k], out);
            }
        }
    }
    tf_text_add(out, "</tbody></table></div>\n");
}

static void add_strategies(const tf_findings *findings, tf_text *out)
{
    const tf_scenario *scenario = findings->scenario;

    tf_text_add(out, "<h2>What is compared</h2>\n<div class=\"sheet long\"><table class=\"words\">\n<thead><tr><th>Strategy</th>"
                     "<th>Interventions</th></tr></thead>\n<tbody>\n");
    for (size_t s = 0; s < scenario->n_strategies; s++) {
        const tf_strategy_spec *strategy = &scenario->strategies[s];

        tf_text_add(out, "<tr><th scope=\"row\">");
        tf_html_add(out, tf_strategy_title(findings, s));
        tf_text_addf(out, "%s</th><td>%s", s == scenario->comparator ? " (comparator)" : "", strategy->n_interventions == 0 ? "none" : "");
        for (size_t k = 0; k < strategy->n_interventions; k++) {
            const tf_intervention_spec *spec = &scenario->interventions[strategy->interventions[k]];

            tf_text_add(out, k > 0 ? "; " : "");
            tf_html_add(out, spec->title[0] != '\0' ? spec->title : spec->name);
            tf_text_add(out, " (plugin <code>");
            tf_html_add(out, spec->plugin);
            tf_text_add(out, "</code>)");
        }
        tf_text_add(out, "</td></tr>\n");
    }
    tf_text_add(out, "</tbody></table></div>\n");
}

static void add_provenance(const tf_findings *findings, tf_text *out)
{
    tf_provenance_entry fact;
    bool identity;

    tf_text_addf(out,
                 "<h2>Provenance</h2>\n<p>trefoil %s, store format %d. The same scenario, seed and version give the same bytes.</p>\n"
                 "<div class=\"sheet long\"><table class=\"words facts\">\n<tbody>\n",
                 TREFOIL_VERSION, TREFOIL_STORE_FORMAT);
    for (size_t k = 0; tf_store_fact(findings->store, k, &fact, &identity) != NULL; k++) {
        tf_text_add(out, "<tr><th scope=\"row\">");
        tf_html_add(out, fact.key);
        tf_text_add(out, "</th><td><code>");
        tf_html_add(out, fact.value);
        tf_text_add(out, "</code></td></tr>\n");
    }
    tf_text_add(out, "</tbody></table></div>\n");
}

void tf_page_write(const tf_findings *findings, tf_text *out)
{
    const bool several = findings->cea->n_options > 1;

    tf_text_add(out, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    tf_html_add(out, findings->scenario->title[0] != '\0' ? findings->scenario->title : findings->scenario->name);
    tf_text_addf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", tf_page_style);
    add_front(findings, out);
    add_strategies(findings, out);
    tf_text_add(out, "<h2>Outcomes</h2>\n");
    add_sheet(findings, tf_sheet_outcomes, out);
    add_sheet(findings, tf_sheet_events, out);
    if (several) {
        tf_text_add(out, "<h2>Cost-effectiveness</h2>\n");
        add_sheet(findings, tf_sheet_differences, out);
        add_if_any(findings, tf_sheet_subgroups, out);
        add_if_any(findings, tf_sheet_pairing, out);
        add_figure(findings, tf_plot_plane, out);
        add_sheet(findings, tf_sheet_frontier, out);
        if (findings->cea->n_thresholds > 0) {
            add_sheet(findings, tf_sheet_benefit, out);
        }
        add_figure(findings, tf_plot_acceptability, out);
    }
    add_inequality(findings, out);
    if (several) {
        tf_equity_page(findings, out);
    }
    add_staircase(findings, out);
    add_register(findings, out);
    add_provenance(findings, out);
    tf_text_add(out, "</main>\n</body>\n</html>\n");
}
